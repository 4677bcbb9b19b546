"""The daemon as a process: one per workspace, born of need, gone when idle, and nothing acknowledged is ever lost."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen
from tests.support.daemons import DEADLINE_SECONDS, client, in_thread, posted, workspace

from issuelens import __version__
from issuelens.domain.errors import (
    DatabaseCorrupt,
    DatabaseTooNew,
    InvalidConfig,
    InvalidField,
    Refused,
    StorageError,
    UnknownIssue,
)
from issuelens.domain.operation import CloseIssues, CreateIssue
from issuelens.ipc import launch, messages, methods, oneshot
from issuelens.ipc.client import ClientState, DaemonClient
from issuelens.ipc.endpoint import read_endpoint
from issuelens.ipc.locks import FileLock
from issuelens.ipc.messages import Written
from issuelens.process import wait_for_exit
from issuelens.workspace import Workspace


@frozen(kw_only=True)
class Keyed:
    """A write with a key of the test's."""

    title: str
    key: str
    dry_run: bool = False


@pytest.mark.usefixtures("patient_daemon")
async def test_twenty_start_one(tmp_path: Path) -> None:
    space = workspace(tmp_path / "p")
    command = [sys.executable, "-m", "issuelens", "daemon", "start"]
    command += ["--root", str(space.root), "--directory", str(space.directory)]
    starters = [await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE) for _ in range(20)]
    outputs = await asyncio.gather(*(starter.communicate() for starter in starters))
    assert [json.loads(output) for output, _ in outputs] == [{}] * 20
    assert "serving" in space.daemon_log.read_text()
    assert space.daemon_log.read_text().count("serving") == 1
    assert await in_thread(launch.stop, space)


async def test_events_reach_everyone_in_order(tmp_path: Path) -> None:
    space = workspace(tmp_path / "p")
    async with client(space, "one") as (one, first), client(space, "two") as (_, second):
        await asyncio.gather(*(one.write(CreateIssue(title=f"issue {number}")) for number in range(50)))
        params = {"title": "from outside", "key": "outside"}
        await in_thread(oneshot.call, space, methods.CREATE, params)
        for heard in (first, second):
            await heard.until(lambda heard=heard: len(heard.events) == 51)
            assert [event.revision for event in heard.events] == list(range(2, 53))
            assert heard.events[-1].client == "cli"
            assert heard.gaps == []


async def test_clients_that_come_amid_writes_miss_nothing(tmp_path: Path) -> None:
    space = workspace(tmp_path / "p")
    async with client(space, "writer") as (writer, _):
        writing = asyncio.ensure_future(_write(writer, 200))
        async with AsyncExitStack() as stack:
            joined = []
            for number in range(20):
                one, heard = await stack.enter_async_context(client(space, f"reader {number}"))
                joined.append((one, one.revision - len(heard.events), heard))
            await writing
            for one, first, heard in joined:
                await heard.until(lambda one=one: one.revision == 201)
                assert [event.revision for event in heard.events] == list(range(first + 1, 202))
                assert heard.gaps == []


async def _write(writer: DaemonClient, count: int) -> None:
    for number in range(count):
        await writer.write(CreateIssue(title=f"issue {number}"))


async def test_a_key_is_done_once(tmp_path: Path) -> None:
    space = workspace(tmp_path / "p")
    async with client(space) as (one, heard):
        first = await one.write(CreateIssue(title="x"), key="same")
        again = await one.write(CreateIssue(title="x"), key="same")
        assert again.repeated
        assert (again.issues, again.revision) == (first.issues, first.revision)
        await one.write(CreateIssue(title="y"))
        await heard.until(lambda: len(heard.events) == 2)


@pytest.mark.parametrize("key", ["", "a#1", "x" * 201, "a\nb"])
async def test_what_a_key_can_not_be(tmp_path: Path, key: str) -> None:
    space = workspace(tmp_path / "p")
    async with client(space) as (one, _):
        with pytest.raises(InvalidField, match="key: "):
            await one.request(methods.CREATE, Keyed(title="x", key=key), Written)
        assert (await one.write(CreateIssue(title="x"))).revision == 2


