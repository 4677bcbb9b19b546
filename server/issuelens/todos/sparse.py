"""What a text holds, when it is known where its words of interest are: only the comments around them are looked at.

The result is that of `found.findings_of`; a scan of many files has no time for all of their comments and lines.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from attrs import evolve

from issuelens.todos.found import FileFindings, findings_from
from issuelens.todos.grammar import findings_in
from issuelens.todos.languages import Language
from issuelens.todos.lexer import INDENT_LIMIT, CommentKind, CommentSpan, spans_from
from issuelens.todos.settings import ScanSettings
from issuelens.todos.skipping import can_skip, skipped

AROUND = 3
"""Lines above and below a comment that its marker's fingerprint may be made of."""
_GAP = "\n" * (AROUND + 1)
_LINE_END = re.compile(r"\r\n?|\n")
_NEXT_LINE = re.compile(r"[^\S\r\n]*+(?:\r\n?|\n)[^\S\r\n]*+")

Window = tuple[int, int, list[CommentSpan]]
"""A part of a text in whole lines, from where to where, and the comments in it."""


def findings_near(
    path: str, text: str, language: Language, settings: ScanSettings, places: Sequence[int]
) -> FileFindings:
    """What a text holds.

    Args:
        path: goes into the result.
        text: the whole text.
        language: what it is written in; one that holds no others.
        settings: what counts.
        places: where the tags and beginnings of ids are that may count, in order.
    """
    windows = list(_windows(text, _chosen(text, _spans(text, language, places), places)))
    if not windows:
        return FileFindings(path)
    cut, spans, lines = _cut(text, windows)
    found = findings_from(path, cut, *findings_in(cut, spans, tags=settings.tags, prefixes=settings.prefixes))
    return FileFindings(
        path,
        tuple(evolve(one, line=_line_there(lines, one.line)) for one in found.markers),
        tuple(evolve(one, line=_line_there(lines, one.line)) for one in found.mentions),
    )


def _spans(text: str, language: Language, places: Sequence[int]) -> Iterator[CommentSpan]:
    """The comments of a text, but for many of those that are not near any of the places."""
    if not can_skip(text, language):
        yield from spans_from(text, language)
        return
    position = beyond = 0
    for place in places:
        if place < beyond:
            continue
        position = skipped(text, language, position, max(_lines_above(text, place), position))
        above: CommentSpan | None = None
        for span in spans_from(text, language, position):
            if span.start > place and (above is None or not _is_below(text, above, span)):
                # No place before this comment is in one; whether it is of interest, the next place says.
                beyond = span.start
                break
            yield span
            above = span
            position = beyond = span.end
        else:
            return


def _lines_above(text: str, place: int) -> int:
    """Where the line above the one of a place begins."""
    for _ in range(2):
        place = max(text.rfind("\n", 0, place), text.rfind("\r", 0, place))
        if place < 0:
            return 0
    return place + 1


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
        start = max(text.rfind("\n", 0, start - 1), text.rfind("\r", 0, start - 1)) + 1
        lines += 1
    return start


def _below(text: str, position: int) -> tuple[int, int]:
    """Where the line of a comment ends, and where the lines end that are looked at below it."""
    ends = [match.end() for match in islice(_LINE_END.finditer(text, position), AROUND + 1)]
    return (ends[0], ends[-1]) if len(ends) > AROUND else ([*ends, len(text)][0], len(text))


def _cut(text: str, windows: Sequence[Window]) -> tuple[str, list[CommentSpan], list[tuple[int, int]]]:
    """The windows as one text, their comments in it, and of each its first line there and in the whole text."""
    parts: list[str] = []
    spans: list[CommentSpan] = []
    lines: list[tuple[int, int]] = []
    length = here = there = position = 0
    for start, end, held in windows:
        there += _line_ends(text, position, start)
        lines.append((here, there))
        spans += [_moved(span, length - start) for span in held]
        part = text[start:end] + _GAP
        parts.append(part)
        here += _line_ends(part, 0, len(part))
        length += len(part)
        position = start
    return "".join(parts), spans, lines


def _moved(span: CommentSpan, by: int) -> CommentSpan:
    return span._replace(start=span.start + by, end=span.end + by)


def _line_ends(text: str, start: int, end: int) -> int:
    found = text.count("\n", start, end)
    if text.find("\r", start, end) >= 0:
        found += text.count("\r", start, end) - text.count("\r\n", start, end)
    return found


def _line_there(lines: Sequence[tuple[int, int]], line: int) -> int:
    here, there = lines[bisect_right(lines, (line, 1 << 62)) - 1]
    return line - here + there
