"""Extensions that several languages share: the usual one, and what the texts of the others have."""

from __future__ import annotations

from typing import Final

_OBJECTIVE_C: Final = (
    r"[ \t]*+(?:#[ \t]*+(?:import|include|define|if)|@(?:interface|implementation|protocol|class)\b|//|/\*)"
)
_OCTAVE: Final = (
    r"[ \t]*+(?:%|##?|(?:function|end|classdef|clear)\b|close all)|^[\w.]++(?:\([^)\n]*\))?[ \t]*+=.*;[ \t]*+$"
)
_COQ: Final = r"[ \t]*+(?:Require|From \w++ Require|Lemma|Theorem|Definition|Inductive|Proof|Fixpoint|Section)\b"
_V: Final = r"(?:(?:pub )?fn \w++|import \w++(?:\.\w++)*$|module main\b|struct \w++ \{)"
_PROLOG: Final = r":-[ \t]*\w|[a-z]\w*\([^)\n]*\)[ \t]*(?::-|\.[ \t]*$)|%%? "
_MYSQL: Final = (
    r"(?i)\bENGINE[ \t]*=|\bAUTO_INCREMENT\b|^DELIMITER\b|^[ \t]*+USE `|^[ \t]*+# |CREATE TABLE (?:IF NOT EXISTS )?`"
)
_PHP: Final = r"\A\s{0,99}<\?php\b"
_FORTH: Final = r"\\ |: \S++ (?:\(|\S++ )[^\n]*;[ \t]*$|variable \w"
_SHADER: Final = r"[ \t]*+(?:#version\b|precision \w++p float|uniform \w|void main *\()"
_ASSEMBLY: Final = (
    r"(?i)[ \t]*+(?:;|\.?(?:macro|endm|equ|section|global|include|org|byte|word)\b)|[ \t]++(?:mov|lda|ldx|jmp|call)\b"
)
_QMAKE: Final = r"(?:[A-Z_]++(?:\.\w++)?|\w++\.\w++)[ \t]*+[+*-]?=|[A-Z]++ \+=|(?:include|requires)\(|(?:win32|unix|macx|contains\()"  # noqa: E501 - a pattern

Choices = tuple[tuple[str, str], ...]

SHARED: Final[tuple[tuple[str, str, Choices], ...]] = (
    (
        "m-file",
        "objective-c",
        (
            (r"(?m)^:-[ \t]*module\b", "prolog"),
            (r"(?m)^\(\*|^\w++\[\w++_", "mathematica"),
            (f"(?m)^{_OBJECTIVE_C}", "objective-c"),
            (f"(?m)^(?:{_OCTAVE})", "octave"),
        ),
    ),
    ("v-file", "verilog", ((f"(?m)^{_COQ}", "coq"), (f"(?m)^{_V}", "v"))),
    ("ts-file", "typescript", ((r"\A\s{0,99}(?:<\?xml|<!DOCTYPE TS|<TS\b)", "xml"),)),
    (
        "pl-file",
        "perl",
        ((rf"\A\s{{0,99}}(?:#!.*\n)?(?:{_PROLOG})|^:-[ \t]*\w|(?m:^[a-z]\w*\([^)\n]*\)[ \t]*:-)", "prolog"),),
    ),
    ("pp-file", "puppet", ((r"(?mi)^[ \t]*+(?:unit|program|uses|interface|library)\b[^{\n]*$", "pascal"),)),
    ("sql-file", "sql", ((f"(?m){_MYSQL}".replace("(?m)(?i)", "(?mi)"), "mysql"),)),
    (
        "cls-file",
        "latex",
        (
            (r"(?m)\A\s{0,99}VERSION \d|^Attribute VB_|^Option Explicit", "vb"),
            (
                r"(?mi)^[ \t]*+(?:@\w++.*\n[ \t]*+)?(?:(?:public|private|global|with|without|inherited|sharing|virtual|abstract)\s)++[^\n%]*class\b",  # noqa: E501 - a pattern
                "apex",
            ),
        ),
    ),
    (
        "pro-file",
        "prolog",
        (
            (r"(?m)^-(?:keep|dont|assume|optimi|repackage|printmapping|libraryjars)", "hashes"),
            (f"(?m)^{_QMAKE}", "conf"),
            (r"(?mi)^[ \t]*+(?:pro|function)[ \t]++\w++(?:,|[ \t]*$)", "semicolons"),
        ),
    ),
    (
        "inc-file",
        "c",
        (
            (_PHP, "php"),
            (r"(?m)^[A-Z_]++(?:[:_][\w-]++)*[ \t]*+[?:+.]*=|^(?:inherit|require|do_\w++\()", "conf"),
            (r"(?m)^[ \t]*+(?:#[ \t]*+(?:define|include|if)|/\*|//)", "c"),
            (r"(?mi)^[ \t]*+(?:(?:procedure|const|uses|var)\b|\{[ $])", "pascal"),
            (r"(?mi)^[!cC*][ \t]|^[ ]{6}(?:integer|real|common|parameter)\b", "fortran"),
            (f"(?m)^(?:{_ASSEMBLY})".replace("(?m)^(?:(?i)", "(?mi)^(?:"), "assembly"),
        ),
    ),
    ("r-file", "r", ((r"(?i)\A\s{0,99}(?:rebol|red)\b[^\n]*\[", "red"),)),
    ("fs-file", "fsharp", ((f"(?m)^{_SHADER}", "glsl"), (rf"(?m)\A(?:{_FORTH})", "forth"))),
    (
        "mod-file",
        "mathematica",
        (
            (r"(?m)^(?:var|model|varexo|parameters)\b[^\n]*;", "slashes-and-percents"),
            (r"(?m)^(?:set|param|minimize|maximize|subject to|#)", "conf"),
        ),
    ),
    (
        "st-file",
        "smalltalk",
        ((r"(?mi)^[ \t]*+(?:PROGRAM|FUNCTION(?:_BLOCK)?|VAR(?:_\w++)?|TYPE)\b", "slashes-and-stars"),),
    ),
    ("f-file", "fortran-fixed", ((r"(?m)\A\\ |^: \S++ ", "forth"),)),
    ("cl-file", "lisp", ((r"(?m)^[ \t]*+(?:#(?:define|include|pragma|if)|//|/\*)|\b__?kernel\b", "c"),)),
    ("d-file", "d", ((r"\A[\w./+-]{1,200}\.[a-z]{1,3}[ \t]*:", "makefile"), (r"\A#!.*dtrace", "c"))),
    ("vim-file", "viml", ((r"(?m)^[ \t]*+vim9script\b", "vim9"),)),
    ("cfc-file", "java", ((r"(?i)\A\s{0,99}<", "cfm"),)),
    ("ftl-file", "hashes", ((r"<#|<@|\$\{", "freemarker"),)),
    ("tpl-file", "smarty", ((r"\{\{-?[ \t]*(?:/\*|define|if|range|include|template|\.|end)", "gotemplate"),)),
    ("ll-file", "yacc", ((r"(?m)^(?:;|define |declare |target |source_filename|@\w)", "semicolons"),)),
    ("rules-file", "hashes", ((r"rules_version|\bservice cloud\.|\bmatch /", "proto"),)),
    ("s-file", "assembly", ((r"(?m)^[ \t]*+\|[ \t]", "m68k"),)),
    ("gp-file", "gnuplot", ((r"(?m)^\\\\|^/\*", "pari"),)),
    ("config-file", "xml", ((r"\A(?!\s{0,99}<)", "hashes"),)),
)
