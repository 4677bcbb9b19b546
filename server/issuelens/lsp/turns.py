"""Work on files that changed: gathered for a moment, then done in turns, one at a time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection
from typing import Final

from attrs import define, field

from issuelens.domain.errors import IssuelensError

logger = logging.getLogger(__name__)

QUIET_SECONDS: Final = 0.1
"""How long nothing must come for what came to be taken."""
LONGEST_SECONDS: Final = 1.0
"""How long what came first waits at most."""
PATHS_LIMIT: Final = 200
"""Paths in one batch; with more, it is cheaper to look at everything once."""

Paths = frozenset[str] | None
"""Paths relative to the root; None: many, or it is not known which."""


@define(eq=False)
class Gathered:
    """Paths that are passed on together, when nothing came for a moment."""

    take: Callable[[Paths], None]
    limit: int = PATHS_LIMIT
    quiet_seconds: float = QUIET_SECONDS
    longest_seconds: float = LONGEST_SECONDS
    _paths: set[str] | None = field(factory=set)
    _timer: asyncio.TimerHandle | None = None
    _latest: float = 0.0
    """When what waits is passed on at the latest, in the event loop's time."""

    def add(self, paths: Collection[str] | None) -> None:
        """Takes paths to the batch; None makes it one about everything."""
        loop = asyncio.get_running_loop()
        if paths is None or self._paths is None or len(self._paths) + len(paths) > self.limit:
            self._paths = None
        else:
            self._paths.update(paths)
        if self._timer is None:
            self._latest = loop.time() + self.longest_seconds
        else:
            self._timer.cancel()
        self._timer = loop.call_at(min(loop.time() + self.quiet_seconds, self._latest), self.flush)

    def flush(self) -> None:
        """Passes on what waits, now."""
        if self._timer is None:
            return
        self._timer.cancel()
        paths, self._paths, self._timer = self._paths, set(), None
        self.take(None if paths is None else frozenset(paths))

    def close(self) -> None:
        """Forgets what waits."""
        if self._timer is not None:
            self._timer.cancel()
        self._paths, self._timer = set(), None


@define(eq=False)
class Turns:
    """Does one thing at a time; what comes meanwhile is one more turn.

    `work` is given the paths of a turn. A turn that is cancelled is over; the next one is done all the same.
    """

    name: str
    work: Callable[[Paths], Awaitable[None]]
    limit: int = 1_000
    failure: IssuelensError | None = None
    """Why the last turn failed."""
    _waiting: set[str] | None = field(factory=set)
    _has_work: bool = False
    _task: asyncio.Task[None] | None = None
    _turn: asyncio.Task[None] | None = None
    _is_closed: bool = False

    def add(self, paths: Collection[str] | None) -> None:
        """Has these paths worked on in the next turn; None: everything."""
        if self._is_closed:
            return
        self._has_work = True
        if paths is None or self._waiting is None or len(self._waiting) + len(paths) > self.limit:
            self._waiting = None
        else:
            self._waiting.update(paths)
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run(), name=self.name)

    async def _run(self) -> None:
        try:
            while self._has_work:
                waiting, self._waiting, self._has_work = self._waiting, set(), False
                await self._done(None if waiting is None else frozenset(waiting))
        finally:
            self._task = None

    async def _done(self, paths: Paths) -> None:
        self._turn = asyncio.get_running_loop().create_task(self._worked(paths), name=self.name)
        try:
            await asyncio.wait([self._turn])
        finally:
            self._turn.cancel()
        if not self._turn.cancelled() and (error := self._turn.exception()) is not None:
            logger.error("%s failed", self.name, exc_info=error)
        self._turn = None

    async def _worked(self, paths: Paths) -> None:
        try:
            await self.work(paths)
            self.failure = None
        except IssuelensError as error:
            logger.warning("%s: %s", self.name, error.message)
            self.failure = error

    def cancel(self) -> None:
        """Ends the turn under way."""
        if self._turn is not None:
            self._turn.cancel()

    async def settled(self) -> None:
        """Waits until nothing is left to do."""
        while self._task is not None:
            await asyncio.wait([self._task])

    async def close(self) -> None:
        """Ends the turn under way and takes no other one."""
        self._is_closed, self._has_work = True, False
        turn = self._turn
        if self._task is not None:
            if turn is not None:
                turn.cancel()
            await asyncio.wait([self._task])
