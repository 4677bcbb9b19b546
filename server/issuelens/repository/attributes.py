"""What `init --git` adds to a .gitattributes, and how it is taken out again to the byte. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final

PATHS: Final = (".issues/issues.jsonl", ".issues/issues/*.jsonl")
"""What is merged, from the folder of the .gitattributes: one file, or many in a larger workspace."""
DRIVER: Final = "issuelens"
"""The name of the merge driver."""
MADE: Final = "# Made by `issuelens init --git`: git merges issues, not their lines."
LIMIT: Final = 1_000_000
"""Bytes of a .gitattributes."""
ADDED: Final = "# Added by `issuelens init --git`: git merges issues, not their lines."


def line_for(path: str) -> str:
    """The line that says how a path is merged."""
    return f"{path} merge={DRIVER}"


def with_lines(content: bytes | None, paths: Collection[str]) -> bytes:
    """A .gitattributes (None when there is none) with the lines for some paths.

    They stand at the end; before all others when the last line has no end, which so keeps having none.
    """
    end = "\r\n" if content is not None and b"\r\n" in content else "\n"
    comment = MADE if content is None else ADDED
    block = "".join(line + end for line in (comment, *map(line_for, paths))).encode()
    before = content or b""
    return before + block if before.endswith(b"\n") or not before else block + before


def without_lines(content: bytes) -> bytes | None:
    """A .gitattributes without what was added; None when nothing is left of one that was made for it."""
    lines = content.splitlines(keepends=True)
    kept = b"".join(_kept(lines))
    is_made = any(_text(line) == MADE for line in lines)
    return None if is_made and not kept.strip() else kept


def _kept(lines: Collection[bytes]) -> Iterator[bytes]:
    ours, is_ours = [*map(line_for, PATHS)], False
    for line in lines:
        # Lines that follow the comment at once; others like them were written by somebody else.
        is_ours = _text(line) in (MADE, ADDED) or (is_ours and _text(line) in ours)
        if not is_ours:
            yield line


def _text(line: bytes) -> str:
    return line.decode("utf-8", "replace").rstrip("\r\n")


def is_only_ours(before: bytes | None, now: bytes) -> bool:
    """Whether two contents of a .gitattributes (None: there was none) differ in lines of ours only."""
    return now != before and without_lines(now) == (None if before is None else without_lines(before))
