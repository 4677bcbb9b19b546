"""What a Session knows of its workspace's code: an index, and where that comes from.

From the daemon where the folder is initialised, else from a scan of the Session's own.
"""

from __future__ import annotations

import asyncio
import os
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import Executor
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from attrs import define, field

from issuelens.lsp.daemon_code import DaemonCode, Read
from issuelens.lsp.own_code import OwnCode
from issuelens.lsp.progress import Progress
from issuelens.lsp.same_words import FEW_FILES, SameWords
from issuelens.lsp.turns import PATHS_LIMIT, Gathered, Paths, Turns
from issuelens.lsp.watcher import Watcher
from issuelens.todos.engine import counted
from issuelens.todos.found import FileFindings
from issuelens.todos.index import TodoIndex
from issuelens.todos.settings import ScanSettings

if TYPE_CHECKING:
    from issuelens.ipc.client import DaemonClient

TOLD_LIMIT: Final = 500
"""Paths that the editor is told of one by one."""
GIT_SIGNS: Final = frozenset({".git/HEAD", ".git/index"})
"""What changes when git changes many files at once.

A linked work tree has them elsewhere (its `.git` is a file), and so has a folder within a repository. There a checkout
is seen by its files alone: few are read one by one, many are one scan (PATHS_LIMIT).
"""


