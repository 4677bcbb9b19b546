"""What a stock aiohttp server takes from a web page, and the daemon does not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from attrs import frozen
from tests.support.daemons import client, workspace

from issuelens.ipc.endpoint import read_endpoint
from issuelens.ipc.methods import HEADER_TOKEN

ORIGIN = {"Origin": "https://a-web-page.example"}
ASKED = b'{"jsonrpc": "2.0", "id": 1, "method": "issues/list", "params": {}}'


@frozen
class Service:
    """Where a server listens, and what a request with its token carries."""

    url: str
    token: dict[str, str]


@asynccontextmanager
async def stock() -> AsyncIterator[Service]:
    """An aiohttp server as its documentation starts one, on a free port of this machine."""

    async def answer(request: web.Request) -> web.Response:
        return web.Response(body=await request.read())

    async def connect(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.receive()
        return socket

    application = web.Application()
    application.router.add_post("/rpc", answer)
    application.router.add_get("/ws", connect)
    runner = web.AppRunner(application)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield Service(f"http://127.0.0.1:{runner.addresses[0][1]}", {})
    finally:
        await runner.cleanup()


@asynccontextmanager
async def ours(folder: Path) -> AsyncIterator[Service]:
    """The daemon where it listens on a port: its token is known even to the web page here."""
    space = workspace(folder)
    async with client(space):
        endpoint = read_endpoint(space)
        assert endpoint is not None
        yield Service(f"http://127.0.0.1:{endpoint.port}", {HEADER_TOKEN: f"Bearer {endpoint.token}"})


async def taken(service: Service, headers: dict[str, str]) -> tuple[int, int]:
    """The statuses of a POST and of a WebSocket with these headers; 101 is a WebSocket that was opened."""
    async with aiohttp.ClientSession(headers=service.token | headers) as session:
        async with session.post(f"{service.url}/rpc", data=ASKED) as response:
            posted = response.status
        try:
            async with session.ws_connect(f"{service.url}/ws"):
                return posted, 101
        except aiohttp.WSServerHandshakeError as error:
            return posted, error.status


async def test_a_stock_server_takes_what_a_web_page_sends() -> None:
    async with stock() as service:
        assert await taken(service, ORIGIN) == (200, 101)
        assert await taken(service, {"Host": "a-web-page.example"}) == (200, 101)


async def test_ours_refuses_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ISSUELENS_TRANSPORT", "tcp")
    async with ours(tmp_path / "p") as service:
        assert await taken(service, {}) == (200, 101)
        assert await taken(service, ORIGIN) == (403, 403)
        assert await taken(service, {"Host": "a-web-page.example"}) == (403, 403)
        assert await taken(service, {HEADER_TOKEN: "Bearer guessed"}) == (401, 401)


async def test_a_stock_socket_is_open_to_others_and_ours_is_not(own_environment: Path, tmp_path: Path) -> None:
    runner = web.AppRunner(web.Application())
    await runner.setup()
    path = own_environment / "stock.sock"
    await web.UnixSite(runner, path).start()
    assert path.stat().st_mode & 0o055
    await runner.cleanup()
    async with client(workspace(tmp_path / "p")) as (one, _):
        endpoint = read_endpoint(one.workspace)
        assert endpoint is not None
        assert endpoint.socket is not None
        assert Path(endpoint.socket).stat().st_mode & 0o077 == 0
        assert Path(endpoint.socket).parent.stat().st_mode & 0o077 == 0
