"""Where a tag begins a TODO comment, and where it is a word like others.

A tag counts at the beginning of a comment or of one of its lines, behind a comment opener inside a comment, and, when a
colon or parentheses follow, behind the end of a sentence; also as the last word of a comment. In documentation strings
it needs the colon or the parentheses everywhere. In prose it counts only at the beginning of a line, with them, and of
the items of lists.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from typing import Final

from attrs import frozen

from issuelens.todos.comment_lines import CommentLine, CommentLines
from issuelens.todos.lexer import CommentKind
from issuelens.todos.parts import Parts, read_parts
from issuelens.todos.prose import governs, is_apart, is_prose, is_remark

LOOK_BEHIND: Final = 40
"""Characters before a tag, inside of a comment, that say whether it counts."""
LOOK_AHEAD: Final = 120
"""Characters behind a tag that say whether it is prose."""

# One way only to read each sign, and no way back: else a line of them takes exponential or quadratic time.
_DECORATION = (
    r"(?:[ \t]+|[^\w\s\"'`()\[\]{}<@\\$,]|<(?!\w)|[\"'](?=[ \t])|o(?=[ \t])|\d{1,3}[.)](?=[ \t])|\[[ xX]\](?=[ \t]))*+"
)
_TICKED = re.compile(r"\[[xX]\][ \t]")
_NESTED = re.compile(r"(?:^|[\s;{})])(?P<opener>//+|\#+|/\*+|--|<!--|;+|%+)(?P<gap>[ \t]*)$")
_SENTENCE_END = re.compile(r"(?:[.!?;)\]…]|=#|-\}|\*/|\|#|#>|-->|(?:^|\s)(?:--?|[–—]))[ \t]+$|(?:^|\s)\($")
"""The end of a sentence, or of a comment within a comment; a dash; or the beginning of parentheses."""
_ABBREVIATION = re.compile(r"(?:\be\.g|\bi\.e|\bcf|\bvs)\.[ \t]+$", re.IGNORECASE)
_CODE = re.compile(r"//|/\*|;|%")
_BEGINNINGS: Final = {"]": "[", ">": "<"}
"""What must stand before a tag that one of these ends follows."""
_DASH = re.compile(r"[ \t]+[-–—]{1,2}[ \t]")
_LABEL = re.compile(r"[ \t]*(?P<word>[^\W\d_][\w.-]{0,20}):?[ \t]+")
_END_SIGNS: Final = " \t.!?)*/#=~-"


@frozen
class Tagged:
    """A tag that counts, from `start`; `parts` is what belongs to it. `is_done` says that its task is ticked."""

    tag: str
    start: int
    parts: Parts
    is_done: bool = False


class TagPatterns:
    """What the tags of a workspace look like."""

    def __init__(self, tags: Sequence[str], prefixes: Collection[str]) -> None:
        self.tags = tags
        self._prefixes = prefixes
        names = "|".join(re.escape(tag) for tag in sorted(tags, key=len, reverse=True))
        # What may stand behind a tag; then what may not: names (TODO-list, TODO.md), code (TODO = 1, TODO::new(),
        # TODO[0], TODO()), lists of tags (TODO, FIXME and XXX).
        behind = (
            r"(?=$|[\s:(\[@!?.,;\-–—…*\]>)])(?!-[\w>])(?!\.\w)(?!:[:=])(?!\*+\w)(?!\(\)(?![ \t]*:))"
            rf"(?!:(?:{names})\b)(?!\[(?![pP][0-4]\]|due\b|\d{{4}}-))(?![ \t]*[-+*/|&:]?=)(?![ \t]*\|)"
            rf"(?!,[ \t]*(?:$|(?:and|or)\b|(?:{names})\b))(?![ \t]+(?:and|or|&)[ \t]+\W?(?:[A-Z][A-Z]|(?:{names})\b))"
        )
        more = rf"(?P<more>(?:/(?:{names})){{0,7}}+)(?P<other>(?:/[A-Z][A-Z0-9_]{{1,30}}+|,(?:{names})){{0,7}}+)"
        tag = rf"(?P<tag>{names}){more}{behind}"
        self._beginning = re.compile(rf"{_DECORATION}(?P<open>[@(\[<]?){tag}")
        self._tag = re.compile(tag)
        self._any = re.compile(rf"(?<![\w@$\\.-])(?:{names})")

    def may_hold(self, text: str, line: CommentLine) -> bool:
        """Whether one of the tags stands in a line at all."""
        return any(text.find(tag, line.start, line.end) >= 0 for tag in self.tags)

    def find(self, text: str, line: CommentLine, lines: CommentLines) -> Tagged | None:
        """The tag of a comment line, or None."""
        match = self._beginning.match(text, line.start, line.end)
        found = self._at_beginning(text, line, lines, match) if match is not None else None
        if found is not None or line.span.kind is CommentKind.PROSE:
            return found
        return next(self._inside(text, line, lines), None)

    def _at_beginning(self, text: str, line: CommentLine, lines: CommentLines, match: re.Match[str]) -> Tagged | None:
        opened, end = match["open"], match.end("other")
        if _BEGINNINGS.get(text[end : end + 1], opened) != opened:
            return None
        begin = line.span.start if line.is_first and line.span.kind is CommentKind.PROSE else line.start
        if line.span.kind is CommentKind.PROSE and _CODE.search(text, begin, match.start("tag")):
            return None
        parts = read_parts(text, end, line.end, self._prefixes, opened)
        needs_mark = _needs_mark(line) or (opened and opened != "@") or match["other"]
        if not parts.is_mark and (needs_mark or _is_prose(text, match, line, lines.words_above(line))):
            return None
        is_done = _TICKED.search(text, begin, match.start("tag")) is not None
        return Tagged(match["tag"], match.start("tag"), parts, is_done)

    def _inside(self, text: str, line: CommentLine, lines: CommentLines) -> Iterator[Tagged]:
        for found in self._any.finditer(text, line.start, line.end):
            match = self._tag.match(text, found.start(), line.end)
            if match is not None:
                parts = read_parts(text, match.end("other"), line.end, self._prefixes)
                if self._counts(text, line, lines, match, parts):
                    yield Tagged(match["tag"], match.start("tag"), parts)

    def _counts(self, text: str, line: CommentLine, lines: CommentLines, match: re.Match[str], parts: Parts) -> bool:
        """Whether a tag within a line of a comment counts."""
        before = text[max(line.start, match.start() - LOOK_BEHIND) : match.start()]
        if (nested := _NESTED.search(before)) is not None:
            needs_mark = not nested["gap"] or _needs_mark(line) or match["other"]
            return parts.is_mark or not (needs_mark or _is_prose(text, match, line, before))
        is_sentence = _SENTENCE_END.search(before) is not None and _ABBREVIATION.search(before) is None
        if is_sentence and (parts.is_mark or _DASH.match(text, parts.words, line.end) is not None):
            return True
        if line.span.kind is CommentKind.DOCSTRING or match["other"]:
            return False
        if is_sentence and match["tag"] == "XXX" and not _is_prose(text, match, line, ""):
            return True
        if parts.has_colon and _is_label(text[line.start : match.start()][:LOOK_BEHIND], line, lines):
            return True
        if not _has_ended(text, parts.words, line.end):
            return False
        return is_apart(before) or (is_remark(match["tag"], before) and _is_last(text, line, lines))


def _needs_mark(line: CommentLine) -> bool:
    is_item = line.span.kind is CommentKind.PROSE and line.span.opener > 0
    return line.span.kind in (CommentKind.DOCSTRING, CommentKind.PROSE) and not is_item


def _is_prose(text: str, match: re.Match[str], line: CommentLine, before: str) -> bool:
    end = match.end("more")
    return is_prose(match["tag"], before, text[end : min(line.end, end + LOOK_AHEAD)])


def _is_label(before: str, line: CommentLine, lines: CommentLines) -> bool:
    """Whether all that stands before a tag in its comment says who or what it is about: `KM: XXX: is it needed?`."""
    label = _LABEL.fullmatch(before) if line.is_first else None
    return label is not None and not governs(label["word"].rstrip(".")) and not lines.words_above(line)


def _has_ended(text: str, start: int, end: int) -> bool:
    """Whether nothing more is said on a line."""
    return start + LOOK_AHEAD >= end and not text[start:end].strip(_END_SIGNS)


def _is_last(text: str, line: CommentLine, lines: CommentLines) -> bool:
    """Whether nothing more is said in a comment."""
    following = lines.following(line)
    return following is None or not text[following.start : following.end].strip(_END_SIGNS)
