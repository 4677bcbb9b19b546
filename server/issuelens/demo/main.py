"""The demo: the real daemon, the real language server and the real command line, with a played editor.

With a folder of the user's own, nothing is written there: the state lives in a temporary folder, and edits stay in the
played editor's buffers.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Mapping
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from attrs import define
from rich.console import Console

from issuelens.demo.show import Screen
from issuelens.editor_client.connection import ServerFailed
from issuelens.editor_client.editor import Buffer, Editor, editor
from issuelens.ipc import launch
from issuelens.process import PYTHON, is_running, wait_for_exit
from issuelens.workspace import ENVIRONMENT_DIRECTORY, ENVIRONMENT_WORK_TREE, Workspace

IDLE_SECONDS = "0"
"""The demo's daemon leaves with its last client, so that what is left can be counted."""


def main(argv: list[str]) -> int:
    """Plays the demo.

    Args:
        argv: what follows `demo`: nothing, or a folder.

    Returns:
        0 when nothing was left behind, 1 when something was or a step failed, 2 for usage.
    """
    options = _options(argv)
    if options.folder is not None and not options.folder.is_dir():
        sys.stderr.write(f"issuelens demo: {options.folder} is not a folder.\n")
        return 2
    screen = Screen(Console(highlight=False, soft_wrap=True))
    with tempfile.TemporaryDirectory(prefix="issuelens-demo-") as temporary:
        play = _prepared(Path(temporary), options.folder)
        try:
            return asyncio.run(_Demo(screen, play).run())
        except (ServerFailed, TimeoutError) as error:
            sys.stderr.write(f"issuelens demo: {str(error) or 'the server did not answer in time'}\n")
            return 1
        finally:
            launch.stop(play.workspace)


def _options(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="issuelens demo", description="Plays a session in an editor.")
    parser.add_argument(
        "folder", nargs="?", type=Path, help="a repository to play on; nothing is written there (default: a sample)"
    )
    return parser.parse_args(argv)


@define
class _Play:
    """Where the demo plays."""

    root: Path
    workspace: Workspace
    environment: dict[str, str]
    is_sample: bool


def _prepared(temporary: Path, folder: Path | None) -> _Play:
    if folder is None:
        root = temporary / "shop"
        with as_file(files("issuelens.demo").joinpath("sample")) as sample:
            shutil.copytree(sample, root)
        directory = root / ".issues"
    else:
        root = folder.resolve()
        directory = temporary / "state"
    environment = {"ISSUELENS_IDLE_SECONDS": IDLE_SECONDS, "XDG_RUNTIME_DIR": str(temporary)}
    if folder is not None:
        environment |= {ENVIRONMENT_DIRECTORY: str(directory), ENVIRONMENT_WORK_TREE: str(root)}
    os.environ.update(environment)
    return _Play(root, Workspace(root, directory.resolve()), environment, folder is None)


EXIT_SECONDS = 20.0
"""How long the daemon may take to leave after its last client."""


