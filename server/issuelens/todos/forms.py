"""The forms of tokens that a lexer must know to tell comments from code: facts only; `patterns` makes patterns of them.

A form begins with its `opener` where the characters around allow it. What it is then depends on its class. At one place
the first form of a language's table that fits counts.
"""

from __future__ import annotations

import string
from enum import StrEnum
from typing import Final, dataclass_transform

WORD: Final = string.ascii_letters + string.digits + "_"
"""Characters of a name."""
COLUMN: Final = "\r\n"
"""`only_behind` this: at the beginning of a line (or of the text)."""
SPACED: Final = " \t\r\n\f\v;&|()"
"""`only_behind` this: at the beginning of a word of a shell."""
_ATTRIBUTES: Final = ("@doc", "@moduledoc", "@typedoc", "@shortdoc", "@doc raw", "@doc ~s", "@moduledoc ~s")
DOCUMENTATION_WORDS: Final = ("", "r", "u", "raw", *_ATTRIBUTES)
"""What may stand before a string on its line that makes it documentation."""


SCRIPT_KEYS: Final = tuple(f"{key}: " for key in ("run", "script", "bash", "pwsh", "command", "cmd", "inlineScript"))
"""What block scalars of YAML stand behind that hold a script: its comments are those of YAML, too."""


class Alone(StrEnum):
    """What else documentation needs: nothing, a word such as `@doc` before it, or the whole of its line."""

    NOTHING = "nothing"
    WORD = "word"
    LINE = "line"


BLANK: Final = " \t\r\n\f\v"
"""`only_behind` this: behind a blank or at the beginning of a line."""


@dataclass_transform(kw_only_default=True)
class _Facts:
    """Values that are given by name; those left out are the class's own. With attrs each class would cost a scan's
    start a millisecond, and attrs itself 25."""

    def __init__(self, **facts: object) -> None:
        self.__dict__.update(facts)


class Form(_Facts):
    """What all forms have: where they may begin.

    The character before must be none of `not_behind` and, where `only_behind` is set, one of it or the text's
    beginning; the one after the opener none of `not_before` and, where `only_before` is set, one of it. `prefixes` are
    words one of which stands directly before. `is_first`: nothing but blanks stands before it on its line.
    """

    opener: str
    not_behind: str = ""
    only_behind: str = ""
    not_before: str = ""
    only_before: str = ""
    prefixes: tuple[str, ...] = ()
    is_first: bool = False
    ignores_case: bool = False


class Line(Form):
    """A comment to the end of the line.

    With `is_run`, further copies of the opener's last character belong to it. With `is_continued`, a backslash before
    the line's end takes the next line in. It ends before `until`, too.
    """

    is_run: bool = False
    is_continued: bool = False
    until: str = ""


class Block(Form):
    """A comment up to `closer`, over any number of lines; nested ones are counted, `quotes` in it are strings."""

    closer: str
    is_nested: bool = False
    quotes: str = ""


class Hole(_Facts):
    """A place in a string that holds code: from `opener` to `closer`; `brackets` are counted between.

    Behind `text_from`, outside of brackets, comes text again (the format of Python's f-strings).
    """

    opener: str
    closer: str
    brackets: str
    text_from: str = ""


class Quoted(Form):
    """A string up to `closer` (with none: to the line's end); one that is not `spans_lines` ends at that, too.

    `escape` takes the next character with it, `pairs` are texts that do not end it. `holes` hold code. A string that is
    `is_documentation` and stands alone on its line may be documentation (`Language.docstrings`), its holes text.
    """

    closer: str = ""
    spans_lines: bool = False
    escape: str = "\\"
    pairs: tuple[str, ...] = ()
    holes: tuple[Hole, ...] = ()
    is_documentation: bool = False
    alone: Alone = Alone.NOTHING


class Marked(Form):
    """A raw string or comment whose end repeats a mark of its beginning: `opener` mark `then` … `close` mark `after`.

    The mark is `least` to `most` of the characters `marks` (with `is_inverted`: of all others). Without an end it is no
    token.
    """

    marks: str
    close: str
    then: str = ""
    after: str = ""
    least: int = 0
    most: int = 16
    is_inverted: bool = False
    is_comment: bool = False


class Heredoc(Form):
    """A text from the next line to the line that holds its mark alone; without such a line it is no token.

    A mark without quotes is of the characters `marks`. One of `modifiers` may stand behind the opener: the end may be
    indented then (with `is_indented`: always). With `has_spaces`, blanks may stand before the mark. With `is_loose`,
    more may stand behind the end's mark.
    """

    modifiers: str = ""
    marks: str = WORD
    has_spaces: bool = False
    is_indented: bool = False
    is_loose: bool = False


class Character(Form):
    """A character literal: one character, or a backslash and up to ten; a lone quote (a lifetime, a prime) is none."""

    opener: str = "'"


