"""What is read of the history: operations with what they changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, Final

from sqlalchemy import Connection, Row, bindparam, select

from issuelens.domain.operation import Change, Event, HistoryEntry, named_ids
from issuelens.storage.prepared import Prepared
from issuelens.storage.reads import CHUNK
from issuelens.storage.tables import CHANGE, OPERATION

_KEY: Final = Prepared(select(OPERATION.c.revision).where(OPERATION.c.key == bindparam("key")))
_OPERATIONS: Final = select(OPERATION).where(OPERATION.c.revision.in_(bindparam("revisions", expanding=True)))
_CHANGES: Final = (
    select(CHANGE)
    .where(CHANGE.c.revision.in_(bindparam("revisions", expanding=True)))
    .order_by(CHANGE.c.revision, CHANGE.c.position)
)
_UNDOS: Final = select(OPERATION.c.revision, OPERATION.c.undoes).where(OPERATION.c.undoes.is_not(None))
_LATER: Final = (
    select(CHANGE.c.revision)
    .where(CHANGE.c.issue_id == bindparam("id"), CHANGE.c.revision > bindparam("revision"))
    .order_by(CHANGE.c.revision)
)
_DELETIONS: Final = (
    select(CHANGE.c.before, CHANGE.c.after)
    .join(OPERATION, OPERATION.c.revision == CHANGE.c.revision)
    .where(CHANGE.c.issue_id == bindparam("id"), OPERATION.c.name == "delete comment")
)
_NEWEST: Final = (
    select(OPERATION.c.revision, OPERATION.c.undoes)
    .where(OPERATION.c.name != "init")
    .order_by(OPERATION.c.revision.desc())
)


def find_operations(connection: Connection, key: str) -> tuple[HistoryEntry, ...]:
    """The operations that were done with this key, the oldest first; those after the first have the key with a `#`."""
    row = _KEY.first(connection, {"key": key})
    found: list[int] = []
    while row is not None:
        found.append(int(row[0]))
        row = _KEY.first(connection, {"key": f"{key}#{len(found)}"})
    return read_operations(connection, found) if found else ()


def free_key(connection: Connection, key: str) -> str:
    """A key for one more operation of a request that may have been sent before; `find_operations` finds all of them."""
    done = find_operations(connection, key)
    return f"{key}#{len(done)}" if done else key


def read_operations(connection: Connection, revisions: Sequence[int]) -> tuple[HistoryEntry, ...]:
    """The operations with these revisions, the oldest first; unknown ones are left out."""
    rows = connection.execute(_OPERATIONS, {"revisions": list(revisions)}).all()
    return tuple(_entries(connection, sorted(rows, key=lambda row: int(row.revision))))


def list_history(connection: Connection, issue_id: str | None, limit: int | None) -> tuple[HistoryEntry, ...]:
    """What happened to one issue or (None) to all, newest first, at most `limit` operations."""
    query = select(OPERATION).order_by(OPERATION.c.revision.desc()).limit(limit)
    if issue_id is not None:
        touching = select(CHANGE.c.revision).where(CHANGE.c.issue_id == issue_id)
        query = query.where(OPERATION.c.revision.in_(touching))
    rows = connection.execute(query).all()
    return tuple(
        entry for start in range(0, len(rows), CHUNK) for entry in _entries(connection, rows[start : start + CHUNK])
    )


def undone_by(connection: Connection) -> dict[int, int]:
    """Revision -> the revision of the undo that holds; an undo that was undone itself does not hold."""
    pairs = [(row.revision, row.undoes) for row in connection.execute(_UNDOS)]
    holding: dict[int, int] = {}
    for revision, undoes in sorted(pairs, reverse=True):
        if revision not in holding:
            holding[undoes] = revision
    return holding


def newest_undoable(connection: Connection, steps: int) -> list[int]:
    """The revisions of the last operations, newest first, that are no undo and are not undone."""
    undone = undone_by(connection)
    found: list[int] = []
    for row in connection.execute(_NEWEST):
        if len(found) == steps:
            break
        if row.undoes is None and row.revision not in undone:
            found.append(row.revision)
    return found


def later_changes(connection: Connection, issue_id: str, revision: int) -> list[int]:
    """The revisions after `revision` that changed an issue, the oldest first."""
    return list(connection.execute(_LATER, {"id": issue_id, "revision": revision}).scalars())


def deleted_comments(connection: Connection, issue_id: str) -> list[dict[str, Any]]:
    """The comments (JSON shapes) that somebody has deleted from an issue."""
    return [
        one
        for before, after in connection.execute(_DELETIONS, {"id": issue_id})
        for one in before["comments"]
        if one["id"] not in {other["id"] for other in after["comments"]}
    ]


def _entries(connection: Connection, rows: Sequence[Row[Any]]) -> Iterator[HistoryEntry]:
    changes: dict[int, list[Change]] = defaultdict(list)
    for one in connection.execute(_CHANGES, {"revisions": [row.revision for row in rows]}):
        changes[one.revision].append(Change(issue_id=one.issue_id, before=one.before, after=one.after))
    undone = undone_by(connection)
    for row in rows:
        yield HistoryEntry(
            event=event_of(row, [change.issue_id for change in changes[row.revision]]),
            changes=tuple(changes[row.revision]),
            undone_by=undone.get(row.revision),
        )


def event_of(row: Row[Any], ids: Sequence[str]) -> Event:
    """The event of an operation's row and the ids that it changed."""
    return Event(
        revision=row.revision,
        operation=row.name,
        actor=row.actor,
        client=row.client,
        at=row.at,
        undoes=row.undoes,
        **named_ids(ids),
    )
