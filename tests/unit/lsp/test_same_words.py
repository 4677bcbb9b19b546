"""TODOs that say the same in several files."""

from __future__ import annotations

from issuelens.lsp.same_words import Elsewhere, SameWords
from issuelens.todos.found import FileFindings, Marker
from issuelens.todos.index import TodoIndex


def held(path: str, *texts: str, issue_id: str | None = None) -> FileFindings:
    """A file with these TODOs, one on each line."""
    return FileFindings(
        path, tuple(Marker("TODO", text, line, 2, issue_id=issue_id) for line, text in enumerate(texts))
    )


def taken(same: SameWords, index: TodoIndex) -> list[str]:
    """Reads what differs; which files that were."""
    paths = same.differing(index)
    same.take(index, paths)
    return sorted(paths)


def test_the_first_file_by_its_path_counts_and_files_are_read_when_they_change() -> None:
    same, index = SameWords(), TodoIndex()
    index.take([held("b.py", "x", "Round  half up"), held("c.py", "round half UP"), held("d.py", "other words")])
    assert taken(same, index) == ["b.py", "c.py", "d.py"]
    assert same.first(index, "round half up", "c.py") == Elsewhere("b.py", 1, "TODO")
    assert same.first(index, "round half up", "b.py") is None
    changes = same.changes
    assert taken(same, index) == []
    assert same.changes == changes
    index.take([held("a.py", "round half up"), held("b.py")])
    assert taken(same, index) == ["a.py", "b.py"]
    assert same.changes > changes
    assert same.first(index, "round half up", "c.py") == Elsewhere("a.py", 0, "TODO")
    index.take([held("a.py")])
    assert taken(same, index) == ["a.py"]
    assert same.first(index, "round half up", "c.py") is None


def test_single_words_and_todos_with_an_issue_are_no_originals() -> None:
    same, index = SameWords(), TodoIndex()
    index.take([held("a.py", "words"), held("b.py", "the same words", issue_id="app-1a2b")])
    taken(same, index)
    assert same.first(index, "words", "c.py") is None
    assert same.first(index, "the same words", "c.py") is None
