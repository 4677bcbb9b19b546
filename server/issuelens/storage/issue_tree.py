"""Issues in groups, page by page, and what is below one of them: what a tree of issues is made of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from attrs import evolve, frozen
from sqlalchemy import ColumnElement, Connection, Row, Select, and_, bindparam, false, func, not_, or_, select
from sqlalchemy.sql.selectable import FromClause

from issuelens.domain.issue import IssueSummary
from issuelens.domain.query import Query
from issuelens.domain.vocabulary import BLOCKS, PARENT_CHILD, TOMBSTONE
from issuelens.storage.conditions import Asking
from issuelens.storage.lists import chosen_by, with_whole_ids
from issuelens.storage.reads import IDS, SUMMARY_COLUMNS, chunks, get_summaries, summary
from issuelens.storage.tables import CODE_LOCATION, DEPENDENCY, ISSUE, LABEL

GROUP_FIELDS: Final = ("status", "priority", "assignee", "label", "epic", "file")
"""What issues can be grouped by."""
Value = str | int | None
"""What a group's issues have in common; None: that they have nothing there."""

_COLUMNS: Final = (*SUMMARY_COLUMNS, ISSUE.c.blocked, ISSUE.c.is_ready, ISSUE.c.defer_until, ISSUE.c.due_at)
_OWN: Final[dict[str, ColumnElement[Any]]] = {
    "status": ISSUE.c.status,
    "priority": ISSUE.c.priority,
    "assignee": ISSUE.c.assignee,
}
"""Fields of which an issue has one, in its row."""


@frozen
class Group:
    """A group and the number of its issues that the query finds; `epic` is the issue that a group is named for."""

    value: Value
    count: int
    epic: IssueSummary | None = None


@frozen(kw_only=True)
class TreeIssue:
    """An issue as a tree shows it.

    `children` counts those directly below it, `finished` the finished ones of them, `waits` the unfinished issues that
    it depends on by `blocks`.
    """

    issue: IssueSummary
    is_blocked: bool
    is_ready: bool
    is_overdue: bool
    children: int = 0
    finished: int = 0
    waits: int = 0


def count_issues(connection: Connection, query: Query, asking: Asking, prefix: str = "") -> int:
    """How many issues the query finds."""
    found = _found(connection, with_whole_ids(connection, query, prefix), asking)
    return int(connection.execute(select(func.count()).select_from(found)).scalar_one())


def count_ready(connection: Connection, asking: Asking) -> int:
    """How many issues can be worked on now."""
    is_due = or_(ISSUE.c.defer_until.is_(None), ISSUE.c.defer_until <= asking.now)
    statement = select(func.count()).select_from(ISSUE).where(ISSUE.c.is_ready == 1, is_due)
    return int(connection.execute(statement).scalar_one())


def groups(connection: Connection, query: Query, asking: Asking, field: str, prefix: str = "") -> list[Group]:
    """The groups that the issues of the query fall into, in no order.

    Args:
        connection: to the database.
        query: which issues.
        asking: who asks, and when.
        field: one of GROUP_FIELDS.
        prefix: the workspace's own.
    """
    found = _found(connection, with_whole_ids(connection, query, prefix), asking)
    if field in _OWN:
        value: ColumnElement[Any] = found.c[field]
        if field == "status" and query.wants_open:
            # Without the index of states: that of the unfinished ones leads to fewer rows.
            value = func.ifnull(value, None)
        rows = connection.execute(select(value, func.count()).group_by(value))
        return [Group(row[0], row[1]) for row in rows]
    return _epics(connection, found) if field == "epic" else _linked(connection, found, field)


def _found(connection: Connection, query: Query, asking: Asking) -> FromClause:
    columns = (ISSUE.c.id, ISSUE.c.issue_type, *_OWN.values())
    statement = chosen_by(connection, columns, query, asking)
    # Only a limit asks which come first.
    return (statement if query.limit is not None else statement.order_by(None)).subquery("found")


