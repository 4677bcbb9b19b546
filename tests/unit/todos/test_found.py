"""What is kept of what a file holds."""

from __future__ import annotations

from issuelens.todos.found import MARKER_LIMIT, TEXT_LIMIT, findings_of
from issuelens.todos.languages import LANGUAGES
from issuelens.todos.settings import ScanSettings

SETTINGS = ScanSettings(tags=("TODO",), prefixes=("app",))


def test_of_a_long_line_only_the_beginning_is_kept() -> None:
    """A minified file's line of 1 MB must not go into the database and every answer."""
    long = "x" * 1_000_000
    text = f"# TODO: {long}1\n# see app-1a2b {long}\n# TODO: {long}2\n"
    found = findings_of("a.py", text, LANGUAGES["python"], SETTINGS)
    assert [len(one.text) for one in found.markers] == [MARKER_LIMIT, MARKER_LIMIT]
    assert [len(one.text) for one in found.mentions] == [TEXT_LIMIT]
    first, second = found.markers
    assert first.words != second.words, "whether it was edited is told by all of it"
