"""Every operation, from the request to its outcome. A refused one leaves nothing: its transaction is taken back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from attrs import evolve
from sqlalchemy import Connection

from issuelens.domain.issue import Issue
from issuelens.domain.operation import (
    AddComment,
    AddDependencies,
    Change,
    CloseIssues,
    CreateIssue,
    DeleteComment,
    DeleteIssues,
    EditComment,
    EditIssues,
    Event,
    MergeIssues,
    Operation,
    Outcome,
    RemoveDependencies,
    ReopenIssues,
    RestoreIssues,
    SettleConflicts,
    StartIssues,
    UndoOperations,
    UpdateIssues,
    named_ids,
)
from issuelens.domain.shape import issue_from_json, issue_to_json
from issuelens.storage import history, readiness, reads, writes
from issuelens.tracker import change, comments, conflicts, links, undo
from issuelens.tracker.context import Done, OperationContext, Pair
from issuelens.tracker.create import create

__all__ = [
    "OperationContext",
    "change_of",
    "event_of",
    "initialise_history",
    "perform",
    "record",
    "rehearse",
]


def perform(connection: Connection, operation: Operation, context: OperationContext) -> Outcome:
    """Does an operation within the caller's transaction.

    A key that was seen before gives the earlier outcome and does nothing. An operation that changes nothing is not
    recorded.

    Raises:
        Refused: of the kind that says what is wrong with the request.
    """
    repeated = _repeated(connection, context)
    if repeated is not None:
        return repeated
    if isinstance(operation, UndoOperations):
        return _undo(connection, operation, context)
    done = _do(connection, operation, context)
    event = record(connection, done, context)
    return _outcome(done.pairs, () if event is None else (event,))


def rehearse(connection: Connection, operation: Operation, context: OperationContext) -> Outcome:
    """What `perform` would do, without doing it; without events.

    Raises:
        Refused: as `perform`.
    """
    savepoint = connection.begin_nested()
    try:
        # A key of its own: one that was used before would tell of what was done then.
        rehearsing = evolve(context, key=f"{context.key}#rehearsed")
        return evolve(perform(connection, operation, rehearsing), events=())
    finally:
        savepoint.rollback()


def initialise_history(connection: Connection, context: OperationContext) -> Event:
    """Records the beginning of a workspace as its first revision."""
    event = event_of(connection, Done(name="init", pairs=()), context)
    writes.record_operation(connection, event, context.key)
    return event


def record(connection: Connection, done: Done, context: OperationContext, step: int = 0) -> Event | None:
    """Brings what is derived up to date, and adds the operation to the history; None when nothing was changed.

    Args:
        connection: with the operation's transaction.
        done: what was written.
        context: the operation's.
        step: of an operation that is several; further ones have keys of their own.
    """
    # What stays the same is the same object (`context.touched`).
    pairs = [pair for pair in done.pairs if pair[1] is not pair[0] or done.is_always_recorded]
    if not pairs:
        return None
    refresh_derived(connection, pairs)
    event = event_of(connection, Done(name=done.name, pairs=pairs, undoes=done.undoes), context)
    writes.record_operation(connection, event, f"{context.key}#{step}" if step else context.key)
    writes.record_changes(connection, event.revision, [change_of(*pair) for pair in pairs])
    conflicts.recorded(connection, event.revision, done, pairs)
    return event


def change_of(before: Issue | None, after: Issue) -> Change:
    """A pair as the history keeps it."""
    return Change(
        issue_id=after.id, before=issue_to_json(before) if before is not None else None, after=issue_to_json(after)
    )


def refresh_derived(connection: Connection, pairs: Iterable[Pair]) -> None:
    """Brings `blocked` and `is_ready` up to date."""
    affected: list[str] = []
    moved: set[str] = set()
    for before, after in pairs:
        if before is None or before.is_deleted != after.is_deleted or before.parents != after.parents:
            moved.add(after.id)
        if before is None:
            if after.dependencies or reads.has_dependents(connection, after.id):
                affected.append(after.id)
        elif (before.status, before.category, before.dependencies) != (
            after.status,
            after.category,
            after.dependencies,
        ):
            affected.append(after.id)
    if affected:
        readiness.refresh(connection, affected, moved)


def event_of(connection: Connection, done: Done, context: OperationContext) -> Event:
    """The next event, about to be recorded."""
    return Event(
        revision=reads.current_revision(connection) + 1,
        operation=done.name,
        actor=context.actor,
        client=context.client,
        at=context.now,
        undoes=done.undoes,
        **named_ids([after.id for _, after in done.pairs]),
    )


def _repeated(connection: Connection, context: OperationContext) -> Outcome | None:
    entries = history.find_operations(connection, context.key)
    if not entries:
        return None
    shapes = {one.issue_id: one.after for entry in entries for one in entry.changes if one.after is not None}
    return Outcome(
        issues=tuple(issue_from_json(shape, context.statuses) for shape in shapes.values()),
        events=tuple(entry.event for entry in entries),
        repeated=True,
    )


def _outcome(pairs: Sequence[Pair], events: tuple[Event, ...]) -> Outcome:
    return Outcome(
        issues=tuple(after for _, after in pairs), events=events, before=tuple(before for before, _ in pairs)
    )


def _undo(connection: Connection, request: UndoOperations, context: OperationContext) -> Outcome:
    pairs: dict[str, Pair] = {}
    events: list[Event] = []
    for revision in undo.chosen(connection, request):
        done = undo.take_back(connection, revision, context)
        for before, after in done.pairs:
            pairs[after.id] = (pairs[after.id][0] if after.id in pairs else before, after)
        event = record(connection, done, context, step=len(events))
        if event is not None:
            events.append(event)
    return _outcome(list(pairs.values()), tuple(events))


_Way = Callable[[Connection, Any, OperationContext], Sequence[Pair]]

_WAYS: Final[dict[type, tuple[str, _Way]]] = {
    CreateIssue: ("create", lambda *request: [(None, create(*request))]),
    UpdateIssues: ("update", change.update),
    EditIssues: ("edit", change.edit),
    StartIssues: ("start", change.start),
    CloseIssues: ("close", change.close),
    ReopenIssues: ("reopen", change.reopen),
    DeleteIssues: ("delete", change.delete),
    RestoreIssues: ("restore", change.restore),
    AddComment: ("comment", comments.add),
    EditComment: ("edit comment", comments.edit),
    DeleteComment: ("delete comment", comments.remove),
    AddDependencies: ("link", links.add),
    RemoveDependencies: ("unlink", links.remove),
    MergeIssues: ("merge", links.merge),
}
"""Operation -> its name in the history, and how it is done. An undo is several operations; settling says more."""


def _do(connection: Connection, operation: Operation, context: OperationContext) -> Done:
    if isinstance(operation, SettleConflicts):
        return conflicts.settle(connection, operation, context)
    name, way = _WAYS[type(operation)]
    return Done(name=name, pairs=way(connection, operation, context))
