"""Sync: the workspace's issues.jsonl is merged in, then written again; what is in it at any moment is never lost.

In this order: a transaction merges the file's lines and makes them the bases; the new file takes the place of the old
one; another transaction makes its lines the bases. Whatever happens between, the next sync finds in the file what is as
its base, or a state that the issue had here, and neither is a change.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from attrs import define, evolve, field
from sqlalchemy import Connection

from issuelens.daemon.aside import Aside
from issuelens.daemon.exporting import NotInOrder, SharedFile, Wrote, known_file
from issuelens.daemon.merging import FileMerge
from issuelens.daemon.progress import threadsafe_progress
from issuelens.daemon.reading import Handler, Reading
from issuelens.daemon.shared_file import FileChanged, FileScan, Known, scan_file, stamp_of
from issuelens.daemon.transfer import Rehearsed, Reported, report_of, request_of
from issuelens.daemon.writer import Writer
from issuelens.domain.errors import PlaceChanged, Refused, StorageError
from issuelens.domain.imports import Unreadable
from issuelens.ipc import methods
from issuelens.ipc.converter import Messages
from issuelens.ipc.messages import WriteContext
from issuelens.ipc.sync_messages import OWN_CLIENT, SyncFile, SyncReport
from issuelens.storage import reads
from issuelens.tracker.operations import OperationContext
from issuelens.workspace import Workspace

logger = logging.getLogger(__name__)

ATTEMPTS: Final = 5
"""How often a file that another program changes meanwhile is read again."""


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
    known: Known | None = None
    """How the file was left, as far as that is known."""
    _messages: Messages = field(factory=Messages)
    _one_at_a_time: asyncio.Lock = field(factory=asyncio.Lock)

    def table(self) -> dict[str, Handler]:
        """Method -> handler."""
        return {methods.SYNC: self._sync}

    async def begin(self) -> None:
        """Reads how the file was left before."""
        self.known = await self.reading.read(known_file)

    async def _sync(self, params: Any, client: str) -> Any:
        request, written = request_of(self._messages, params, SyncFile)
        return self._messages.write(await self.bring_together(request, written, client))

    async def bring_together(
        self, request: SyncFile, written: WriteContext, client: str, *, is_whole: bool = True, is_writing: bool = True
    ) -> SyncReport:
        """Merges the file in and writes it.

        Args:
            request: what is asked.
            written: what it carries as a write.
            client: who asks.
            is_whole: whether every line is compared with what the database has; else those of what has changed.
            is_writing: whether the file is written; else it is only merged in.

        Raises:
            Refused: when the file can't be taken or written, or another program keeps changing it.
        """
        conflicts: list[dict[str, Any]] = []
        async with self._one_at_a_time:
            for _ in range(ATTEMPTS):
                context = await self.make_context(written, client, needs_prefix=False)
                one = _Attempt(self, request, written, context, is_whole, is_writing)
                report = await one.report(conflicts)
                if report is not None:
                    _log_sync(report, written, client)
                    return report
        raise Refused(
            f"{self.workspace.jsonl} was read, but another program keeps changing it, so it was not written. "
            "Sync again when that is done."
        )


@define
class _Attempt:
    """One time that the file is read and written; there is another one when somebody else writes it meanwhile."""

    syncing: Syncing
    request: SyncFile
    written: WriteContext
    context: OperationContext
    is_whole: bool
    is_writing: bool

    async def report(self, conflicts: list[dict[str, Any]]) -> SyncReport | None:
        """What was done; None when the file was changed meanwhile, and has to be read once more.

        Args:
            conflicts: of all attempts; those of this one are added.
        """
        known, path = self.syncing.known, self.syncing.workspace.jsonl
        stamp, reading = stamp_of(path), self.syncing.reading
        aside = _KeptLines(self.syncing.workspace.aside, str(path))
        asking, progress = reading.asking(self.written.actor), threadsafe_progress()
        file = SharedFile(path, stamp, aside.texts, asking, self.context.prefix, progress)
        if known is not None and known.stamp == stamp and not self.is_whole and self.is_writing:
            with suppress(NotInOrder):
                wrote = await reading.read_apart(file.write_changed, _nothing(path), known, None, set())
                return await self._noted(wrote)
        scan = await reading.read_apart(scan_file, path, progress)
        if scan.stamp != stamp:
            return None
        sync = _Sync(file, self.request, self.context, aside, scan, is_dry=self.written.dry_run)
        try:
            done: SyncReport = await report_of(self.syncing.writer, reading.work_thread, sync, aside)
        except FileChanged:
            return None
        conflicts += done.conflicts
        if self.written.dry_run:
            return done
        done = evolve(done, conflicts=conflicts)
        if not self.is_writing:
            return evolve(done, wrote=False)
        if known is not None and scan.ids is not None and not self.is_whole:
            with suppress(NotInOrder):
                return await self._noted(await reading.read_apart(file.write_changed, done, known, scan, sync.merged))
        return await self._noted(await reading.read_apart(file.write, done))

    async def _noted(self, wrote: Wrote | None) -> SyncReport | None:
        """Makes the lines that were written the bases, if that can be done; all else is done by then."""
        if wrote is None:
            return None
        if wrote.known is not None and (wrote.places or wrote.known != self.syncing.known):
            try:
                await self.syncing.writer.write(wrote.note)
            except PlaceChanged:
                raise
            except StorageError as error:
                logger.warning("the next sync finds out by itself what it has written this time: %s", error)
        self.syncing.known = wrote.known
        return wrote.report


def _nothing(path: Path) -> SyncReport:
    """The report of a sync that had nothing to merge."""
    return SyncReport(imported={}, conflicts=[], exported=0, wrote=False, path=str(path), revision=0)


def _log_sync(report: SyncReport, written: WriteContext, client: str) -> None:
    if written.dry_run:
        return
    counts = {"imported": report.imported, "exported": report.exported, "conflicts": len(report.conflicts)}
    level = logging.INFO if report.imported or client != OWN_CLIENT else logging.DEBUG
    logger.log(level, "issues.jsonl was synced", extra={**counts, "revision": report.revision, "client": client})


class _KeptLines(Aside):
    """Lines that can't be read, which are kept in the file, too."""

    def __init__(self, folder: Path, name: str) -> None:
        super().__init__(folder, name)
        self.texts: set[str] = set()

    def put(self, one: Unreadable) -> None:
        """Adds a line."""
        self.texts.add(one.text)
        super().put(one)


@define
class _Sync:
    """The work of a sync, in the writing thread."""

    file: SharedFile
    request: SyncFile
    context: OperationContext
    aside: _KeptLines
    scan: FileScan
    merged: set[str] = field(factory=set)
    """The issues whose lines were merged."""
    is_dry: bool = field(kw_only=True)

    def __call__(self, connection: Connection) -> Reported:
        try:
            return self._done(connection)
        finally:
            self.aside.discard()

    def _done(self, connection: Connection) -> Reported:
        revision = reads.current_revision(connection)
        merge = FileMerge(
            connection,
            self.context,
            self.file.path,
            self.scan,
            self.request.partial,
            self.aside.put,
            self.file.progress,
        )
        event = merge.run() if self.scan.stamp is not None else None
        self.merged = merge.merged
        report = SyncReport(
            imported=dict(merge.counts),
            conflicts=[one.to_json() for one in merge.conflicts],
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
