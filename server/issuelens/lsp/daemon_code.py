"""The code of an initialised workspace: the daemon scans it, the Session reads what it has found from the database."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection
from typing import TYPE_CHECKING, Any, Final

from attrs import define, field

from issuelens.domain.errors import IssuelensError, NotAnswered
from issuelens.ipc import methods
from issuelens.lsp.progress import Progress
from issuelens.lsp.turns import Gathered, Paths, Turns
from issuelens.todos.found import FileFindings
from issuelens.todos.index import Layer, Packed, TodoIndex, packed
from issuelens.todos.paths import shown_path

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from issuelens.ipc.client import DaemonClient

logger = logging.getLogger(__name__)

READ_AT_ONCE: Final = 500
"""Files whose findings are read in one go: others wait for the reading thread meanwhile."""
READ_LIMIT: Final = 1_000
"""Changed files beyond which all are read."""

Read = Callable[..., Awaitable[Any]]


@define(eq=False)
class DaemonCode:
    """Tells the daemon what has changed, and hears what it has found.

    Args:
        index: where findings are put.
        client: the connection to the daemon.
        read: does a read of `storage`.
        changed: is told of files that hold something else.
        begin_progress: makes a progress that calls back when the person cancels it.
    """

    index: TodoIndex
    client: DaemonClient
    read: Read
    changed: Callable[[Paths], None]
    begin_progress: Callable[[Callable[[], None]], Progress]
    is_whole: bool = False
    _is_first: bool = False
    """Whether no scan has come to its end so far: what the daemon tells of is new then."""
    _progress: Progress | None = None
    _has_heard: bool = False
    """Whether the daemon has said how far it is since it was asked last."""
    _must_refresh: bool = True
    _touching: Turns = field(init=False)
    _heard: Gathered = field(init=False)
    _reading: Turns = field(init=False)
    _beginning: asyncio.Task[None] = field(init=False)

    def __attrs_post_init__(self) -> None:
        root = self.client.workspace.root
        self._touching = Turns(f"telling of changed files of {root}", self._touch)
        self._reading = Turns(f"reading the TODOs of {root}", self._read, limit=READ_LIMIT)
        self._heard = Gathered(self._reading.add, limit=READ_LIMIT)
        self._beginning = asyncio.get_running_loop().create_task(self._begin(), name=f"TODOs of {root}")

    async def _begin(self) -> None:
        from issuelens.storage.code import current_settings

        try:
            self.is_whole = await self.read(current_settings) is not None
            self._is_first = not self.is_whole
            await self._read(None)
        except IssuelensError as error:
            logger.warning("the TODOs of %s can't be read: %s", self.client.workspace.root, error.message)
        finally:
            self._touching.add(None)

    @property
    def failure(self) -> IssuelensError | None:
        """Why the index is not current."""
        return self._touching.failure or self._reading.failure

    # What the daemon says

    def heard(self, paths: Collection[str] | None) -> None:
        """The daemon has read these files; None: any."""
        self._heard.add(paths)

    def heard_progress(self, done: int, total: int) -> None:
        """The daemon has read so many of so many files."""
        self._has_heard = True
        if self._progress is not None:
            self._progress.report(done, total)

    def connected_again(self) -> None:
        """Whatever has changed meanwhile was not heard."""
        self._must_refresh = True
        self._heard.add(None)
        self._touching.add(None)

    # A source

    def touched(self, paths: Paths) -> None:
        """Files have changed, or None: many."""
        if paths is None:
            self._must_refresh = True
        self._touching.add(paths)

    async def shown(self) -> None:
        """Waits until what the database holds is in the index."""
        await asyncio.wait([self._beginning])

    async def settled(self) -> None:
        """Waits until the daemon has read what has changed, and the index holds it."""
        await self.shown()
        await self._touching.settled()
        self._heard.flush()
        await self._reading.settled()

    async def close(self) -> None:
        """Ends what is under way here; the daemon goes on."""
        self._beginning.cancel()
        await asyncio.wait([self._beginning])
        self._heard.close()
        await self._touching.close()
        await self._reading.close()

    # Work

    async def _touch(self, paths: Paths) -> None:
        from issuelens.ipc.messages import Nothing, TouchCode

        if paths is None or self._must_refresh:
            await self._refresh()
            return
        shown = tuple(sorted(map(shown_path, paths)))
        await self.client.request(methods.TOUCH_CODE, TouchCode(paths=shown), Nothing)

    async def _refresh(self) -> None:
        from issuelens.ipc.messages import Nothing

        self._progress = self.begin_progress(self._touching.cancel)
        # Cancelled, it is not asked for again until something changes.
        self._must_refresh = False
        try:
            while True:
                self._has_heard = False
                try:
                    await self.client.request(methods.REFRESH_CODE, Nothing(), Nothing)
                    break
                except NotAnswered:
                    if not self._has_heard:
                        raise
                    # It is at work on it, which takes longer than a request may.
        except IssuelensError:
            self._must_refresh = True
            raise
        finally:
            self._progress.end()
            self._progress = None
        self._heard.flush()
        if self._is_first:
            # What was read while it went on may have changed since.
            self._is_first = False
            self._reading.add(None)
        await self._reading.settled()
        self.is_whole = True

    async def _read(self, paths: Paths) -> None:
        from issuelens.storage.code import read_findings

        if paths is None:
            await self._read_all()
            return
        found = {one.path: one for one in await self.read(read_findings, paths)}
        changed = self.index.take(found.get(path, FileFindings(path)) for path in paths)
        if changed:
            self.changed(frozenset(changed))

    async def _read_all(self) -> None:
        from issuelens.storage.code import known_paths

        paths = await self.read(known_paths)
        if self._is_first:
            await self._read_new(paths)
            return
        layer = self.index.fresh_layer()
        for start in range(0, len(paths), READ_AT_ONCE):
            await self.read(_read_into, layer, paths[start : start + READ_AT_ONCE])
        self.index.replace(layer)
        self.changed(None)

    async def _read_new(self, paths: Collection[str]) -> None:
        """Reads the files that it does not know yet: a first scan is under way, and tells of them bit by bit."""
        new = [path for path in paths if path not in self.index.disk]
        for start in range(0, len(new), READ_AT_ONCE):
            some = new[start : start + READ_AT_ONCE]
            self.index.take_packed(await self.read(_read_packed, some))
            self.changed(frozenset(some))


def _read_packed(connection: Connection, paths: list[str]) -> list[Packed]:
    from issuelens.storage.code import read_findings

    return [packed(one) for one in read_findings(connection, paths)]


def _read_into(connection: Connection, layer: Layer, paths: list[str]) -> None:
    from issuelens.storage.code import read_findings

    for found in read_findings(connection, paths):
        layer.put(found)
