"""The ends of what goes over lines: nested comments, sections, and blocks that end where the indentation does."""

from __future__ import annotations

import re
from typing import Final

from issuelens.todos.forms import Block, Indented, Section
from issuelens.todos.patterns import nesting
from issuelens.todos.places import LOOK_BEHIND
from issuelens.todos.regex import regex

_LINE = regex(r"(?P<indent>[ \t]*+)(?P<words>[^\r\n]*+)(?P<end>\r\n|[\r\n]|\Z)")
_LINE_REST = regex(r"[^\r\n]*+")
_PARENT = regex(r"[ ]*+(?:-[ ]++)*+")
TAB: Final = 8
"""Columns of a tab in an indentation."""


def nested_end(text: str, position: int, form: Block, compiled: dict[str, re.Pattern[str]]) -> int:
    """The place behind the end of a nested comment; the text's end when it has none."""
    name = f"nesting {form.opener} {form.quotes}"
    if name not in compiled:
        compiled[name] = regex(nesting(form))
    depth = 1
    for found in compiled[name].finditer(text, position):
        if found.lastgroup is not None:
            depth += 1 if found.lastgroup == "open" else -1
        if depth == 0:
            return found.end()
    return len(text)


def section_end(text: str, position: int, form: Section, compiled: dict[str, re.Pattern[str]]) -> int:
    """The end of the line that closes a section, without its line end."""
    if not form.closer:
        found_at = text.find(f"\n{form.until}", position) if form.until else -1
        return found_at if found_at >= 0 else len(text)
    name = f"section {form.closer}"
    if name not in compiled:
        after = r"[ \t]*+(?=[\r\n]|\Z)" if form.is_alone else r"(?![A-Za-z0-9_])[^\r\n]*+"
        compiled[name] = regex(("[\\r\\n]" + (r"[ \t]*+" if form.is_alone else "")) + re.escape(form.closer) + after)
    found = compiled[name].search(text, position)
    return found.end() if found is not None else len(text)


def indented_end(text: str, start: int, position: int, form: Indented) -> int:
    """The end of a block that its indentation ends: behind its last line that is not blank, without the line end."""
    if form.is_scalar:
        return _scalar_end(text, start, position)
    begin = _line_begin(text, start)
    return _lines_end(text, _rest(text, position), _width(text[begin:start]), None)


def _scalar_end(text: str, start: int, position: int) -> int:
    begin = _line_begin(text, start)
    found = _PARENT.match(text, begin, start)
    parent = found.end() - begin if found is not None else 0
    if begin + parent == start:
        # The scalar is the entry itself: it must be indented more than its dash.
        parent = max(0, text.rfind("-", begin, start) - begin)
    return _lines_end(text, position, parent, 0)


def _lines_end(text: str, end: int, parent: int, least: int | None) -> int:
    """The end of the lines below that are indented more than `parent`, and with `least` as much as their first."""
    place = _next_line(text, end)
    while place >= 0:
        line = _LINE.match(text, place)
        if line is None:
            break
        if line["words"]:
            width = _width(line["indent"])
            if width <= parent or (least is not None and width < least):
                break
            least = width if least == 0 else least
            end = line.end("words")
        place = line.end() if line["end"] else -1
    return end


def _rest(text: str, position: int) -> int:
    found = _LINE_REST.match(text, position)
    return found.end() if found is not None else position


def _next_line(text: str, position: int) -> int:
    end = _rest(text, position)
    if end >= len(text):
        return -1
    return end + (2 if text.startswith("\r\n", end) else 1)


def _line_begin(text: str, position: int) -> int:
    low = max(0, position - LOOK_BEHIND)
    return max(text.rfind("\n", low, position), text.rfind("\r", low, position), low - 1) + 1


def _width(indent: str) -> int:
    return len(indent.expandtabs(TAB))
