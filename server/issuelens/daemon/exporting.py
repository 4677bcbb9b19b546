"""The shared files are written: all of each, or only the lines of what has changed since they were left."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from attrs import define, evolve, field, frozen
from sqlalchemy import Connection

from issuelens.daemon.part_file import PartFile, WrotePart
from issuelens.daemon.parts import Known, Left, Stamps, grouped, parts_of, share_shards, stamp_in, stamp_of
from issuelens.daemon.shared_file import FileChanged, FileScan, Progress, note_bases, scan_file
from issuelens.daemon.transfer import EVERYTHING
from issuelens.daemon.unwritten import clear_unwritten, unwritten
from issuelens.domain.config import Layout
from issuelens.domain.errors import Refused
from issuelens.files import remedy
from issuelens.ipc.sync_messages import SyncReport
from issuelens.storage import history, lists, reads, writes
from issuelens.storage.conditions import Asking
from issuelens.sync.jsonl import render_line
from issuelens.workspace import Workspace

SPLICE_LIMIT: Final = 20_000
"""Lines that are replaced in a file; more are written with all of it."""
_SETTING: Final = "shared files"


class NotInOrder(Exception):
    """A file is not as it should have been left, or too much has changed since: all of them have to be read."""


def known_files(connection: Connection) -> Known | None:
    """How the files were left."""
    return Known.from_text(writes.read_setting(connection, _SETTING))


@frozen
class Wrote:
    """What a sync did, how the files were left (None where there are none), and those that were written."""

    report: SyncReport
    known: Known | None
    new: list[WrotePart]

    @property
    def has_bases(self) -> bool:
        """Whether lines are new bases."""
        return any(one.places for one in self.new)

    def note(self, connection: Connection) -> None:
        """Makes the new lines the bases, and notes how the files were left.

        Raises:
            FileChanged: when one is another by now; the next sync finds out that the rest are states of here.
        """
        if self.known is None or any(stamp_of(one.path) != one.stamp for one in self.new):
            raise FileChanged
        for one in self.new:
            if one.places:
                _note(connection, one)
        writes.write_setting(connection, _SETTING, self.known.to_text())
        clear_unwritten(connection)


def _note(connection: Connection, one: WrotePart) -> None:
    with one.path.open("rb") as file:
        if stamp_in(os.fstat(file.fileno())) != one.stamp:
            raise FileChanged
        note_bases(connection, file, one.places)


@define
class Export:
    """The shared files, as they are to be.

    Args:
        layout: of those that are to be written.
        stamps: what those that are there had before they were read, some of which may be of another layout.
        kept: lines that can't be read, by the part that has them.
    """

    workspace: Workspace
    layout: Layout
    stamps: Stamps
    asking: Asking
    prefix: str
    progress: Progress | None
    kept: dict[str, set[str]] = field(factory=dict)
    _ids: dict[str, list[str]] | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The parts that are to be written."""
        return parts_of(self.layout)

    @property
    def others(self) -> list[str]:
        """The parts of another layout."""
        return sorted(self.stamps.keys() - self.names)

    def known(self, known: Known | None) -> Known | None:
        """How the files were left, where that helps; where another layout was, all has to be read."""
        is_of_layout = known is not None and not known.parts.keys() - self.names
        return known if is_of_layout and not self.others else None

    def scans(self, connection: Connection, known: Known | None) -> dict[str, FileScan]:
        """A look at each file that is not as it was left, by name; those that are gone among them.

        Raises:
            Refused: when one can't be read.
        """
        left = known.stamps if known else {}
        names = sorted(one for one in {*left, *self.stamps} if known is None or left.get(one) != self.stamps.get(one))
        return {name: scan_file(connection, self._path(name), self.progress) for name in names}

    def report(self, connection: Connection, done: SyncReport) -> SyncReport:
        """What was done, with what would be written now."""
        ids = self._grouped(connection)
        wrote = any(self._file(one).is_to_be_written(connection, ids.get(one, [])) for one in self.names)
        return self._counted(connection, evolve(done, wrote=wrote or bool(self.others)))

    def write(self, connection: Connection, done: SyncReport) -> Wrote | None:
        """Writes all parts whose content is to change; None when one is not what was read.

        Raises:
            Refused: when one can't be written.
        """
        report, ids = self._counted(connection, done), self._grouped(connection)
        parts = ((name, self._file(name).write(connection, ids.get(name, []))) for name in self._told())
        return self._wrote(report, {}, parts)

    def _counted(self, connection: Connection, done: SyncReport) -> SyncReport:
        count = sum(map(len, self._grouped(connection).values()))
        return evolve(done, exported=count, revision=reads.current_revision(connection))

    def _told(self) -> Iterator[str]:
        """The parts; how many are done is told where there are several."""
        for number, one in enumerate(self.names, 1):
            yield one
            if self.progress is not None and self.layout is Layout.SHARDS:
                self.progress(number, len(self.names))

    # Only what has changed

    def write_changed(
        self, connection: Connection, done: SyncReport, known: Known, scans: Mapping[str, FileScan], merged: set[str]
    ) -> Wrote | None:
        """As `write`, but writes the lines of what has changed since the parts were left, and copies the others.

        Args:
            connection: to the database.
            done: what was done before.
            known: how the parts were left the last time; what has changed since is in the history.
            scans: the parts that were read, by name; all others are as they were left.
            merged: the issues whose lines were merged.

        Raises:
            NotInOrder: when a line can't be found by its id, or too much has changed.
            Refused: when a part can't be written.
        """
        changed, others = history.changed_since(connection, known.revision, SPLICE_LIMIT), unwritten(connection)
        if changed is None or others is None:
            raise NotInOrder
        ids = grouped(self.layout, sorted(changed | merged | others))
        report = evolve(done, revision=reads.current_revision(connection), exported=reads.count_issues(connection))
        names = [name for name in self.names if name in scans or name in ids]
        parts = ((name, self._changed(connection, name, known, scans.get(name), ids.get(name, []))) for name in names)
        try:
            return self._wrote(report, known.parts, parts)
        except ValueError as error:
            raise NotInOrder from error

    def _changed(
        self, connection: Connection, name: str, known: Known, scan: FileScan | None, ids: Sequence[str]
    ) -> WrotePart:
        """One part, in which these issues have changed; it may have been read."""
        if scan is None:
            left = known.parts.get(name)
            return self._file(name).splice(left.end if left else 0, _lines_of(connection, ids))
        belonging = self._grouped(connection).get(name, [])
        there, here = set(scan.ids or ()), set(belonging)
        wanted = (here - there) | here.intersection(ids)
        if scan.ids is None or len(wanted) > SPLICE_LIMIT:
            return self._file(name).write(connection, belonging)
        strays: dict[str, bytes | None] = dict.fromkeys(there - here)
        return self._file(name).splice(scan.end, strays | _lines_of(connection, sorted(wanted)))

    def _wrote(
        self, report: SyncReport, before: Mapping[str, Left], parts: Iterable[tuple[str, WrotePart]]
    ) -> Wrote | None:
        """The parts are written, as they come; None when one is not what was read."""
        if self.layout is Layout.SHARDS:
            share_shards(self.workspace)
        left, new = dict(before), []
        try:
            for name, one in parts:
                left.pop(name, None)
                left |= {name: Left(one.stamp, one.end)} if one.stamp else {}
                new += [one] if one.is_new else []
        except FileChanged:
            return None
        known = Known(report.revision, left) if left else None
        return Wrote(evolve(report, wrote=bool(new or self.others)), known, new)

    def remove_others(self) -> None:
        """Removes the parts of another layout, whose issues are in these now; not one that was changed meanwhile.

        Raises:
            Refused: when one can't be removed.
        """
        for name in self.others:
            path = self._path(name)
            try:
                if stamp_of(path) == self.stamps[name]:
                    path.unlink()
            except OSError as error:
                told = f"{path} can't be removed: {error.strerror}. What it has is in the other files."
                raise Refused(told + remedy(error)) from error
        with suppress(OSError):
            self.workspace.shards.rmdir()  # one that is empty, or was never there

    def _path(self, name: str) -> Path:
        return self.workspace.directory / name

    def _file(self, name: str) -> PartFile:
        kept = self.kept.get(name, set())
        if name == self.names[0]:
            # What can't be read in a part of another layout stays, too.
            kept = kept.union(*(self.kept.get(one, set()) for one in self.others))
        progress = self.progress if self.layout is Layout.FILE else None
        return PartFile(self._path(name), self.stamps.get(name), kept, progress)

    def _grouped(self, connection: Connection) -> dict[str, list[str]]:
        """The issues of each part, sorted."""
        if self._ids is None:
            ids = lists.list_ids(connection, EVERYTHING, self.asking, self.prefix)
            self._ids = grouped(self.layout, sorted(ids))
        return self._ids


def _lines_of(connection: Connection, ids: Sequence[str]) -> dict[str, bytes | None]:
    """The lines of issues; None for one that is not there."""
    found: dict[str, bytes | None] = dict.fromkeys(ids)
    for chunk in reads.chunks(sorted(ids)):
        found |= {one: render_line(issue) for one, issue in reads.get_issues(connection, chunk).items()}
    return found
