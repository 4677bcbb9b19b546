"""Where a tag begins a TODO comment, and where it is a word like others.

A tag counts at the beginning of a comment or of one of its lines, behind a comment opener inside a comment, behind the
end of a sentence or a label, and as the last word; with a colon it counts behind most words. In documentation strings
it needs a colon or parentheses. In prose it counts at the beginning of a line and of a sentence, with them, and of the
items of lists; in plain text only at the beginning of a line.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from typing import Final, NamedTuple

from issuelens.todos.comment_lines import CommentLine, CommentLines
from issuelens.todos.lexer import CommentKind
from issuelens.todos.parts import Parts, read_parts
from issuelens.todos.prose import (
    GOES_ON,
    MASKING,
    begins_sentence,
    is_apart,
    is_directive,
    is_example,
    is_governed,
    is_label,
    is_mask,
    is_named,
    is_noun,
    is_prose,
    is_quoted,
    is_subject,
)
from issuelens.todos.regex import regex

LOOK_BEHIND: Final = 40
"""Characters before a tag, inside of a comment, that say whether it counts."""
LOOK_AHEAD: Final = 120
"""Characters behind a tag that say whether it is prose."""

# One way only to read each sign, and no way back: else a line of them takes exponential or quadratic time.
_DECORATION = (
    r"(?:[ \t]+|[^\w\s\"'`()\[\]{}<@\\$,]|<(?!\w)|[\"'](?=[ \t])|o(?=[ \t])|\d{1,3}[.)](?=[ \t])|\[[ xX]\](?=[ \t]))*+"
)
_PROSE: Final = (CommentKind.PROSE, CommentKind.TEXT)
_TICKED = regex(r"\[[xX]\][ \t]")
_NESTED = regex(r"(?:^|[\s;{})])(?P<opener>//+|\#+|/\*+|--|<!--|;+|%+)(?P<gap>[ \t]*)$")
_OPENED: Final = (" (", "\t(", "(")
_WORDY: Final = ("//", "/*", "<!--")
"""Openers that need no blank behind them: no other thing is written so."""
_CODE = regex(r"//|/\*|;|%")
_BEGINNINGS: Final = {"]": "[", ">": "<"}
"""What must stand before a tag that one of these ends follows."""
_DASH = regex(r"[ \t]+[-–—]{1,2}[ \t]")
_FIELD = regex(r"[\s*]*(?:[:@]\w[^:\r\n]{0,60}:|[\w*]{1,40}(?:[ \t]*\([^()\r\n]{0,40}\))?[ \t]?:|-)[ \t]+")
"""A field of a documentation string up to its text: `:param x: `, `x (int): `."""
_BEFORE_COLON = regex(r"[\w.!?;:,)\]>'\"*/#%}|…–—-][ \t]+$|(?:^|\s)[(\[]$|^[\s*]*$")
"""What a tag with a colon may stand behind."""
_SENTENCE_OF_PROSE = regex(r"(?:[.!?)|][ \t]+|(?:^|\s)\()(?:\*\*|__)?$")
_ELEMENT = regex(r"<(?!(?:c|code|kbd|pre|tt)\b)[A-Za-z][^<>]{0,38}>$")
"""The beginning of an element of a documentation comment."""
_TOLD = regex(r"<(?:summary|param|typeparam|returns?|remarks|value|exception|para|p|li)\b[^<>]{0,38}>$")
"""One of those that say what something is."""
_DOCUMENTED = regex(
    r"[\s*/!#'|%;-]{0,40}(?:[@\\](?!see\b|link\b|sa\b|ref\b)[A-Za-z]{1,20}(?:\[[a-z,]{1,8}\])?"
    r"(?:[ \t]+\{[^{}\r\n]{0,60}\})?(?:[ \t]+[\w$.|?<>\[\]-]{1,40}){0,2}[ \t]+(?:-[ \t]+)?"
    r"|-[ \t]+(?:Parameters?|Returns|Throws|Note|Warning|Important|Remark)(?:[ \t]+\w{1,40})?:[ \t]+)"
)
"""The beginning of what a documentation comment says of something: `@param x `, `@return `, `- Returns: `."""
_ASKING = regex(r"[ \t]+[a-z]{2,20}(?<!s)(?<!ed)[ \t]+\w")
"""What an order begins with: a word that is neither a plural nor a participle, and one more."""
_REMARK = regex(r"[\w']+[ \t]+$")
_END_SIGNS: Final = " \t.!?)]>*/#=~-"


class Tagged(NamedTuple):
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
        # TODO[0], TODO()), lists of tags and states (TODO, FIXME and XXX; TODO -> DONE).
        state = rf"(?:(?:{names})\b|[A-Z]{{3,}}\b(?=[ \t]*(?:$|[,;./|)]|->|=>|and\b|or\b|vs\b)))"
        behind = (
            r"(?=$|[\s:(\[@!?.,;\-–—…*\]>)<])(?!-[\w>])(?!\.\w)(?!::[\w*<{])(?!:=)(?!\*+\w)(?!\(\)(?![ \t]*:))"
            rf"(?!:(?:{names})\b)(?!\[(?![pP][0-4]\]|due\b|\d{{4}}-|[^\[\]\s]{{1,40}}\]:[ \t]))"
            r"(?![ \t]*[-+*/|&:]?=)(?![ \t]*\|)(?!\]\(|\]\[)"
            rf"(?![ \t]*(?:,|->|=>|→|\bvs\b\.?)[ \t]*(?:{state}|$))"
            rf"(?!,[ \t]*(?:and|or)\b)(?!:[ \t]+(?:and|or)[ \t]+\W?(?:{names})\b)"
            rf"(?![ \t]+(?:and|or|&)[ \t]+\W?(?:[A-Z][A-Z]|(?:{names})\b))"
        )
        more = (
            rf"(?P<more>(?:/(?:{names})){{0,7}}+)"
            rf"(?P<other>(?:/[A-Z][A-Z0-9_]{{1,30}}+|/[a-z][\w.-]{{1,30}}+(?=[:(])|,(?:{names})){{0,7}}+)"
        )
        tag = rf"(?P<tag>{names}){more}{behind}"
        self._beginning = regex(rf"{_DECORATION}(?P<open>[@(\[<]?){tag}")
        self._tag = regex(tag)
        self._any = regex(rf"(?<![\w$\\.-])(?<![\w.:/]@)(?:{names})")

    def may_hold(self, text: str, line: CommentLine) -> bool:
        """Whether one of the tags stands in a line at all."""
        start, end = line.start, line.end
        for tag in self.tags:  # noqa: SIM110 - a generator for each line would take longer than the search
            if text.find(tag, start, end) >= 0:
                return True
        return False

    def find(self, text: str, line: CommentLine, lines: CommentLines) -> Tagged | None:
        """The tag of a comment line, or None."""
        match = self._beginning.match(text, line.start, line.end)
        found = self._at_beginning(text, line, lines, match) if match is not None else None
        if found is not None or line.span.kind is CommentKind.TEXT:
            return found
        return next(self._inside(text, line, lines), None)

    def _at_beginning(self, text: str, line: CommentLine, lines: CommentLines, match: re.Match[str]) -> Tagged | None:
        opened, end = match["open"], match.end("other")
        if _BEGINNINGS.get(text[end : end + 1], opened) != opened or _is_mask(text, match, line):
            return None
        begin = line.span.start if line.is_first and line.span.kind in _PROSE else line.start
        if line.span.kind in _PROSE and _CODE.search(text, begin, match.start("tag")):
            return None
        parts = read_parts(text, end, line.end, self._prefixes, opened)
        if not parts.is_mark and not self._is_clear(text, line, lines, match, parts):
            return None
        start = match.start("tag")
        is_done = text.find("]", begin, start) >= 0 and _TICKED.search(text, begin, start) is not None
        return Tagged(match["tag"], start, parts, is_done)

    def _is_clear(self, text: str, line: CommentLine, lines: CommentLines, match: re.Match[str], parts: Parts) -> bool:
        """Whether a tag that a line begins with counts without a mark."""
        if _is_all(text, match, line) or _is_asked(text, match, line, lines):
            return True
        needs_mark = _needs_mark(line) or match["open"] == "<"
        if match["other"]:
            needs_mark = _DASH.match(text, parts.words, line.end) is None
        return not (needs_mark or _is_prose(text, match, line, lines.words_above(line)))

    def _inside(self, text: str, line: CommentLine, lines: CommentLines) -> Iterator[Tagged]:
        for found in self._any.finditer(text, line.start, line.end):
            match = self._tag.match(text, found.start(), line.end)
            if match is not None and not _is_mask(text, match, line):
                opened = "(" if text[max(line.start, found.start() - 2) : found.start()] in _OPENED else ""
                parts = read_parts(text, match.end("other"), line.end, self._prefixes, opened)
                if self._counts(text, line, lines, match, parts):
                    yield Tagged(match["tag"], match.start("tag"), parts)

    def _counts(self, text: str, line: CommentLine, lines: CommentLines, match: re.Match[str], parts: Parts) -> bool:
        """Whether a tag within a line of a comment counts."""
        before = text[max(line.start, match.start() - LOOK_BEHIND) : match.start()]
        before = before.removesuffix("@") if parts.is_mark else before
        if (nested := _NESTED.search(before)) is not None and line.span.kind is not CommentKind.PROSE:
            needs_mark = (not nested["gap"] and not nested["opener"].startswith(_WORDY)) or _needs_mark(line)
            return parts.is_mark or not (needs_mark or match["other"] or _is_prose(text, match, line, before))
        if line.span.kind in (CommentKind.LINE, CommentKind.BLOCK):
            return self._counts_in_comment(text, line, lines, match, parts, before)
        has_colon = _has_colon(text, line, parts)
        if line.span.kind is CommentKind.PROSE:
            return has_colon and _is_told(text, line, match.start())
        has_mark = parts.is_mark or _DASH.match(text, parts.words, line.end) is not None
        if has_mark and begins_sentence(before):
            return True
        is_field = _FIELD.fullmatch(text, line.start, match.start()) is not None
        is_told = has_colon or _has_ended(text, parts.words, line.end) or _is_request(text, match, line)
        return is_field and is_told

    def _counts_in_comment(
        self, text: str, line: CommentLine, lines: CommentLines, match: re.Match[str], parts: Parts, before: str
    ) -> bool:
        if before.endswith("(") and text.startswith(")", match.end()) and not parts.has_colon:
            is_alone = is_named(text[line.start : match.start()][:LOOK_AHEAD]) and _has_ended(
                text, match.end(), line.end
            )
            return (before[-2:] in _OPENED or is_alone) and not is_noun(match["tag"]) and not is_governed(before)
        if _ELEMENT.search(before) is not None:
            return parts.is_mark or (_TOLD.search(before) is not None and _is_request(text, match, line))
        if _DOCUMENTED.fullmatch(text, line.start, match.start()) is not None:
            return parts.is_mark or _has_ended(text, parts.words, line.end) or _is_request(text, match, line)
        if match.start() - line.start <= LOOK_AHEAD and is_directive(text[line.start : match.start()]):
            return parts.is_mark or not _is_prose(text, match, line, before)
        has_mark = parts.is_mark or _DASH.match(text, parts.words, line.end) is not None
        if has_mark and begins_sentence(before):
            return True
        if (_has_colon(text, line, parts) or parts.issue_id is not None) and _BEFORE_COLON.search(before) is not None:
            return not is_governed(before) and not is_example(before) and not _is_in_quotes(text, line, match.start())
        return not match["other"] and before[-1:] != "@" and self._is_bare_marker(text, line, lines, match, parts)

    def _is_bare_marker(
        self, text: str, line: CommentLine, lines: CommentLines, match: re.Match[str], parts: Parts
    ) -> bool:
        """Whether a tag without a colon, within a line of a comment, is a marker."""
        tag, end = match["tag"], match.end("more")
        before = text[max(line.start, match.start() - LOOK_BEHIND) : match.start()]
        after = text[end : min(line.end, end + LOOK_AHEAD)]
        if _has_ended(text, parts.words, line.end):
            if is_governed(before, is_last=not before.rstrip().endswith(("(", "["))):
                return False
            return is_apart(before) or (_is_remark(tag, before) and _is_last(text, line, lines))
        if after[:1] in (")", "]", ">") or _is_prose(text, match, line, ""):
            return False
        if begins_sentence(before):
            return tag != "BUG"
        head = text[line.start : match.start()]
        return len(head) <= LOOK_BEHIND and is_label(tag, head, after) and not _goes_on(lines.words_above(line))


def _has_colon(text: str, line: CommentLine, parts: Parts) -> bool:
    """Whether a colon that ends a word is behind a tag."""
    return parts.has_colon and (parts.words >= line.end or text[parts.words] in " \t")


def _needs_mark(line: CommentLine) -> bool:
    is_item = line.span.kind is CommentKind.PROSE and line.span.opener > 0
    return line.span.kind in (CommentKind.DOCSTRING, *_PROSE) and not is_item


def _is_mask(text: str, match: re.Match[str], line: CommentLine) -> bool:
    return match["tag"] == MASKING and is_mask(
        match["tag"], text[match.end() : min(line.end, match.end() + LOOK_AHEAD)]
    )


def _is_all(text: str, match: re.Match[str], line: CommentLine) -> bool:
    """Whether a tag is all that a documentation string says."""
    span = line.span
    if span.kind is not CommentKind.DOCSTRING or span.end - span.start > LOOK_AHEAD:
        return False
    words = text[span.start + span.opener : match.start("tag")] + text[match.end() : span.end].removesuffix(span.closer)
    return not words.strip(" \t\r\n.!")


def _is_asked(text: str, match: re.Match[str], line: CommentLine, lines: CommentLines) -> bool:
    """Whether a paragraph of a documentation string, or an item in it, begins with a tag and asks for something."""
    if line.span.kind is not CommentKind.DOCSTRING or not is_subject(match["tag"]) or match["open"] or match["other"]:
        return False
    is_item = text[line.start : match.start("tag")].strip() == "-"
    above = lines.words_above(line).strip()
    begins = line.is_first or is_item or not above or above.endswith(":")
    return (
        begins and _ASKING.match(text, match.end("more"), line.end) is not None and not _is_prose(text, match, line, "")
    )


def _is_prose(text: str, match: re.Match[str], line: CommentLine, before: str) -> bool:
    end = match.end("more")
    return is_prose(match["tag"], before, text[end : min(line.end, end + LOOK_AHEAD)])


def _is_request(text: str, match: re.Match[str], line: CommentLine) -> bool:
    """Whether a tag without a colon, where something is described, asks for it."""
    return is_subject(match["tag"]) and not _is_prose(text, match, line, "")


def _is_told(text: str, line: CommentLine, start: int) -> bool:
    """Whether a tag with a colon begins a sentence of prose."""
    before = text[max(line.start, start - LOOK_AHEAD) : start]
    is_text = not is_quoted(before) and _CODE.search(before) is None
    return is_text and _SENTENCE_OF_PROSE.search(before) is not None and not is_example(before)


def _is_in_quotes(text: str, line: CommentLine, start: int) -> bool:
    return is_quoted(text[max(line.start, start - LOOK_AHEAD) : start])


def _is_remark(tag: str, before: str) -> bool:
    """Whether a tag as the last word of a comment is a remark about it."""
    return _REMARK.search(before) is not None and not is_noun(tag)


def _goes_on(above: str) -> bool:
    return GOES_ON.search(above.rstrip()) is not None


def _has_ended(text: str, start: int, end: int) -> bool:
    """Whether nothing more is said on a line."""
    return start + LOOK_AHEAD >= end and not text[start:end].strip(_END_SIGNS)


def _is_last(text: str, line: CommentLine, lines: CommentLines) -> bool:
    """Whether nothing more is said in a comment."""
    following = lines.following(line)
    return following is None or not text[following.start : following.end].strip(_END_SIGNS)
