"""What issues were before, by the history: their states, the comments taken from them, the import they are of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Final

from sqlalchemy import Connection, bindparam, select

from issuelens.storage.reads import IDS, chunks
from issuelens.storage.tables import CHANGE, OPERATION

_STATES: Final = (
    select(CHANGE.c.issue_id, CHANGE.c.after)
    .where(CHANGE.c.issue_id.in_(IDS))
    .order_by(CHANGE.c.revision.desc(), CHANGE.c.position.desc())
)
_CHANGES: Final = (
    select(OPERATION.c.name, OPERATION.c.at, CHANGE.c.before, CHANGE.c.after)
    .join(OPERATION, OPERATION.c.revision == CHANGE.c.revision)
    .where(CHANGE.c.issue_id == bindparam("id"))
    .order_by(CHANGE.c.revision.desc(), CHANGE.c.position.desc())
)
_JOINED: Final = ("comments", "dependencies")
"""Fields of which an import also adds to an issue that it leaves as it is otherwise."""


def states_of(connection: Connection, ids: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
    """Every state (JSON shape) that these issues have had here, the newest first."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for chunk in chunks(ids):
        for issue_id, after in connection.execute(_STATES, {"ids": chunk}):
            found[issue_id].append(after)
    return found


def removed_comments(connection: Connection, issue_id: str) -> set[tuple[str, str, str]]:
    """Author, moment and text of every comment that a change has taken from an issue, or given another text."""
    found: set[tuple[str, str, str]] = set()
    for _, _, before, after in connection.execute(_CHANGES, {"id": issue_id}):
        if before is not None:
            found |= _marks(before) - _marks(after)
    return found


def _marks(shape: Mapping[str, Any]) -> set[tuple[str, str, str]]:
    return {(one["author"], one["created_at"], one["text"]) for one in shape["comments"]}


def import_moment(connection: Connection, issue_id: str) -> str | None:
    """When the import was done that an issue's fields are of; None when something else has changed it since."""
    for name, at, before, after in connection.execute(_CHANGES, {"id": issue_id}):
        if name != "import":
            return None
        if before is None or _fields(before) != _fields(after):
            return str(at)
    return None


def _fields(shape: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in shape.items() if name not in _JOINED}
