"""The client that stays, against a daemon of the test's own that answers as it is told to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from tests.support.daemons import Heard, client, workspace

from issuelens.daemon.listening import listening
from issuelens.domain.errors import DatabaseCorrupt, NotAnswered
from issuelens.domain.operation import Event
from issuelens.ipc import jsonrpc, messages
from issuelens.ipc.client import ClientState, DaemonClient
from issuelens.ipc.converter import Messages, dumps, loads
from issuelens.ipc.methods import EVENT, HELLO
from issuelens.workspace import Workspace

Socket = web.WebSocketResponse
Greet = Callable[[dict[str, Any], Socket], Any]
"""Answers Hello: gets its params; what it gives is awaited."""


@asynccontextmanager
async def daemon(space: Workspace, *greets: Greet, silent: asyncio.Queue[Any] | None = None) -> AsyncIterator[None]:
    """A daemon whose first connection is greeted by the first of these, and so on; it answers none that is `silent`."""
    remaining = list(greets)

    async def connect(request: web.Request) -> web.StreamResponse:
        greet = remaining.pop(0)
        if greet is refuse:
            raise web.HTTPTooManyRequests
        socket = Socket()
        await socket.prepare(request)
        async for message in socket:
            shape = loads(message.data)
            if shape["method"] == HELLO:
                await greet(shape["params"], socket)
            elif silent is not None:
                silent.put_nowait(shape)
            else:
                await socket.send_str(dumps(jsonrpc.result(shape["id"], shape["params"])).decode())
        return socket

    application = web.Application()
    application.router.add_get("/ws", connect)
    runner = web.AppRunner(application)
    await runner.setup()
    try:
        async with listening(runner, space, "token"):
            yield
    finally:
        await runner.cleanup()


async def refuse(params: dict[str, Any], socket: Socket) -> None:
    """Never called: the connection is refused."""


def welcome(revision: int, *events: int, gap: bool = False, asked: list[Any] | None = None, stay: bool = True) -> Greet:
    async def greet(params: dict[str, Any], socket: Socket) -> None:
        if asked is not None:
            asked.append((params.get("since"), params.get("since_at")))
        answer = messages.Welcome(
            version="9", revision=revision, pid=1, workspace="w", at=f"at {revision}", gap=gap
        )  # fmt: skip
        shape = Messages().write(answer) | {"added_later": 1}
        frame = [jsonrpc.result(0, shape), *(jsonrpc.notification(EVENT, event(one)) for one in events)]
        await socket.send_str(dumps(frame).decode())
        if not stay:
            await socket.close()

    return greet


async def damaged(params: dict[str, Any], socket: Socket) -> None:
    await socket.send_str(dumps(jsonrpc.failure(0, DatabaseCorrupt("It is damaged."))).decode())


def event(revision: int) -> dict[str, Any]:
    return dict(
        Messages().write(
            Event(revision=revision, operation="update", ids=("app-1",), actor="a", client="c", at=f"at {revision}")
        )
    )


def revisions(heard: Heard) -> list[int]:
    return [one.revision for one in heard.events]


async def test_it_names_the_last_revision_it_heard_and_hears_what_follows(tmp_path: Path) -> None:
    space, asked = workspace(tmp_path / "p"), list[Any]()
    greets = (welcome(5, 6, 7, asked=asked, stay=False), welcome(9, 8, 9, asked=asked))
    async with daemon(space, *greets), client(space) as (one, heard):
        await heard.until(lambda: one.revision == 9)
        assert (revisions(heard), heard.gaps) == ([6, 7, 8, 9], [])
        assert asked == [(None, None), (7, "at 7")]


async def test_after_a_gap_it_begins_where_the_daemon_is(tmp_path: Path) -> None:
    space, asked = workspace(tmp_path / "p"), list[Any]()
    greets = (
        welcome(50, 51, stay=False),
        welcome(3, 4, gap=True, asked=asked, stay=False),
        welcome(5, 5, asked=asked),
    )
    async with daemon(space, *greets), client(space) as (one, heard):
        await heard.until(lambda: one.revision == 5)
        assert (revisions(heard), heard.gaps) == ([51, 4, 5], [3])
        assert asked == [(51, "at 51"), (4, "at 4")]


async def test_it_hears_of_the_code_and_passes_over_what_it_does_not_know(tmp_path: Path) -> None:
    told = [
        jsonrpc.notification("code/later", {"x": 1}),
        jsonrpc.notification("code/progress", {"done": 1, "total": 2}),
        jsonrpc.notification("code/changed", {"paths": ["a.py", '"caf\\351.py"'], "ids": None, "added_later": 1}),
        jsonrpc.notification("code/changed", {"paths": None, "ids": ["app-1"]}),
    ]

    async def greet(params: dict[str, Any], socket: Socket) -> None:
        await welcome(1)(params, socket)
        for one in told:
            await socket.send_str(dumps(one).decode())

    space = workspace(tmp_path / "p")
    async with daemon(space, greet), client(space) as (one, heard):
        await heard.until(lambda: len(heard.code) == 2)
        assert heard.code == [(("a.py", "caf\udce9.py"), None), (None, ("app-1",))]
        assert heard.code_progress == [(1, 2)]
        assert await one._request("any", {"still": "there"}) == {"still": "there"}


async def test_when_it_comes_back_anything_of_the_code_may_have_changed(tmp_path: Path) -> None:
    space = workspace(tmp_path / "p")
    async with daemon(space, welcome(1, stay=False), welcome(1)), client(space) as (_, heard):
        await heard.until(lambda: heard.code == [(None, None)])


@pytest.mark.parametrize(("trouble", "error"), [(damaged, DatabaseCorrupt), (refuse, NotAnswered)])
async def test_a_daemon_that_can_not_greet_is_asked_again_and_nothing_stays_open(
    tmp_path: Path, trouble: Greet, error: type[Exception]
) -> None:
    space = workspace(tmp_path / "p")
    # What stays open fails the test: sessions and descriptors are counted around each.
    greets = (welcome(1, stay=False), trouble, trouble, welcome(2, 2))
    async with daemon(space, *greets), client(space) as (one, heard):
        await heard.until(lambda: revisions(heard) == [2])
        assert heard.states == [ClientState.RECONNECTING, ClientState.CONNECTED]
        assert one.state is ClientState.CONNECTED
    async with daemon(space, trouble):
        with pytest.raises(error):
            async with client(space):
                pass


async def test_requests_are_sent_again_while_answers_are_read(tmp_path: Path) -> None:
    space = workspace(tmp_path / "p")
    large = {"text": "x" * 2_000_000}
    async with daemon(space, welcome(1, stay=False), welcome(1)), client(space) as (one, heard):
        await heard.until(lambda: heard.states[:1] == [ClientState.RECONNECTING])
        # This daemon answers one request after the other, and blocks until its answer is read.
        answers = await asyncio.gather(*(one._request("any", large) for _ in range(20)))
        assert answers == [large] * 20


async def test_a_callback_that_fails_is_noted_and_the_next_word_is_heard(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    space, heard = workspace(tmp_path / "p"), Heard()

    def fail(*_: Any) -> None:
        raise ValueError("a fault of whoever listens")

    async def greet(params: dict[str, Any], socket: Socket) -> None:
        await welcome(1, 2)(params, socket)
        for one in (
            jsonrpc.notification("code/changed", {"paths": None, "ids": None}),
            jsonrpc.notification("code/progress", {"done": 1, "total": 2}),
            jsonrpc.notification(EVENT, event(9)),
        ):
            await socket.send_str(dumps(one).decode())

    deaf = {"on_event": fail, "on_code": fail, "on_code_progress": fail, "on_state": fail}
    one = DaemonClient(space, client="test", on_gap=heard.gap, **deaf)  # type: ignore[arg-type]
    async with daemon(space, greet), one:
        await heard.until(lambda: heard.gaps == [9])
        assert await one._request("any", {"still": "there"}) == {"still": "there"}
    assert [record.message for record in caplog.records if record.exc_info] == [
        "a fault in taking what the daemon said"
    ] * 3
    caplog.clear()


@pytest.mark.parametrize("is_late", [False, True])
async def test_a_request_that_is_cancelled_is_cancelled_at_the_daemon(tmp_path: Path, is_late: bool) -> None:
    space, told = workspace(tmp_path / "p"), asyncio.Queue[Any]()
    one = DaemonClient(
        space, client="test", on_event=lambda _: None, on_gap=lambda _: None, request_seconds=0.01 if is_late else 60
    )
    async with daemon(space, welcome(1), silent=told), one:
        if is_late:
            # Whoever asks again for the same does not want the work on it to end.
            with pytest.raises(NotAnswered):
                await one._request("code/refresh", {})
            assert (await told.get())["id"] == 1
            one._request_seconds = 60
        asking = asyncio.create_task(one._request("code/refresh", {}))
        number = (await told.get())["id"]
        asking.cancel()
        await asyncio.wait([asking])
        for each in [number, 1] if is_late else [number]:
            assert await told.get() == jsonrpc.notification("daemon/cancel", {"id": each})
