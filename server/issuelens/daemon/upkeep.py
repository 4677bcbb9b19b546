"""What follows from settings and history is kept current: categories of statuses, and the full-text index."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from functools import partial
from typing import Final

from attrs import define

from issuelens.daemon.configuration import Configuration
from issuelens.daemon.reading import Reading
from issuelens.daemon.writer import Writer
from issuelens.domain.errors import IssuelensError
from issuelens.domain.vocabulary import STATUS_CATEGORIES, Category
from issuelens.storage.search import index_pending
from issuelens.tracker.upkeep import adopt_statuses
from issuelens.workspace import Workspace

logger = logging.getLogger(__name__)

INDEX_DELAY: Final = 0.25
"""Seconds without a write before the full-text index is brought up to date."""
INDEX_DEADLINE: Final = 5.0
"""Seconds after which that is done in the midst of writes."""
INDEX_BATCH: Final = 25
"""Changes that are indexed between two writes."""


@define(eq=False)
class Upkeep:
    """Keeps derived things current. The owner calls `changed` after each commit, and `close`."""

    workspace: Workspace
    configuration: Configuration
    writer: Writer
    reading: Reading
    _statuses: Mapping[str, Category] | None = None
    _timer: asyncio.TimerHandle | None = None
    _since: float | None = None
    _task: asyncio.Task[None] | None = None

    async def statuses(self) -> Mapping[str, Category]:
        """The workspace's statuses as config.toml has them now; issues have got their categories before this returns.

        Settings that can't be read leave the statuses as they were.
        """
        try:
            wanted = self.configuration.current().statuses
        except IssuelensError as error:
            logger.warning("%s", error)
            return self._statuses or STATUS_CATEGORIES
        if wanted != self._statuses:
            changed = await self.writer.write(lambda connection: adopt_statuses(connection, wanted))
            if changed:
                logger.info("%d issues have got another category of their status", changed)
            self._statuses = wanted
        return wanted

    # The full-text index

    def changed(self) -> None:
        """Has the index brought up to date when the writing has paused."""
        loop = asyncio.get_running_loop()
        if self._timer is not None:
            self._timer.cancel()
        self._since = self._since or loop.time()
        delay = max(0.0, min(INDEX_DELAY, self._since + INDEX_DEADLINE - loop.time()))
        self._timer = loop.call_later(delay, self._begin_indexing)

    def _begin_indexing(self) -> None:
        self._timer = None
        self._since = None
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._index(), name="full-text index")
        else:
            # The batch under way may have begun before the last commit.
            self.changed()

    async def _index(self) -> None:
        try:
            while await self.writer.write(partial(index_pending, limit=INDEX_BATCH)):
                pass
        except IssuelensError as error:
            logger.warning("the full-text index waits for the next change: %s", error)
        except Exception:
            logger.exception("the full-text index waits for the next change")

    async def close(self) -> None:
        """Ends; what is not indexed yet is indexed the next time."""
        if self._timer is not None:
            self._timer.cancel()
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
