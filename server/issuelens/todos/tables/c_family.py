"""Languages whose comments are those of C."""

from __future__ import annotations

from typing import Final

from issuelens.todos.forms import (
    BACKTICK_LINES,
    C_BLOCK,
    C_NESTED,
    CHARACTER,
    DOLLAR_HOLE,
    DOUBLE,
    DOUBLE_LINES,
    HASH,
    PLAIN_BACKTICK,
    PLAIN_TRIPLE_DOUBLE,
    PLAIN_TRIPLE_SINGLE,
    SINGLE,
    SINGLE_LINES,
    SLASH_HOLE,
    SLASHES,
    WORD,
    Block,
    Character,
    Form,
    Heredoc,
    Hole,
    Leave,
    Line,
    Marked,
    Quoted,
    Regex,
    quoted,
    words,
)
from issuelens.todos.language import Holding, Language

_CONTINUED: Final = Line(opener="//", is_continued=True)
_TRIPLE: Final = quoted('"""', lines=True)
_WIDE_CHARACTER: Final = Character(prefixes=("u8",))
_C_CHARACTER: Final = Character(not_behind="0123456789abcdefABCDEF")
"""Behind a digit, the quote is C++'s and C23's separator."""
_RAW_CPP: Final = Marked(
    opener='"',
    prefixes=("R", "u8R", "uR", "UR", "LR"),
    marks='()\\ \t\r\n\v\f"',
    is_inverted=True,
    then="(",
    close=")",
    after='"',
)
_RAW_RUST: Final = Marked(opener="", prefixes=("r", "br", "cr"), marks="#", most=255, then='"', close='"')
_RAW_SWIFT: Final = (
    Marked(opener="", marks="#", least=1, then='"""', close='"""'),
    Marked(opener="", marks="#", least=1, then='"', close='"'),
)
_RAW_CSHARP: Final = Marked(opener='""', marks='"', least=1, most=64, close='""')
_VERBATIM: Final = (
    Quoted(opener='@"', closer='"', escape="", pairs=('""',), spans_lines=True),
    Quoted(opener='@$"', closer='"', escape="", pairs=('""',), spans_lines=True),
)
_CSHARP_HOLE: Final = Hole(opener="{", closer="}", brackets="{}[]()", text_from=":")
_CSHARP_FILLED: Final = (
    Quoted(opener='$@"', closer='"', escape="", pairs=('""', "{{"), spans_lines=True, holes=(_CSHARP_HOLE,)),
    Quoted(opener='$"', closer='"', not_before='"', pairs=("{{",), holes=(_CSHARP_HOLE,)),
)
VALUE_WORDS: Final = words(
    "return typeof instanceof in of new delete void throw case do else yield await default extends"
)
JAVASCRIPT_REGEX: Final = Regex(not_behind="<", not_before="*/>", words=VALUE_WORDS)
_TEMPLATE: Final = quoted("`", lines=True, holes=(DOLLAR_HOLE,))
_SCRIPT: Final = (SLASHES, C_BLOCK, _TEMPLATE, DOUBLE, SINGLE, JAVASCRIPT_REGEX)
_SLASHY: Final = Regex(not_before="*/", words=words("return in case assert"))


def _c(name: str, *strings: Form, nested: bool = False, holding: Holding | None = None) -> Language:
    return Language(name, (SLASHES, C_NESTED if nested else C_BLOCK, *(strings or (DOUBLE, SINGLE))), holding=holding)


def _address(closer: str = ")") -> Quoted:
    """An address without quotes, in which slashes are text."""
    return Quoted(opener="url(", closer=closer, escape="\\", not_before="\"' \t")