async def test_a_rehearsal_with_a_key_that_was_used(tmp_path: Path) -> None:
    space = workspace(tmp_path / "p")
    async with client(space) as (one, _):
        await one.request(methods.CREATE, Keyed(title="x", key="same"), Written)
        told = await one.request(methods.CREATE, Keyed(title="y", key="same", dry_run=True), Written)
        assert (told.repeated, told.issues[0]["title"], told.before) == (False, "y", [None])
        assert (await one.write(CreateIssue(title="z"))).revision == 3


async def test_a_kill_under_load_loses_nothing_and_does_nothing_twice(tmp_path: Path) -> None:
    space = workspace(tmp_path / "p")
    async with client(space) as (one, heard):
        writes = [asyncio.ensure_future(one.write(CreateIssue(title=f"issue {number}"))) for number in range(200)]
        await asyncio.wait(writes, return_when=asyncio.FIRST_COMPLETED)
        endpoint = read_endpoint(space)
        assert endpoint is not None
        os.kill(endpoint.pid, signal.SIGKILL)
        written = await asyncio.wait_for(asyncio.gather(*writes), DEADLINE_SECONDS)
        await heard.until(lambda: len(heard.events) == 200)
        assert ([event.revision for event in heard.events], heard.gaps) == (list(range(2, 202)), [])
        found = await one.request(methods.LIST, messages.ListIssues(), messages.Issues)
        assert sorted(issue["title"] for issue in found.issues) == sorted(f"issue {number}" for number in range(200))
        assert {issue["id"] for issue in found.issues} == {write.issues[0]["id"] for write in written}
    check = sqlite3.connect(f"file:{space.database}?mode=ro", uri=True)
    assert check.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    check.close()


async def test_the_idle_daemon_leaves_nothing(tmp_path: Path) -> None:
    space = workspace(tmp_path / "p")
    async with client(space):
        endpoint = read_endpoint(space)
        assert endpoint is not None
        assert endpoint.socket is not None
        assert Path(endpoint.socket).stat().st_mode & 0o077 == 0
        assert space.endpoint_file.stat().st_mode & 0o777 == 0o600
    assert await in_thread(wait_for_exit, endpoint.pid, DEADLINE_SECONDS)
    assert not Path(endpoint.socket).exists()
    assert not space.endpoint_file.exists()
    lock = FileLock(space.daemon_lock)
    assert lock.acquire(wait=False)
    lock.release()
    assert "nobody was connected" in space.daemon_log.read_text()


@pytest.mark.usefixtures("patient_daemon")
def test_stop_waits_until_it_is_gone(tmp_path: Path) -> None:
    space = workspace(tmp_path / "p")
    endpoint = launch.ensure_running(space)
    assert launch.ensure_running(space) == endpoint
    assert launch.stop(space)
    assert not space.endpoint_file.exists()
    assert not launch.stop(space)


async def test_a_newer_client_retires_it_and_clients_come_back(tmp_path: Path) -> None:
    space = workspace(tmp_path / "p")
    async with client(space) as (one, heard):
        before = read_endpoint(space)
        assert before is not None
        hello = {"version": "99.0", "client": "newer"}
        welcome = await in_thread(oneshot.call, space, methods.HELLO, hello)
        assert welcome["retiring"]
        assert welcome["version"] == __version__
        await heard.until(lambda: heard.states == [ClientState.RECONNECTING, ClientState.CONNECTED])
        assert (await one.write(CreateIssue(title="after"))).revision == 2
        after = read_endpoint(space)
        assert after is not None
        assert after.pid != before.pid
        assert "version 99.0 takes over" in space.daemon_log.read_text()


@pytest.mark.usefixtures("patient_daemon")
async def test_a_signal_ends_it_cleanly(tmp_path: Path) -> None:
    space = workspace(tmp_path / "p")
    endpoint = await in_thread(launch.ensure_running, space)
    os.kill(endpoint.pid, signal.SIGTERM)
    assert await in_thread(wait_for_exit, endpoint.pid, DEADLINE_SECONDS)
    assert not space.endpoint_file.exists()
    assert "signal SIGTERM" in space.daemon_log.read_text()


@pytest.mark.usefixtures("patient_daemon")
async def test_one_whose_note_was_lost_is_stopped(tmp_path: Path) -> None:
    space = workspace(tmp_path / "p")
    endpoint = await in_thread(launch.ensure_running, space)
    space.endpoint_file.unlink()
    assert await in_thread(launch.stop, space)
    assert await in_thread(wait_for_exit, endpoint.pid, DEADLINE_SECONDS)


