"""Fifty clients read and write for minutes, editors among them, one that hangs and one that comes and goes."""

from __future__ import annotations

import asyncio
import os
import random
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, closing, suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

from attrs import define, field

from issuelens.editor_client.counts import slope
from issuelens.editor_client.editor import Editor, editor
from issuelens.ipc import messages, methods, oneshot
from issuelens.ipc.client import DaemonClient
from issuelens.ipc.sync_messages import Settle, SyncState
from issuelens.workspace import Workspace
from reliability.load.clients import Ask, Client, Hearing, State, Totals
from reliability.load.daemon import serving, status, status_when, times_let_go
from reliability.load.listener import Listener, listener
from reliability.report import Report

SECONDS = 240
STAYING, POSTING, EDITORS = 38, 8, 2
"""With the one that hangs and the one that comes and goes, fifty."""
FEW = (8, 2, 1)
DID_CHANGE = "issuelens/didChangeIssues"
MEMORY_KB = 150_000
"""What the daemon may take more than at its beginning."""


@define(eq=False)
class Load:
    """A trial under way."""

    space: Workspace
    control: DaemonClient
    seed: int
    until: float
    totals: Totals = field(factory=Totals)
    heard: int = 0
    edits: int = 0
    returned: int = 0
    let_go: int = 0
    memory: list[tuple[int, int]] = field(factory=list)
    most: dict[str, int] = field(factory=dict)

    def goes_on(self) -> bool:
        """Whether the time is not over."""
        return asyncio.get_running_loop().time() < self.until

    def client(self, name: str, ask: Ask) -> Client:
        """One that asks, with a random of its own."""
        return Client(name, ask, self.totals, random.Random(f"{self.seed} {name}"))

    @property
    def requests(self) -> int:
        """How many were answered."""
        return sum(self.totals.requests.values())

    async def after(self, more: int) -> None:
        """Waits for so many answers more, or for the end."""
        enough = self.requests + more
        while self.goes_on() and self.requests < enough:
            self.totals.moved.clear()
            await self.totals.moved.wait()


async def trial(folder: Path, part: float) -> Report:
    """Everybody at once; then what was acknowledged is compared with what is stored, and what is held with before."""
    seed = int(os.environ.get("RELIABILITY_SEED", random.randrange(1_000_000)))
    many = (STAYING, POSTING, EDITORS) if part >= 0.1 else FEW
    async with serving(folder) as (space, control):
        # The thread for what takes long, and the descriptor that SQLite keeps of a closed reader, are there for good.
        await control.request(methods.CHECK, messages.Nothing(), messages.Findings)
        before = await status(control, trim=True)
        load = Load(space, control, seed, asyncio.get_running_loop().time() + max(3.0, SECONDS * part))
        async with AsyncExitStack() as stack:
            await _work(load, stack, many)
        await status_when(control, lambda found: found.clients == ["control"])
        # What was written is in the file, too, so that nothing of sync is under way when it is counted.
        await control.request(methods.SETTLE, Settle(), SyncState)
        with suppress(TimeoutError):
            # The index of what was written last is made after a pause; a task that stays is told below.
            await status_when(control, lambda found: found.tasks <= before.tasks)
        after = await status(control, trim=True)
        _compare(load, before, after)
        _stored(load)
    return _report(load, many, before, after)


async def _work(load: Load, stack: AsyncExitStack, many: tuple[int, int, int]) -> None:
    staying, posting, editors = many
    works = []
    for number in range(staying):
        name = f"stays{number}"
        works.append(load.client(name, await _connected(load, stack, name)).run(load.goes_on))
    pool = stack.enter_context(ThreadPoolExecutor(posting))
    posts = [load.client(f"posts{number}", _posting(load.space, pool)) for number in range(posting)]
    works += [one.run(load.goes_on) for one in posts]
    for number in range(editors):
        one = await stack.enter_async_context(editor([load.space.root]))
        works.append(_edit(load, one, f"edits{number}"))
    slow = await stack.enter_async_context(listener(load.space))
    await asyncio.gather(*works, _hang(load, slow), _come_and_go(load), _sample(load))
    final = (await status(load.control)).revision
    await slow.until(lambda: slow.revisions()[-1] == final)
    load.heard += len(slow.of("event"))
    if slow.of("gap") or slow.revisions() != list(range(slow.revisions()[0], final + 1)):
        load.totals.problems.append("the one that hangs has not heard every event once, in order")


async def _connected(load: Load, stack: AsyncExitStack, name: str) -> Ask:
    hearing = Hearing(name, load.totals.problems)
    one = DaemonClient(load.space, client=name, on_event=hearing.event, on_gap=hearing.gap)
    await stack.enter_async_context(one)
    hearing.revision = hearing.revision or one.revision
    stack.push_async_callback(_leave, load, hearing, one)
    return one._request


async def _leave(load: Load, hearing: Hearing, one: DaemonClient) -> None:
    """Before it goes, it has heard of everything that was stored by then."""
    await hearing.until((await status(one)).revision)
    load.heard += hearing.events


def _posting(space: Workspace, pool: ThreadPoolExecutor) -> Ask:
    async def ask(method: str, params: dict[str, Any]) -> Any:
        return await asyncio.get_running_loop().run_in_executor(pool, oneshot.call, space, method, params)

    return ask


