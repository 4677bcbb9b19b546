"""Languages of functions, logic and proofs, and those that look like them."""

from __future__ import annotations

from typing import Final

from issuelens.todos.forms import (
    C_BLOCK,
    DASHES,
    DOLLAR_HOLE,
    DOUBLE,
    DOUBLE_LINES,
    HASH,
    HASH_HOLE,
    PAIRED_DOUBLE_LINES,
    PAIRED_SINGLE,
    PERCENT,
    PLAIN_BACKTICK,
    SEMICOLON,
    SINGLE,
    SINGLE_LINES,
    SLASHES,
    WORD,
    Alone,
    Block,
    Character,
    Delimited,
    Form,
    Hole,
    Line,
    Marked,
    Quoted,
    Regex,
    Skipped,
    quoted,
    words,
)
from issuelens.todos.language import Language

_HASKELL_SIGNS: Final = "!#$%&*+./<=>?@\\^|~:"
_HASKELL: Final = (
    Line(opener="--", is_run=True, not_behind=_HASKELL_SIGNS + "-", not_before=_HASKELL_SIGNS),
    Block(opener="{-", closer="-}", is_nested=True),
)
_ML_BLOCK: Final = Block(opener="(*", closer="*)", is_nested=True, quotes='"')
_ML_CHARACTER: Final = Character(not_behind=WORD + "'")
_OCAML_QUOTED: Final = Marked(opener="{", marks=WORD[:26] + "_", then="|", close="|", after="}")
_ELIXIR_SIGILS: Final = Delimited(opener="~", names=tuple("sScCrRwWDTNU"), delimiters="([{<|/\"'", not_before='"')
_ELIXIR: Final = (
    HASH,
    Skipped(opener="?", count=1, not_behind=WORD, only_before="#\"'\\"),
    quoted('"""', lines=True, holes=(HASH_HOLE,), documentation=True),
    quoted("'''", lines=True, holes=(HASH_HOLE,)),
    quoted('"', lines=True, holes=(HASH_HOLE,), documentation=True, alone=Alone.WORD),
    quoted("'", lines=True, holes=(HASH_HOLE,)),
    _ELIXIR_SIGILS,
)
_DOCUMENTATION: Final = quoted('"', lines=True, documentation=True)
_LISP: Final = (
    Skipped(opener="#\\", count=1),
    Skipped(opener="\\", count=1),
    SEMICOLON,
    Block(opener="#|", closer="|#", is_nested=True),
    _DOCUMENTATION,
)
_CLOJURE_REMARKS: Final = (
    Line(opener="(comment ", not_before='"(;[{#', until="("),
    *(Line(opener=f'#_{gap}"', until='"') for gap in ("", " ")),
)
"""Forms that the reader drops, of words."""
_COFFEE_REGEX: Final = Regex(
    begins_lines=True, not_before="/*=", words=words("return if unless and or not when is isnt in of")
)
_COFFEE: Final = (
    Block(opener="###", closer="###", not_before="#"),
    HASH,
    Quoted(opener="///", closer="///", spans_lines=True),
    quoted('"""', lines=True, holes=(HASH_HOLE,)),
    quoted("'''", lines=True),
    quoted('"', lines=True, holes=(HASH_HOLE,)),
    SINGLE_LINES,
    PLAIN_BACKTICK,
    _COFFEE_REGEX,
)


def _with(language: str, *forms: Form, docstrings: bool = False) -> Language:
    return Language(language, forms, docstrings)


