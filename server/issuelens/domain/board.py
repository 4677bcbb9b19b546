"""The work in columns: which issues are in which, and the whole as Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from issuelens.domain.plain import one_line

COLUMNS: Final = {
    "ready": "is:ready category:todo",
    "in progress": "category:doing",
    "blocked": "is:blocked -category:doing",
    "deferred": "is:deferred -is:blocked -category:doing",
}
"""Name -> the query for it."""
FINISHED: Final = "finished last"
"""The last column: the issues that were finished last."""


def finished_query(limit: int) -> str:
    """The query for that column, with so many issues."""
    return f"is:closed sort:-closed limit:{limit}"


def board_lines(columns: Mapping[str, Sequence[Mapping[str, Any]]]) -> Iterator[str]:
    """The board as lines of Markdown; the issues are in their JSON shape."""
    for name, issues in columns.items():
        yield f"## {name} ({len(issues)})"
        yield ""
        for issue in issues:
            yield f"- `{issue['id']}` P{issue['priority']} {one_line(issue['title'])}"
        if issues:
            yield ""
