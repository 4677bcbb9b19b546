"""What goes of a text when a TODO is done."""

from __future__ import annotations

import pytest

from issuelens.lsp.removal import removal
from issuelens.todos.embedded import spans_of
from issuelens.todos.grammar import find_todos
from issuelens.todos.languages import LANGUAGES
from issuelens.todos.lines import LineIndex


@pytest.mark.parametrize(
    ("language", "before", "after"),
    [
        ("python", "a\n  # TODO: x\nb\n", "a\nb\n"),
        ("python", "a\r\n# TODO: x\r\n#   y\r\nb\r\n", "a\r\nb\r\n"),
        ("python", "a  # TODO: x\nb", "a\nb"),
        ("python", "# TODO: x", ""),
        ("python", "\ufeff# TODO: x\na\n", "\ufeffa\n"),
        ("python", "a\r# TODO: x\rb\r", "a\rb\r"),
        ("python", "# note; TODO: x\n", "# note;\n"),
        ("c", "int a; /* TODO: x */ int b;\n", "int a;  int b;\n"),
        ("c", "/* TODO: x */\nint b;\n", "int b;\n"),
        ("c", "/*\n * Sums.\n * TODO: x\n *\n * More.\n */\n", "/*\n * Sums.\n *\n * More.\n */\n"),
        ("c", "/* Sums.\n   TODO: x */\n", "/* Sums.\n */\n"),
        ("python", '"""Sums.\n\nTODO: x\n"""\n', '"""Sums.\n\n\n"""\n'),
    ],
)
def test_removal(language: str, before: str, after: str) -> None:
    [todo] = find_todos(before, LANGUAGES[language], tags=("TODO",), prefixes=())
    start, end = removal(LineIndex(before), spans_of(before, LANGUAGES[language]), todo)
    assert before[:start] + before[end:] == after
