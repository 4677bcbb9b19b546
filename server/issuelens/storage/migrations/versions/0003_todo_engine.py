"""What is known of the code: places with their keys, the snapshot of the last scan, ids that have left.

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Puts the new tables in the place of the old ones. Nothing is taken over: the first request reads the code."""
    op.drop_index("ix_code_location_issue_id", "code_location")
    op.drop_table("code_location")
    op.drop_table("file")
    _location()
    op.create_table(
        "code_scan",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("settings", sa.Text(), nullable=False),
        sa.Column("snapshot", sa.LargeBinary(), nullable=False),
        sa.Column("files", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_code_scan"),
    )
    op.create_table(
        "code_touched",
        sa.Column("path", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("path", name="pk_code_touched"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "code_departure",
        sa.Column("issue_id", sa.String(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("tag", sa.String()),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("issue_id", name="pk_code_departure"),
        sqlite_with_rowid=False,
    )


def _location() -> None:
    op.create_table(
        "code_location",
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("column", sa.Integer(), nullable=False),
        sa.Column("tag", sa.String()),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("owner", sa.String()),
        sa.Column("issue_id", sa.String()),
        sa.Column("external", sa.String()),
        sa.Column("priority", sa.Integer()),
        sa.Column("due", sa.String()),
        sa.Column("words", sa.String()),
        sa.Column("around", sa.String()),
        sa.Column("key", sa.String()),
        sa.Column("is_certain", sa.Integer()),
        sa.PrimaryKeyConstraint("path", "line", "column", name="pk_code_location"),
        sqlite_with_rowid=False,
    )
    for name in ("issue_id", "key"):
        op.create_index(
            f"ix_code_location_{name}", "code_location", [name], sqlite_where=sa.text(f"{name} IS NOT NULL")
        )


def downgrade() -> None:
    """Going back would lose what is known of the code."""
    raise NotImplementedError("this migration can't be taken back; restore a backup of the database instead")
