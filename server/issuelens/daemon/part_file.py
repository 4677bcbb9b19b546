"""One shared file is written: all of it, or only some of its lines, the rest copied."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from attrs import define, field, frozen
from sqlalchemy import Connection

from issuelens.daemon.parts import Stamp, stamp_in, stamp_of
from issuelens.daemon.shared_file import FileChanged, LinePlace, Progress, Splice, text_of
from issuelens.daemon.transfer import rendered
from issuelens.domain.errors import Refused
from issuelens.files import mode_of, remedy, written_atomically
from issuelens.storage import reads, synced


@frozen
class WrotePart:
    """How a part was left: where the lines of its issues end, and which of its lines are new bases."""

    path: Path
    stamp: Stamp | None
    end: int
    places: list[LinePlace] = field(factory=list)
    is_new: bool = False


@define
class PartFile:
    """A part as it was read, and as it is to be.

    Args:
        stamp: what it had before it was read.
        kept: its lines that can't be read; they stay, to the letter, at its end.
    """

    path: Path
    stamp: Stamp | None
    kept: set[str]
    progress: Progress | None
    _new: Stamp | None = None

    def is_to_be_written(self, connection: Connection, ids: Sequence[str]) -> bool:
        """Whether its content is to change, with these issues in it; where there is nothing, no file is made."""
        return not self._is_as(self._lines(connection, ids)) and bool(ids or self.kept or self.stamp)

    def write(self, connection: Connection, ids: Sequence[str]) -> WrotePart:
        """Writes all of it, if its content is to change.

        Raises:
            FileChanged: when it is not what was read.
            Refused: when it can't be written.
        """
        if not self.is_to_be_written(connection, ids):
            if stamp_of(self.path) != self.stamp:
                raise FileChanged
            return WrotePart(self.path, self.stamp, self._end())
        with self._replaced() as file:
            places = self._write_issues(connection, file, ids)
            end = file.tell()
            file.writelines(self._kept_lines())
        return WrotePart(self.path, self._left(), end, places, is_new=True)

    def splice(self, end: int, lines: dict[str, bytes | None]) -> WrotePart:
        """Writes these lines, None for one that is to go; all else is copied.

        Raises:
            FileChanged: when it is not what was read.
            Refused: when it can't be written.
            ValueError: when a line can't be found by its id.

        Args:
            end: where the lines of issues end.
            lines: by the ids of their issues.
        """
        splice = Splice(self._content(), end, lines)
        if not splice.is_needed:
            return WrotePart(self.path, self.stamp, splice.end)
        with self._replaced() as file:
            places, end = splice.write_to(file)
        return WrotePart(self.path, self._left(), end, places, is_new=True)

    def _content(self) -> bytes:
        if self.stamp is None:
            return b""
        try:
            with self.path.open("rb") as file:
                if stamp_in(os.fstat(file.fileno())) != self.stamp:
                    raise FileChanged
                # Not mapped: a program that cuts it off meanwhile would end this one.
                return file.read()
        except FileNotFoundError as error:
            raise FileChanged from error
        except OSError as error:
            raise self._refused(error) from error

    def _end(self) -> int:
        """Where the lines of issues end, in a file that is as it is to be."""
        return (self.stamp[1] if self.stamp else 0) - sum(map(len, self._kept_lines()))

    @contextmanager
    def _replaced(self) -> Iterator[BinaryIO]:
        """The new file, which takes the place of the one that was read, and of no other one."""

        def check(new: Path) -> None:
            if stamp_of(self.path) != self.stamp:
                raise FileChanged
            self._new = stamp_of(new)

        try:
            with written_atomically(self.path, mode_of(self.path), check=check) as file:
                yield file
        except OSError as error:
            raise self._refused(error) from error

    def _refused(self, error: OSError) -> Refused:
        told = f"{self.path} can't be written: {error.strerror}. What it had was taken over."
        return Refused(told + remedy(error))

    def _left(self) -> Stamp:
        """The stamp of the file that was written.

        Raises:
            FileChanged: when there is another one already.
        """
        found = stamp_of(self.path)
        # Renaming a file changes its ctime, the last part.
        if found is None or self._new is None or found[:3] != self._new[:3]:
            raise FileChanged
        return found

    def _write_issues(self, connection: Connection, file: BinaryIO, ids: Sequence[str]) -> list[LinePlace]:
        """Writes the lines of all issues; the places of those that are not as their base."""
        places: list[LinePlace] = []
        offset = 0
        for start in range(0, len(ids), reads.CHUNK):
            chunk = [*ids[start : start + reads.CHUNK]]
            bases = synced.get_lines(connection, chunk)
            for issue_id, line in zip(chunk, rendered(connection, chunk), strict=True):
                if bases.get(issue_id) != text_of(line):
                    places.append(LinePlace(issue_id, offset))
                file.write(line)
                offset += len(line)
            if self.progress is not None:
                self.progress(start + len(chunk), len(ids))
        return places

    def _lines(self, connection: Connection, ids: Sequence[str]) -> Iterator[bytes]:
        yield from rendered(connection, [*ids])
        yield from self._kept_lines()

    def _kept_lines(self) -> Iterator[bytes]:
        for text in sorted(self.kept):
            yield text.encode("utf-8", "surrogateescape") + b"\n"

    def _is_as(self, lines: Iterator[bytes]) -> bool:
        """Whether it holds these lines."""
        try:
            with self.path.open("rb") as file:
                return all(file.read(len(line)) == line for line in lines) and not file.read(1)
        except OSError:
            return False
