"""Reads a file of issues, whatever tracker wrote it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import StrEnum
from typing import BinaryIO, Final

from issuelens.domain.errors import Refused
from issuelens.domain.fields import is_encodable
from issuelens.domain.imports import Imported, Unreadable
from issuelens.domain.issue import Issue
from issuelens.domain.shape import issue_to_record
from issuelens.domain.vocabulary import Category
from issuelens.sync import ancestor, github, jsonl, todotxt
from issuelens.sync.markers import is_marker

HEAD_BYTES: Final = 65_536
"""Bytes in which a format is looked for."""
HALF: Final = "it holds half of a character (a lone surrogate)"


class Format(StrEnum):
    """A kind of file."""

    BEADS = "beads"
    ANCESTOR = "ancestor"
    TODOTXT = "todotxt"
    GITHUB = "github"


def detect_format(name: str, head: bytes) -> Format:
    """The format of a file, from its name and its first bytes.

    Raises:
        Refused: when it is none that can be imported.
    """
    text = head.decode("utf-8-sig", "surrogateescape").lstrip()
    if text.startswith("["):
        return Format.GITHUB
    for line in text.splitlines():
        if line.startswith("{"):
            return _format_of(line)
    if name.lower().endswith(".txt") and "\0" not in text:
        return Format.TODOTXT
    if name.lower().endswith(".jsonl"):
        return Format.BEADS
    raise Refused(f"{name} is no file of issues that is known. Name its kind with --format.")


def _format_of(line: str) -> Format:
    try:
        shape = jsonl.read_object(line)
    except ValueError:
        return Format.BEADS
    return Format.ANCESTOR if ancestor.is_ancestors(shape) else Format.BEADS


def read_issues(
    file: BinaryIO, kind: Format, name: str, *, prefix: str, statuses: Mapping[str, Category], partial: bool = False
) -> Iterator[Imported | Unreadable]:
    """The issues of a file, and its lines that can't be read, in their order.

    Args:
        file: open, at its beginning.
        kind: its format.
        name: for messages.
        prefix: of ids that have to be made.
        statuses: the workspace's.
        partial: whether a file whose last line was cut off is read nevertheless.

    Raises:
        Refused: for a file that holds git's conflict markers, that was cut off, or that is not what it should be.
    """
    if kind is Format.GITHUB:
        return _github(file, name, prefix, statuses)
    lines = enumerate(file, 1)
    if kind is Format.TODOTXT:
        reader = todotxt.Reader(prefix)
        return _read(lines, name, reader.read_line, may_be_cut=True)
    if kind is Format.BEADS:
        return read_lines(lines, name, statuses=statuses, partial=partial)
    return _read(lines, name, lambda number, text: ancestor.read_line(number, text, statuses), may_be_cut=partial)


def read_lines(
    lines: Iterable[tuple[int, bytes]], name: str, *, statuses: Mapping[str, Category], partial: bool = False
) -> Iterator[Imported | Unreadable]:
    """The issues of some lines of issues.jsonl, each with its number; else as `read_issues`.

    Raises:
        Refused: as `read_issues`.
    """
    return _read(lines, name, lambda number, text: jsonl.read_line(number, text, statuses), may_be_cut=partial)


def _github(
    file: BinaryIO, name: str, prefix: str, statuses: Mapping[str, Category]
) -> Iterator[Imported | Unreadable]:
    try:
        for one in github.read_issues(file.read(), prefix, statuses):
            if isinstance(one, Imported) and not _is_storable(one.issue):
                yield Unreadable(one.line, HALF, json.dumps(issue_to_record(one.issue)))
            else:
                yield one
    except ValueError as error:
        raise Refused(f"{name} is no whole JSON list ({error}); nothing was changed. Make it again.") from error


def _read(
    lines: Iterable[tuple[int, bytes]],
    name: str,
    read: Callable[[int, str], Imported | Unreadable | None],
    *,
    may_be_cut: bool,
) -> Iterator[Imported | Unreadable]:
    for number, line in lines:
        text = line.decode("utf-8", "surrogateescape").removeprefix("\ufeff")
        if not text.strip():
            continue
        if text[0] in "<|=>" and is_marker(text.encode("utf-8", "surrogateescape")):
            raise Refused(
                f"{name}, line {number}: git left a conflict marker there; nothing was changed. "
                "Resolve the conflict and import again.",
                line=number,
            )
        found = _checked_encoding(number, text, read)
        if isinstance(found, Unreadable) and not line.endswith(b"\n") and text.startswith("{") and not may_be_cut:
            raise Refused(
                f"{name}, line {number}: the file ends within a line; nothing was changed. Get the whole file, or "
                "import what is there with --partial.",
                line=number,
            )
        if found is not None:
            yield found


def _checked_encoding(
    number: int, text: str, read: Callable[[int, str], Imported | Unreadable | None]
) -> Imported | Unreadable | None:
    if not is_encodable(text):
        return Unreadable(number, "it is not UTF-8", text.rstrip("\n"))
    found = read(number, text)
    if isinstance(found, Imported) and "\\u" in text and not _is_storable(found.issue):
        return Unreadable(number, HALF, text.rstrip("\n"))
    return found


def _is_storable(issue: Issue) -> bool:
    """Whether the database can hold it; escapes such as `\\ud800` alone are no text."""
    return is_encodable(json.dumps(issue_to_record(issue), ensure_ascii=False))
