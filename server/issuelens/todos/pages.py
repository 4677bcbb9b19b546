"""Code in pages that no element holds, such as `<% … %>`, `@php … @endphp`, `@{ … }`, and comments of two tags."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from issuelens.todos.language import Holding, Language
from issuelens.todos.regex import regex

_CODE: Final = {"erb": "ruby", "ejs": "javascript", "jsp": "java", "aspx": "csharp", "asp": "vb", "heex": "elixir",
                "mako": "python"}  # fmt: skip
"""What stands in `<% … %>`."""
_SERVED: Final = r"(?P<code><%(?![%#])[-=_!]?+)"
_TAGS: Final = r"(?P<twin>\{%-?[ \t]*(?P<what>comment|javascript|style|stylesheet|doc)\b[^%{}\r\n]{0,80}%\})"
"""The first of two tags of Liquid, Django and their like."""
_BRACES: Final = r"(?P<braces>^[ \t]*@(?:code|functions)?[ \t]*(?:\r?\n[ \t]*)?\{[ \t]*\r?$)"
_PHP: Final = r"(?P<at>@php\b(?![ \t]*\())"
_FIRST: Final = r"(?P<first>^[ \t]*(?:/\*|//[^\r\n]*))"
_TWINS: Final = ("liquid", "jinja", "html", "twig")
_LINES: Final = ("astro", "marko", "blade", "razor")
"""Pages in which code stands without any sign, in expressions or between directives."""
_HELD: Final = {"comment": None, "doc": None, "javascript": "javascript", "style": "css", "stylesheet": "css"}
_CLOSING: Final = {what: regex(rf"\{{%-?[ \t]*end{what}[ \t]*-?%\}}", re.IGNORECASE) for what in _HELD}


_NAME: Final = r"[\w.#%:-]{0,60}+(?:\([^()\r\n]{0,200}\)|\{[^{}\r\n]{0,200}\})?"
_OUTLINED: Final = regex(
    rf"^(?P<indent>[ \t]*)(?:(?P<filter>:?(?:javascript|coffee|css|scss|sass|ruby|script|style)[.:]?)[ \t]*\r?$"
    rf"|(?:-(?![#/])|{_NAME}!?&?==?)[ \t]+(?P<code>\S[^\r\n]*))",
    re.MULTILINE,
)
"""A line of Pug, Haml or Slim that holds code, or says that those below do."""
_OUTLINED_CODE: Final = {"pug": "javascript", "haml": "ruby", "slim": "ruby"}
_FILTERS: Final = {"script": "javascript", "style": "css", "coffee": "coffeescript"}
_LESS: Final = regex(r"[^\r\n]*+(?:(?:\r\n|[\r\n])(?P<indent>[ \t]*+)(?P<words>[^\r\n]*+))?")


class Piece(NamedTuple):
    """A part of a page from `start` to `end` in a language; without one it is a comment, if it has an opener."""

    start: int
    end: int
    language: str | None
    opener: int = 0
    closer: str = ""


def patterns_of(language: Language) -> list[str]:
    """The patterns of where pieces of a page begin, each with a group of its own that closes last."""
    name = language.name
    patterns = [_SERVED] if language.holding is Holding.TEMPLATE else []
    patterns += [_TAGS] if name in _TWINS else []
    patterns += [_BRACES] if name == "razor" else []
    patterns += [_PHP] if name == "blade" else []
    return patterns + ([_FIRST] if name in _LINES else [])


def piece_of(text: str, found: re.Match[str], name: str) -> Piece:
    """The piece that begins where one of the patterns was found.

    Args:
        text: the whole page.
        found: the match.
        name: the page's language.
    """
    start, kind = found.end(), found.lastgroup
    if kind == "code":
        return Piece(start, _place(text.find("%>", start), text), _CODE[name])
    if kind == "at":
        return Piece(start, _place(text.find("@endphp", start), text), "php-code")
    if kind == "braces":
        return Piece(start, _braces_end(text, found), "csharp")
    if kind == "first":
        return _first(text, found)
    return _twin(text, found)


def _twin(text: str, found: re.Match[str]) -> Piece:
    what = found["what"].lower()
    closing = _CLOSING[what].search(text, found.end())
    held = _HELD[what]
    if held is not None:
        return Piece(found.end(), closing.start() if closing is not None else len(text), held)
    end, closer = (closing.end(), closing[0]) if closing is not None else (len(text), "")
    return Piece(found.start(), end, None, found.end() - found.start(), closer)


def _first(text: str, found: re.Match[str]) -> Piece:
    opener = len(found[0]) - len(found[0].lstrip())
    if not found[0].endswith("/*"):
        return Piece(found.start(), found.end(), None, opener + 2)
    end = text.find("*/", found.end())
    return Piece(found.start(), end + 2 if end >= 0 else len(text), None, opener + 2, "*/")


def _braces_end(text: str, found: re.Match[str]) -> int:
    """The end of a block of code: the line with its brace alone, as far to the left as the sign before it."""
    indent = found[0][: len(found[0]) - len(found[0].lstrip(" \t"))]
    closing = regex(rf"^{indent}\}}", re.MULTILINE).search(text, found.end())
    return closing.start() if closing is not None else len(text)


def _place(found: int, text: str) -> int:
    return found if found >= 0 else len(text)


def code_of(text: str, name: str) -> Iterator[tuple[int, int, str]]:
    """The code in a page of Pug, Haml or Slim: from where to where, and its language."""
    position = 0
    while (found := _OUTLINED.search(text, position)) is not None:
        position = found.end()
        if found["code"] is not None:
            yield found.start("code"), found.end(), _OUTLINED_CODE[name]
        elif (what := found["filter"]) != (named := what.strip(".:")):
            position = _outline_end(text, found.end(), found["indent"])
            yield found.end(), position, _FILTERS.get(named, named)


def _outline_end(text: str, position: int, indent: str) -> int:
    """The end of the lines below that are indented more."""
    while position < len(text):
        line = _LESS.match(text, position)
        if line is None or line["words"] is None or (line["words"] and len(line["indent"]) <= len(indent)):
            break
        position = line.end()
    return position
