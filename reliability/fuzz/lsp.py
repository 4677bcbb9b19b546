"""Real language servers over pipes, fed with what no editor should send: each request has exactly one answer."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections import Counter
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import Any, Final, TypeVar

from attrs import define, field

from issuelens.ipc import launch
from issuelens.ipc.framing import FrameBuffer, frame
from issuelens.ipc.limits import read_request
from issuelens.workspace import initialise, require_workspace
from reliability.fuzz import seeds
from reliability.fuzz.findings import SHOWN, keep, seed, sentence
from reliability.fuzz.lsp_traffic import NULL, Key, Traffic, answer_due_to_editor, key_of
from reliability.fuzz.mutation import encoded, mutated_value
from reliability.report import Report

_Result = TypeVar("_Result")

INPUTS: Final = 300_000
"""Messages of the whole trial."""
LIFE: Final = 10_000
"""Messages of one server's life."""
BATCH: Final = 250
"""Messages that are sent before their answers are waited for."""
DEADLINE_SECONDS: Final = 30.0
"""How long the answers of a batch may take."""
MEMORY_MB: Final = 300
"""Anonymous memory of a server."""
ENDS: Final = ("shutdown", "end of input", "broken frame", "cut frame")
BROKEN: Final = (
    b"Content-Length: -5\r\n\r\n",
    b"Content-Length: 99999999999\r\n\r\n",
    b"Content-Length: 9999999999999999999999\r\n\r\n",
    b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n",
    b"Content-Length 5\r\n\r\n",
    b"\r\n\r\n",
    b"x" * 9_000,
    b"A: b\r\n" * 40 + b"Content-Length: 2\r\n\r\n{}",
    b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
)
"""Frames after which nothing can be understood: one word about it, and the end with 1 (docs/protocol.md, "Limits")."""


class Failed(Exception):
    """A server did what it must not do."""


@define(eq=False)
class Life:
    """One server from its start to its end, with what was sent and what is still to be answered."""

    process: Process
    traffic: Traffic
    sent: list[bytes] = field(factory=list)
    due: Counter[Key] = field(factory=Counter)
    origin: dict[Key, bytes] = field(factory=dict)
    problems: list[str] = field(factory=list)
    answered: int = 0
    asked: int = 0
    peak_kb: int = 0
    deadline_seconds: float = DEADLINE_SECONDS
    _moved: asyncio.Event = field(factory=asyncio.Event)

    # Sending

    def send(self, *contents: bytes, loads: Any = None) -> None:
        """Sends messages, and notes what must be answered."""
        for content in contents:
            self.sent.append(content)
            key = answer_due_to_editor(content, loads)
            if key is not None:
                self.due[key] += 1
                self.origin[key] = content
        self.write(b"".join(map(frame, contents)))

    def write(self, content: bytes) -> None:
        """Sends bytes as they are."""
        assert self.process.stdin is not None
        self.process.stdin.write(content)

    async def settle(self) -> None:
        """Waits until everything was answered that must be.

        Raises:
            Failed: when something was not, or was answered twice.
        """
        assert self.process.stdin is not None
        try:
            async with asyncio.timeout(self.deadline_seconds):
                await self.process.stdin.drain()
                while any(self.due.values()) and not self.problems:
                    self._moved.clear()
                    await self._moved.wait()
        except TimeoutError:
            waiting = [key for key, count in self.due.items() if count]
            self.problems.append(
                f"no answer within {self.deadline_seconds:.0f} s to {waiting[:3]}: {self._origin(waiting)}"
            )
        except ConnectionError:
            code = await asyncio.wait_for(self.process.wait(), self.deadline_seconds)
            self.problems.append(f"the server ended with {code} within a batch")
        if self.problems:
            raise Failed
        self.due.clear()
        self.origin.clear()
        self.peak_kb = max(self.peak_kb, rss_anon_kb(self.process.pid))

    def _origin(self, keys: list[Key]) -> str:
        return repr(self.origin.get(keys[0], b"")[:300]) if keys else ""

    # Receiving

    async def listen(self) -> None:
        """Takes what the server says, until it ends."""
        assert self.process.stdout is not None
        frames = FrameBuffer()
        while chunk := await self.process.stdout.read(1 << 18):
            frames.feed(chunk)
            while (content := frames.next()) is not None:
                self._take(content)
            self._moved.set()
        if any(self.due.values()):
            self.problems.append("the server ended before it had answered everything")
        self._moved.set()

    def _take(self, content: bytes) -> None:
        try:
            shape = read_request(content)
        except ValueError as error:
            self.problems.append(f"the server sent what is no JSON: {error}: {content[:200]!r}")
            return
        if "method" in shape:
            if "id" in shape:
                self.asked += 1
                self.send(*self.traffic.answer_to(shape))
            return
        self._answered(key_of(shape.get("id")), shape)

    def _answered(self, key: Key, shape: dict[str, Any]) -> None:
        self.answered += 1
        self.due[key] -= 1
        if self.due[key] < 0:
            self.problems.append(f"an answer too many: {json.dumps(shape)[:300]}")
        error = shape.get("error")
        if error is not None and error["code"] == -32603:
            self.problems.append(f"a fault: {error['message'][:200]} for {self.origin.get(key, b'')[:300]!r}")
        result = shape.get("result")
        if key != NULL and isinstance(result, dict) and isinstance(result.get("id"), str):
            self.traffic.ids[5:] = [*self.traffic.ids[5:], result["id"]][-20:]