def _linked(connection: Connection, found: FromClause, field: str) -> list[Group]:
    pairs = _PAIRS[field]()
    count = func.count(func.distinct(found.c.id))
    statement = select(pairs.c.value, count).join(found, found.c.id == pairs.c.id).group_by(pairs.c.value)
    named = [Group(row[0], row[1]) for row in connection.execute(statement)]
    is_epic = found.c.issue_type == "epic" if field == "epic" else false()
    without = and_(found.c.id.not_in(select(pairs.c.id)), not_(is_epic))
    rest = int(connection.execute(select(func.count()).select_from(found).where(without)).scalar_one())
    return [*named, Group(None, rest)] if rest else named


def _epics(connection: Connection, found: FromClause) -> list[Group]:
    """Also those epics of the query that have no issue in it."""
    counts = {group.value: group.count for group in _linked(connection, found, "epic")}
    own = connection.execute(select(found.c.id).where(found.c.issue_type == "epic")).scalars().all()
    summaries = get_summaries(connection, {*own, *(str(one) for one in counts if one is not None)})
    named = [Group(one.id, counts.get(one.id, 0), one) for one in summaries.values()]
    return [*named, Group(None, counts[None])] if None in counts else named


def _label_pairs() -> FromClause:
    return select(LABEL.c.name.label("value"), LABEL.c.issue_id.label("id")).subquery("labelled")


def _epic_pairs() -> FromClause:
    """Each issue with the nearest epic above it."""
    epic, above = ISSUE.alias("epic"), ISSUE.alias("above")
    first = (
        select(DEPENDENCY.c.depends_on_id.label("value"), DEPENDENCY.c.issue_id.label("id"))
        .join(epic, and_(epic.c.id == DEPENDENCY.c.depends_on_id, epic.c.issue_type == "epic"))
        .where(DEPENDENCY.c.type == PARENT_CHILD, epic.c.status != TOMBSTONE)
        .cte("below_epic", recursive=True)
    )
    link = DEPENDENCY.alias("link")
    return first.union(
        select(first.c.value, link.c.issue_id)
        .join(above, and_(above.c.id == first.c.id, above.c.issue_type != "epic"))
        .join(link, and_(link.c.depends_on_id == first.c.id, link.c.type == PARENT_CHILD))
    )


def _file_pairs() -> FromClause:
    """Each issue with the files that name it, or what was merged into it."""
    there = CODE_LOCATION.c.issue_id.is_not(None)
    first = select(CODE_LOCATION.c.path.label("value"), CODE_LOCATION.c.issue_id.label("id")).where(there)
    named = first.cte("named", recursive=True)
    merged = ISSUE.alias("merged")
    into = select(named.c.value, merged.c.merged_into).join(merged, merged.c.id == named.c.id)
    return named.union(into.where(merged.c.merged_into.is_not(None)))


_PAIRS: Final[dict[str, Callable[[], FromClause]]] = {
    "label": _label_pairs,
    "epic": _epic_pairs,
    "file": _file_pairs,
}
"""Fields of which an issue can have several: pairs of `value` and issue `id`."""


def page(
    connection: Connection,
    query: Query,
    asking: Asking,
    group: tuple[str, Value] | None,
    limit: int,
    prefix: str = "",
) -> list[TreeIssue]:
    """The first issues of a group, in the query's order.

    Args:
        connection: to the database.
        query: which issues.
        asking: who asks, and when.
        group: the field and its value; None: all issues of the query.
        limit: how many at most.
        prefix: the workspace's own.
    """
    query = with_whole_ids(connection, query, prefix)
    statement = chosen_by(connection, _COLUMNS, evolve(query, limit=None), asking)
    if query.limit is not None:
        statement = statement.where(ISSUE.c.id.in_(select(_found(connection, query, asking).c.id)))
    if group is not None:
        statement = statement.where(_is_in(*group))
    return _shown(connection, connection.execute(statement.limit(limit)).all(), asking)


