"""Import and export: files to issues in one transaction, issues to a file that is whole or not there."""

from __future__ import annotations

import asyncio
import logging
import os
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import Executor
from pathlib import Path
from typing import Any, Final, TypeVar

from attrs import define, evolve, field, frozen
from sqlalchemy import Connection

from issuelens.daemon.aside import Aside
from issuelens.daemon.progress import threadsafe_progress
from issuelens.daemon.reading import Handler, Reading, wanted
from issuelens.daemon.writer import Writer
from issuelens.domain.errors import InvalidField, Refused
from issuelens.domain.operation import Outcome
from issuelens.domain.query import Query, Term, Value
from issuelens.files import mode_of, remedy, written_atomically
from issuelens.ipc import messages, methods
from issuelens.ipc.converter import Messages
from issuelens.ipc.messages import ExportFile, ImportFile, ImportReport, WriteContext
from issuelens.storage import lists, reads
from issuelens.sync.importers import HEAD_BYTES, Format, detect_format, read_issues
from issuelens.sync.jsonl import render_line
from issuelens.tracker.importing import Import, find_cycle
from issuelens.tracker.operations import OperationContext
from issuelens.workspace import Workspace

logger = logging.getLogger(__name__)

_Request = TypeVar("_Request")


@define(eq=False)
class Transfer:
    """The methods that move issues between files and the database.

    Args:
        make_context: gives what an operation is done with.
    """

    workspace: Workspace
    writer: Writer
    reading: Reading
    make_context: Callable[..., Awaitable[OperationContext]]
    _messages: Messages = field(factory=Messages)

    def table(self) -> dict[str, Handler]:
        """Method -> handler."""
        return {methods.IMPORT: self._import, methods.EXPORT: self._export}

    # Import

    async def _import(self, params: Any, client: str) -> Any:
        request, written = request_of(self._messages, params, ImportFile)
        _check_path(request.path)
        context = await self.make_context(written, client, needs_prefix=True)
        aside = Aside(self.workspace.aside, request.name or request.path)
        run = ImportRun(request, context, aside, threadsafe_progress(), is_dry=written.dry_run)
        report = await report_of(self.writer, self.reading.work_thread, run, aside)
        if not written.dry_run:
            facts = {"format": report.format, "counts": report.counts, "revision": report.revision, "client": client}
            logger.info("a file was imported", extra=facts)
        return self._messages.write(report)

    # Export

    async def _export(self, params: Any, _client: str) -> Any:
        request = self._messages.read(params, ExportFile)
        _check_path(request.path)
        query = wanted(request.query, everything=False, limit=None) if request.query is not None else EVERYTHING
        asking = self.reading.asking(request.actor)
        prefix = self.reading.configuration.prefix_or_none()
        progress = threadsafe_progress()

        def write(connection: Connection) -> messages.Exported:
            path = _target(self.workspace, request.path)
            ids = sorted(lists.list_ids(connection, query, asking, prefix))
            _write_issues(connection, path, ids, progress)
            return messages.Exported(path=str(path), issues=len(ids), revision=reads.current_revision(connection))

        return self._messages.write(await self.reading.read_apart(write))


def request_of(converter: Messages, params: Any, cls: type[_Request]) -> tuple[_Request, WriteContext]:
    """A request and what every write carries, from the params of both."""
    params = params if isinstance(params, dict) else {}
    own = {name: params[name] for name in ("key", "actor", "dry_run") if name in params}
    request = converter.read({name: value for name, value in params.items() if name not in own}, cls)
    return request, converter.read(own, WriteContext)


async def report_of(writer: Writer, thread: Executor, work: Callable[[Connection], Any], aside: Aside) -> Any:
    """Does the work of an import, which owns what it puts aside; its report.

    Whoever waits for it may go away meanwhile: the work is done nevertheless, and its lines are there.
    """
    try:
        return (await writer.write(work)).report
    except Rehearsed as done:
        return done.report
    except Exception:
        await asyncio.get_running_loop().run_in_executor(thread, aside.withdraw)
        raise


def _check_path(text: str) -> None:
    """Refuses what can't be a path.

    Raises:
        InvalidField: then.
    """
    try:
        is_possible = b"\0" not in os.fsencode(text)
    except UnicodeEncodeError:
        is_possible = False
    if not is_possible:
        raise InvalidField("path", "it holds a character that no path has")
    if not Path(text).is_absolute():
        raise InvalidField("path", f"{text[:200]!r} is not absolute")


