"""Issues and TODOs as symbols, and their places."""

from __future__ import annotations

import pytest

from issuelens.domain.issue import IssueSummary
from issuelens.domain.vocabulary import Category
from issuelens.lsp.catalogue import Catalogue
from issuelens.lsp.documents import Documents
from issuelens.lsp.features.workspace_symbol import place
from issuelens.lsp.fuzzy import Fuzzy
from issuelens.lsp.symbols import NAME_LIMIT, issue_symbols, todo_symbol
from issuelens.todos.found import Marker


def catalogue(*issues: IssueSummary) -> Catalogue:
    return Catalogue(issues, (), {one.id: one for one in issues})


def issue(issue_id: str, title: str, status: str = "open", priority: int = 2) -> IssueSummary:
    category = {"closed": Category.DONE, "in_progress": Category.DOING}.get(status, Category.TODO)
    return IssueSummary(issue_id, title, status, priority, "task", None, category)


KNOWN = catalogue(
    issue("app-4d", "Prices, again", "closed"),
    issue("app-3c", "Prices", priority=3),
    issue("app-2b", "Round prices", "in_progress"),
    issue("app-1a", "Taxes", priority=0),
    issue("app-5e", "Later", "deferred"),
)


def names(query: str, limit: int = 10) -> list[str]:
    symbols = issue_symbols(KNOWN, Fuzzy.of(query), limit, lambda name: {"uri": name}, "file:///w")
    return [shape["location"]["uri"] for _, shape in symbols]


def test_unfinished_issues_come_first_and_ids_before_words() -> None:
    assert names("prices") == ["app-3c", "app-2b", "app-4d"]
    assert names("app-4") == ["app-4d"]
    assert names("prices", 1) == ["app-3c"]


def test_without_words_what_is_under_way_and_open_by_priority() -> None:
    assert names("") == ["app-2b", "app-1a", "app-3c"]


def test_a_closed_issue_is_said_to_be_past() -> None:
    [(_, shape)] = issue_symbols(KNOWN, Fuzzy.of("app-4d"), 1, lambda _: {"uri": "x"}, "file:///w")
    assert shape["name"] == "app-4d Prices, again"
    assert shape["containerName"] == "closed · P2"
    assert shape["tags"] == [1]
    assert shape["data"] == {"workspace": "file:///w", "issue": "app-4d"}


def test_names_are_one_short_line_without_controls() -> None:
    marker = Marker("TODO", f"see\x1b[2Jthis\u202e {'long ' * 50}", 0, 0)
    name = todo_symbol("a\nb.py", marker, {})["name"]
    assert name.startswith("TODO: see\ufffd[2Jthis\ufffd long long")
    assert len(name) == NAME_LIMIT


def test_catalogue_finds_by_the_same_words() -> None:
    assert [one.id for one in KNOWN.find("prices", 5)] == ["app-3c", "app-2b", "app-4d"]
    assert [one.id for one in KNOWN.find("rndprc", 5)] == ["app-2b"]
    assert [one.id for one in KNOWN.find("", 2)] == ["app-3c", "app-2b"]


@pytest.mark.parametrize(("encoding", "start", "end"), [("utf-8", 7, 11), ("utf-16", 5, 9), ("utf-32", 4, 8)])
def test_places_are_in_the_clients_units(encoding: str, start: int, end: int) -> None:
    document = Documents(encoding).made("file:///a.py", '"𝐛" TODO\n')
    assert place(document, 0, 4, 4) == _range((0, start), (0, end))


def test_places_that_are_gone_lie_within_the_text() -> None:
    document = Documents("utf-16").made("file:///a.py", "ab\ncd")
    assert place(document, 0, 9, 4) == _range((0, 2), (0, 2))
    assert place(document, 7, 1, 4) == _range((1, 1), (1, 2))
    assert place(Documents("utf-16").made("file:///a.py", ""), 3, 1, 4) == _range((0, 0), (0, 0))
    assert place(None, 3, 1, 4) == _range((3, 0), (3, 0))


def _range(start: tuple[int, int], end: tuple[int, int]) -> dict[str, dict[str, int]]:
    (a, b), (c, d) = start, end
    return {"start": {"line": a, "character": b}, "end": {"line": c, "character": d}}
