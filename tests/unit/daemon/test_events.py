"""The event stream over a real socket: a client that does not read is let go, the others hear everything."""

from __future__ import annotations

import asyncio
import json

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from issuelens.daemon.events import EventStream, Subscriber
from issuelens.domain.operation import Event


async def test_a_client_that_does_not_read_is_let_go() -> None:
    left = asyncio.Event()
    stream = EventStream(left.set)
    joined = asyncio.Event()

    async def connect(request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        subscriber = Subscriber(socket, "sleeper", limit=20)
        stream.join(subscriber)
        joined.set()
        try:
            async for _ in socket:
                pass
        finally:
            await subscriber.close()
            stream.leave(subscriber)
        return socket

    application = web.Application()
    application.router.add_get("/ws", connect)
    impatient = aiohttp.ClientWSTimeout(ws_close=0.1)
    async with (
        TestServer(application) as server,
        aiohttp.ClientSession() as session,
        session.ws_connect(server.make_url("/ws"), timeout=impatient) as socket,
    ):
        await joined.wait()
        # Its transport is paused: what is sent piles up, as with an editor that hangs.
        assert socket._response.connection is not None
        assert socket._response.connection.transport is not None
        socket._response.connection.transport.pause_reading()
        for revision in range(1, 3_000):
            stream.publish(_event(revision))
            if revision % 20 == 0:
                turn = asyncio.get_running_loop().create_future()
                asyncio.get_running_loop().call_soon(turn.set_result, None)
                await turn
            if left.is_set():
                break
        await asyncio.wait_for(left.wait(), 10)
        assert len(stream) == 0


@pytest.mark.parametrize("takes_batches", [True, False])
async def test_what_waits_comes_in_one_frame_for_those_who_take_that(takes_batches: bool) -> None:
    stream = EventStream(lambda: None)

    async def connect(request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        subscriber = Subscriber(socket, "reader", takes_batches=takes_batches)
        stream.join(subscriber)
        for revision in range(1, 4):
            stream.publish(_event(revision))
        await subscriber.flush(10)
        await subscriber.close()
        stream.leave(subscriber)
        return socket

    application = web.Application()
    application.router.add_get("/ws", connect)
    async with (
        TestServer(application) as server,
        aiohttp.ClientSession() as session,
        session.ws_connect(server.make_url("/ws")) as socket,
    ):
        frames = [json.loads(message.data) async for message in socket]
    batches = frames if takes_batches else [[frame] for frame in frames]
    assert [len(batch) for batch in batches] == ([3] if takes_batches else [1, 1, 1])
    assert [one["params"]["revision"] for batch in batches for one in batch] == [1, 2, 3]


def _event(revision: int) -> Event:
    ids = tuple(f"app-{number:04}" for number in range(500))
    return Event(
        revision=revision, operation="update", ids=ids, actor="a", client="c", at="2026-01-01T00:00:00.000000Z"
    )
