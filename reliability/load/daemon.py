"""A workspace with its daemon for a trial, and questions that are asked of it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

from issuelens.domain.operation import Event
from issuelens.ipc import launch, messages, methods
from issuelens.ipc.client import DaemonClient
from issuelens.workspace import Workspace, initialise

_Result = TypeVar("_Result")
DEADLINE_SECONDS = 60


async def in_thread(function: Callable[..., _Result], *arguments: Any) -> _Result:
    """Calls something that blocks, in a thread that ends with it."""
    with ThreadPoolExecutor(1) as pool:
        return await asyncio.get_running_loop().run_in_executor(pool, function, *arguments)


@asynccontextmanager
async def serving(folder: Path) -> AsyncIterator[tuple[Workspace, DaemonClient]]:
    """A new workspace, and a client that keeps its daemon; leaving stops the daemon."""
    folder.mkdir()
    space = initialise(folder, "app")
    before = os.environ.get("ISSUELENS_IDLE_SECONDS")
    os.environ["ISSUELENS_IDLE_SECONDS"] = "60"
    try:
        async with DaemonClient(space, client="control", on_event=_ignore, on_gap=_ignore) as control:
            yield space, control
        await in_thread(launch.stop, space)
    finally:
        os.environ.pop("ISSUELENS_IDLE_SECONDS")
        if before is not None:
            os.environ["ISSUELENS_IDLE_SECONDS"] = before


def _ignore(_told: Event | int) -> None:
    """The control client asks, it does not listen."""


async def status(control: DaemonClient, *, trim: bool = False) -> messages.Status:
    """What the daemon holds."""
    return await control.request(methods.STATUS, messages.GetStatus(trim=trim), messages.Status)


async def status_when(control: DaemonClient, holds: Callable[[messages.Status], bool]) -> messages.Status:
    """Asks until the answer is of this kind; fails when it never is."""
    async with asyncio.timeout(DEADLINE_SECONDS):
        while True:
            found = await status(control)
            if holds(found):
                return found


def times_let_go(space: Workspace) -> int:
    """How often the log says that a client was let go."""
    logs = space.daemon_log.parent.glob(f"{space.daemon_log.name}*")
    return sum(log.read_bytes().count(b"does not read and is let go") for log in logs)
