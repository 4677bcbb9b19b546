"""Changes of issues' fields and states: update, start, close, reopen, delete, restore."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from attrs import evolve
from sqlalchemy import Connection

from issuelens.domain.errors import ChangedMeanwhile, InvalidField, Refused
from issuelens.domain.fields import (
    checked_estimate,
    checked_labels,
    checked_metadata,
    checked_name,
    checked_priority,
    checked_status,
    checked_text,
    checked_title,
    checked_type,
)
from issuelens.domain.issue import Dependency, Issue
from issuelens.domain.moment import checked_future, normal_moment
from issuelens.domain.operation import (
    CloseIssues,
    DeleteIssues,
    EditIssues,
    ReopenIssues,
    RestoreIssues,
    StartIssues,
    UpdateIssues,
)
from issuelens.domain.vocabulary import PARENT_CHILD, Category
from issuelens.storage import reads
from issuelens.tracker.comments import commented
from issuelens.tracker.context import OperationContext, Pair, assignee_of, changed, named, selected, tombstone
from issuelens.tracker.links import refuse_cycles, refuse_parents


def update(connection: Connection, request: UpdateIssues, context: OperationContext) -> list[Pair]:
    """Changes fields.

    Raises:
        Refused: of the kind that says what is wrong.
    """
    issues = selected(connection, request.ids, request.query, context)
    if request.title is not None and len(issues) > 1:
        raise InvalidField("title", "several issues can't get the same one; name one issue")
    _refuse_changed(issues, request.expected_updated_at)
    fields = _checked_fields(request, context)
    added, removed = set(checked_labels(request.add_labels)), set(checked_labels(request.remove_labels))
    metadata = checked_metadata(request.set_metadata)
    parent = named(connection, request.parent, context).id if request.parent else request.parent

    def change(issue: Issue) -> Issue:
        after = evolve(
            issue,
            **fields,
            labels=tuple(sorted((set(issue.labels) | added) - removed)),
            metadata=_merged(issue.metadata, metadata, request.unset_metadata),
        )
        after = after if parent is None else _with_parent(after, parent, context)
        return _with_times(issue, after, context)

    pairs = changed(connection, issues, change, context)
    if parent:
        refuse_cycles(connection, [issue.id for issue in issues])
        moved = [after for before, after in pairs if before is not None and before.parents != after.parents]
        refuse_parents(connection, moved)
    return pairs


def edit(connection: Connection, request: EditIssues, context: OperationContext) -> list[Pair]:
    """Does several updates.

    Raises:
        Refused: as `update`; also when two of them name the same issue, or there is none.
    """
    if not request.edits:
        raise InvalidField("edits", "no issue is named")
    pairs: dict[str, Pair] = {}
    for one in request.edits:
        for pair in update(connection, one, context):
            if pair[1].id in pairs:
                raise InvalidField("edits", f"{pair[1].id} is in two of them; put both into one")
            pairs[pair[1].id] = pair
    return list(pairs.values())


def _refuse_changed(issues: Iterable[Issue], expected: str | None) -> None:
    for issue in issues:
        if expected is not None and _moment_of("expected_updated_at", expected) != issue.updated_at:
            raise ChangedMeanwhile(
                f"{issue.id} was changed meanwhile, at {issue.updated_at}. Read it again, then change it.", id=issue.id
            )


def _moment_of(name: str, text: str) -> str:
    try:
        return normal_moment(text)
    except ValueError as error:
        raise InvalidField(name, str(error)) from error


def _merged(metadata: Mapping[str, Any], new: Mapping[str, Any], gone: tuple[str, ...]) -> Mapping[str, Any]:
    return {name: value for name, value in sorted((dict(metadata) | dict(new)).items()) if name not in gone}


def _with_parent(issue: Issue, parent: str, context: OperationContext) -> Issue:
    """The issue as a child of `parent` alone, or of nobody for an empty one."""
    if issue.parents == (parent,) or (not parent and not issue.parents):
        return issue
    if issue.id == parent:
        raise InvalidField("parent", f"{issue.id} can't be its own parent")
    kept = [one for one in issue.dependencies if one.type != PARENT_CHILD]
    if parent:
        kept.append(Dependency(issue.id, parent, PARENT_CHILD, context.now, context.actor))
    return evolve(issue, dependencies=tuple(sorted(kept, key=lambda one: one.key)))


_TEXTS: Final = ("description", "design", "acceptance_criteria", "notes")


def _checked_fields(request: UpdateIssues, context: OperationContext) -> dict[str, Any]:
    checks: dict[str, Callable[[Any], Any]] = {
        "title": checked_title,
        "priority": checked_priority,
        "issue_type": checked_type,
        "assignee": lambda text: assignee_of(text, context),
        "external_ref": lambda text: checked_name("external_ref", text) if text.strip() else None,
        "estimated_minutes": lambda minutes: None if minutes == -1 else checked_estimate(minutes),
        "due_at": lambda text: _moment("due_at", text, context),
        "defer_until": lambda text: _moment("defer_until", text, context),
    }
    fields = {
        name: check(getattr(request, name)) for name, check in checks.items() if getattr(request, name) is not None
    }
    for name in _TEXTS:
        if getattr(request, name) is not None:
            fields[name] = checked_text(name, getattr(request, name))
    if request.status is not None:
        fields["status"] = checked_status(request.status, context.statuses)
        fields["category"] = context.statuses[request.status]
    return fields


def _moment(name: str, text: str, context: OperationContext) -> str | None:
    if not text.strip():
        return None
    return checked_future(name, text, context.now, end_of_day=name == "due_at")


def _with_times(before: Issue, after: Issue, context: OperationContext) -> Issue:
    """Sets or clears the time of closing when the status moves into or out of category done."""
    if before.is_closed == after.is_closed:
        return after
    if after.is_closed:
        return evolve(after, closed_at=context.now)
    return evolve(after, closed_at=None, close_reason=None)


def start(connection: Connection, request: StartIssues, context: OperationContext) -> list[Pair]:
    """Sets issues in progress."""

    def change(issue: Issue) -> Issue:
        if issue.category is Category.DOING:
            return issue
        assignee = issue.assignee or context.actor
        after = evolve(issue, status="in_progress", category=Category.DOING, assignee=assignee)
        return _with_times(issue, after, context)

    return changed(connection, selected(connection, request.ids, request.query, context), change, context)


def close(connection: Connection, request: CloseIssues, context: OperationContext) -> list[Pair]:
    """Closes issues that are not finished."""
    reason = checked_text("reason", request.reason).strip() or None if request.reason is not None else None

    def change(issue: Issue) -> Issue:
        if issue.is_closed:
            return issue
        return evolve(issue, status="closed", category=Category.DONE, closed_at=context.now, close_reason=reason)

    return changed(connection, selected(connection, request.ids, request.query, context), change, context)


def reopen(connection: Connection, request: ReopenIssues, context: OperationContext) -> list[Pair]:
    """Opens finished issues again; a reason becomes a comment."""
    reason = checked_text("reason", request.reason).strip() if request.reason is not None else ""
    issues = selected(connection, request.ids, request.query, context, state="closed")

    def change(issue: Issue) -> Issue:
        if not issue.is_closed:
            return issue
        after = evolve(issue, status="open", category=Category.TODO, closed_at=None, close_reason=None)
        return commented(connection, after, reason, context) if reason else after

    return changed(connection, issues, change, context)


def delete(connection: Connection, request: DeleteIssues, context: OperationContext) -> list[Pair]:
    """Leaves a tombstone in the place of issues.

    Raises:
        Refused: when children would stay behind.
    """
    issues = selected(connection, request.ids, request.query, context)
    chosen = {issue.id: issue for issue in issues}
    below = _descendants(connection, list(chosen)) - chosen.keys()
    if below and not request.with_children:
        child, parent = min(one for one in reads.children_of(connection, chosen) if one[0] in below)
        raise Refused(
            f"{parent} has children that would stay behind, for instance {child}. Delete them, too "
            "(--with-children), or give them another parent.",
            ids=sorted(below)[:20],
        )
    reason = checked_text("reason", request.reason).strip() or None if request.reason is not None else None
    found = chosen | reads.get_issues(connection, below)
    return changed(connection, found.values(), lambda issue: tombstone(issue, reason, context), context)


def _descendants(connection: Connection, ids: list[str]) -> set[str]:
    found: set[str] = set()
    layer = set(ids)
    while layer:
        layer = {child for child, _ in reads.children_of(connection, layer)} - found
        found |= layer
    return found


def restore(connection: Connection, request: RestoreIssues, context: OperationContext) -> list[Pair]:
    """Brings deleted issues back.

    Raises:
        DependencyCycle: when issues would wait for each other again.
        Refused: for one that was merged into another.
    """
    issues = selected(connection, request.ids, request.query, context, state="deleted")
    for issue in issues:
        if issue.merged_into is not None:
            raise Refused(
                f"{issue.id} was merged into {issue.merged_into}. `issuelens history {issue.id}` names the merge, "
                "which `issuelens undo` can take back.",
                id=issue.id,
            )
    pairs = changed(connection, issues, lambda issue: _restored(issue, context), context)
    refuse_cycles(connection, [after.id for before, after in pairs if before != after])
    return pairs


def _restored(issue: Issue, context: OperationContext) -> Issue:
    if not issue.is_deleted:
        return issue
    status = issue.original_status or "open"
    return evolve(
        issue,
        status=status,
        category=context.statuses.get(status, Category.TODO),
        original_status=None,
        deleted_at=None,
        deleted_by=None,
        delete_reason=None,
    )
