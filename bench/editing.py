"""The language server: its start, its answers, its lenses, its events, and what it holds while idle."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from statistics import median
from typing import Any

from bench.measure import Figure, against, below, percentile, side_by_side
from issuelens.editor_client.connection import Connection, connected
from issuelens.editor_client.editor import CAPABILITIES, Buffer, Editor, editor
from issuelens.workspace import initialise

PEERS = Path(__file__).parent / "peers"
TODOS = 500
INITIALIZE = {"processId": None, "rootUri": None, "capabilities": CAPABILITIES}


def workspace(folder: Path, name: str = "project") -> Path:
    """A workspace with a file of many TODOs."""
    root = folder / name
    root.mkdir()
    lines = [f"x{number} = {number}  # TODO: look at number {number}" for number in range(TODOS)]
    (root / "main.py").write_text("\n".join(lines) + "\n")
    initialise(root, "app")
    return root


async def start(folder: Path) -> list[Figure]:
    """From the start of the process to its answer to initialize."""
    async with connected({}) as ours:
        answer = folder / "initialize.json"
        answer.write_text(json.dumps(await ours.request("initialize", INITIALIZE)))
        ours.notify("exit")

    async def once(*command: str) -> None:
        async with connected({}, command=command) as one:
            await one.request("initialize", INITIALIZE)
            begun.append(time.perf_counter())
            one.process.kill()

    begun: list[float] = []
    results: dict[str, list[float]] = {"ours": [], "bare": []}
    for _ in range(15):
        for name, command in {
            "ours": (sys.executable, "-m", "issuelens", "lsp"),
            "bare": (sys.executable, str(PEERS / "bare.py"), str(answer)),
        }.items():
            began = time.perf_counter()
            await once(*command)
            results[name].append((begun.pop() - began) * 1000)
    return [against("spawn to initialize answer, p50", 1.5, median(results["ours"]), median(results["bare"]))]


@asynccontextmanager
async def peer(*command: str) -> AsyncIterator[Connection]:
    """A peer, initialized."""
    async with connected({}, command=command) as one:
        await one.request("initialize", INITIALIZE)
        one.notify("initialized", {})
        yield one
        one.process.kill()


async def answers(folder: Path) -> list[Figure]:
    """No-op and hover against a minimal pygls server."""
    root = workspace(folder, "answers")
    async with editor([root]) as played, peer(sys.executable, str(PEERS / "minimal.py")) as minimal:
        issue = await played.command("createIssue", {"title": "Round half up"})
        buffer = played.open_file(root / "main.py", "python")
        played.replace_text(buffer, f"# see {issue['id']}\n")
        assert await played.hover(buffer, 0, 8)
        place = {"textDocument": {"uri": buffer.uri}, "position": {"line": 0, "character": 8}}
        figures = []
        for name, method, params in (("no-op", "issuelens/settled", {}), ("hover", "textDocument/hover", place)):

            def ask(one: Connection, method: str = method, params: Any = params) -> Any:
                return lambda: one.request(method, params)

            ours, other = await side_by_side(ask(played.connection), ask(minimal), count=400, share=0.99)
            figures.append(against(f"{name}, p99", 2, ours, other))
        return figures


async def lenses(folder: Path) -> list[Figure]:
    """Lenses of a file with 500 TODOs against a bare process that sends the same bytes."""
    root = workspace(folder, "lenses")
    async with AsyncExitStack() as stack:
        played = await stack.enter_async_context(editor([root]))
        buffer = played.open_file(root / "main.py", "python")
        for line in range(0, TODOS, 10):
            since = len(played.connection.notifications)
            await played.command("createIssueFromTodo", {"uri": buffer.uri, "line": line})
            await played.connection.wait_for("workspace/applyEdit", since=since)
        answer = folder / "lenses.json"
        answer.write_text(json.dumps(await played.lenses(buffer), separators=(",", ":")))
        floor = await stack.enter_async_context(peer(sys.executable, str(PEERS / "bare.py"), str(answer)))
        unchanged = await side_by_side(
            lambda: played.lenses(buffer), lambda: floor.request("textDocument/codeLens", {}), count=60
        )
        edited = await side_by_side(
            lambda: _edited_lenses(played, buffer), lambda: floor.request("textDocument/codeLens", {}), count=30
        )
        told = await side_by_side(
            lambda: _told_lenses(played, buffer), lambda: floor.request("textDocument/codeLens", {}), count=30
        )
    return [
        against(f"{TODOS} lenses, nothing changed, p50", 2, *unchanged),
        against(f"{TODOS} lenses after an edit, p50", 10, *edited),
        against(f"{TODOS} lenses after an event (write included), p50", 10, *told),
    ]


async def _edited_lenses(played: Editor, buffer: Buffer) -> None:
    buffer.version += 1
    named = {"uri": buffer.uri, "version": buffer.version}
    place = {"start": {"line": 3, "character": 0}, "end": {"line": 3, "character": 1}}
    change = {"range": place, "text": "y" if buffer.version % 2 else "x"}
    played.connection.notify("textDocument/didChange", {"textDocument": named, "contentChanges": [change]})
    await played.lenses(buffer)


async def _told_lenses(played: Editor, buffer: Buffer) -> None:
    await played.command("createIssue", {"title": "Another"})
    await played.lenses(buffer)


async def events(folder: Path) -> list[Figure]:
    """From the answer to a write in one editor to the question to read lenses anew in another."""
    root = workspace(folder, "events")
    async with editor([root]) as writing, editor([root]) as reading:
        buffer = reading.open_file(root / "main.py", "python")
        await reading.lenses(buffer)
        await writing.command("createIssue", {"title": "First"})
        delays = [await _delay(writing, reading) for _ in range(200)]
    return [below("write acknowledged to lens refresh elsewhere, p99", 20, percentile(delays, 0.99), "ms")]


async def _delay(writing: Editor, reading: Editor) -> float:
    since = len(reading.connection.notifications)
    heard = asyncio.ensure_future(reading.connection.wait_for("workspace/codeLens/refresh", since=since))
    await writing.command("createIssue", {"title": "Told to all"})
    acknowledged = time.perf_counter()
    await heard
    return max(0.0, (time.perf_counter() - acknowledged) * 1000)


async def holding(folder: Path) -> list[Figure]:
    """What an idle server holds, wakes up for, and needs for each further workspace."""
    roots = [workspace(folder, f"held{number}") for number in range(11)]
    async with editor(roots[:1]) as played:
        await played.connection.request("issuelens/listIssues", {"workspace": roots[0].as_uri()})
        one = await played.status(trim=True)
        wakeups = await _wakeups(played.connection.pid, seconds=5)
        for root in roots[1:]:
            played.open_folder(root)
            await played.connection.request("issuelens/listIssues", {"workspace": root.as_uri()})
        many = await played.status(trim=True)
    further = len(roots) - 1
    return [
        below("idle wake-ups", 0, wakeups, "a second"),
        below("anonymous memory, one workspace", 75, one["rssAnonKb"] / 1024, "MB"),
        below("each further workspace: descriptors", 4, (many["fds"] - one["fds"]) / further, "FDs"),
        below("each further workspace: threads", 0, (many["threads"] - one["threads"]) / further, "threads"),
        below("each further workspace: memory", 300, (many["rssAnonKb"] - one["rssAnonKb"]) / further, "KB"),
    ]


async def _wakeups(pid: int, seconds: float) -> float:
    """Context switches of all threads of a process a second, while nobody asks it anything."""
    # What the last request left to do is done in the first of two spans.
    await _pass(seconds)
    before = _switches(pid)
    await _pass(seconds)
    return (_switches(pid) - before) / seconds


async def _pass(seconds: float) -> None:
    over = asyncio.Event()
    asyncio.get_running_loop().call_later(seconds, over.set)
    await over.wait()


def _switches(pid: int) -> int:
    total = 0
    for status in Path(f"/proc/{pid}/task").glob("*/status"):
        for line in status.read_text().splitlines():
            if "ctxt_switches" in line:
                total += int(line.split()[1])
    return total
