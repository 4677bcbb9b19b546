"""A client in a process of its own (hearing.py), to be stopped and continued: what it heard."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from attrs import define, field

from issuelens.workspace import Workspace

DEADLINE_SECONDS = 60
NAME = "listener"
"""What the daemon's log calls it."""


@define(eq=False)
class Listener:
    """The process, from outside: what it heard, and the means to stop it."""

    process: asyncio.subprocess.Process
    heard: list[list[Any]] = field(factory=list)
    _changed: asyncio.Event = field(factory=asyncio.Event)

    def revisions(self) -> list[int]:
        """Of the events that it heard, and where it began."""
        return [int(one[1]) for one in self.heard if one[0] in ("revision", "event")]

    def of(self, kind: str) -> list[Any]:
        """What it heard of a kind."""
        return [one[1] for one in self.heard if one[0] == kind]

    def freeze(self) -> None:
        """It reads no more, as a hanging editor."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """It goes on."""
        self.process.send_signal(signal.SIGCONT)

    async def until(self, holds: Callable[[], bool]) -> None:
        """Waits until something holds that depends on what it heard."""
        async with asyncio.timeout(DEADLINE_SECONDS):
            while not holds():
                self._changed.clear()
                await self._changed.wait()

    async def read(self) -> None:
        """Takes what it prints, until it ends."""
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            self.heard.append(json.loads(line))
            self._changed.set()


@asynccontextmanager
async def listener(space: Workspace) -> AsyncIterator[Listener]:
    """Starts one that listens; leaving ends it."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "reliability.load.hearing", str(space.root), NAME),
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    one = Listener(process)
    reading = asyncio.get_running_loop().create_task(one.read())
    try:
        await one.until(lambda: bool(one.heard))
        yield one
    finally:
        await _ended(one)
        await asyncio.wait([reading])


async def _ended(one: Listener) -> None:
    assert one.process.stdin is not None
    one.thaw()
    one.process.stdin.close()
    try:
        await asyncio.wait_for(one.process.wait(), DEADLINE_SECONDS)
    except TimeoutError:
        one.process.kill()
        await one.process.wait()
        raise
