"""Markdown: HTML comments, task items and line beginnings count as comments; fenced code is read in its language."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator

from issuelens.todos.languages import LANGUAGES, Language, language_for
from issuelens.todos.lexer import CommentKind, CommentSpan, comment_spans

_FENCE = re.compile(r"^[ ]{0,3}(?:[-*+>][ \t]+)*(?P<fence>`{3,}|~{3,})[ \t]*(?P<info>[^\s`{]*)[^\n]*$", re.MULTILINE)
_LINE = re.compile(
    r"^[ \t]*(?P<item>(?:[-*+]|\d{1,9}[.)])[ \t]+(?:\[[ xX]\][ \t]+)?)?(?P<text>\S[^\n\r]*)", re.MULTILINE
)


def markdown_spans(text: str) -> list[CommentSpan]:
    """The comments of a Markdown text, in order: those of fenced code, HTML comments, and prose line by line."""
    spans: list[CommentSpan] = []
    position = 0
    for start, end, language in _fences(text):
        spans += _prose(text, position, start)
        if language is not None:
            spans += [_moved(span, start) for span in comment_spans(text[start:end], language)]
        position = end
    return spans + _prose(text, position, len(text))


def _fences(text: str) -> Iterator[tuple[int, int, Language | None]]:
    position = 0
    while (opening := _FENCE.search(text, position)) is not None:
        fence = opening["fence"]
        closing = re.compile(rf"^[ \t]*{fence[0]}{{{len(fence)},}}[ \t]*$", re.MULTILINE).search(text, opening.end())
        end = closing.start() if closing else len(text)
        info = opening["info"]
        yield opening.end(), end, language_for(f"x.{info}", info) if info else None
        position = closing.end() if closing else len(text)


def _moved(span: CommentSpan, by: int) -> CommentSpan:
    return CommentSpan(span.start + by, span.end + by, span.kind, span.opener, span.closer)


def _prose(text: str, start: int, end: int) -> list[CommentSpan]:
    part = text[start:end]
    comments = [_moved(span, start) for span in comment_spans(part, LANGUAGES["html"])]
    lines = [
        CommentSpan(match.start() + start, match.end() + start, CommentKind.PROSE, len(match["item"] or ""))
        for match in _LINE.finditer(part)
    ]
    outside = [line for line in lines if not _meets(line, comments)]
    return sorted([*comments, *outside], key=lambda span: span.start)


def _meets(line: CommentSpan, comments: list[CommentSpan]) -> bool:
    """Whether the line has a part of a comment; the comments are in order and apart from each other."""
    at = bisect_left(comments, line.end, key=lambda one: one.start)
    return at > 0 and comments[at - 1].end > line.start
