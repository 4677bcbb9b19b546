"""A query of the filter language as a condition and an order of SQL."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from attrs import frozen
from sqlalchemy import ColumnElement, Select, and_, false, func, not_, or_, select, text
from sqlalchemy.sql.elements import TextClause

from issuelens.domain.moment import parse_day, parse_span, read_moment, timestamp
from issuelens.domain.query import Query, SortKey, Term, Value
from issuelens.domain.vocabulary import PARENT_CHILD, TOMBSTONE
from issuelens.storage.search import RANKED, matching
from issuelens.storage.tables import (
    CODE_LOCATION,
    COMMENT,
    DEPENDENCY,
    IS_BLOCKED,
    IS_OPEN,
    IS_READY,
    ISSUE,
    LABEL,
)

Condition = ColumnElement[bool] | TextClause

_WORDS: Final = {
    "id": ISSUE.c.id,
    "status": ISSUE.c.status,
    "category": ISSUE.c.category,
    "type": ISSUE.c.issue_type,
    "assignee": ISSUE.c.assignee,
    "creator": ISSUE.c.created_by,
    "external": ISSUE.c.external_ref,
}
_NUMBERS: Final = {"priority": ISSUE.c.priority, "estimate": ISSUE.c.estimated_minutes}
_PAST: Final = {
    "created": ISSUE.c.created_at,
    "updated": ISSUE.c.updated_at,
    "closed": ISSUE.c.closed_at,
    "deleted": ISSUE.c.deleted_at,
}
_FUTURE: Final = {"due": ISSUE.c.due_at, "defer": ISSUE.c.defer_until}
_ORDER: Final[dict[str, ColumnElement[Any]]] = {
    "priority": ISSUE.c.priority,
    "created": ISSUE.c.created_at,
    "updated": ISSUE.c.updated_at,
    "closed": ISSUE.c.closed_at,
    "due": ISSUE.c.due_at,
    "id": ISSUE.c.id,
    "title": func.lower(ISSUE.c.title),
    "status": ISSUE.c.status,
    "type": ISSUE.c.issue_type,
    "assignee": ISSUE.c.assignee,
    "estimate": ISSUE.c.estimated_minutes,
}
_FILLED: Final[dict[str, ColumnElement[Any]]] = {
    "assignee": ISSUE.c.assignee,
    "due": ISSUE.c.due_at,
    "defer": ISSUE.c.defer_until,
    "estimate": ISSUE.c.estimated_minutes,
    "description": ISSUE.c.description,
    "design": ISSUE.c.design,
    "acceptance": ISSUE.c.acceptance_criteria,
    "notes": ISSUE.c.notes,
    "external": ISSUE.c.external_ref,
    "metadata": ISSUE.c.metadata,
}


@frozen(kw_only=True)
class Asking:
    """Who asks, and when: `me` is an actor, `now` a kept moment."""

    now: str
    me: str


def chosen(
    statement: Select[Any], query: Query, asking: Asking, *, is_indexed: bool = False, is_large: bool = False
) -> Select[Any]:
    """The statement on ISSUE with the query's conditions, order and limit. Ids in it must be whole ones.

    With `is_indexed`, no change may wait for the full-text index. With `is_large`, a short list by relevance is ranked
    within bounds, since ranking all would take long.
    """
    conditions = [_term(term, asking) for term in query.terms if not _is_ranking(term)]
    # A tombstone is finished: to ask that in vain costs a look at every row instead of at the index.
    if not query.wants_deleted and not query.wants_open:
        conditions.append(ISSUE.c.status != TOMBSTONE)
    ranking = [term for term in query.terms if _is_ranking(term)]
    rank: ColumnElement[Any] | None = None
    if ranking:
        how = {"is_indexed": is_indexed, **_ranking(query, is_large=is_large)}
        found = matching([term.words for term in ranking], and_(True, *conditions), **how)
        statement = statement.join(found, found.c.issue_id == ISSUE.c.id)
        rank = found.c.score
    return statement.where(and_(True, *conditions)).order_by(*_order(query.sort, rank)).limit(query.limit)


def _ranking(query: Query, *, is_large: bool) -> dict[str, Any]:
    """How `matching` ranks: not at all for another order, and within bounds for a short list of a large workspace."""
    keys = query.sort or (SortKey("relevance"),)
    is_short = is_large and query.limit is not None and query.limit <= RANKED
    return {
        "is_ranked": any(key.name == "relevance" for key in keys),
        "newest": RANKED if is_short and keys[0] == SortKey("relevance") else None,
    }


def _is_ranking(term: Term) -> bool:
    return term.field == "text" and not term.is_negated


def _term(term: Term, asking: Asking) -> ColumnElement[bool]:
    condition = or_(False, *(_value(term.field, value, asking) for value in term.values))
    return _negated(condition) if term.is_negated else condition


def _negated(condition: Condition) -> Any:
    # SQLAlchemy can't negate a text of its own accord.
    return text(f"NOT ({condition.text})") if isinstance(condition, TextClause) else not_(condition)


def _value(field: str, value: Value, asking: Asking) -> Condition:
    if field in _NUMBERS:
        return _compared(_NUMBERS[field], value.comparison, int(value.text))
    if field in _PAST or field in _FUTURE:
        return _moment(field, value, asking)
    if field == "text":
        return ISSUE.c.id.in_(select(matching([(value.text,)]).c.issue_id))
    if field == "title":
        return ISSUE.c.title.like(f"%{_escaped(value.text)}%", escape="\\")
    if field == "is":
        return _STATES[value.text](asking)
    if field == "has":
        return _has(value.text)
    return _word(field, value.text, asking)


def _word(field: str, word: str, asking: Asking) -> ColumnElement[bool]:
    if field.startswith("meta."):
        found = func.has_value(ISSUE.c.metadata, field.removeprefix("meta."), word)
        return and_(ISSUE.c.metadata.is_not(None), found == 1)
    if field == "label":
        labels = select(LABEL.c.issue_id)
        return ~ISSUE.c.id.in_(labels) if word == "none" else ISSUE.c.id.in_(labels.where(LABEL.c.name == word))
    if field in _LINKS:
        return _LINKS[field](word)
    column = _WORDS[field]
    if word == "none" and field in ("assignee", "external"):
        return column.is_(None)
    if word == "me" and field in ("assignee", "creator"):
        word = asking.me
    return and_(column.is_not(None), column == word)


# An alias: within a condition on ISSUE, its own name would mean the issue that is looked at.
_DELETED: Final = ISSUE.alias("deleted")
_TOMBSTONES: Final = select(_DELETED.c.id).where(_DELETED.c.status == TOMBSTONE)
"""Of what a link leads to: it counts for nothing there."""


def _parent(word: str) -> ColumnElement[bool]:
    if word == "none":
        return ~_has("parent")
    parented = select(DEPENDENCY.c.issue_id).where(DEPENDENCY.c.type == PARENT_CHILD)
    return ISSUE.c.id.in_(parented.where(DEPENDENCY.c.depends_on_id == word))


def _epic(word: str) -> ColumnElement[bool]:
    """All descendants; of `none`, what has no parent."""
    if word == "none":
        return _parent(word)
    first = select(DEPENDENCY.c.issue_id).where(DEPENDENCY.c.type == PARENT_CHILD, DEPENDENCY.c.depends_on_id == word)
    below = first.cte(recursive=True)
    below = below.union(
        select(DEPENDENCY.c.issue_id)
        .join(below, DEPENDENCY.c.depends_on_id == below.c.issue_id)
        .where(DEPENDENCY.c.type == PARENT_CHILD)
    )
    return ISSUE.c.id.in_(select(below.c.issue_id))


def _depends_on(word: str) -> ColumnElement[bool]:
    if word == "none":
        return ~_has("dependency")
    linked = select(DEPENDENCY.c.issue_id).where(DEPENDENCY.c.type != PARENT_CHILD)
    return ISSUE.c.id.in_(linked.where(DEPENDENCY.c.depends_on_id == word))


def _blocks(word: str) -> ColumnElement[bool]:
    linked = select(DEPENDENCY.c.depends_on_id).where(DEPENDENCY.c.type != PARENT_CHILD)
    if word == "none":
        return ~ISSUE.c.id.in_(linked.where(DEPENDENCY.c.issue_id.not_in(_TOMBSTONES)))
    return ISSUE.c.id.in_(linked.where(DEPENDENCY.c.issue_id == word))


_LINKS: Final[dict[str, Callable[[str], ColumnElement[bool]]]] = {
    "parent": _parent,
    "epic": _epic,
    "depends-on": _depends_on,
    "blocks": _blocks,
}


def _waits_for_date(asking: Asking) -> ColumnElement[bool]:
    return and_(ISSUE.c.defer_until.is_not(None), ISSUE.c.defer_until > asking.now)


_STATES: Final[dict[str, Callable[[Asking], Condition]]] = {
    "open": lambda _: IS_OPEN,
    "closed": lambda _: and_(ISSUE.c.is_open == 0, ISSUE.c.status != TOMBSTONE),
    "ready": lambda asking: and_(IS_READY, not_(_waits_for_date(asking))),
    "blocked": lambda _: and_(IS_BLOCKED, IS_OPEN),
    "deferred": lambda asking: and_(IS_OPEN, or_(ISSUE.c.status == "deferred", _waits_for_date(asking))),
    "overdue": lambda asking: and_(IS_OPEN, ISSUE.c.due_at.is_not(None), ISSUE.c.due_at < asking.now),
    "deleted": lambda _: ISSUE.c.status == TOMBSTONE,
    "epic": lambda _: ISSUE.c.issue_type == "epic",
    "any": lambda _: ISSUE.c.id.is_not(None),
}


def _has(name: str) -> ColumnElement[bool]:
    if name in _FILLED:
        return and_(_FILLED[name].is_not(None), _FILLED[name] != "")
    if name == "label":
        return ISSUE.c.id.in_(select(LABEL.c.issue_id))
    if name == "comment":
        return ISSUE.c.id.in_(select(COMMENT.c.issue_id))
    if name in ("todo", "reference"):
        return _in_code(with_tag=name == "todo")
    found, other = DEPENDENCY.c.issue_id, DEPENDENCY.c.depends_on_id
    if name == "child":
        found, other = other, found
    wanted = DEPENDENCY.c.type != PARENT_CHILD if name == "dependency" else DEPENDENCY.c.type == PARENT_CHILD
    return ISSUE.c.id.in_(select(found).where(wanted, other.not_in(_TOMBSTONES)))


def _in_code(*, with_tag: bool) -> ColumnElement[bool]:
    """Where it, or what was merged into it, stands in the code."""
    there = CODE_LOCATION.c.tag.is_not(None) if with_tag else CODE_LOCATION.c.issue_id.is_not(None)
    # Begins with the few ids in the code, not with every issue.
    meant = select(CODE_LOCATION.c.issue_id).where(CODE_LOCATION.c.issue_id.is_not(None), there).cte(recursive=True)
    into = select(ISSUE.c.merged_into).join(meant, ISSUE.c.id == meant.c.issue_id)
    meant = meant.union(into.where(ISSUE.c.merged_into.is_not(None)))
    return ISSUE.c.id.in_(select(meant.c.issue_id))


def _moment(field: str, value: Value, asking: Asking) -> ColumnElement[bool]:
    column = _PAST.get(field, _FUTURE.get(field))
    assert column is not None
    now = read_moment(asking.now)
    span = parse_span(value.text)
    try:
        if span is None:
            condition = _on_day(column, value, now)
        elif field in _FUTURE:
            condition = _compared(column, value.comparison, timestamp(now + span))
        else:
            # An age below seven days means a moment after seven days ago.
            condition = _compared(column, _TURNED[value.comparison], timestamp(now - span))
    except OverflowError:
        condition = false()
    return and_(column.is_not(None), condition)


_TURNED: Final = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "="}


def _on_day(column: ColumnElement[Any], value: Value, now: datetime) -> ColumnElement[bool]:
    day = parse_day(value.text, now)
    if day is None:
        moment = datetime.fromisoformat(value.text.removesuffix("Z")).replace(tzinfo=UTC)
        day = moment, moment + timedelta(microseconds=1)
    begin, end = timestamp(day[0]), timestamp(day[1])
    return {
        "=": and_(column >= begin, column < end),
        "<": column < begin,
        "<=": column < end,
        ">": column >= end,
        ">=": column >= begin,
    }[value.comparison]


def _compared(column: ColumnElement[Any], comparison: str, value: Any) -> ColumnElement[bool]:
    condition = {
        "=": column == value,
        "<": column < value,
        "<=": column <= value,
        ">": column > value,
        ">=": column >= value,
    }[comparison]
    return and_(column.is_not(None), condition)


def _order(sort: tuple[SortKey, ...], rank: ColumnElement[Any] | None) -> list[ColumnElement[Any]]:
    keys = sort or ((SortKey("relevance"),) if rank is not None else ())
    order: list[ColumnElement[Any]] = []
    for key in keys:
        column = rank if key.name == "relevance" else _ORDER[key.name]
        if column is not None:
            # What has no value comes last either way.
            order += [] if key.name in ("priority", "id", "created", "updated") else [column.is_(None)]
            order.append(column.desc() if key.is_descending else column.asc())
    return [*order, ISSUE.c.priority, ISSUE.c.created_at.desc(), ISSUE.c.id]


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