def _target(workspace: Workspace, text: str) -> Path:
    """The file to be exported to, through links to the file itself.

    Raises:
        InvalidField: for one of the workspace's own files.
    """
    path = Path(os.path.realpath(text))
    if path == workspace.jsonl:
        raise InvalidField("path", f"{path} is written by `issuelens sync`. Name another file.")
    if workspace.is_own(path):
        raise InvalidField("path", f"{path} is in the workspace's own folder. Name a file elsewhere.")
    return path


EVERYTHING: Final = Query((Term("is", (Value("any"), Value("deleted"))),))
"""All issues, tombstones included."""


def _write_issues(
    connection: Connection, path: Path, ids: list[str], progress: Callable[[int, int], None] | None
) -> None:
    """Writes a file of issues, of which readers see the old one or the whole new one.

    Raises:
        Refused: when it can't be written.
    """
    try:
        with written_atomically(path, mode_of(path)) as file:
            file.writelines(rendered(connection, ids, progress))
    except OSError as error:
        told = f"{path} can't be written: {error.strerror}. Nothing was exported."
        raise Refused(told + remedy(error)) from error


def rendered(
    connection: Connection, ids: list[str], progress: Callable[[int, int], None] | None = None
) -> Iterator[bytes]:
    """The lines of issues, read as they are asked for."""
    for start in range(0, len(ids), reads.CHUNK):
        chunk = ids[start : start + reads.CHUNK]
        found = reads.get_issues(connection, chunk)
        yield from (render_line(found[one]) for one in chunk)
        if progress is not None:
            progress(start + len(chunk), len(ids))


class Rehearsed(Refused):
    """Takes a rehearsed import back; carries its report."""

    def __init__(self, report: Any) -> None:
        super().__init__("This was a dry run.")
        self.report = report


@frozen(kw_only=True)
class Reported(Outcome):
    """An outcome with its report."""

    report: Any


@define(eq=False)
class ImportRun:
    """The work of an import, in the writing thread."""

    request: ImportFile
    context: OperationContext
    aside: Aside
    progress: Callable[[int, int], None] | None
    is_dry: bool
    _lines: list[dict[str, Any]] = field(factory=list)

    def __call__(self, connection: Connection) -> Reported:
        try:
            return self._done(connection)
        finally:
            self.aside.discard()

    def _done(self, connection: Connection) -> Reported:
        path, name = Path(self.request.path), self.request.name or self.request.path
        try:
            with path.open("rb") as file:
                size = path.stat().st_size
                kind = self._format(name, file.read(HEAD_BYTES))
                file.seek(0)
                one = Import(
                    connection,
                    self.context,
                    self._lines.append,
                    self.aside.put,
                    lambda _: self.progress(min(file.tell(), size), size) if self.progress else None,
                )
                records = read_issues(
                    file,
                    kind,
                    name,
                    prefix=self.context.prefix,
                    statuses=self.context.statuses,
                    partial=self.request.partial,
                )
                event = one.run(records)
        except OSError as error:
            raise Refused(f"{name} can't be read: {error.strerror}. Nothing was imported.") from error
        counts = Counter(line["action"] for line in self._lines)
        if counts["aside"] and counts["aside"] == len(self._lines):
            raise Refused(f"No line of {name} could be read; the first says: {self._lines[0]['reason']}.")
        return self._reported(connection, kind, counts, event)

    def _format(self, name: str, head: bytes) -> Format:
        if self.request.format is None:
            return detect_format(name, head)
        try:
            return Format(self.request.format)
        except ValueError as error:
            raise InvalidField("format", f"{self.request.format!r} is not one of {', '.join(Format)}") from error

    def _reported(self, connection: Connection, kind: Format, counts: Counter[str], event: Any) -> Reported:
        cycle = find_cycle(connection) if event is not None else []
        report = ImportReport(
            format=kind,
            lines=sorted(self._lines, key=lambda line: int(line["line"])),
            counts=dict(counts),
            aside=None,
            revision=reads.current_revision(connection),
            cycles=[cycle] if cycle else [],
        )
        if self.is_dry:
            raise Rehearsed(evolve(report, revision=report.revision - (event is not None)))
        # Within the transaction: an import is there only together with what it put aside.
        report = evolve(report, aside=self.aside.keep())
        return Reported(issues=(), events=(event,) if event else (), report=report)
