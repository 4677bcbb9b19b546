"""Runs the migrations on the connection that `storage.database` hands over; it owns the transaction, too."""

from __future__ import annotations

from alembic import context

from issuelens.storage.tables import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA, render_as_batch=True)
context.run_migrations()
