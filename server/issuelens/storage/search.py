"""Full-text search with SQLite's FTS5 (sqlite.org/fts5.html). The index follows the history in batches after commits.

An issue whose last change is not indexed yet is found by its words themselves, so that a search never misses what was
just written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Integer,
    Subquery,
    and_,
    bindparam,
    cast,
    column,
    delete,
    func,
    insert,
    literal,
    literal_column,
    or_,
    select,
    table,
    text,
    union_all,
)

from issuelens.domain.issue import Issue
from issuelens.storage.pools import words_of
from issuelens.storage.reads import current_revision, get_issues
from issuelens.storage.tables import CHANGE, COMMENT, ISSUE, LABEL, SETTING
from issuelens.storage.writes import read_setting, write_setting

BATCH: Final = 500
"""Issues indexed in one transaction."""
_SETTING: Final = "text_revision"

_NUMBER: Final = table("issue_number", column("number"), column("issue_id"))
_TEXT: Final = table(
    "issue_text",
    *(column(name) for name in ("rowid", "title", "labels", "description", "details", "comments")),
)
_SCORE: Final[ColumnElement[float]] = literal_column("bm25(issue_text, 10.0, 5.0, 3.0, 1.0, 1.0)")
_IDS: Final[BindParameter[Any]] = bindparam("ids", expanding=True)


def matching(words: Sequence[Sequence[str]]) -> Subquery:
    """The issues that have each of the words, one of the alternatives for each, as (issue_id, score); low is better.

    Words match from their beginning, several in one text as a phrase, whatever their case and accents. Other
    characters in them must stand there, too.
    """
    found = select(ISSUE.c.id.label("issue_id"), literal(0.0).label("score"))
    literally = [or_(*(_stands_in(one) for one in either)) for either in words if any(map(_has_signs, either))]
    expression = _expression(words)
    if expression is None:
        return found.where(*literally).subquery()
    pending = select(CHANGE.c.issue_id).where(CHANGE.c.revision > _indexed_revision())
    fresh = found.where(ISSUE.c.id.in_(pending), *(or_(*(_has_words(one) for one in either)) for either in words))
    indexed = (
        select(_NUMBER.c.issue_id.label("issue_id"), _SCORE.label("score"))
        .select_from(_TEXT.join(_NUMBER, _NUMBER.c.number == _TEXT.c.rowid))
        .where(text("issue_text MATCH :fts_words").bindparams(fts_words=expression), _NUMBER.c.issue_id.not_in(pending))
    )
    if literally:
        indexed = indexed.join(ISSUE, ISSUE.c.id == _NUMBER.c.issue_id).where(*literally)
        fresh = fresh.where(*literally)
    return union_all(fresh, indexed).subquery()


def _indexed_revision() -> ColumnElement[int]:
    noted = select(cast(SETTING.c.value, Integer)).where(SETTING.c.name == _SETTING).scalar_subquery()
    return func.coalesce(noted, 0)


def _expression(words: Sequence[Sequence[str]]) -> str | None:
    """The words in FTS5's own language; None when one of them has neither letter nor digit."""
    groups = []
    for either in words:
        phrases = [" ".join(words_of(one)) for one in either]
        if not all(phrases):
            return None
        groups.append(" OR ".join(f'"{phrase}"*' for phrase in phrases))
    return " AND ".join(f"({group})" for group in groups)


def _has_signs(word: str) -> bool:
    return re.search(r"[^\w\s]|_", word) is not None


_COLUMNS: Final = (ISSUE.c.title, ISSUE.c.description, ISSUE.c.design, ISSUE.c.acceptance_criteria, ISSUE.c.notes)


def _has_words(word: str) -> ColumnElement[bool]:
    """Whether an issue that is not indexed yet has the words; `has_words` is a function of every connection."""
    columns = (*_COLUMNS, ISSUE.c.id, ISSUE.c.external_ref, ISSUE.c.assignee)
    commented = select(COMMENT.c.issue_id).where(func.has_words(COMMENT.c.text, word))
    labelled = select(LABEL.c.issue_id).where(func.has_words(LABEL.c.name, word))
    return or_(*(func.has_words(one, word) for one in columns), ISSUE.c.id.in_(commented), ISSUE.c.id.in_(labelled))


def _stands_in(word: str) -> ColumnElement[bool]:
    pattern = "%" + word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    columns = (*_COLUMNS, ISSUE.c.id, ISSUE.c.external_ref)
    commented = select(COMMENT.c.issue_id).where(COMMENT.c.text.like(pattern, escape="\\"))
    labelled = select(LABEL.c.issue_id).where(LABEL.c.name.like(pattern, escape="\\"))
    return or_(
        *(one.like(pattern, escape="\\") for one in columns), ISSUE.c.id.in_(commented), ISSUE.c.id.in_(labelled)
    )


def index_pending(connection: Connection, limit: int = BATCH) -> bool:
    """Indexes what was changed since the last time, about `limit` issues; whether more is left."""
    done = int(read_setting(connection, _SETTING) or 0)
    newest = current_revision(connection)
    if done >= newest:
        return False
    ids, upto = _pending(connection, done, newest, limit)
    _reindex(connection, ids)
    write_setting(connection, _SETTING, str(upto))
    return upto < newest


def _pending(connection: Connection, done: int, newest: int, limit: int) -> tuple[list[str], int]:
    """The ids of the next whole operations with together about `limit` changes, and the last revision among them."""
    rows = connection.execute(
        select(CHANGE.c.revision, func.count())
        .where(CHANGE.c.revision > done)
        .group_by(CHANGE.c.revision)
        .order_by(CHANGE.c.revision)
        .limit(limit)
    ).all()
    upto, count = newest, 0
    for revision, changes in rows:
        count += changes
        if count >= limit:
            upto = revision
            break
    wanted = and_(CHANGE.c.revision > done, CHANGE.c.revision <= upto)
    return list(connection.execute(select(CHANGE.c.issue_id).where(wanted).distinct()).scalars()), upto


def _reindex(connection: Connection, ids: Sequence[str]) -> None:
    for start in range(0, len(ids), BATCH):
        chunk = ids[start : start + BATCH]
        numbers = _numbers(connection, chunk)
        connection.execute(delete(_TEXT).where(_TEXT.c.rowid.in_(_IDS)), {"ids": list(numbers.values())})
        rows = [
            {"rowid": numbers[issue.id], **_texts(issue)}
            for issue in get_issues(connection, chunk).values()
            if not issue.is_deleted
        ]
        if rows:
            connection.execute(insert(_TEXT), rows)


def _numbers(connection: Connection, ids: Sequence[str]) -> dict[str, int]:
    """The number of each issue in the index, given now where it has none."""
    statement = select(_NUMBER.c.issue_id, _NUMBER.c.number).where(_NUMBER.c.issue_id.in_(_IDS))
    found = {row[0]: row[1] for row in connection.execute(statement, {"ids": list(ids)})}
    new = [{"issue_id": issue_id} for issue_id in ids if issue_id not in found]
    if new:
        connection.execute(insert(_NUMBER), new)
        found = {row[0]: row[1] for row in connection.execute(statement, {"ids": list(ids)})}
    return found


def _texts(issue: Issue) -> dict[str, Any]:
    return {
        "title": f"{issue.id} {issue.title}",
        "labels": " ".join(issue.labels),
        "description": issue.description,
        "details": "\n".join(_details(issue)),
        "comments": "\n".join(one.text for one in issue.comments),
    }


def _details(issue: Issue) -> Iterator[str]:
    yield from (issue.design, issue.acceptance_criteria, issue.notes, issue.external_ref or "", issue.assignee or "")
