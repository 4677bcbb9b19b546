"""Compiles patterns so that possessive repeats of groups match as they should in every Python that is supported.

Before 3.11.5, CPython fails to match `(?:a|b)*+` where an alternative gave up half-way (its issue 106052), and Debian
12 has 3.11.2. Atomic groups around greedy repeats mean the same and were always right, but take more memory.
"""

from __future__ import annotations

import re
import sys
from typing import Final, TypeVar

_Text = TypeVar("_Text", str, bytes)

_TOKEN: Final = re.compile(r"\\.|\[\^?\]?(?:[^\]\\]|\\.)*\]|\(|\)(?:(?P<repeat>[*+?]|\{[\d,]*\})\+)?|.", re.DOTALL)


def regex(pattern: _Text, flags: int = 0) -> re.Pattern[_Text]:
    """The compiled pattern, which may have possessive repeats; as `re.compile`."""
    if sys.version_info >= (3, 11, 5):
        return re.compile(pattern, flags)
    if isinstance(pattern, bytes):
        return re.compile(with_atomic_groups(pattern.decode("latin-1")).encode("latin-1"), flags)
    return re.compile(with_atomic_groups(pattern), flags)


def with_atomic_groups(pattern: str) -> str:
    """The pattern with an atomic group around a greedy repeat for each possessive repeat of a group."""
    parts: list[str] = []
    opened: list[int] = []
    for token in _TOKEN.finditer(pattern):
        text = token[0]
        if text == "(":
            opened.append(len(parts))
        elif text.startswith(")"):
            start, repeat = opened.pop(), token["repeat"]
            if repeat is not None:
                parts[start] = f"(?>{parts[start]}"
                text = f"){repeat})"
        parts.append(text)
    return "".join(parts)
