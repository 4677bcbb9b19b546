"""The languages that comments are known of, and which one a text is written in.

No library has such a table to the lexical depth needed here: those that know many languages list comment tokens, but
not the strings, heredocs and regular expressions in which the same signs are text (or are written for another run
time), and those that lex whole languages take ten times as long. So the table is our own, with a test for each of its
languages.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Final

from issuelens.todos.forms import Block
from issuelens.todos.language import Holding, Language
from issuelens.todos.regex import regex
from issuelens.todos.tables.c_family import C_FAMILY
from issuelens.todos.tables.functional import FUNCTIONAL
from issuelens.todos.tables.ids import INTERPRETERS, LANGUAGE_IDS
from issuelens.todos.tables.names import EXTENSIONS, FILE_NAMES
from issuelens.todos.tables.plain import PLAIN
from issuelens.todos.tables.rare import RARE
from issuelens.todos.tables.scripting import SCRIPTING
from issuelens.todos.tables.shared import SHARED, Choices

__all__ = [
    "LANGUAGES",
    "PLAIN_TEXT",
    "Holding",
    "Language",
    "known_extensions",
    "language_for",
    "language_named",
    "resolved",
]

CHOICE_LIMIT: Final = 10_000
"""Characters of a text that decide between languages of one extension."""

_PARTS: Final = {language.name: language for language in (*C_FAMILY, *SCRIPTING, *FUNCTIONAL, *PLAIN, *RARE)}


def _shared(name: str, usual: str, choices: Choices) -> Language:
    """Files of one extension: the language that is usual, and what the texts of others have."""
    one = _PARTS[usual]
    return Language(name, one.forms, one.docstrings, one.is_markup, one.holding, choices)


_SHARED: Final = tuple(_shared(*one) for one in SHARED)

PLAIN_TEXT: Final = Language("plaintext", is_markup=True, holding=Holding.PLAIN)
"""Text of no known language; read only where config.toml says so, hence not in the table."""
LANGUAGES: Final = {**_PARTS, **{language.name: language for language in _SHARED}}
_SHEBANG: Final = regex(r"\ufeff?#!\s*(?:\S*/)?([\w.+-]+)(?:\s+(?:-S\s+)?((?:\w+=\S*\s+)*)([\w.+-]+))?")
_OF_TEMPLATES: Final = (None, "jinja", "gotemplate", "tpl-file")
_TEMPLATES: Final = frozenset(
    ["j2", "jinja", "jinja2", "in", "tmpl", "tpl", "template", "dist", "example", "sample", "orig", "bak"]
)
"""Extensions of what files are made of."""
_WITH_JINJA: Final = {
    one.name: Language(one.name, (Block(opener="{#", closer="#}"), *one.forms), one.docstrings)
    for one in _PARTS.values()
    if one.holding is None
}
_VERSION: Final = "0123456789.-"
_SUFFIXES: Final = {".blade.php": "blade", ".html.erb": "erb", ".d.ts": "typescript", ".component.html": "html",
                    ".html.twig": "twig", ".sublime-settings": "jsonc"}  # fmt: skip


def language_for(path: str, language_id: str | None = None, first_line: str = "") -> Language | None:
    """The language of a text; None when it is not one that we know comments of.

    A cell of a notebook is a document of its own, with the path of the notebook: its language id comes first then, too.

    Args:
        path: its path or URI.
        language_id: what the editor calls it (LSP); comes first where it is known.
        first_line: read for `#!`.
    """
    named = language_named(language_id) if language_id else None
    # A scan's start has no time to import pathlib.
    return named or _by_name(os.path.basename(path).lower()) or _by_shebang(first_line)  # noqa: PTH119


def language_named(name: str) -> Language | None:
    """The language that editors, or the fences of Markdown, call so."""
    name = name.lower()
    return LANGUAGES.get(LANGUAGE_IDS.get(name, name))


def resolved(language: Language, text: str) -> Language:
    """The language itself; where several share an extension, the one that the text seems to be of."""
    for pattern, name in language.choices:
        if pattern not in language.compiled:
            language.compiled[pattern] = regex(pattern)
        if language.compiled[pattern].search(text, 0, CHOICE_LIMIT):
            return LANGUAGES[name]
    return language


def known_extensions() -> Iterable[str]:
    """Every extension in the table, without the dot."""
    return EXTENSIONS.keys()


def _by_name(name: str) -> Language | None:
    suffix = next((found for end, found in _SUFFIXES.items() if name.endswith(end)), None)
    found = FILE_NAMES.get(name) or suffix or EXTENSIONS.get(name.rpartition(".")[2] if "." in name else "")
    if found is None and name.startswith(("dockerfile.", "makefile.", "containerfile.", "jenkinsfile.")):
        found = FILE_NAMES[name.partition(".")[0]]
    if found is None and name.startswith("requirements") and name.endswith(".txt"):
        found = "conf"
    if found is None and (name.startswith("kconfig.") or (name.startswith(".") and name.endswith("ignore"))):
        found = "hashes"
    if found is None and name.startswith("tsconfig.") and name.endswith(".json"):
        found = "jsonc"
    if found is None and name.startswith(".env."):
        found = "shellscript"
    if found in _OF_TEMPLATES:
        return _template(name) or (LANGUAGES[found] if found else None)
    return LANGUAGES[found]


def _template(name: str) -> Language | None:
    """What a file is made into: `nginx.conf.j2`, `config.h.in`. Those of Jinja have its comments, too."""
    stem, _, extension = name.rpartition(".")
    if "." not in stem.lstrip(".") or extension not in _TEMPLATES:
        return None
    inner = _by_name(stem)
    if inner is None or EXTENSIONS.get(extension) != "jinja":
        return inner
    return _WITH_JINJA.get(inner.name)


def _by_shebang(first_line: str) -> Language | None:
    match = _SHEBANG.match(first_line[:1_000])
    if match is None:
        return None
    program = match[3] if match[1] == "env" and match[3] else match[1]
    found = INTERPRETERS.get(program.lower()) or INTERPRETERS.get(program.lower().rstrip(_VERSION))
    return LANGUAGES[found] if found else None
