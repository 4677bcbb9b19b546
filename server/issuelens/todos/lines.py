"""Where the lines of a text begin. Lines end in \\n, \\r\\n or \\r and in nothing else (LSP, "Text Documents")."""

from __future__ import annotations

import re
from bisect import bisect_right

_LINE_END = re.compile(r"\r\n|\n|\r")


class LineIndex:
    """The lines of one text; built once, then answered by bisection."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._starts = _starts(text)

    @property
    def count(self) -> int:
        """How many lines there are; an empty text has one."""
        return len(self._starts)

    def position(self, offset: int) -> tuple[int, int]:
        """The line and the column (0-based, code points) of an offset."""
        line = bisect_right(self._starts, offset) - 1
        return line, offset - self._starts[line]

    def line_start(self, line: int) -> int:
        """The offset at which a line begins."""
        return self._starts[line]

    def line_text(self, line: int) -> str:
        """A line without its end; empty beyond the last."""
        if not 0 <= line < len(self._starts):
            return ""
        end = self._starts[line + 1] if line + 1 < len(self._starts) else len(self._text)
        return self._text[self._starts[line] : end].rstrip("\r\n")


def _starts(text: str) -> list[int]:
    if "\r" in text:
        return [0, *(match.end() for match in _LINE_END.finditer(text))]
    starts, offset = [0], text.find("\n")
    while offset >= 0:
        starts.append(offset + 1)
        offset = text.find("\n", offset + 1)
    return starts
