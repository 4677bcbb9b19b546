"""Finds the comments of a text: one pass from left to right over what may begin a comment or a string."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum

from attrs import frozen

from issuelens.todos.forms import Form
from issuelens.todos.languages import Language

MISSING_LIMIT = 50
"""Marks of heredocs and raw strings without an end, after which no more of them are looked for in a text."""
LOOK_BEHIND = 256
"""Characters before a token that say what it is, at most."""
INDENT_LIMIT = 200
"""Characters before a documentation string on its line, at most."""
COMPILED_LIMIT = 200
"""Patterns kept for a language."""
_LINE_END = re.compile(r"[\r\n]")


class CommentKind(StrEnum):
    """What a span is."""

    LINE = "line"
    BLOCK = "block"
    DOCSTRING = "docstring"
    PROSE = "prose"


@frozen
class CommentSpan:
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
    """The comments of a text, in order. Prose with fenced code is for `markdown`.

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

    Args:
        text: the whole text, not its part from `position` on.
        language: what it is written in.
        position: a safe point.
        missing: takes the marks (of heredocs and raw strings) that have no end in the text. While there is one, an edit
            anywhere behind it may give it an end, so that no safe point behind it is one.
    """
    pattern = _openers(language)
    forms = {form.name: form for form in language.strings}
    blocks = dict(language.block)
    missing = set() if missing is None else missing
    while (match := pattern.search(text, position)) is not None:
        kind = match.lastgroup or ""
        if kind == "line":
            span = _line_comment(text, match)
        elif kind == "block":
            span = _block_comment(text, match, blocks[match[0]], language)
        else:
            span = _string(text, match, forms[kind], language, missing)
        if span.kind is not CommentKind.PROSE:
            yield span
        position = max(span.end, match.end())


def _line_comment(text: str, match: re.Match[str]) -> CommentSpan:
    found = _LINE_END.search(text, match.end())
    return CommentSpan(match.start(), found.start() if found else len(text), CommentKind.LINE, len(match[0]))


def _block_comment(text: str, match: re.Match[str], closer: str, language: Language) -> CommentSpan:
    end = _nested_end(text, match, closer, language) if language.nested else text.find(closer, match.end())
    end = len(text) if end < 0 else end + (0 if language.nested else len(closer))
    return CommentSpan(match.start(), end, CommentKind.BLOCK, len(match[0]), closer)


def _nested_end(text: str, match: re.Match[str], closer: str, language: Language) -> int:
    depth, name = 1, f"nested {match[0]}"
    if name not in language.compiled:
        language.compiled[name] = re.compile(f"{re.escape(match[0])}|{re.escape(closer)}")
    for one in language.compiled[name].finditer(text, match.end()):
        depth += 1 if one[0] == match[0] else -1
        if depth == 0:
            return one.end()
    return -1


def _string(text: str, match: re.Match[str], form: Form, language: Language, missing: set[str]) -> CommentSpan:
    mark = match[f"{form.name}_mark"] if form.has_mark else ""
    rest = None
    # An end that was missing once is missing from here on, too: looking again for each would take quadratic time.
    if not form.has_mark or (mark not in missing and len(missing) < MISSING_LIMIT):
        rest = _rest(form, mark, language).match(text, match.end())
        if rest is None:
            missing.add(mark)
    kind = CommentKind.PROSE
    if language.docstrings and form.is_documentation and _stands_alone(text, match.start()):
        kind = CommentKind.DOCSTRING
    return CommentSpan(match.start(), rest.end() if rest else match.end(), kind, len(match[0]), match[0])


def _rest(form: Form, mark: str, language: Language) -> re.Pattern[str]:
    name = f"{form.name} {mark}"
    if name not in language.compiled:
        if len(language.compiled) > COMPILED_LIMIT:
            language.compiled.clear()
        language.compiled[name] = re.compile(form.rest.replace("{mark}", re.escape(mark)))
    return language.compiled[name]


def _stands_alone(text: str, start: int) -> bool:
    # Not the whole line: a long one with many strings would be read again for each.
    head = text[max(0, start - INDENT_LIMIT) : start]
    _, newline, line = head.rpartition("\n")
    if not newline and len(head) == INDENT_LIMIT:
        return False
    return line.strip().lower() in ("", "r", "u")


def _openers(language: Language) -> re.Pattern[str]:
    if "openers" not in language.compiled:
        parts = [_alternatives("block", [opener for opener, _ in language.block])]
        parts += [f"(?P<{form.name}>{form.opener})" for form in language.strings]
        tokens = [re.escape(token) for token in language.line]
        tokens += [rf"(?<![^\s;&|()]){re.escape(token)}" for token in language.spaced]
        tokens += [rf"(?m:^){re.escape(token)}" for token in language.column]
        parts.append(f"(?P<line>{'|'.join(tokens)})" if tokens else "")
        language.compiled["openers"] = re.compile("|".join(part for part in parts if part) or r"(?!)")
    return language.compiled["openers"]


def _alternatives(name: str, tokens: list[str]) -> str:
    ordered = sorted(tokens, key=len, reverse=True)
    return f"(?P<{name}>{'|'.join(re.escape(token) for token in ordered)})" if ordered else ""
