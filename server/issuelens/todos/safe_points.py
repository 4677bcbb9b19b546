"""Finds a place shortly before another one from which lexing may begin, without lexing what stands before.

Only for languages whose tokens end with their lines, but for block comments and strings that the text does not have.
See `lexer.spans_from` on safe points.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from issuelens.todos.forms import Block, Character, Form, Line, Marked, Quoted, Skipped
from issuelens.todos.language import Language

STEPS: Final = 8
"""Lines and comments that are looked at above a place, at most."""


class LineRules(NamedTuple):
    """What may go on behind the ends of a language's lines.

    `block` has the beginning and the end of its comments over several lines, `strings` the beginnings of such strings,
    `escapes` the signs that take the line below in. Of texts with one of `absent`, nothing is known. `signs` are what
    its comments begin with, `below` what those to the line's end do.
    """

    block: tuple[str, str] | None
    strings: tuple[str, ...]
    escapes: frozenset[str]
    absent: tuple[str, ...]
    signs: tuple[str, ...]
    below: str


def line_rules(language: Language) -> LineRules | None:
    """What a language's lines follow; None where only lexing a text from its beginning can tell code from others.

    Of a language with choices, it is what the texts follow that are of none of these.
    """
    forms = [form for form in language.forms if not isinstance(form, Marked)]
    blocks = [form for form in forms if isinstance(form, Block)]
    if language.holding is not None or len(blocks) > 1 or not all(map(_is_plain, language.forms)):
        return None
    lines = [form for form in forms if isinstance(form, Line)]
    strings = [form for form in forms if isinstance(form, Quoted)]
    marked = [form for form in language.forms if isinstance(form, Marked)]
    return LineRules(
        (blocks[0].opener, blocks[0].closer) if blocks else None,
        tuple(form.opener for form in strings if form.spans_lines),
        frozenset([form.escape[-1:] for form in strings] + ["\\" for form in lines if form.is_continued]),
        tuple({word[-1] + form.opener for form in marked for word in form.prefixes}),
        tuple({form.opener[0] for form in (*lines, *blocks)}),
        "".join(form.opener[0] for form in lines),
    )


def _is_plain(form: Form) -> bool:
    """Whether a form ends with its line, or begins with a text that says that it is more."""
    if form.ignores_case:
        return False
    if isinstance(form, Block):
        return not form.is_nested and not form.quotes
    if isinstance(form, Marked):
        return bool(form.prefixes and form.opener)
    if isinstance(form, Quoted):
        return not form.holes and not form.is_documentation
    return isinstance(form, Line | Character | Skipped)


def safe_point(text: str, rules: LineRules, known: int, seen: int, place: int) -> int:
    """The beginning of a line before a place that is a safe point; the one that is known when there is none behind it.

    Args:
        text: the whole text.
        rules: what its lines follow.
        known: a safe point before the place.
        seen: from where on a line must begin for a new one to be looked for.
        place: any place; the line looked for is at least one above its own.

    Returns:
        The safe point; -1 when only lexing from the known one on can tell.
    """
    at = text.rfind("\n", seen, place)
    if at < 0:
        return known
    for _ in range(STEPS):
        at = text.rfind("\n", known, at) + 1
        if at <= known:
            return known
        before = text[at - 2] if text[at - 2] != "\r" else text[at - 3]
        if before in rules.escapes:
            at -= 1  # The line may belong to a string or a comment above it.
            continue
        opened = text.rfind(rules.block[0], known, at) if rules.block is not None else -1
        # A comment that is open here began there or above, and would have ended where one from there does.
        if rules.block is None or opened < 0 or text.find(rules.block[1], opened + len(rules.block[0]), at) >= 0:
            return -1 if rules.strings and any(text.find(one, known, at) >= 0 for one in rules.strings) else at
        at = opened
    return -1


def may_hold_comment(text: str, rules: LineRules, start: int, end: int) -> bool:
    """Whether a comment may begin between two places of a text."""
    return any(text.find(sign, start, end) >= 0 for sign in rules.signs)
