"""Keeps what is stored of the code current. One work at a time; those who ask while it is due share it."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final

from attrs import define, field

from issuelens.daemon.code_findings import Changed, Intake
from issuelens.daemon.configuration import Configuration
from issuelens.daemon.events import EventStream, notification
from issuelens.daemon.progress import PROGRESS, Progress
from issuelens.daemon.reading import Reading
from issuelens.daemon.writer import Writer
from issuelens.domain.config import Config
from issuelens.domain.errors import InvalidConfig, Unreachable
from issuelens.ipc.messages import CodeProgress
from issuelens.ipc.methods import CODE_CHANGED, CODE_PROGRESS
from issuelens.storage import code, reads
from issuelens.todos.engine import Begun, Found, Gone, Listed, ScanMessage, ScanRequest, counted, read_files, scan
from issuelens.todos.found import FileFindings
from issuelens.todos.settings import ScanSettings, scan_settings
from issuelens.workspace import Workspace

logger = logging.getLogger(__name__)

FEW: Final = 200
"""Files that are read at once when they were touched; of more, a scan finds out which have changed."""
PROGRESS_SECONDS: Final = 0.1
"""Between two words of how far a scan is."""
CHANGES_SECONDS: Final = 1.0
"""Between two words of what has changed, while a scan goes on."""


@define(eq=False)
class _Work:
    """What is to be done for those who wait: a scan, or only the reading of some files."""

    touched: set[str] = field(factory=set)
    is_scan: bool = False
    listeners: list[Progress] = field(factory=list)
    waiting: int = 0
    task: asyncio.Task[None] | None = None


@define(eq=False)
class CodeIndex:
    """What is stored of the code. The owner calls `close`.

    Args:
        workspace: whose code.
        configuration: says what is looked for.
        writer: does the writes.
        reading: does the reads.
        stream: whoever is connected is told what has changed.
    """

    workspace: Workspace
    configuration: Configuration
    writer: Writer
    reading: Reading
    stream: EventStream
    _turn: asyncio.Lock = field(factory=asyncio.Lock)
    _next: _Work | None = None
    _tasks: set[asyncio.Task[None]] = field(factory=set)
    _is_closed: bool = False
    _good: Config | None = None

    async def current(self) -> None:
        """Returns when a scan is over that began after this was called.

        Raises:
            ScanFailed: why the files could not be read; what is stored stays as it is.
            Unreachable: when the daemon ends.
        """
        await self._done(is_scan=True)

    async def touched(self, paths: Iterable[str] | None) -> None:
        """Reads files that have changed, were created, deleted or renamed; None: many. Raises as `current`.

        Args:
            paths: relative to the root, as `FileFindings` has them; a folder means all that is in it.
        """
        touched = set(paths or ())
        if touched or paths is None:
            await self._done(is_scan=paths is None, touched=touched)

    async def close(self) -> None:
        """Ends what is under way; those who wait are told. A second call does nothing."""
        self._is_closed = True
        for task in tuple(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    # Whose turn it is

    async def _done(self, *, is_scan: bool, touched: Iterable[str] = ()) -> None:
        work = self._due()
        work.is_scan |= is_scan
        work.touched |= set(touched)
        progress = PROGRESS.get()
        if progress is not None:
            work.listeners.append(progress)
        await self._waited(work)

    def _due(self) -> _Work:
        """The work that has not begun yet; what has begun may have read already what changed since."""
        if self._is_closed:
            raise Unreachable("The daemon is about to end.")
        if self._next is None:
            work = self._next = _Work()
            work.task = asyncio.get_running_loop().create_task(self._run(work), name="reading the code")
            self._tasks.add(work.task)
            work.task.add_done_callback(self._ended)
        return self._next

    async def _waited(self, work: _Work) -> None:
        assert work.task is not None
        work.waiting += 1
        try:
            await asyncio.wait([work.task])
        finally:
            work.waiting -= 1
            if not work.waiting and not work.task.done():
                # Nobody wants to know any more.
                self._forget(work)
                work.task.cancel()
        if work.task.cancelled():
            raise Unreachable("The daemon ended while it read the code. Ask again: another one is started.")
        work.task.result()

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        # Whoever waited has it; nobody may be left.
        if not task.cancelled() and task.exception() is not None:
            logger.info("the code could not be read: %s", task.exception())

    def _forget(self, work: _Work) -> None:
        if self._next is work:
            self._next = None

    async def _run(self, work: _Work) -> None:
        async with self._turn:
            self._forget(work)
            settings = await self._settings()
            intake = Intake(self.workspace.root, settings, self.writer, self.reading)
            try:
                if work.is_scan or await self._needs_scan(work.touched, settings):
                    await self._scan(work, intake)
                else:
                    await self._read(work.touched, intake)
            except asyncio.CancelledError:
                # The thread would wait for git, and the daemon's end for the thread.
                intake.stop.now()
                raise
            finally:
                self._tell(intake.news())

    def _tell(self, changed: Changed) -> None:
        if changed:
            self.stream.tell(notification(CODE_CHANGED, changed.named()))

    async def _tell_so_far(self, intake: Intake) -> None:
        """Tells what is written while the scan goes on: a first one fills the lists of those who look on."""
        if intake.is_first:
            await intake.flush()
        self._tell(intake.news())

    # A scan of all

    async def _scan(self, work: _Work, intake: Intake) -> None:
        stored = await self.reading.read(code.read_scan)
        known = stored.snapshot if stored.settings == intake.settings.fingerprint else b""
        again = tuple(sorted({*stored.touched, *work.touched}))
        told, pace = _Told(self.stream, lambda: self._listeners(work)), _Pace(CHANGES_SECONDS)

        async def take(message: ScanMessage) -> None:
            if isinstance(message, Begun):
                if message.is_whole:
                    await intake.begin_whole()
            elif isinstance(message, Listed):
                told.total = message.total
            elif isinstance(message, Found):
                await intake.take(message.findings)
                told.tell(message.done)
                if pace.is_due():
                    await self._tell_so_far(intake)
            elif isinstance(message, Gone):
                await intake.take((), message.paths)

        request = ScanRequest(self.workspace.root, intake.settings, known, again)
        try:
            finished = await scan(request, take)
        finally:
            told.end()
        if intake.is_new(finished.snapshot, known, again):
            await intake.end(finished.snapshot, finished.files)

    def _listeners(self, work: _Work) -> list[Progress]:
        """Who waits for a work, or for the one behind it: without a word they would take the daemon for hung."""
        return [*work.listeners, *(self._next.listeners if self._next is not None else ())]

    # Some files

    async def _needs_scan(self, paths: Sequence[str] | set[str], settings: ScanSettings) -> bool:
        """Whether reading the files touched is not enough: they are many, or which files count has changed."""
        if len(paths) > FEW or await self.reading.read(code.current_settings) != settings.fingerprint:
            return True
        return await self.reading.work(_says_which_count, self.workspace.root, tuple(paths))

    async def _read(self, paths: set[str], intake: Intake) -> None:
        below = [await self.reading.read(code.paths_below, path) for path in sorted(paths)]
        paths = paths.union(*below)
        await intake.take(*await self.reading.work(_few, intake, sorted(paths)))
        await intake.flush()

    # What is looked for

    async def _settings(self) -> ScanSettings:
        """What config.toml says, or said while it could be read, with the prefixes of all ids there are.

        Raises:
            InvalidConfig: when it never could.
        """
        prefixes = await self.reading.read(reads.id_prefixes)
        try:
            config = self._good = self.configuration.current()
        except InvalidConfig as error:
            logger.warning("the code is read with the last settings that could be read: %s", error)
            if self._good is None:
                return await self._stored_settings(prefixes, error)
            config = self._good
        return scan_settings(config.todos, config.prefixes | prefixes)

    async def _stored_settings(self, prefixes: Iterable[str], error: InvalidConfig) -> ScanSettings:
        stored = await self.reading.read(code.last_settings)
        if stored is None:
            raise error
        shape = json.loads(stored)
        return ScanSettings.from_json(shape | {"prefixes": sorted({*shape["prefixes"], *prefixes})})


def _says_which_count(root: Path, paths: Sequence[str]) -> bool:
    """Whether one is a folder, all of which may be new, or names the files that do not count."""
    return any(path.rpartition("/")[2] == ".gitignore" or (root / path).is_dir() for path in paths)


def _few(intake: Intake, paths: Sequence[str]) -> tuple[list[FileFindings], list[str]]:
    """What files hold, and which of them are gone or do not count."""
    there = counted(intake.root, paths, intake.settings, intake.stop)
    return read_files(intake.root, there, intake.settings), sorted(set(paths).difference(there))


@define(eq=False)
class _Pace:
    """Says when so many seconds have passed; the first time at once."""

    seconds: float
    _last: float = float("-inf")

    def is_due(self) -> bool:
        """Whether they have since it last said so."""
        now = asyncio.get_running_loop().time()
        if now < self._last + self.seconds:
            return False
        self._last = now
        return True


@define(eq=False)
class _Told:
    """Tells how far a scan is, not more often than it can be seen, also when the scan then stands still."""

    stream: EventStream
    listeners: Callable[[], Sequence[Progress]]
    total: int = 0
    _done: int = 0
    _due: asyncio.TimerHandle | None = None
    _has_told: bool = False

    def tell(self, done: int) -> None:
        """So many files are read."""
        self._done = done
        if self._due is None and done < self.total:
            self._due = asyncio.get_running_loop().call_later(PROGRESS_SECONDS, self._tell)

    def _tell(self) -> None:
        self._due, self._has_told = None, True
        self._say(self._done, is_passing=True)

    def end(self) -> None:
        """It is over, in whichever way."""
        if self._due is not None:
            self._due.cancel()
        if self._has_told:
            self._say(self.total, is_passing=False)

    def _say(self, done: int, *, is_passing: bool) -> None:
        content = notification(CODE_PROGRESS, CodeProgress(done=done, total=self.total))
        self.stream.tell(content, is_passing=is_passing)
        for listener in self.listeners():
            listener(done, self.total)
