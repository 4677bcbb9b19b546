"""Fields, tombstones, derived flags, comments per issue, prefixes, code locations, sync, full-text index, undo.

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Adds what the whole tracker needs, and fills it from what is there."""
    _issue()
    _dependency()
    _comment()
    _operation()
    _new_tables()
    _text_index()
    _fill()


def _issue() -> None:
    text_columns = ("design", "acceptance_criteria", "notes")
    string_columns = ("due_at", "defer_until", "external_ref", "deleted_at", "deleted_by", "delete_reason")
    with op.batch_alter_table("issue", recreate="never") as issue:
        for name in text_columns:
            issue.add_column(sa.Column(name, sa.Text(), nullable=False, server_default=""))
        issue.add_column(sa.Column("category", sa.String(), nullable=False, server_default="todo"))
        issue.add_column(sa.Column("estimated_minutes", sa.Integer()))
        for name in (*string_columns, "original_status", "merged_into"):
            issue.add_column(sa.Column(name, sa.Text() if name == "delete_reason" else sa.String()))
        for name in ("metadata", "extra", "as_written"):
            issue.add_column(sa.Column(name, sa.JSON()))
        for name in ("is_open", "blocked", "is_ready"):
            issue.add_column(sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
    op.drop_index("ix_issue_status_priority_created_at", "issue")
    order: list[str | sa.TextClause] = ["priority", sa.text("created_at DESC"), "id"]
    op.create_index("ix_issue_status_priority_created_at", "issue", ["status", *order])
    op.create_index("ix_issue_priority_created_at", "issue", order)
    op.create_index("ix_issue_updated_at", "issue", ["updated_at"])
    for name, condition in {"open": "is_open = 1", "ready": "is_ready = 1", "blocked": "blocked > 0"}.items():
        op.create_index(f"ix_issue_{name}", "issue", order, sqlite_where=sa.text(condition))
    for name in ("due_at", "merged_into", "external_ref"):
        op.create_index(f"ix_issue_{name}", "issue", [name], sqlite_where=sa.text(f"{name} IS NOT NULL"))


def _dependency() -> None:
    with op.batch_alter_table("dependency", recreate="never") as dependency:
        dependency.add_column(sa.Column("created_at", sa.String()))
        dependency.add_column(sa.Column("created_by", sa.String()))
        dependency.add_column(sa.Column("extra", sa.JSON()))


def _comment() -> None:
    op.rename_table("comment", "old_comment")
    op.create_table(
        "comment",
        sa.Column("issue_id", sa.String(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", sa.String(), nullable=False),
        sa.Column("updated_at", sa.String()),
        sa.Column("extra", sa.JSON()),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name="fk_comment_issue_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("issue_id", "id", name="pk_comment"),
    )
    columns = "issue_id, id, author, text, created_at"
    op.execute(f"INSERT INTO comment ({columns}) SELECT {columns} FROM old_comment")
    op.drop_table("old_comment")


def _operation() -> None:
    with op.batch_alter_table("operation", recreate="never") as operation:
        operation.add_column(sa.Column("undoes", sa.Integer()))
    op.create_index("ix_operation_undoes", "operation", ["undoes"], sqlite_where=sa.text("undoes IS NOT NULL"))


def _new_tables() -> None:
    op.create_table(
        "setting",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_setting"),
    )
    op.create_table(
        "prefix", sa.Column("name", sa.String(), nullable=False), sa.PrimaryKeyConstraint("name", name="pk_prefix")
    )
    op.create_table(
        "synced",
        sa.Column("issue_id", sa.String(), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("issue_id", name="pk_synced"),
    )
    op.create_table(
        "file",
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("modified_ns", sa.Integer(), nullable=False),
        sa.Column("found_with", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("path", name="pk_file"),
    )
    op.create_table(
        "code_location",
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("column", sa.Integer(), nullable=False),
        sa.Column("tag", sa.String()),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("owner", sa.String()),
        sa.Column("issue_id", sa.String()),
        sa.PrimaryKeyConstraint("path", "line", "column", name="pk_code_location"),
    )
    op.create_index("ix_code_location_issue_id", "code_location", ["issue_id"])


def _text_index() -> None:
    # The rows of the full-text index have numbers; an issue keeps its number for life.
    op.execute("CREATE TABLE issue_number (number INTEGER PRIMARY KEY, issue_id TEXT NOT NULL UNIQUE)")
    op.execute(
        "CREATE VIRTUAL TABLE issue_text USING fts5("
        "title, labels, description, details, comments, tokenize = 'unicode61 remove_diacritics 2', "
        "prefix = '2 3')"
    )


def _fill() -> None:
    op.execute("UPDATE issue SET category = 'doing' WHERE status = 'in_progress'")
    op.execute("UPDATE issue SET category = 'done' WHERE status IN ('resolved', 'closed', 'archived')")
    op.execute("UPDATE issue SET is_open = category <> 'done'")
    op.execute("INSERT INTO setting (name, value) SELECT 'comment', COALESCE(MAX(id), 0) FROM comment")
    ids = op.get_bind().execute(sa.text("SELECT id FROM issue")).scalars()
    prefixes = sorted({issue_id.rpartition("-")[0] for issue_id in ids} - {""})
    if prefixes:
        table = sa.table("prefix", sa.column("name"))
        op.bulk_insert(table, [{"name": prefix} for prefix in prefixes])


def downgrade() -> None:
    """Going back would lose fields."""
    raise NotImplementedError("this migration can't be taken back; restore a backup of the database instead")
