"""Numbers about a database, and nothing of what people wrote into it."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Connection, Table, func, select, text

from issuelens.domain.vocabulary import TOMBSTONE, Category
from issuelens.storage.database import stored_version
from issuelens.storage.tables import CHANGE, CODE_LOCATION, CODE_SCAN, COMMENT, DEPENDENCY, ISSUE, LABEL, OPERATION

_COUNTED: Final = {
    "labels": LABEL,
    "dependencies": DEPENDENCY,
    "comments": COMMENT,
    "operations": OPERATION,
    "changes": CHANGE,
    "code locations": CODE_LOCATION,
}


def database_facts(connection: Connection) -> dict[str, Any]:
    """Schema, numbers of rows, size in bytes, and SQLite's settings that matter."""
    size, page, free = (_pragma(connection, name) for name in ("page_count", "page_size", "freelist_count"))
    return {
        "schema": stored_version(connection),
        "journal": _pragma(connection, "journal_mode"),
        "bytes": size * page,
        "free bytes": free * page,
        "issues": _issues(connection),
        **{name: _rows(connection, table) for name, table in _COUNTED.items()},
        "code files": connection.execute(select(CODE_SCAN.c.files)).scalar() or 0,
    }


def _pragma(connection: Connection, name: str) -> Any:
    return connection.execute(text(f"PRAGMA {name}")).scalar_one()


def _rows(connection: Connection, table: Table) -> int:
    return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def _issues(connection: Connection) -> dict[str, int]:
    """Issues by category; those that are deleted apart."""
    found = dict.fromkeys((*map(str, Category), "deleted", "of no category"), 0)
    is_deleted = ISSUE.c.status == TOMBSTONE
    rows = select(ISSUE.c.category, is_deleted, func.count()).group_by(ISSUE.c.category, is_deleted)
    for category, deleted, count in connection.execute(rows):
        found["deleted" if deleted else category if category in found else "of no category"] += count
    return found
