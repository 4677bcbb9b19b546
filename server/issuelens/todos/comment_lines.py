"""The lines of comments: those that may hold a tag, and those that follow one."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from issuelens.todos.lexer import INDENT_LIMIT, CommentKind, CommentSpan
from issuelens.todos.lines import Lines
from issuelens.todos.regex import regex

_LINE_END = regex(r"[\r\n]")


class CommentLine(NamedTuple):
    """One line of a comment: where its words begin and end, and the comment, the `span_number`th of the text."""

    start: int
    end: int
    span: CommentSpan
    span_number: int
    is_first: bool


class CommentLines:
    """The lines of a text's comments, found one by one: most comments hold no tag."""

    def __init__(self, text: str, lines: Lines, spans: Sequence[CommentSpan]) -> None:
        self._text = text
        self._lines = lines
        self._spans = spans
        self._has_returns = lines.has_returns
        self._last: CommentSpan | None = None
        self._last_end = 0

    def holding(self, hits: Sequence[int]) -> Iterator[CommentLine]:
        """The lines in which one of some places is, in order."""
        starts = [span.start for span in self._spans]
        at = 0
        while at < len(hits):
            line = self._line_at(hits[at], bisect_right(starts, hits[at]) - 1)
            if line is not None:
                yield line
            at = at + 1 if line is None else bisect_left(hits, max(line.end, hits[at] + 1), at)

    def following(self, line: CommentLine) -> CommentLine | None:
        """The line that goes on where this one ends: of the same comment, or of the next of the same form."""
        if line.end < self._words_end(line.span):
            start = line.end + (2 if self._text.startswith("\r\n", line.end) else 1)
            return self._line(start, line.span_number, is_first=False)
        index = line.span_number + 1
        if index == len(self._spans) or not self._goes_on(line.span, self._spans[index]):
            return None
        span = self._spans[index]
        return self._line(span.start + span.opener, index, is_first=True)

    def words_above(self, line: CommentLine) -> str:
        """The end of the comment line above that this one goes on; empty when there is none."""
        number = self._lines.position(line.start)[0]
        if line.is_first:
            if line.span_number == 0 or not self._goes_on(self._spans[line.span_number - 1], line.span):
                return ""
            return self._text[line.span.start - INDENT_LIMIT if line.span.start > INDENT_LIMIT else 0 : line.span.start]
        begin = max(self._lines.line_start(number - 1), line.span.start, line.start - INDENT_LIMIT)
        return self._text[begin : line.start]

    def _line_at(self, offset: int, index: int) -> CommentLine | None:
        """The line of the comment `index` at an offset, unless that lies outside."""
        if index < 0:
            return None
        span = self._spans[index]
        begin = span.start + span.opener
        if not begin <= offset < self._words_end(span):
            return None
        start = offset - self._lines.position(offset)[1]
        return self._line(max(start, begin), index, is_first=start <= begin)

    def _line(self, start: int, index: int, *, is_first: bool) -> CommentLine:
        span = self._spans[index]
        end = self._words_end(span)
        # Not by two searches: in a text that has only one of the signs, the other one would be looked for to its end.
        if self._has_returns:
            found = _LINE_END.search(self._text, start, end)
            line_end = found.start() if found else -1
        else:
            line_end = self._text.find("\n", start, end)
        return CommentLine(start, line_end if line_end >= 0 else max(start, end), span, index, is_first)

    def _words_end(self, span: CommentSpan) -> int:
        if span is not self._last:
            start, end, _, opener, closer, _ = span
            is_closed = closer and self._text.endswith(closer, start + opener, end)
            self._last, self._last_end = span, end - len(closer) if is_closed else end
        return self._last_end

    def _goes_on(self, before: CommentSpan, span: CommentSpan) -> bool:
        """Whether two comments are one to a reader: in lines below each other, the same column, the same token."""
        if before.kind is not CommentKind.LINE or span.kind is not CommentKind.LINE:
            return False
        one, column = self._lines.position(before.start)
        other, other_column = self._lines.position(span.start)
        text = self._text
        return (
            other == one + 1
            and other_column == column
            and text[span.start : span.start + span.opener] == text[before.start : before.start + before.opener]
            and not text[span.start - min(column, INDENT_LIMIT) : span.start].strip()
        )


def hits_of(text: str, words: Sequence[str]) -> list[int]:
    """Where one of the words stands, in order."""
    found = set()
    for word in words:
        at = text.find(word)
        while at >= 0:
            found.add(at)
            at = text.find(word, at + len(word))
    return sorted(found)