@pytest.mark.usefixtures("patient_daemon")
async def test_one_that_is_leaving_already_is_waited_for(tmp_path: Path) -> None:
    space = workspace(tmp_path / "p")
    # An import waits here until something is written; then it is told that a pipe is no file to import.
    os.mkfifo(tmp_path / "in.jsonl")
    endpoint = await in_thread(launch.ensure_running, space)
    params = {"path": str(tmp_path / "in.jsonl"), "key": "k"}
    asked = asyncio.ensure_future(in_thread(oneshot.call, space, methods.IMPORT, params))
    file = await asyncio.wait_for(in_thread((tmp_path / "in.jsonl").open, "w"), DEADLINE_SECONDS)
    await in_thread(oneshot.call, space, methods.STOP, {})
    stopped = asyncio.ensure_future(in_thread(launch.stop, space))
    with file:
        file.write("{}\n")
    # On a busy machine it is gone before `stop` looks, which then says that none ran.
    await stopped
    assert await in_thread(wait_for_exit, endpoint.pid, DEADLINE_SECONDS)
    with pytest.raises(Refused, match=r"in\.jsonl can't be read"):
        await asked


GET_NOTHING = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "issues/list", "params": {}}).encode()


@pytest.mark.parametrize("transport", ["unix", "tcp"])
async def test_only_its_own_user_and_no_web_page_may_ask(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, transport: str
) -> None:
    monkeypatch.setenv("ISSUELENS_TRANSPORT", transport)
    space = workspace(tmp_path / "p")
    async with client(space):
        endpoint = read_endpoint(space)
        assert endpoint is not None
        assert (endpoint.port is not None) == (transport == "tcp")
        assert (await posted(space, GET_NOTHING))[0] == 200
        assert (await posted(space, GET_NOTHING, token="guessed"))[0] == 401
        assert (await posted(space, GET_NOTHING, {"Origin": "http://localhost"}))[0] == 403
        assert (await posted(space, GET_NOTHING, {"Host": "evil.example"}))[0] == 403
        assert (await posted(space, GET_NOTHING, {"Host": "evil.example:80"}))[0] == 403


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"{", -32700),
        (b"[" * 200_000, -32700),
        (b"[]", -32600),
        (b'{"id": 1}', -32600),
        (b'{"method": "issues/list"}', -32600),
        (b'{"id": 1, "method": "no/such"}', -32601),
    ],
)
async def test_what_is_no_request_gets_one_answer(tmp_path: Path, content: bytes, code: int) -> None:
    space = workspace(tmp_path / "p")
    async with client(space) as (one, _):
        status, body = await posted(space, content)
        assert (status, json.loads(body)["error"]["code"]) == (200, code)
        assert (await one.write(CreateIssue(title="still at work"))).revision == 2


@pytest.mark.usefixtures("patient_daemon")
@pytest.mark.parametrize(
    ("method", "params", "message"),
    [
        (methods.CREATE, {"titel": "x", "title": "x", "key": "k"}, "titel: it is not a param here"),
        (methods.CREATE, {"key": "k"}, "title: it is missing"),
        (methods.CREATE, {"title": "x"}, "key: it is missing"),
        (methods.CREATE, {"title": 3, "key": "k"}, "title: it must be a text, not a number"),
        (
            methods.CREATE,
            {"title": "x", "priority": "high", "key": "k"},
            "priority: it must be a whole number, not a text",
        ),
        (methods.CREATE, {"title": "x", "priority": True, "key": "k"}, "priority: it must be a whole number"),
        (methods.CREATE, {"title": "x", "labels": [1], "key": "k"}, "labels: it must be a text, not a number"),
        (methods.LIST, {"limit": "3"}, "limit: it must be a whole number, not a text"),
        (methods.LIST, {"query": ["is:open"]}, "query: it must be a text, not a list"),
        (methods.LIST, {"categories": ["later"]}, "categories: it is not a param here"),
        (methods.TREE, {"id": "app-1", "direction": "up"}, "direction: 'up' is not one of children, dependencies"),
        (methods.DUPLICATES, {"similarity": 2}, "similarity: 2"),
        (methods.REFERENCES, {"id": None}, "id: it is missing; name the issue"),
        (methods.GET, [], "params: it must be an object"),
    ],
)
def test_params_that_do_not_fit_are_named(tmp_path: Path, method: str, params: Any, message: str) -> None:
    space = workspace(tmp_path / "p")
    launch.ensure_running(space)
    with pytest.raises(InvalidField) as told:
        oneshot.call(space, method, params or {"x": 1} if isinstance(params, dict) else ["x"])  # type: ignore[arg-type]
    assert message in told.value.message
    launch.stop(space)


