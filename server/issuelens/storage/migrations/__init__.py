"""Alembic's migrations. `storage.database` runs them on a connection that it opened; no alembic.ini is needed."""
