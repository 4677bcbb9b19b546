"""What people and scripts give beside the words of a command line: standard input, and texts written in $EDITOR."""

from __future__ import annotations

import sys
from typing import Any, BinaryIO, Final

from issuelens.domain.errors import InvalidField, Refused

LIMIT: Final = 8_000_000
"""Bytes of a text; more than any field may have."""


def read_stdin(name: str) -> str:
    """All of standard input.

    Raises:
        InvalidField: named `name`, when it is too large or not UTF-8.
    """
    return read_text(sys.stdin.buffer, name)


def read_text(file: BinaryIO, name: str) -> str:
    """All of a file.

    Raises:
        InvalidField: named `name`, when it is too large or not UTF-8.
    """
    content = file.read(LIMIT + 1)
    if len(content) > LIMIT:
        raise InvalidField(name, f"it is larger than {LIMIT:,} bytes; shorten it, or keep it in a file beside the code")
    return decoded(content, name)


def decoded(content: bytes, name: str) -> str:
    """The text of a file or of standard input.

    Raises:
        InvalidField: named `name`, when it is not UTF-8.
    """
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InvalidField(name, f"it is not UTF-8, from line {line} on; save it as UTF-8", line=line) from error


def opened_in_editor(text: str | None = None, **options: Any) -> str | None:
    """What the person made of a text, or of the file named in `options`; as `click.edit`.

    Raises:
        Refused: when the editor can't be run or fails.
    """
    import click

    try:
        return click.edit(text, **options)
    except click.ClickException as error:
        raise Refused(f"The editor has failed ({error.message}). Set VISUAL or EDITOR to one that works.") from error
