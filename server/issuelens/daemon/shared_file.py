"""A file of issues as it stands: what in it is not as sync last had it, and single lines of it anew."""

from __future__ import annotations

import logging
import os
import re
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from attrs import define, field
from sqlalchemy import Connection

from issuelens.daemon.parts import Stamp, stamp_in, stamp_of
from issuelens.domain.errors import Refused
from issuelens.storage import synced
from issuelens.storage.reads import CHUNK
from issuelens.sync.markers import cleaned, may_hold_markers
from issuelens.sync.merge import Conflict
from issuelens.todos.git import run_git

logger = logging.getLogger(__name__)

_ID: Final = re.compile(rb'\{"id":"([^"\\]+)"[,}]')
"""How the lines that we write begin."""

Progress = Callable[[int, int], None]


class FileChanged(Exception):
    """The file is not the one that was read."""


class LinePlace(NamedTuple):
    """A line's issue, and where the line begins, in bytes."""

    issue_id: str
    offset: int


class Line(NamedTuple):
    """A line that is not empty: its number from 1, where it begins, and all of it."""

    number: int
    offset: int
    content: bytes


# Lines


def id_of(line: bytes) -> str | None:
    """The id of a line of ours, found without parsing it; None for another line."""
    found = _ID.match(line)
    return found[1].decode("utf-8", "replace") if found else None


def text_of(line: bytes) -> str | None:
    """A line as a base has it; None when it can't be one."""
    try:
        return line.rstrip(b"\r\n").decode()
    except UnicodeDecodeError:
        return None


def lines_of(file: BinaryIO) -> Iterator[Line]:
    """Every line that is not empty."""
    offset = 0
    for number, content in enumerate(file, 1):
        if content.strip():
            yield Line(number, offset, content)
        offset += len(content)


def note_bases(connection: Connection, file: BinaryIO, places: Sequence[LinePlace]) -> None:
    """Makes lines of a file the bases of their issues."""
    for start in range(0, len(places), CHUNK):
        found: dict[str, str] = {}
        for issue_id, offset in places[start : start + CHUNK]:
            file.seek(offset)
            text = text_of(file.readline())
            found |= {issue_id: text} if text is not None else {}
        synced.put_lines(connection, found)


# A look at all of it


@define
class FileScan:
    """What in a file is not as its base.

    `ids` are those of all lines when they stand as we write them: sorted, each once, followed by nothing but lines
    without one, which begin at `end`. Else it is None. `clean` is the content of one that held git's conflict markers,
    without them, and `conflicts` what was decided about their sides.
    """

    stamp: Stamp | None
    differing: list[tuple[int, int]] = field(factory=list)
    """Numbers and offsets of lines."""
    unchanged: int = 0
    ids: list[str] | None = field(factory=list)
    end: int = 0
    clean: bytes | None = None
    conflicts: tuple[Conflict, ...] = ()

    def opened(self, path: Path) -> BinaryIO:
        """What was looked at, to be read.

        Raises:
            FileChanged: when the file is another one by now.
        """
        if self.clean is not None:
            return BytesIO(self.clean)
        file = path.open("rb")
        if stamp_in(os.fstat(file.fileno())) != self.stamp:
            file.close()
            raise FileChanged
        return file


def scan_file(connection: Connection, path: Path, progress: Progress | None) -> FileScan:
    """Looks at all lines of the file; one that is as its base is not parsed.

    Raises:
        Refused: when it can't be read.
    """
    stamp = stamp_of(path)
    if stamp is None:
        return FileScan(None, ids=None)
    try:
        with path.open("rb") as file:
            scan = FileScan(stamp_in(os.fstat(file.fileno())))
            _clean(file, path, scan)
            with nullcontext(file) if scan.clean is None else BytesIO(scan.clean) as whole:
                _scan(connection, whole, scan, progress)
    except OSError as error:
        raise Refused(f"{path} can't be read: {error.strerror}. Nothing was changed.") from error
    return scan


