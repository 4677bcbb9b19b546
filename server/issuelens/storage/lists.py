"""Lists of issues by query, what holds them back, and counts of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from itertools import chain
from typing import Any, Final

from attrs import evolve, frozen
from sqlalchemy import Connection, Result, Select, and_, case, func, select

from issuelens.domain.issue import Issue, IssueSummary
from issuelens.domain.query import Query, Term, Value
from issuelens.domain.vocabulary import BLOCKS, PARENT_CHILD, TOMBSTONE, Category
from issuelens.storage.conditions import Asking, chosen
from issuelens.storage.reads import IDS, ISSUE_COLUMNS, SUMMARY_COLUMNS, chunks, resolve_id, rows_ever, summary, whole
from issuelens.storage.search import LARGE, has_pending
from issuelens.storage.tables import DEPENDENCY, ISSUE, LABEL

_ID_FIELDS: Final = ("id", "parent", "epic", "depends-on", "blocks")
_BLOCKERS: Final = select(DEPENDENCY.c.issue_id, *SUMMARY_COLUMNS).join(ISSUE, ISSUE.c.id == DEPENDENCY.c.depends_on_id)


def with_whole_ids(connection: Connection, query: Query, prefix: str) -> Query:
    """The query with the ids that its words mean.

    Raises:
        UnknownIssue, AmbiguousId: as `reads.resolve_id`.
    """

    def value(one: Value, field: str) -> Value:
        # An issue may be without a parent, but not without an id.
        is_word = one.text == "none" and field != "id"
        return one if is_word else evolve(one, text=resolve_id(connection, one.text, prefix))

    def term(one: Term) -> Term:
        return evolve(one, values=tuple(value(each, one.field) for each in one.values))

    return evolve(query, terms=tuple(term(one) if one.field in _ID_FIELDS else one for one in query.terms))


def list_issues(connection: Connection, query: Query, asking: Asking, prefix: str = "") -> list[Issue]:
    """The issues that the query finds, whole and in its order."""
    query = with_whole_ids(connection, query, prefix)
    return whole(connection, _found(connection, ISSUE_COLUMNS, query, asking).all())


def list_summaries(connection: Connection, query: Query, asking: Asking, prefix: str = "") -> list[IssueSummary]:
    """The same in a line each, which is faster."""
    query = with_whole_ids(connection, query, prefix)
    return [summary(row) for row in _found(connection, SUMMARY_COLUMNS, query, asking)]


def list_ids(connection: Connection, query: Query, asking: Asking, prefix: str = "") -> list[str]:
    """Their ids alone."""
    query = with_whole_ids(connection, query, prefix)
    return list(_found(connection, (ISSUE.c.id,), query, asking).scalars())


def _found(connection: Connection, columns: Iterable[Any], query: Query, asking: Asking) -> Result[Any]:
    return connection.execute(chosen_by(connection, columns, query, asking))


def chosen_by(connection: Connection, columns: Iterable[Any], query: Query, asking: Asking) -> Select[Any]:
    """The statement that selects columns of ISSUE by a query, whose ids must be whole ones."""
    if not query.needs_text:
        return chosen(select(*columns), query, asking)
    is_indexed, is_large = not has_pending(connection), rows_ever(connection) > LARGE
    return chosen(select(*columns), query, asking, is_indexed=is_indexed, is_large=is_large)


@frozen
class Reason:
    """Why an issue is blocked: it, or its ancestor `via`, waits for `issue`; without `issue`, its status says so."""

    issue: IssueSummary | None
    via: str | None = None


def reasons(connection: Connection, ids: Iterable[str]) -> dict[str, list[Reason]]:
    """Why each of the issues is blocked; those that are not have an empty list."""
    wanted = list(ids)
    parents = _blocked_ancestors(connection, wanted)
    own: dict[str, list[Reason]] = defaultdict(list)
    for one, reason in _own_reasons(connection, {*wanted, *parents, *chain.from_iterable(parents.values())}):
        own[one].append(reason)
    return {
        one: own[one] + [evolve(reason, via=other) for other in _above(one, parents) for reason in own[other]]
        for one in wanted
    }


def _blocked_ancestors(connection: Connection, ids: Iterable[str]) -> dict[str, list[str]]:
    """The blocked parents of the issues, and theirs in turn."""
    parents: dict[str, list[str]] = {}
    layer = set(ids)
    while layer:
        parents |= {one: [] for one in layer}
        for child, parent in _blocked_parents(connection, layer):
            parents[child].append(parent)
        layer = {parent for found in parents.values() for parent in found} - parents.keys()
    return parents


def _above(issue_id: str, parents: dict[str, list[str]]) -> list[str]:
    """All ancestors, the nearest first."""
    found: dict[str, None] = {}
    waiting = list(parents[issue_id])
    while waiting:
        one = waiting.pop(0)
        if one not in found and one != issue_id:
            found[one] = None
            waiting += parents[one]
    return list(found)


def _own_reasons(connection: Connection, ids: Iterable[str]) -> Iterable[tuple[str, Reason]]:
    for chunk in chunks(ids):
        statement = _BLOCKERS.where(DEPENDENCY.c.issue_id.in_(chunk), DEPENDENCY.c.type == BLOCKS, ISSUE.c.is_open == 1)
        for row in connection.execute(statement.order_by(DEPENDENCY.c.issue_id, ISSUE.c.priority, ISSUE.c.id)):
            yield row[0], Reason(summary(row[1:]))
        by_status = select(ISSUE.c.id).where(ISSUE.c.id.in_(chunk), ISSUE.c.status == "blocked")
        for issue_id in connection.execute(by_status).scalars():
            yield issue_id, Reason(None)


def _blocked_parents(connection: Connection, ids: Iterable[str]) -> Iterable[tuple[str, str]]:
    for chunk in chunks(ids):
        statement = (
            select(DEPENDENCY.c.issue_id, ISSUE.c.id)
            .join(ISSUE, ISSUE.c.id == DEPENDENCY.c.depends_on_id)
            .where(
                DEPENDENCY.c.issue_id.in_(chunk),
                DEPENDENCY.c.type == "parent-child",
                ISSUE.c.status != TOMBSTONE,
                ISSUE.c.blocked > 0,
            )
        )
        for row in connection.execute(statement):
            yield row[0], row[1]


def statistics(connection: Connection, asking: Asking) -> dict[str, Any]:
    """Counts: by status, category, type, priority, assignee and label; ready, blocked, overdue; days to close."""
    there = ISSUE.c.status != TOMBSTONE

    def by(column: Any, condition: Any = there) -> dict[str, int]:
        statement = select(column, func.count()).where(condition).group_by(column).order_by(func.count().desc(), column)
        return {str(row[0] if row[0] is not None else "none"): row[1] for row in connection.execute(statement)}

    def count(*conditions: Any) -> int:
        return int(connection.execute(select(func.count()).select_from(ISSUE).where(*conditions)).scalar_one())

    labels = select(LABEL.c.name, func.count()).join(ISSUE, ISSUE.c.id == LABEL.c.issue_id).where(there)
    days = func.avg(func.julianday(ISSUE.c.closed_at) - func.julianday(ISSUE.c.created_at))
    lead = connection.execute(select(days).where(and_(ISSUE.c.is_open == 0, ISSUE.c.closed_at.is_not(None), there)))
    average = lead.scalar()
    return {
        "total": count(there),
        "open": count(ISSUE.c.is_open == 1),
        "closed": count(ISSUE.c.is_open == 0, there),
        "deleted": count(ISSUE.c.status == TOMBSTONE),
        "ready": count(ISSUE.c.is_ready == 1, (ISSUE.c.defer_until.is_(None)) | (ISSUE.c.defer_until <= asking.now)),
        "blocked": count(ISSUE.c.is_open == 1, ISSUE.c.blocked > 0),
        "overdue": count(ISSUE.c.is_open == 1, ISSUE.c.due_at < asking.now),
        "by_status": by(ISSUE.c.status),
        "by_category": by(ISSUE.c.category),
        "by_type": by(ISSUE.c.issue_type),
        "by_priority": by(ISSUE.c.priority),
        "open_by_assignee": by(ISSUE.c.assignee, ISSUE.c.is_open == 1),
        "by_label": {
            row[0]: row[1]
            for row in connection.execute(labels.group_by(LABEL.c.name).order_by(func.count().desc(), LABEL.c.name))
        },
        "average_days_to_close": None if average is None else round(float(average), 2),
    }


def progress(connection: Connection, ids: Iterable[str]) -> dict[str, tuple[int, int]]:
    """Of each issue: how many of its descendants are finished, and how many there are."""
    wanted = list(ids)
    found = dict.fromkeys(wanted, (0, 0))
    for chunk in chunks(wanted):
        found |= {row[0]: (row[1], row[2]) for row in connection.execute(_PROGRESS, {"ids": chunk})}
    return found


def _progress() -> Select[Any]:
    """Pairs of an issue and what is below it at any depth, each once, counted by issue."""
    links = DEPENDENCY.alias("link")
    below = (
        select(DEPENDENCY.c.depends_on_id.label("root"), DEPENDENCY.c.issue_id)
        .where(DEPENDENCY.c.type == PARENT_CHILD, DEPENDENCY.c.depends_on_id.in_(IDS))
        .cte("below", recursive=True)
    )
    below = below.union(
        select(below.c.root, links.c.issue_id)
        .join(links, links.c.depends_on_id == below.c.issue_id)
        .where(links.c.type == PARENT_CHILD)
    )
    finished = func.sum(case((ISSUE.c.category == str(Category.DONE), 1), else_=0))
    counts = select(below.c.root, finished, func.count()).join(ISSUE, ISSUE.c.id == below.c.issue_id)
    return counts.where(ISSUE.c.status != TOMBSTONE).group_by(below.c.root)


_PROGRESS: Final = _progress()
