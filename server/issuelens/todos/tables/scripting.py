"""Languages whose comments are not those of C: scripting, functional, and older ones."""

from __future__ import annotations

from typing import Final

from issuelens.todos.forms import (
    C_BLOCK,
    C_NESTED,
    CHARACTER,
    COLUMN,
    COMMAND_HOLE,
    DASHES,
    DOLLAR_HOLE,
    DOUBLE,
    DOUBLE_LINES,
    FORMAT_HOLE,
    HASH,
    HASH_HOLE,
    PAIRED_DOUBLE,
    PAIRED_DOUBLE_LINES,
    PAIRED_SINGLE,
    PAIRED_SINGLE_LINES,
    PERCENT,
    PLAIN_BACKTICK,
    PLAIN_SINGLE_LINES,
    SEMICOLON,
    SHELL_HASH,
    SINGLE,
    SINGLE_LINES,
    SLASH_HOLE,
    SLASHES,
    TRIPLE_DOUBLE,
    TRIPLE_SINGLE,
    WORD,
    Alone,
    Block,
    Character,
    Delimited,
    Form,
    Heredoc,
    Line,
    Marked,
    Quoted,
    Regex,
    Section,
    Skipped,
    quoted,
    words,
)
from issuelens.todos.language import Language

_F: Final = ("f", "rf", "fr", "t", "rt", "tr")
_PYTHON: Final = (
    HASH,
    *(
        Quoted(
            opener=quote,
            closer=quote,
            spans_lines=len(quote) == 3,
            pairs=("{{",),
            holes=(FORMAT_HOLE,),
            prefixes=_F,
            ignores_case=True,
        )
        for quote in ('"""', "'''", '"', "'")
    ),
    TRIPLE_DOUBLE,
    TRIPLE_SINGLE,
    DOUBLE,
    SINGLE,
)
_SHELL: Final = (
    SHELL_HASH,
    Skipped(opener="\\", count=1),
    Quoted(opener="$'", closer="'", spans_lines=True),
    quoted('"', lines=True, holes=(COMMAND_HOLE, DOLLAR_HOLE)),
    PLAIN_SINGLE_LINES,
    Heredoc(opener="<<", not_behind="<", modifiers="-", marks=WORD + ".-", has_spaces=True),
)
_RUBY_WORDS: Final = words(
    "return if elsif else unless while until and or not when in do then case puts assert_match split scan"
)
_PERL_WORDS: Final = words(
    "return if elsif unless while until and or not split grep map push join x lt gt le ge eq ne cmp when"
)
_SIGNS: Final = "!\"#$%&'()*+,-./:;<=>?@[\\]^`{|}~"
_OPENING: Final = "".join(sign for sign in _SIGNS if sign not in ")]}>,;=")
_RUBY: Final = (
    HASH,
    Section(opener="=begin", only_behind=COLUMN, not_before=WORD, closer="=end"),
    Section(opener="__END__", only_behind=COLUMN, is_comment=False, is_alone=True),
    Skipped(opener="?", count=1, not_behind=WORD + ")]}?", only_before="#\"'`/"),
    Skipped(opener="$", count=1, only_before="\"'`/;"),
    Heredoc(opener="<<", modifiers="~-"),
    quoted('"', lines=True, holes=(HASH_HOLE,)),
    SINGLE_LINES,
    quoted("`", lines=True, holes=(HASH_HOLE,)),
    Delimited(
        opener="%",
        names=("q", "Q", "w", "W", "i", "I", "r", "x", "s", ""),
        delimiters="([{<|!/^-\"'",
        needs_value_place=True,
    ),
    Regex(words=_RUBY_WORDS, is_argument=True, begins_lines=True),
)
_PERL: Final = (
    Line(opener="#", not_behind="$"),
    Section(opener="=", only_behind=COLUMN, only_before=WORD[:52], closer="=cut"),
    *(
        Section(opener=name, only_behind=COLUMN, is_comment=False, is_alone=True, until="=")
        for name in ("__END__", "__DATA__")
    ),
    Skipped(opener="$#"),
    Skipped(opener="$", count=1, only_before="\"'`/;&"),
    Skipped(opener="\\", count=1),
    Heredoc(opener="<<", modifiers="~"),
    DOUBLE_LINES,
    quoted("'", lines=True, not_behind=WORD),
    quoted("`", lines=True),
    Delimited(
        opener="",
        names=("q", "qq", "qw", "qr", "qx", "m", "s", "tr", "y"),
        twice=("s", "tr", "y"),
        delimiters=_OPENING,
        has_spaces=True,
        not_behind=WORD + "$@%&*>-:{",
    ),
    Regex(not_before="/", words=_PERL_WORDS, begins_lines=True),
)
_SQL: Final = (DASHES, C_NESTED, PAIRED_SINGLE_LINES, PAIRED_DOUBLE_LINES)
_REM: Final = Line(opener="rem", ignores_case=True, not_behind=WORD + "$%.", not_before=WORD)
_R_RAW: Final = tuple(
    Marked(opener=quote, prefixes=("r", "R"), marks="-", then=opener, close=closer, after=quote)
    for quote in ('"', "'")
    for opener, closer in ("()", "[]", "{}")
)
_MATLAB_QUOTE: Final = quoted("'", escape="", doubled=True, not_behind=WORD + ")]}'.")
_PASCAL: Final = (
    SLASHES,
    Block(opener="{", closer="}", not_before="$"),
    Block(opener="(*", closer="*)", not_before="$"),
    PAIRED_SINGLE,
)


