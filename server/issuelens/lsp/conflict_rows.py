"""The rows of open conflicts in a tree of issues, and what a view of one issue shows of its own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from issuelens.domain.conflict import KeptConflict, brief_value

if TYPE_CHECKING:
    from sqlalchemy import Connection

CONFLICTS: Final = "conflicts"
"""The key of the row above all conflicts."""
VALUE_LIMIT: Final = 2_000
"""Characters of a value that are shown."""

Row = dict[str, Any]


def conflicts_row(connection: Connection) -> list[Row]:
    """The row above all conflicts, when there is one."""
    from issuelens.storage.conflicts import count_open

    count = count_open(connection)
    return [{"kind": "conflicts", "key": CONFLICTS, "count": count}] if count else []


def conflict_rows(connection: Connection, limit: int) -> list[Row]:
    """The open conflicts, a row each."""
    from issuelens.storage.conflicts import list_conflicts
    from issuelens.storage.reads import get_summaries

    found = list_conflicts(connection, limit=limit)
    issues = get_summaries(connection, [one.issue_id for one in found])
    titles = {issue_id: issue.title for issue_id, issue in issues.items()}
    return [
        {"kind": "conflict", "key": f"conflict {one.number}", "title": titles.get(one.issue_id, ""), **shape_of(one)}
        for one in found
    ]


def shapes_of(found: Iterable[KeptConflict]) -> list[Row]:
    """Conflicts as a view of their issue shows them."""
    return [shape_of(one) for one in found]


def shape_of(one: KeptConflict) -> Row:
    """A conflict with both values as texts; `mine` is `kept`, `other`, or null when that is not known."""
    values = {"kept": value_text(one.kept), "other": value_text(one.other)}
    return {"number": one.number, "id": one.issue_id, "field": one.field, **values, "mine": one.mine, "at": one.at}


def value_text(value: Any) -> str:
    """A value as a person reads it; empty for none."""
    if value is None:
        return ""
    if isinstance(value, dict):
        # A status with its dates, a comment with its time: the word that counts.
        telling = value.get("status") or value.get("text")
        value = telling if isinstance(telling, str) else value
    text = value if isinstance(value, str) else brief_value(value, VALUE_LIMIT)
    return text if len(text) <= VALUE_LIMIT else f"{text[: VALUE_LIMIT - 1]}…"
