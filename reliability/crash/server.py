"""kill -9 of the language server: no daemon, no socket and no lock stays behind beyond the idle time."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import statistics
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import psutil
from attrs import define, field

from issuelens.editor_client.connection import Connection, connected
from issuelens.editor_client.editor import initialize
from issuelens.ipc.endpoint import announced, private_folder, read_endpoint
from issuelens.ipc.locks import FileLock
from issuelens.process import wait_for_exit
from issuelens.workspace import Workspace, initialise
from reliability.report import Report

KILLS: Final = 60
IDLE_SECONDS: Final = 0.3
GRACE_SECONDS: Final = 30.0
"""Beyond the idle time; a daemon that is there longer is a problem."""
SEED: Final = 4
MOMENTS: Final = ("while it opens the workspace", "with a write under way", "at rest")


async def server(folder: Path, part: float) -> Report:
    """Kills language servers at all moments of their lives."""
    folder.mkdir(parents=True)
    trial = _Trial(initialise(folder, "app"), random.Random(SEED))
    kills = max(len(MOMENTS), round(KILLS * part))
    with ThreadPoolExecutor(1) as trial.thread:
        for number in range(kills):
            await trial.kill(MOMENTS[number % len(MOMENTS)])
    return trial.report()


@define(eq=False)
class _Trial:
    space: Workspace
    randomness: random.Random
    thread: Any = None
    kills: Counter[str] = field(factory=Counter)
    seconds: list[float] = field(factory=list)
    problems: list[str] = field(factory=list)

    async def kill(self, when: str) -> None:
        """Starts a server, kills it, and looks at what stays."""
        self.kills[when] += 1
        loop = asyncio.get_running_loop()
        async with connected({}, environment={"ISSUELENS_IDLE_SECONDS": str(IDLE_SECONDS)}) as connection:
            await initialize(connection, [self.space.root])
            await self._until(connection, when)
            started = self._killed(connection.pid)
            since = loop.time()
        for pid in started:
            if not await loop.run_in_executor(self.thread, wait_for_exit, pid, GRACE_SECONDS):
                self.problems.append(f"{when}: what the server had started is still there")
        await loop.run_in_executor(self.thread, self._wait_for_daemon, when)
        self.seconds.append(loop.time() - since)
        self.problems += [f"{when}: {one}" for one in self._left()]

    async def _until(self, connection: Connection, when: str) -> None:
        if when == MOMENTS[0]:
            over = asyncio.Event()
            asyncio.get_running_loop().call_later(self.randomness.uniform(0, 1.2), over.set)
            await over.wait()
            return
        await connection.request("issuelens/listIssues", {})
        if when == MOMENTS[1]:
            command = {"command": "issuelens.server.createIssue", "arguments": [{"title": "under way"}]}
            # Nobody waits for the answer: there is none any more.
            connection.start_request("workspace/executeCommand", command).add_done_callback(lambda one: one.exception())

    def _killed(self, pid: int) -> list[int]:
        """Kills the server; the processes that it had started. It is stopped first, so that there come no more."""
        os.kill(pid, signal.SIGSTOP)
        children = psutil.Process(pid).children(recursive=True)
        os.kill(pid, signal.SIGKILL)
        return [one.pid for one in children]

    def _wait_for_daemon(self, when: str) -> None:
        endpoint = read_endpoint(self.space)
        if endpoint is not None and not wait_for_exit(endpoint.pid, IDLE_SECONDS + GRACE_SECONDS):
            self.problems.append(f"{when}: the daemon is there {GRACE_SECONDS:.0f} s beyond its idle time")
            os.kill(endpoint.pid, signal.SIGKILL)

    def _left(self) -> list[str]:
        found = [f"{self.space.endpoint_file.name} stays"] if self.space.endpoint_file.exists() else []
        found += [f"the socket {one.name} stays" for one in private_folder().iterdir() if self.space.key in one.name]
        found += ["the daemon is still announced"] if self.space in announced() else []
        for path in (self.space.daemon_lock, self.space.spawn_lock):
            lock = FileLock(path)
            if path.exists() and not lock.acquire(wait=False):
                found.append(f"{path.name} stays locked")
            lock.release()
        return found + [f"process {one.pid} stays" for one in _processes_of(self.space.root)]

    def report(self) -> Report:
        """What was counted."""
        return Report(
            name="server",
            counts={
                "kills": self.kills.total(),
                **{f"kills {when}": count for when, count in self.kills.items()},
                "idle time, s": IDLE_SECONDS,
                "all gone after, s, median": statistics.median(self.seconds),
                "all gone after, s, max": max(self.seconds),
            },
            problems=tuple(self.problems),
        )


def _processes_of(root: Path) -> list[psutil.Process]:
    return [one for one in psutil.process_iter(["cmdline"]) if str(root) in " ".join(one.info["cmdline"] or ())]
