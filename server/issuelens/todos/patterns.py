"""Patterns of a language's forms: one that runs over code and simple strings to the next token worth a look.

The bodies are possessive, without capture groups, so that each is read once from left to right however it is broken
(CPython 3.11.7 fails on capture groups inside of possessive repeats).
"""

from __future__ import annotations

import re
from typing import Final

from issuelens.todos.forms import (
    Block,
    Character,
    Delimited,
    Form,
    Heredoc,
    Indented,
    Line,
    Marked,
    Quoted,
    Section,
    Skipped,
)

LINE_END: Final = r"\r\n"


def charset(signs: str) -> str:
    """A set of characters in a pattern, without its brackets."""
    return "".join(re.escape(sign) for sign in dict.fromkeys(signs))


def first_signs(form: Form) -> str:
    """The characters a form's own text may begin with."""
    if form.opener:
        return form.opener[0].lower() + form.opener[0].upper() if form.ignores_case else form.opener[0]
    if isinstance(form, Delimited):
        return "".join(dict.fromkeys(name[0] for name in form.names))
    if isinstance(form, Marked):
        return form.marks + form.then[:1]
    raise ValueError(f"{form} begins with nothing")


def is_simple(form: Form, has_docstrings: bool) -> bool:
    """Whether one pattern reads the whole form, which holds no comment."""
    if form.is_first:
        return False
    if isinstance(form, Quoted):
        return not form.holes and not (form.is_documentation and has_docstrings)
    return isinstance(form, Character | Skipped)


def _split(forms: tuple[Form, ...], has_docstrings: bool) -> tuple[list[Form], list[tuple[int, Form]]]:
    """The simple forms, which are run over, and the others; a simple one before another of the same sign is none."""
    simple: list[Form] = []
    special: list[tuple[int, Form]] = []
    signs: set[str] = set()
    for number, form in reversed(list(enumerate(forms))):
        if is_simple(form, has_docstrings) and signs.isdisjoint(first_signs(form)):
            simple.insert(0, form)
        else:
            special.insert(0, (number, form))
            signs.update(first_signs(form))
    return simple, special


def opening(form: Form) -> str:
    """The pattern of a form's beginning, with what must stand around it."""
    # What stands before is looked at behind the opener: alternatives that begin with a letter fail the quickest.
    parts = [_literal(form), _behind(form), _more(form)]
    if form.not_before:
        parts.append(f"(?![{charset(form.not_before)}])")
    if form.only_before:
        parts.append(f"(?=[{charset(form.only_before)}])")
    return "".join(parts)


def _literal(form: Form) -> str:
    literal = re.escape(form.opener)
    return f"(?i:{literal})" if form.ignores_case and form.opener.upper() != form.opener.lower() else literal


def _behind(form: Form) -> str:
    parts, literal = [], _literal(form)
    if form.not_behind:
        parts.append(f"(?<![{charset(form.not_behind)}]{literal})")
    if form.only_behind:
        parts.append(f"(?<![^{charset(form.only_behind)}]{literal})")
    if form.prefixes:
        parts.append(_behind_word(form, literal))
    return "".join(parts)


def _behind_word(form: Form, literal: str) -> str:
    """That one of the form's prefixes stands before its opener, as a word of its own."""
    # Most places fail at the last letter. Words of one length are one look behind, and each letter says its cases: so
    # the pattern is compiled several times faster, which counts when a scan starts.
    lengths = sorted({len(word) for word in form.prefixes})
    last = "".join(_cases(word[-1], form) for word in form.prefixes)
    words = []
    for length in lengths:
        one = "|".join(_spelt(word, form) for word in form.prefixes if len(word) == length)
        words.append(rf"(?<=(?:{one}){literal})(?<![A-Za-z0-9_](?s:{'.' * length}){literal})")
    return f"(?<=[{charset(last)}]{literal})(?:{'|'.join(words)})"


def _spelt(word: str, form: Form) -> str:
    return "".join(f"[{_cases(sign, form)}]" for sign in word)


def _cases(sign: str, form: Form) -> str:
    return charset(sign.lower() + sign.upper() if form.ignores_case else sign)


def _more(form: Form) -> str:
    if isinstance(form, Line) and form.is_run:
        return f"{re.escape(form.opener[-1])}*+"
    if isinstance(form, Marked):
        inverted = "^" if form.is_inverted else ""
        return f"[{inverted}{charset(form.marks)}]{{{form.least},{form.most}}}+{re.escape(form.then)}"
    if isinstance(form, Heredoc):
        return _heredoc_head(form)
    if isinstance(form, Delimited):
        return _delimited_head(form)
    if isinstance(form, Section) and form.is_alone:
        return r"(?=[ \t]*+(?:[\r\n]|\Z))"
    if isinstance(form, Indented) and form.is_scalar:
        return r"[-+0-9]{0,3}+(?=[ \t]*+(?:[\r\n]|\Z|(?<=[ \t])#))"
    return ""


