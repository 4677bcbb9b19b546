"""What a text holds, when it is known where its words of interest are: only the comments around them are looked at.

The result is that of `found.findings_of`; a scan of many files has no time for all of their comments and lines.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from operator import attrgetter
from typing import Any

from issuelens.todos.found import FileFindings, findings_near, findings_of, findings_row
from issuelens.todos.languages import PLAIN_TEXT, Holding, Language, language_for, resolved
from issuelens.todos.lexer import CommentKind, CommentSpan, comment_spans, spans_from
from issuelens.todos.lines import NearLines
from issuelens.todos.literal import Literal
from issuelens.todos.markdown import meets, prose_line
from issuelens.todos.regex import regex
from issuelens.todos.safe_points import LineRules, line_rules, may_hold_comment, safe_point
from issuelens.todos.settings import ScanSettings
from issuelens.todos.tags import TagPatterns

_NEXT_LINE = regex(r"[^\S\r\n]*+(?:\r\n?|\n)[^\S\r\n]*+")


class PlaceReader:
    """Reads texts of which it is known where something may be."""

    def __init__(self, settings: ScanSettings) -> None:
        self._settings = settings
        self._patterns = TagPatterns(settings.tags, settings.prefixes)
        self._ids = tuple(f"{prefix}-" for prefix in settings.prefixes)
        self._rules: dict[Language, LineRules | None] = {}

    def row(self, path: str, text: str, language: Language | None, places: Sequence[int] | None) -> list[Any] | None:
        """The `findings_row` of a file; None when it holds nothing.

        Args:
            path: goes into the result.
            text: the whole text.
            language: what the file's name tells; None when it tells nothing.
            places: as in `findings`; None when they are not known.
        """
        language = language or language_for(path, first_line=text[:200].partition("\n")[0])
        if language is None and self._settings.plain_text:
            language = PLAIN_TEXT
        if language is None:
            return None
        if places is None:
            found = findings_of(path, text, language, self._settings)
        else:
            found = self.findings(path, text, language, places)
        return findings_row(found) if found.markers or found.mentions else None

    def findings(self, path: str, text: str, language: Language, places: Sequence[int]) -> FileFindings:
        """What a text holds.

        Args:
            path: goes into the result.
            text: the whole text.
            language: what it is written in.
            places: where the tags and beginnings of ids are that may count, in order.
        """
        if not places:
            return FileFindings(path)
        language = resolved(language, text) if language.choices else language
        has_returns = "\r" in text
        is_usual = not has_returns or text.count("\r") == text.count("\r\n")
        spans = self._spans(text, language, places) if is_usual else None
        if spans is None:
            return findings_of(path, text, language, self._settings)
        # A look at the places is enough: they are where ids begin, too.
        has_id = any(text.startswith(self._ids, place) for place in places) if self._ids else False
        prefixes = self._settings.prefixes if has_id else ()
        chosen = list(_chosen(text, spans, places))
        if not chosen and not has_id:
            return FileFindings(path)
        lines = NearLines(text, has_returns)
        return findings_near(path, text, lines, chosen, self._patterns, places, prefixes, language.is_markup)

    def _spans(self, text: str, language: Language, places: Sequence[int]) -> Iterable[CommentSpan] | None:
        """The comments of a text, but for many of those that are not near any of the places; None: all are needed."""
        if language.holding is Holding.PROSE:
            return _prose_near(text, language, places)
        if language.holding is not None:
            return None
        if language not in self._rules:
            self._rules[language] = line_rules(language)
        rules = self._rules[language]
        if rules is None or any(text.find(one, 0, places[-1]) >= 0 for one in rules.absent):
            return spans_from(text, language)
        return _spans_near(text, language, rules, places)


def _prose_near(text: str, language: Language, places: Sequence[int]) -> list[CommentSpan] | None:
    """The comments of a text, and its lines outside of them that hold a place; None when a place is in neither."""
    comments = comment_spans(text, language)
    literal = Literal(text, language)
    lines: list[CommentSpan] = []
    for place in places:
        at = bisect_right(comments, place, key=attrgetter("start")) - 1
        if (at >= 0 and place < comments[at].end) or (lines and place < lines[-1].end):
            continue
        line = prose_line(text, text.rfind("\n", 0, place) + 1)
        if line is None or meets(line, comments):
            return None
        lines.append(line)
    held = [span for span in (*comments, *lines) if not literal.holds(span.start)]
    return sorted(held, key=attrgetter("start"))


def _spans_near(text: str, language: Language, rules: LineRules, places: Sequence[int]) -> Iterator[CommentSpan]:
    position = seen = 0
    for place in places:
        if place < seen:
            continue
        if (point := safe_point(text, rules, position, seen, place)) > position:
            position = seen = point
        # In a string or in code, most of them.
        if point >= 0 and not may_hold_comment(text, rules, seen, place):
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
