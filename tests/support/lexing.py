"""Texts made of the tokens of a language, for trying its lexer."""

from __future__ import annotations

from hypothesis import strategies as st

from issuelens.todos.forms import Delimited, Form, Heredoc, Indented, Marked, Quoted
from issuelens.todos.languages import Language

COMMON = (
    "\n", "\r\n", "\r", "\n\n", "\n  ", " ", "\t", "x", "\\", '"', "'", "`", "(", ")", "{", "}", "[", "]", "/", "#",
    ":", "1", "a = ", "return ", "if (x)", "TODO: y", "\0", "\f", "\u2028", "\ud800", "\ufeff", "é",
)  # fmt: skip


def own_tokens(language: Language) -> tuple[str, ...]:
    """What begins, ends and holds together the forms of a language."""
    found = [*language.tokens, *(one for form in language.forms for one in _of_form(form))]
    return tuple(dict.fromkeys(one for one in found if one)) or ("x",)


def _of_form(form: Form) -> list[str]:
    found = list(form.prefixes)
    if isinstance(form, Quoted):
        found += [*form.pairs, *(one for hole in form.holes for one in (hole.opener, hole.closer))]
    if isinstance(form, Marked):
        mark = "" if form.is_inverted else form.marks[0]
        found += [form.opener + mark + form.then, form.close + mark + form.after, form.opener + form.then]
    if isinstance(form, Heredoc):
        found += [f"{form.opener}EOT", f"{form.opener}'E F'", "\nEOT\n", "\n EOT", "\nE F\n"]
    if isinstance(form, Delimited):
        found += [*(f"{form.opener}{name}{{" for name in form.names), f"{form.opener}{form.names[0]}|", "|", "}"]
    if isinstance(form, Indented):
        found += ["- ", ": ", "\n    ", "\n  "]
    return found


def texts_of(language: Language, size: int = 16) -> st.SearchStrategy[str]:
    """Texts of a language's own tokens and of what is common to all."""
    own = st.sampled_from(own_tokens(language))
    return st.lists(st.one_of(own, own, st.sampled_from(COMMON)), max_size=size).map("".join)