@define(eq=False)
class CodeIndex:
    """The TODOs and mentions of a workspace, kept current.

    Args:
        root: the workspace's folder.
        settings: what is looked for, as it stands now.
        told: is told, a moment after it, of files that hold something else; None: any may.
        begin_progress: makes a progress that calls back when the person cancels it.
        work_thread: for what looks at files.
    """

    root: Path
    settings: Callable[[], ScanSettings]
    told: Callable[[Paths], None]
    begin_progress: Callable[[Callable[[], None]], Progress]
    work_thread: Executor
    index: TodoIndex = field(factory=TodoIndex)
    must_look: bool = False
    """Whether nobody tells of changed files, so that it must be looked for them after each save."""
    _watcher: Watcher | None = None
    _source: OwnCode | DaemonCode | None = None
    _leaving: set[asyncio.Task[None]] = field(factory=set)
    _words: SameWords = field(factory=SameWords)
    _comparing: asyncio.Lock = field(factory=asyncio.Lock)
    _touched: Gathered = field(init=False)
    _sorting: Turns = field(init=False)
    _telling: Gathered = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._touched = Gathered(lambda paths: self._sorting.add(paths))
        self._sorting = Turns(f"changed files of {self.root}", self._sort)
        self._telling = Gathered(lambda paths: self.told(paths), limit=TOLD_LIMIT)

    # Where it comes from

    def scan_here(self) -> None:
        """Looks for itself from now on: no daemon does."""
        own = OwnCode(self.root, self.index, self.settings, self.changed, self.begin_progress, self.work_thread)
        self._use(own)

    def take_from(self, client: DaemonClient, read: Read) -> None:
        """Takes what a daemon finds from now on; `read` does a read of `storage`."""
        self._use(DaemonCode(self.index, client, read, self.changed, self.begin_progress))

    def _use(self, source: OwnCode | DaemonCode) -> None:
        before, self._source = self._source, source
        if before is not None:
            task = asyncio.get_running_loop().create_task(before.close(), name=f"leave the code of {self.root}")
            self._leaving.add(task)
            task.add_done_callback(self._leaving.discard)

    async def leave(self) -> None:
        """Takes findings from nowhere any more; what is known stays."""
        source, self._source = self._source, None
        if source is not None:
            await source.close()
        if self._leaving:
            await asyncio.wait(tuple(self._leaving))

    async def close(self) -> None:
        """Ends everything that is under way."""
        if self._watcher is not None:
            await self._watcher.close()
        self._touched.close()
        self._telling.close()
        await self._sorting.close()
        await self.leave()

    # What a daemon says

    def heard(self, paths: Collection[str] | None, _ids: Collection[str] | None = None) -> None:
        """The daemon has read these files; None: any."""
        if isinstance(self._source, DaemonCode):
            self._source.heard(paths)

    def heard_progress(self, done: int, total: int) -> None:
        """The daemon has read so many of so many files."""
        if isinstance(self._source, DaemonCode):
            self._source.heard_progress(done, total)

    def connected_again(self) -> None:
        """The connection to the daemon is back."""
        if isinstance(self._source, DaemonCode):
            self._source.connected_again()

    # What changes

    def touched(self, paths: Collection[str] | None) -> None:
        """Files have changed on the disk, paths relative to the root; None: many, or nobody knows which.

        What lies below .git/ and .issues/ does not count, but that git has changed many files at once.
        """
        if paths is not None:
            if not GIT_SIGNS.isdisjoint(paths):
                paths = None
            else:
                paths = [path for path in paths if not path.startswith((".git/", ".issues/"))]
        if paths is None or paths:
            self._touched.add(paths)

    def watch(self, told: Callable[[list[str]], None]) -> None:
        """Watches the folder itself, since the editor can't; `told` hears which paths have changed."""
        if self._watcher is None:
            self._watcher = Watcher(self.root, told, self._not_watched)

    def _not_watched(self) -> None:
        self.must_look = True

    def settings_changed(self) -> None:
        """Other words may be looked for, in other files."""
        if self._source is not None:
            self._source.touched(None)

    async def _sort(self, paths: Paths) -> None:
        """Says what a batch of paths means: of a folder that comes or goes it is told as of one file."""
        source = self._source
        if source is None:
            return
        if paths is not None:
            came, went = await self._in_work_thread(self._in_folders, paths), self._below(paths)
            if came is None or any(map(_says_which_count, paths)) or len(paths | came | went) > PATHS_LIMIT:
                paths = None
            else:
                paths = paths | came | went
        source.touched(paths)

    def _below(self, paths: Collection[str]) -> set[str]:
        """The known files that were in folders of these names."""
        known: list[str] | None = None
        found: set[str] = set()
        for path in paths:
            if path in self.index.disk:
                continue
            known = sorted(self.index.disk) if known is None else known
            beginning = f"{path}/"
            at = bisect_left(known, beginning)
            while at < len(known) and known[at].startswith(beginning) and len(found) <= PATHS_LIMIT:
                found.add(known[at])
                at += 1
        return found

    def _in_folders(self, paths: Collection[str]) -> set[str] | None:
        """The files in those of the paths that are folders; None for many, unless none of the first ones counts."""
        found: set[str] = set()
        for path in paths:
            if _is_folder(self.root / path):
                some = set(islice(_files_below(self.root, path), PATHS_LIMIT + 1))
                counting = counted(self.root, some, self.settings())
                if len(some) > PATHS_LIMIT and counting:
                    return None
                found.update(counting)
        return found

    async def counted(self, paths: Collection[str]) -> set[str]:
        """Those of the paths that a scan looks at, or would if they were there: a new document was never saved."""
        return set(await self._in_work_thread(self._counted, paths))

    def _counted(self, paths: Collection[str]) -> list[str]:
        new = [path for path in paths if not os.path.lexists(self.root / path)]
        return new + counted(self.root, [path for path in paths if path not in new], self.settings())

    async def _in_work_thread(self, function: Callable[..., Any], *arguments: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self.work_thread, function, *arguments)

    def changed(self, paths: Collection[str] | None) -> None:
        """These files hold something else; None: any may."""
        if paths is None or paths:
            self._telling.add(paths)

    def tell_now(self) -> None:
        """Tells now what waits to be told: who lists the TODOs hears afterwards of later changes only."""
        self._telling.flush()

    # Open documents

    def put_open(self, found: FileFindings, version: int) -> None:
        """Takes what an open document holds, markers with their keys."""
        if self.index.put_open(found, version):
            self.changed([found.path])

    def close_document(self, path: str) -> None:
        """The file on the disk counts again."""
        if self.index.close(path):
            self.changed([path])

    # Answers

    async def same_words(self) -> SameWords:
        """Which TODOs say the same, as it stands now."""
        async with self._comparing:
            paths = self._words.differing(self.index)
            if len(paths) > FEW_FILES:
                await self._in_work_thread(self._words.take, self.index.snapshot(), paths)
            elif paths:
                self._words.take(self.index, paths)
        return self._words

    async def known(self) -> None:
        """Waits until there is something to answer with: what an earlier scan has found, else this one.

        Raises:
            IssuelensError: why there is nothing.
        """
        source = self._source
        if source is None:
            return
        await source.shown()
        if await self._is_whole(source):
            return
        if source.failure is None:
            # A person has cancelled it, and another one asks.
            source.touched(None)
        if not await self._is_whole(source) and source.failure is not None:
            raise source.failure

    @staticmethod
    async def _is_whole(source: OwnCode | DaemonCode) -> bool:
        """Whether a whole scan is known; waits for one that is under way."""
        if not source.is_whole:
            await source.settled()
        return source.is_whole

    @property
    def is_whole(self) -> bool:
        """Whether a whole scan is known, of now or of an earlier time."""
        return self._source is not None and self._source.is_whole

    async def refresh(self) -> None:
        """Looks at everything again, and waits until the index holds what is there now.

        Raises:
            IssuelensError: why that can't be done.
        """
        source = self._source
        if source is None:
            return
        await source.shown()
        source.touched(None)
        await source.settled()
        if source.failure is not None:
            raise source.failure


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _files_below(root: Path, folder: str) -> Iterator[str]:
    """Files in a folder that was just made, and in those within it."""
    for here, folders, files in os.walk(root / folder):
        folders[:] = [name for name in folders if name not in (".git", ".issues")]
        beginning = Path(here).relative_to(root).as_posix()
        yield from (f"{beginning}/{name}" for name in files)


def _says_which_count(path: str) -> bool:
    return path.rpartition("/")[2] == ".gitignore"
