"""Group commit: writes that wait together share one transaction, one savepoint each, and one commit."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any, Final

from attrs import define, field
from sqlalchemy import Connection

from issuelens.daemon.place import PERHAPS_LOST, UNCHANGED, Place
from issuelens.domain.errors import Unreachable
from issuelens.domain.operation import Event, Outcome
from issuelens.storage.database import Database, in_transaction, savepoint
from issuelens.storage.failures import told_in_our_words

logger = logging.getLogger(__name__)

BATCH_LIMIT: Final = 256
"""Writes in one transaction."""
QUEUE_LIMIT: Final = 10_000
"""Writes that may wait; more are held back at their connections."""

Work = Callable[[Connection], Any]
"""What it gives is the answer; the events of an Outcome are published after the commit."""


@define(eq=False)
class _Waiting:
    work: Work
    answer: asyncio.Future[Any]


@define(eq=False)
class Writer:
    """Does writes in the order they came.

    Args:
        database: where to.
        thread: the one thread that uses it.
        publish: told the events of each commit, after it, in the order of revisions.
        place: whether the database still stands where it was opened; None does not look.
    """

    database: Database
    thread: Executor
    publish: Callable[..., None]
    place: Place | None = None
    _queue: asyncio.Queue[_Waiting] = field(factory=lambda: asyncio.Queue(QUEUE_LIMIT))
    _task: asyncio.Task[None] | None = None
    _is_closed: bool = False

    @property
    def is_idle(self) -> bool:
        """Whether nothing waits to be written."""
        return self._queue.empty()

    def start(self) -> None:
        """Begins to work."""
        self._task = asyncio.get_running_loop().create_task(self._run(), name="writer")

    async def write(self, work: Work) -> Any:
        """Does a write; returns after its commit.

        Raises:
            Refused: by the work itself; nothing was changed.
            StorageError: when the batch could not be committed; nothing of it was changed.
            PlaceChanged: when the database is not where it was; what was written is of no use then.
        """
        if self._is_closed:
            raise Unreachable("The daemon is about to end.")
        waiting = _Waiting(work, asyncio.get_running_loop().create_future())
        await self._queue.put(waiting)
        return await waiting.answer

    async def close(self) -> None:
        """Refuses new writes, finishes those that wait, then ends."""
        self._is_closed = True
        await self._queue.join()
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            batch = [await self._queue.get()]
            while len(batch) < BATCH_LIMIT and not self._queue.empty():
                batch.append(self._queue.get_nowait())
            works = [one.work for one in batch]
            try:
                results = await loop.run_in_executor(self.thread, self._commit, works)
            except Exception as error:  # noqa: BLE001 - whatever it is, those who wait are answered and the next are served
                results = [error for _ in works]
            events: list[Event] = []
            for waiting, result in zip(batch, results, strict=True):
                _answer(waiting, result)
                self._queue.task_done()
                if isinstance(result, Outcome) and not result.repeated:
                    events += result.events
            if events:
                self._publish(events)

    def _publish(self, events: list[Event]) -> None:
        try:
            self.publish(*events)
        except Exception:
            # Clients see by the next event's revision that they have missed these.
            logger.exception("events up to revision %d could not be published", events[-1].revision)

    def _commit(self, works: list[Work]) -> list[Any]:
        """Runs in the writing thread."""
        try:
            self._check_place(UNCHANGED)
            with self.database.transaction() as connection:
                # Alone in its transaction, a work needs no savepoint: failing takes back nobody else's.
                results = (
                    [works[0](connection)]
                    if len(works) == 1
                    else [self._in_savepoint(connection, work) for work in works]
                )
            # What was committed to a file that is gone must not be acknowledged.
            self._check_place(PERHAPS_LOST)
            return results
        except Exception as error:  # noqa: BLE001 - it is answered, and logged when it is a fault of ours
            # The only work failed, or the commit did: what seemed done was not.
            return [error for _ in works]

    def _check_place(self, outcome: str) -> None:
        if self.place is not None:
            self.place.check(outcome)

    def _in_savepoint(self, connection: Connection, work: Work) -> Any:
        try:
            with told_in_our_words(self.database.path), savepoint(connection):
                return work(connection)
        except Exception as error:
            if not in_transaction(connection):
                raise
            # A failing request must not take back its neighbours.
            return error


def _answer(waiting: _Waiting, result: Any) -> None:
    if waiting.answer.done():
        return
    if isinstance(result, BaseException):
        waiting.answer.set_exception(result)
    else:
        waiting.answer.set_result(result)
