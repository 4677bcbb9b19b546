"""Where the lines of a text begin. Lines end in \\n, \\r\\n or \\r and in nothing else (LSP, "Text Documents").

The text of a LineIndex can be edited in place. It is then kept in blocks of whole lines, so that an edit costs what its
block costs, not what the text does.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import accumulate, pairwise
from typing import Protocol

from issuelens.todos.regex import regex

_LINE_END = regex(r"\r\n|\n|\r")
_NEWLINE = regex(r"\n")
BLOCK = 4_096
"""Characters that a block should have; one has more only where a line does, and up to twice as many after edits."""


class Lines(Protocol):
    """What readers of a text ask of its lines."""

    @property
    def has_returns(self) -> bool:
        """Whether a \\r is in the text."""

    def position(self, offset: int) -> tuple[int, int]:
        """The line and the column (0-based, code points) of an offset."""

    def line_start(self, line: int) -> int:
        """The offset at which a line begins."""

    def line_text(self, line: int) -> str:
        """A line without its end; empty beyond the last."""


class NearLines:
    """The lines of a text of which a few are asked for, most often forwards: without an index of all of them.

    Only for texts in which each \\r stands before a \\n. Each question takes time for what is between its line and the
    line of the last `position`.
    """

    def __init__(self, text: str, has_returns: bool) -> None:
        self.has_returns = has_returns
        """Whether a \\r is in the text."""
        self._text = text
        self._number = 0
        self._start = 0
        self._seen = 0
        """No line ends between `_start` and here."""

    def position(self, offset: int) -> tuple[int, int]:
        """The line and the column (0-based, code points) of an offset."""
        if offset > self._seen:
            begin = self._text.rfind("\n", self._seen, offset) + 1
            if begin:
                self._number += self._text.count("\n", self._seen, begin)
                self._start = begin
            self._seen = offset
        elif offset < self._start:
            begin = self._text.rfind("\n", 0, offset) + 1
            self._number -= self._text.count("\n", begin, self._start)
            self._start, self._seen = begin, offset
        return self._number, offset - self._start

    def line_start(self, line: int) -> int:
        """The offset at which a line begins; -1 when the text ends above it."""
        if line > self._number:
            return self._below(line - self._number)
        start = self._start
        for _ in range(line, self._number):
            start = self._text.rfind("\n", 0, start - 1) + 1
        return start

    def line_text(self, line: int) -> str:
        """A line without its end; empty above the first and beyond the last."""
        start = self.line_start(line) if line >= 0 else -1
        if start < 0:
            return ""
        end = self._text.find("\n", start)
        return self._text[start : end if end >= 0 else None].rstrip("\r\n")

    def _below(self, count: int) -> int:
        start = self._seen
        for _ in range(count):
            start = self._text.find("\n", start) + 1
            if start == 0:
                return -1
        return start


class LineIndex:
    """The lines of one text."""

    def __init__(self, text: str) -> None:
        self._whole: str | None = text
        # One block, until something is edited: most texts are only read.
        self._texts = [text]
        self._starts = [_starts(text)]
        """Of each block: where its lines begin, from its own beginning."""
        self._offsets = [0]
        """Where each block begins."""
        self._firsts = [0]
        """The number of each block's first line."""

    @property
    def text(self) -> str:
        """The whole text; joined once after an edit."""
        if self._whole is None:
            self._whole = "".join(self._texts)
        return self._whole

    @property
    def has_returns(self) -> bool:
        """Whether a \\r is in the text."""
        return "\r" in self.text

    @property
    def length(self) -> int:
        """How many characters the text has."""
        return self._offsets[-1] + len(self._texts[-1])

    @property
    def count(self) -> int:
        """How many lines there are; an empty text has one."""
        return self._firsts[-1] + len(self._starts[-1])

    def position(self, offset: int) -> tuple[int, int]:
        """The line and the column (0-based, code points) of an offset."""
        block = bisect_right(self._offsets, offset) - 1
        starts, inner = self._starts[block], offset - self._offsets[block]
        line = bisect_right(starts, inner) - 1
        return self._firsts[block] + line, inner - starts[line]

    def line_start(self, line: int) -> int:
        """The offset at which a line begins."""
        block = bisect_right(self._firsts, line) - 1
        return self._offsets[block] + self._starts[block][line - self._firsts[block]]

    def line_text(self, line: int) -> str:
        """A line without its end; empty beyond the last."""
        if not 0 <= line < self.count:
            return ""
        block = bisect_right(self._firsts, line) - 1
        starts, inner = self._starts[block], line - self._firsts[block]
        end = starts[inner + 1] if inner + 1 < len(starts) else None
        return self._texts[block][starts[inner] : end].rstrip("\r\n")

    def replace(self, start: int, end: int, new_text: str) -> None:
        """Puts a text in the place of the characters from `start` to `end`."""
        self.divide()
        first = bisect_right(self._offsets, start) - 1
        last = bisect_right(self._offsets, max(start, end - 1), first) - 1
        head = self._texts[first][: start - self._offsets[first]]
        merged = f"{head}{new_text}{self._texts[last][end - self._offsets[last] :]}"
        while last + 1 < len(self._texts) and not _is_whole(merged, self._texts[last + 1]):
            last += 1
            merged += self._texts[last]
        while first > 0 and not _is_whole(self._texts[first - 1], merged):
            first -= 1
            merged = self._texts[first] + merged
        self._put(first, last, merged)
        self._whole = None

    def divide(self) -> None:
        """Divides a text that was not edited yet into blocks, so that the first edit need not."""
        if len(self._texts) == 1 and len(self._texts[0]) > 2 * BLOCK:
            self._put(0, 0, self._texts[0])

    def _put(self, first: int, last: int, text: str) -> None:
        """Puts the blocks of a text of whole lines in the place of the blocks from `first` to `last`."""
        starts = _starts(text)
        if last + 1 < len(self._texts):
            starts.pop()  # where it ends, the next block begins
        cuts = [*_cuts(starts, len(text)), len(starts)]
        edges = [*(starts[cut] for cut in cuts[:-1]), len(text)]
        self._texts[first : last + 1] = [text[one:other] for one, other in pairwise(edges)]
        self._starts[first : last + 1] = [
            [start - starts[one] for start in starts[one:end]] for one, end in pairwise(cuts)
        ]
        self._offsets[first:] = accumulate(map(len, self._texts[first:-1]), initial=self._offsets[first])
        self._firsts[first:] = accumulate(map(len, self._starts[first:-1]), initial=self._firsts[first])


def _is_whole(text: str, following: str) -> bool:
    """Whether a text ends with a whole line end, so that a block may end between it and what follows."""
    return text.endswith("\n") or (text.endswith("\r") and not following.startswith("\n"))


def _cuts(starts: list[int], length: int) -> list[int]:
    """The lines with which a block begins, in a text of so many characters."""
    cuts = [0]
    if length > 2 * BLOCK:
        limit = BLOCK
        for line, start in enumerate(starts):
            if start >= limit:
                cuts.append(line)
                limit = start + BLOCK
    return cuts


def _starts(text: str) -> list[int]:
    pattern = _LINE_END if "\r" in text else _NEWLINE
    return [0, *map(re.Match.end, pattern.finditer(text))]
