"""What a catalogue of all issues is read from: a line of each, which wait for others, and the labels in use."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from attrs import frozen
from sqlalchemy import Connection, func, select

from issuelens.domain.issue import IssueSummary
from issuelens.domain.vocabulary import TOMBSTONE
from issuelens.storage.reads import SUMMARY_COLUMNS, get_summaries, summary
from issuelens.storage.tables import IS_BLOCKED, ISSUE, LABEL

_ALL: Final = (
    select(*SUMMARY_COLUMNS)
    .where(ISSUE.c.status != TOMBSTONE, ISSUE.c.merged_into.is_(None))
    .order_by(ISSUE.c.created_at, ISSUE.c.id)
)
_LABELS: Final = select(LABEL.c.name).group_by(LABEL.c.name).order_by(func.count().desc(), LABEL.c.name)
# The partial index is used as it is: nothing but the ids of those that wait is looked at.
_BLOCKED: Final = select(ISSUE.c.id).where(IS_BLOCKED)


@frozen
class Catalogued:
    """Issues in a line each (a merged id has its survivor's), those that are blocked, labels by their frequency."""

    issues: dict[str, IssueSummary]
    blocked: frozenset[str]
    labels: Sequence[str]


def read_catalogue(connection: Connection, ids: Collection[str] | None) -> Catalogued:
    """What there is now.

    Args:
        connection: to the database.
        ids: the issues to read; None: all but tombstones and merged ones, the oldest first.
    """
    rows = {row[0]: summary(row) for row in connection.execute(_ALL)} if ids is None else get_summaries(connection, ids)
    blocked = frozenset(connection.execute(_BLOCKED).scalars())
    return Catalogued(rows, blocked, list(connection.execute(_LABELS).scalars()))
