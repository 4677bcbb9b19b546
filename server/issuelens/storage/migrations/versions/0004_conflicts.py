"""Conflicts that merges have settled, kept until somebody has looked at them.

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Adds the table; what was settled before is not known any more."""
    op.create_table(
        "conflict",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("issue_id", sa.String(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("kept", sa.Text(), nullable=False),
        sa.Column("other", sa.Text(), nullable=False),
        sa.Column("mine", sa.String()),
        sa.Column("other_at", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.Column("settled", sa.String()),
        sa.Column("settled_by", sa.Integer()),
        sa.Column("reopened_by", sa.Integer()),
        sa.PrimaryKeyConstraint("number", name="pk_conflict"),
    )
    op.create_index("ix_conflict_open", "conflict", ["issue_id"], sqlite_where=sa.text("settled_by IS NULL"))
    op.create_index("ix_conflict_issue_id", "conflict", ["issue_id"])


def downgrade() -> None:
    """Going back would lose conflicts that nobody has looked at."""
    raise NotImplementedError("this migration can't be taken back; restore a backup of the database instead")
