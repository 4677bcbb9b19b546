"""The tables, as they are after every migration."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    JSON,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    text,
)

METADATA: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# Conditions of the partial indexes: SQLite uses such an index only where the query has the same words.
IS_OPEN: Final = text("issue.is_open = 1")
IS_READY: Final = text("issue.is_ready = 1")
IS_BLOCKED: Final = text("issue.blocked > 0")
IS_UNSETTLED: Final = text("conflict.settled_by IS NULL")

ISSUE: Final = Table(
    "issue",
    METADATA,
    Column("id", String, primary_key=True),
    Column("title", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("design", Text, nullable=False, server_default=""),
    Column("acceptance_criteria", Text, nullable=False, server_default=""),
    Column("notes", Text, nullable=False, server_default=""),
    Column("status", String, nullable=False),
    Column("category", String, nullable=False, server_default="todo"),
    Column("priority", Integer, nullable=False),
    Column("issue_type", String, nullable=False),
    Column("assignee", String),
    Column("estimated_minutes", Integer),
    Column("due_at", String),
    Column("defer_until", String),
    Column("external_ref", String),
    Column("created_at", String, nullable=False),
    Column("created_by", String, nullable=False),
    Column("updated_at", String, nullable=False),
    Column("closed_at", String),
    Column("close_reason", Text),
    Column("deleted_at", String),
    Column("deleted_by", String),
    Column("delete_reason", Text),
    Column("original_status", String),
    Column("merged_into", String),
    Column("metadata", JSON(none_as_null=True)),
    Column("extra", JSON(none_as_null=True)),
    Column("as_written", JSON(none_as_null=True)),
    # Derived, kept in the transaction of the change (storage.readiness): finished or not; bits of what holds it back,
    # 1 itself, 2 a parent; neither finished nor held back by status or blockers.
    Column("is_open", Integer, nullable=False, server_default="0"),
    Column("blocked", Integer, nullable=False, server_default="0"),
    Column("is_ready", Integer, nullable=False, server_default="0"),
    Index("ix_issue_status_priority_created_at", "status", "priority", text("created_at DESC"), "id"),
    Index("ix_issue_updated_at", "updated_at"),
    Index("ix_issue_external_ref", "external_ref", sqlite_where=text("external_ref IS NOT NULL")),
)
# The order of a list, for all issues and for the states that are asked for most.
Index("ix_issue_priority_created_at", ISSUE.c.priority, text("created_at DESC"), ISSUE.c.id)
Index("ix_issue_open", ISSUE.c.priority, text("created_at DESC"), ISSUE.c.id, sqlite_where=text("is_open = 1"))
Index("ix_issue_ready", ISSUE.c.priority, text("created_at DESC"), ISSUE.c.id, sqlite_where=text("is_ready = 1"))
Index("ix_issue_blocked", ISSUE.c.priority, text("created_at DESC"), ISSUE.c.id, sqlite_where=text("blocked > 0"))
Index("ix_issue_due_at", ISSUE.c.due_at, sqlite_where=text("due_at IS NOT NULL"))
Index("ix_issue_merged_into", ISSUE.c.merged_into, sqlite_where=text("merged_into IS NOT NULL"))

LABEL: Final = Table(
    "label",
    METADATA,
    Column("issue_id", ForeignKey("issue.id", ondelete="CASCADE"), nullable=False),
    Column("name", String, nullable=False),
    PrimaryKeyConstraint("issue_id", "name"),
    Index("ix_label_name", "name"),
)

DEPENDENCY: Final = Table(
    "dependency",
    METADATA,
    Column("issue_id", ForeignKey("issue.id", ondelete="CASCADE"), nullable=False),
    # No foreign key: a shared file may name an issue that is not here yet.
    Column("depends_on_id", String, nullable=False),
    Column("type", String, nullable=False),
    Column("created_at", String),
    Column("created_by", String),
    Column("extra", JSON(none_as_null=True)),
    PrimaryKeyConstraint("issue_id", "depends_on_id", "type"),
    Index("ix_dependency_depends_on_id", "depends_on_id"),
)

COMMENT: Final = Table(
    "comment",
    METADATA,
    Column("issue_id", ForeignKey("issue.id", ondelete="CASCADE"), nullable=False),
    # Unique within the issue only: numbers of other clones and tools clash.
    Column("id", Integer, nullable=False),
    Column("author", String, nullable=False),
    Column("text", Text, nullable=False),
    Column("created_at", String, nullable=False),
    Column("updated_at", String),
    Column("extra", JSON(none_as_null=True)),
    PrimaryKeyConstraint("issue_id", "id"),
)

SETTING: Final = Table(
    "setting",
    METADATA,
    # comment: the highest number given so far; statuses: those that the categories were made with (JSON).
    Column("name", String, primary_key=True),
    Column("value", Text, nullable=False),
)

PREFIX: Final = Table(
    "prefix",
    METADATA,
    # Every prefix that an id has begun with.
    Column("name", String, primary_key=True),
)

CODE_LOCATION: Final = Table(
    "code_location",
    METADATA,
    # Where a TODO (with its tag) or a mere mention of an id (tag NULL, is_certain set) stands; line and column count
    # from 1, the path is as todos.paths shows it. `words`, `around` and `key` are those of todos.found.Marker.
    Column("path", String, nullable=False),
    Column("line", Integer, nullable=False),
    Column("column", Integer, nullable=False),
    Column("tag", String),
    Column("text", Text, nullable=False),
    Column("owner", String),
    Column("issue_id", String),
    Column("external", String),
    Column("priority", Integer),
    Column("due", String),
    Column("words", String),
    Column("around", String),
    Column("key", String),
    Column("is_certain", Integer),
    PrimaryKeyConstraint("path", "line", "column"),
    Index("ix_code_location_issue_id", "issue_id", sqlite_where=text("issue_id IS NOT NULL")),
    Index("ix_code_location_key", "key", sqlite_where=text("key IS NOT NULL")),
    sqlite_with_rowid=False,
)

CODE_SCAN: Final = Table(
    "code_scan",
    METADATA,
    # One row: what the last whole scan looked for and its snapshot, which is empty while it is no longer current.
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("settings", Text, nullable=False),
    Column("snapshot", LargeBinary, nullable=False),
    Column("files", Integer, nullable=False),
)

CODE_TOUCHED: Final = Table(
    "code_touched",
    METADATA,
    # Files of which code_location does not hold what the snapshot says: the next scan reads them in any case.
    Column("path", String, primary_key=True),
    sqlite_with_rowid=False,
)

CODE_DEPARTURE: Final = Table(
    "code_departure",
    METADATA,
    # The last place from which an issue's id went; it counts while the id stands nowhere. Derived, in no history.
    Column("issue_id", String, primary_key=True),
    Column("path", String, nullable=False),
    Column("line", Integer, nullable=False),
    Column("tag", String),
    Column("text", Text, nullable=False),
    Column("reason", String, nullable=False),
    Column("at", String, nullable=False),
    sqlite_with_rowid=False,
)

SYNCED: Final = Table(
    "synced",
    METADATA,
    # The line of issues.jsonl as sync last read or wrote it; no foreign key, since it is noted beside the issue.
    Column("issue_id", String, primary_key=True),
    Column("line", Text, nullable=False),
)

CONFLICT: Final = Table(
    "conflict",
    METADATA,
    # See domain.conflict.KeptConflict; both values are JSON, `size` is how long they are. No foreign key: history.
    Column("number", Integer, primary_key=True),
    Column("issue_id", String, nullable=False),
    Column("field", String, nullable=False),
    Column("kept", Text, nullable=False),
    Column("other", Text, nullable=False),
    Column("mine", String),
    Column("other_at", String, nullable=False),
    Column("size", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("at", String, nullable=False),
    Column("settled", String),
    Column("settled_by", Integer),
    # The undo that took the settling back; undoing that settles it again.
    Column("reopened_by", Integer),
    Index("ix_conflict_open", "issue_id", sqlite_where=text("settled_by IS NULL")),
    Index("ix_conflict_issue_id", "issue_id"),
)

OPERATION: Final = Table(
    "operation",
    METADATA,
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("name", String, nullable=False),
    Column("key", String, nullable=False, unique=True),
    Column("actor", String, nullable=False),
    Column("client", String, nullable=False),
    Column("at", String, nullable=False),
    Column("undoes", Integer),
    Index("ix_operation_undoes", "undoes", sqlite_where=text("undoes IS NOT NULL")),
)

CHANGE: Final = Table(
    "change",
    METADATA,
    Column("revision", ForeignKey("operation.revision"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("issue_id", String, nullable=False),
    Column("before", JSON(none_as_null=True)),
    Column("after", JSON(none_as_null=True)),
    PrimaryKeyConstraint("revision", "position"),
    Index("ix_change_issue_id", "issue_id"),
)
