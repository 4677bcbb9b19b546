"""The bases of sync: each issue's line of issues.jsonl as sync last read or wrote it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from sqlalchemy import Connection, delete, insert, select

from issuelens.storage.prepared import Prepared
from issuelens.storage.reads import IDS, chunks
from issuelens.storage.tables import SYNCED

_LINES: Final = select(SYNCED.c.issue_id, SYNCED.c.line).where(SYNCED.c.issue_id.in_(IDS))
_FORGET: Final = delete(SYNCED).where(SYNCED.c.issue_id.in_(IDS))
_INSERT: Final = Prepared(insert(SYNCED), ("issue_id", "line"))


def get_lines(connection: Connection, ids: Iterable[str]) -> dict[str, str]:
    """The bases of those of these issues that have one, without the end of the line."""
    return {row[0]: row[1] for chunk in chunks(ids) for row in connection.execute(_LINES, {"ids": chunk})}


def put_lines(connection: Connection, lines: Mapping[str, str]) -> None:
    """Gives issues these bases."""
    for chunk in chunks(lines):
        connection.execute(_FORGET, {"ids": chunk})
        _INSERT.run_all(connection, [{"issue_id": one, "line": lines[one]} for one in chunk])
