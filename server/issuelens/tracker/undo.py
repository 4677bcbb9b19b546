"""Taking operations back: each field that an operation changed gets its old value, unless it was changed since."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection

from issuelens.domain.errors import LaterChange, Refused
from issuelens.domain.issue import Issue
from issuelens.domain.operation import Change, HistoryEntry, UndoOperations
from issuelens.domain.shape import issue_from_json, issue_to_json
from issuelens.storage import history, reads
from issuelens.tracker.change import tombstone
from issuelens.tracker.context import Done, OperationContext, Pair, changed, known
from issuelens.tracker.links import refuse_cycles

_KEYS: Final[dict[str, Callable[[Any], Any]]] = {
    "labels": lambda one: one,
    "comments": lambda one: one["id"],
    "dependencies": lambda one: (one["depends_on_id"], one["type"]),
}
"""Fields that hold several things, and what tells these apart."""


def chosen(connection: Connection, request: UndoOperations) -> Sequence[int]:
    """The revisions to take back, newest first.

    Raises:
        Refused: when there are not as many.
    """
    if request.revision is not None:
        return [request.revision]
    if request.steps < 1:
        raise Refused("Name at least one step to undo.")
    found = history.newest_undoable(connection, request.steps)
    if len(found) < request.steps:
        what = f"only {len(found)} operations" if found else "no operation"
        raise Refused(f"There is {what} left to undo. `issuelens history` shows what happened.")
    return found


def take_back(connection: Connection, revision: int, context: OperationContext) -> Done:
    """Takes one operation back.

    Raises:
        LaterChange: when a later change stands in the way.
        Refused: when there is nothing to take back.
    """
    entry = _entry(connection, revision)
    pairs: list[Pair] = []
    for change in entry.changes:
        current = known(connection, change.issue_id)
        after = _inverted(connection, entry, change, current, context)
        pairs += changed(connection, [current], _giving(after), context)
    refuse_cycles(connection, [after.id for before, after in pairs if _waits_for_more(before, after)])
    return Done(name="undo", pairs=pairs, undoes=revision)


def _giving(issue: Issue) -> Callable[[Issue], Issue]:
    return lambda _: issue


def _entry(connection: Connection, revision: int) -> HistoryEntry:
    found = history.read_operations(connection, [revision])
    if not found:
        raise Refused(f"There is no revision {revision}. `issuelens history` shows them.", revision=revision)
    [entry] = found
    if entry.event.operation == "init":
        raise Refused("Revision 1 is the beginning of this workspace and can't be undone.", revision=revision)
    if entry.undone_by is not None:
        raise Refused(
            f"Revision {revision} was undone by revision {entry.undone_by} already. "
            f"`issuelens undo {entry.undone_by}` does it again.",
            revision=revision,
        )
    return entry


def _waits_for_more(before: Issue | None, after: Issue) -> bool:
    return before is not None and not {one.key for one in after.dependencies} <= {
        one.key for one in before.dependencies
    }


def _inverted(
    connection: Connection, entry: HistoryEntry, change: Change, current: Issue, context: OperationContext
) -> Issue:
    shape = issue_to_json(current)
    assert change.after is not None
    if change.before is None:
        return _uncreated(connection, entry, change, current, context)
    target = dict(shape)
    for name in {*change.before, *change.after} - {"updated_at"}:
        old, new = change.before.get(name), change.after.get(name)
        if old != new:
            value = _old_value(name, old, new, shape.get(name))
            if value is _CONFLICT:
                raise _later(connection, entry, change, name)
            target[name] = value
    target = {name: value for name, value in target.items() if value is not None}
    return issue_from_json(_ordered(target), context.statuses)


_CONFLICT: Final = object()


def _old_value(name: str, old: Any, new: Any, current: Any) -> Any:
    """The value before the operation; _CONFLICT when it is not as the operation left it."""
    if name not in _KEYS:
        return old if current == new else _CONFLICT
    key = _KEYS[name]
    before, after, now = (_by_key(key, one) for one in (old, new, current))
    for one in {*before, *after}:
        if before.get(one) != after.get(one):
            if now.get(one) != after.get(one):
                return _CONFLICT
            now.pop(one, None)
            now |= {one: before[one]} if one in before else {}
    return list(now.values())


def _by_key(key: Callable[[Any], Any], values: Sequence[Any] | None) -> dict[Any, Any]:
    return {key(one): one for one in values or ()}


def _ordered(shape: dict[str, Any]) -> dict[str, Any]:
    """In the order in which the database gives them."""
    for name, key in _KEYS.items():
        shape[name] = sorted(shape.get(name, ()), key=key)
    return shape


def _uncreated(
    connection: Connection, entry: HistoryEntry, change: Change, current: Issue, context: OperationContext
) -> Issue:
    assert change.after is not None
    shape = issue_to_json(current)
    for name in {*shape, *change.after} - {"updated_at"}:
        if shape.get(name) != change.after.get(name):
            raise _later(connection, entry, change, name)
    dependents = sorted({one for one, _, _ in reads.dependents_of(connection, [current.id])})
    there = [one.id for one in reads.get_issues(connection, dependents).values() if not one.is_deleted]
    there = [one for one in there if one not in _created_by(entry.changes)]
    if there:
        raise LaterChange(
            f"Revision {entry.event.revision} can't be undone: {there[0]} depends on {current.id} since. "
            "Remove that first.",
            id=current.id,
        )
    return tombstone(current, f"undo of revision {entry.event.revision}", context)


def _created_by(changes: Sequence[Change]) -> set[str]:
    return {one.issue_id for one in changes if one.before is None}


def _later(connection: Connection, entry: HistoryEntry, change: Change, name: str) -> LaterChange:
    """The error that names the last change of the field since."""
    revision = entry.event.revision
    since = history.read_operations(connection, history.later_changes(connection, change.issue_id, revision))
    guilty = [
        one.event.revision
        for one in since
        for other in one.changes
        if other.issue_id == change.issue_id and _value(other.before, name) != _value(other.after, name)
    ]
    who = f"revision {guilty[-1]} changed" if guilty else "something changed"
    return LaterChange(
        f"Revision {revision} can't be undone: {who} {name} of {change.issue_id} since. Undo that first.",
        revision=guilty[-1] if guilty else None,
        id=change.issue_id,
    )


def _value(shape: Mapping[str, Any] | None, name: str) -> Any:
    return shape.get(name) if shape is not None else None
