"""What a text holds, when it is known where its words of interest are: only the comments around them are looked at.

The result is that of `found.findings_of`; a scan of many files has no time for all of their comments and lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from issuelens.todos.found import FileFindings, Marker, Mention, findings_of, marker_of, mention_of
from issuelens.todos.grammar import findings_in
from issuelens.todos.languages import Language
from issuelens.todos.lexer import INDENT_LIMIT, CommentKind, CommentSpan, spans_from
from issuelens.todos.lines import LineIndex
from issuelens.todos.safe_points import LineRules, line_rules, safe_point
from issuelens.todos.settings import ScanSettings
from issuelens.todos.tags import TagPatterns

AROUND = 3
"""Lines above and below a comment that its marker's fingerprint may be made of."""
_NEXT_LINE = re.compile(r"[^\S\r\n]*+(?:\r\n?|\n)[^\S\r\n]*+")

Window = tuple[int, int, list[CommentSpan]]
"""A part of a text in whole lines, from where to where, and the comments in it."""


class PlaceReader:
    """Reads texts of which it is known where something may be."""

    def __init__(self, settings: ScanSettings) -> None:
        self._settings = settings
        self._tags, self._prefixes = settings.tags, settings.prefixes
        self._patterns = TagPatterns(settings.tags, settings.prefixes)
        self._rules: dict[Language, LineRules | None] = {}

    def findings(self, path: str, text: str, language: Language, places: Sequence[int]) -> FileFindings:
        """What a text holds.

        Args:
            path: goes into the result.
            text: the whole text.
            language: what it is written in.
            places: where the tags and beginnings of ids are that may count, in order.
        """
        has_returns = "\r" in text
        if language.holding is not None or (has_returns and text.count("\r") != text.count("\r\n")):
            return findings_of(path, text, language, self._settings)
        markers: list[Marker] = []
        mentions: list[Mention] = []
        position = line = 0
        for start, end, spans in _windows(text, _chosen(text, self._spans(text, language, places), places)):
            line += text.count("\n", position, start)
            position = start
            part = text[start:end]
            moved = [_moved(span, start) for span in spans] if start else spans
            lines = LineIndex(part)
            todos, references = findings_in(
                part, moved, tags=self._tags, prefixes=self._prefixes, patterns=self._patterns, lines=lines
            )
            markers += [marker_of(todo, lines, line) for todo in todos]
            mentions += [mention_of(one, lines, line) for one in references if not one.in_todo]
        return FileFindings(path, tuple(markers), tuple(mentions))

    def _spans(self, text: str, language: Language, places: Sequence[int]) -> Iterator[CommentSpan]:
        """The comments of a text, but for many of those that are not near any of the places."""
        if language not in self._rules:
            self._rules[language] = line_rules(language)
        rules = self._rules[language]
        if rules is None or any(one in text for one in rules.absent):
            return spans_from(text, language)
        return _spans_near(text, language, rules, places)


def _spans_near(text: str, language: Language, rules: LineRules, places: Sequence[int]) -> Iterator[CommentSpan]:
    position = seen = 0
    for place in places:
        if place < seen:
            continue
        if (point := safe_point(text, rules, position, seen, place)) > position:
            position = seen = point
        # In a string or in code, most of them.
        if point >= 0 and all(text.find(sign, seen, place) < 0 for sign in rules.signs):
            seen = place
            continue
        above: CommentSpan | None = None
        for span in spans_from(text, language, position):
            if span.start > place and (above is None or not _is_below(text, above, span)):
                # No place before this comment is in one; whether it is of interest, the next place says.
                position = seen = span.start
                break
            yield span
            above = span
            position = seen = span.end
            if span.end > place and not _may_go_on(text, rules, span):
                break
        else:
            return


def _may_go_on(text: str, rules: LineRules, span: CommentSpan) -> bool:
    """Whether a comment right below may be the same one to a reader."""
    if span.kind is not CommentKind.LINE:
        return False
    found = _NEXT_LINE.match(text, span.end)
    return found is not None and text[found.end() : found.end() + 1] in rules.below


def _chosen(text: str, spans: Iterable[CommentSpan], places: Sequence[int]) -> Iterator[CommentSpan]:
    """The comments that hold one of the places, and line comments right above and below such a one.

    Those below may continue it; the one above says how its first line is to be read.
    """
    above: CommentSpan | None = None
    goes_on = False
    number, count = 0, len(places)
    for span in spans:
        while number < count and places[number] < span.start:
            number += 1
        if number < count and places[number] < span.end:
            if above is not None and not goes_on and _is_below(text, above, span):
                yield above
            goes_on = True
        elif goes_on and above is not None:
            goes_on = _is_below(text, above, span)
        if goes_on:
            yield span
        elif number >= count:
            return
        above = span


def _is_below(text: str, above: CommentSpan, span: CommentSpan) -> bool:
    """Whether two line comments are in lines below each other, with nothing between them."""
    if above.kind is not CommentKind.LINE or span.kind is not CommentKind.LINE:
        return False
    return _NEXT_LINE.fullmatch(text, above.end, span.start) is not None


def _windows(text: str, spans: Iterable[CommentSpan]) -> Iterator[Window]:
    """The lines of comments and those around them; no two windows meet."""
    start, line_end, end, held = 0, -1, -1, list[CommentSpan]()
    for span in spans:
        if held and span.start - 2 * INDENT_LIMIT > end and (above := _above(text, span.start)) > end:
            yield start, end, held
            start, held = above, []
        elif not held:
            start = _above(text, span.start)
        held.append(span)
        # Not for each comment of a long line: it would take quadratic time.
        if span.end >= line_end:
            line_end, end = _below(text, span.end)
    if held:
        yield start, end, held


def _above(text: str, position: int) -> int:
    """Where the lines begin that are looked at above a comment; see also `CommentLines.words_above`."""
    start, lines = position, 0
    while start > 0 and (lines <= AROUND or position - start <= INDENT_LIMIT):
        start = text.rfind("\n", 0, start - 1) + 1
        lines += 1
    return start


def _below(text: str, position: int) -> tuple[int, int]:
    """Where the line of a comment ends, and where the lines end that are looked at below it."""
    end = line_end = text.find("\n", position) + 1 or len(text)
    for _ in range(AROUND):
        end = text.find("\n", end) + 1 or len(text)
    return line_end, end


def _moved(span: CommentSpan, by: int) -> CommentSpan:
    start, end, kind, opener, closer, is_inner = span
    return CommentSpan(start - by, end - by, kind, opener, closer, is_inner)
