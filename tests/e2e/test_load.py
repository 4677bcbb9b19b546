"""Load: what waits is bounded, who does not read is let go and told so, and whoever comes back misses nothing."""

from __future__ import annotations

import asyncio
import functools
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import attrs
import pytest
from reliability.load import mixed, slow
from reliability.load.daemon import serving, status, status_when
from reliability.load.listener import Listener, listener
from tests.support.daemons import DEADLINE_SECONDS, client, in_thread, workspace
from tests.support.syncing import by_hand
from tests.support.wire import Side, wire

from issuelens import __version__
from issuelens.daemon.limits import IN_FLIGHT_LIMIT, KEPT_DESCRIPTORS, READING_BYTES
from issuelens.domain.errors import NotAnswered, TooLarge
from issuelens.domain.operation import AddComment, CreateIssue, EditIssues, UndoOperations, UpdateIssues
from issuelens.ipc import launch, messages, methods, oneshot
from issuelens.ipc.client import DaemonClient
from issuelens.ipc.endpoint import read_endpoint
from issuelens.ipc.limits import ANSWER_LIMIT, REQUEST_LIMIT, RUNNING_LIMIT
from issuelens.workspace import Workspace


@asynccontextmanager
async def raw(space: Workspace) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """A connection to a running daemon as anybody could have it."""
    endpoint = read_endpoint(space)
    assert endpoint is not None
    assert endpoint.socket is not None
    headers = {methods.HEADER_TOKEN: f"Bearer {endpoint.token}", methods.HEADER_CLIENT: "raw"}
    async with (
        aiohttp.ClientSession(connector=aiohttp.UnixConnector(endpoint.socket)) as session,
        session.ws_connect(
            "http://issuelens/ws", headers=headers, timeout=aiohttp.ClientWSTimeout(ws_close=0.1)
        ) as one,
    ):
        yield one


def request(number: int, method: str, **params: Any) -> str:
    return json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params})


async def make(control: DaemonClient, count: int) -> list[str]:
    """Makes issues, a commit each or some together; their ids."""
    made = await asyncio.gather(*(control.write(CreateIssue(title=f"issue {number}")) for number in range(count)))
    return [one.issues[0]["id"] for one in made]


async def heard_up_to(one: Listener, control: DaemonClient) -> None:
    await one.until(lambda: one.revisions()[-1] == control.revision)


async def test_one_that_does_not_read_is_let_go_and_comes_back(tmp_path: Path) -> None:
    report = await slow.trial(tmp_path / "p", 0.01)
    assert report.problems == ()
    assert report.counts["of these: told why"] == 1


async def test_events_of_a_killed_daemon_are_heard_when_the_next_one_runs(tmp_path: Path) -> None:
    async with serving(tmp_path / "p") as (space, control), listener(space) as one:
        await make(control, 20)
        await heard_up_to(one, control)
        one.freeze()
        endpoint = read_endpoint(space)
        assert endpoint is not None
        os.kill(endpoint.pid, signal.SIGKILL)
        await make(control, 100)
        one.thaw()
        await heard_up_to(one, control)
        assert one.revisions() == list(range(1, 122))
        assert one.of("state") == ["reconnecting", "connected"]


async def test_another_database_is_a_gap(tmp_path: Path) -> None:
    async with serving(tmp_path / "p") as (space, control):
        by_hand(space)  # else the file would bring back what the older database does not have
        await make(control, 3)
    saved = tmp_path / "saved.db"
    shutil.copy(space.database, saved)
    async with client(space) as (other, _), listener(space) as one:
        await make(other, 10)
        await heard_up_to(one, other)
        assert one.revisions() == list(range(4, 15))
        one.freeze()
        await other.close()
        await in_thread(launch.stop, space)
        for path in (space.database.with_name("issues.db-wal"), space.database.with_name("issues.db-shm")):
            path.unlink(missing_ok=True)
        shutil.copy(saved, space.database)
        async with client(space, "later") as (later, _):
            # As many changes as before, and more, but others.
            await make(later, 20)
            one.thaw()
            await one.until(lambda: bool(one.of("gap")))
            assert one.of("gap") == [24]
            await make(later, 5)
            await one.until(lambda: one.revisions()[-1] == 29)
            assert one.revisions()[11:] == list(range(25, 30))
        one.freeze()
        await in_thread(launch.stop, space)
        shutil.copy(saved, space.database)
        await in_thread(launch.ensure_running, space)
        one.thaw()
        await one.until(lambda: one.of("gap") == [24, 4])


