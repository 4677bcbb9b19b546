"""The first tables: issues with labels, dependencies and comments, and the history of operations."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the tables."""
    _issues()
    _parts_of_issues()
    _history()


def _issues() -> None:
    op.create_table(
        "issue",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("issue_type", sa.String(), nullable=False),
        sa.Column("assignee", sa.String()),
        sa.Column("created_at", sa.String(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("updated_at", sa.String(), nullable=False),
        sa.Column("closed_at", sa.String()),
        sa.Column("close_reason", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_issue"),
    )
    op.create_index("ix_issue_status_priority_created_at", "issue", ["status", "priority", "created_at"])


def _parts_of_issues() -> None:
    op.create_table(
        "label",
        sa.Column("issue_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name="fk_label_issue_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("issue_id", "name", name="pk_label"),
    )
    op.create_index("ix_label_name", "label", ["name"])
    op.create_table(
        "dependency",
        sa.Column("issue_id", sa.String(), nullable=False),
        sa.Column("depends_on_id", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name="fk_dependency_issue_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("issue_id", "depends_on_id", "type", name="pk_dependency"),
    )
    op.create_index("ix_dependency_depends_on_id", "dependency", ["depends_on_id"])
    op.create_table(
        "comment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("issue_id", sa.String(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name="fk_comment_issue_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_comment"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_comment_issue_id", "comment", ["issue_id"])


def _history() -> None:
    op.create_table(
        "operation",
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("client", sa.String(), nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("revision", name="pk_operation"),
        sa.UniqueConstraint("key", name="uq_operation_key"),
    )
    op.create_table(
        "change",
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("issue_id", sa.String(), nullable=False),
        sa.Column("before", sa.JSON()),
        sa.Column("after", sa.JSON()),
        sa.ForeignKeyConstraint(["revision"], ["operation.revision"], name="fk_change_revision"),
        sa.PrimaryKeyConstraint("revision", "position", name="pk_change"),
    )
    op.create_index("ix_change_issue_id", "change", ["issue_id"])


def downgrade() -> None:
    """There is nothing before the first tables."""
    raise NotImplementedError("the first migration can't be taken back; remove the database file instead")
