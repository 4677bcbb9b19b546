"""Conflicts that merges have settled: kept until somebody has looked at them, and for the history after that."""

from __future__ import annotations

import json
import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection, Row, bindparam, delete, func, insert, select, update

from issuelens.domain.conflict import UNDONE, KeptConflict, is_same_value
from issuelens.storage.prepared import Prepared
from issuelens.storage.reads import IDS, chunks
from issuelens.storage.tables import CONFLICT, IS_UNSETTLED

logger = logging.getLogger(__name__)

LIMIT: Final = 1_000
"""Conflicts that are kept; of more, settled ones go first, then the oldest."""
SIZE_LIMIT: Final = 32_000_000
"""Characters of their values, as JSON."""

_COLUMNS: Final = tuple(column for column in CONFLICT.c if column.name not in ("size", "reopened_by"))
_ALL: Final = select(*_COLUMNS).order_by(CONFLICT.c.number)
_OPEN: Final = _ALL.where(IS_UNSETTLED)
_ANY_OPEN: Final = Prepared(select(CONFLICT.c.number).where(IS_UNSETTLED))
_COUNT_OPEN: Final = select(func.count()).select_from(CONFLICT).where(IS_UNSETTLED)
_COUNT_BY_ISSUE: Final = select(CONFLICT.c.issue_id, func.count()).where(IS_UNSETTLED).group_by(CONFLICT.c.issue_id)
_INSERT: Final = insert(CONFLICT)
_SETTLE: Final = update(CONFLICT).where(CONFLICT.c.number == bindparam("its_number"))
_BY_WORTH: Final = select(CONFLICT.c.number, CONFLICT.c.size).order_by(
    CONFLICT.c.settled_by.is_not(None), CONFLICT.c.number.desc()
)


def list_conflicts(
    connection: Connection, ids: Iterable[str] | None = None, *, settled: bool = False, limit: int | None = None
) -> list[KeptConflict]:
    """Conflicts, the oldest first.

    Args:
        connection: to the database.
        ids: of these issues; None: of all.
        settled: those that are settled, too.
        limit: how many at most; None: all.
    """
    statement = (_ALL if settled else _OPEN).limit(limit)
    if ids is None:
        return [_conflict(row) for row in connection.execute(statement)]
    of_these = statement.where(CONFLICT.c.issue_id.in_(IDS))
    found = [_conflict(row) for chunk in chunks(ids) for row in connection.execute(of_these, {"ids": chunk})]
    return sorted(found, key=lambda one: one.number)[:limit]


def open_of(connection: Connection, ids: Iterable[str]) -> list[KeptConflict]:
    """The open conflicts of issues; each write asks, and mostly there are none at all."""
    return list_conflicts(connection, ids) if _ANY_OPEN.first(connection, {}) is not None else []


def count_open(connection: Connection) -> int:
    """How many conflicts are open."""
    return int(connection.execute(_COUNT_OPEN).scalar_one())


def open_counts(connection: Connection) -> dict[str, int]:
    """How many conflicts of each issue are open, for those that have some."""
    return {row[0]: int(row[1]) for row in connection.execute(_COUNT_BY_ISSUE)}


def of_revisions(connection: Connection, revisions: Sequence[int]) -> dict[int, list[KeptConflict]]:
    """The conflicts that operations have settled as they merged."""
    found: dict[int, list[KeptConflict]] = defaultdict(list)
    for row in connection.execute(_ALL.where(CONFLICT.c.revision.in_(revisions))):
        found[row.revision].append(_conflict(row))
    return found


def unknown(connection: Connection, found: Sequence[KeptConflict]) -> list[KeptConflict]:
    """Those of conflicts just met that were not met before: the same values, which came from the same change."""
    known: dict[tuple[str, str], list[KeptConflict]] = defaultdict(list)
    if found:
        for one in list_conflicts(connection, {one.issue_id for one in found}, settled=True):
            known[one.issue_id, one.field].append(one)
    new: list[KeptConflict] = []
    for one in found:
        same = known[one.issue_id, one.field]
        if not any(_is_again(one, before) for before in same):
            new.append(one)
            same.append(one)
    return new


def _is_again(one: KeptConflict, before: KeptConflict) -> bool:
    """Whether a conflict was met before. What was decided comes again with the sides changed over."""
    if not before.is_open and before.other_at != one.other_at:
        return False
    pairs = ((before.kept, before.other), (before.other, before.kept))
    return any(is_same_value(one.field, one.kept, kept) and is_same_value(one.field, one.other, other)
               for kept, other in pairs)  # fmt: skip


def insert_conflicts(connection: Connection, found: Iterable[KeptConflict], revision: int, at: str) -> None:
    """Keeps conflicts that an operation has met; the least worth keeping go when there are too many.

    One that is too large by itself is passed over, so that it does not take the place of all others.
    """
    rows = [_row(one) | {"revision": revision, "at": at} for one in found]
    for row in rows:
        if row["size"] > SIZE_LIMIT:
            logger.warning("a conflict of %s (%s) is too large to be kept", row["issue_id"], row["field"])
    rows = [row for row in rows if row["size"] <= SIZE_LIMIT]
    if not rows:
        return
    connection.execute(_INSERT, rows)
    total, gone = 0, []
    for place, (number, size) in enumerate(connection.execute(_BY_WORTH).all(), 1):
        total += size
        gone += [number] if place > LIMIT or total > SIZE_LIMIT else []
    if gone:
        connection.execute(delete(CONFLICT).where(CONFLICT.c.number.in_(gone)))


def settle(connection: Connection, words: Mapping[int, str], revision: int) -> None:
    """Notes how conflicts were settled, by their numbers."""
    for number, word in words.items():
        connection.execute(_SETTLE.values(settled=word, settled_by=revision), {"its_number": number})


def take_back(connection: Connection, undone: int, revision: int) -> None:
    """Follows an undo: what the operation had settled is open again, what it had opened again is settled.

    Args:
        connection: with the undo's transaction.
        undone: the revision that is taken back.
        revision: the undo's own.
    """
    met = CONFLICT.c.revision == undone
    again = CONFLICT.c.reopened_by == undone
    settled = CONFLICT.c.settled_by == undone
    connection.execute(update(CONFLICT).where(met, IS_UNSETTLED).values(settled=UNDONE, settled_by=revision))
    # Before what follows, which would change what this looks for.
    redone = list(connection.execute(select(CONFLICT.c.number).where(again, IS_UNSETTLED)).scalars())
    connection.execute(update(CONFLICT).where(settled).values(settled_by=None, reopened_by=revision))
    of_redone = update(CONFLICT).where(CONFLICT.c.number.in_(redone))
    connection.execute(of_redone.values(settled_by=revision, reopened_by=None))


def _conflict(row: Row[Any]) -> KeptConflict:
    fields = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's documented name
    is_settled = row.settled_by is not None
    fields |= {"kept": json.loads(row.kept), "other": json.loads(row.other)}
    return KeptConflict(**fields | {"settled": row.settled if is_settled else None})


def _row(one: KeptConflict) -> dict[str, Any]:
    # With escapes: half of a character (a lone surrogate) can't be kept otherwise.
    kept, other = (json.dumps(value, default=dict) for value in (one.kept, one.other))
    return {
        "issue_id": one.issue_id,
        "field": one.field,
        "kept": kept,
        "other": other,
        "mine": one.mine,
        "other_at": one.other_at,
        "size": len(kept) + len(other),
    }
