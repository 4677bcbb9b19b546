"""A language server's life with the real daemon: how it begins, how it ends, and that nothing is left."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import sys
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types
from tests.support.daemons import in_thread
from tests.support.lsp import DEADLINE_SECONDS, SERVER, capabilities, connected, editor
from tests.support.wire import Side, wire
from tests.support.workspaces import cli, daemon_pid, kill_daemon, project

from issuelens.editor_client.connection import ServerFailed
from issuelens.editor_client.connection import connected as client_connected
from issuelens.ipc.framing import FrameBuffer, frame


async def raw_server(*messages: dict[str, Any], close: bool = False) -> asyncio.subprocess.Process:
    process = await asyncio.create_subprocess_exec(
        *SERVER, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    assert process.stdin is not None
    for message in messages:
        process.stdin.write(frame(json.dumps({"jsonrpc": "2.0", **message}).encode()))
    if close:
        process.stdin.close()
    return process


async def answers(process: asyncio.subprocess.Process) -> list[dict[str, Any]]:
    """Everything that a server says until it ends."""
    output, _ = await asyncio.wait_for(process.communicate(), DEADLINE_SECONDS)
    frames, said = FrameBuffer(), []
    frames.feed(output)
    while (content := frames.next()) is not None:
        said.append(json.loads(content))
    return said


INITIALIZE = {"id": 1, "method": "initialize", "params": {"processId": None, "rootUri": None, "capabilities": {}}}
INITIALIZED = {"method": "initialized", "params": {}}
SHUTDOWN = {"id": 2, "method": "shutdown"}
EXIT = {"method": "exit"}


async def test_initialize_names_the_server_and_what_it_can() -> None:
    async with connected() as one:
        result = await one.initialize([], capabilities())
        assert result.server_info is not None
        assert result.server_info.name == "issuelens"
        assert result.capabilities.code_lens_provider is not None
        assert result.capabilities.diagnostic_provider is None
        await one.client.shutdown_session()


async def test_everything_advertised_is_answered() -> None:
    async with editor() as one:
        advertised = (await raw_initialize_result())["capabilities"]
        assert advertised["hoverProvider"]
        for command in advertised["executeCommandProvider"]["commands"]:
            with pytest.raises(Exception, match=r"folder|missing"):
                await one.run(command, {})


async def raw_initialize_result() -> dict[str, Any]:
    said = await answers(await raw_server(INITIALIZE, INITIALIZED, SHUTDOWN, EXIT))
    result: dict[str, Any] = said[0]["result"]
    return result


async def test_shutdown_then_exit_ends_with_0() -> None:
    process = await raw_server(INITIALIZE, INITIALIZED, SHUTDOWN, EXIT)
    said = await answers(process)
    assert [one.get("id") for one in said] == [1, 2]
    assert said[1] == {"jsonrpc": "2.0", "id": 2, "result": None}
    assert process.returncode == 0


async def test_exit_before_initialize_ends_with_1() -> None:
    process = await raw_server(EXIT)
    assert await answers(process) == []
    assert process.returncode == 1


async def test_end_of_input_after_shutdown_is_a_clean_end() -> None:
    process = await raw_server(INITIALIZE, INITIALIZED, SHUTDOWN, close=True)
    await answers(process)
    assert process.returncode == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_the_server_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    root = project(tmp_path / "p")
    async with connected() as one:
        await one.initialize([root], capabilities())
        uri = one.open(root / "main.py")
        await one.lenses(uri)
        os.kill(one.pid, number)
        assert await asyncio.wait_for(one.process.wait(), DEADLINE_SECONDS) == 0


@pytest.mark.parametrize("initialised", [True, False], ids=["in the daemon", "in a scan of its own"])
async def test_a_git_that_hangs_holds_up_no_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, initialised: bool
) -> None:
    root = project(tmp_path / "p", initialised=initialised)
    git, begun = tmp_path / "bin" / "git", tmp_path / "begun"
    git.parent.mkdir()
    os.mkfifo(begun)
    git.write_text(f"#!/bin/sh\nexec 3> {begun}\nexec sleep 1000\n")
    git.chmod(0o755)
    monkeypatch.setenv("PATH", f"{git.parent}:{os.environ['PATH']}")
    initialize = {**INITIALIZE, "params": {**INITIALIZE["params"], "rootUri": root.as_uri()}}
    process = await raw_server(initialize, INITIALIZED, {"id": 3, "method": "issuelens/listTodos"})
    pipe = await asyncio.wait_for(in_thread(begun.open, "rb"), DEADLINE_SECONDS)
    assert process.stdin is not None
    process.stdin.write(frame(json.dumps({"jsonrpc": "2.0", **EXIT}).encode()))
    await answers(process)
    assert process.returncode == 1
    with pipe:
        # Its other end was git's, which is gone.
        assert await asyncio.wait_for(in_thread(pipe.read), DEADLINE_SECONDS) == b""


_ENDLESS = """\
import asyncio
from issuelens.lsp import server

