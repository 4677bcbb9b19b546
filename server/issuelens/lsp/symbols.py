"""Issues and TODOs as symbols of a workspace (LSP, "Workspace Symbols Request"), as plain JSON objects. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from lsprotocol import types

from issuelens.domain.issue import IssueSummary
from issuelens.domain.plain import label, one_line
from issuelens.domain.vocabulary import Category
from issuelens.lsp.catalogue import Catalogue
from issuelens.lsp.fuzzy import Fuzzy, best
from issuelens.todos.found import Marker
from issuelens.todos.paths import shown_path

NAME_LIMIT: Final = 120
"""Characters of a name."""
NOWHERE: Final = {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 0}}
"""The range of an issue: its document as a whole."""
_ISSUE: Final = types.SymbolKind.File.value
"""An issue opens as a file. Both kinds are among those that every client knows."""
_TODO: Final = types.SymbolKind.String.value

Symbol = tuple[int, dict[str, Any]]
"""How badly it fits (see `fuzzy`), and what is sent of it."""


def issue_symbols(
    catalogue: Catalogue, query: Fuzzy, limit: int, location: Callable[[str], dict[str, Any]], workspace: str
) -> list[Symbol]:
    """The issues that fit best; without any words those under way, then the open ones, by priority.

    Args:
        catalogue: all issues.
        query: what was typed.
        limit: how many.
        location: where an issue opens, by its id.
        workspace: the URI of its folder.
    """
    found = _fitting(catalogue, query, limit) if query.words else enumerate(_under_way(catalogue)[:limit])
    return [(cost, _issue_symbol(one, location(one.id), workspace)) for cost, one in found]


def _fitting(catalogue: Catalogue, query: Fuzzy, limit: int) -> Iterator[tuple[int, IssueSummary]]:
    issues, texts = catalogue.searched
    costs = query.costs(texts, wanted=limit)
    yield from ((costs[number], issues[number]) for number in best(costs, limit))


def _under_way(catalogue: Catalogue) -> list[IssueSummary]:
    found = [one for one in catalogue.all if one.category is Category.DOING or one.status == "open"]
    return sorted(found, key=lambda one: (one.category is not Category.DOING, one.priority))


def _issue_symbol(issue: IssueSummary, location: dict[str, Any], workspace: str) -> dict[str, Any]:
    facts = [issue.status.replace("_", " "), f"P{issue.priority}", *([issue.assignee] if issue.assignee else [])]
    shape = {
        "name": _name(f"{issue.id} {issue.title}"),
        "kind": _ISSUE,
        "containerName": label(" · ".join(facts)),
        "location": location,
        "data": {"workspace": workspace, "issue": issue.id},
    }
    return shape | {"tags": [types.SymbolTag.Deprecated.value]} if issue.is_closed else shape


def todo_symbol(path: str, marker: Marker, location: dict[str, Any]) -> dict[str, Any]:
    """A TODO in the file with this path, at this place."""
    return {
        "name": _name(f"{marker.tag}{_in_parentheses(marker)}: {marker.text}"),
        "kind": _TODO,
        "containerName": one_line(shown_path(path)),
        "location": location,
        "data": {"todo": marker.key, "line": marker.line, "column": marker.column, "length": len(marker.tag)},
    }


def _in_parentheses(marker: Marker) -> str:
    said = ", ".join(filter(None, (marker.issue_id or marker.external, marker.owner)))
    return f"({said})" if said else ""


def _name(text: str) -> str:
    name = label(text)
    return name if len(name) <= NAME_LIMIT else f"{name[: NAME_LIMIT - 1]}…"