async def _edit(load: Load, one: Editor, name: str) -> None:
    """A language server: it lists, creates and changes; its editor must be told of every revision up to the last."""
    created = (await one.command("createIssue", {"title": f"by {name}"}))["id"]
    load.edits += 1
    while load.goes_on():
        await one.connection.request("issuelens/listIssues", {"limit": 5})
        priority = load.edits % 5
        answer = await one.command("updateIssue", {"id": created, "priority": priority, "title": f"{load.edits}"})
        if answer["priority"] != priority:
            load.totals.problems.append(f"{created} has priority {answer['priority']}, {priority} was asked for")
        load.edits += 1
        load.totals.requests["editor"] += 2
    final = (await status(load.control)).revision
    await one.connection.wait_for("issuelens/didChangeIssues", lambda told: told["revision"] >= final - 1)
    told = [params for method, params in one.connection.notifications if method == DID_CHANGE]
    # Without ids it is not an event, but the word that everything was read anew.
    backwards = [
        (earlier["revision"], later["revision"])
        for earlier, later in pairwise(told)
        if later["revision"] < earlier["revision"] + (later["ids"] is not None)
    ]
    if backwards:
        load.totals.problems.append(f"{name} was told of revisions out of order: {backwards[:3]}")


async def _hang(load: Load, one: Listener) -> None:
    """Reads nothing until it is let go, or until the end; then comes back."""
    while load.goes_on():
        before = times_let_go(load.space)
        one.freeze()
        try:
            while load.goes_on() and times_let_go(load.space) == before:
                await load.after(200)
        finally:
            one.thaw()
        load.let_go += times_let_go(load.space) - before
        reached = load.control.revision
        await one.until(lambda reached=reached: one.revisions()[-1] >= reached)


async def _come_and_go(load: Load) -> None:
    """Comes, asks a little, and goes."""
    client = load.client("comes", _nobody)
    while load.goes_on():
        async with AsyncExitStack() as stack:
            client.ask = await _connected(load, stack, "comes")
            for _ in range(20):
                await client.once()
        load.returned += 1


async def _nobody(_method: str, _params: dict[str, Any]) -> Any:
    raise AssertionError("it is connected before it asks")


async def _sample(load: Load) -> None:
    while load.goes_on():
        held = await status(load.control)
        load.memory.append((load.requests, held.rss_anon_kb or 0))
        for name in ("fds", "tasks", "threads", "waiting_messages", "waiting_bytes", "rss_anon_kb"):
            load.most[name] = max(load.most.get(name, 0), getattr(held, name) or 0)
        await load.after(100)


def _compare(load: Load, before: messages.Status, after: messages.Status) -> None:
    """With one client, no more may be held than before."""
    for name in ("fds", "sockets", "threads", "tasks", "engines", "connections", "pool_checkouts"):
        if getattr(after, name) > getattr(before, name):
            load.totals.problems.append(f"{name}: {getattr(before, name)} before, {getattr(after, name)} after")
    if load.most["rss_anon_kb"] - (before.rss_anon_kb or 0) > MEMORY_KB:
        load.totals.problems.append(f"the daemon took up to {load.most['rss_anon_kb']:,} KiB")


def _stored(load: Load) -> None:
    """What was acknowledged is stored, and nothing else."""
    with closing(sqlite3.connect(f"file:{load.space.database}?mode=ro", uri=True)) as connection:
        keys = {row[0] for row in connection.execute("SELECT key FROM operation WHERE name != 'init'")}
        rows = connection.execute(
            "SELECT id, status, priority, (SELECT count(*) FROM comment WHERE issue_id = issue.id) FROM issue"
        ).fetchall()
    stored = {row[0]: State(*row[1:]) for row in rows}
    load.totals.problems += [f"{key} is not stored" for key in sorted(load.totals.keys - keys)[:5]]
    if len(keys) != len(load.totals.keys) + load.edits:
        load.totals.problems.append(
            f"{len(keys)} changes are stored, {len(load.totals.keys) + load.edits} acknowledged"
        )
    for one, state in load.totals.issues.items():
        if stored.get(one) != state:
            load.totals.problems.append(f"{one} is stored as {stored.get(one)}, {state} was acknowledged")


def _report(load: Load, many: tuple[int, int, int], before: messages.Status, after: messages.Status) -> Report:
    warm = load.memory[len(load.memory) // 3 :]
    totals = load.totals
    counts: dict[str, Any] = {
        "seed": load.seed,
        "clients: staying, posting, editors, others": ", ".join(map(str, (*many, 2))),
        "requests": load.requests,
        "of these: by kind": ", ".join(f"{name} {count}" for name, count in sorted(totals.requests.items())),
        "errors and other problems": len(totals.problems),
        "changes acknowledged and stored": len(totals.keys) + load.edits,
        "events heard, by all together": load.heard,
        "let go as it hung": load.let_go,
        "came and went": load.returned,
        "p50, p99 of the time to an answer, ms": f"{totals.percentile(0.5):.1f}, {totals.percentile(0.99):.1f}",
        "most that waited: messages, bytes": f"{load.most['waiting_messages']}, {load.most['waiting_bytes']}",
        "most descriptors, tasks": f"{load.most['fds']}, {load.most['tasks']}",
        "RssAnon before, most, after, KiB": f"{before.rss_anon_kb}, {load.most['rss_anon_kb']}, {after.rss_anon_kb}",
        "objects before and after": f"{before.objects}, {after.objects}",
        "RssAnon slope after warm-up, KiB a 1,000 requests": 1000 * slope(warm),
    }
    return Report(name="many clients at once", counts=counts, problems=tuple(totals.problems[:20]))
