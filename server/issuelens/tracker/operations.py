"""Every operation, from the request to its outcome. Nothing is changed before all of a request has been checked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from attrs import evolve, frozen
from sqlalchemy import Connection

from issuelens.domain.errors import InvalidField, UnknownIssue
from issuelens.domain.issue import (
    Category,
    Comment,
    Dependency,
    Issue,
    category_of,
    checked_dependency_type,
    checked_labels,
    checked_name,
    checked_priority,
    checked_status,
    checked_text,
    checked_title,
    checked_type,
    id_length,
    issue_from_json,
    issue_to_json,
    new_id,
)
from issuelens.domain.operation import (
    AddComment,
    Change,
    CloseIssues,
    CreateIssue,
    Event,
    HistoryEntry,
    Operation,
    Outcome,
    ReopenIssues,
    StartIssues,
    UpdateIssues,
)
from issuelens.storage import reads, writes

CHILD_LEVELS: Final = 3
"""How deep children may be: `app-1a2b.1.2.3`."""
ID_ATTEMPTS: Final = 100
"""How often a new id may meet an existing one before that is an error."""


@frozen(kw_only=True)
class OperationContext:
    """What an operation is done with.

    `now` is a UTC timestamp, `prefix` begins new ids, `random_bytes(n)` gives n of them.
    """

    key: str
    actor: str
    client: str
    now: str
    prefix: str
    random_bytes: Callable[[int], bytes]


Pair = tuple[Issue | None, Issue]
"""An issue before and after."""


def perform(connection: Connection, operation: Operation, context: OperationContext) -> Outcome:
    """Does an operation within the caller's transaction.

    A key that was seen before gives the earlier outcome and does nothing. An operation that changes nothing is not
    recorded.

    Raises:
        Refused: of the kind that says what is wrong with the request.
    """
    done = reads.find_operation(connection, context.key)
    if done is not None:
        after = tuple(issue_from_json(change.after) for change in done.changes if change.after is not None)
        return Outcome(issues=after, event=done.event, repeated=True)
    name, pairs = _do(connection, operation, context)
    issues = tuple(after for _, after in pairs)
    changed = [(before, after) for before, after in pairs if before != after]
    if not changed:
        return Outcome(issues=issues)
    return Outcome(issues=issues, event=_recorded(connection, name, changed, context))


def initialise_history(connection: Connection, context: OperationContext) -> Event:
    """Records the beginning of a workspace as its first revision."""
    return _recorded(connection, "init", [], context)


def _do(connection: Connection, operation: Operation, context: OperationContext) -> tuple[str, Sequence[Pair]]:
    match operation:
        case CreateIssue():
            return "create", [(None, _create(connection, operation, context))]
        case UpdateIssues():
            return "update", _update(connection, operation, context)
        case StartIssues():
            return "start", _changed(connection, operation.ids, lambda issue: _started(issue, context))
        case CloseIssues():
            return "close", _close(connection, operation, context)
        case ReopenIssues():
            return "reopen", _reopen(connection, operation, context)
        case AddComment():
            return "comment", [_comment(connection, operation.id, operation.text, context)]


def _recorded(connection: Connection, name: str, pairs: Sequence[Pair], context: OperationContext) -> Event:
    event = Event(
        revision=reads.current_revision(connection) + 1,
        operation=name,
        ids=tuple(after.id for _, after in pairs),
        actor=context.actor,
        client=context.client,
        at=context.now,
    )
    changes = tuple(
        Change(issue_id=after.id, before=issue_to_json(before) if before else None, after=issue_to_json(after))
        for before, after in pairs
    )
    writes.record_operation(connection, HistoryEntry(event=event, changes=changes), context.key)
    return event


def _named(connection: Connection, ids: Iterable[str]) -> list[Issue]:
    """The issues named, each once.

    Raises:
        UnknownIssue: for the first id that is none.
    """
    wanted = list(dict.fromkeys(ids))
    if not wanted:
        raise InvalidField("ids", "no issue is named")
    found = reads.get_issues(connection, wanted)
    for issue_id in wanted:
        if issue_id not in found:
            raise UnknownIssue.named(issue_id)
    return [found[issue_id] for issue_id in wanted]


def _changed(connection: Connection, ids: Iterable[str], change: Callable[[Issue], Issue]) -> list[Pair]:
    pairs = [(issue, change(issue)) for issue in _named(connection, ids)]
    for before, after in pairs:
        if before != after:
            writes.update_issue(connection, before, after)
    return list(pairs)


def _touched(before: Issue, after: Issue, context: OperationContext) -> Issue:
    """The new state with its time of change, which never runs backwards; the old one when nothing differs."""
    return before if before == after else evolve(after, updated_at=max(context.now, before.updated_at))


# Create


def _create(connection: Connection, request: CreateIssue, context: OperationContext) -> Issue:
    issue = Issue(
        id="",
        title=checked_title(request.title),
        description=checked_text("description", request.description),
        priority=checked_priority(request.priority),
        issue_type=checked_type(request.issue_type),
        assignee=checked_name("assignee", request.assignee) if request.assignee else None,
        labels=checked_labels(request.labels),
        created_at=context.now,
        created_by=context.actor,
        updated_at=context.now,
    )
    wanted = [(one.depends_on_id, checked_dependency_type(one.type)) for one in request.dependencies]
    if request.parent is not None:
        wanted.append((request.parent, "parent-child"))
    if wanted:
        _named(connection, [depends_on_id for depends_on_id, _ in wanted])
    issue_id = _child_id(connection, request.parent) if request.parent else _fresh_id(connection, context)
    dependencies = tuple(Dependency(issue_id, *one) for one in sorted(set(wanted)))
    issue = evolve(issue, id=issue_id, dependencies=dependencies)
    writes.insert_issue(connection, issue)
    return issue


def _fresh_id(connection: Connection, context: OperationContext) -> str:
    # Each issue was created by an operation, so their count is known without counting rows.
    length = id_length(reads.current_revision(connection))
    for _ in range(ID_ATTEMPTS):
        issue_id = new_id(context.prefix, context.random_bytes(16), length)
        if not reads.issue_exists(connection, issue_id):
            return issue_id
    raise RuntimeError(f"{ID_ATTEMPTS} new ids in a row were taken")


def _child_id(connection: Connection, parent: str) -> str:
    if parent.rpartition("-")[2].count(".") >= CHILD_LEVELS:
        raise InvalidField("parent", f"{parent} is at the lowest of {CHILD_LEVELS} levels and can't have children")
    numbers = [child[len(parent) + 1 :].partition(".")[0] for child in reads.child_ids(connection, parent)]
    return f"{parent}.{max((int(number) for number in numbers if number.isdigit()), default=0) + 1}"


# Change


def _update(connection: Connection, request: UpdateIssues, context: OperationContext) -> list[Pair]:
    if request.title is not None and len(set(request.ids)) > 1:
        raise InvalidField("title", "several issues can't get the same one; name one issue")
    fields: Any = _checked_fields(request)
    added, removed = set(checked_labels(request.add_labels)), set(checked_labels(request.remove_labels))

    def change(issue: Issue) -> Issue:
        after = evolve(issue, **fields, labels=tuple(sorted((set(issue.labels) | added) - removed)))
        return _touched(issue, _with_times(issue, after, context), context)

    return _changed(connection, request.ids, change)


def _checked_fields(request: UpdateIssues) -> dict[str, object]:
    fields: dict[str, object] = {}
    if request.title is not None:
        fields["title"] = checked_title(request.title)
    if request.description is not None:
        fields["description"] = checked_text("description", request.description)
    if request.status is not None:
        fields["status"] = checked_status(request.status)
    if request.priority is not None:
        fields["priority"] = checked_priority(request.priority)
    if request.issue_type is not None:
        fields["issue_type"] = checked_type(request.issue_type)
    if request.assignee is not None:
        fields["assignee"] = checked_name("assignee", request.assignee) if request.assignee.strip() else None
    return fields


def _with_times(before: Issue, after: Issue, context: OperationContext) -> Issue:
    """Sets or clears the time of closing when the status moves into or out of category done."""
    if before.is_closed == after.is_closed:
        return after
    if after.is_closed:
        return evolve(after, closed_at=context.now)
    return evolve(after, closed_at=None, close_reason=None)


def _started(issue: Issue, context: OperationContext) -> Issue:
    if category_of(issue.status) is Category.DOING:
        return issue
    after = evolve(issue, status="in_progress", assignee=issue.assignee or context.actor)
    return _touched(issue, _with_times(issue, after, context), context)


def _close(connection: Connection, request: CloseIssues, context: OperationContext) -> list[Pair]:
    reason = checked_text("reason", request.reason).strip() or None if request.reason is not None else None

    def change(issue: Issue) -> Issue:
        if issue.is_closed:
            return issue
        after = evolve(issue, status="closed", closed_at=context.now, close_reason=reason)
        return _touched(issue, after, context)

    return _changed(connection, request.ids, change)


def _reopen(connection: Connection, request: ReopenIssues, context: OperationContext) -> list[Pair]:
    reason = checked_text("reason", request.reason).strip() if request.reason is not None else ""

    def change(issue: Issue) -> Issue:
        if not issue.is_closed:
            return issue
        after = evolve(issue, status="open", closed_at=None, close_reason=None)
        return _touched(issue, after, context)

    pairs = _changed(connection, request.ids, change)
    if not reason:
        return pairs
    return [
        (before, _commented(connection, after, reason, context)) if before != after else (before, after)
        for before, after in pairs
    ]


def _comment(connection: Connection, issue_id: str, text: str, context: OperationContext) -> Pair:
    text = checked_text("text", text).strip()
    if not text:
        raise InvalidField("text", "the comment is empty")
    [issue] = _named(connection, [issue_id])
    return issue, _commented(connection, issue, text, context)


def _commented(connection: Connection, issue: Issue, text: str, context: OperationContext) -> Issue:
    number = writes.insert_comment(connection, issue.id, context.actor, text, context.now)
    comment = Comment(number, context.actor, text, context.now)
    after = _touched(issue, evolve(issue, comments=(*issue.comments, comment)), context)
    writes.update_issue(connection, issue, after)
    return after
