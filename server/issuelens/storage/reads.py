"""What is read from the database, rows into domain objects. Statements are built once: building is half their cost."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from sqlalchemy import BindParameter, ColumnElement, Connection, Row, Select, and_, bindparam, func, or_, select

from issuelens.domain.issue import (
    STATUS_CATEGORIES,
    Category,
    Comment,
    Dependency,
    Issue,
    IssueSummary,
    prefix_of,
)
from issuelens.domain.operation import Change, Event, HistoryEntry
from issuelens.domain.query import IssueFilter
from issuelens.storage.prepared import Prepared
from issuelens.storage.tables import CHANGE, COMMENT, DEPENDENCY, ISSUE, LABEL, OPERATION

CHUNK: Final = 500
"""Ids in one statement; SQLite limits its variables."""

_IDS: Final[BindParameter[Any]] = bindparam("ids", expanding=True)
_ISSUES: Final = select(ISSUE).where(ISSUE.c.id.in_(_IDS))
_ISSUE: Final = select(ISSUE).where(ISSUE.c.id == bindparam("id"))
_SUMMARY_COLUMNS: Final = (
    ISSUE.c.id,
    ISSUE.c.title,
    ISSUE.c.status,
    ISSUE.c.priority,
    ISSUE.c.issue_type,
    ISSUE.c.assignee,
)
_SUMMARIES: Final = select(*_SUMMARY_COLUMNS).where(ISSUE.c.id.in_(_IDS))
_LABELS: Final = select(LABEL).where(LABEL.c.issue_id.in_(_IDS)).order_by(LABEL.c.issue_id, LABEL.c.name)
_DEPENDENCIES: Final = (
    select(DEPENDENCY)
    .where(DEPENDENCY.c.issue_id.in_(_IDS))
    .order_by(DEPENDENCY.c.issue_id, DEPENDENCY.c.depends_on_id, DEPENDENCY.c.type)
)
_COMMENTS: Final = select(COMMENT).where(COMMENT.c.issue_id.in_(_IDS)).order_by(COMMENT.c.issue_id, COMMENT.c.id)
_REVISION: Final = Prepared(select(func.max(OPERATION.c.revision)))
_EXISTS: Final = Prepared(select(ISSUE.c.id).where(ISSUE.c.id == bindparam("id")))
_COUNT: Final = select(func.count()).select_from(ISSUE)
_ALL_IDS: Final = select(ISSUE.c.id)
_OPERATION: Final = select(OPERATION).where(OPERATION.c.key == bindparam("key"))
_KEY: Final = Prepared(select(OPERATION.c.revision).where(OPERATION.c.key == bindparam("key")))
_CHANGES: Final = (
    select(CHANGE)
    .where(CHANGE.c.revision.in_(bindparam("revisions", expanding=True)))
    .order_by(CHANGE.c.revision, CHANGE.c.position)
)
_CHILDREN: Final = select(ISSUE.c.id).where(ISSUE.c.id.like(bindparam("pattern"), escape="\\"))


def get_issues(connection: Connection, ids: Iterable[str]) -> dict[str, Issue]:
    """The known ones of these ids, whole."""
    found: dict[str, Issue] = {}
    for chunk in _chunks(ids):
        rows = connection.execute(_ISSUES, {"ids": chunk}).all()
        found |= {issue.id: issue for issue in _whole(connection, rows)}
    return found


def get_issue(connection: Connection, issue_id: str) -> Issue | None:
    """One issue, whole."""
    rows = connection.execute(_ISSUE, {"id": issue_id}).all()
    return _whole(connection, rows)[0] if rows else None


def get_summaries(connection: Connection, ids: Iterable[str]) -> dict[str, IssueSummary]:
    """The known ones of these ids, in a line each."""
    found: dict[str, IssueSummary] = {}
    for chunk in _chunks(ids):
        for row in connection.execute(_SUMMARIES, {"ids": chunk}):
            found[row[0]] = IssueSummary(*row)
    return found


def list_issues(connection: Connection, chosen: IssueFilter) -> list[Issue]:
    """The issues that the filter lets through, whole and in its order."""
    rows = connection.execute(_filtered(select(ISSUE), chosen)).all()
    return [issue for start in range(0, len(rows), CHUNK) for issue in _whole(connection, rows[start : start + CHUNK])]


def current_revision(connection: Connection) -> int:
    """The count of committed operations."""
    row = _REVISION.first(connection, {})
    return int(row[0] or 0) if row else 0


def issue_exists(connection: Connection, issue_id: str) -> bool:
    """Whether there is an issue with this id."""
    return _EXISTS.first(connection, {"id": issue_id}) is not None


def count_issues(connection: Connection) -> int:
    """How many issues there are."""
    return int(connection.execute(_COUNT).scalar_one())


def id_prefixes(connection: Connection) -> frozenset[str]:
    """The prefixes of all ids."""
    return frozenset(prefix_of(row[0]) for row in connection.execute(_ALL_IDS))


def child_ids(connection: Connection, parent: str) -> list[str]:
    """The ids that begin with `parent` and a dot, at every depth."""
    return [row[0] for row in connection.execute(_CHILDREN, {"pattern": f"{_escaped(parent)}.%"})]


def find_operation(connection: Connection, key: str) -> HistoryEntry | None:
    """The operation that was done with this key."""
    if _KEY.first(connection, {"key": key}) is None:
        return None
    row = connection.execute(_OPERATION, {"key": key}).first()
    return next(_entries(connection, [row])) if row else None


def list_history(connection: Connection, issue_id: str | None, limit: int | None) -> tuple[HistoryEntry, ...]:
    """What happened to one issue or (None) to all, newest first, at most `limit` operations."""
    query = select(OPERATION).order_by(OPERATION.c.revision.desc()).limit(limit)
    if issue_id is not None:
        touching = select(CHANGE.c.revision).where(CHANGE.c.issue_id == issue_id)
        query = query.where(OPERATION.c.revision.in_(touching))
    rows = connection.execute(query).all()
    return tuple(
        entry for start in range(0, len(rows), CHUNK) for entry in _entries(connection, rows[start : start + CHUNK])
    )


def _entries(connection: Connection, rows: Sequence[Row[Any]]) -> Iterator[HistoryEntry]:
    changes: dict[int, list[Change]] = defaultdict(list)
    for one in connection.execute(_CHANGES, {"revisions": [row.revision for row in rows]}):
        changes[one.revision].append(Change(issue_id=one.issue_id, before=one.before, after=one.after))
    for row in rows:
        event = Event(
            revision=row.revision,
            operation=row.name,
            ids=tuple(change.issue_id for change in changes[row.revision]),
            actor=row.actor,
            client=row.client,
            at=row.at,
        )
        yield HistoryEntry(event=event, changes=tuple(changes[row.revision]))


def _whole(connection: Connection, rows: Sequence[Row[Any]]) -> list[Issue]:
    ids = [row.id for row in rows]
    labels: dict[str, list[str]] = defaultdict(list)
    dependencies: dict[str, list[Dependency]] = defaultdict(list)
    comments: dict[str, list[Comment]] = defaultdict(list)
    for one in connection.execute(_LABELS, {"ids": ids}):
        labels[one.issue_id].append(one.name)
    for one in connection.execute(_DEPENDENCIES, {"ids": ids}):
        dependencies[one.issue_id].append(Dependency(one.issue_id, one.depends_on_id, one.type))
    for one in connection.execute(_COMMENTS, {"ids": ids}):
        comments[one.issue_id].append(Comment(one.id, one.author, one.text, one.created_at))
    return [
        Issue(
            **row._asdict(),
            labels=tuple(labels[row.id]),
            dependencies=tuple(dependencies[row.id]),
            comments=tuple(comments[row.id]),
        )
        for row in rows
    ]


def _filtered(query: Select[Any], chosen: IssueFilter) -> Select[Any]:
    """The query with the filter's conditions, order and limit."""
    conditions: list[ColumnElement[bool]] = []
    statuses = _statuses(chosen)
    if statuses is not None:
        conditions.append(ISSUE.c.status.in_(statuses))
    if chosen.priorities:
        conditions.append(ISSUE.c.priority.in_(chosen.priorities))
    if chosen.issue_types:
        conditions.append(ISSUE.c.issue_type.in_(chosen.issue_types))
    if chosen.assignees:
        conditions.append(ISSUE.c.assignee.in_(chosen.assignees))
    if chosen.labels:
        labelled = select(LABEL.c.issue_id).where(LABEL.c.name.in_(chosen.labels))
        conditions.append(ISSUE.c.id.in_(labelled))
    if chosen.text:
        pattern = f"%{_escaped(chosen.text)}%"
        columns = (ISSUE.c.id, ISSUE.c.title, ISSUE.c.description)
        conditions.append(or_(*(column.like(pattern, escape="\\") for column in columns)))
    order = (ISSUE.c.priority, ISSUE.c.created_at.desc(), ISSUE.c.id)
    return query.where(and_(True, *conditions)).order_by(*order).limit(chosen.limit)


def _statuses(chosen: IssueFilter) -> list[str] | None:
    """The statuses asked for by name or by category; None when any will do."""
    if not chosen.statuses and not chosen.categories:
        return None
    by_category = {status for status, one in STATUS_CATEGORIES.items() if Category(one) in chosen.categories}
    if not chosen.statuses:
        return sorted(by_category)
    named = set(chosen.statuses)
    return sorted(named & by_category if chosen.categories else named)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _chunks(ids: Iterable[str]) -> Iterator[list[str]]:
    unique = list(dict.fromkeys(ids))
    for start in range(0, len(unique), CHUNK):
        yield unique[start : start + CHUNK]