def rss_anon_kb(pid: int) -> int:
    """Anonymous memory of a process in KiB; 0 when it is gone or the platform does not tell."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in status.splitlines() if line.startswith("RssAnon:")), 0)


async def trial(folder: Path, part: float) -> Report:
    """Lives of servers until INPUTS messages were sent."""
    counts: Counter[str] = Counter()
    problems: list[str] = []
    peak = number = 0
    os.environ.setdefault("ISSUELENS_IDLE_SECONDS", "60")
    # A short trial has each of the ends, too.
    lives = max(len(ENDS), round(INPUTS * part / LIFE))
    size = round(INPUTS * part / lives)
    while number < lives:
        life = await _live(folder / str(number), f"{seed()}/lsp/{number}", size, ENDS[number % len(ENDS)])
        counts += Counter(messages=len(life.sent), answers=life.answered, asked=life.asked, lives=1)
        peak, number = max(peak, life.peak_kb), number + 1
        if life.problems:
            path = keep("lsp", life.sent, {"root": str(life.traffic.root)})
            problems.append(sentence(life.problems[0], path))
    if peak > MEMORY_MB * 1024:
        problems.append(f"a server had {peak // 1024} MB of anonymous memory, {MEMORY_MB} are allowed")
    shown: dict[str, Any] = {"seed": seed(), "messages": counts["messages"], "answers": counts["answers"]}
    shown |= {"questions of the server": counts["asked"], "servers": counts["lives"], "peak memory (MB)": peak // 1024}
    return Report(name="fuzz lsp", counts=shown, problems=tuple(problems[:SHOWN]))


async def _live(folder: Path, chance: str, messages: int, end: str) -> Life:
    random = Random(chance)
    root = project(folder)
    async with server(folder, Traffic(random, root), without_compiled=random.random() < 0.3) as life:
        try:
            await _begin(life, random)
            while len(life.sent) < messages:
                life.send(*life.traffic.contents(BATCH))
                await life.settle()
            await _end(life, random, end)
        except Failed:
            life.process.kill()
        life.problems += faults(folder)
    return life


def project(folder: Path) -> Path:
    """A workspace with a few files."""
    root = folder.resolve() / "w"
    (root / "sub").mkdir(parents=True)
    for name, language in (("main.py", "python"), ("notes.md", "markdown"), ("sub/x.c", "c")):
        (root / name).write_bytes(seeds.SOURCES[language])
    initialise(root, "app")
    return root


@asynccontextmanager
async def server(folder: Path, traffic: Traffic, *, without_compiled: bool = False) -> AsyncIterator[Life]:
    """A language server; leaving ends it and the daemon that it started.

    Args:
        folder: for its log.
        traffic: what is sent to it.
        without_compiled: has it read and write JSON as where orjson is not there.
    """
    environment = os.environ | (hiding_compiled(folder) if without_compiled else {})
    with (folder / "stderr").open("wb") as errors:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "issuelens", "lsp"),
            stdin=PIPE,
            stdout=PIPE,
            stderr=errors,
            cwd=folder,
            env=environment,
        )
    life = Life(process, traffic)
    listening = asyncio.get_running_loop().create_task(life.listen())
    try:
        yield life
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        await asyncio.wait([listening])
        listening.result()
        await apart(launch.stop, require_workspace(traffic.root))


def hiding_compiled(folder: Path) -> dict[str, str]:
    """What has a process read and write JSON as where orjson is not there."""
    (folder / "sitecustomize.py").write_text("import sys\n\nsys.modules['orjson'] = None\n", encoding="utf-8")
    return {"PYTHONPATH": str(folder)}


async def apart(function: Callable[..., _Result], *arguments: Any) -> _Result:
    """Calls what blocks, in a thread that ends with it."""
    with ThreadPoolExecutor(1) as pool:
        return await asyncio.get_running_loop().run_in_executor(pool, function, *arguments)


def faults(folder: Path) -> list[str]:
    """What the server's log has of faults."""
    text = (folder / "stderr").read_text(encoding="utf-8", errors="replace")
    if "Traceback" not in text:
        return []
    begin = text.index("Traceback")
    return [f"a fault in the log: {' | '.join(text[max(0, begin - 200) : begin + 3_000].splitlines()[-30:])}"]


