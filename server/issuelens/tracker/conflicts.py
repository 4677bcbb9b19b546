"""Conflicts that merges have settled: somebody decides otherwise or agrees; a change of the field ends them, too."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from issuelens.domain.conflict import (
    DISMISS,
    EDITED,
    KEPT,
    TAKES,
    WHOLE,
    KeptConflict,
    is_same_value,
    shape_of,
    value_at,
    with_value,
)
from issuelens.domain.errors import InvalidField, Refused
from issuelens.domain.issue import Issue
from issuelens.domain.operation import SettleConflicts
from issuelens.domain.shape import issue_from_json, issue_to_json
from issuelens.storage import conflicts, reads
from issuelens.tracker.context import Done, OperationContext, Pair, changed, known, tombstone
from issuelens.tracker.links import refuse_cycles, refuse_parents


def settle(connection: Connection, request: SettleConflicts, context: OperationContext) -> Done:
    """Settles the open conflicts of an issue, or that of one field.

    Raises:
        InvalidField: for a way to settle that there is not.
        Refused: when there is none, or it can't be settled so.
        DependencyCycle: when issues would wait for each other.
    """
    if request.take not in TAKES:
        raise InvalidField("take", f"{request.take[:60]!r} is not one of {', '.join(TAKES)}")
    issue = known(connection, reads.resolve_deleted(connection, request.id, context.prefix))
    found = _meant(connection, request, issue.id)
    after = issue
    for one in _others(found, request.take):
        after = _with_other(after, one, context)
    pairs = changed(connection, [issue], lambda _: after, context)
    if after.dependencies != issue.dependencies:
        refuse_cycles(connection, [issue.id])
        refuse_parents(connection, [after])
    return Done(name="settle", pairs=pairs, settled={one.number: request.take for one in found})


def _meant(connection: Connection, request: SettleConflicts, issue_id: str) -> list[KeptConflict]:
    found = [one for one in conflicts.open_of(connection, [issue_id]) if request.field in (None, one.field)]
    if request.number is not None:
        found = [one for one in found if one.number == request.number]
    if not found:
        which = f"about {request.field[:60]}" if request.field else "open"
        raise Refused(f"{issue_id} has no conflict {which}. `issuelens conflicts list` shows those there are.")
    return found


def _others(found: Sequence[KeptConflict], take: str) -> list[KeptConflict]:
    """Those of which the value is taken that did not stay."""
    others = {one.field: one for one in found if _side(one, take) != KEPT}
    for one in found:
        if one.field in others and one is not others[one.field]:
            raise Refused(
                f"Several other values of {one.field} of {one.issue_id} are known. Settle the one that is meant by its "
                "number: `issuelens conflicts list --json` has it.",
                id=one.issue_id,
            )
    return list(others.values())


def _side(one: KeptConflict, take: str) -> str:
    side = one.side_of(take)
    if side is None:
        raise Refused(
            f"Which value of {one.field} of {one.issue_id} was mine is not known, since git merged it. Take the "
            f"`other` one, or `{DISMISS}` the conflict, which leaves the one that stays."
        )
    return side


def _with_other(issue: Issue, one: KeptConflict, context: OperationContext) -> Issue:
    """The issue with the value that did not stay."""
    if one.field == WHOLE:
        return tombstone(issue, None, context)
    value = one.other
    if one.field.startswith("comments.") and isinstance(value, Mapping):
        value = {**value, "updated_at": context.now}
    try:
        return issue_from_json(_ordered(with_value(issue_to_json(issue), one.field, value)), context.statuses)
    except (LookupError, TypeError, ValueError) as error:
        raise Refused(
            f"{one.field} of {one.issue_id} can't get the other value any more. `{DISMISS}` the conflict.",
            id=one.issue_id,
        ) from error


def _ordered(shape: dict[str, Any]) -> dict[str, Any]:
    """With dependencies in the order in which the database gives them."""
    found = shape.get("dependencies") or ()
    return shape | {"dependencies": sorted(found, key=lambda one: (one["depends_on_id"], one["type"]))}


def follow(connection: Connection, revision: int, pairs: Iterable[Pair]) -> None:
    """Ends the conflicts whose field says something else than what had stayed, since an operation changed it."""
    after = {one.id: one for before, one in pairs if before is not None}
    found = conflicts.open_of(connection, after) if after else []
    over = [one.number for one in found if not stays(one, after[one.issue_id])]
    conflicts.settle(connection, dict.fromkeys(over, EDITED), revision)


def stays(one: KeptConflict, issue: Issue) -> bool:
    """Whether an issue still has the value that stayed."""
    return is_same_value(one.field, value_at(shape_of(issue), one.field), one.kept)


def recorded(connection: Connection, revision: int, done: Done, pairs: Sequence[Pair]) -> None:
    """Follows an operation that was recorded."""
    conflicts.settle(connection, done.settled, revision)
    if done.undoes is not None:
        conflicts.take_back(connection, done.undoes, revision)
    follow(connection, revision, pairs)
