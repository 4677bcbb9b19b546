"""What a catalogue of all issues is read from: a line of each, and the labels in use."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, func, select

from issuelens.domain.issue import IssueSummary
from issuelens.domain.vocabulary import TOMBSTONE
from issuelens.storage.reads import SUMMARY_COLUMNS, summary
from issuelens.storage.tables import ISSUE, LABEL

_ALL: Final = (
    select(*SUMMARY_COLUMNS)
    .where(ISSUE.c.status != TOMBSTONE, ISSUE.c.merged_into.is_(None))
    .order_by(ISSUE.c.created_at, ISSUE.c.id)
)
_LABELS: Final = select(LABEL.c.name).group_by(LABEL.c.name).order_by(func.count().desc(), LABEL.c.name)


def all_summaries(connection: Connection) -> list[IssueSummary]:
    """Every issue but tombstones and merged ones, the oldest first."""
    return [summary(row) for row in connection.execute(_ALL)]


def all_labels(connection: Connection) -> list[str]:
    """Every label in use, the most frequent first."""
    return list(connection.execute(_LABELS).scalars())
