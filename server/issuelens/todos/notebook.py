"""Notebooks of Jupyter (nbformat 4): cells of code and Markdown in a JSON file.

Places are those in the file as it is on the disk: what is decoded for reading is mapped back, escape by escape.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from issuelens.todos.languages import LANGUAGES, Language, language_for, language_named
from issuelens.todos.lexer import CommentKind, CommentSpan
from issuelens.todos.regex import regex

NESTING_LIMIT: Final = 50
"""Objects and arrays within each other, after which a file is no notebook."""
_TOKEN = regex(r'(?P<string>"(?:[^"\\]++|\\(?:(?s:.)|\Z))*+(?P<end>")?+)|(?P<sign>[\[\]{}:,])')
_PAIR = r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
_ESCAPE = regex(rf"{_PAIR}|\\u[0-9a-fA-F]{{4}}|\\(?s:.)")
_MAGIC = regex(r"\s{0,99}%%(?P<name>[A-Za-z]\w{0,30})(?:[ \t]+(?P<program>[^\s-]\S{0,200}))?")
_SHORT: Final = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}
_LINE_END = regex(r"\r\n|[\r\n]")


class _Cell:
    """A cell: its kind, its own language (if it says one), and where in the file its source's strings lie."""

    def __init__(self) -> None:
        self.kind = ""
        self.language = ""
        self.parts: list[tuple[int, int]] = []


def notebook_spans(text: str, within: Callable[[str, Language], list[CommentSpan]]) -> list[CommentSpan]:
    """The comments of a notebook's cells, in order. What is no notebook has none.

    Args:
        text: the whole file.
        within: reads a cell's source in its language.
    """
    cells, kernel = _cells(text)
    spans: list[CommentSpan] = []
    for cell in cells:
        language = _language(cell, kernel)
        if language is not None and cell.parts:
            source = _Source(text, cell.parts)
            language = _told(source.decoded) or language
            for span in within(source.decoded, language):
                spans += source.in_file(span)
    return sorted(spans, key=lambda span: span.start)


def _language(cell: _Cell, kernel: str) -> Language | None:
    if cell.kind == "markdown":
        return LANGUAGES["markdown"]
    if cell.kind != "code":
        return None
    return language_named(cell.language or kernel or "python")


def _told(source: str) -> Language | None:
    """The language that a cell's first line names: `%%bash`, `%%script perl`, `%%writefile tool.py`."""
    found = _MAGIC.match(source)
    if found is None:
        return None
    program = (found["program"] or "").rpartition("/")[2]
    return language_for(program) or language_named(program if found["name"] == "script" else found["name"])


