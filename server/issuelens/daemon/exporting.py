"""issues.jsonl is written: all of it, or only the lines of what has changed since it was left, the rest copied."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from attrs import define, evolve, frozen
from sqlalchemy import Connection

from issuelens.daemon.shared_file import (
    FileChanged,
    FileScan,
    Known,
    LinePlace,
    Progress,
    Splice,
    Stamp,
    note_bases,
    stamp_in,
    stamp_of,
    text_of,
)
from issuelens.daemon.transfer import EVERYTHING, rendered
from issuelens.domain.errors import Refused
from issuelens.files import mode_of, remedy, written_atomically
from issuelens.ipc.sync_messages import SyncReport
from issuelens.storage import history, lists, reads, synced, writes
from issuelens.storage.conditions import Asking
from issuelens.sync.jsonl import render_line

SPLICE_LIMIT: Final = 20_000
"""Lines that are replaced in a file; more are written with all of it."""
_SETTING: Final = "shared file"


class NotInOrder(Exception):
    """The file can't be written in parts: all of it has to be read."""


def known_file(connection: Connection) -> Known | None:
    """How the file was left."""
    return Known.from_text(writes.read_setting(connection, _SETTING))


@frozen
class Wrote:
    """What a sync did, how the file was left, and which of its lines are new bases."""

    report: SyncReport
    path: Path
    stamp: Stamp | None
    places: list[LinePlace]
    end: int

    @property
    def known(self) -> Known | None:
        """How the file was left; None where there is none."""
        return Known(self.stamp, self.report.revision, self.end) if self.stamp else None

    def note(self, connection: Connection) -> None:
        """Makes these lines the bases, and notes how the file was left, unless it is another one already.

        When it does not come to that, the next sync finds out that the file has states of here.
        """
        if self.known is None or stamp_of(self.path) != self.stamp:
            return
        with self.path.open("rb") as file:
            if stamp_in(os.fstat(file.fileno())) == self.stamp:
                note_bases(connection, file, self.places)
                writes.write_setting(connection, _SETTING, self.known.to_text())


@define
class SharedFile:
    """issues.jsonl as it was read, and as it is to be.

    Args:
        stamp: what it had before it was read.
        kept: its lines that can't be read; they stay, to the letter, at its end.
    """

    path: Path
    stamp: Stamp | None
    kept: set[str]
    asking: Asking
    prefix: str
    progress: Progress | None
    _new: Stamp | None = None

    def report(self, connection: Connection, done: SyncReport) -> SyncReport:
        """What was done, with what would be written now."""
        ids = self._ids(connection)
        wrote = not self._is_as(self._lines(connection, ids)) and bool(ids or self.kept or self.stamp)
        return evolve(done, exported=len(ids), wrote=wrote, revision=reads.current_revision(connection))

    def write(self, connection: Connection, done: SyncReport) -> Wrote | None:
        """Writes all of it when its content is to change; what was done, with that. None when it is not what was read.

        Raises:
            Refused: when it can't be written.
        """
        report = self.report(connection, done)
        try:
            if report.wrote:
                return self._written(connection, report)
            if stamp_of(self.path) != self.stamp:
                return None
            return Wrote(report, self.path, self.stamp, [], self._end())
        except FileChanged:
            return None
        except OSError as error:
            raise self._refused(error) from error

    def _refused(self, error: OSError) -> Refused:
        told = f"{self.path} can't be written: {error.strerror}. What it had was taken over."
        return Refused(told + remedy(error))

    def _end(self) -> int:
        """Where the lines of issues end, in a file that is as it is to be."""
        return (self.stamp[1] if self.stamp else 0) - sum(map(len, self._kept_lines()))

    def _written(self, connection: Connection, report: SyncReport) -> Wrote:
        with self._replaced() as file:
            places = self._write_issues(connection, file)
            end = file.tell()
            file.writelines(self._kept_lines())
        return Wrote(report, self.path, self._left(), places, end)

    @contextmanager
    def _replaced(self) -> Iterator[BinaryIO]:
        """The new file, which takes the place of the one that was read, and of no other one."""

        def check(new: Path) -> None:
            if stamp_of(self.path) != self.stamp:
                raise FileChanged
            self._new = stamp_of(new)

        with written_atomically(self.path, mode_of(self.path), check=check) as file:
            yield file

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

    def _write_issues(self, connection: Connection, file: BinaryIO) -> list[LinePlace]:
        """Writes the lines of all issues; the places of those that are not as their base."""
        places: list[LinePlace] = []
        ids, offset = self._ids(connection), 0
        for start in range(0, len(ids), reads.CHUNK):
            chunk = ids[start : start + reads.CHUNK]
            bases = synced.get_lines(connection, chunk)
            for issue_id, line in zip(chunk, rendered(connection, chunk), strict=True):
                if bases.get(issue_id) != text_of(line):
                    places.append(LinePlace(issue_id, offset))
                file.write(line)
                offset += len(line)
            if self.progress is not None:
                self.progress(start + len(chunk), len(ids))
        return places

    def _ids(self, connection: Connection) -> list[str]:
        return sorted(lists.list_ids(connection, EVERYTHING, self.asking, self.prefix))

    def _lines(self, connection: Connection, ids: list[str]) -> Iterator[bytes]:
        yield from rendered(connection, ids)
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

    # Only what has changed

    def write_changed(
        self, connection: Connection, done: SyncReport, known: Known, scan: FileScan | None, merged: set[str]
    ) -> Wrote | None:
        """As `write`, when the file stands as we write it: with the lines of what has changed, all else is copied.

        Raises:
            NotInOrder: when too much has changed, or a line can't be found by its id.

        Args:
            connection: to the database.
            done: what was done before.
            known: how the file was left the last time; what has changed since is in the history.
            scan: the file as it was read; None: it is as it was left.
            merged: the issues whose lines were merged.
        """
        changed = history.changed_since(connection, known.revision, SPLICE_LIMIT)
        ids = self._missing(connection, scan) if scan is not None else set()
        if changed is None or len(ids := ids | changed | merged) > SPLICE_LIMIT:
            raise NotInOrder
        report = evolve(done, revision=reads.current_revision(connection), exported=reads.count_issues(connection))
        try:
            return self._spliced(report, scan.end if scan else known.end, _lines_of(connection, ids))
        except (FileChanged, FileNotFoundError):
            return None
        except ValueError as error:
            raise NotInOrder from error
        except OSError as error:
            raise self._refused(error) from error

    def _missing(self, connection: Connection, scan: FileScan) -> set[str]:
        """The issues that have no line in the file."""
        return set(self._ids(connection)).difference(scan.ids or ())

    def _spliced(self, report: SyncReport, end: int, lines: dict[str, bytes | None]) -> Wrote:
        with self.path.open("rb") as old:
            if stamp_in(os.fstat(old.fileno())) != self.stamp:
                raise FileChanged
            # Not mapped: a program that cuts it off meanwhile would end this one.
            splice = Splice(old.read(), end, lines)
        if not splice.is_needed:
            return Wrote(report, self.path, self.stamp, [], splice.end)
        with self._replaced() as file:
            places, end = splice.write_to(file)
        return Wrote(evolve(report, wrote=True), self.path, self._left(), places, end)


def _lines_of(connection: Connection, ids: set[str]) -> dict[str, bytes | None]:
    """The lines of issues; None for one that is not there."""
    found: Mapping[str, bytes] = {}
    for chunk in reads.chunks(sorted(ids)):
        found = {**found, **{one: render_line(issue) for one, issue in reads.get_issues(connection, chunk).items()}}
    return {one: found.get(one) for one in ids}
