"""Comments: add, edit, delete."""

from __future__ import annotations

from attrs import evolve
from sqlalchemy import Connection

from issuelens.domain.errors import ChangedMeanwhile, InvalidField
from issuelens.domain.fields import checked_text
from issuelens.domain.issue import Comment, Issue
from issuelens.domain.operation import AddComment, DeleteComment, EditComment
from issuelens.storage import writes
from issuelens.tracker.context import OperationContext, Pair, changed, named, selected


def add(connection: Connection, request: AddComment, context: OperationContext) -> list[Pair]:
    """Adds a comment to each issue.

    Raises:
        InvalidField: for an empty or impossible text.
    """
    text = _checked(request.text)
    issues = selected(connection, request.ids, request.query, context)
    return changed(connection, issues, lambda issue: commented(connection, issue, text, context), context)


def commented(connection: Connection, issue: Issue, text: str, context: OperationContext) -> Issue:
    """The issue with one more comment, whose number was never given before."""
    highest = max((one.id for one in issue.comments), default=0)
    number = max(writes.last_comment(connection), highest) + 1
    writes.write_setting(connection, "comment", str(number))
    return evolve(issue, comments=(*issue.comments, Comment(number, context.actor, text, context.now)))


def edit(connection: Connection, request: EditComment, context: OperationContext) -> list[Pair]:
    """Gives a comment another text.

    Raises:
        InvalidField: when there is no such comment, or the text can't be one.
        ChangedMeanwhile: when it does not say what was `seen`.
    """
    text = _checked(request.text)
    issue = named(connection, request.id, context)
    wanted = _comment(issue, request.comment)
    if request.seen not in (None, wanted.text):
        raise ChangedMeanwhile(
            f"{issue.id}: the comment was changed by somebody else meanwhile. Save again to replace what it says now.",
            id=issue.id,
        )

    def change(one: Comment) -> Comment:
        return evolve(one, text=text, updated_at=context.now) if one is wanted and one.text != text else one

    after = evolve(issue, comments=tuple(map(change, issue.comments)))
    return changed(connection, [issue], lambda _: after, context)


def remove(connection: Connection, request: DeleteComment, context: OperationContext) -> list[Pair]:
    """Removes a comment.

    Raises:
        InvalidField: when there is no such comment.
    """
    issue = named(connection, request.id, context)
    gone = _comment(issue, request.comment)
    after = evolve(issue, comments=tuple(one for one in issue.comments if one is not gone))
    return changed(connection, [issue], lambda _: after, context)


def _comment(issue: Issue, number: int) -> Comment:
    for one in issue.comments:
        if one.id == number:
            return one
    known = ", ".join(str(one.id) for one in issue.comments) or "none"
    raise InvalidField("comment", f"{issue.id} has no comment {number}; it has {known}")


def _checked(text: str) -> str:
    text = checked_text("text", text).strip()
    if not text:
        raise InvalidField("text", "the comment is empty")
    return text
