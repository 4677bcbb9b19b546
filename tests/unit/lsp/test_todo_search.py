"""TODOs by what is typed, while the index changes."""

from __future__ import annotations

from issuelens.lsp.fuzzy import Fuzzy
from issuelens.lsp.todo_search import TodoSearch
from issuelens.todos.found import FileFindings, Marker
from issuelens.todos.index import TodoIndex


def held(path: str, *texts: str) -> FileFindings:
    return FileFindings(
        path, tuple(Marker("TODO", text, line, 2, key=f"{path}{line}") for line, text in enumerate(texts))
    )


def found(search: TodoSearch, index: TodoIndex, query: str, limit: int = 10) -> list[tuple[str, str]]:
    return [(one.path, one.marker.text) for one in search.find(index, Fuzzy.of(query), limit)]


def test_what_files_and_open_documents_hold() -> None:
    search, index = TodoSearch(), TodoIndex()
    assert found(search, index, "round") == []
    index.take([held("b.py", "round up", "count"), held("a.py", "ground", "round down"), held("c.py")])
    assert found(search, index, "round") == [("a.py", "round down"), ("b.py", "round up"), ("a.py", "ground")]
    assert found(search, index, "b.py") == [("b.py", "round up"), ("b.py", "count")]
    index.put_open(held("a.py", "nothing more"), 1)
    assert found(search, index, "round") == [("b.py", "round up")]
    assert found(search, index, "more") == [("a.py", "nothing more")]
    index.close("a.py")
    index.take([held("b.py")])
    assert found(search, index, "round") == [("a.py", "round down"), ("a.py", "ground")]


def test_without_words_all_in_the_order_of_their_files() -> None:
    index = TodoIndex()
    index.take([held("b.py", "x", "y"), held("a.py", "z")])
    assert found(TodoSearch(), index, "", 2) == [("a.py", "z"), ("b.py", "x")]


def test_tag_owner_issue_and_path_are_words() -> None:
    index = TodoIndex()
    index.take([FileFindings("src/a.py", (Marker("FIXME", "it", 0, 0, owner="anna", issue_id="app-1a2b"),))])
    for query in ("fixme", "@anna", "app-1a2b", "src/a", "anna fixme"):
        assert found(TodoSearch(), index, query) == [("src/a.py", "it")], query