class _Demo:
    def __init__(self, screen: Screen, play: _Play) -> None:
        self.screen = screen
        self.play = play
        self.daemon_pid = 0

    async def run(self) -> int:
        async with editor([self.play.root], environment=self.play.environment) as played:
            server_pid = played.connection.pid
            await self._initialise(played)
            todo = await self._choose_todo(played)
            if todo is None:
                self.screen.say("There is no TODO comment here; the demo ends.")
            else:
                await self._work(played, todo)
            held = await self._close_folder(played)
        return self._report(held, server_pid)

    async def _initialise(self, played: Editor) -> None:
        self.screen.step("Open a folder in the editor")
        self.screen.say(f"{self.play.root}")
        await played.command("initWorkspace", {"workspace": self.play.root.as_uri(), "prefix": "demo"})
        endpoint = json.loads(self.play.workspace.endpoint_file.read_bytes())
        self.daemon_pid = endpoint["pid"]
        self.screen.say(f"language server {played.connection.pid}, daemon {self.daemon_pid}, {self._database()}")

    def _database(self) -> str:
        where = "in the sample" if self.play.is_sample else "in a temporary folder"
        return f"SQLite database {where}"

    async def _choose_todo(self, played: Editor) -> dict[str, Any] | None:
        begun = time.perf_counter()
        todos = await played.connection.request("issuelens/listTodos", {"workspace": self.play.root.as_uri()})
        seconds = time.perf_counter() - begun
        paths = {todo["path"] for todo in todos}
        self.screen.say(f"{len(todos)} TODO comments in {len(paths)} files, found in {seconds:.2f} s")
        wanted = [todo for todo in todos if todo["text"] and todo["tag"] == "TODO"] or todos
        preferred = [todo for todo in wanted if todo["path"].endswith(".py")] if self.play.is_sample else wanted
        return preferred[0] if preferred else None

    async def _work(self, played: Editor, todo: Mapping[str, Any]) -> None:
        name = todo["path"]
        self.screen.step(f"Open {name}")
        buffer = played.open_file(self.play.root / name)
        line = todo["line"] - 1
        lines = [line, *_other_lines(await played.lenses(buffer), line)]
        self.screen.source(buffer, name, lines, await played.lenses(buffer))
        issue = await self._create(played, buffer, line)
        self.screen.source(buffer, name, lines, await played.lenses(buffer), await played.diagnostics(buffer))
        self.screen.step("What changed in the buffer")
        self.screen.difference(buffer, name)
        await self._hover(played, buffer, line, issue)
        await self._close_elsewhere(played, buffer, issue)
        self.screen.source(buffer, name, lines, await played.lenses(buffer), await self._latest(played, buffer))

    async def _create(self, played: Editor, buffer: Buffer, line: int) -> dict[str, Any]:
        self.screen.step("Click “Create issue”")
        lens = next(one for one in await played.lenses(buffer) if one["range"]["start"]["line"] == line)
        since = len(played.connection.notifications)
        issue: dict[str, Any] = await played.run(lens)
        await played.connection.wait_for("workspace/applyEdit", since=since)
        self.screen.say(f"{issue['id']} is created and written into the comment")
        return issue

    async def _hover(self, played: Editor, buffer: Buffer, line: int, issue: Mapping[str, Any]) -> None:
        text = buffer.text.splitlines()[line]
        card = await played.hover(buffer, line, text.index(issue["id"]) + 1)
        self.screen.step(f"Rest the pointer on {issue['id']}")
        self.screen.card(card or "")

    async def _close_elsewhere(self, played: Editor, buffer: Buffer, issue: Mapping[str, Any]) -> None:
        self.screen.step("Close it from a terminal")
        since = len(played.connection.notifications)
        arguments = ["close", issue["id"], "--reason", "done"]
        heard = asyncio.create_task(self._hear(played, since, issue["id"]))
        process = await asyncio.create_subprocess_exec(
            *PYTHON, "-m", "issuelens", *arguments,
            cwd=self.play.root, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        delay = await heard
        output, _ = await process.communicate()
        self.screen.command(f"issuelens {' '.join(arguments[:2])} --reason done", output.decode("utf-8", "replace"))
        title = await self._lens_title(played, buffer, issue["id"])
        self.screen.say(f"the editor's lens says “{title}”: {delay * 1000:.1f} ms after the write, by a pushed event")

    async def _hear(self, played: Editor, since: int, issue_id: str) -> float:
        """Seconds from the write's own time to the moment when the editor was told."""
        await played.connection.wait_for(
            "issuelens/didChangeIssues", lambda params: issue_id in (params["ids"] or ()), since
        )
        heard = time.time()
        issue = await played.connection.request("issuelens/getIssue", {"id": issue_id})
        return heard - _seconds(issue["updated_at"])

    async def _lens_title(self, played: Editor, buffer: Buffer, issue_id: str) -> str:
        titles = [lens["command"]["title"] for lens in await played.lenses(buffer)]
        return str(next(title for title in titles if issue_id in title))

    async def _latest(self, played: Editor, buffer: Buffer) -> list[dict[str, Any]]:
        params = await played.connection.wait_for(
            "textDocument/publishDiagnostics", lambda one: one["uri"] == buffer.uri and bool(one["diagnostics"])
        )
        return list(params["diagnostics"])

    async def _close_folder(self, played: Editor) -> dict[str, Any]:
        self.screen.step("Close the folder")
        for buffer in tuple(played.buffers.values()):
            played.close_file(buffer)
        played.close_folder(self.play.root)
        return await played.status()

    def _report(self, held: Mapping[str, Any], server_pid: int) -> int:
        wait_for_exit(self.daemon_pid, EXIT_SECONDS)
        sessions = held["sessions"]
        counts = {
            "sessions of the language server": len(sessions),
            "database engines": sum(session["engines"] for session in sessions),
            "database connections": sum(session["poolConnections"] for session in sessions),
            "connections to the daemon": sum(session["connections"] for session in sessions),
            "sockets on the disk": len(list(_sockets(self.play.environment["XDG_RUNTIME_DIR"]))),
            "processes": sum(is_running(pid) for pid in (server_pid, self.daemon_pid)),
        }
        self.screen.step("What is left")
        self.screen.counts(counts)
        return 1 if any(counts.values()) else 0


def _other_lines(lenses: list[dict[str, Any]], line: int) -> list[int]:
    return sorted({lens["range"]["start"]["line"] for lens in lenses} - {line})[:3]


def _sockets(folder: str) -> list[Path]:
    return [path for path in Path(folder).rglob("*") if path.is_socket()]


def _seconds(timestamp: str) -> float:
    from datetime import datetime

    return datetime.fromisoformat(timestamp).timestamp()
