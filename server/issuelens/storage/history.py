"""What is read of the history: operations with what they changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from attrs import evolve, frozen
from sqlalchemy import Connection, Row, Select, bindparam, func, select

from issuelens.domain.operation import Change, Event, HistoryEntry, named_ids
from issuelens.storage import conflicts
from issuelens.storage.prepared import Prepared
from issuelens.storage.reads import CHUNK, current_revision
from issuelens.storage.tables import CHANGE, OPERATION

SHOWN_CHANGES: Final = 100
"""Changes that an entry of the whole history has; of more, the count is told."""
SYNC: Final = "sync"
"""The name of the operations of a sync."""
MISSED_OPERATIONS: Final = 10_000
"""Events that are told to a client that comes back; one that has missed more reads anew."""
MISSED_CHANGES: Final = 100_000
"""Changes of these events in all."""
_KEY: Final = Prepared(select(OPERATION.c.revision).where(OPERATION.c.key == bindparam("key")))
_OPERATIONS: Final = select(OPERATION).where(OPERATION.c.revision.in_(bindparam("revisions", expanding=True)))
_OF_REVISIONS: Final = CHANGE.c.revision.in_(bindparam("revisions", expanding=True))
_CHANGES: Final = select(CHANGE).where(_OF_REVISIONS).order_by(CHANGE.c.revision, CHANGE.c.position)
_FIRST_CHANGES: Final = _CHANGES.where(CHANGE.c.position < SHOWN_CHANGES)
_CHANGES_OF_ISSUE: Final = _CHANGES.where(CHANGE.c.issue_id == bindparam("id"))
# Without the shapes before and after, which are most of a change.
_CHANGED_IDS: Final = (
    select(CHANGE.c.revision, CHANGE.c.issue_id).where(_OF_REVISIONS).order_by(CHANGE.c.revision, CHANGE.c.position)
)
_AFTER: Final = (
    select(OPERATION)
    .where(OPERATION.c.revision > bindparam("revision"))
    .order_by(OPERATION.c.revision)
    .limit(MISSED_OPERATIONS + 1)
)
_CHANGES_AFTER: Final = select(func.count()).select_from(CHANGE).where(CHANGE.c.revision > bindparam("revision"))
_CHANGED_IDS_AFTER: Final = (
    select(CHANGE.c.revision, CHANGE.c.issue_id)
    .where(CHANGE.c.revision > bindparam("revision"))
    .order_by(CHANGE.c.revision, CHANGE.c.position)
)
# Without `distinct`, for which SQLite would go through the ids of all changes.
_IDS_AFTER: Final = select(CHANGE.c.issue_id).where(CHANGE.c.revision > bindparam("revision")).limit(bindparam("limit"))
_OF_HERE: Final = (
    select(OPERATION.c.revision)
    .where(OPERATION.c.revision > bindparam("revision"), OPERATION.c.name.not_in(("init", SYNC)))
    .limit(1)
)
_AT: Final = Prepared(select(OPERATION.c.at).where(OPERATION.c.revision == bindparam("revision")))
_UNDOS: Final = select(OPERATION.c.revision, OPERATION.c.undoes).where(OPERATION.c.undoes.is_not(None))
_LATER: Final = (
    select(CHANGE.c.revision)
    .where(CHANGE.c.issue_id == bindparam("id"), CHANGE.c.revision > bindparam("revision"))
    .order_by(CHANGE.c.revision)
)
_NEWEST: Final = (
    select(OPERATION.c.revision, OPERATION.c.undoes)
    .where(OPERATION.c.name != "init")
    .order_by(OPERATION.c.revision.desc())
)


def find_operations(connection: Connection, key: str) -> tuple[HistoryEntry, ...]:
    """The operations that were done with this key, the oldest first; those after the first have the key with a `#`."""
    found = _revisions_of(connection, key)
    return read_operations(connection, found) if found else ()


def free_key(connection: Connection, key: str) -> str:
    """A key for one more operation of a request that may have been sent before; `find_operations` finds all of them."""
    done = _revisions_of(connection, key)
    return f"{key}#{len(done)}" if done else key


def _revisions_of(connection: Connection, key: str) -> list[int]:
    row = _KEY.first(connection, {"key": key})
    found: list[int] = []
    while row is not None:
        found.append(int(row[0]))
        row = _KEY.first(connection, {"key": f"{key}#{len(found)}"})
    return found


def read_operations(connection: Connection, revisions: Sequence[int]) -> tuple[HistoryEntry, ...]:
    """The operations with these revisions, the oldest first; unknown ones are left out."""
    rows = connection.execute(_OPERATIONS, {"revisions": list(revisions)}).all()
    return tuple(_entries(connection, sorted(rows, key=lambda row: int(row.revision))))


def list_history(connection: Connection, issue_id: str | None, limit: int | None) -> tuple[HistoryEntry, ...]:
    """What happened, newest first, at most `limit` operations.

    Args:
        connection: to the database.
        issue_id: only what changed this issue, with its changes alone; None: with SHOWN_CHANGES of each operation.
        limit: None: all.
    """
    query = select(OPERATION).order_by(OPERATION.c.revision.desc()).limit(limit)
    if issue_id is not None:
        touching = select(CHANGE.c.revision).where(CHANGE.c.issue_id == issue_id)
        query = query.where(OPERATION.c.revision.in_(touching))
    rows = connection.execute(query).all()
    statement, words = (_FIRST_CHANGES, {}) if issue_id is None else (_CHANGES_OF_ISSUE, {"id": issue_id})
    return tuple(
        entry
        for start in range(0, len(rows), CHUNK)
        for entry in _entries(connection, rows[start : start + CHUNK], statement, words)
    )


@frozen
class Missed:
    """What happened since a revision: the events up to now, or None when there are too many or this is another history.

    Args:
        revision: the newest.
        at: when it was.
        events: the oldest first.
    """

    revision: int
    at: str
    events: tuple[Event, ...] | None


def missed_since(connection: Connection, revision: int | None, at: str | None) -> Missed:
    """What a client that comes back has not heard of.

    Args:
        connection: to the database.
        revision: the last one that it knows; None: it knows nothing and misses nothing.
        at: when that one was; another history has another operation there. None: not known.
    """
    newest = current_revision(connection)
    last = Missed(newest, _at(connection, newest) or "", ())
    if revision is None:
        return last
    if revision > newest or (at is not None and at != _at(connection, revision)):
        return evolve(last, events=None)
    return evolve(last, events=_events_after(connection, revision))


def _at(connection: Connection, revision: int) -> str | None:
    row = _AT.first(connection, {"revision": revision})
    return str(row[0]) if row else None


def _events_after(connection: Connection, revision: int) -> tuple[Event, ...] | None:
    after = {"revision": revision}
    rows = connection.execute(_AFTER, after).all()
    if len(rows) > MISSED_OPERATIONS or connection.execute(_CHANGES_AFTER, after).scalar_one() > MISSED_CHANGES:
        return None
    ids = _by_revision(connection.execute(_CHANGED_IDS_AFTER, after))
    return tuple(event_of(row, ids[row.revision]) for row in rows)


def changed_since(connection: Connection, revision: int, limit: int) -> set[str] | None:
    """The issues that were changed after a revision; None for more than `limit` changes."""
    found = connection.execute(_IDS_AFTER, {"revision": revision, "limit": limit + 1}).scalars().all()
    return set(found) if len(found) <= limit else None


def has_changes_of_here(connection: Connection, revision: int) -> bool:
    """Whether something was done after a revision that no sync has brought."""
    return connection.execute(_OF_HERE, {"revision": revision}).first() is not None


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


def _entries(
    connection: Connection,
    rows: Sequence[Row[Any]],
    statement: Select[Any] = _CHANGES,
    words: Mapping[str, Any] | None = None,
) -> Iterator[HistoryEntry]:
    """The operations of these rows with the changes that the statement finds."""
    revisions = {"revisions": [row.revision for row in rows]}
    ids = _by_revision(connection.execute(_CHANGED_IDS, revisions))
    changes: dict[int, list[Change]] = defaultdict(list)
    for one in connection.execute(statement, {**revisions, **(words or {})}):
        changes[one.revision].append(Change(issue_id=one.issue_id, before=one.before, after=one.after))
    undone = undone_by(connection)
    met = conflicts.of_revisions(connection, revisions["revisions"])
    for row in rows:
        yield HistoryEntry(
            event=event_of(row, ids[row.revision]),
            changes=tuple(changes[row.revision]),
            change_count=len(ids[row.revision]),
            undone_by=undone.get(row.revision),
            conflicts=tuple(one for one in met.get(row.revision, ()) if not words or one.issue_id == words["id"]),
        )


def _by_revision(rows: Iterable[Row[Any]]) -> dict[int, list[str]]:
    ids: dict[int, list[str]] = defaultdict(list)
    for row in rows:
        ids[row.revision].append(row.issue_id)
    return ids


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
