"""Issue ids in texts that are no code. In messages that git has edited, its comments do not count."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final

from issuelens.domain.reference import find_references
from issuelens.todos.grammar import LocatedReference
from issuelens.todos.lines import LineIndex

COMMENT: Final = "#"
"""What git's own lines begin with (git-config(1), core.commentChar)."""
_SCISSORS: Final = "------------------------ >8 ------------------------"


def in_message(lines: LineIndex, prefixes: Collection[str]) -> list[LocatedReference]:
    """The issue ids in a message.

    Args:
        lines: those of its text.
        prefixes: what begins an issue id here.
    """
    found: list[LocatedReference] = []
    for number in range(lines.count):
        text = lines.line_text(number)
        if not text.startswith(COMMENT):
            found += _in_line(number, text, prefixes)
        elif _SCISSORS in text:
            break
    return found


def references_anywhere(lines: LineIndex, prefixes: Collection[str]) -> list[LocatedReference]:
    """The issue ids in a text that is no code; arguments as in `in_message`."""
    return [one for number in range(lines.count) for one in _in_line(number, lines.line_text(number), prefixes)]


def _in_line(number: int, text: str, prefixes: Collection[str]) -> Iterator[LocatedReference]:
    for one in find_references(text, prefixes):
        yield LocatedReference(number, one.start, one.end, one.id, one.is_certain, in_todo=False)
