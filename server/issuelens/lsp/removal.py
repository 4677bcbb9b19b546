"""Which part of a text goes when a TODO is done. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Final

from issuelens.todos.grammar import TodoComment
from issuelens.todos.lexer import CommentKind, CommentSpan
from issuelens.todos.lines import LineIndex

_DECORATION: Final = " \t*-!/#;%"

_BYTE_ORDER_MARK: Final = "\ufeff"


def removal(lines: LineIndex, spans: Sequence[CommentSpan], todo: TodoComment) -> tuple[int, int]:
    """What of a text belongs to a TODO alone: its lines, its comment, or only its words (offsets, end exclusive).

    Args:
        lines: those of the text.
        spans: its comments.
        todo: one of its TODOs.
    """
    text = lines.text
    start, end = lines.line_start(todo.line) + todo.column, lines.line_start(todo.end_line) + todo.end_column
    first, last = _at(spans, start), _at(spans, max(start, end - 1))
    if first is None or last is None or first.kind not in (CommentKind.LINE, CommentKind.BLOCK):
        return _words(text, start, end)
    head = text[first.start + first.opener : start]
    tail = text[end : last.end - len(last.closer)] if last.closer else text[end : last.end]
    if not head.strip(_DECORATION) and not tail.strip(f"{_DECORATION}\r\n") and "\n" not in head:
        return _with_lines(lines, first.start, last.end)
    return _lines_within(lines, first, start, end) or _words(text, start, end)


def _at(spans: Sequence[CommentSpan], offset: int) -> CommentSpan | None:
    number = bisect_right(spans, offset, key=lambda span: span.start) - 1
    return spans[number] if number >= 0 and offset < spans[number].end else None


def _with_lines(lines: LineIndex, start: int, end: int) -> tuple[int, int]:
    """Comments with the lines that hold nothing else, or with the blanks between them and the code before."""
    text = lines.text
    begin, line_end = _line_start(lines, start), _line_end(text, end)
    if begin == 0 and text.startswith(_BYTE_ORDER_MARK):
        begin = 1
    if text[end:line_end].strip():
        return start, end
    if text[begin:start].strip():
        return begin + len(text[begin:start].rstrip()), end
    return begin, _behind(text, line_end)


def _lines_within(lines: LineIndex, comment: CommentSpan, start: int, end: int) -> tuple[int, int] | None:
    """The lines of a TODO amid a comment of several lines; None where something else stands on them."""
    text = lines.text
    begin, line_end = _line_start(lines, start), _line_end(text, end)
    is_alone = begin > comment.start and not text[begin:start].strip(_DECORATION) and not text[end:line_end].strip()
    return (begin, _behind(text, line_end)) if is_alone and line_end < comment.end else None


def _words(text: str, start: int, end: int) -> tuple[int, int]:
    while start > 0 and text[start - 1] in " \t":
        start -= 1
    return start, end


def _line_start(lines: LineIndex, offset: int) -> int:
    return lines.line_start(lines.position(offset)[0])


def _line_end(text: str, offset: int) -> int:
    ends = [at for sign in "\r\n" if (at := text.find(sign, offset)) >= 0]
    return min(ends, default=len(text))


def _behind(text: str, line_end: int) -> int:
    return line_end + 2 if text.startswith("\r\n", line_end) else min(line_end + 1, len(text))
