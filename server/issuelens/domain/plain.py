"""Texts of issues and repositories, made harmless for where they are shown. Pure."""

from __future__ import annotations

import re
from typing import Final

CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""What could steer a terminal or turn a text around: controls but tab and line feed, escapes, writing directions."""
_SYNTAX: Final = re.compile(r"\$(?=\()|\](?=\()")


def printable(text: str) -> str:
    """The text without what could steer a terminal: control characters, escapes, changes of writing direction."""
    return CONTROL.sub("\ufffd", text)


def one_line(text: str) -> str:
    """The same in one line."""
    return printable(" ".join(text.split()))


def message(text: str) -> str:
    """The same for messages of editors, in some of which `[a](b)` is a link and `$(name)` an icon."""
    return _SYNTAX.sub("\\g<0>\u200b", printable(text))


def label(text: str) -> str:
    """The same in one line, for labels."""
    return message(one_line(text))
