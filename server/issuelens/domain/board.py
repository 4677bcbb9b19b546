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


_QUERY: Final = "Query: `"
"""What the line with a board's query begins with."""


def board_document(name: str, query: str, columns: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    """A board as a document that says of what it is.

    Args:
        name: the workspace's.
        query: which issues are on it; empty for all.
        columns: the issues, in their JSON shape.
    """
    head = [f"# {one_line(name)}", "", *([f"{_QUERY}{one_line(query)}`", ""] if query.strip() else [])]
    return "\n".join([*head, *board_lines(columns)]) + "\n"


def query_of(text: str) -> str:
    """The query that a board was made with; empty for none, and for a text that is no board."""
    line = next((one for one in text.split("\n", 4)[:4] if one.startswith(_QUERY)), "")
    return line.rstrip("\r")[len(_QUERY) : -1] if line.rstrip("\r").endswith("`") else ""


def board_lines(columns: Mapping[str, Sequence[Mapping[str, Any]]]) -> Iterator[str]:
    """The board as lines of Markdown; the issues are in their JSON shape."""
    for name, issues in columns.items():
        yield f"## {name} ({len(issues)})"
        yield ""
        for issue in issues:
            yield f"- `{issue['id']}` P{issue['priority']} {one_line(issue['title'])}"
        if issues:
            yield ""
