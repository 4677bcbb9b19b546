"""A real daemon, fed with what no client should send, while a good client goes on being served."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from contextlib import AsyncExitStack, closing, suppress
from pathlib import Path
from random import Random
from typing import Any, Final

from attrs import define, field

from issuelens.domain.errors import IssuelensError
from issuelens.domain.operation import CreateIssue
from issuelens.ipc import launch, methods
from issuelens.ipc.client import DaemonClient
from issuelens.ipc.endpoint import Endpoint
from issuelens.ipc.messages import Issues, ListIssues
from issuelens.workspace import Workspace, initialise
from reliability.fuzz import seeds, wire
from reliability.fuzz.findings import SHOWN, keep, seed, sentence
from reliability.fuzz.ipc_traffic import HTTP_TOKENS, RAW, TOKEN, Requests, answer_due, is_harmless, posted
from reliability.fuzz.lsp import apart, hiding_compiled, rss_anon_kb
from reliability.fuzz.lsp_traffic import Key, key_of
from reliability.fuzz.mutation import mutated
from reliability.report import Report

INPUTS: Final = 150_000
"""Messages and raw connections of the whole trial."""
LIFE: Final = 10_000
"""Inputs of one daemon's life."""
BATCH: Final = 100
"""Messages on a WebSocket before their answers are waited for."""
POSTS: Final = 20
"""Requests on one HTTP connection."""
DEADLINE_SECONDS: Final = 30.0
MEMORY_MB: Final = 400
"""Anonymous memory of a daemon."""


class Failed(Exception):
    """The daemon did what it must not do."""


@define(eq=False)
class Life:
    """One daemon, with what was sent to it."""

    folder: Path
    workspace: Workspace
    endpoint: Endpoint
    sent: list[bytes] = field(factory=list)
    raw: set[int] = field(factory=set)
    """Places in `sent` of what was no message but bytes on the socket."""
    ids: list[str] = field(factory=list)
    counts: Counter[str] = field(factory=Counter)
    problems: list[str] = field(factory=list)
    peak_kb: int = 0
    slowest: float = 0.0
    """Seconds that the good client waited at most."""

    def fail(self, problem: str) -> None:
        """Notes what is wrong.

        Raises:
            Failed: always.
        """
        self.problems.append(problem)
        raise Failed(problem)

    def check(self, content: bytes, due: Key, shape: Any) -> None:
        """Looks at an answer."""
        self.counts["answers"] += 1
        if not isinstance(shape, dict) or ("result" in shape) == ("error" in shape) or key_of(shape.get("id")) != due:
            self.fail(f"the answer {json.dumps(shape)[:300]} to {content[:300]!r}")
        error = shape.get("error") or {}
        if error.get("code") == -32603 or (error.get("data") or {}).get("kind") == "internal":
            self.fail(f"a fault: {error['message'][:200]} for {content[:500]!r}")
        result = shape.get("result")
        if isinstance(result, dict) and isinstance(result.get("issues"), list):
            self.ids += [one["id"] for one in result["issues"][:3] if isinstance(one, dict) and "id" in one]
            del self.ids[:-50]


Kind = Callable[[Life, Random, Requests], Awaitable[None]]


# On a WebSocket


