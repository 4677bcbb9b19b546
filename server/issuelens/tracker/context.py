"""What an operation is done with, and which issues it is about."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Final

from attrs import evolve, field, frozen
from sqlalchemy import Connection

from issuelens.domain.errors import InvalidField, Refused, UnknownIssue
from issuelens.domain.fields import checked_name
from issuelens.domain.issue import Issue
from issuelens.domain.moment import later
from issuelens.domain.query import parse_query
from issuelens.domain.shape import is_same
from issuelens.domain.vocabulary import STATUS_CATEGORIES, TOMBSTONE, Category
from issuelens.storage import lists, reads, writes
from issuelens.storage.conditions import Asking

Pair = tuple[Issue | None, Issue]
"""An issue before and after."""

PROGRESS_STEP: Final = 100
"""Issues between two words about progress."""


@frozen(kw_only=True)
class OperationContext:
    """What an operation is done with.

    `now` is a timestamp, `prefix` begins new ids, `random_bytes(n)` gives n of them, `statuses` are the workspace's.
    `progress` is told now and then how many issues are done, and of how many.
    """

    key: str
    actor: str
    client: str
    now: str
    prefix: str
    random_bytes: Callable[[int], bytes]
    statuses: Mapping[str, Category] = STATUS_CATEGORIES
    progress: Callable[[int, int], None] | None = None

    @property
    def asking(self) -> Asking:
        """Who asks, for queries."""
        return Asking(now=self.now, me=self.actor)


@frozen(kw_only=True)
class Done:
    """What came of an operation, to be recorded: its name, its issues before and after, and what it took back.

    `settled` has the numbers of conflicts, and how each was settled.
    """

    name: str
    pairs: Sequence[Pair]
    undoes: int | None = None
    settled: Mapping[int, str] = field(factory=dict)

    @property
    def is_always_recorded(self) -> bool:
        """Whether it is something that has happened although its issues stay as they are."""
        return bool(self.settled) or self.undoes is not None


def selected(
    connection: Connection, ids: Iterable[str], query: str | None, context: OperationContext, *, state: str = "open"
) -> list[Issue]:
    """The issues named and those that the query finds, each once.

    Args:
        connection: with the operation's transaction.
        ids: ids, merged ids, or unique beginnings of ids.
        query: in the filter language; None for none.
        context: the operation's.
        state: what the query is narrowed to when it does not say; `deleted` looks for tombstones.

    Raises:
        InvalidField: when nothing is named.
        UnknownIssue, AmbiguousId: for the first word that is no id.
        Refused: for a deleted issue, unless `state` is `deleted`.
    """
    words = list(ids)
    if not words and query is None:
        raise InvalidField("ids", "no issue is named")
    wanted = [_resolved(connection, word, context, state) for word in words]
    if query is not None:
        chosen = parse_query(query).narrowed(state)
        wanted += lists.list_ids(connection, chosen, context.asking, context.prefix)
    found = reads.get_issues(connection, wanted)
    issues = [found[one] for one in dict.fromkeys(wanted)]
    if state != "deleted":
        for issue in issues:
            refuse_deleted(issue)
    return issues


def _resolved(connection: Connection, word: str, context: OperationContext, state: str) -> str:
    if state == "deleted":
        return reads.resolve_deleted(connection, word, context.prefix)
    return reads.resolve_id(connection, word, context.prefix)


def assignee_of(text: str, context: OperationContext) -> str | None:
    """Who a word for an assignee means: `me` is the actor, as in queries; an empty one is nobody.

    Raises:
        InvalidField: when it can't be a name.
    """
    if not text.strip():
        return None
    return context.actor if text.strip() == "me" else checked_name("assignee", text)


def named(connection: Connection, word: str, context: OperationContext) -> Issue:
    """The one issue that a word means.

    Raises:
        UnknownIssue, AmbiguousId, Refused: as `selected`.
    """
    return selected(connection, [word], None, context)[0]


def refuse_deleted(issue: Issue) -> None:
    """Says so when only a tombstone is left.

    Raises:
        Refused: then.
    """
    if issue.is_deleted:
        raise Refused(f"{issue.id} was deleted. `issuelens restore {issue.id}` brings it back.", id=issue.id)


def known(connection: Connection, issue_id: str) -> Issue:
    """The issue with exactly this id.

    Raises:
        UnknownIssue: when there is none.
    """
    found = reads.get_issues(connection, [issue_id]).get(issue_id)
    if found is None:
        raise UnknownIssue.named(issue_id)
    return found


def changed(
    connection: Connection, issues: Collection[Issue], change: Callable[[Issue], Issue], context: OperationContext
) -> list[Pair]:
    """Changes issues and writes what differs, with the time of the change; those that stay the same are left alone."""
    pairs: list[Pair] = []
    for number, before in enumerate(issues):
        if context.progress is not None and number % PROGRESS_STEP == 0:
            context.progress(number, len(issues))
        after = touched(before, change(before), context)
        pairs.append((before, after))
        if after is not before:
            writes.update_issue(connection, before, after)
    return pairs


def touched(before: Issue, after: Issue, context: OperationContext) -> Issue:
    """The new state with its time of change, later than the last one; the old one when nothing differs."""
    if is_same(before, after):
        return before
    moment = later(context.now, before.updated_at)
    return evolve(after if moment == context.now else _moved(after, context.now, moment), updated_at=moment)


def _moved(issue: Issue, now: str, moment: str) -> Issue:
    """The issue with what was given the time `now` at `moment`: the clock was set back since the last change."""

    def put(one: str | None) -> str | None:
        return moment if one == now else one

    comments = (
        evolve(one, created_at=put(one.created_at) or "", updated_at=put(one.updated_at)) for one in issue.comments
    )
    return evolve(issue, closed_at=put(issue.closed_at), deleted_at=put(issue.deleted_at), comments=tuple(comments))


def tombstone(issue: Issue, reason: str | None, context: OperationContext) -> Issue:
    """What is left of an issue when it is deleted; all that `restore` needs."""
    return evolve(
        issue,
        status=TOMBSTONE,
        category=Category.DONE,
        original_status=issue.original_status if issue.is_deleted else issue.status,
        deleted_at=context.now,
        deleted_by=context.actor,
        delete_reason=reason,
    )
