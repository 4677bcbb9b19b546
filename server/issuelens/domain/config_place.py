"""Where a setting stands in the text of a TOML file; for messages, which name the line."""

from __future__ import annotations

import re
from collections.abc import Iterator

_PART = r"(?:[\w-]+|\"[^\"\n]*\"|'[^'\n]*')"
_KEYS = rf"{_PART}(?:[ \t]*\.[ \t]*{_PART})*"
_HEADER = re.compile(rf"[ \t]*\[{{1,2}}[ \t]*(?P<keys>{_KEYS})[ \t]*\]")
_SETTING = re.compile(rf"[ \t]*(?P<keys>{_KEYS})[ \t]*=")
_ONE = re.compile(_PART)


def place_of(text: str, path: tuple[str, ...]) -> tuple[int, int]:
    """The line and the column (1-based) of a setting, or of the nearest that it may be written within.

    Args:
        text: of the file; it can be read as TOML.
        path: the setting's name by parts, for instance `("todos", "tags")`.
    """
    best, place = 0, (1, 1)
    for found, line, column in _settings(text):
        if found == path:
            return line, column
        # A table written on one line, `tag = { severity = "x" }`, or the header of one.
        if len(found) > best and found == path[: len(found)]:
            best, place = len(found), (line, column)
        if path == found[: len(path)] and best < len(path):
            best, place = len(path), (line, column)
    return place


def _settings(text: str) -> Iterator[tuple[tuple[str, ...], int, int]]:
    """Each setting and each header with its place. What looks like one in a text of several lines counts, too."""
    above: tuple[str, ...] = ()
    for number, line in enumerate(text.split("\n"), 1):
        column = len(line) - len(line.lstrip()) + 1
        if (header := _HEADER.match(line)) is not None:
            above = _parts(header["keys"])
            yield above, number, column
        elif (setting := _SETTING.match(line)) is not None:
            yield (*above, *_parts(setting["keys"])), number, column


def _parts(keys: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in _ONE.findall(keys))