_COBOL_STARS: Final = (Line(opener="*", is_first=True), Line(opener="*", only_behind="0123456789"))
"""Column 7 of the fixed form, without and with a sequence number before it."""


def _with(language: str, *forms: Form, docstrings: bool = False) -> Language:
    return Language(language, forms, docstrings)


SCRIPTING: Final = (
    _with("python", *_PYTHON, docstrings=True),
    _with("cython", *_PYTHON, docstrings=True),
    _with("starlark", HASH, TRIPLE_DOUBLE, TRIPLE_SINGLE, DOUBLE, SINGLE, docstrings=True),
    _with("shellscript", *_SHELL),
    _with("fish", SHELL_HASH, Skipped(opener="\\", count=1), DOUBLE_LINES, SINGLE_LINES),
    _with(
        "powershell",
        Block(opener="<#", closer="#>"),
        Line(opener="#", not_behind=WORD + "`"),
        Skipped(opener="`", count=1),
        Quoted(opener='@"', only_before=COLUMN, closer='\n"@', escape="", spans_lines=True),
        Quoted(opener="@'", only_before=COLUMN, closer="\n'@", escape="", spans_lines=True),
        quoted('"', lines=True, escape="`", doubled=True, holes=(COMMAND_HOLE,)),
        PAIRED_SINGLE_LINES,
    ),
    _with("ruby", *_RUBY),
    _with(
        "crystal",
        HASH,
        Skipped(opener="?", count=0, only_before="#"),
        quoted('"', lines=True, holes=(HASH_HOLE,)),
        CHARACTER,
        Heredoc(opener="<<", modifiers="-"),
        Delimited(opener="%", names=("q", "Q", "w", "i", "r", "x", ""), delimiters="([{<|", needs_value_place=True),
        Regex(words=_RUBY_WORDS, is_argument=True, begins_lines=True),
    ),
    _with("perl", *_PERL),
    _with(
        "raku",
        Line(opener="#", not_before="`"),
        Section(opener="=begin", only_behind=COLUMN, closer="=end"),
        *(Block(opener=f"#`{one}", closer=other) for one, other in ("()", "[]", "{}")),
        DOUBLE_LINES,
        SINGLE_LINES,
    ),
    _with(
        "lua",
        Marked(opener="--[", marks="=", then="[", close="]", after="]", is_comment=True),
        DASHES,
        Marked(opener="[", marks="=", then="[", close="]", after="]"),
        DOUBLE,
        SINGLE,
    ),
    _with("r", HASH, *_R_RAW, DOUBLE_LINES, SINGLE_LINES, PLAIN_BACKTICK),
    _with(
        "julia",
        Block(opener="#=", closer="=#", is_nested=True),
        HASH,
        quoted('"""', lines=True, holes=(COMMAND_HOLE,), documentation=True),
        quoted('"', lines=True, holes=(COMMAND_HOLE,), documentation=True, alone=Alone.LINE),
        quoted("```", lines=True),
        quoted("`", lines=True),
        Character(not_behind=WORD + ")]}'"),
        docstrings=True,
    ),
    _with("sql", *_SQL, Line(opener="REM", is_first=True, only_before=" \t", ignores_case=True)),
    _with(
        "mysql",
        DASHES,
        HASH,
        C_BLOCK,
        quoted("'", lines=True, doubled=True),
        quoted('"', lines=True, doubled=True),
        PLAIN_BACKTICK,
    ),
    _with(
        "viml",
        Line(opener='"', is_first=True),
        Line(opener='"', only_behind=" \t|", not_before="\"'" + WORD + "\\#%/.,;:(){}[]<>=&|-+*~^$@!?"),
        DOUBLE,
        PAIRED_SINGLE,
    ),
    _with("fortran", Line(opener="!"), PAIRED_DOUBLE, PAIRED_SINGLE),
    _with(
        "fortran-fixed",
        *(Line(opener=sign, only_behind=COLUMN) for sign in ("C", "c", "*", "d", "D")),
        Line(opener="!"),
        PAIRED_DOUBLE,
        PAIRED_SINGLE,
    ),
    _with("ada", DASHES, PAIRED_DOUBLE, Character(not_behind=WORD + ")]")),
    _with("vhdl", DASHES, C_BLOCK, PAIRED_DOUBLE, Character(not_behind=WORD + ")]")),
    _with(
        "assembly",
        SLASHES,
        C_BLOCK,
        SEMICOLON,
        Line(opener="#", is_first=True),
        Line(opener="@", only_behind="\t"),
        Line(opener="@ ", only_behind=" \t\r\n"),
        Line(opener="! ", is_first=True),
        Line(opener="# ", only_behind=" \t"),
        DOUBLE,
        CHARACTER,
    ),
    _with("vb", Line(opener="'"), _REM, PAIRED_DOUBLE),
    _with(
        "bat",
        *(
            Line(opener=opener, is_first=True, ignores_case=True, not_before=WORD + ".-\\/")
            for opener in ("rem", "@rem")
        ),
        *(
            Line(opener=opener, ignores_case=True, not_before=WORD + ".-\\/")
            for opener in ("&rem", "& rem", "(rem", "( rem", "&::", "& ::")
        ),
        Line(opener="::", is_first=True),
        DOUBLE,
    ),
    _with(
        "cobol",
        Line(opener="*>"),
        Line(opener="      /", only_behind=COLUMN),
        *_COBOL_STARS,
        PAIRED_DOUBLE,
        PAIRED_SINGLE,
    ),
    _with(
        "abap",
        Line(opener="*", only_behind=COLUMN),
        Line(opener='"'),
        PAIRED_SINGLE,
        quoted("`", escape="", doubled=True),
        quoted("|"),
    ),
    _with(
        "matlab",
        Section(opener="%{", closer="%}", is_first=True, is_alone=True),
        PERCENT,
        Line(opener="..."),
        PAIRED_DOUBLE,
        _MATLAB_QUOTE,
    ),
    _with(
        "octave",
        *(Section(opener=f"{sign}{{", closer=f"{sign}}}", is_first=True, is_alone=True) for sign in "%#"),
        PERCENT,
        HASH,
        DOUBLE,
        _MATLAB_QUOTE,
    ),
    _with("pascal", *_PASCAL),
    _with(
        "nim",
        Block(opener="##[", closer="]##", is_nested=True),
        Block(opener="#[", closer="]#", is_nested=True),
        HASH,
        quoted('"""', lines=True, escape=""),
        quoted('"', escape="", doubled=True, prefixes=("r", "R")),
        DOUBLE,
        Character(not_behind=WORD),
    ),
    _with("smalltalk", Skipped(opener="$", count=1), Block(opener='"', closer='"'), PAIRED_SINGLE_LINES),
    _with(
        "tcl",
        Skipped(opener="\\", count=1),
        Line(opener="#", is_first=True, is_continued=True),
        Line(opener=";#", is_continued=True),
        Line(opener="; #", is_continued=True),
        Quoted(opener='"', closer='"', spans_lines=True, only_behind=" \t\r\n[{"),
    ),
    _with("awk", HASH, DOUBLE, Regex(words=words("return in"), begins_lines=True)),
    _with(
        "sed",
        Line(opener="#", is_first=True),
        Line(opener="#", only_behind=";}"),
        Line(opener="; #"),
        Line(opener="} #"),
    ),
    _with("jq", HASH, quoted('"', lines=True, holes=(SLASH_HOLE,))),
    _with("gdscript", HASH, quoted('"""', lines=True), quoted("'''", lines=True), DOUBLE_LINES, SINGLE_LINES),
    _with("nushell", Line(opener="#", only_behind=" \t\r\n(){}[];|"), DOUBLE_LINES, PLAIN_SINGLE_LINES, PLAIN_BACKTICK),
    _with("puppet", HASH, C_BLOCK, quoted('"', lines=True, holes=(DOLLAR_HOLE,)), SINGLE_LINES),
    _with("stata", Line(opener="*", is_first=True), SLASHES, C_BLOCK, DOUBLE),
    _with("m4", Line(opener="dnl", not_behind=WORD, not_before=WORD), SHELL_HASH),
    _with("jcl", Line(opener="//*", only_behind=COLUMN), PAIRED_SINGLE),
    _with("mojo", *_PYTHON, docstrings=True),
    _with("applescript", DASHES, HASH, Block(opener="(*", closer="*)", is_nested=True), DOUBLE_LINES),
    _with("autohotkey", Line(opener=";", only_behind=" \t\r\n"), C_BLOCK, DOUBLE),
    _with("gnuplot", HASH, DOUBLE, PAIRED_SINGLE),
)
