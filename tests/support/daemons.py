"""Daemons and their clients, for tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import aiohttp

from issuelens.domain.operation import Event
from issuelens.ipc.client import ClientState, DaemonClient
from issuelens.ipc.endpoint import read_endpoint
from issuelens.ipc.methods import HEADER_TOKEN
from issuelens.workspace import Workspace, initialise

DEADLINE_SECONDS = 30
_Result = TypeVar("_Result")


def workspace(folder: Path, prefix: str = "app") -> Workspace:
    """An initialised folder; its daemon has not been started."""
    folder.mkdir(parents=True, exist_ok=True)
    return initialise(folder, prefix)


class Heard:
    """What a client was told, with a way to wait for it."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.gaps: list[int] = []
        self.states: list[ClientState] = []
        self.code: list[tuple[tuple[str, ...] | None, tuple[str, ...] | None]] = []
        self.code_progress: list[tuple[int, int]] = []
        self._changed = asyncio.Event()

    def event(self, event: Event) -> None:
        self.events.append(event)
        self._changed.set()

    def gap(self, revision: int) -> None:
        self.gaps.append(revision)
        self._changed.set()

    def state(self, state: ClientState) -> None:
        self.states.append(state)
        self._changed.set()

    def code_changed(self, paths: tuple[str, ...] | None, ids: tuple[str, ...] | None) -> None:
        self.code.append((paths, ids))
        self._changed.set()

    def code_read(self, done: int, total: int) -> None:
        self.code_progress.append((done, total))
        self._changed.set()

    async def until(self, holds: Any) -> None:
        """Waits until `holds()` is true."""
        async with asyncio.timeout(DEADLINE_SECONDS):
            while not holds():
                self._changed.clear()
                await self._changed.wait()


async def in_thread(function: Callable[..., _Result], *arguments: Any) -> _Result:
    """Calls something that blocks, in a thread that ends with it."""
    with ThreadPoolExecutor(1) as pool:
        return await asyncio.get_running_loop().run_in_executor(pool, function, *arguments)


@asynccontextmanager
async def client(space: Workspace, name: str = "test") -> AsyncIterator[tuple[DaemonClient, Heard]]:
    """A client that stays, and what it hears."""
    heard = Heard()
    one = DaemonClient(
        space,
        client=name,
        on_event=heard.event,
        on_gap=heard.gap,
        on_state=heard.state,
        on_code=heard.code_changed,
        on_code_progress=heard.code_read,
    )
    async with one:
        yield one, heard


async def posted(
    space: Workspace, content: bytes, headers: dict[str, str] | None = None, token: str | None = None
) -> tuple[int, bytes]:
    """Posts to a running daemon as anybody could: status and body."""
    endpoint = read_endpoint(space)
    assert endpoint is not None
    if endpoint.socket is not None:
        connector: aiohttp.BaseConnector = aiohttp.UnixConnector(endpoint.socket)
        url = "http://issuelens/rpc"
    else:
        connector, url = aiohttp.TCPConnector(), f"http://127.0.0.1:{endpoint.port}/rpc"
    carried = {HEADER_TOKEN: f"Bearer {endpoint.token if token is None else token}"} | (headers or {})
    async with (
        aiohttp.ClientSession(connector=connector) as session,
        session.post(url, data=content, headers=carried) as response,
    ):
        return response.status, await response.read()
