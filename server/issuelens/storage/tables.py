"""The tables, as they are after every migration."""

from __future__ import annotations

from typing import Final

from sqlalchemy import JSON, Column, ForeignKey, Index, Integer, MetaData, PrimaryKeyConstraint, String, Table, Text

METADATA: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

ISSUE: Final = Table(
    "issue",
    METADATA,
    Column("id", String, primary_key=True),
    Column("title", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("status", String, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("issue_type", String, nullable=False),
    Column("assignee", String),
    Column("created_at", String, nullable=False),
    Column("created_by", String, nullable=False),
    Column("updated_at", String, nullable=False),
    Column("closed_at", String),
    Column("close_reason", Text),
    Index("ix_issue_status_priority_created_at", "status", "priority", "created_at"),
)

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
    PrimaryKeyConstraint("issue_id", "depends_on_id", "type"),
    Index("ix_dependency_depends_on_id", "depends_on_id"),
)

COMMENT: Final = Table(
    "comment",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("issue_id", ForeignKey("issue.id", ondelete="CASCADE"), nullable=False),
    Column("author", String, nullable=False),
    Column("text", Text, nullable=False),
    Column("created_at", String, nullable=False),
    Index("ix_comment_issue_id", "issue_id"),
    sqlite_autoincrement=True,
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