async def on_websocket(life: Life, random: Random, requests: Requests) -> None:
    """Many messages in frames of many kinds, then the end of the connection in one of several ways."""
    contents = requests.contents(BATCH)
    life.sent += contents
    life.counts["WebSocket messages"] += len(contents)
    async with wire.connected(life.endpoint) as (reader, writer):
        await wire.greet(reader, writer, life.endpoint.token)
        writer.write(b"".join(_framed(random, one) for one in contents))
        await _answers(life, reader, contents)
        match random.randrange(4):
            case 0:
                writer.write(wire.ws_frame(wire.CLOSE, b"\x03\xe8"))
                await _until_closed(life, reader, "a close frame")
            case 1:
                odd = random.choice(wire.ODD_FRAMES)
                life.counts["odd frames"] += 1
                writer.write(odd)
                writer.write_eof()
                await _until_closed(life, reader, f"the frame {odd[:60]!r}")
            case 2:
                # Cut in the middle of requests whose answers nobody takes.
                more = requests.contents(BATCH // 4)
                life.sent += more
                life.counts["messages before a cut"] += len(more)
                writer.write(b"".join(_framed(random, one) for one in more))
            case _:
                return


def _framed(random: Random, content: bytes) -> bytes:
    """A message in one frame or several, with pings around it."""
    kind = wire.TEXT if _is_utf8(content) and random.random() < 0.95 else wire.BINARY
    pings = wire.ws_frame(wire.PING, b"p") * random.choice((0, 0, 0, 0, 0, 0, 1, 50))
    if random.random() < 0.9:
        return pings + wire.ws_frame(kind, content)
    cut = random.randint(0, len(content))
    return wire.ws_frame(kind, content[:cut], last=False) + pings + wire.ws_frame(wire.CONTINUATION, content[cut:])


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


async def _answers(life: Life, reader: asyncio.StreamReader, contents: Iterable[bytes]) -> None:
    due: dict[Key, list[bytes]] = {}
    for content in contents:
        due.setdefault(answer_due(content), []).append(content)
    try:
        async with asyncio.timeout(DEADLINE_SECONDS):
            while due:
                kind, content = await wire.read_frame(reader)
                if kind == wire.TEXT:
                    _take(life, due, json.loads(content))
                elif kind == wire.CLOSE:
                    life.fail(f"the daemon closed the WebSocket: {content!r}; {_first(due)}")
    except TimeoutError:
        life.fail(f"no answer within {DEADLINE_SECONDS:.0f} s to {_first(due)}")
    except (asyncio.IncompleteReadError, ConnectionError):
        life.fail(f"the connection was lost before the answer to {_first(due)}")


def _take(life: Life, due: dict[Key, list[bytes]], shape: Any) -> None:
    if "method" in shape:
        return
    key = key_of(shape.get("id"))
    asked = due.get(key)
    if asked is None:
        life.fail(f"an answer too many: {json.dumps(shape)[:300]}")
        return
    life.check(asked.pop(0), key, shape)
    if not asked:
        del due[key]


def _first(due: dict[Key, list[bytes]]) -> str:
    return repr(next(iter(due.values()))[0][:300])


async def _until_closed(life: Life, reader: asyncio.StreamReader, after: str) -> bytes:
    try:
        return await asyncio.wait_for(reader.read(), DEADLINE_SECONDS)
    except ConnectionError:
        return b""
    except TimeoutError:
        life.fail(f"the connection is open {DEADLINE_SECONDS:.0f} s after {after}")
        return b""


# By HTTP


async def by_post(life: Life, random: Random, requests: Requests) -> None:
    """Several requests at once on one connection, answered in their order."""
    contents = requests.contents(POSTS)
    life.sent += contents
    life.counts["HTTP messages"] += len(contents)
    headers = random.choice((b"", b"", b"Accept: application/json\r\n", b"X-Issuelens-Client: \xff\xfe\r\n"))
    async with wire.connected(life.endpoint) as (reader, writer):
        token = life.endpoint.token.encode()
        writer.write(b"".join(posted(one, headers).replace(TOKEN, token) for one in contents))
        for content in contents:
            try:
                status, body = await asyncio.wait_for(wire.read_response(reader), DEADLINE_SECONDS)
            except TimeoutError:
                life.fail(f"no answer within {DEADLINE_SECONDS:.0f} s to {content[:300]!r}")
            except (asyncio.IncompleteReadError, ConnectionError):
                life.fail(f"the connection was lost before the answer to {content[:300]!r}")
            if status != 200:
                life.fail(f"HTTP {status} to {content[:300]!r}")
            life.check(content, answer_due(content), json.loads(body))


async def by_raw_bytes(life: Life, random: Random, _requests: Requests) -> None:
    """HTTP with anything in it; whatever it was, the connections end."""
    contents = [mutated(random, random.choice(RAW), RAW, HTTP_TOKENS) for _ in range(POSTS)]
    contents = [one for one in contents if is_harmless(one.partition(b"\r\n\r\n")[2], life.folder)]
    life.raw |= set(range(len(life.sent), len(life.sent) + len(contents)))
    life.sent += contents
    await send_raw(life, contents)


async def send_raw(life: Life, contents: Iterable[bytes]) -> None:
    """Sends each content on a connection of its own; when the daemon has seen them, ends them and waits for it to."""
    token = life.endpoint.token.encode()
    async with AsyncExitStack() as stack:
        opened = []
        for content in contents:
            reader, writer = await stack.enter_async_context(wire.connected(life.endpoint))
            writer.write(content.replace(TOKEN, token))
            opened.append((content, reader, writer))
        life.counts["raw connections"] += len(opened)
        await _posted_alone(life, b'{"id":1,"method":"daemon/status","params":{}}')
        for content, reader, writer in opened:
            with suppress(ConnectionError):
                writer.write_eof()
            said = await _until_closed(life, reader, repr(content[:300]))
            if b"HTTP/1.1 500" in said or b"HTTP/1.0 500" in said:
                life.fail(f"HTTP 500 to {content[:500]!r}")


FOREIGN: Final = (
    "aiohttp.http_exceptions.",
    "aiohttp.web_protocol.RequestPayloadError",
    "aiohttp.client_exceptions.ClientConnectionResetError",
)
"""What aiohttp logs of broken HTTP, of bodies that are not encoded as they say, and of clients that do not wait."""
KINDS: Final[tuple[Kind, ...]] = (on_websocket, on_websocket, by_post, by_post, by_raw_bytes)


# The trial


async def trial(folder: Path, part: float) -> Report:
    """Lives of daemons until INPUTS were sent."""
    counts: Counter[str] = Counter()
    problems: list[str] = []
    peak, slowest, number = 0, 0.0, 0
    while counts["inputs"] < INPUTS * part:
        life = await _live(folder / str(number), f"{seed()}/ipc/{number}", int(min(LIFE, INPUTS * part)))
        counts += life.counts + Counter(inputs=len(life.sent), daemons=1)
        peak, slowest, number = max(peak, life.peak_kb), max(slowest, life.slowest), number + 1
        if life.problems:
            about = {"root": str(life.folder), "raw": sorted(life.raw)}
            problems += [sentence(life.problems[0], keep("ipc", life.sent, about)), *life.problems[1:3]]
    if peak > MEMORY_MB * 1024:
        problems.append(f"a daemon had {peak // 1024} MB of anonymous memory, {MEMORY_MB} are allowed")
    shown: dict[str, Any] = {"seed": seed(), **counts, "peak memory (MB)": peak // 1024}
    shown["longest wait of the good client (ms)"] = round(slowest * 1000)
    return Report(name="fuzz ipc", counts=shown, problems=tuple(problems[:SHOWN]))


async def started(folder: Path, *, without_compiled: bool = False) -> Life:
    """A workspace with files to import, and its daemon."""
    folder = folder.resolve()
    root = folder / "w"
    root.mkdir(parents=True)
    (root / "main.py").write_bytes(seeds.SOURCES["python"])
    (folder / "in.jsonl").write_bytes(b"".join(seeds.BEADS[:2]))
    workspace = initialise(root, "app")
    before = dict(os.environ)
    os.environ |= hiding_compiled(folder) if without_compiled else {}
    try:
        endpoint = await apart(launch.ensure_running, workspace)
    finally:
        os.environ.pop("PYTHONPATH", None)
        os.environ |= before
    return Life(folder, workspace, endpoint)


async def _live(folder: Path, chance: str, inputs: int) -> Life:
    life = await started(folder, without_compiled=Random(chance).random() < 0.3)
    try:
        async with DaemonClient(
            life.workspace, client="good", on_event=lambda _event: None, on_gap=lambda _revision: None
        ) as good:
            done = asyncio.Event()
            watching = asyncio.get_running_loop().create_task(_served(life, good, done))
            try:
                async with asyncio.TaskGroup() as group:
                    for number in range(3):
                        group.create_task(_attack(life, Random(f"{chance}/{number}"), inputs))
            except* Failed:
                pass
            done.set()
            await watching
            await _settled(life, good)
    except IssuelensError as error:
        life.problems.append(f"the good client was not served: {error}")
    finally:
        await apart(launch.stop, life.workspace)
    life.problems += damage(life.workspace)
    return life


async def _attack(life: Life, random: Random, inputs: int) -> None:
    requests = Requests(random, life.folder, life.ids)
    while len(life.sent) < inputs:
        await random.choice(KINDS)(life, random, requests)
        life.peak_kb = max(life.peak_kb, rss_anon_kb(life.endpoint.pid))


async def _served(life: Life, good: DaemonClient, done: asyncio.Event) -> None:
    """The good client writes and reads without a pause, and hears of no error."""
    while not done.is_set():
        begun = time.monotonic()
        await good.write(CreateIssue(title="Good"))
        await good.request(methods.LIST, ListIssues(limit=3), Issues)
        life.slowest = max(life.slowest, time.monotonic() - begun)
        life.counts["requests of the good client"] += 2


async def _settled(life: Life, good: DaemonClient) -> None:
    """When everyone else has gone, the daemon holds nothing of them, and is the one that began."""
    async with asyncio.timeout(DEADLINE_SECONDS):
        while True:
            status = await good._request(methods.STATUS, {})
            if status["clients"] == ["good"]:
                break
    if status["pid"] != life.endpoint.pid:
        life.problems.append("the daemon is another one than at the beginning")


def damage(workspace: Workspace) -> list[str]:
    """What the database and the log say against it, once the daemon has ended."""
    found = []
    with closing(sqlite3.connect(workspace.database)) as connection:
        words = [row[0] for row in connection.execute("PRAGMA integrity_check")]
    if words != ["ok"]:
        found.append(f"the database is damaged: {words[:3]}")
    return found + logged_faults(workspace.daemon_log)


def logged_faults(log: Path) -> list[str]:
    """The faults that a daemon has logged, one of each kind; what aiohttp says of broken or cut HTTP is none."""
    found: dict[str, str] = {}
    for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
        shape = json.loads(line) if line.startswith("{") else {"exception": "Traceback" in line and line}
        name = shape.get("exception")
        if name and not str(name).startswith(FOREIGN):
            found.setdefault(str(name), f"{shape.get('message')}: {name}: {str(shape.get('traceback'))[-1_200:]}")
    return [f"a fault in the log: {one}" for one in found.values()]


async def replayed(folder: Path, inputs: list[bytes], about: dict[str, Any]) -> list[str]:
    """Sends kept inputs one after the other, each on its own; what is wrong with them."""
    life = await started(folder)
    raw = set(about["raw"])
    try:
        for place, content in enumerate(
            one.replace(about["root"].encode(), str(life.folder).encode()) for one in inputs
        ):
            if place in raw:
                await send_raw(life, [content])
            else:
                await _posted_alone(life, content)
    except Failed:
        pass
    finally:
        await apart(launch.stop, life.workspace)
    return life.problems + damage(life.workspace)


async def _posted_alone(life: Life, content: bytes) -> None:
    async with wire.connected(life.endpoint) as (reader, writer):
        writer.write(posted(content).replace(TOKEN, life.endpoint.token.encode()))
        _, body = await asyncio.wait_for(wire.read_response(reader), DEADLINE_SECONDS)
        life.check(content, answer_due(content), json.loads(body))
