"""Tells a daemon that nobody waits for the answer to a request any more."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable

from attrs import define, field

from issuelens.ipc import jsonrpc
from issuelens.ipc.converter import dumps
from issuelens.ipc.methods import CANCEL

logger = logging.getLogger(__name__)


@define(eq=False)
class Cancelling:
    """What is to be cancelled. The owner calls `close`.

    A request that was not answered in time is not cancelled then: whoever asked may ask for the same once more, while
    the daemon is at work on it. It is when that one is cancelled.
    """

    _late: dict[str, set[int]] = field(factory=dict)
    _tasks: set[asyncio.Task[None]] = field(factory=set)

    def not_answered(self, method: str, number: int) -> None:
        """A request was not answered in time."""
        self._late.setdefault(method, set()).add(number)

    def answered(self, number: object) -> None:
        """The answer to a request has come after all."""
        for numbers in self._late.values():
            numbers.discard(number)

    def forget(self) -> None:
        """The connection is another one."""
        self._late.clear()

    def cancelled(self, method: str, number: int, send: Callable[[str], Awaitable[None]]) -> None:
        """Whoever asked does not wait any more; says so to the daemon."""
        work = _sent([number, *self._late.pop(method, ())], send)
        task = asyncio.get_running_loop().create_task(work, name=f"cancel {method}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Ends what is being sent."""
        for task in tuple(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)


async def _sent(numbers: Iterable[int], send: Callable[[str], Awaitable[None]]) -> None:
    for number in numbers:
        await send(dumps(jsonrpc.notification(CANCEL, {"id": number})).decode())
