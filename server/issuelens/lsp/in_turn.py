"""Work by name, one piece at a time: of what comes while one is under way, the last one is done next."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from attrs import define, field

from issuelens.lsp.tasks import Tasks

Work = Callable[[asyncio.Event], Awaitable[None]]
"""Is given an event that is set as soon as another piece waits: a question may be open that nobody needs answered."""


@define(eq=False)
class _Turn:
    waiting: Work | None
    later: asyncio.Event = field(factory=asyncio.Event)
    task: asyncio.Task[None] | None = None


class InTurn:
    """Does work in turns.

    Args:
        tasks: who owns what is under way.
    """

    def __init__(self, tasks: Tasks) -> None:
        self._tasks = tasks
        self._turns: dict[str, _Turn] = {}

    def start(self, name: str, work: Work) -> None:
        """Has a piece of work done, after the one of this name that is under way and in place of one that waits."""
        turn = self._turns.get(name)
        if turn is not None:
            turn.waiting = work
            turn.later.set()
            return
        turn = self._turns[name] = _Turn(work)
        turn.task = self._tasks.start(self._run(name, turn), name)

    async def _run(self, name: str, turn: _Turn) -> None:
        try:
            while turn.waiting is not None:
                work, turn.waiting = turn.waiting, None
                turn.later.clear()
                await work(turn.later)
        finally:
            del self._turns[name]

    def is_busy(self, name: str) -> bool:
        """Whether something of this name is under way."""
        return name in self._turns

    async def settled(self, name: str) -> None:
        """Waits until nothing of this name is under way or waits."""
        while (turn := self._turns.get(name)) is not None and turn.task is not None:
            await asyncio.wait([turn.task])

    async def finish(self, seconds: float) -> None:
        """Gives what is under way so much time to come to its end."""
        tasks = [turn.task for turn in self._turns.values() if turn.task is not None]
        if tasks:
            await asyncio.wait(tasks, timeout=seconds)
