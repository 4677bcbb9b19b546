"""Sync: the workspace's issues.jsonl is imported, then written again; what is in it at any moment is never lost."""

from __future__ import annotations

import asyncio
import stat
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, Final

from attrs import define, evolve, field
from sqlalchemy import Connection

from issuelens.daemon.progress import Progress, threadsafe_progress
from issuelens.daemon.reading import Handler, Reading
from issuelens.daemon.transfer import (
    EVERYTHING,
    Aside,
    ImportRun,
    Rehearsed,
    Reported,
    rendered,
    report_of,
    request_of,
)
from issuelens.daemon.writer import Writer
from issuelens.domain.errors import Refused
from issuelens.domain.imports import Unreadable
from issuelens.ipc import methods
from issuelens.ipc.converter import Messages
from issuelens.ipc.messages import ImportFile, SyncFile, SyncReport, WriteContext
from issuelens.storage import lists, reads
from issuelens.storage.conditions import Asking
from issuelens.sync.importers import Format
from issuelens.tracker.operations import OperationContext
from issuelens.workspace import Workspace, written_atomically

ATTEMPTS: Final = 5
"""How often a file that another program changes meanwhile is imported again."""

_Stamp = tuple[int, int, int, int]


class _FileChanged(Exception):
    """The file is not the one that was imported."""


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
        async with self._one_at_a_time:
            for _ in range(ATTEMPTS):
                context = await self.make_context(written, client, needs_prefix=False)
                report = await self._synced(request, written, context)
                if report is not None:
                    return self._messages.write(report)
        raise Refused(
            f"{self.workspace.jsonl} was imported, but another program keeps changing it, so it was not written. "
            "Sync again when that is done."
        )

    async def _synced(self, request: SyncFile, written: WriteContext, context: OperationContext) -> SyncReport | None:
        """What was done; None when the file was changed meanwhile, and has to be imported once more."""
        path, asking = self.workspace.jsonl, self.reading.asking(written.actor)
        stamp = stamp_of(path)
        aside = _KeptLines(self.workspace, str(path))
        file = SharedFile(path, stamp, aside.texts, asking, context.prefix, threadsafe_progress())
        sync = _Sync(file, request, context, aside, is_dry=written.dry_run)
        report: SyncReport = await report_of(self.writer, sync, aside)
        return report if written.dry_run else await self.reading.read(file.write, report)


class _KeptLines(Aside):
    """Lines that can't be read, which are kept in the file, too."""

    def __init__(self, workspace: Workspace, name: str) -> None:
        super().__init__(workspace, name)
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
        found = path.stat()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Refused(f"{path} can't be read: {error.strerror}. Nothing was changed.") from error
    if not stat.S_ISREG(found.st_mode):
        raise Refused(f"{path} is no file; nothing was changed. Move it away and sync again.")
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


@define
class SharedFile:
    """issues.jsonl as it was imported, and as it is to be.

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

    def report(self, connection: Connection, imported: dict[str, int]) -> SyncReport:
        """What a sync would do now."""
        ids = self._ids(connection)
        return SyncReport(
            imported=imported,
            conflicts=[],
            exported=len(ids),
            wrote=not self._is_as(self._lines(connection, ids)),
            path=str(self.path),
            revision=reads.current_revision(connection),
        )

    def write(self, connection: Connection, done: SyncReport) -> SyncReport | None:
        """Writes it when its content is to change; what was done, with that. None when it is not what was imported.

        Raises:
            Refused: when it can't be written.
        """
        report = evolve(self.report(connection, done.imported), aside=done.aside)
        try:
            if report.wrote:
                self._replace(connection)
        except _FileChanged:
            return None
        except OSError as error:
            raise Refused(f"{self.path} can't be written: {error.strerror}. It was imported.") from error
        return report

    def _replace(self, connection: Connection) -> None:
        with written_atomically(self.path) as file:
            file.writelines(self._lines(connection, self._ids(connection), self.progress))
            if stamp_of(self.path) != self.stamp:
                raise _FileChanged

    def _ids(self, connection: Connection) -> list[str]:
        return sorted(lists.list_ids(connection, EVERYTHING, self.asking, self.prefix))

    def _lines(self, connection: Connection, ids: list[str], progress: Progress | None = None) -> Iterator[bytes]:
        yield from rendered(connection, ids, progress)
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
        revision = reads.current_revision(connection)
        done = self._import(connection) if self.file.stamp is not None else None
        counts = done.report.counts if done else {}
        if self.is_dry:
            raise Rehearsed(evolve(self.file.report(connection, counts), revision=revision))
        return Reported(issues=(), events=done.events if done else (), report=_imported(self.file.path, counts))

    def _import(self, connection: Connection) -> Reported:
        request = ImportFile(path=str(self.file.path), format=Format.BEADS, partial=self.request.partial)
        return ImportRun(request, self.context, self.aside, self.file.progress, is_dry=False)(connection)


def _imported(path: Path, counts: dict[str, int]) -> SyncReport:
    return SyncReport(imported=counts, conflicts=[], exported=0, wrote=False, path=str(path), revision=0)