C_FAMILY: Final = (
    Language("c", (_CONTINUED, C_BLOCK, DOUBLE, _WIDE_CHARACTER, _C_CHARACTER)),
    Language("cpp", (_CONTINUED, C_BLOCK, _RAW_CPP, DOUBLE, _WIDE_CHARACTER, _C_CHARACTER)),
    Language("objective-c", (_CONTINUED, C_BLOCK, _RAW_CPP, DOUBLE, _WIDE_CHARACTER, _C_CHARACTER)),
    _c("csharp", *_CSHARP_FILLED, *_VERBATIM, _RAW_CSHARP, DOUBLE, CHARACTER),
    _c("java", _TRIPLE, DOUBLE, CHARACTER),
    _c(
        "kotlin",
        quoted('"""', lines=True, escape="", holes=(DOLLAR_HOLE,)),
        quoted('"', holes=(DOLLAR_HOLE,)),
        CHARACTER,
        nested=True,
    ),
    _c(
        "scala",
        Quoted(opener='"""', closer='"""', escape="", spans_lines=True, only_behind=WORD, holes=(DOLLAR_HOLE,)),
        PLAIN_TRIPLE_DOUBLE,
        DOUBLE,
        CHARACTER,
        nested=True,
    ),
    _c(
        "swift",
        *_RAW_SWIFT,
        quoted('"""', lines=True, holes=(SLASH_HOLE,)),
        quoted('"', holes=(SLASH_HOLE,)),
        nested=True,
    ),
    _c("go", PLAIN_BACKTICK, DOUBLE, CHARACTER),
    _c("rust", _RAW_RUST, DOUBLE_LINES, CHARACTER, nested=True),
    _c(
        "dart",
        quoted('"""', lines=True, escape="", prefixes=("r",)),
        quoted("'''", lines=True, escape="", prefixes=("r",)),
        quoted('"', escape="", prefixes=("r",)),
        quoted("'", escape="", prefixes=("r",)),
        quoted('"""', lines=True, holes=(DOLLAR_HOLE,)),
        quoted("'''", lines=True, holes=(DOLLAR_HOLE,)),
        quoted('"', holes=(DOLLAR_HOLE,)),
        quoted("'", holes=(DOLLAR_HOLE,)),
        nested=True,
    ),
    _c(
        "groovy",
        quoted('"""', lines=True, holes=(DOLLAR_HOLE,)),
        quoted("'''", lines=True),
        quoted('"', holes=(DOLLAR_HOLE,)),
        SINGLE,
        Quoted(opener="$/", closer="/$", escape="$", spans_lines=True, not_behind=WORD),
        _SLASHY,
    ),
    Language("javascript", _SCRIPT),
    Language("typescript", _SCRIPT),
    _c("proto"),
    Language("thrift", (SLASHES, HASH, C_BLOCK, DOUBLE, SINGLE)),
    Language("capnp", (HASH, DOUBLE)),
    _c("flatbuffers", DOUBLE),
    _c("solidity"),
    _c("verilog", DOUBLE),
    _c("jsonc"),
    Language("scss", (SLASHES, C_BLOCK, DOUBLE, SINGLE, _address())),
    Language("less", (SLASHES, C_BLOCK, DOUBLE, SINGLE, _address())),
    Language("css", (C_BLOCK, DOUBLE, SINGLE, _address())),
    Language("stylus", (SLASHES, C_BLOCK, DOUBLE, SINGLE, _address())),
    Language("zig", (SLASHES, Quoted(opener="\\\\", escape=""), DOUBLE, CHARACTER)),
    _c(
        "v",
        quoted("'", lines=True, escape="", prefixes=("r",)),
        quoted('"', lines=True, escape="", prefixes=("r",)),
        quoted("'", lines=True, holes=(DOLLAR_HOLE,)),
        quoted('"', lines=True, holes=(DOLLAR_HOLE,)),
        quoted("`"),
        nested=True,
    ),
    _c("odin", PLAIN_BACKTICK, DOUBLE, CHARACTER, nested=True),
    Language("gleam", (SLASHES, DOUBLE_LINES)),
    Language(
        "d",
        (
            SLASHES,
            C_BLOCK,
            Block(opener="/+", closer="+/", is_nested=True),
            quoted('"', lines=True, escape="", prefixes=("r",)),
            *(
                Quoted(opener=f'q"{opener}', closer=f'{closer}"', escape="", spans_lines=True, not_behind=WORD)
                for opener, closer in ("()", "[]", "{}", "<>")
            ),
            DOUBLE_LINES,
            PLAIN_BACKTICK,
            CHARACTER,
        ),
    ),
    _c("glsl", DOUBLE),
    _c("hlsl", DOUBLE),
    _c("wgsl", DOUBLE, nested=True),
    Language(
        "cue",
        (
            SLASHES,
            Marked(opener="", marks="#", least=1, then='"""', close='"""'),
            Marked(opener="", marks="#", least=1, then='"', close='"'),
            quoted('"""', lines=True, holes=(SLASH_HOLE,)),
            quoted("'''", lines=True, holes=(SLASH_HOLE,)),
            quoted('"', holes=(SLASH_HOLE,)),
            quoted("'", holes=(SLASH_HOLE,)),
        ),
    ),
    Language(
        "jsonnet",
        (
            SLASHES,
            HASH,
            C_BLOCK,
            Quoted(opener="@'", closer="'", escape="", pairs=("''",), spans_lines=True),
            Quoted(opener='@"', closer='"', escape="", pairs=('""',), spans_lines=True),
            Quoted(opener="|||", closer="|||", escape="", spans_lines=True),
            DOUBLE_LINES,
            SINGLE_LINES,
        ),
    ),
    Language("bicep", (SLASHES, C_BLOCK, PLAIN_TRIPLE_SINGLE, quoted("'", holes=(DOLLAR_HOLE,)))),
    _c("apex", SINGLE),
    _c("rescript", quoted("`", lines=True, holes=(DOLLAR_HOLE,)), DOUBLE_LINES, CHARACTER, nested=True),
    _c("reason", Quoted(opener="{|", closer="|}", escape="", spans_lines=True), DOUBLE_LINES, CHARACTER, nested=True),
    Language(
        "terraform",
        (
            HASH,
            SLASHES,
            C_BLOCK,
            Heredoc(opener="<<", modifiers="-", is_indented=True),
            quoted('"', holes=(DOLLAR_HOLE, Hole(opener="%{", closer="}", brackets="{}"))),
        ),
    ),
    _c("hack", Heredoc(opener="<<<", is_loose=True), DOUBLE_LINES, SINGLE_LINES),
    Language(
        "php-code",
        (
            Leave(opener="?>"),
            Line(opener="//", until="?>"),
            Line(opener="#", not_before="[", until="?>"),
            C_BLOCK,
            Heredoc(opener="<<<", has_spaces=True, is_indented=True, is_loose=True),
            quoted('"', lines=True, holes=(Hole(opener="{$", closer="}", brackets="{}"),)),
            SINGLE_LINES,
            BACKTICK_LINES,
        ),
    ),
    _c("haxe", DOUBLE_LINES, SINGLE_LINES, _SLASHY),
    _c("actionscript", DOUBLE, SINGLE, _SLASHY),
    _c("vala", _TRIPLE, DOUBLE, CHARACTER),
    _c("openscad", DOUBLE_LINES),
    Language("dot", (SLASHES, Line(opener="#", only_behind="\r\n"), C_BLOCK, DOUBLE_LINES)),
    _c("antlr", SINGLE),
    Language("yacc", (SLASHES, C_BLOCK, DOUBLE, _WIDE_CHARACTER, _C_CHARACTER)),
    _c(
        "kdl",
        Marked(opener="", marks="#", least=1, then='"', close='"'),
        Marked(opener="", prefixes=("r",), marks="#", then='"', close='"'),
        _TRIPLE,
        DOUBLE_LINES,
        nested=True,
    ),
    _c("ron", _RAW_RUST, DOUBLE_LINES, CHARACTER, nested=True),
    Language("hocon", (SLASHES, HASH, PLAIN_TRIPLE_DOUBLE, DOUBLE)),
    _c("prisma", DOUBLE),
    _c("dts", DOUBLE_LINES),
    _c("move", DOUBLE, nested=True),
)
