"""kill -9 of the daemon, at random moments under load: what was acknowledged is there once, and everyone comes back."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import statistics
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Final

from attrs import define, field

from issuelens.editor_client.editor import Buffer, Editor, editor
from issuelens.ipc import launch
from issuelens.ipc.endpoint import Endpoint, read_endpoint
from issuelens.workspace import Workspace, initialise
from reliability.crash.load import IN_FLIGHT, Ledger, Load, Staying, by_call, by_client, moment
from reliability.report import Report

KILLS: Final = 200
CLIENTS: Final = 4
CALLERS: Final = 2
SOURCE: Final = "# TODO: seen in the editor\n"
SEED: Final = 4


async def daemon(folder: Path, part: float) -> Report:
    """Kills the daemon under the load of four clients that stay, two that call, and an editor."""
    folder.mkdir(parents=True)
    space = initialise(folder, "app")
    (folder / "main.py").write_text(SOURCE, encoding="utf-8")
    ledger = Ledger()
    trial = _Trial(space, Load(space, ledger), random.Random(SEED))
    kills = max(2, round(KILLS * part))
    async with AsyncExitStack() as stack:
        await trial.set_up(stack)
        for number in range(kills):
            await trial.kill(number)
        await trial.wind_up()
    with ThreadPoolExecutor(1) as thread:
        await asyncio.get_running_loop().run_in_executor(thread, launch.stop, space)
    return trial.report(kills)


@define(eq=False)
class _Trial:
    space: Workspace
    load: Load
    randomness: random.Random
    staying: list[Staying] = field(factory=list)
    seconds: list[float] = field(factory=list)
    editor_seconds: list[float] = field(factory=list)
    shown: Counter[str] = field(factory=Counter)
    problems: list[str] = field(factory=list)
    _writers: list[asyncio.Task[None]] = field(factory=list)
    _editor: Editor | None = None
    _buffer: Buffer | None = None
    _titles: list[str] = field(factory=list)

    async def set_up(self, stack: AsyncExitStack) -> None:
        """Connects everybody."""
        loop = asyncio.get_running_loop()
        chains = []
        for number in range(CLIENTS):
            self.staying.append(Staying(self.space, f"client{number}"))
            client = await stack.enter_async_context(self.staying[-1].client())
            chains += [(f"client{number}", by_client(client))] * IN_FLIGHT
        threads = stack.enter_context(ThreadPoolExecutor(CALLERS, thread_name_prefix="caller"))
        chains += [(f"caller{number}", by_call(self.space, threads)) for number in range(CALLERS)]
        self._editor = await stack.enter_async_context(editor([self.space.root]))
        self._buffer = self._editor.open_file(self.space.root / "main.py", "python")
        await self._editor.lenses(self._buffer)
        self._writers = [loop.create_task(self.load.chain(name, send)) for name, send in chains]

    async def kill(self, number: int) -> None:
        """One round: load, kill, everyone is back, everything is there."""
        before = self.load.acknowledged
        self.load.begin()
        await self.load.until(lambda: self.load.acknowledged >= before + self.randomness.randrange(5, 60))
        await _passed(moment(self.randomness))
        asked = self._ask_editor(number)
        endpoint = self._endpoint()
        os.kill(endpoint.pid, signal.SIGKILL)
        self.load.lost_at = asyncio.get_running_loop().time()
        await self._editor_is_back(asked, self.load.lost_at)
        await self.load.until(lambda: len(self.load.back) == CLIENTS + CALLERS)
        self.seconds += self.load.back.values()
        self.load.lost_at = None
        self.load.back.clear()
        await self.load.pause()
        if self._endpoint().pid == endpoint.pid:
            self.problems.append(f"kill {number}: the daemon that was killed is still named")
        self.problems += [f"kill {number}: {one}" for one in self.load.ledger.check(self.space, len(self._titles))]

    def _endpoint(self) -> Endpoint:
        endpoint = read_endpoint(self.space)
        assert endpoint is not None
        return endpoint

    # The editor

    def _ask_editor(self, number: int) -> list[asyncio.Future[Any]]:
        """Requests that are under way when the daemon is killed: a write, and lenses."""
        assert self._editor is not None
        assert self._buffer is not None
        self._titles.append(f"by the editor {number}")
        arguments = [{"title": self._titles[-1], "root": self.space.root.as_uri()}]
        command = {"command": "issuelens.server.createIssue", "arguments": arguments}
        named = {"textDocument": {"uri": self._buffer.uri}}
        start = self._editor.connection.start_request
        return [start("workspace/executeCommand", command), start("textDocument/codeLens", named)]

    async def _editor_is_back(self, asked: list[asyncio.Future[Any]], since: float) -> None:
        try:
            async with asyncio.timeout(60):
                await asyncio.gather(*asked)
        except Exception as error:  # noqa: BLE001 - a finding, whatever it is
            self.problems.append(f"the editor's request under way failed: {error!r}")
        self.editor_seconds.append(asyncio.get_running_loop().time() - since)

    # The end

    async def wind_up(self) -> None:
        """Ends the load and looks at what the editor has shown."""
        self.load.end()
        await asyncio.gather(*self._writers)
        assert self._editor is not None
        self.shown = Counter(method for method, _ in self._editor.connection.notifications)
        for method in ("window/showMessage", "window/showMessageRequest"):
            if self.shown[method]:
                self.problems.append(f"the editor has shown {self.shown[method]} messages ({method})")
        listed = await self._editor.connection.request("issuelens/listIssues", {"query": '"by the editor"'})
        found = Counter(issue["title"] for issue in listed)
        self.problems += [f"{one!r} is there {found[one]} times" for one in self._titles if found[one] != 1]

    def report(self, kills: int) -> Report:
        ledger = self.load.ledger
        return Report(
            name="daemon",
            counts={
                "kills": kills,
                "acknowledged writes": len(ledger.keys) + len(self._titles),
                **_spread("back after, s (client)", self.seconds),
                "waits of more than 1 s": sum(one > 1 for one in self.seconds),
                **_spread("request under way done after, s (editor)", self.editor_seconds),
                "reconnects of each client": ", ".join(str(one.losses) for one in self.staying),
                "codeLens/refresh seen": self.shown["workspace/codeLens/refresh"],
                "didChangeIssues seen": self.shown["issuelens/didChangeIssues"],
                "messages shown": self.shown["window/showMessage"] + self.shown["window/showMessageRequest"],
            },
            problems=tuple(ledger.problems + self.problems),
        )


async def _passed(seconds: float) -> None:
    """Lets a random moment come; the load goes on meanwhile."""
    over = asyncio.Event()
    asyncio.get_running_loop().call_later(seconds, over.set)
    await over.wait()


def _spread(name: str, values: list[float]) -> dict[str, float]:
    ordered = sorted(values)
    return {
        f"{name}, median": statistics.median(ordered),
        f"{name}, p95": ordered[min(len(ordered) - 1, round(len(ordered) * 0.95))],
        f"{name}, max": ordered[-1],
    }
