"""Sync: the workspace's issues.jsonl is merged in, then written again; what is in it at any moment is never lost.

In this order: a transaction merges the file's lines and makes them the bases; the new file takes the place of the old
one; another transaction makes its lines the bases. Whatever happens between, the next sync finds in the file what is as
its base, or a state that the issue had here, and neither is a change.
"""

from __future__ import annotations

import asyncio
import logging
import os
import stat
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, Final

from attrs import asdict, define, evolve, field
from sqlalchemy import Connection

from issuelens.daemon.aside import Aside
from issuelens.daemon.merging import FileMerge, LinePlace, note_bases, text_of
from issuelens.daemon.progress import Progress, threadsafe_progress
from issuelens.daemon.reading import Handler, Reading
from issuelens.daemon.transfer import EVERYTHING, Rehearsed, Reported, rendered, report_of, request_of
from issuelens.daemon.writer import Writer
from issuelens.domain.errors import PlaceChanged, Refused, StorageError
from issuelens.domain.imports import Unreadable
from issuelens.files import mode_of, remedy, written_atomically
from issuelens.ipc import methods
from issuelens.ipc.converter import Messages
from issuelens.ipc.messages import SyncFile, SyncReport, WriteContext
from issuelens.storage import lists, reads, synced
from issuelens.storage.conditions import Asking
from issuelens.tracker.operations import OperationContext
from issuelens.workspace import Workspace

logger = logging.getLogger(__name__)

ATTEMPTS: Final = 5
"""How often a file that another program changes meanwhile is read again."""

_Stamp = tuple[int, int, int, int]


class _FileChanged(Exception):
    """The file is not the one that was read."""


@define(eq=False)
class Syncing:
    """The method that brings issues.jsonl and the database together.

    Args:
        make_context: gives what an operation is done with.
    """

    workspace: Workspace
    writer: Writer
    reading: Reading
    make_context: Callable[..., Awaitable[OperationContext]]
    _messages: Messages = field(factory=Messages)
    _one_at_a_time: asyncio.Lock = field(factory=asyncio.Lock)

    def table(self) -> dict[str, Handler]:
        """Method -> handler."""
        return {methods.SYNC: self._sync}

    async def _sync(self, params: Any, client: str) -> Any:
        request, written = request_of(self._messages, params, SyncFile)
        conflicts: list[dict[str, Any]] = []
        async with self._one_at_a_time:
            for _ in range(ATTEMPTS):
                context = await self.make_context(written, client, needs_prefix=False)
                report = await self._synced(request, written, context, conflicts)
                if report is not None:
                    _log_sync(report, written, client)
                    return self._messages.write(report)
        raise Refused(
            f"{self.workspace.jsonl} was read, but another program keeps changing it, so it was not written. "
            "Sync again when that is done."
        )

    async def _synced(
        self, request: SyncFile, written: WriteContext, context: OperationContext, conflicts: list[dict[str, Any]]
    ) -> SyncReport | None:
        """What was done; None when the file was changed meanwhile, and has to be read once more.

        Args:
            request: what is asked.
            written: what it carries as a write.
            context: the operation's.
            conflicts: of all attempts; those of this one are added.
        """
        path, asking = self.workspace.jsonl, self.reading.asking(written.actor)
        aside = _KeptLines(self.workspace.aside, str(path))
        file = SharedFile(path, stamp_of(path), aside.texts, asking, context.prefix, threadsafe_progress())
        sync = _Sync(file, request, context, aside, is_dry=written.dry_run)
        done: SyncReport = await report_of(self.writer, self.reading.work_thread, sync, aside)
        conflicts += done.conflicts
        if written.dry_run:
            return done
        wrote = await self.reading.read_apart(file.write, evolve(done, conflicts=conflicts))
        if wrote is None:
            return None
        if wrote.places:
            await self._note(wrote)
        return wrote.report

    async def _note(self, wrote: Wrote) -> None:
        """Makes the lines that were written the bases, if that can be done; all else is done by then."""
        try:
            await self.writer.write(wrote.note)
        except PlaceChanged:
            raise
        except StorageError as error:
            logger.warning("the next sync finds out by itself what it has written this time: %s", error)