FUNCTIONAL: Final = (
    _with("haskell", *_HASKELL, DOUBLE, Character(not_behind=WORD + "'")),
    _with("purescript", *_HASKELL, quoted('"""', lines=True, escape=""), DOUBLE, _ML_CHARACTER),
    _with(
        "elm", DASHES, Block(opener="{-", closer="-}", is_nested=True), quoted('"""', lines=True), DOUBLE, _ML_CHARACTER
    ),
    _with("agda", *_HASKELL, DOUBLE, _ML_CHARACTER),
    _with("idris", Line(opener="|||"), *_HASKELL, quoted('"""', lines=True), DOUBLE, _ML_CHARACTER),
    _with(
        "dhall",
        DASHES,
        Block(opener="{-", closer="-}", is_nested=True),
        Quoted(opener="''", closer="''", escape="", pairs=("'''", "''$"), spans_lines=True, holes=(DOLLAR_HOLE,)),
        quoted('"', lines=True, holes=(DOLLAR_HOLE,)),
    ),
    _with("lean", Block(opener="/-", closer="-/", is_nested=True), DASHES, DOUBLE_LINES, _ML_CHARACTER),
    _with("ocaml", _ML_BLOCK, _OCAML_QUOTED, DOUBLE_LINES, _ML_CHARACTER),
    _with("sml", Block(opener="(*", closer="*)", is_nested=True), DOUBLE_LINES),
    _with("coq", _ML_BLOCK, PAIRED_DOUBLE_LINES),
    _with("isabelle", Block(opener="(*", closer="*)", is_nested=True), DOUBLE_LINES),
    _with(
        "fsharp",
        Block(opener="(*", closer="*)", not_before=")", is_nested=True, quotes='"'),
        SLASHES,
        Quoted(opener='@"', closer='"', escape="", pairs=('""',), spans_lines=True),
        quoted('"""', lines=True, escape=""),
        Quoted(
            opener='$"',
            closer='"',
            not_before='"',
            spans_lines=True,
            pairs=("{{",),
            holes=(Hole(opener="{", closer="}", brackets="{}[]()", text_from=":"),),
        ),
        DOUBLE_LINES,
        _ML_CHARACTER,
    ),
    _with(
        "erlang",
        Skipped(opener="$\\", count=1),
        Skipped(opener="$", count=1),
        PERCENT,
        quoted('"""', lines=True, escape=""),
        DOUBLE_LINES,
        SINGLE,
    ),
    _with("elixir", *_ELIXIR, docstrings=True),
    _with("clojure", *_CLOJURE_REMARKS, Skipped(opener="\\", count=1), SEMICOLON, _DOCUMENTATION, docstrings=True),
    _with("lisp", *_LISP, docstrings=True),
    _with(
        "racket",
        Skipped(opener="#\\", count=1),
        Skipped(opener="\\", count=1),
        SEMICOLON,
        Block(opener="#|", closer="|#", is_nested=True),
        DOUBLE_LINES,
    ),
    _with(
        "emacs-lisp",
        Skipped(opener="?\\", count=1),
        Skipped(opener="?", count=1, not_behind=WORD + "-"),
        Skipped(opener="\\", count=1),
        SEMICOLON,
        _DOCUMENTATION,
        docstrings=True,
    ),
    _with(
        "prolog",
        PERCENT,
        C_BLOCK,
        Skipped(opener="0'", count=1, not_behind=WORD),
        DOUBLE_LINES,
        SINGLE_LINES,
        quoted("`"),
    ),
    _with("coffeescript", *_COFFEE),
    _with(
        "livescript",
        C_BLOCK,
        HASH,
        quoted('"""', lines=True, holes=(HASH_HOLE,)),
        quoted("'''", lines=True),
        quoted('"', lines=True, holes=(HASH_HOLE,)),
        SINGLE_LINES,
        Quoted(opener="//", closer="//", spans_lines=True),
    ),
    _with(
        "nix",
        HASH,
        C_BLOCK,
        Quoted(
            opener="''", closer="''", escape="", pairs=("'''", "''$", "''\\"), spans_lines=True, holes=(DOLLAR_HOLE,)
        ),
        quoted('"', lines=True, holes=(DOLLAR_HOLE,)),
    ),
    _with("forth", Line(opener="\\ ", only_behind=" \t\r\n"), Block(opener="( ", closer=")"), DOUBLE),
    _with("webassembly", Line(opener=";;"), Block(opener="(;", closer=";)", is_nested=True), DOUBLE),
    _with("apl", Line(opener="⍝"), PAIRED_SINGLE),
    _with("mathematica", Block(opener="(*", closer="*)", is_nested=True), DOUBLE_LINES),
)
