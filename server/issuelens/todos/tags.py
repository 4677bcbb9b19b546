"""Where a tag begins a TODO comment, and where it is a word like others.

A tag counts at the beginning of a comment or of one of its lines, behind a comment opener inside a comment, and, when a
colon or parentheses follow, behind the end of a sentence. In documentation strings it needs the colon or the parentheses
everywhere. In prose it counts only at the beginning of a line, with them, or of an item of a list.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from typing import Final

from attrs import frozen

from issuelens.todos.comment_lines import CommentLine, CommentLines
from issuelens.todos.lexer import CommentKind
from issuelens.todos.parts import Parts, read_parts

LOOK_BEHIND: Final = 40
"""Characters before a tag, inside of a comment, that say whether it counts."""
LOOK_AHEAD: Final = 120
"""Characters behind a tag that say whether it is prose."""

# One way only to read each sign, and no way back: else a line of them takes exponential or quadratic time.
_DECORATION = r"(?:[ \t]+|[^\w\s\"'`()\[\]{}@\\$,]|[\"'](?=[ \t])|\d{1,3}[.)](?=[ \t])|\[[ xX]\](?=[ \t]))*+"
_TICKED = re.compile(r"\[[xX]\][ \t]")
_NESTED = re.compile(r"(?:^|[\s;{})])(?P<opener>//+|\#+|/\*+|--|<!--|;+|%+)(?P<gap>[ \t]*)$")
_SENTENCE_END = re.compile(r"(?:[.!?;)\]…]|(?:^|\s)(?:--?|[–—]))[ \t]+$|(?:^|\s)\($")
_ABBREVIATION = re.compile(r"(?:\be\.g|\bi\.e|\bcf|\bvs)\.[ \t]+$", re.IGNORECASE)
_GOES_ON = re.compile(
    r"\b(?:the|an?|of|in|to|for|from|with|at|as|and|or|is|are|was|see|using|like|each|every|our|your|their|its|called|"
    r"named|via|than|contains?)"
    r"[ \t\"']*(?:(?://+|#+|/\*+|--|<!--|;+|%+)[ \t]*)?$",
    re.IGNORECASE,
)
_IS_PROSE = re.compile(
    r"[ \t]+(?:"
    r"(?:lists|items|comments|markers|tags|entries|annotations|apps|applications|keywords|fixes|reports|trackers)\b"
    r"|(?:list|item|comment|marker|tag|entry|annotation|app|application|keyword|fix|report|tracker)\b"
    r"(?![ \t]+(?:the|an?|all|this|that|these|those|it|its|every|each|out|what|which|how|why|some|more|any|when|if)\b)"
    r"|(?:means|denotes|stands[ \t]for|refers|indicates|represents)\b)"
)
_IS_SUBJECT = re.compile(r"[ \t]+(?:is|are|was|were|has|have|had)[ \t](?!(?:this|that|these|there|it|the|we)\b)")
_SUBJECTS: Final = frozenset({"TODO", "FIXME"})
"""Tags of which prose says something; XXX and its like begin a remark with a verb as often as not."""


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
            r"(?=$|[\s:(\[@!?.,;\-–—…*\]])(?!-[\w>])(?!\.\w)(?!:[:=])(?!\*+\w)(?!\(\)(?![ \t]*:))"
            rf"(?!:(?:{names})\b)(?!\[(?![pP][0-4]\]|due\b|\d{{4}}-))(?![ \t]*[-+*/|&:]?=)(?![ \t]*\|)"
            rf"(?!,[ \t]*(?:$|(?:and|or)\b|(?:{names})\b))(?![ \t]+(?:and|or|&)[ \t]+\W?(?:{names})\b)"
        )
        tag = rf"(?P<tag>{names})(?P<more>(?:/(?:{names}))*){behind}"
        self._beginning = re.compile(rf"{_DECORATION}(?P<open>[@(\[]?){tag}")
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
        return next(self._inside(text, line), None)

    def _at_beginning(self, text: str, line: CommentLine, lines: CommentLines, match: re.Match[str]) -> Tagged | None:
        parts = read_parts(text, match.end("more"), line.end, self._prefixes, match["open"])
        if match["open"] != "[" and text.startswith("]", match.end("more")):
            return None
        needs_mark = _needs_mark(line) or match["open"] in ("(", "[") or match["more"]
        if needs_mark and not parts.is_mark:
            return None
        if not parts.is_mark and _is_prose(text, match, line, lines.words_above(line)):
            return None
        begin = line.span.start if line.is_first and line.span.kind is CommentKind.PROSE else line.start
        is_done = _TICKED.search(text, begin, match.start("tag")) is not None
        return Tagged(match["tag"], match.start("tag"), parts, is_done)

    def _inside(self, text: str, line: CommentLine) -> Iterator[Tagged]:
        for found in self._any.finditer(text, line.start, line.end):
            before = text[max(line.start, found.start() - LOOK_BEHIND) : found.start()]
            nested = _NESTED.search(before)
            if nested is None and (_SENTENCE_END.search(before) is None or _ABBREVIATION.search(before)):
                continue
            match = self._tag.match(text, found.start(), line.end)
            if match is None:
                continue
            parts = read_parts(text, match.end("more"), line.end, self._prefixes)
            needs_mark = nested is None or not nested["gap"] or _needs_mark(line) or match["more"]
            if parts.is_mark or not (needs_mark or _is_prose(text, match, line, before)):
                yield Tagged(match["tag"], match.start("tag"), parts)


def _needs_mark(line: CommentLine) -> bool:
    is_item = line.span.kind is CommentKind.PROSE and line.span.opener > 0
    return line.span.kind in (CommentKind.DOCSTRING, CommentKind.PROSE) and not is_item


def _is_prose(text: str, match: re.Match[str], line: CommentLine, before: str) -> bool:
    """Whether a tag without a colon or parentheses is a word of a sentence."""
    if _GOES_ON.search(before.rstrip()) is not None:
        return True
    after = text[match.end("tag") : min(line.end, match.end("tag") + LOOK_AHEAD)]
    if _IS_PROSE.match(after) is not None:
        return True
    return match["tag"] in _SUBJECTS and "?" not in after and _IS_SUBJECT.match(after) is not None
