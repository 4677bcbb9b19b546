"""Known faults of pygls in how a server begins, waits and ends: each is seen on a stock server, and absent from ours.

docs/architecture.md, "pygls", has the list.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections import Counter
from pathlib import Path

import psutil
import pytest
from tests.support.daemons import DEADLINE_SECONDS, client, in_thread
from tests.support.wire import Side, Wire, wire
from tests.support.workspaces import daemon_pid

from issuelens.workspace import find_workspace

BOTH = pytest.mark.parametrize("side", Side)
HEAVY = {"pygls", "lsprotocol", "cattrs", "sqlalchemy", "aiohttp"}


# Beginning


@BOTH
async def test_what_is_imported_before_initialize_is_answered(tmp_path: Path, side: Side) -> None:
    # One pipe for both, so that imports and answer stand in the order in which they happened.
    async with wire(side, tmp_path, "-X", "importtime", stderr=asyncio.subprocess.STDOUT) as one:
        assert one.process.stdin is not None
        assert one.process.stdout is not None
        one.ask("initialize", {"processId": None, "rootUri": None, "capabilities": {}})
        seen = await asyncio.wait_for(one.process.stdout.readuntil(b"Content-Length"), DEADLINE_SECONDS)
    imported = {line.rpartition("|")[2].strip().partition(".")[0] for line in seen.decode().splitlines()}
    assert "json" in imported
    assert imported & HEAVY == ({"pygls", "lsprotocol", "cattrs"} if side is Side.STOCK else set())


@BOTH
async def test_threads_that_read_standard_input(tmp_path: Path, side: Side) -> None:
    async with wire(side, tmp_path) as one:
        await one.initialize()
        await one.result("issuelens/status", {})
        threads = psutil.Process(one.process.pid).num_threads()
        assert threads > 1 if side is Side.STOCK else threads == 1


@BOTH
async def test_what_each_full_collection_looks_at(workspace: Path, tmp_path: Path, side: Side) -> None:
    async with wire(side, tmp_path) as one:
        await one.initialize(workspace)
        # With it, ours loads SQLAlchemy and aiohttp.
        await one.answer(one.ask("issuelens/listIssues", {}))
        objects = (await one.result("issuelens/status", {"trim": True}))["objects"]
        # Counted, not timed: what modules hold is tens of thousands of objects, what a server holds is few.
        assert objects > 30_000 if side is Side.STOCK else objects < 10_000


# A client that does not read, a handler that waits


async def where(one: Wire) -> str:
    """Where the stock server's threads stand, the main one last."""
    assert one.process.stderr is not None
    one.process.send_signal(signal.SIGUSR1)
    told = await asyncio.wait_for(one.process.stderr.readuntil(b"in <module>"), DEADLINE_SECONDS)
    return told.decode().rpartition("Current thread")[2]


def long_text() -> str:
    """More lenses than pipes and buffers hold."""
    return "# TODO: look\n" * 5_000


async def first_of_many_bytes(one: Wire, folder: Path) -> int:
    """Asks for what is too long to be sent without being read, and reads until it has begun to come; its id."""
    assert one.process.stdout is not None
    uri = (folder / "long.py").as_uri()
    one.open(uri, long_text())
    await one.result("issuelens/status", {})
    asked = one.ask("textDocument/codeLens", {"textDocument": {"uri": uri}})
    one.feed(await asyncio.wait_for(one.process.stdout.readexactly(1), DEADLINE_SECONDS))
    return asked


async def test_a_client_that_does_not_read_stops_a_stock_server(tmp_path: Path) -> None:
    async with wire(Side.STOCK, tmp_path, stderr=asyncio.subprocess.PIPE) as one:
        await one.initialize(tmp_path)
        asked = await first_of_many_bytes(one, tmp_path)
        one.ask("issuelens/status", {})
        assert "io_.py" in (await where(one)).splitlines()[1], "the event loop is in a write"
        assert len((await one.answer(asked))["result"]) == 5_000


async def test_a_client_that_does_not_read_does_not_stop_ours(workspace: Path, tmp_path: Path) -> None:
    space = find_workspace(workspace)
    assert space is not None
    async with client(space) as (_, heard), wire(Side.OURS, tmp_path) as one:
        await one.initialize(workspace)
        asked = await first_of_many_bytes(one, workspace)
        command = one.execute("createIssue", {"title": "done meanwhile"})
        await heard.until(lambda: heard.events)
        assert heard.events[0].operation == "create"
        assert len((await one.answer(asked))["result"]) == 5_000
        assert (await one.answer(command))["result"]["title"] == "done meanwhile"


