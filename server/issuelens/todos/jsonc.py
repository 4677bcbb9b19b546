"""Reads JSON with comments and commas too many, as editors keep their settings."""

from __future__ import annotations

import json
import re
from typing import Any

from issuelens.todos.regex import regex

# Strings are read whole, so that nothing in them is taken for a comment. The repeats never go back.
_SKIPPED = regex(
    r"(?P<string>\"(?:[^\"\\\r\n]++|\\[^\r\n])*+\"?+)"
    r"|//[^\r\n]*+|/\*(?:[^*]++|\*(?!/))*+(?:\*/)?"
    r"|,(?=(?:\s++|//[^\r\n]*+|/\*(?:[^*]++|\*(?!/))*+\*/)*+[\]}])"
)
NESTING_LIMIT = 50
"""Objects and lists within each other."""


def read_jsonc(text: str) -> Any:
    """The value of a text.

    Raises:
        ValueError: when it can't be read; it says where.
    """
    bare = _SKIPPED.sub(lambda match: match["string"] or _blanks(match[0]), text.removeprefix("\ufeff"))
    try:
        value = json.loads(bare)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    if _is_deeper(value, NESTING_LIMIT):
        raise ValueError("it is nested too deeply")
    return value


def _blanks(text: str) -> str:
    """As many lines, so that a mistake is told where it is."""
    return re.sub(r"[^\r\n]", " ", text)


def _is_deeper(value: Any, limit: int) -> bool:
    level: list[Any] = [value]
    for _ in range(limit):
        level = [inner for one in level for inner in _inner(one)]
        if not level:
            return False
    return True


def _inner(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
