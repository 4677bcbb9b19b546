"""Taking operations back: each field that an operation changed gets its old value, unless it was changed since."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from itertools import pairwise
from typing import Any, Final

from attrs import evolve, frozen
from sqlalchemy import Connection

from issuelens.domain.errors import LaterChange, Refused
from issuelens.domain.issue import Issue
from issuelens.domain.operation import Change, HistoryEntry, UndoOperations
from issuelens.domain.shape import issue_from_json, issue_to_json, same_json
from issuelens.domain.vocabulary import PARENT_CHILD, TOMBSTONE, WAITING_TYPES
from issuelens.storage import history, reads
from issuelens.tracker.context import Done, OperationContext, Pair, changed, known, tombstone
from issuelens.tracker.links import cycle_along, way_back

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
        left = f"Only {len(found)} of {request.steps} operations can be undone" if found else "There is nothing to undo"
        raise Refused(f"{left}. `issuelens history` shows what happened.")
    return found


def take_back(connection: Connection, revision: int, context: OperationContext) -> Done:
    """Takes one operation back.

    Raises:
        LaterChange: when a later change stands in the way.
        Refused: when there is nothing to take back.
    """
    entry = _entry(connection, revision)
    pairs: list[Pair] = []
    # Backwards: an import may have changed an issue more than once.
    changes = entry.changes[::-1]
    for start in range(0, len(changes), reads.CHUNK):
        if context.progress is not None:
            context.progress(start, len(changes))
        pairs += _taken_back(connection, entry, changes[start : start + reads.CHUNK], context)
    _refuse_orphans(connection, revision, pairs)
    _refuse_new_cycles(connection, revision, [after.id for one, after in pairs if _waits_for_more(one, after)])
    return Done(name="undo", pairs=pairs, undoes=revision)


def _taken_back(
    connection: Connection, entry: HistoryEntry, changes: Sequence[Change], context: OperationContext
) -> list[Pair]:
    """Takes some changes back, in their order; their issues are read together."""
    here = reads.get_issues(connection, [change.issue_id for change in changes])
    quiet = evolve(context, progress=None)
    pairs: list[Pair] = []
    for change in changes:
        current = here.get(change.issue_id) or known(connection, change.issue_id)
        after = _inverted(connection, entry, change, current, context)
        pairs += changed(connection, [current], _giving(after), quiet)
        here[change.issue_id] = pairs[-1][1]
    return pairs


def _giving(issue: Issue) -> Callable[[Issue], Issue]:
    return lambda _: issue


def _entry(connection: Connection, revision: int) -> HistoryEntry:
    found = history.read_operations(connection, [revision]) if 0 < revision < 2**63 else ()
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
    """Also what others wait for again."""
    assert before is not None
    is_back = before.is_deleted and not after.is_deleted
    return is_back or not {one.key for one in after.dependencies} <= {one.key for one in before.dependencies}


def _refuse_orphans(connection: Connection, revision: int, pairs: Sequence[Pair]) -> None:
    """Children that came since must not stay behind without their parent."""
    gone = [after.id for before, after in pairs if before is not None and after.is_deleted and not before.is_deleted]
    for child, parent in reads.children_of(connection, gone):
        since = _came_since(connection, revision, child, partial(_is_there_for, parent, (PARENT_CHILD,)))
        if since is not None:
            raise LaterChange(
                f"Revision {revision} can't be undone: revision {since} made {child} a child of {parent}. "
                "Undo that first.",
                revision=since,
                id=parent,
            )


def _refuse_new_cycles(connection: Connection, revision: int, ids: Sequence[str]) -> None:
    """A cycle that the operation itself had broken comes back; one that later changes close is refused."""
    for issue_id in ids:
        path = way_back(connection, issue_id)
        if any(_waits_since(connection, revision, one, target) for one, target in pairwise(path)):
            raise cycle_along(path)


def _waits_since(connection: Connection, revision: int, one: str, target: str) -> bool:
    waits = partial(_depends_on, target, WAITING_TYPES)
    ways = ((one, waits), (target, _is_there))
    return any(_came_since(connection, revision, *way) is not None for way in ways)


def _came_since(
    connection: Connection, revision: int, issue_id: str, holds: Callable[[Mapping[str, Any]], bool]
) -> int | None:
    """The last revision since that made hold for an issue what did not hold then and holds before this undo."""
    since = _changes_since(connection, issue_id, revision)
    if not since or holds(since[0][1].before or {}) or not holds(since[-1][1].after or {}):
        return None
    return [number for number, one in since if not holds(one.before or {})][-1]


def _changes_since(connection: Connection, issue_id: str, revision: int) -> list[tuple[int, Change]]:
    later = history.read_operations(connection, history.later_changes(connection, issue_id, revision))
    return [(entry.event.revision, one) for entry in later for one in entry.changes if one.issue_id == issue_id]


def _is_there(shape: Mapping[str, Any]) -> bool:
    return bool(shape) and shape["status"] != TOMBSTONE


def _depends_on(target: str, types: Collection[str], shape: Mapping[str, Any]) -> bool:
    return any(one["depends_on_id"] == target and one["type"] in types for one in shape.get("dependencies", ()))


def _is_there_for(target: str, types: Collection[str], shape: Mapping[str, Any]) -> bool:
    return _is_there(shape) and _depends_on(target, types, shape)


def _inverted(
    connection: Connection, entry: HistoryEntry, change: Change, current: Issue, context: OperationContext
) -> Issue:
    shape = issue_to_json(current)
    assert change.after is not None
    if change.before is None:
        return _uncreated(connection, entry, change, current, context)
    target = dict(shape)
    for name in _fields(change.before, change.after):
        old, new = change.before.get(name), change.after.get(name)
        if not same_json(old, new):
            value = _old_value(name, old, new, shape.get(name))
            if isinstance(value, _Conflict):
                raise _later(connection, entry, change, name, value.part)
            target[name] = value
    target = {name: value for name, value in target.items() if value is not None}
    return issue_from_json(_ordered(target), context.statuses)


def _fields(*shapes: Mapping[str, Any]) -> list[str]:
    """Every field, the more telling ones first; the time of change is no reason."""
    return [name for name in dict.fromkeys(name for shape in shapes for name in shape) if name != "updated_at"]


@frozen
class _Conflict:
    """A field, or the `part` of it with this key, is not as the operation left it."""

    part: Any = None


def _old_value(name: str, old: Any, new: Any, current: Any) -> Any:
    """The value before the operation; a _Conflict when it is not as the operation left it."""
    if name not in _KEYS:
        return old if same_json(current, new) else _Conflict()
    key = _KEYS[name]
    before, after, now = (_by_key(key, one) for one in (old, new, current))
    for one in {*before, *after}:
        if before.get(one) != after.get(one):
            if now.get(one) != after.get(one):
                return _Conflict(one)
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
    for name in _fields(change.after, shape):
        if shape.get(name) != change.after.get(name):
            raise _later(connection, entry, change, name)
    _refuse_dependents(connection, entry.event.revision, current.id)
    return tombstone(current, f"undo of revision {entry.event.revision}", context)


def _refuse_dependents(connection: Connection, revision: int, issue_id: str) -> None:
    """What came to depend on an issue since must not lose it."""
    for dependent, _, kind in reads.dependents_of(connection, [issue_id]):
        since = _came_since(connection, revision, dependent, partial(_is_there_for, issue_id, (kind,)))
        if since is not None and not known(connection, dependent).is_deleted:
            raise LaterChange(
                f"Revision {revision} can't be undone: revision {since} made {dependent} depend on {issue_id}. "
                "Undo that first.",
                revision=since,
                id=issue_id,
            )


def _later(connection: Connection, entry: HistoryEntry, change: Change, name: str, part: Any = None) -> LaterChange:
    """The error that names the last change of the field, or of that part of it, since."""
    revision = entry.event.revision
    guilty = [
        number
        for number, other in _changes_since(connection, change.issue_id, revision)
        if _value(other.before, name, part) != _value(other.after, name, part)
    ]
    who = f"revision {guilty[-1]} changed" if guilty else "something changed"
    return LaterChange(
        f"Revision {revision} can't be undone: {who} {name} of {change.issue_id} since. Undo that first.",
        revision=guilty[-1] if guilty else None,
        id=change.issue_id,
    )


def _value(shape: Mapping[str, Any] | None, name: str, part: Any) -> Any:
    value = shape.get(name) if shape is not None else None
    return value if part is None else _by_key(_KEYS[name], value).get(part)