def _heredoc_head(form: Heredoc) -> str:
    modifier = f"[{charset(form.modifiers)}]?+" if form.modifiers else ""
    spaces = "[ \\t]*+" if form.has_spaces else ""
    quoted = "|".join(rf"{quote}[^{quote}\r\n]{{1,64}}+{quote}" for quote in "'\"")
    return rf"{modifier}{spaces}(?:{quoted}|\\?+[A-Za-z_][{charset(form.marks)}]{{0,63}})"


def _delimited_head(form: Delimited) -> str:
    names = "|".join(re.escape(name) for name in sorted(form.names, key=len, reverse=True))
    delimiter = f"[{charset(form.delimiters)}]"
    if form.has_spaces:
        # Behind a blank a number sign begins a comment, and an equals sign an assignment.
        spaced = f"[{charset(form.delimiters.replace('#', ''))}]"
        return rf"(?:{names})(?:{delimiter}|[ \t]{{1,9}}+{spaced})"
    return f"(?:{names}){delimiter}"


def whole(form: Form) -> str:
    """The pattern of a simple form, or of a line comment, from its beginning to its end."""
    if isinstance(form, Line):
        body = r"(?:[^\\\r\n]++|\\(?:\r\n|(?s:.)|\Z))*+" if form.is_continued else r"[^\r\n]*+"
        if form.until:
            body = rf"(?:(?!{re.escape(form.until)})[^\r\n])*+"
        return opening(form) + body
    if isinstance(form, Quoted):
        return opening(form) + body_of(form) + (f"(?:{re.escape(form.closer)})?+" if form.closer else "")
    if isinstance(form, Skipped):
        return opening(form) + rf"[^\r\n]{{0,{form.count}}}+"
    quote = re.escape(form.opener)
    return opening(form) + rf"(?:\\[^\r\n][^{quote}\r\n]{{0,9}}+{quote}|[^{quote}\\\r\n]{quote})"


def body_of(form: Quoted) -> str:
    """The pattern of a string's inside: up to its closer, a hole, or, where it ends there, the line's end."""
    stops = [*form.pairs, *(hole.opener for hole in form.holes), *([form.closer] if form.closer else [])]
    ends = "" if form.spans_lines else LINE_END
    special = "".join(dict.fromkeys([*form.escape, *(one[0] for one in stops)]))
    holes = "|".join(re.escape(hole.opener) for hole in form.holes)
    parts = [f"[^{charset(special)}{ends}]++"] if special or ends else ["(?s:.)"]
    pairs = "|".join(re.escape(pair) for pair in form.pairs)
    parts += [pairs] if pairs else []
    if form.escape:
        parts.append((f"(?!{holes})" if holes else "") + rf"{re.escape(form.escape)}(?:(?s:.)|\Z)")
    # A lone first sign of a longer closer, pair or hole belongs to the text.
    kept = "|".join(re.escape(one) for one in dict.fromkeys([*form.pairs, *stops]))
    loose = "".join(dict.fromkeys(one[0] for one in stops if len(one) > 1 and one[0] != form.closer))
    if loose:
        parts.append(f"(?!{kept})[{charset(loose)}]")
    return f"(?:{'|'.join(parts)})*+"


def scanning(forms: tuple[Form, ...], has_docstrings: bool, extra: str) -> str:
    """The pattern that runs to the next token: group `t<number of its form>`, `x` (a sign of `extra`), or the end."""
    simple, special = _split(forms, has_docstrings)
    starts = charset("".join(first_signs(form) for form in forms) + extra)
    if not starts:
        return r"(?s:.)*+\Z"
    stops = [_stop(form) for _, form in special] + ([f"[{charset(extra)}]"] if extra else [])
    run = "|".join([*(whole(form) for form in simple), f"[{starts}]"])
    ahead = f"(?!{'|'.join(stops)})" if stops else ""
    groups = [f"(?P<t{number}>{whole(form) if isinstance(form, Line) else _stop(form)})" for number, form in special]
    groups += [f"(?P<x>[{charset(extra)}])"] if extra else []
    return rf"(?:[^{starts}]++|{ahead}(?:{run}))*+(?:{'|'.join([*groups, chr(92) + 'Z'])})"


def elsewhere(forms: tuple[Form, ...], has_docstrings: bool) -> str:
    """The pattern of what may begin within a line, for one place: groups as in `scanning`, or `s` for a simple form."""
    numbers = {id(form): number for number, form in _split(forms, has_docstrings)[1]}
    groups = []
    for form in forms:
        if id(form) in numbers and not form.is_first:
            groups.append(f"(?P<t{numbers[id(form)]}>{whole(form) if isinstance(form, Line) else _stop(form)})")
        elif not form.is_first:
            groups.append(f"(?:{whole(form)})")
    return "|".join(groups) or r"(?!)"


def _stop(form: Form) -> str:
    return whole(form) if isinstance(form, Character | Skipped) else opening(form)


def nesting(form: Block) -> str:
    """The pattern of what counts inside a nested comment: openers, closers, strings."""
    quotes = "|".join(rf"'\\?+{one}'|{one}(?:[^{one}\\]++|\\(?:(?s:.)|\Z))*+" + f"{one}?+" for one in form.quotes)
    closer, opener = re.escape(form.closer), re.escape(form.opener)
    return f"(?P<open>{opener})|(?P<close>{closer})" + (f"|{quotes}" if quotes else "")
