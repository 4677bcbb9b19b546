"""Sync: the workspace's shared files are merged in, then written again; what is in them at any moment is never lost.

In this order: a transaction merges their lines and makes them the bases; the new files take the places of the old
ones; another transaction makes their lines the bases. Whatever happens between, the next sync finds in them what is as
its base, or a state that the issue had here, and neither is a change.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Final, NamedTuple

from attrs import define, evolve, field
from sqlalchemy import Connection

from issuelens.daemon.aside import Aside
from issuelens.daemon.branches import Fork, Moves, fork_of, moves_since
from issuelens.daemon.exporting import Export, NotInOrder, Wrote, known_files
from issuelens.daemon.merging import FileMerge
from issuelens.daemon.noted import Noted
from issuelens.daemon.parts import Known, Stamps, stamps_of
from issuelens.daemon.progress import threadsafe_progress
from issuelens.daemon.reading import Handler, Reading
from issuelens.daemon.shared_file import FileChanged, FileScan
from issuelens.daemon.slices import Scans, sliced
from issuelens.daemon.transfer import Rehearsed, Reported, report_of, request_of
from issuelens.daemon.unwritten import add_unwritten
from issuelens.daemon.writer import Writer
from issuelens.domain.errors import PlaceChanged, Refused, StorageError
from issuelens.domain.imports import Unreadable
from issuelens.domain.operation import Event, Outcome
from issuelens.ipc import methods
from issuelens.ipc.converter import Messages
from issuelens.ipc.messages import WriteContext
from issuelens.ipc.sync_messages import OWN_CLIENT, SyncFile, SyncReport
from issuelens.storage import history, reads
from issuelens.sync.merge import Conflict
from issuelens.todos.git_folder import is_merging
from issuelens.tracker.operations import OperationContext
from issuelens.tracker.recording import Recording
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
    """How the files were left, as far as that is known."""
    seen: Stamps = field(factory=dict)
    """What they had when they were read or written last."""
    _messages: Messages = field(factory=Messages)
    _one_at_a_time: asyncio.Lock = field(factory=asyncio.Lock)
    noted: Noted = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.noted = Noted(self.workspace, self.writer, self.reading, self.make_context)

    def table(self) -> dict[str, Handler]:
        """Method -> handler."""
        return {methods.SYNC: self._sync}

    async def begin(self) -> None:
        """Reads how the file was left before."""
        self.known = await self.reading.read(known_files)

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
                export = self._export(written, context)
                known = None if is_whole else export.known(self.known)
                one = _Attempt(self, export, known, request, written, context, is_writing)
                report = await one.report(conflicts)
                if report is not None:
                    _log_sync(report, written, client)
                    if not written.dry_run:
                        await self.noted.take()
                    return report
        raise Refused(
            f"{self.workspace.jsonl} was read, but another program keeps changing it, so it was not written. "
            "Sync again when that is done."
        )

    def _export(self, written: WriteContext, context: OperationContext) -> Export:
        """The files as they are now, to be written as config.toml says."""
        layout = self.reading.configuration.current().sync.layout
        asking, self.seen = self.reading.asking(written.actor), stamps_of(self.workspace)
        return Export(self.workspace, layout, self.seen, asking, context.prefix, threadsafe_progress())


class _Seen(NamedTuple):
    """What was looked at: the files, what HEAD has done, what both had where it parted, or that it went on."""

    scans: dict[str, FileScan]
    moves: Moves | None
    fork: Fork | None
    is_forward: bool


@define
class _Attempt:
    """One time that the files are read and written; there is another one when somebody else writes one meanwhile.

    `known`: how they were left; None where every line is looked at, and compared with what it is to be.
    """

    syncing: Syncing
    export: Export
    known: Known | None
    request: SyncFile
    written: WriteContext
    context: OperationContext
    is_writing: bool

    async def report(self, conflicts: list[dict[str, Any]]) -> SyncReport | None:
        """What was done; None when a file was changed meanwhile, and all has to be done once more.

        Args:
            conflicts: of all attempts; those of this one are added.
        """
        seen = await self.syncing.reading.read_apart(self._look)
        scans = seen.scans
        if any(scan.stamp != self.export.stamps.get(name) for name, scan in scans.items()):
            return None
        done, merged = _nothing(self.syncing.workspace), set[str]()
        if scans or self.written.dry_run:
            sync = self._merge_of(seen)
            try:
                done = await self._merged(sync)
            except FileChanged:
                return None
            merged = sync.merged
        conflicts += done.conflicts
        if self.written.dry_run:
            return done
        done = evolve(done, conflicts=conflicts)
        return await self._write(done, scans, merged) if self.is_writing else done

    def _look(self, connection: Connection) -> _Seen:
        """Looks at the files that may have changed; first at HEAD: what moves meanwhile counts the next time."""
        folder = self.syncing.workspace.directory
        moves = moves_since(connection, folder)
        scans = self.export.scans(connection, self.known)
        names = [name for name, scan in scans.items() if scan.differing]
        fork = fork_of(connection, folder, names, moves) if names else None
        has_moved = moves is not None and len(set(moves.commits)) > 1
        return _Seen(scans, moves, fork, fork is None and (has_moved or is_merging(folder)))

    def _merge_of(self, seen: _Seen) -> _Sync:
        aside = Aside(self.syncing.workspace.aside, str(self.syncing.workspace.jsonl))
        return _Sync(self.export, self.request, self.context, aside, seen, seen.scans, is_dry=self.written.dry_run)

    async def _merged(self, sync: _Sync) -> SyncReport:
        """Merges all; many lines in slices, so that nobody's write waits for all of them."""
        writer, reading = self.syncing.writer, self.syncing.reading
        if not sync.is_dry:
            try:
                *parts, sync.rest = await reading.work(sliced, self.syncing.workspace.directory, sync.seen.scans)
            except OSError as error:
                raise Refused(f"{self.syncing.workspace.jsonl} can't be read: {error.strerror}.") from error
            for part in parts:
                await writer.write(partial(sync.merge_part, part))
        done: SyncReport = await report_of(writer, reading.work_thread, sync, sync.aside)
        return done

    async def _write(self, done: SyncReport, scans: dict[str, FileScan], merged: set[str]) -> SyncReport | None:
        reading = self.syncing.reading
        if self.known is None:
            return await self._noted(await reading.read_apart(self.export.write, done))
        try:
            wrote = await reading.read_apart(self.export.write_changed, done, self.known, scans, merged)
        except NotInOrder:
            self.syncing.known = None
            return None
        return await self._noted(wrote)

    async def _noted(self, wrote: Wrote | None) -> SyncReport | None:
        """Makes the lines that were written the bases, if that can be done; all else is done by then."""
        if wrote is None:
            return None
        self.syncing.seen = wrote.known.stamps if wrote.known else {}
        if wrote.known is not None and (wrote.has_bases or wrote.known != self.syncing.known):
            try:
                await self.syncing.writer.write(wrote.note)
            except PlaceChanged:
                raise
            except (StorageError, FileChanged) as error:
                logger.warning("the next sync finds out by itself what it has written this time: %s", error)
                return wrote.report
        self.syncing.known = wrote.known
        if self.export.others:
            await self.syncing.reading.work(self.export.remove_others)
        return wrote.report