def _is_in(field: str, value: Value) -> ColumnElement[bool]:
    if field in _OWN:
        return _OWN[field].is_(None) if value is None else _OWN[field] == value
    pairs = _PAIRS[field]()
    if value is not None:
        return ISSUE.c.id.in_(select(pairs.c.id).where(pairs.c.value == value))
    without = ISSUE.c.id.not_in(select(pairs.c.id))
    return and_(without, ISSUE.c.issue_type != "epic") if field == "epic" else without


def issues_below(connection: Connection, issue_id: str, asking: Asking, limit: int) -> list[tuple[str, TreeIssue]]:
    """What is below an issue: the unfinished ones that it waits for (`blocker`), then its children (`child`)."""
    found: list[tuple[str, TreeIssue]] = []
    for relation, statement in (("blocker", _WAITED_FOR), ("child", _CHILDREN)):
        rows = connection.execute(statement.limit(limit - len(found)), {"id": issue_id}).all()
        found += [(relation, one) for one in _shown(connection, rows, asking)]
    return found


def _linked_issues(mine: ColumnElement[Any], other: ColumnElement[Any], kind: str) -> Select[Any]:
    return (
        select(*_COLUMNS)
        .join(DEPENDENCY, other == ISSUE.c.id)
        .where(mine == bindparam("id"), DEPENDENCY.c.type == kind, ISSUE.c.status != TOMBSTONE)
        .order_by(ISSUE.c.is_open.desc(), ISSUE.c.priority, ISSUE.c.created_at, ISSUE.c.id)
    )


_CHILDREN: Final = _linked_issues(DEPENDENCY.c.depends_on_id, DEPENDENCY.c.issue_id, PARENT_CHILD)
_WAITED_FOR: Final = _linked_issues(DEPENDENCY.c.issue_id, DEPENDENCY.c.depends_on_id, BLOCKS).where(
    ISSUE.c.is_open == 1
)
_CHILD_COUNTS: Final = (
    select(DEPENDENCY.c.depends_on_id, func.count(), func.sum(1 - ISSUE.c.is_open))
    .join(ISSUE, ISSUE.c.id == DEPENDENCY.c.issue_id)
    .where(DEPENDENCY.c.depends_on_id.in_(IDS), DEPENDENCY.c.type == PARENT_CHILD, ISSUE.c.status != TOMBSTONE)
    .group_by(DEPENDENCY.c.depends_on_id)
)
_WAIT_COUNTS: Final = (
    select(DEPENDENCY.c.issue_id, func.count())
    .join(ISSUE, ISSUE.c.id == DEPENDENCY.c.depends_on_id)
    .where(DEPENDENCY.c.issue_id.in_(IDS), DEPENDENCY.c.type == BLOCKS, ISSUE.c.is_open == 1)
    .group_by(DEPENDENCY.c.issue_id)
)


def _shown(connection: Connection, rows: Sequence[Row[Any]], asking: Asking) -> list[TreeIssue]:
    children: dict[str, tuple[int, int]] = {}
    waits: dict[str, int] = {}
    for chunk in chunks(row.id for row in rows):
        children |= {row[0]: (row[1], row[2]) for row in connection.execute(_CHILD_COUNTS, {"ids": chunk})}
        waits |= {row[0]: row[1] for row in connection.execute(_WAIT_COUNTS, {"ids": chunk})}
    return [_tree_issue(row, children.get(row.id, (0, 0)), waits.get(row.id, 0), asking) for row in rows]


def _tree_issue(row: Row[Any], children: tuple[int, int], waits: int, asking: Asking) -> TreeIssue:
    issue = summary(row)
    is_open = not issue.is_closed
    return TreeIssue(
        issue=issue,
        is_blocked=is_open and row.blocked > 0,
        is_ready=row.is_ready == 1 and (row.defer_until is None or row.defer_until <= asking.now),
        is_overdue=is_open and row.due_at is not None and row.due_at < asking.now,
        children=children[0],
        finished=children[1],
        waits=waits,
    )
