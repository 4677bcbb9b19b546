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
    CompoundSelect,
    Connection,
    Integer,
    Select,
    Subquery,
    and_,
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
    text,
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
LARGE: Final = 20_000
"""Issues from which on the relevance of all that are found may take too long to compute."""
RANKED: Final = 150
"""Issues whose relevance is computed for a short list, the newest."""
TITLED: Final = 150
"""Issues with the words in the title that are in a short list besides, the newest, whatever else is asked for."""
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
        newest: of the indexed ones only so many, those that were indexed first the latest, ranked; and TITLED
            with the words in their titles, which need not hold `among`.
        is_indexed: whether nothing waits for the index (see `has_pending`), which makes a shorter statement.
    """
    found = select(ISSUE.c.id.label("issue_id"), literal(0.0).label("score"))
    expression = _expression(words)
    if expression is None:
        return found.where(*map(_has_one_of, words)).subquery()
    # The index does not know signs: what it finds is looked at once more.
    literally = [_has_one_of(either) for either in words if any(map(has_signs, either))]
    conditions = literally if among is None else [*literally, among]
    fresh = found.where(ISSUE.c.id.in_(_PENDING), *map(_has_one_of, words), *([] if among is None else [among]))
    there = [] if is_indexed else [_NUMBER.c.issue_id.not_in(_PENDING)]
    indexed = _indexed(expression, _SCORE if is_ranked else literal(0.0), there)
    if conditions:
        indexed = indexed.join(ISSUE, ISSUE.c.id == _NUMBER.c.issue_id).where(*conditions)
    if newest is not None:
        rest = _best(indexed, expression, newest, literally, is_indexed=is_indexed).subquery()
    else:
        rest = indexed.subquery()
    if is_indexed:
        return rest
    return union_all(fresh, select(rest.c.issue_id, rest.c.score)).subquery()


def _indexed(
    expression: str, score: ColumnElement[float], conditions: Sequence[ColumnElement[bool]]
) -> Select[tuple[str, float]]:
    return (
        select(_NUMBER.c.issue_id.label("issue_id"), score.label("score"))
        .select_from(_TEXT.join(_NUMBER, _NUMBER.c.number == _TEXT.c.rowid))
        .where(literal_column("issue_text").op("MATCH")(expression), *conditions)
    )


# Text, since building it anew for each search costs as much as running it. Only where `ranked` is full may others be
# left out; where the newest are all, SQLite does not even begin with this.
_TITLED: Final = text(
    "SELECT issue_number.issue_id FROM issue_text JOIN issue_number ON issue_number.number = issue_text.rowid"
    " WHERE issue_text MATCH :title AND (SELECT count(*) FROM ranked) >= :full"
    f" ORDER BY issue_text.rowid DESC LIMIT {TITLED}"
)
_AVERAGE: Final[ColumnElement[float]] = literal_column(
    "coalesce((SELECT avg(score) FROM ranked WHERE issue_id IN (SELECT issue_id FROM titled)),"
    " (SELECT min(score) FROM ranked))"
)
_NOT_RANKED: Final[ColumnElement[bool]] = literal_column("titled.issue_id NOT IN (SELECT issue_id FROM ranked)")


def _best(
    newest: Select[Any], expression: str, count: int, literally: Sequence[ColumnElement[bool]], *, is_indexed: bool
) -> CompoundSelect[Any]:
    """The newest, ranked, and the newest with the words in the title, of which older ones have the others' average.

    A score of their own would cost as much as all of this: FTS5 counts the words in the whole index for it.
    """
    # FTS5 walks down its rows as it walks up, so that it stops early.
    ranked = newest.order_by(_TEXT.c.rowid.desc()).limit(count).cte("ranked")
    by_title = _TITLED.bindparams(title=f"title : ({expression})", full=count).columns(column("issue_id"))
    titled = by_title.cte("titled")
    older = select(titled.c.issue_id, _AVERAGE).where(_NOT_RANKED)
    if literally:
        older = older.join(ISSUE, ISSUE.c.id == titled.c.issue_id).where(*literally)
    if not is_indexed:
        older = older.where(titled.c.issue_id.not_in(_PENDING))
    return union_all(select(ranked.c.issue_id, ranked.c.score), older)


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
    commented = exists().where(COMMENT.c.issue_id == ISSUE.c.id, _one_has(word, COMMENT.c.text))
    labelled = exists().where(LABEL.c.issue_id == ISSUE.c.id, _one_has(word, LABEL.c.name))
    return or_(_one_has(word, *_COLUMNS), commented, labelled)


_PLAIN_SIGNS: Final = re.compile(r"[!-/:-@\[-`{-~]+")


def _one_has(word: str, *columns: ColumnElement[Any]) -> ColumnElement[bool]:
    has_words: ColumnElement[bool] = func.has_words(word, *columns)
    signs = _PLAIN_SIGNS.search(word)
    if signs is None:
        return has_words
    # Signs are as they stand, and SQLite finds out itself, and soon, that most texts have none of these.
    return and_(or_(*(func.instr(one, signs[0]) > 0 for one in columns)), has_words)


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
