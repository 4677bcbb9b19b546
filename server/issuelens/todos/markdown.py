"""Markdown: HTML comments, task items and line beginnings count as comments; fenced code is read in its language."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator

from issuelens.todos.languages import LANGUAGES, Language, language_for, language_named
from issuelens.todos.lexer import CommentKind, CommentSpan, comment_spans
from issuelens.todos.literal import Literal
from issuelens.todos.regex import regex

_FENCE = regex(
    r"^[ ]{0,3}(?:[-*+>][ \t]+)*+(?P<fence>`{3,}+|~{3,}+)[ \t]*+"
    r"(?:\{[ \t]*+\.?)?(?P<info>[^\s`{}.,][^\s`{},]*+)?[^\n]*+$",
    re.MULTILINE,
)
_FRONT = regex(r"\ufeff?(?P<mark>---|\+\+\+)[ \t]*+(?:\r\n|[\r\n])")
_MODULE = regex(r"^(?:import|export)\b[^\r\n]*+(?:(?:\r\n|[\r\n])[ \t]*[^\s][^\r\n]*+)*+", re.MULTILINE)
_LINE = regex(
    r"^[ \t]*(?:>[ \t]*){0,5}+(?P<item>(?:[-*+]|\d{1,9}[.)])[ \t]+(?:\[[ xX]\][ \t]+)?)?(?P<text>\S[^\n\r]*)",
    re.MULTILINE,
)


def markdown_spans(
    text: str, language: Language, within: Callable[[str, Language], list[CommentSpan]]
) -> list[CommentSpan]:
    """The comments of a Markdown text, in order: those of fenced code, HTML comments, and prose line by line.

    Args:
        text: the whole text.
        language: Markdown, or one like it: the comments outside of fences are its own.
        within: reads a part in its language.
    """
    spans, position = _front_matter(text, within)
    for start, end, held in _fences(text, position):
        spans += _between(text, position, start, language, within)
        if held is not None:
            spans += [moved(span, start) for span in within(text[start:end], held)]
        position = end
    return spans + _between(text, position, len(text), language, within)


def _between(
    text: str, start: int, end: int, language: Language, within: Callable[[str, Language], list[CommentSpan]]
) -> list[CommentSpan]:
    """The comments of a part without fences; in MDX, imports and exports are code up to the next blank line."""
    if language.name != "mdx":
        return _prose(text, start, end, language)
    spans: list[CommentSpan] = []
    while (found := _MODULE.search(text, start, end)) is not None:
        spans += _prose(text, start, found.start(), language)
        spans += [moved(span, found.start()) for span in within(found[0], LANGUAGES["typescript"])]
        start = found.end()
    return spans + _prose(text, start, end, language)


def moved(span: CommentSpan, by: int) -> CommentSpan:
    """The span of a part in the whole text."""
    return CommentSpan(span.start + by, span.end + by, span.kind, span.opener, span.closer, span.is_inner)


def _front_matter(text: str, within: Callable[[str, Language], list[CommentSpan]]) -> tuple[list[CommentSpan], int]:
    opening = _FRONT.match(text)
    if opening is None:
        return [], 0
    mark = opening["mark"]
    closing = regex(rf"^{re.escape(mark)}[ \t]*$", re.MULTILINE).search(text, opening.end())
    if closing is None:
        return [], 0
    held = LANGUAGES["yaml" if mark == "---" else "toml"]
    part = text[opening.end() : closing.start()]
    return [moved(span, opening.end()) for span in within(part, held)], closing.end()


def _fences(text: str, position: int) -> Iterator[tuple[int, int, Language | None]]:
    while (opening := _FENCE.search(text, position)) is not None:
        fence = opening["fence"]
        closing = regex(rf"^[ \t>]*{fence[0]}{{{len(fence)},}}[ \t]*\r?$", re.MULTILINE).search(text, opening.end())
        end = closing.start() if closing else len(text)
        info = opening["info"]
        yield opening.end(), end, language_named(info) or language_for(f"x.{info}") if info else None
        position = closing.end() if closing else len(text)


def prose_spans(text: str, language: Language) -> list[CommentSpan]:
    """The comments of a text without fences, and its prose line by line, but for what it shows as it is."""
    literal = Literal(text, language)
    return [span for span in _prose(text, 0, len(text), language) if not literal.holds(span.start)]


def _prose(text: str, start: int, end: int, language: Language) -> list[CommentSpan]:
    part = text[start:end]
    comments = [moved(span, start) for span in comment_spans(part, language)]
    lines = [moved(_prose_span(match), start) for match in _LINE.finditer(part)]
    outside = [line for line in lines if not meets(line, comments)]
    return sorted([*comments, *outside], key=lambda span: span.start)


def prose_line(text: str, start: int) -> CommentSpan | None:
    """The prose of the line that begins at a place, as `prose_spans` has it unless it meets a comment."""
    match = _LINE.match(text, start)
    return _prose_span(match) if match is not None else None


def _prose_span(match: re.Match[str]) -> CommentSpan:
    return CommentSpan(match.start(), match.end(), CommentKind.PROSE, len(match["item"] or ""))


def meets(line: CommentSpan, comments: list[CommentSpan]) -> bool:
    """Whether the line has a part of a comment; the comments are in order and apart from each other."""
    at = bisect_left(comments, line.end, key=lambda one: one.start)
    return at > 0 and comments[at - 1].end > line.start
