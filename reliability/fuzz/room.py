"""Where a worker notes the input under way, for whoever finds it hanging or gone."""

from __future__ import annotations

import mmap
from collections.abc import Callable
from pathlib import Path
from typing import Final

ROOM: Final = 1 << 22
"""Bytes for the input under way."""


def noting(room: mmap.mmap) -> Callable[[str, bytes], None]:
    """What notes a target and an input in the room."""

    def note(name: str, content: bytes) -> None:
        word = name.encode()
        room[: 8 + len(word)] = len(content).to_bytes(4, "big") + len(word).to_bytes(4, "big") + word
        room[8 + len(word) : 8 + len(word) + len(content)] = content

    return note


def noted(path: Path) -> tuple[str, bytes]:
    """The input under way, from the file of a worker."""
    content = path.read_bytes()
    size, length = int.from_bytes(content[:4], "big"), int.from_bytes(content[4:8], "big")
    return content[8 : 8 + length].decode(), content[8 + length : 8 + length + size]