async def _begin(life: Life, random: Random) -> None:
    life.send(*life.traffic.contents(30), loads=read_request)
    await life.settle()
    folders = [{"uri": life.traffic.root.as_uri(), "name": "w"}]
    params: dict[str, Any] = {
        "processId": None,
        "rootUri": None,
        "capabilities": CAPABILITIES,
        "clientInfo": {"name": "f"},
    }
    if random.random() < 0.5:
        params = mutated_value(random, params)
    params = (params if isinstance(params, dict) else {}) | {"workspaceFolders": folders, "rootUri": None}
    life.send(encoded({"id": "first", "method": "initialize", "params": params}), loads=read_request)
    life.send(encoded({"jsonrpc": "2.0", "method": "initialized", "params": {}}))
    event = {"added": folders, "removed": []}
    life.send(encoded({"jsonrpc": "2.0", "method": "workspace/didChangeWorkspaceFolders", "params": {"event": event}}))
    life.send(encoded({"jsonrpc": "2.0", "id": "second", "method": "issuelens/listIssues", "params": {}}))
    await life.settle()


CAPABILITIES: Final = {
    "general": {"positionEncodings": ["utf-16"]},
    "textDocument": {"hover": {"contentFormat": ["markdown"]}, "synchronization": {"didSave": True}},
    "workspace": {
        "applyEdit": True,
        "configuration": True,
        "workspaceEdit": {"documentChanges": True},
        "codeLens": {"refreshSupport": True},
        "didChangeWatchedFiles": {"dynamicRegistration": True},
    },
}


async def _end(life: Life, random: Random, end: str) -> None:
    assert life.process.stdin is not None
    if end == "shutdown":
        life.send(encoded({"jsonrpc": "2.0", "id": "last", "method": "shutdown"}))
        life.send(*life.traffic.contents(30))
        await life.settle()
        life.send(encoded({"jsonrpc": "2.0", "method": "exit"}))
    elif end == "broken frame":
        life.due[NULL] += 1
        life.write(random.choice(BROKEN))
    else:
        if end == "cut frame":
            life.write(b"Content-Length: 100\r\n\r\n{")
        life.process.stdin.close()
    try:
        code = await asyncio.wait_for(life.process.wait(), DEADLINE_SECONDS)
    except TimeoutError:
        life.problems.append(f"the server is there {DEADLINE_SECONDS:.0f} s after {end}")
        raise Failed from None
    if code != (0 if end == "shutdown" else 1):
        life.problems.append(f"the server ended with {code} after {end}")