async def test_what_is_told_again_is_what_was_told(tmp_path: Path) -> None:
    space = workspace(tmp_path / "p")
    async with client(space) as (one, heard):
        ids = await make(one, 8)
        await one.write(EditIssues(edits=tuple(UpdateIssues(ids=(each,), priority=1) for each in ids[:4])))
        await one.write(AddComment(ids=tuple(ids[:3]), text="x"), actor="anna")
        await one.write(UndoOperations(steps=1))
        await heard.until(lambda: len(heard.events) == 11)
        async with raw(space) as socket:
            hello = {"version": __version__, "client": "raw", "since": 1, "since_at": None}
            await socket.send_str(request(1, methods.HELLO, **hello))
            answer = json.loads(await socket.receive_str(timeout=DEADLINE_SECONDS))
            assert (answer["result"]["revision"], answer["result"]["gap"]) == (12, False)
            again = [json.loads(await socket.receive_str(timeout=DEADLINE_SECONDS)) for _ in heard.events]
            told = [json.loads(json.dumps(attrs.asdict(event))) for event in heard.events]
            assert [event["params"] for event in again] == told


async def test_events_begin_with_hello(tmp_path: Path) -> None:
    space = workspace(tmp_path / "p")
    async with client(space) as (one, _), raw(space) as socket:
        await make(one, 3)
        await socket.send_str(request(1, methods.HELLO, version=__version__, client="raw", added_later=1))
        assert json.loads(await socket.receive_str(timeout=DEADLINE_SECONDS))["result"]["revision"] == 4
        await make(one, 1)
        assert json.loads(await socket.receive_str(timeout=DEADLINE_SECONDS))["params"]["revision"] == 5


async def test_an_answer_that_is_too_large_is_refused_and_the_connection_stays(tmp_path: Path) -> None:
    space = workspace(tmp_path / "p")
    async with client(space) as (one, heard):
        texts = dict.fromkeys(("description", "design", "acceptance_criteria", "notes"), "x" * 1_000_000)
        count = ANSWER_LIMIT // 4_000_000 + 1
        for number in range(count):
            await one.write(CreateIssue(title=f"issue {number}", **texts))
        with pytest.raises(
            TooLarge, match=r"The answer has 6\d,\d{3},\d{3} bytes; 67,108,864 are allowed\. Ask for less"
        ):
            await one.request(methods.LIST, messages.ListIssues(), messages.Issues)
        found = await one.request(methods.LIST, messages.ListIssues(limit=3, brief=True), messages.Issues)
        assert len(found.issues) == 3
        with pytest.raises(TooLarge, match=f"The change was made as revision {count + 2}") as told:
            await one.write(UpdateIssues(query="is:open", priority=0))
        assert told.value.details == {"revision": count + 2}
        await heard.until(lambda: heard.events[-1].revision == count + 2)
        assert len(heard.events[-1].ids) == count
        # A one-shot client has no such limit: it is the one message that it came for.
        assert len((await in_thread(oneshot.call, space, methods.LIST, {}))["issues"]) == count
        assert heard.states == []


async def test_a_request_that_is_too_large_is_not_sent(tmp_path: Path) -> None:
    space = workspace(tmp_path / "p")
    async with client(space) as (one, heard):
        with pytest.raises(TooLarge, match="16,777,216 are allowed"):
            await one.write(CreateIssue(title="x", description="x" * REQUEST_LIMIT))
        assert (await one.write(CreateIssue(title="y"))).revision == 2
        assert heard.states == []