def test_an_unknown_issue(tmp_path: Path) -> None:
    space = workspace(tmp_path / "p")
    with pytest.raises(UnknownIssue, match="There is no issue app-0000"):
        oneshot.call_or_start(space, methods.GET, {"ids": ["app-0000"]})
    with pytest.raises(UnknownIssue, match="There is no issue app-0000"):
        oneshot.call_or_start(space, methods.HISTORY, {"id": "app-0000"})
    launch.stop(space)


def test_a_broken_config_stops_new_ids_only(tmp_path: Path) -> None:
    space = workspace(tmp_path / "p")
    issue = oneshot.call_or_start(space, methods.CREATE, {"title": "x", "key": "1"})["issues"][0]
    text = space.config_file.read_text()
    space.config_file.write_text(f"{text}\nprefix = 3\n")
    with pytest.raises(InvalidConfig, match=r"config\.toml, line \d+"):
        oneshot.call_or_start(space, methods.CREATE, {"title": "y", "key": "2"})
    closed = oneshot.call_or_start(space, methods.CLOSE, {"ids": [issue["id"]], "key": "3"})["issues"][0]
    assert closed["status"] == "closed"
    launch.stop(space)
    assert oneshot.call_or_start(space, methods.GET, {"ids": [issue["id"]]})["revision"] == 3
    space.config_file.write_text(text.replace('"app"', '"new"'))
    assert oneshot.call_or_start(space, methods.CREATE, {"title": "z", "key": "4"})["issues"][0]["id"].startswith(
        "new-"
    )
    launch.stop(space)


def test_a_database_that_can_not_be_used_is_told_by_its_name(tmp_path: Path) -> None:
    space = workspace(tmp_path / "p")
    space.database.write_bytes(b"not a database" * 100)
    with pytest.raises(DatabaseCorrupt, match=r"issues\.db is damaged and was left as it is"):
        launch.ensure_running(space)
    space.database.unlink()
    launch.ensure_running(space)
    launch.stop(space)
    raw = sqlite3.connect(space.database)
    raw.execute("UPDATE alembic_version SET version_num = '9999'")
    raw.commit()
    raw.close()
    with pytest.raises(DatabaseTooNew, match="Update Issuelens"):
        launch.ensure_running(space)


def test_a_place_that_can_not_be_written(tmp_path: Path) -> None:
    space = workspace(tmp_path / "p")
    space.daemon_log.mkdir()
    with pytest.raises(StorageError, match=r"daemon\.log: it is no ordinary file, so issues can't be changed here"):
        launch.ensure_running(space)
    gone = Workspace(tmp_path / "gone", tmp_path / "gone" / ".issues")
    with pytest.raises(StorageError, match="is not there any more"):
        launch.ensure_running(gone)


async def test_the_folder_removed_under_it(tmp_path: Path) -> None:
    space = workspace(tmp_path / "p")
    async with client(space) as (one, _):
        await one.write(CreateIssue(title="x"))
        space.config_file.unlink()
        with pytest.raises(InvalidConfig, match=r"config\.toml can't be read"):
            await one.write(CreateIssue(title="y"))


async def test_history_names_who_and_with_what(tmp_path: Path) -> None:
    space = workspace(tmp_path / "p")
    async with client(space, "lsp/tester") as (one, _):
        made = await one.write(CreateIssue(title="x"), actor="anna")
        await one.write(CloseIssues(ids=(made.issues[0]["id"],)))
        told = await one.request(methods.HISTORY, messages.ListHistory(), messages.History)
        who = [(entry.event.operation, entry.event.actor, entry.event.client) for entry in told.entries]
        assert who[1:] == [("create", "anna", "lsp/tester"), ("init", who[0][1], "daemon")]


async def test_status_counts_what_it_holds(tmp_path: Path) -> None:
    space = workspace(tmp_path / "p")
    async with client(space, "test/one") as (one, _):
        status = await one.request(methods.STATUS, messages.Nothing(), messages.Status)
        assert (status.clients, status.engines, status.connections, status.pool_checkouts) == (["test/one"], 2, 2, 0)
        assert status.revision == 1
