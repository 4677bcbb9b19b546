"""Finds the comments of a text: one pass from left to right over what may begin a comment or a string."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import Final, NamedTuple

from issuelens.todos.blocks import indented_end, nested_end, section_end
from issuelens.todos.ends import Ends
from issuelens.todos.forms import (
    DOCUMENTATION_WORDS,
    SCRIPT_KEYS,
    Alone,
    Block,
    Delimited,
    Form,
    Heredoc,
    Hole,
    Indented,
    Leave,
    Line,
    Marked,
    Quoted,
    Regex,
    Section,
)
from issuelens.todos.languages import Language
from issuelens.todos.patterns import body_of, elsewhere, scanning
from issuelens.todos.places import LOOK_BEHIND, is_first_on_line, value_may_begin
from issuelens.todos.regex import regex

__all__ = ["INDENT_LIMIT", "LOOK_BEHIND", "CommentKind", "CommentSpan", "comment_spans", "spans_from"]

INDENT_LIMIT: Final = 200
"""Characters before a documentation string on its line, at most."""
NESTING_LIMIT: Final = 100
"""Holes within holes of strings, at most; a deeper one is text."""
_REGEX_BODY = regex(r"(?:[^\\/\[\r\n]++|\\[^\r\n]|\[(?:[^\]\\\r\n]++|\\[^\r\n])*+\]?+)*+(?P<end>/)?+")
_FORMAT = regex(r"(?:[^{}\r\n]++|\{[^{}\r\n]*+\})*+")


_FUNCTION = regex(r"(?:async def|def|class) \w[^\"'#]*:")
"""What a documentation string may stand behind on its line."""
_LINE_REST = regex(r"[ \t]*+(?:[\r\n]|\Z)")


class CommentKind(StrEnum):
    """What a span is; TEXT is plain text, in which a tag counts at the beginning of a line only."""

    LINE = "line"
    BLOCK = "block"
    DOCSTRING = "docstring"
    PROSE = "prose"
    TEXT = "text"


class CommentSpan(NamedTuple):
    """A comment from `start` to `end` (offsets in code points); `opener` is the length of its opening token.

    A block comment's closing token lies within the span. `is_inner` says that it lies within another token, such as an
    interpolation or a line on which a heredoc begins: its end is no safe point (see `spans_from`).
    """

    start: int
    end: int
    kind: CommentKind
    opener: int
    closer: str = ""
    is_inner: bool = False


def comment_spans(text: str, language: Language) -> list[CommentSpan]:
    """The comments of a text, in order. Languages that hold others are for `embedded`.

    Args:
        text: the whole text.
        language: what it is written in.
    """
    return list(spans_from(text, language))


def spans_from(
    text: str, language: Language, position: int = 0, missing: set[str] | None = None
) -> Iterator[CommentSpan]:
    """The comments of a text from a safe point on, one after the other as they are asked for.

    A safe point is an offset at which the state is plain code: 0, and the end of every span that is not `is_inner`.
    From a safe point on, a language that `is_stateless` gives what lexing the whole text gives from there on; it looks
    back from a token by LOOK_BEHIND characters at most. So after an edit: begin at the last safe point that is at least
    LOOK_BEHIND before the edit, and stop at the first span that begins at least LOOK_BEHIND behind the edit's end and
    was there before, too (the same offset after the shift, the same kind). The spans of a language that is not
    stateless are found only by lexing the whole.

    Where the language ends within the text of another one (PHP's `?>`), a last span of kind PROSE says so.

    Args:
        text: the whole text, not its part from `position` on.
        language: what it is written in.
        position: a safe point.
        missing: takes the ends (of heredocs, raw strings and the like) that are not in the text. While there is one, an
            edit anywhere behind may give it one, so that no safe point behind it is one.
    """
    return _Lexing(text, language, set() if missing is None else missing).spans(position)


class _Level:
    """A hole in a string that is being read: which string, which hole, and the brackets open in it."""

    def __init__(self, form: Quoted, hole: Hole) -> None:
        self.form = form
        self.hole = hole
        self.depth = 0


class _Lexing:
    """One pass over a text."""

    def __init__(self, text: str, language: Language, missing: set[str]) -> None:
        self._text = text
        self._language = language
        self._ends = Ends(text, language.compiled, missing)
        self._levels: list[_Level] = []
        self._heredocs: list[tuple[Heredoc, str]] = []
        self._scan = self._scanning()

    def spans(self, position: int) -> Iterator[CommentSpan]:
        """The comments from a safe point on."""
        text, forms = self._text, self._language.forms
        while (kind := (match := self._scan(text, position)).lastgroup) is not None:
            start = match.start(kind)
            if kind == "x":
                position = self._extra(start)
                continue
            form = forms[int(kind[1:])]
            if form.is_first and not is_first_on_line(text, start):
                other = self._elsewhere(start)
                if other is None or (kind := other.lastgroup or "s")[0] == "s":
                    position = start + 1 if other is None else other.end()
                    continue
                match, form = other, forms[int(kind[1:])]
            if type(form) is Line:
                position = match.end()
                opener = _opener_length(text, start, form)
                yield CommentSpan(start, position, CommentKind.LINE, opener, "", self._is_inner)
                continue
            if type(form) is Block and not form.is_nested:
                # As `_read` has it, in fewer steps: nothing is as common, and a file may have thousands.
                after, position = match.end(), text.find(form.closer, match.end()) + len(form.closer)
                position = position if position >= after + len(form.closer) else len(text)
                yield CommentSpan(start, position, CommentKind.BLOCK, after - start, form.closer, self._is_inner)
                continue
            if type(form) is Leave:
                yield CommentSpan(start, match.end(), CommentKind.PROSE, match.end() - start)
                return
            end, span = self._read(form, match, start)
            if span is not None:
                yield span
            position = end if end >= 0 else start + 1

    @property
    def _is_inner(self) -> bool:
        return bool(self._levels or self._heredocs)

    def _scanning(self) -> Callable[[str, int], re.Match[str]]:
        """The pattern that runs over code, as it is in the present state."""
        extra = "\r\n" if self._heredocs else ""
        if self._levels:
            level = self._levels[-1]
            extra += level.hole.brackets + level.hole.text_from + ("" if level.form.spans_lines else "\r\n")
        compiled, name = self._language.compiled, f"scan {extra}"
        if name not in compiled:
            compiled[name] = regex(scanning(self._language.forms, self._language.docstrings, extra))
        return compiled[name].match  # type: ignore[return-value]  # It matches everywhere: at the end, if nowhere else.

    def _elsewhere(self, start: int) -> re.Match[str] | None:
        """What begins at a place where what must be the first on its line cannot."""
        compiled = self._language.compiled
        if "elsewhere" not in compiled:
            compiled["elsewhere"] = regex(elsewhere(self._language.forms, self._language.docstrings))
        return compiled["elsewhere"].match(self._text, start)

    def _read(self, form: Form, match: re.Match[str], start: int) -> tuple[int, CommentSpan | None]:
        """The end of a token (-1: it is none) and its span, when it is a comment."""
        text, after = self._text, match.end()
        closer, is_comment = "", True
        if isinstance(form, Quoted):
            return self._quoted(form, start, after)
        if isinstance(form, Block):
            end, closer = self._block(form, after), form.closer
        elif isinstance(form, Marked):
            closer = form.close + text[start + len(form.opener) : after - len(form.then)] + form.after
            end, is_comment = self._ends.behind(closer, after), form.is_comment
        elif isinstance(form, Section):
            end, is_comment = section_end(text, after, form, self._language.compiled), form.is_comment
            closer = form.closer
        elif isinstance(form, Indented):
            is_script = form.is_scalar and text.endswith(SCRIPT_KEYS, max(0, start - LOOK_BEHIND), start)
            end, is_comment = -1 if is_script else indented_end(text, start, after, form), form.is_comment
        else:
            return self._other(form, match[0][start - match.start() :], start, after), None
        if end < 0 or not is_comment:
            return end, None
        return end, CommentSpan(start, end, CommentKind.BLOCK, after - start, closer, self._is_inner)

    def _other(self, form: Form, opener: str, start: int, after: int) -> int:
        if isinstance(form, Heredoc):
            return self._heredoc(form, opener, after)
        if isinstance(form, Regex):
            return self._regex(form, start, after)
        if isinstance(form, Delimited):
            if form.needs_value_place and not value_may_begin(
                self._text, start, frozenset(), is_argument=True, begins_lines=True
            ):
                return -1
            return self._ends.of_delimited(form, opener, after)
        return after

    def _regex(self, form: Regex, start: int, after: int) -> int:
        # A line of slashes that begin expressions without an end would be read again for each.
        if self._ends.is_wasteful or not value_may_begin(
            self._text, start, form.words, form.is_argument, form.begins_lines
        ):
            return -1
        found = _REGEX_BODY.match(self._text, after)
        if found is None or found["end"] is None:
            self._ends.wasted += found.end() - after if found is not None else 0
            return -1
        return found.end()

    def _block(self, form: Block, after: int) -> int:
        if form.is_nested:
            return nested_end(self._text, after, form, self._language.compiled)
        found = self._text.find(form.closer, after)
        return found + len(form.closer) if found >= 0 else len(self._text)

    def _quoted(self, form: Quoted, start: int, after: int) -> tuple[int, CommentSpan | None]:
        if form.is_documentation and self._language.docstrings and _stands_alone(self._text, start, form):
            end = self._documentation_end(form, after)
            if form.alone is not Alone.LINE or _ends_line(self._text, end):
                inner = self._is_inner
                return end, CommentSpan(start, end, CommentKind.DOCSTRING, len(form.opener), form.closer, inner)
        # With a hole in it, the string goes on behind.
        return self._inside(form, after), None

    def _documentation_end(self, form: Quoted, position: int) -> int:
        """The end of a string whose holes are text."""
        compiled, name = self._language.compiled, f"documentation {id(form)}"
        if name not in compiled:
            compiled[name] = regex(body_of(Quoted(**{**form.__dict__, "holes": ()})))
        found = compiled[name].match(self._text, position)
        position = found.end() if found is not None else position
        return position + len(form.closer) if self._text.startswith(form.closer, position) else position

    def _inside(self, form: Quoted, position: int) -> int:
        """Reads on in a string: to behind its end, or to behind the beginning of a hole, which is code."""
        text, compiled = self._text, self._language.compiled
        name = f"body {id(form)}"  # The forms live as long as the table.
        if name not in compiled:
            compiled[name] = regex(body_of(form))
        while True:
            found = compiled[name].match(text, position)
            position = found.end() if found is not None else position
            hole = next((hole for hole in form.holes if text.startswith(hole.opener, position)), None)
            if hole is None:
                return position + len(form.closer) if text.startswith(form.closer, position) else position
            position += len(hole.opener)
            if len(self._levels) < NESTING_LIMIT:
                self._levels.append(_Level(form, hole))
                self._scan = self._scanning()
                return position

    def _extra(self, position: int) -> int:
        """Reads a bracket or a line's end that counts in the present state; gives where to go on."""
        sign, level = self._text[position], self._levels[-1] if self._levels else None
        if sign in "\r\n":
            if level is None or level.form.spans_lines:
                return self._bodies(position)
            self._levels.pop()
            self._scan = self._scanning()
            return position
        if level is None:
            return position + 1
        if sign == level.hole.text_from:
            return self._format(position, level)
        return self._bracket(position, sign, level)

    def _format(self, position: int, level: _Level) -> int:
        found = _FORMAT.match(self._text, position + 1) if level.depth == 0 else None
        return found.end() if found is not None else position + 1

    def _bracket(self, position: int, sign: str, level: _Level) -> int:
        if level.hole.brackets.index(sign) % 2 == 0:
            level.depth += 1
        elif level.depth:
            level.depth -= 1
        elif sign == level.hole.closer:
            self._levels.pop()
            self._scan = self._scanning()
            return self._inside(level.form, position + 1)
        return position + 1

    def _heredoc(self, form: Heredoc, opener: str, after: int) -> int:
        rest = opener[len(form.opener) :]
        modifier = rest[:1] if rest[:1] and rest[0] in form.modifiers else ""
        mark = rest[len(modifier) :].strip(" \t").lstrip("\\").strip("'\"")
        pattern = self._ends.heredoc_pattern(mark, form.is_indented or bool(modifier), form.is_loose)
        if self._ends.of_heredoc(pattern, after) < 0:
            return -1
        self._heredocs.append((form, pattern))
        self._scan = self._scanning()
        return after

    def _bodies(self, position: int) -> int:
        """The end of the heredocs that begin behind the line that ends here."""
        for _, pattern in self._heredocs:
            position = max(position, self._ends.of_heredoc(pattern, position))
        self._heredocs.clear()
        self._scan = self._scanning()
        return position


def _opener_length(text: str, start: int, form: Line) -> int:
    end = start + len(form.opener)
    while form.is_run and text.startswith(form.opener[-1], end):
        end += 1
    return end - start


def _stands_alone(text: str, start: int, form: Quoted) -> bool:
    # Not the whole line: a long one with many strings would be read again for each.
    head = text[max(0, start - INDENT_LIMIT) : start]
    _, newline, line = head.rpartition("\n")
    if not newline and len(head) == INDENT_LIMIT:
        return False
    words = line.strip()
    if words.lower() in DOCUMENTATION_WORDS:
        return form.alone is not Alone.WORD or bool(words)
    return form.alone is Alone.NOTHING and _FUNCTION.fullmatch(words) is not None


def _ends_line(text: str, end: int) -> bool:
    return _LINE_REST.match(text, end) is not None
