"""Language servers started, used and ended in every way that there is; the daemon stays and is counted."""

from __future__ import annotations

import asyncio
import os
import signal
from collections import Counter
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Final

from attrs import asdict, define, field

from issuelens.editor_client.connection import Connection, connected
from issuelens.editor_client.counts import Reading, reading_of_daemon
from issuelens.editor_client.editor import Editor, initialize
from issuelens.editor_client.leaks import at_rest
from issuelens.ipc import methods
from issuelens.ipc.client import DaemonClient
from issuelens.ipc.endpoint import private_folder, read_endpoint
from issuelens.ipc.messages import GetStatus, Status
from issuelens.workspace import Workspace
from reliability.report import Report
from reliability.soak import ends

SERVERS: Final = 200


async def _shutdown(connection: Connection) -> None:
    await connection.request("shutdown")
    connection.notify("exit")


async def _exit(connection: Connection) -> None:
    connection.notify("exit")


async def _close(connection: Connection) -> None:
    assert connection.process.stdin is not None
    connection.process.stdin.close()


async def _terminate(connection: Connection) -> None:
    os.kill(connection.pid, signal.SIGTERM)


ENDINGS: Final[dict[str, tuple[Callable[[Connection], Awaitable[None]], int]]] = {
    "shutdown and exit": (_shutdown, 0),
    "exit without shutdown": (_exit, 1),
    "input closed": (_close, 1),
    "SIGTERM": (_terminate, 0),
}
"""How a server ends -> what does it, and the exit code."""


async def servers(folder: Path, part: float) -> Report:
    """Starts and ends servers on one workspace; none may leave a process, a file, a lock or a client behind."""
    trial = _Trial(ends.project(folder / "w"), ends.temporary_folder(folder))
    names = list(ENDINGS)
    rounds = max(len(names), round(SERVERS * part))
    with ends.environment(ISSUELENS_IDLE_SECONDS="0.3"):
        async with ends.client(trial.space, "soak") as keeper:
            before = await trial.daemon(keeper)
            problems = await ends.side_by_side(trial.life(names[number % len(names)]) for number in range(rounds))
            after = await at_rest(partial(trial.daemon, keeper), before)
            problems += ends.differences(before.counted, after.counted, "the daemon")
            pid = trial.daemon_pid()
            problems += trial.left(pid)
        problems += await ends.gone([pid], "the daemon")
        problems += [*ends.left_by_daemon(trial.space), *ends.left_in_runtime_folder()]
    return Report(name="servers", counts={"servers": rounds, **trial.ended}, problems=tuple(problems))


@define(eq=False)
class _Trial:
    space: Workspace
    temporary: Path
    ended: Counter[str] = field(factory=Counter)

    async def daemon(self, keeper: DaemonClient, trim: bool = False) -> Reading:
        return reading_of_daemon(asdict(await keeper.request(methods.STATUS, GetStatus(trim=trim), Status)))

    async def life(self, ending: str) -> list[str]:
        """One server, from its start to its end."""
        end, expected = ENDINGS[ending]
        async with connected({}, environment={"TMPDIR": str(self.temporary)}) as connection:
            await self._use(connection)
            await end(connection)
            code = await asyncio.wait_for(connection.process.wait(), ends.GRACE_SECONDS)
        self.ended[f"ended by {ending}, exit code {code}"] += 1
        return [] if code == expected else [f"{ending}: exit code {code} in place of {expected}"]

    async def _use(self, connection: Connection) -> None:
        await initialize(connection, [self.space.root])
        played = Editor(connection)
        await played.lenses(played.open_file(self.space.root / "main.py", "python"))
        await connection.request("issuelens/listIssues", {})

    def daemon_pid(self) -> int:
        """The process that keeps the workspace."""
        endpoint = read_endpoint(self.space)
        assert endpoint is not None
        return endpoint.pid

    def left(self, pid: int) -> list[str]:
        """What stays beside the daemon, which still runs."""
        own = {f"{self.space.key}.sock", f"{self.space.key}.json"}
        files = [f"{path} stays" for path in private_folder().iterdir() if path.name not in own]
        return [*files, *ends.left_in(self.temporary), *ends.left_running(self.space.root, but=[pid])]