def _nothing(workspace: Workspace) -> SyncReport:
    """The report of a sync that had nothing to merge."""
    return SyncReport(imported={}, conflicts=[], exported=0, wrote=False, path=str(workspace.jsonl), revision=0)


def _log_sync(report: SyncReport, written: WriteContext, client: str) -> None:
    if written.dry_run:
        return
    counts = {"imported": report.imported, "exported": report.exported, "conflicts": len(report.conflicts)}
    level = logging.INFO if report.imported or client != OWN_CLIENT else logging.DEBUG
    logger.log(level, "issues.jsonl was synced", extra={**counts, "revision": report.revision, "client": client})


@define
class _Sync:
    """The work of a sync, in the writing thread."""

    export: Export
    request: SyncFile
    context: OperationContext
    aside: Aside
    seen: _Seen
    rest: Scans
    """What is to be merged yet."""
    merged: set[str] = field(factory=set)
    """The issues whose lines were merged."""
    is_dry: bool = field(kw_only=True)
    _counts: Counter[str] = field(factory=Counter)
    _conflicts: list[Conflict] = field(factory=list)

    def __call__(self, connection: Connection) -> Reported:
        try:
            return self._done(connection)
        finally:
            self.aside.discard()

    def merge_part(self, part: Scans, connection: Connection) -> Outcome:
        """Merges some lines, which nobody has to merge again."""
        try:
            event = self._merge_all(connection, part)
        except BaseException:
            self.aside.discard()
            raise
        return Outcome(issues=(), events=(event,) if event else ())

    def _done(self, connection: Connection) -> Reported:
        revision = reads.current_revision(connection)
        event = self._merge_all(connection, self.rest)
        if self.seen.moves is not None:
            self.seen.moves.note(connection)
        report = evolve(
            _nothing(self.export.workspace),
            imported=dict(self._counts),
            conflicts=[conflict.to_json() for conflict in self._conflicts],
            revision=revision,
        )
        if self.is_dry:
            raise Rehearsed(evolve(self.export.report(connection, report), revision=revision))
        # Within the transaction: what is merged is there only together with what was put aside.
        report = evolve(report, aside=self.aside.keep())
        return Reported(issues=(), events=(event,) if event else (), report=report)

    def _merge_all(self, connection: Connection, scans: Scans) -> Event | None:
        """Merges lines as one operation."""
        recording = Recording(connection, self.context, history.SYNC)
        merges = [self._merge(connection, recording, *one) for one in scans.items() if one[1].stamp is not None]
        counts = Counter(issue_id for one in merges for issue_id in one.merged)
        for one in merges:
            one.note(leaving={issue_id for issue_id, count in counts.items() if count > 1})
            add_unwritten(connection, one.unlike)
            self._counts += one.counts
            self._conflicts += one.conflicts
        self.merged |= set(counts)
        for name, scan in scans.items():
            if scan.ids is None:
                # Seen now only: the lines do not stand as we write them.
                self.seen.scans[name].ids = None
        return recording.finish()

    def _merge(self, connection: Connection, recording: Recording, name: str, scan: FileScan) -> FileMerge:
        kept = self.export.kept.setdefault(name, set())

        def put(one: Unreadable) -> None:
            kept.add(one.text)
            self.aside.put(one)

        path = self.export.workspace.directory / name
        merge = FileMerge(
            *(connection, self.context, recording, path, scan, self.request.partial, put, self.export.progress),
            fork=self.seen.fork,
            is_forward=self.seen.is_forward,
        )
        merge.run()
        return merge