class _Source:
    """A cell's source, decoded, and where its characters lie in the file."""

    def __init__(self, text: str, parts: Sequence[tuple[int, int]]) -> None:
        self._decoded_at: list[int] = []
        self._file_at: list[int] = []
        self._is_escape: list[bool] = []
        self._length = 0
        self.decoded = "".join(piece for start, end in parts for piece in self._pieces(text, start, end))

    def in_file(self, span: CommentSpan) -> Iterator[CommentSpan]:
        """The span in the file: one for each of its lines, as other signs of the file lie between them."""
        start, opener = span.start, span.opener
        while True:
            found = _LINE_END.search(self.decoded, start, span.end)
            end = found.start() if found is not None else span.end
            if end > start:
                closer = span.closer if found is None else ""
                begin, behind = self._place(start), self._behind(end - 1)
                opened = min(self._opener(start, opener, end), behind - begin)
                if span.kind is CommentKind.PROSE and not opener:
                    begin, opened = begin + opened, 0
                yield CommentSpan(begin, behind, span.kind, opened, self._in_file(closer), span.is_inner)
            if found is None:
                return
            start, opener = found.end(), 0

    def _opener(self, start: int, opener: int, end: int) -> int:
        """The length of an opener in the file, with the blanks behind it where they are escaped."""
        words = start + opener
        while words < end and self.decoded[words].isspace():
            words += 1
        begin, place = self._place(start), self._place(start + opener)
        # Blanks that are written as such belong to the words, as in other files.
        if (behind := self._place(words)) - place != words - start - opener:
            return behind - begin
        return place - begin

    def _in_file(self, closer: str) -> str:
        return closer.replace('"', '\\"')

    def _pieces(self, text: str, start: int, end: int) -> Iterator[str]:
        self._mark(start)
        while (found := _ESCAPE.search(text, start, end)) is not None:
            yield self._counted(text[start : found.start()])
            self._mark(found.start(), is_escape=True)
            yield self._counted(_decoded(found[0]))
            start = found.end()
            self._mark(start)
        yield self._counted(text[start:end])

    def _counted(self, piece: str) -> str:
        self._length += len(piece)
        return piece

    def _mark(self, place: int, is_escape: bool = False) -> None:
        self._is_escape.append(is_escape)
        self._decoded_at.append(self._length)
        self._file_at.append(place)

    def _place(self, offset: int) -> int:
        at = bisect_right(self._decoded_at, offset) - 1
        return self._file_at[at] + offset - self._decoded_at[at]

    def _behind(self, offset: int) -> int:
        """The place behind a character, for which more than one sign stands where it is escaped."""
        at = bisect_right(self._decoded_at, offset) - 1
        place = self._file_at[at] + offset - self._decoded_at[at]
        if at + 1 < len(self._file_at) and self._decoded_at[at + 1] == offset + 1 and self._is_escape[at]:
            return self._file_at[at + 1]
        return place + 1


def _decoded(escape: str) -> str:
    if escape[1] != "u":
        return _SHORT.get(escape[1], escape[1])
    codes = [int(code, 16) for code in escape.split("\\u")[1:] if len(code) == 4]
    if len(codes) == 2:
        return chr(0x10000 + ((codes[0] - 0xD800) << 10) + codes[1] - 0xDC00)
    return chr(codes[0]) if codes else "u"


def _cells(text: str) -> tuple[list[_Cell], str]:
    """The cells, and the language of the kernel."""
    reading = _Reading(text)
    for found in _TOKEN.finditer(text):
        if not reading.take(found):
            break
    return reading.cells, reading.kernel


class _Reading:
    """Reads the JSON sign by sign: only where in it we are is kept."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.cells: list[_Cell] = []
        self.kernel = ""
        self._path: list[str] = []
        """The keys on the way here; an array is `[]`."""
        self._key = ""
        self._is_value = False

    def take(self, found: re.Match[str]) -> bool:
        """Takes the next token; False when this can be no notebook."""
        if found["string"] is not None:
            self._string(found)
            return True
        sign = found["sign"]
        if sign in "{[":
            self._path.append(self._key if sign == "{" else f"{self._key}[]")
            if self._path == ["", "cells[]", ""]:
                self.cells.append(_Cell())
            self._key, self._is_value = "", sign == "["
        elif sign in "}]":
            if not self._path:
                return False
            self._path.pop()
        elif sign == ":":
            self._is_value = True
        if sign in "},]":
            in_array = bool(self._path) and self._path[-1].endswith("[]")
            self._key, self._is_value = "", in_array
        return len(self._path) <= NESTING_LIMIT

    def _string(self, found: re.Match[str]) -> None:
        start, end = found.start() + 1, found.end() - (1 if found["end"] else 0)
        if not self._is_value:
            self._key = self._text[start:end] if end - start < 100 else ""
            return
        place = "/".join([*self._path[1:], self._key])
        if place in ("metadata/kernelspec/language", "metadata/language_info/name"):
            self.kernel = self._text[start:end]
        elif self.cells and place.startswith("cells[]/"):
            self._of_cell(place, start, end)

    def _of_cell(self, place: str, start: int, end: int) -> None:
        cell = self.cells[-1]
        if place == "cells[]//cell_type":
            cell.kind = self._text[start:end]
        elif place in ("cells[]//source", "cells[]//source[]/"):
            cell.parts.append((start, end))
        elif place == "cells[]//metadata/vscode/languageId":
            cell.language = self._text[start:end]
