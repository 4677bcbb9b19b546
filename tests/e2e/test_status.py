"""What a daemon and a language server say that they hold, compared with what they must hold."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

from tests.support.daemons import DEADLINE_SECONDS, client, in_thread, workspace
from tests.support.lsp import Editor, editor
from tests.support.workspaces import cli, cli_json, project

from issuelens.domain.operation import CreateIssue
from issuelens.ipc import methods
from issuelens.ipc.sync_messages import Settle, SyncState


async def at_rest(one: Editor) -> dict[str, Any]:
    """The status when nothing is read any more: what a new connection brings is read beside the requests."""
    async with asyncio.timeout(DEADLINE_SECONDS):
        while (told := await one.status())["poolCheckouts"]:
            pass
    return told


async def test_the_daemon_tells_what_it_holds(tmp_path: Path) -> None:
    space = workspace(tmp_path / "p")
    async with client(space, "test/one") as (one, _):
        await one.write(CreateIssue(title="x"))
        await one.request(methods.SETTLE, Settle(), SyncState)
        told = await cli_json(space.root, "daemon", "status")
        await in_thread(cli, space.root, "daemon", "status")
        shown = await in_thread(cli, space.root, "daemon", "status")
    assert (told["clients"], told["revision"], told["pid"] != os.getpid()) == (["test/one"], 2, True)
    assert (told["engines"], told["connections"], told["pool_checkouts"]) == (2, 2, 0)
    # Its lock is held; it listens, serves one client, answers the command, and its event loop has two.
    assert (told["locks"], told["watchers"], told["children"], told["sockets"]) == (1, 0, 0, 5)
    assert told["fds"] > told["sockets"]
    assert told["threads"] >= 3
    assert told["rss_anon_kb"] > 1000
    assert told["uptime_seconds"] > 0
    assert "sockets          5\n" in shown
    assert "None" not in shown


async def test_the_language_server_tells_what_it_holds(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    async with editor(root) as one:
        await one.request("issuelens/listIssues", {})
        told = await at_rest(one)
        assert told["client"] == "test-editor"
        assert told["uptimeSeconds"] > 0
        held = ("openEngines", "poolConnections", "poolCheckouts", "openConnections", "clientSessions", "webSockets")
        assert [told[name] for name in held] == [1, 1, 0, 1, 1, 1]
        assert (told["locks"], told["watchers"], told["children"], told["documents"]) == (0, 0, 0, 0)
        assert told["tracedKb"] is None
        one.folders(removed=[root])
        await one.request("issuelens/settled", None)
        closed = await one.status()
        assert [closed[name] for name in held] == [0, 0, 0, 0, 0, 0]
        assert (closed["sockets"], closed["fds"]) == (told["sockets"] - 1, told["fds"] - 4)