async def test_one_that_asks_without_end_and_does_not_read_stalls_itself_only(tmp_path: Path) -> None:
    async with serving(tmp_path / "p") as (space, control):
        await control.write(CreateIssue(title="large", description="x" * READING_BYTES))
        begun = await status(control, trim=True)
        async with raw(space) as socket:
            sent = 0

            async def ask() -> None:
                nonlocal sent
                while True:
                    await socket.send_str(request(sent, methods.LIST))
                    sent += 1

            asking = asyncio.ensure_future(ask())
            held = await status_when(control, lambda found: found.waiting_bytes > READING_BYTES)
            for _ in range(50):
                held = await status(control)
                assert held.waiting_bytes < 10 * READING_BYTES
                assert held.tasks < begun.tasks + IN_FLIGHT_LIMIT + 10
            asking.cancel()
            await asyncio.wait([asking])
            assert socket._response.connection is not None
            assert socket._response.connection.transport is not None
            socket._response.connection.transport.abort()
            assert held.rss_anon_kb is not None
            assert begun.rss_anon_kb is not None
            assert held.rss_anon_kb < begun.rss_anon_kb + 100_000
        left = await status_when(control, lambda found: found.clients == ["control"])
        assert left.waiting_bytes < 1_000


async def test_one_client_too_many_is_refused_clearly(tmp_path: Path, patient_daemon: None) -> None:
    space = workspace(tmp_path / "p")
    limit = 20
    limited = f'ulimit -n {limit + KEPT_DESCRIPTORS}; exec "$@"'
    start = [sys.executable, "-m", "issuelens", "daemon", "start"]
    start += ["--root", str(space.root), "--directory", str(space.directory)]
    run = functools.partial(subprocess.run, check=True, stdout=subprocess.DEVNULL)
    await in_thread(run, ["sh", "-c", limited, "sh", *start])
    async with client(space, "first") as (first, _):
        async with AsyncExitStack() as stack:
            for number in range(1, limit):
                await stack.enter_async_context(client(space, f"client {number}"))
            with pytest.raises(NotAnswered, match="serves as many clients as it can"):
                await stack.enter_async_context(client(space, "one too many"))
            with pytest.raises(NotAnswered, match="serves as many clients as it can"):
                await in_thread(oneshot.call_or_start, space, methods.LIST, {})
            assert len((await status(first)).clients) == limit
            # Those that are connected are served as before.
            await first.write(CreateIssue(title="x"))
        await status_when(first, lambda found: found.clients == ["first"])
        async with client(space, "after") as (after, _):
            assert (await status(after)).clients == ["after", "first"]
    await in_thread(launch.stop, space)


async def test_many_read_and_write_at_once(tmp_path: Path) -> None:
    report = await mixed.trial(tmp_path / "p", 0.01)
    assert report.problems == ()
    assert report.counts["changes acknowledged and stored"] > 0
    assert report.counts["came and went"] > 0


async def test_an_editor_that_asks_for_too_much_at_once_is_told_so(tmp_path: Path) -> None:
    async with serving(tmp_path / "p") as (space, control), wire(Side.OURS, tmp_path) as one:
        await one.initialize(space.root)
        await one.answer(one.execute("createIssue", {"title": "before"}))
        pid = (await status(control)).pid
        # The daemon answers nothing, so that everything that is asked for goes on.
        os.kill(pid, signal.SIGSTOP)
        try:
            asked = [one.execute("createIssue", {"title": f"{number}"}) for number in range(RUNNING_LIMIT)]
            refused = await one.answer(one.execute("createIssue", {"title": "one too many"}))
            assert refused["error"]["code"] == -32803
            assert refused["error"]["message"].startswith("1,000 requests are worked on already")
            one.cancel(asked[0])
            assert (await one.answer(asked[0]))["error"]["code"] == -32800
        finally:
            os.kill(pid, signal.SIGCONT)
        for number in asked[1:]:
            assert "result" in await one.answer(number)
        assert sorted(one.answered) == sorted([1, 2, *asked, asked[-1] + 1])
        assert await one.leave() == 0