def _log_sync(report: SyncReport, written: WriteContext, client: str) -> None:
    if written.dry_run:
        return
    counts = {"imported": report.imported, "exported": report.exported, "conflicts": len(report.conflicts)}
    logger.info("issues.jsonl was synced", extra={**counts, "revision": report.revision, "client": client})


class _KeptLines(Aside):
    """Lines that can't be read, which are kept in the file, too."""

    def __init__(self, folder: Path, name: str) -> None:
        super().__init__(folder, name)
        self.texts: set[str] = set()

    def put(self, one: Unreadable) -> None:
        """Adds a line."""
        self.texts.add(one.text)
        super().put(one)


def stamp_of(path: Path) -> _Stamp | None:
    """What changes when another program writes a file; None when it is not there.

    Raises:
        Refused: when it can't be looked at, or is no file.
    """
    try:
        # Not what a link leads to: its lines would come back as lines of a file that git carries.
        found = path.lstat()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Refused(f"{path} can't be read: {error.strerror}. Nothing was changed.") from error
    if not stat.S_ISREG(found.st_mode):
        raise Refused(f"{path} is no file; nothing was changed. Move it away and sync again.")
    return _stamp(found)


def _stamp(found: os.stat_result) -> _Stamp:
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


@define
class Wrote:
    """What a sync did, and which lines of the file are new bases."""

    report: SyncReport
    path: Path
    stamp: _Stamp | None
    places: list[LinePlace]

    def note(self, connection: Connection) -> None:
        """Makes these lines the bases, unless the file is another one already.

        When it does not come to that, the next sync finds out that the file has states of here.
        """
        try:
            with self.path.open("rb") as file:
                if _stamp(os.fstat(file.fileno())) == self.stamp:
                    note_bases(connection, file, self.places)
        except FileNotFoundError:
            pass


@define
class SharedFile:
    """issues.jsonl as it was read, and as it is to be.

    Args:
        stamp: what it had before it was read.
        kept: its lines that can't be read; they stay, to the letter, at its end.
    """

    path: Path
    stamp: _Stamp | None
    kept: set[str]
    asking: Asking
    prefix: str
    progress: Progress | None

    def report(self, connection: Connection, done: SyncReport) -> SyncReport:
        """What was done, with what would be written now."""
        ids = self._ids(connection)
        wrote = not self._is_as(self._lines(connection, ids))
        return evolve(done, exported=len(ids), wrote=wrote, revision=reads.current_revision(connection))

    def write(self, connection: Connection, done: SyncReport) -> Wrote | None:
        """Writes it when its content is to change; what was done, with that. None when it is not what was read.

        Raises:
            Refused: when it can't be written.
        """
        report = self.report(connection, done)
        try:
            return self._written(connection, report) if report.wrote else Wrote(report, self.path, None, [])
        except _FileChanged:
            return None
        except OSError as error:
            told = f"{self.path} can't be written: {error.strerror}. What it had was taken over."
            raise Refused(told + remedy(error)) from error

    def _written(self, connection: Connection, report: SyncReport) -> Wrote:
        with written_atomically(self.path, mode_of(self.path)) as file:
            places = self._write_issues(connection, file)
            file.writelines(self._kept_lines())
            if stamp_of(self.path) != self.stamp:
                raise _FileChanged
        return Wrote(report, self.path, stamp_of(self.path), places)

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


@define
class _Sync:
    """The work of a sync, in the writing thread."""

    file: SharedFile
    request: SyncFile
    context: OperationContext
    aside: _KeptLines
    is_dry: bool = field(kw_only=True)

    def __call__(self, connection: Connection) -> Reported:
        try:
            return self._done(connection)
        finally:
            self.aside.discard()

    def _done(self, connection: Connection) -> Reported:
        revision = reads.current_revision(connection)
        merge = FileMerge(
            connection, self.context, self.file.path, self.request.partial, self.aside.put, self.file.progress
        )
        event = merge.run() if self.file.stamp is not None else None
        report = SyncReport(
            imported=dict(merge.counts),
            conflicts=[asdict(one) for one in merge.conflicts],
            exported=0,
            wrote=False,
            path=str(self.file.path),
            revision=revision,
        )
        if self.is_dry:
            raise Rehearsed(evolve(self.file.report(connection, report), revision=revision))
        # Within the transaction: what is merged is there only together with what was put aside.
        report = evolve(report, aside=self.aside.keep())
        return Reported(issues=(), events=(event,) if event else (), report=report)
