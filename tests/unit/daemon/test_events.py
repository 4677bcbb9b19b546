"""The event stream over a real socket: a client that does not read is let go, the others hear everything."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from issuelens.daemon.events import BATCH_BYTES, EventStream, Subscriber, event_content
from issuelens.daemon.limits import READING_BYTES, WaitingLimits
from issuelens.domain.operation import Event
from issuelens.ipc.messages import Goodbye

DEADLINE_SECONDS = 30


@asynccontextmanager
async def connected(
    stream: EventStream, serve: Callable[[Subscriber], Awaitable[None]], **options: Any
) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """A client's end of a connection that the daemon's end serves like this."""

    async def connect(request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        subscriber = Subscriber(socket, "reader", **options)
        stream.join(subscriber)
        subscriber.resume(0, ())
        subscriber.go_on()
        try:
            await serve(subscriber)
            async for _ in socket:
                pass
            await subscriber.left()
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
        session.ws_connect(server.make_url("/ws"), timeout=impatient, max_msg_size=0) as socket,
    ):
        yield socket


def transport(socket: aiohttp.ClientWebSocketResponse) -> asyncio.ReadTransport:
    """What stops reading when it is paused: what is sent piles up, as with an editor that hangs."""
    assert socket._response.connection is not None
    found = socket._response.connection.transport
    assert isinstance(found, asyncio.ReadTransport)
    return found


async def turn() -> None:
    """Lets the event loop run once."""
    future = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_soon(future.set_result, None)
    await future


async def publish_until(stream: EventStream, holds: Callable[[], bool]) -> None:
    for revision in range(1, 100_000):
        stream.publish(event(revision))
        await turn()
        if holds():
            return
    raise AssertionError("it never came so far")


@pytest.mark.parametrize("limits", [{"messages": 20}, {"size": 100_000}])
async def test_a_client_that_does_not_read_is_let_go(limits: dict[str, int]) -> None:
    left = asyncio.Event()
    stream = EventStream(left.set)
    joined: list[Subscriber] = []

    async def serve(subscriber: Subscriber) -> None:
        joined.append(subscriber)

    bounds = WaitingLimits(**limits, leaving_seconds=0.1)
    async with connected(stream, serve, limits=bounds) as socket:
        transport(socket).pause_reading()
        await publish_until(stream, lambda: bool(joined) and joined[0].is_leaving)
        # What waited is dropped at once; one frame is on its way, and the goodbye behind it.
        assert joined[0].count <= 2
        await asyncio.wait_for(left.wait(), DEADLINE_SECONDS)
        assert (len(stream), stream.waiting) == (0, (0, 0))


async def test_one_that_reads_again_learns_why_it_was_let_go() -> None:
    left = asyncio.Event()
    stream = EventStream(left.set)
    joined: list[Subscriber] = []

    async def serve(subscriber: Subscriber) -> None:
        joined.append(subscriber)

    async with connected(stream, serve, limits=WaitingLimits(messages=20)) as socket:
        transport(socket).pause_reading()
        await publish_until(stream, lambda: bool(joined) and joined[0].is_leaving)
        transport(socket).resume_reading()
        heard = [json.loads(message.data) async for message in socket]
        assert socket.close_code == aiohttp.WSCloseCode.TRY_AGAIN_LATER
        await asyncio.wait_for(left.wait(), DEADLINE_SECONDS)
    revisions = [one["params"]["revision"] for one in heard[:-1]]
    assert revisions == list(range(1, len(revisions) + 1))
    assert heard[-1]["method"] == "issuelens/goodbye"
    assert heard[-1]["params"]["reconnect"]
    assert "let go: 21 messages (" in heard[-1]["params"]["reason"]


async def test_what_is_no_event_is_told_to_those_who_hear_events() -> None:
    stream = EventStream(lambda: None)
    joined: list[Subscriber] = []

    async def serve(subscriber: Subscriber) -> None:
        stream.tell(b'{"n": 1}')
        stream.tell(b'{"n": 2}', is_passing=True)
        subscriber.hold()
        stream.tell(b'{"n": 3}')
        subscriber.resume(0, ())
        subscriber.go_on()
        await subscriber.flush(DEADLINE_SECONDS)
        stream.tell(b'{"n": 4}', is_passing=True)
        stream.tell(b'{"n": 5}')
        joined.append(subscriber)

    async with connected(stream, serve) as socket:
        heard = [(await socket.receive_json())["n"] for _ in range(3)]
    assert heard == [1, 4, 5], "2 is passing while 1 waits; 3 comes while the place among events is looked up"


async def test_one_that_does_not_read_what_is_no_event_is_let_go_too() -> None:
    stream = EventStream(lambda: None)
    joined: list[Subscriber] = []

    async def serve(subscriber: Subscriber) -> None:
        joined.append(subscriber)

    bounds = WaitingLimits(messages=20, leaving_seconds=0.1)
    async with connected(stream, serve, limits=bounds) as socket:
        transport(socket).pause_reading()
        for _ in range(100_000):
            stream.tell(json.dumps({"paths": ["x" * 1_000]}).encode())
            await turn()
            if joined and joined[0].is_leaving:
                break
        assert joined[0].is_leaving


@pytest.mark.parametrize("amid", [True, False])
async def test_the_end_does_not_wait_for_one_that_does_not_read(amid: bool) -> None:
    left = asyncio.Event()
    stream = EventStream(left.set)
    joined: list[Subscriber] = []
    sockets: list[asyncio.WriteTransport] = []

    async def serve(subscriber: Subscriber) -> None:
        request = subscriber._socket._req
        assert request is not None
        assert isinstance(request.transport, asyncio.WriteTransport)
        sockets.append(request.transport)
        joined.append(subscriber)

    def is_full() -> bool:
        if not joined or sockets[0].get_write_buffer_size() <= sockets[0].get_write_buffer_limits()[1]:
            return False
        # All was given to the system and to aiohttp, or the next message is stuck.
        return joined[0].count > 1 if amid else True

    async with connected(stream, serve, limits=WaitingLimits(closing_seconds=0.1)) as socket:
        transport(socket).pause_reading()
        await publish_until(stream, is_full)
        async with asyncio.timeout(DEADLINE_SECONDS):
            await stream.close(Goodbye(reason="the test is over", reconnect=True), 0.1)
            await left.wait()
    assert len(stream) == 0


@pytest.mark.parametrize("takes_batches", [True, False])
async def test_what_waits_comes_in_one_frame_for_those_who_take_that(takes_batches: bool) -> None:
    stream = EventStream(lambda: None)

    async def serve(subscriber: Subscriber) -> None:
        for revision in range(1, 4):
            stream.publish(event(revision))
        await subscriber.flush(10)
        await subscriber.close()

    async with connected(stream, serve, takes_batches=takes_batches) as socket:
        frames = [json.loads(message.data) async for message in socket]
    batches = frames if takes_batches else [[frame] for frame in frames]
    assert [len(batch) for batch in batches] == ([3] if takes_batches else [1, 1, 1])
    assert [one["params"]["revision"] for batch in batches for one in batch] == [1, 2, 3]


async def test_a_large_message_does_not_share_its_frame() -> None:
    stream = EventStream(lambda: None)

    async def serve(subscriber: Subscriber) -> None:
        for size in (10, 10, BATCH_BYTES, 10, 10):
            subscriber.put(b'"%s"' % (b"x" * size))
        await subscriber.flush(10)
        await subscriber.close()

    async with connected(stream, serve, takes_batches=True) as socket:
        frames = [json.loads(message.data) async for message in socket]
    assert [list(map(len, frame)) for frame in frames] == [[10, 10], [BATCH_BYTES], [10, 10]]


async def test_the_events_of_a_large_commit_come_in_several_frames() -> None:
    stream = EventStream(lambda: None)
    count = 3 * BATCH_BYTES // len(event_content(event(1)))

    async def serve(subscriber: Subscriber) -> None:
        stream.publish(*map(event, range(1, count + 1)))
        await subscriber.flush(10)
        await subscriber.close()

    async with connected(stream, serve, takes_batches=True) as socket:
        frames = [json.loads(message.data) async for message in socket]
    assert len(frames) >= 3
    assert [one["params"]["revision"] for frame in frames for one in frame] == list(range(1, count + 1))


async def test_what_comes_amid_the_lookup_of_what_was_missed_is_neither_lost_nor_doubled() -> None:
    stream = EventStream(lambda: None)

    async def serve(subscriber: Subscriber) -> None:
        subscriber.hold()
        stream.publish(event(11), event(12))
        stream.publish(event(13), event(14))
        # The lookup has seen the first commit, and not the second.
        subscriber.resume(12, [event_content(event(revision)) for revision in (9, 10, 11, 12)])
        stream.publish(event(15))
        subscriber.put(b'{"params": {"revision": "the answer"}}')
        subscriber.go_on()
        stream.publish(event(16))
        await subscriber.flush(10)
        await subscriber.close()

    async with connected(stream, serve, takes_batches=True) as socket:
        frames = [json.loads(message.data) async for message in socket]
    assert [one["params"]["revision"] for frame in frames for one in frame] == ["the answer", *range(9, 17)]


async def test_what_was_missed_counts_no_more_when_it_was_read() -> None:
    stream = EventStream(lambda: None)
    joined: list[Subscriber] = []

    async def serve(subscriber: Subscriber) -> None:
        subscriber.hold()
        # More than may wait.
        subscriber.resume(100, [event_content(event(revision)) for revision in range(1, 101)])
        subscriber.go_on()
        assert not subscriber.is_leaving
        joined.append(subscriber)

    async with connected(stream, serve, limits=WaitingLimits(messages=20)) as socket:
        for revision in range(1, 101):
            assert (await socket.receive_json())["params"]["revision"] == revision
        transport(socket).pause_reading()
        await publish_until(stream, lambda: joined[0].is_leaving)
        transport(socket).resume_reading()
        heard = [json.loads(message.data) async for message in socket]
    assert "let go: 21 messages (" in heard[-1]["params"]["reason"]


async def test_room_is_waited_for_and_there_is_none_to_wait_for_after_the_end() -> None:
    stream = EventStream(lambda: None)
    large = b'"%s"' % (b"x" * 40 * READING_BYTES)
    waited: list[bool] = []

    async def serve(subscriber: Subscriber) -> None:
        subscriber.put(large)
        waiting = asyncio.ensure_future(subscriber.room())
        await turn()
        waited.append(waiting.done())
        await asyncio.wait_for(waiting, DEADLINE_SECONDS)
        subscriber.put(large)
        await subscriber.close()
        await asyncio.wait_for(subscriber.room(), DEADLINE_SECONDS)

    async with connected(stream, serve) as socket:
        assert len(await socket.receive_str()) == len(large)
    assert waited == [False]


def event(revision: int) -> Event:
    ids = tuple(f"app-{number:04}" for number in range(500))
    return Event(
        revision=revision, operation="update", ids=ids, actor="a", client="c", at="2026-01-01T00:00:00.000000Z"
    )