def _clean(file: BinaryIO, path: Path, scan: FileScan) -> None:
    """Merges both sides of what git could not merge."""
    content = file.read() if may_hold_markers(file) else None
    clean = None if content is None else cleaned(content, _ancestor(path))
    if clean is not None:
        scan.clean, scan.conflicts = clean.content, clean.conflicts
        logger.info("conflict markers were understood", extra={"conflicts": len(clean.conflicts)})


def _ancestor(path: Path) -> bytes:
    """What both sides of the merge that git is at in a file had in common; nothing when it does not say.

    It is in the index as long as the conflict counts as not resolved (gitrevisions(7), `:1:`).
    """
    try:
        return run_git(path.parent, "cat-file", "blob", f":1:./{path.name}")
    except (OSError, subprocess.SubprocessError):
        return b""


def _scan(connection: Connection, file: BinaryIO, scan: FileScan, progress: Progress | None) -> None:
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    lines, order, reached = lines_of(file), _Order(), 0
    while chunk := list(islice(lines, CHUNK)):
        ids = [id_of(one.content) for one in chunk]
        bases = synced.get_lines(connection, filter(None, ids))
        for one, issue_id in zip(chunk, ids, strict=True):
            order.add(one, issue_id)
            if bases.get(issue_id or "", "") == text_of(one.content):
                scan.unchanged += 1
            else:
                scan.differing.append((one.number, one.offset))
        reached = chunk[-1].offset + len(chunk[-1].content)
        if progress is not None:
            progress(min(reached, size), size)
    is_kept = order.is_kept and order.reached == size and scan.clean is None
    scan.ids = order.ids if is_kept else None
    scan.end = order.end


@define
class _Order:
    """Whether lines stand as we write them."""

    ids: list[str] = field(factory=list)
    end: int = 0
    reached: int = 0
    is_kept: bool = True

    def add(self, line: Line, issue_id: str | None) -> None:
        if not self.is_kept:
            return
        is_next = line.offset == self.reached and line.content.endswith(b"\n") and not line.content.endswith(b"\r\n")
        self.reached = line.offset + len(line.content)
        if issue_id is None:
            self.is_kept = is_next
            return
        self.is_kept = is_next and self.end == line.offset and (not self.ids or self.ids[-1] < issue_id)
        self.ids.append(issue_id)
        self.end = self.reached


# Lines of it anew


@define
class Splice:
    """A file with the lines of some issues replaced, put in or taken out; all else is copied.

    Args:
        content: the whole file, its lines in the order of their ids up to `end`.
        lines: id -> its line; None takes it out.
    """

    content: bytes
    end: int
    lines: dict[str, bytes | None]

    def write_to(self, file: BinaryIO) -> tuple[list[LinePlace], int]:
        """Writes it; where the new lines begin, and where the lines of issues end."""
        places: list[LinePlace] = []
        at = written = 0
        for issue_id, line in sorted(self.lines.items()):
            start, stop = self.place_of(issue_id)
            written += self._copy(file, at, start)
            at = stop
            if line is not None:
                places.append(LinePlace(issue_id, written))
                written += file.write(line)
        written += self._copy(file, at, self.end)
        self._copy(file, self.end, len(self.content))
        return places, written

    @property
    def is_needed(self) -> bool:
        """Whether anything would be another."""
        return any(self.content[slice(*self.place_of(one))] != (line or b"") for one, line in self.lines.items())

    def place_of(self, issue_id: str) -> tuple[int, int]:
        """Where an issue's line begins and ends; the same twice, where it would stand, when it is not there.

        Raises:
            ValueError: when a line has no id, so that nothing can be looked for.
        """
        low, high = 0, self.end
        while low < high:
            start = self.content.rfind(b"\n", low, (low + high) // 2) + 1 or low
            stop = self.content.find(b"\n", start, high) + 1 or high
            found = id_of(self.content[start:stop])
            if found is None:
                raise ValueError(f"the line at byte {start} has no id")
            if found == issue_id:
                return start, stop
            if found < issue_id:
                low = stop
            else:
                high = start
        return low, low

    def _copy(self, file: BinaryIO, start: int, stop: int) -> int:
        with memoryview(self.content) as view:
            return file.write(view[start:stop]) if start < stop else 0
