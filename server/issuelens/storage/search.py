"""Full-text search with SQLite's FTS5 (sqlite.org/fts5.html). The index follows the history in batches after commits.

An issue whose last change is not indexed yet is found by its words themselves, so that a search never misses what was
just written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Integer,
    Subquery,
    bindparam,
    cast,
    column,
    delete,
    exists,
    func,
    insert,
    literal,
    literal_column,
    or_,
    select,
    table,
    tuple_,
    union_all,
)

from issuelens.domain.issue import Issue
from issuelens.storage.functions import has_signs, words_of
from issuelens.storage.prepared import Prepared
from issuelens.storage.reads import get_issues
from issuelens.storage.tables import CHANGE, COMMENT, ISSUE, LABEL, SETTING
from issuelens.storage.writes import write_setting

BATCH: Final = 500
"""Changes indexed in one transaction; writes wait meanwhile."""
RANKED: Final = 250
"""Issues whose relevance is computed for a short list; a word that stands in more of them says little."""
_SETTINGS: Final = ("text_revision", "text_position")
"""Up to which change of which revision the index is up to date."""

_NUMBER: Final = table("issue_number", column("number"), column("issue_id"))
_TEXT: Final = table(
    "issue_text",
    *(column(name) for name in ("rowid", "title", "labels", "description", "details", "comments")),
)
_SCORE: Final[ColumnElement[float]] = literal_column("bm25(issue_text, 10.0, 5.0, 3.0, 1.0, 1.0)")
_IDS: Final[BindParameter[Any]] = bindparam("ids", expanding=True)


def matching(
    words: Sequence[Sequence[str]],
    among: ColumnElement[bool] | None = None,
    *,
    is_ranked: bool = False,
    newest: int | None = None,
    is_indexed: bool = False,
) -> Subquery:
    """The issues that have each of the words, one of the alternatives for each, as (issue_id, score); low is better.

    Words match from their beginning, several in one text as a phrase, whatever their case and accents. Other
    characters in them must stand there, too.

    Args:
        words: at least one.
        among: a condition that issues must hold, too; the caller asks for it nevertheless.
        is_ranked: whether the score says anything.
        newest: of the indexed ones only so many, those that were indexed first the latest.
        is_indexed: whether nothing waits for the index (see `has_pending`), which makes a shorter statement.
    """
    found = select(ISSUE.c.id.label("issue_id"), literal(0.0).label("score"))
    expression = _expression(words)
    if expression is None:
        return found.where(*map(_has_one_of, words)).subquery()
    indexed = (
        select(_NUMBER.c.issue_id.label("issue_id"), (_SCORE if is_ranked else literal(0.0)).label("score"))
        .select_from(_TEXT.join(_NUMBER, _NUMBER.c.number == _TEXT.c.rowid))
        .where(literal_column("issue_text").op("MATCH")(expression))
    )
    # The index does not know signs: what it finds is looked at once more.
    conditions = [_has_one_of(either) for either in words if any(map(has_signs, either))]
    conditions += [] if among is None else [among]
    if conditions:
        indexed = indexed.join(ISSUE, ISSUE.c.id == _NUMBER.c.issue_id).where(*conditions)
    if newest is not None:
        # FTS5 walks down its rows as it walks up, so that it stops early.
        indexed = indexed.order_by(_TEXT.c.rowid.desc()).limit(newest)
    if is_indexed:
        return indexed.subquery()
    fresh = found.where(ISSUE.c.id.in_(_PENDING), *map(_has_one_of, words), *([] if among is None else [among]))
    rest = indexed.where(_NUMBER.c.issue_id.not_in(_PENDING)).subquery()
    return union_all(fresh, select(rest.c.issue_id, rest.c.score)).subquery()


def _noted(name: str) -> ColumnElement[int]:
    wanted = SETTING.c.name == literal_column(f"'{name}'")
    return func.coalesce(select(cast(SETTING.c.value, Integer)).where(wanted).scalar_subquery(), literal_column("0"))


_IS_PENDING: Final = tuple_(CHANGE.c.revision, CHANGE.c.position) > tuple_(*map(_noted, _SETTINGS))
"""Of a change: whether it is not indexed yet."""
_PENDING: Final = select(CHANGE.c.issue_id).where(_IS_PENDING)
_ANY_PENDING: Final = Prepared(_PENDING)


def has_pending(connection: Connection) -> bool:
    """Whether a change waits for the index."""
    return _ANY_PENDING.first(connection, {}) is not None


def _expression(words: Sequence[Sequence[str]]) -> str | None:
    """The words in FTS5's own language, but those of which an alternative has neither letter nor digit."""
    phrases = [[" ".join(words_of(one)) for one in either] for either in words]
    groups = [" OR ".join(f'"{phrase}"*' for phrase in either) for either in phrases if all(either)]
    return " AND ".join(f"({group})" for group in groups) or None


def _has_one_of(either: Sequence[str]) -> ColumnElement[bool]:
    return or_(*map(_has_words, either))


_COLUMNS: Final = (
    *(ISSUE.c.title, ISSUE.c.description, ISSUE.c.design, ISSUE.c.acceptance_criteria, ISSUE.c.notes),
    *(ISSUE.c.id, ISSUE.c.external_ref, ISSUE.c.assignee),
)


def _has_words(word: str) -> ColumnElement[bool]:
    """Whether an issue has the words without asking the index; `has_words` is a function of every connection."""
    # Looked at for each issue: the few that wait for the index must not cost a look at every comment.
    commented = exists().where(COMMENT.c.issue_id == ISSUE.c.id, func.has_words(word, COMMENT.c.text))
    labelled = exists().where(LABEL.c.issue_id == ISSUE.c.id, func.has_words(word, LABEL.c.name))
    return or_(func.has_words(word, *_COLUMNS), commented, labelled)


def index_pending(connection: Connection, limit: int = BATCH) -> bool:
    """Indexes the next `limit` changes that are not indexed yet; whether more is left."""
    rows = connection.execute(
        select(CHANGE.c.revision, CHANGE.c.position, CHANGE.c.issue_id)
        .where(_IS_PENDING)
        .order_by(CHANGE.c.revision, CHANGE.c.position)
        .limit(limit)
    ).all()
    if rows:
        _reindex(connection, list(dict.fromkeys(row.issue_id for row in rows)))
        for name, value in zip(_SETTINGS, rows[-1], strict=False):
            write_setting(connection, name, str(value))
    return len(rows) == limit


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