async def test_a_handler_that_waits_stops_a_stock_server(tmp_path: Path) -> None:
    fifo = tmp_path / "answer"
    os.mkfifo(fifo)
    place = {"textDocument": {"uri": "untitled:x"}, "position": {"line": 0, "character": 0}}
    async with wire(Side.STOCK, tmp_path, stderr=asyncio.subprocess.PIPE) as one:
        await one.initialize(tmp_path)
        slow, quick = one.ask("textDocument/hover", place), one.ask("issuelens/status", {})
        # Opening waits for the handler, which waits for what is written.
        end = await in_thread(os.open, fifo, os.O_WRONLY)
        assert "in hover" in await where(one), "the event loop is in the handler"
        os.write(end, b"an issue")
        os.close(end)
        await one.answer(quick)
        assert one.answered[-2:] == [slow, quick]


async def test_a_daemon_that_waits_does_not_stop_ours(workspace: Path, tmp_path: Path) -> None:
    async with wire(Side.OURS, tmp_path) as one:
        await one.initialize(workspace)
        await one.result("issuelens/listIssues", {})
        daemon = daemon_pid(workspace)
        os.kill(daemon, signal.SIGSTOP)
        try:
            slow, quick = one.execute("createIssue", {"title": "x"}), one.ask("issuelens/listIssues", {})
            assert (await one.answer(quick))["result"] == []
        finally:
            os.kill(daemon, signal.SIGCONT)
        assert (await one.answer(slow))["result"]["title"] == "x"
        assert one.answered[-2:] == [quick, slow]


# Ending


PROBE = """
import os, sqlite3, sys
if "daemon" not in sys.orig_argv:
    def told(word):
        with open(os.environ["PROBE"], "a") as file:
            file.write(word + "\\n")
    class Told(sqlite3.Connection):
        def __init__(self, *arguments, **named):
            super().__init__(*arguments, **named)
            told("open")
        def close(self):
            super().close()
            told("close")
    connect = sqlite3.connect
    def telling(*arguments, **named):
        return connect(*arguments, **{**named, "factory": Told})
    sqlite3.connect = sqlite3.dbapi2.connect = telling
"""
"""Loaded by the interpreter before a server: notes each database connection that is opened and that is closed."""


@pytest.fixture
def probe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the servers of this test note their connections."""
    hook, notes = tmp_path / "hook", tmp_path / "notes"
    hook.mkdir()
    (hook / "sitecustomize.py").write_text(PROBE)
    monkeypatch.setenv("PYTHONPATH", str(hook), prepend=os.pathsep)
    monkeypatch.setenv("PROBE", str(notes))
    monkeypatch.setenv("STOCK_DATABASE", str(tmp_path / "stock.db"))
    return notes


async def ended_by(one: Wire, way: str) -> int:
    """Ends a server in one of the ways in which editors leave; the exit code."""
    assert one.process.stdin is not None
    match way:
        case "end of input":
            one.process.stdin.close()
        case "SIGTERM":
            one.process.send_signal(signal.SIGTERM)
        case "exit without shutdown":
            one.notify("exit", None)
    return await one.ended()


@pytest.mark.parametrize(
    ("way", "stock", "ours"),
    [("end of input", 0, 1), ("SIGTERM", -signal.SIGTERM, 0), ("exit without shutdown", 0, 1)],
)
async def test_an_end_without_shutdown(
    workspace: Path, tmp_path: Path, probe: Path, way: str, stock: int, ours: int
) -> None:
    for side, code in ((Side.STOCK, stock), (Side.OURS, ours)):
        probe.write_text("")
        async with wire(side, tmp_path) as one:
            await one.initialize(workspace)
            await one.answer(one.ask("issuelens/getIssue", {"id": "app-1"}))
            assert await ended_by(one, way) == code
        noted = Counter(probe.read_text().split())
        assert noted["open"] == 1
        assert noted["close"] == (0 if side is Side.STOCK else 1), "whether its handler of shutdown, or else, closed it"


async def test_an_end_with_shutdown_closes_what_a_stock_server_holds(tmp_path: Path, probe: Path) -> None:
    async with wire(Side.STOCK, tmp_path) as one:
        await one.initialize(tmp_path)
        await one.result("issuelens/getIssue", {})
        assert await one.leave() == 0
    assert Counter(probe.read_text().split()) == {"open": 1, "close": 1}
