"""The code of a folder that has no daemon: scanned by the Session, and remembered in the user's cache folder."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

from attrs import define, field

from issuelens.domain.errors import IssuelensError
from issuelens.lsp.code_cache import CodeCache, Remembered
from issuelens.lsp.progress import Progress
from issuelens.lsp.turns import PATHS_LIMIT, Paths, Turns
from issuelens.todos import engine
from issuelens.todos.anchors import carried, with_keys
from issuelens.todos.found import FileFindings
from issuelens.todos.index import Layer, Packed, TodoIndex, packed
from issuelens.todos.settings import ScanSettings

logger = logging.getLogger(__name__)

SINCE_LIMIT = 5_000
"""Files that were read since the last whole look; beyond it there is another one."""


@define(eq=False)
class OwnCode:
    """Scans a folder, and keeps what it has found.

    Args:
        root: the folder.
        index: where it puts what it finds.
        settings: what is looked for, as it stands now.
        changed: is told of files that hold something else.
        begin_progress: makes a progress that calls back when the person cancels it.
        work_thread: for reading a few files, and what is remembered.
    """

    root: Path
    index: TodoIndex
    settings: Callable[[], ScanSettings]
    changed: Callable[[Paths], None]
    begin_progress: Callable[[Callable[[], None]], Progress]
    work_thread: Executor
    failure: IssuelensError | None = None
    is_whole: bool = False
    _snapshot: bytes = b""
    _since: set[str] = field(factory=set)
    """Files that were read since the snapshot was made, which knows them as they were."""
    _has_news: bool = False
    """Whether it knows more than what is remembered."""
    _turns: Turns = field(init=False)
    _beginning: asyncio.Task[None] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._turns = Turns(f"reading TODOs of {self.root}", self._work)
        self._beginning = asyncio.get_running_loop().create_task(self._begin(), name=f"TODOs of {self.root}")

    async def _begin(self) -> None:
        try:
            remembered = await self.in_work_thread(self._cache.read, self.index.fresh_layer())
            if remembered is not None and remembered.settings == self.settings().fingerprint:
                self.index.replace(remembered.layer)
                self._snapshot, self._since, self.is_whole = remembered.snapshot, set(remembered.since), True
                self.changed(None)
        finally:
            self._turns.add(None)

    @property
    def _cache(self) -> CodeCache:
        return CodeCache(self.root)

    async def in_work_thread(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """What a function gives, called in the thread that looks at files."""
        return await asyncio.get_running_loop().run_in_executor(self.work_thread, function, *arguments)

    # A source

    def touched(self, paths: Paths) -> None:
        """Files have changed, or None: many."""
        self._turns.add(paths)

    async def shown(self) -> None:
        """Waits until what is remembered is in the index."""
        await asyncio.wait([self._beginning])

    async def settled(self) -> None:
        """Waits until the index holds what is in the files."""
        await self.shown()
        await self._turns.settled()

    async def close(self) -> None:
        """Ends the scan under way, and remembers what is known."""
        self._beginning.cancel()
        await asyncio.wait([self._beginning])
        await self._turns.close()
        await self._remember()

    # Work

    async def _work(self, paths: Paths) -> None:
        try:
            if not self.root.is_dir():
                self._be_empty()
            elif paths is None or len(paths) > PATHS_LIMIT or len(self._since) > SINCE_LIMIT:
                await self._scan()
            else:
                await self._read(paths)
        except IssuelensError as error:
            self.failure = error
            raise
        self.failure = None

    def _be_empty(self) -> None:
        """The folder is gone, and all its TODOs with it."""
        self.index.replace(self.index.fresh_layer())
        self._snapshot, self.is_whole = b"", True
        self._since.clear()
        self.changed(None)

    async def _read(self, paths: frozenset[str]) -> None:
        found = await self.in_work_thread(_read_some, self.root, sorted(paths), self.settings())
        self._since |= paths
        self._has_news = True
        self.take(found)

    def take(self, found: dict[str, FileFindings]) -> None:
        """Takes files that changed together."""
        paths = self.index.take(self.index.carry(found))
        if paths:
            self.changed(frozenset(paths))

    async def _scan(self) -> None:
        settings = self.settings()
        request = engine.ScanRequest(self.root, settings, known=self._snapshot, again=tuple(sorted(self._since)))
        progress = self.begin_progress(self._turns.cancel)
        scan = _Scan(self, progress)
        try:
            finished = await engine.scan(request, scan.take)
        finally:
            progress.end()
        await scan.finish()
        self._has_news = self._has_news or finished.snapshot != self._snapshot
        self._snapshot, self.is_whole = finished.snapshot, True
        self._since.clear()
        await self._remember()

    async def _remember(self) -> None:
        if not self._has_news or not self.is_whole:
            return
        self._has_news = False
        remembered = Remembered(
            settings=self.settings().fingerprint,
            snapshot=self._snapshot,
            since=tuple(sorted(self._since)),
            layer=self.index.snapshot().disk,
        )
        await self.in_work_thread(self._cache.write, remembered)


@define(eq=False)
class _Scan:
    """One scan under way: what it has found so far, and whether that is shown at once."""

    own: OwnCode
    progress: Progress
    is_whole: bool = False
    found: dict[str, FileFindings] = field(factory=dict)
    total: int = 0

    @property
    def _is_first(self) -> bool:
        """A first scan is shown as it goes, since there is nothing else; keys depend on each file alone."""
        return self.is_whole and not self.own.is_whole

    async def take(self, message: engine.ScanMessage) -> None:
        """Takes a message of the scan."""
        if isinstance(message, engine.Begun):
            self._begin(message.is_whole)
        elif isinstance(message, engine.Listed):
            self.total = message.total
            self.progress.report(0, self.total)
        elif isinstance(message, engine.Found):
            await self._take(message.findings)
            self.progress.report(message.done, self.total)
        elif isinstance(message, engine.Gone):
            self.found |= {path: FileFindings(path) for path in message.paths}

    def _begin(self, is_whole: bool) -> None:
        self.is_whole = is_whole
        if self._is_first:
            self.own.index.replace(self.own.index.fresh_layer())

    async def _take(self, findings: tuple[FileFindings, ...]) -> None:
        if not self._is_first:
            self.found |= {one.path: one for one in findings}
            return
        # In the other thread, which lets the event loop go on: a message may hold hundreds of markers.
        new = await self.own.in_work_thread(_keyed, findings)
        self.own.index.take_packed(new)
        self.own.changed(frozenset(one.path for one in new))

    async def finish(self) -> None:
        """Takes what is known at the end only: a file that was renamed is one that is gone and one that is new."""
        index = self.own.index
        if not self.is_whole:
            self.own.take(self.found)
        elif not self._is_first:
            before = index.snapshot().disk
            layer = await self.own.in_work_thread(_carried_layer, before, index.fresh_layer(), self.found)
            index.replace(layer)
            self.own.changed(None)


def _keyed(findings: tuple[FileFindings, ...]) -> list[Packed]:
    """What files hold, with keys that depend on each file alone."""
    return [packed(FileFindings(one.path, with_keys(one.path, (), one.markers), one.mentions)) for one in findings]


def _carried_layer(before: Layer, layer: Layer, found: dict[str, FileFindings]) -> Layer:
    """All files anew, with the keys that they had."""
    keyed = carried(
        {path: before.of_file(path).markers for path in before}, {path: one.markers for path, one in found.items()}
    )
    for path, one in found.items():
        layer.put(FileFindings(path, keyed[path], one.mentions))
    return layer


def _read_some(root: Path, paths: list[str], settings: ScanSettings) -> dict[str, FileFindings]:
    """What these files hold; nothing, where one does not count."""
    counting = engine.counted(root, paths, settings)
    found = {one.path: one for one in engine.read_files(root, counting, settings)}
    return {path: found.get(path, FileFindings(path)) for path in paths}
