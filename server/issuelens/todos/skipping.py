"""Runs over code and comments that nobody asks about, by one pattern, to a place from which lexing may begin.

Only for languages all of whose tokens a pattern can read whole; see `lexer.spans_from` on safe points.
"""

from __future__ import annotations

import re

from issuelens.todos.forms import Block, Character, Form, Line, Marked, Quoted, Skipped
from issuelens.todos.language import Language
from issuelens.todos.patterns import body_of, charset, first_signs, opening, whole

_NAME = "skipping"


def skipped(text: str, language: Language, position: int, end: int) -> int:
    """The last safe point that is found from another one on, up to `end`.

    Args:
        text: the whole text.
        language: what it is written in, of which `can_skip` holds.
        position: a safe point.
        end: the beginning of a line.
    """
    compiled = language.compiled
    if _NAME not in compiled:
        compiled[_NAME] = re.compile(_pattern(tuple(form for form in language.forms if not isinstance(form, Marked))))
    found = compiled[_NAME].match(text, position, end)
    return found.end() if found is not None else position


def can_skip(text: str, language: Language) -> bool:
    """Whether a pattern can read each token of a text."""
    return language.is_stateless and all(_is_whole(form) or _is_absent(form, text) for form in language.forms)


def _is_absent(form: Form, text: str) -> bool:
    """Whether a raw string with a mark, which no pattern reads as a part of many tokens, is nowhere in the text."""
    if not isinstance(form, Marked) or not form.prefixes or not form.opener:
        return False
    return not any(last + form.opener in text for last in {prefix[-1] for prefix in form.prefixes})


def _is_whole(form: Form) -> bool:
    """Whether a pattern can read the form from its beginning to its end, whatever is in it."""
    if form.is_first or form.ignores_case:
        return False
    if isinstance(form, Block):
        return not form.quotes
    if isinstance(form, Quoted):
        return not form.holes
    return isinstance(form, Line | Character | Skipped)


def _pattern(forms: tuple[Form, ...]) -> str:
    """Runs over whole tokens: at one that does not end before the end, it stops."""
    starts = charset("".join(map(first_signs, forms)))
    if not starts:
        return ""
    parts = []
    for number, form in enumerate(forms):
        # Where an earlier form of the table begins, and does not end in time, no later one may take its place.
        earlier = [opening(one) for one in forms[:number] if _may_meet(one, form)]
        parts.append((f"(?!{'|'.join(earlier)})" if earlier else "") + _closed(form))
    others = "|".join(opening(form) for form in forms if not isinstance(form, Character | Skipped))
    parts.append(f"(?!{others})[{starts}]" if others else f"[{starts}]")
    return f"(?:[^{starts}]++|{'|'.join(parts)})*+"


def _may_meet(one: Form, other: Form) -> bool:
    return not isinstance(one, Character | Skipped) and bool(set(first_signs(one)) & set(first_signs(other)))


def _closed(form: Form) -> str:
    """The pattern of a form with its end; signs of a line that ends are no end when the text read ends there."""
    if isinstance(form, Line):
        return whole(form) + (rf"(?=[\r\n]|{re.escape(form.until)})" if form.until else r"(?=[\r\n])")
    if isinstance(form, Block):
        # One that holds another is not read here.
        stops = [form.closer, form.opener] if form.is_nested else [form.closer]
        signs = charset("".join(one[0] for one in stops))
        body = rf"(?:[^{signs}]++|(?!{'|'.join(map(re.escape, stops))})[{signs}])*+"
        return opening(form) + body + re.escape(form.closer)
    if isinstance(form, Quoted):
        closer = [re.escape(form.closer)] if form.closer else []
        ends = [*closer, *([] if form.spans_lines else [r"(?=[\r\n])"])]
        return opening(form) + body_of(form) + f"(?:{'|'.join(ends)})"
    return whole(form)
