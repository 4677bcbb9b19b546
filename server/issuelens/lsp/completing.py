"""What is being typed at a place: an id, a person, a tag, a field or a value. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from enum import StrEnum
from typing import Final

from attrs import frozen

from issuelens.lsp.kinds import Kind

HEAD_LIMIT: Final = 500
"""Characters before the place that say what is typed."""
_PERSON: Final = re.compile(r"(?:^|[\s(,:])@(?P<word>[\w.+-]{0,60})$")
_NUMBER: Final = re.compile(r"(?:^|[\s(,:])(?P<word>#[\w.-]{0,40})$")
_FIELD: Final = re.compile(r"(?P<name>\w*)$")
_VALUE: Final = re.compile(r"(?P<name>\w+):[ \t]*\[?(?:[^\[\],]*,)*[ \t]*(?P<word>[\w./@+-]{0,60})$")


class What(StrEnum):
    """What is wanted."""

    ID = "id"
    PERSON = "person"
    TAG = "tag"
    FIELD = "field"
    LABEL = "label"
    STATUS = "status"
    PRIORITY = "priority"
    TYPE = "type"
    SETTING = "setting"
    SECTION = "section"
    CHOICE = "choice"


@frozen
class Asked:
    """What is wanted, and from which column (code points) on it is written over.

    `context` is a section or setting; `is_bare` says that a value of config.toml is begun without its quote.
    """

    what: What
    start: int
    word: str
    context: str = ""
    is_bare: bool = False


_OF_FIELDS: Final = {
    "status": What.STATUS,
    "priority": What.PRIORITY,
    "type": What.TYPE,
    "assignee": What.PERSON,
    "labels": What.LABEL,
    "parent": What.ID,
}


def rest_of_word(what: What, text: str, column: int) -> int:
    """Where the word ends that is written over when the rest behind the cursor is replaced, too.

    A sign that may end a sentence is no part of it.
    """
    pattern = _REST.get(what)
    found = pattern.match(text, column) if pattern is not None else None
    return found.end() if found is not None else column


_REST: Final = {
    What.ID: re.compile(r"(?:[.-]?\w)*"),
    What.PERSON: re.compile(r"(?:[.+-]?\w)*"),
    What.TAG: re.compile(r"\w*"),
}


def in_text(head: str, prefixes: Collection[str], tags: Sequence[str]) -> Asked | None:
    """What is typed at the end of a line's beginning, in a comment or in prose."""
    text = head[-HEAD_LIMIT:]
    offset = len(head) - len(text)
    for what, pattern in (
        (What.ID, _with_prefix(frozenset(prefixes))),
        (What.ID, _NUMBER),
        (What.ID, _in_parentheses(tuple(tags))),
        (What.PERSON, _PERSON),
    ):
        found = pattern.search(text)
        if found is not None:
            return Asked(what, offset + found.start("word"), found["word"])
    return None


def _with_prefix(prefixes: frozenset[str]) -> re.Pattern[str]:
    names = "|".join(map(re.escape, sorted(prefixes, key=len, reverse=True))) or "(?!)"
    return re.compile(rf"(?<![\w.-])(?P<word>(?:{names})-[\w.]{{0,20}})$")


def _in_parentheses(tags: tuple[str, ...]) -> re.Pattern[str]:
    words = "|".join(map(re.escape, tags)) or "(?!)"
    return re.compile(rf"\b(?:{words})\((?P<word>[\w.-]{{0,40}})$")


def at_comment_start(head: str, opener_end: int, tags: Sequence[str]) -> Asked | None:
    """A tag that is begun where a comment begins.

    Args:
        head: the line up to the place.
        opener_end: the column behind the comment's opener.
        tags: the words that count.
    """
    word = head[opener_end:].lstrip(" \t*-")
    is_begun = any(tag.startswith(word.upper()) for tag in tags)
    return Asked(What.TAG, len(head) - len(word), word) if word.isalpha() and is_begun else None


def in_front_matter(head: str) -> Asked | None:
    """A field of an issue's document, or a value of one."""
    value = _VALUE.match(head)
    if value is not None and value["name"] in _OF_FIELDS:
        return Asked(_OF_FIELDS[value["name"]], value.start("word"), value["word"])
    field = _FIELD.fullmatch(head)
    return Asked(What.FIELD, 0, field["name"]) if field is not None else None


_SECTION: Final = re.compile(r"\[(?P<word>[\w.-]*)$")
_SETTING: Final = re.compile(r"(?P<word>[\w-]*)$")
_CHOICE: Final = re.compile(r"(?P<name>[\w-]+)[ \t]*=[ \t]*(?P<quote>\"?)(?P<word>[\w-]*)$")


def in_config(head: str, section: str) -> Asked | None:
    """A section, a setting or a value of config.toml; `section` is the one that the line is in."""
    if (found := _SECTION.fullmatch(head)) is not None:
        return Asked(What.SECTION, found.start("word"), found["word"])
    if (found := _CHOICE.fullmatch(head)) is not None:
        name = f"{section}.{found['name']}"
        return Asked(What.CHOICE, found.start("word"), found["word"], name, is_bare=not found["quote"])
    if (found := _SETTING.fullmatch(head)) is not None:
        return Asked(What.SETTING, 0, found["word"], section)
    return None


def section_of(lines: Sequence[str]) -> str:
    """The section of config.toml that the last of these lines is in."""
    for line in reversed(lines):
        found = re.match(r"[ \t]*\[([\w.-]+)\]", line)
        if found is not None:
            return found[1]
    return ""


def front_matter_end(lines: Sequence[str]) -> int:
    """The line on which the front matter of a document ends; -1 when it has none."""
    if not lines or lines[0].rstrip() != "---":
        return -1
    return next((number for number, line in enumerate(lines[1:], 1) if line.rstrip() == "---"), len(lines))


def takes_words(kind: Kind) -> bool:
    """Whether ids and people are completed anywhere in documents of this kind."""
    return kind in (Kind.ISSUE, Kind.MESSAGE)