async def endless(self):
    await asyncio.Event().wait()

server.END_SECONDS = 1
server.Server.close_sessions = endless
"""


@pytest.mark.parametrize("messages", [(SHUTDOWN, EXIT), (EXIT,)], ids=["shutdown and exit", "exit"])
async def test_an_end_that_hangs_is_ended_and_says_where(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, messages: tuple[dict[str, Any], ...]
) -> None:
    (tmp_path / "sitecustomize.py").write_text(_ENDLESS)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    process = await raw_server(INITIALIZE, INITIALIZED, *messages)
    _, errors = await asyncio.wait_for(process.communicate(), DEADLINE_SECONDS)
    assert process.returncode == 1
    assert b"Timeout" in errors
    assert b"runner.py" in errors


async def test_an_interpreter_that_is_gone_is_told_once_and_tried_again(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    python = tmp_path / "venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    shutil.copy(Path(sys.prefix) / "pyvenv.cfg", tmp_path / "venv")
    (tmp_path / "venv" / "lib").symlink_to(Path(sys.prefix) / "lib")
    python.symlink_to(Path(sys.executable).resolve())
    cli(root, "daemon", "stop")
    async with client_connected({}, command=(str(python), "-m", "issuelens", "lsp")) as one:
        folders = [{"uri": root.as_uri(), "name": "p"}]
        params = {"processId": None, "capabilities": {}, "workspaceFolders": folders}
        await one.request("initialize", params)
        python.unlink()
        one.notify("initialized", {})
        for _ in range(2):
            with pytest.raises(ServerFailed, match=r"could not be started: .*python can't be run \(No such file"):
                await one.request("issuelens/listIssues", {})
        shown = [params["message"] for method, params in one.notifications if method == "window/showMessage"]
        assert len(shown) == 1
        python.symlink_to(Path(sys.executable).resolve())
        assert await one.request("issuelens/listIssues", {}) == []
        await one.request("shutdown")
        one.notify("exit")


async def test_requests_after_shutdown_are_refused() -> None:
    process = await raw_server(INITIALIZE, INITIALIZED, SHUTDOWN, {"id": 3, "method": "issuelens/status"}, EXIT)
    said = {one["id"]: one for one in await answers(process)}
    assert said[3]["error"]["code"] == types.ErrorCodes.InvalidRequest
    assert process.returncode == 0


async def test_an_unknown_method_and_broken_json_leave_the_server_at_work() -> None:
    process = await raw_server(INITIALIZE, INITIALIZED, {"id": 4, "method": "no/such"})
    assert process.stdin is not None
    process.stdin.write(frame(b"{nonsense"))
    process.stdin.write(frame(b"[1, 2]"))
    for message in (SHUTDOWN, EXIT):
        process.stdin.write(frame(json.dumps({"jsonrpc": "2.0", **message}).encode()))
    said = await answers(process)
    codes = [one["error"]["code"] for one in said if "error" in one]
    assert codes == [types.ErrorCodes.MethodNotFound, types.ErrorCodes.ParseError, types.ErrorCodes.InvalidRequest]
    assert process.returncode == 0


async def test_a_broken_frame_ends_the_server_with_a_word_about_it() -> None:
    process = await raw_server(INITIALIZE, INITIALIZED)
    assert process.stdin is not None
    process.stdin.write(b"Nonsense: 1\r\n\r\n")
    said = await answers(process)
    assert "no Content-Length" in said[-1]["error"]["message"]
    assert process.returncode == 1


async def test_shutdown_lets_an_accepted_command_finish(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    async with connected() as one:
        await one.initialize([root], capabilities())
        await one.request("issuelens/listIssues", {})
        params = types.ExecuteCommandParams("issuelens.server.createIssue", [{"title": "Accepted before shutdown"}])
        creating = asyncio.wrap_future(one.client.workspace_execute_command(params))
        shutdown = asyncio.ensure_future(one.client.shutdown_async(None))
        issue = await asyncio.wait_for(creating, DEADLINE_SECONDS)
        assert issue["title"] == "Accepted before shutdown"
        await asyncio.wait_for(shutdown, DEADLINE_SECONDS)
        one.client.exit(None)
        assert await asyncio.wait_for(one.process.wait(), DEADLINE_SECONDS) == 0


async def test_a_killed_client_leaves_no_daemon_behind(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    holder = "import subprocess, sys; subprocess.run(sys.argv[1:], stdin=sys.stdin)"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", holder, *SERVER, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    folders = {"workspaceFolders": [{"uri": root.as_uri(), "name": "p"}]}
    params = {"processId": None, "rootUri": None, "capabilities": {}, **folders}
    process.stdin.write(
        frame(json.dumps({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params}).encode())
    )
    process.stdin.write(frame(json.dumps({"jsonrpc": "2.0", **INITIALIZED}).encode()))
    listing = {"id": 2, "method": "issuelens/listIssues", "params": {}}
    process.stdin.write(frame(json.dumps({"jsonrpc": "2.0", **listing}).encode()))
    frames = FrameBuffer()
    while True:
        frames.feed(await asyncio.wait_for(process.stdout.read(65_536), DEADLINE_SECONDS))
        content = frames.next()
        if content is not None and json.loads(content).get("id") == 2:
            break
    pid = daemon_pid(root)
    process.kill()
    process.stdin.close()
    await asyncio.wait_for(process.wait(), DEADLINE_SECONDS)
    # The server sees the end of its input; the daemon sees its client leave: the leak check waits for both.
    assert pid


async def test_the_daemon_killed_in_mid_session_comes_back(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    async with editor(root) as one:
        before = await one.run("createIssue", {"title": "Before"})
        since, killed = one.mark(), kill_daemon(root)
        after = await one.run("createIssue", {"title": "After"})
        assert after["id"] != before["id"]
        assert daemon_pid(root) != killed
        await one.hear("issuelens/didChangeIssues", since=since)
        titles = [issue["title"] for issue in await one.request("issuelens/listIssues", {})]
        assert sorted(titles) == ["After", "Before"]


async def test_an_editor_that_answers_no_question_is_asked_again_and_nothing_is_kept(tmp_path: Path) -> None:
    refresh = "workspace/codeLens/refresh"
    async with wire(Side.OURS, tmp_path) as one:
        await one.initialize(
            project(tmp_path / "p"), capabilities={"workspace": {"codeLens": {"refreshSupport": True}}}
        )
        await one.until(lambda shape: shape.get("method") == refresh)
        for title in ("first", "second"):
            since = len(one.said)
            await one.answer(one.execute("createIssue", {"title": title}))
            await one.until(lambda shape: shape.get("method") == refresh, since)
        held = await one.result("issuelens/status", {})
        # The server asks for its settings, too, and that was not answered either.
        assert held["questions"] <= 2
        assert len(one.heard(refresh)) == 3


async def test_an_editor_that_says_nothing_of_an_edit_has_not_applied_it(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    async with wire(Side.OURS, tmp_path) as one:
        await one.initialize(root, capabilities={"workspace": {"applyEdit": True}})
        one.open((root / "x.py").as_uri(), "# TODO: look\n")
        asked = one.execute("createIssueFromTodo", {"uri": (root / "x.py").as_uri(), "line": 0})
        edit = await one.until(lambda shape: shape.get("method") == "workspace/applyEdit")
        one.send(id=edit["id"], error=None)
        told = await one.until(lambda shape: shape.get("method") == "window/showMessageRequest")
        issue = (await one.answer(asked))["result"]["id"]
        assert told["params"]["message"] == f"{issue} is created, but its id could not be written into x.py."
        one.send(id=told["id"], result=None)
