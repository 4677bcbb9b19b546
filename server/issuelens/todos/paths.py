"""Paths of files as text that JSON and a database can hold, and the way back."""

from __future__ import annotations

import os
import re
from typing import Final

from issuelens.domain.fields import is_encodable
from issuelens.todos.regex import regex

_SHOWN: Final = regex(r'"(?:[ !#-\[\]-~]|\\["\\]|\\[0-3][0-7]{2})*"')
_ESCAPE: Final = regex(r'\\(?:(["\\])|([0-3][0-7]{2}))')


def shown_path(path: str) -> str:
    """The path as text: one that is not UTF-8 in quotes as git has it, `"caf\\351.py"`; no two are shown alike."""
    if is_encodable(path) and not path.startswith('"'):
        return path
    return '"' + "".join(map(_shown_byte, os.fsencode(path))) + '"'


def _shown_byte(byte: int) -> str:
    if byte in b'"\\':
        return f"\\{chr(byte)}"
    return chr(byte) if 0x20 <= byte < 0x7F else f"\\{byte:03o}"


def real_path(shown: str) -> str:
    """The path, as `os.fsdecode` gives it, that `shown_path` shows like this.

    Raises:
        ValueError: when no path is shown like this.
    """
    if not shown.startswith('"'):
        return shown
    if not _SHOWN.fullmatch(shown):
        raise ValueError(f"{shown[:100]!r} is no path in quotes")
    path = os.fsdecode(_ESCAPE.sub(_real_sign, shown[1:-1]).encode("latin-1"))
    if shown_path(path) != shown:
        raise ValueError(f"{shown[:100]!r} needs no quotes")
    return path


def _real_sign(match: re.Match[str]) -> str:
    return match[1] or chr(int(match[2], 8))
