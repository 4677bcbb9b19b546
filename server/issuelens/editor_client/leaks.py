"""The leak check: opens, uses and closes a workspace many times in one language server, and counts what stays.

The daemon is counted, too: with each cycle a client comes to it and leaves it.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Final

from attrs import asdict, define

from issuelens.editor_client.counts import (
    SLOPE_CYCLES,
    Counts,
    Reading,
    growth,
    lowest,
    reading_of_daemon,
    reading_of_server,
)
from issuelens.editor_client.editor import Editor, editor
from issuelens.ipc import launch, methods
from issuelens.ipc.client import DaemonClient
from issuelens.ipc.endpoint import private_folder
from issuelens.ipc.messages import GetStatus, Nothing, Status
from issuelens.workspace import Workspace, initialise, require_workspace

WARM_UP_CYCLES: Final = 60
"""Cycles before counting begins: caches fill, threads start."""
TRACED_WARM_UP_CYCLES: Final = 30
"""Cycles before traced memory is counted: what was there before is not traced, but what takes its place is."""
SLOPE_WARM_UP_CYCLES: Final = 1000
"""Cycles before the slope of memory is taken: pages come to rest late (220 KB over the first 3,000 cycles)."""
SAMPLES: Final = 40
"""Memory samples over the counted cycles."""
READINGS: Final = 20
"""Readings until what is about to end must have ended: a connection closes a moment later at its other end."""


def run(cycles: int, as_json: bool) -> int:
    """Runs the check on a workspace of its own and prints what it counted.

    Args:
        cycles: how many are counted, after a warm-up.
        as_json: prints a JSON object.

    Returns:
        0 when nothing stayed, else 1.
    """
    with tempfile.TemporaryDirectory(prefix="issuelens-leaks-") as temporary:
        root = Path(temporary) / "project"
        root.mkdir()
        (root / "main.py").write_text("# TODO: look\n# TODO: look again\n", encoding="utf-8")
        workspace = initialise(root, "app")
        os.environ["XDG_RUNTIME_DIR"] = temporary
        try:
            counts = asyncio.run(measured(root, cycles))
        finally:
            launch.stop(workspace)
    if as_json:
        sys.stdout.write(json.dumps(counts.figures() | {"problems": counts.problems}) + "\n")
    else:
        _print(counts)
    return 1 if counts.problems else 0


def _print(counts: Counts) -> None:
    for name, value in counts.figures().items():
        shown = f"{value:.4f}" if isinstance(value, float) else str(value)
        sys.stdout.write(f"{name.replace('_', ' '):<32} {shown}\n")
    for problem in counts.problems:
        sys.stdout.write(f"left behind: {problem}\n")
    sys.stdout.write("nothing stayed\n" if not counts.problems else "")


async def measured(root: Path, cycles: int, environment: Mapping[str, str] | None = None) -> Counts:
    """Counts over so many cycles on a workspace, in a language server of its own.

    Args:
        root: an initialised workspace with a file `main.py`.
        cycles: how many are counted, after the warm-up.
        environment: variables set for the server.
    """
    async with checking(root, environment) as check:
        if cycles < SLOPE_CYCLES:
            await check.trace()
        else:
            await check.repeat(SLOPE_WARM_UP_CYCLES)
        return await check.counts(cycles)


@asynccontextmanager
async def checking(root: Path, environment: Mapping[str, str] | None = None) -> AsyncIterator[Check]:
    """A check that has warmed up: a language server, and a client that keeps the daemon at work.

    Args:
        root: an initialised workspace with a file `main.py`.
        environment: variables set for the server.
    """
    workspace = require_workspace(root)
    async with AsyncExitStack() as stack:
        temporary = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="il-")))
        # Its events are of no interest: it only keeps the daemon from leaving, and asks it.
        keeper = DaemonClient(workspace, client="leak check", on_event=_ignored, on_gap=_ignored)
        await stack.enter_async_context(keeper)
        played = await stack.enter_async_context(
            editor([], environment={**(environment or {}), "TMPDIR": str(temporary)})
        )
        check = Check(workspace, played, keeper, [temporary, private_folder(), workspace.directory])
        await check.repeat(WARM_UP_CYCLES)
        # Else the daemon's first scan, which gives way to all other work, might end while it is counted.
        await keeper.request(methods.REFRESH_CODE, Nothing(), Nothing)
        # The first reading makes a few things that stay.
        await asyncio.gather(check.server(trim=True), check.daemon(trim=True))
        yield check


def _ignored(_told: object) -> None:
    pass


@define(eq=False)
class Check:
    """A language server and a daemon under examination. `folders` are those in which no file may stay."""

    workspace: Workspace
    played: Editor
    keeper: DaemonClient
    folders: Sequence[Path]

    async def trace(self) -> None:
        """Has what the server allocates added up from now on; that takes memory itself, so no slope is judged then."""
        await self.played.status(trace=True)
        await self.repeat(TRACED_WARM_UP_CYCLES)

    async def counts(self, cycles: int) -> Counts:
        """Counts over so many cycles."""
        files = self._files()
        server, daemon = await _collected(self.server), await _collected(self.daemon)
        memory = ([(0, server.rss_anon_kb)], [(0, daemon.rss_anon_kb)])
        for number in range(1, cycles + 1):
            await self.cycle()
            if cycles >= SLOPE_CYCLES and number % (cycles // SAMPLES) == 0:
                memory[0].append((number, (await self.server(trim=True)).rss_anon_kb))
                memory[1].append((number, (await self.daemon(trim=True)).rss_anon_kb))
        return Counts(
            cycles=cycles,
            server=growth(server, await at_rest(self.server, server), memory[0]),
            daemon=growth(daemon, await at_rest(self.daemon, daemon), memory[1]),
            files=sorted(self._files() - files),
        )

    async def repeat(self, cycles: int) -> None:
        """So many cycles."""
        for _ in range(cycles):
            await self.cycle()

    async def cycle(self) -> None:
        """Opens, uses and closes."""
        root = self.workspace.root
        self.played.open_folder(root)
        buffer = self.played.open_file(root / "main.py", "python")
        await self.played.lenses(buffer)
        await self.played.connection.request("issuelens/listIssues", {})
        self.played.close_file(buffer)
        self.played.close_folder(root)
        # Closing goes on beside us; the server says when all of it is done.
        await self.played.connection.request("issuelens/settled")
        self.played.connection.notifications.clear()

    async def server(self, trim: bool = False) -> Reading:
        """What the language server holds now."""
        return reading_of_server(await self.played.status(trim))

    async def daemon(self, trim: bool = False) -> Reading:
        """What the daemon holds now."""
        return reading_of_daemon(asdict(await self.keeper.request(methods.STATUS, GetStatus(trim=trim), Status)))

    def _files(self) -> set[str]:
        log = self.workspace.daemon_log.name
        found = (path for folder in self.folders for path in folder.rglob("*") if not path.name.startswith(log))
        return {str(path) for path in found}


async def at_rest(read: Callable[[bool], Awaitable[Reading]], before: Reading) -> Reading:
    """A reading when nothing more is held than before, else after many readings: then it is held for good."""
    for _ in range(READINGS):
        if not (await read(False)).exceeds(before):
            break
    return await _collected(read)


async def _collected(read: Callable[[bool], Awaitable[Reading]]) -> Reading:
    """A reading after collections of garbage, when nothing gets less any more: what is about to go is not held."""
    found = await read(True)
    for _ in range(READINGS):
        before, found = found, lowest([found, await read(True)])
        if found == before:
            break
    return found