class Skipped(Form):
    """The opener and the next `count` characters of its line, which begin nothing."""

    count: int = 0


class Regex(Form):
    """A regular expression between slashes on one line, where a value may begin (see `places`).

    `words` are those behind which a value may begin; with `is_argument`, any word and a blank do when none follows.
    With `begins_lines`, a line never begins with an operator.
    """

    opener: str = "/"
    words: frozenset[str] = frozenset()
    is_argument: bool = False
    begins_lines: bool = False


class Delimited(Form):
    """Quotes of any delimiter, such as Perl's `q{…}` and Ruby's `%w[…]`.

    The opener and one of `names` (the longest that fits) are followed by a bracket, which nests, or another sign of
    `delimiters`. Those of `twice` have two parts. With `has_spaces`, blanks may stand before the delimiter. Without an
    end it is no token.
    """

    names: tuple[str, ...]
    delimiters: str
    twice: tuple[str, ...] = ()
    has_spaces: bool = False
    needs_value_place: bool = False


class Section(Form):
    """Lines from the one that begins with the opener to the one that begins with `closer` (with none: to the end).

    With `is_alone`, nothing else stands on both lines; then blanks may stand before the closer. It ends before a line
    that begins with `until`, too.
    """

    closer: str = ""
    until: str = ""
    is_comment: bool = True
    is_alone: bool = False


class Indented(Form):
    """The rest of the line and the lines below that are indented more than the one it stands on.

    With `is_scalar`, a block scalar of YAML: a header that ends its line; its lines are indented more than its parent.
    """

    is_comment: bool = True
    is_scalar: bool = False


class Leave(Form):
    """The end of this language's text within that of another one."""


PAIRS: Final = {"(": ")", "[": "]", "{": "}", "<": ">"}
"""Brackets that nest as delimiters."""


def quoted(
    quote: str,
    *,
    lines: bool = False,
    escape: str = "\\",
    doubled: bool = False,
    holes: tuple[Hole, ...] = (),
    documentation: bool = False,
    alone: Alone = Alone.NOTHING,
    prefixes: tuple[str, ...] = (),
    not_behind: str = "",
    ignores_case: bool = False,
) -> Quoted:
    """A string that ends as it begins; with `doubled`, two quotes stand for one."""
    pairs = (quote * 2,) if doubled else ()
    return Quoted(
        opener=quote,
        closer=quote,
        spans_lines=lines,
        escape=escape,
        pairs=pairs,
        holes=holes,
        is_documentation=documentation,
        alone=alone,
        prefixes=prefixes,
        not_behind=not_behind,
        ignores_case=ignores_case,
    )


def words(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(text.split())


DOLLAR_HOLE: Final = Hole(opener="${", closer="}", brackets="{}")
HASH_HOLE: Final = Hole(opener="#{", closer="}", brackets="{}")
SLASH_HOLE: Final = Hole(opener="\\(", closer=")", brackets="()")
COMMAND_HOLE: Final = Hole(opener="$(", closer=")", brackets="()")
FORMAT_HOLE: Final = Hole(opener="{", closer="}", brackets="{}[]()", text_from=":")

DOUBLE: Final = quoted('"')
SINGLE: Final = quoted("'")
DOUBLE_LINES: Final = quoted('"', lines=True)
SINGLE_LINES: Final = quoted("'", lines=True)
PLAIN_SINGLE_LINES: Final = quoted("'", lines=True, escape="")
PAIRED_SINGLE: Final = quoted("'", escape="", doubled=True)
PAIRED_DOUBLE: Final = quoted('"', escape="", doubled=True)
PAIRED_SINGLE_LINES: Final = quoted("'", lines=True, escape="", doubled=True)
PAIRED_DOUBLE_LINES: Final = quoted('"', lines=True, escape="", doubled=True)
PLAIN_BACKTICK: Final = quoted("`", lines=True, escape="")
BACKTICK_LINES: Final = quoted("`", lines=True)
TRIPLE_DOUBLE: Final = quoted('"""', lines=True, documentation=True)
TRIPLE_SINGLE: Final = quoted("'''", lines=True, documentation=True)
PLAIN_TRIPLE_DOUBLE: Final = quoted('"""', lines=True, escape="")
PLAIN_TRIPLE_SINGLE: Final = quoted("'''", lines=True, escape="")
CHARACTER: Final = Character()
SLASHES: Final = Line(opener="//")
HASH: Final = Line(opener="#")
SHELL_HASH: Final = Line(opener="#", only_behind=SPACED)
BLANK_HASH: Final = Line(opener="#", only_behind=BLANK)
DASHES: Final = Line(opener="--")
PERCENT: Final = Line(opener="%")
SEMICOLON: Final = Line(opener=";")
C_BLOCK: Final = Block(opener="/*", closer="*/")
C_NESTED: Final = Block(opener="/*", closer="*/", is_nested=True)
XML_BLOCK: Final = Block(opener="<!--", closer="-->")
