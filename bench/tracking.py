"""The tracker with many issues: importing them, what grows with their number, many clients, operations on thousands."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, ExitStack, closing
from pathlib import Path
from statistics import median
from typing import Any, Final

from bench.filling import asked, fill, filled, index, issue_id, stock
from bench.measure import Figure, against, at_least, below, plain, side_by_side
from issuelens.domain.operation import CreateIssue, UpdateIssues
from issuelens.domain.query import parse_query
from issuelens.ipc import launch, methods
from issuelens.ipc.client import DaemonClient
from issuelens.storage import lists, reads
from issuelens.storage.conditions import Asking
from issuelens.storage.database import Reader
from issuelens.workspace import Workspace

FEW: Final = 1_000
SOME: Final = 10_000
MANY: Final = 100_000
CLIENTS: Final = 50
ASKING: Final = Asking(now="2026-01-01T00:00:00.000000Z", me="ada")


async def importing(folder: Path) -> list[Figure]:
    """A file of 100,000 issues, once: by a daemon, then the index that follows."""
    root = folder.parent / f"stock-{MANY}"
    seconds, megabytes = fill(root, MANY)
    indexing = index(Workspace(root, root / ".issues").database)
    return [
        below(f"import of {MANY:,} issues", 60, seconds, "s"),
        below("its peak of memory", 500, megabytes, "MB"),
        plain("the full-text index of them, in batches afterwards", indexing, "s"),
    ]


# What grows


async def growth(folder: Path) -> list[Figure]:
    """Reads as the daemon does them, and one write, with 100,000 issues against 1,000."""
    with ExitStack() as stack:
        large, small = (stack.enter_context(closing(Reader.open(stock(folder, count)))) for count in (MANY, FEW))
        figures = [
            await _growth("ready, 50 issues", large, small, _list("is:ready limit:50")),
            await _growth("a list of 200 issues", large, small, _list("is:open limit:200")),
            await _growth("a list of 200 issues, finished ones too", large, small, _list("is:any limit:200")),
            await _growth("a list of 200 issues, last changed first", large, small, _list("sort:-updated limit:200")),
            await _growth("point lookup", large, small, _lookup(large)),
        ]
    return [*figures, await _growth_of_writes(folder)]


async def _growth(name: str, large: Reader, small: Reader, read: Callable[[Reader], object]) -> Figure:
    async def ours() -> None:
        read(large)

    async def other() -> None:
        read(small)

    return against(f"{name}, p50", 2, *await side_by_side(ours, other, count=100))


def _list(query: str) -> Callable[[Reader], object]:
    return lambda reader: reader.read(lists.list_issues, parse_query(query), ASKING)


def _lookup(large: Reader) -> Callable[[Reader], object]:
    # With this step all are visited before one comes again.
    numbers = itertools.count(0, 389)
    return lambda reader: reader.read(reads.get_issue, issue_id(next(numbers) % (MANY if reader is large else FEW)))


async def _growth_of_writes(folder: Path) -> Figure:
    async with AsyncExitStack() as stack:
        works = []
        for count in (MANY, FEW):
            client = await stack.enter_async_context(connected(filled(folder, count)))
            stack.callback(launch.stop, client.workspace)
            works.append(_updating(client))
        return against("one update, acknowledged, p50", 2, *await side_by_side(*works, count=100))


def connected(workspace: Workspace) -> DaemonClient:
    """A client that hears events and does nothing about them."""
    return DaemonClient(workspace, client="bench", on_event=lambda _: None, on_gap=lambda _: None)


def _updating(client: DaemonClient) -> Callable[[], Awaitable[object]]:
    numbers = itertools.count()

    async def update() -> None:
        number = next(numbers)
        await client.write(UpdateIssues(ids=(issue_id(number % FEW),), title=f"Round half up, {number}"))

    return update


# Many clients


async def crowd(folder: Path) -> list[Figure]:
    """Durable creates a second: 50 clients at once against one client at a time, which is one commit for each."""
    figures = []
    for count, limit in ((SOME, 5), (MANY, 3)):
        workspace = filled(folder, count)
        rates: dict[str, list[float]] = {"alone": [], "one of them": [], "all": []}
        for _ in range(5):
            await _measure(workspace, rates)
        launch.stop(workspace)
        name = f"{CLIENTS} clients' creates with {count:,} issues"
        ours = median(rates["all"])
        figures += [
            at_least(f"{name}, against one of them", limit, ours, median(rates["one of them"]), "a second"),
            at_least(f"{name}, against one without the others", limit, ours, median(rates["alone"]), "a second"),
        ]
    return figures


async def _measure(workspace: Workspace, rates: dict[str, list[float]]) -> None:
    """One round: one client alone, then one of 50 that are connected, then all of them."""
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(connected(workspace))
        await _created(first, 20)
        rates["alone"].append(await _rate([first], 200))
        others = [await stack.enter_async_context(connected(workspace)) for _ in range(CLIENTS - 1)]
        rates["one of them"].append(await _rate([first], 200))
        rates["all"].append(await _rate([first, *others], 40))


async def _rate(clients: list[DaemonClient], count: int) -> float:
    begun = time.perf_counter()
    await asyncio.gather(*(_created(client, count) for client in clients))
    return len(clients) * count / (time.perf_counter() - begun)


async def _created(client: DaemonClient, count: int) -> None:
    for _ in range(count):
        await client.write(CreateIssue(title="Round half up", description="As banks do it. " * 20, labels=("money",)))


# Thousands at once


async def bulk(folder: Path) -> list[Figure]:
    """Requests about thousands of issues, once each, through the daemon; the second of those that look at the code."""
    workspace = filled(folder, MANY)
    todos = [f"x = {number}  # TODO({issue_id(number)}): look at it" for number in range(500)]
    (workspace.root / "main.py").write_text("\n".join(todos) + "\n")
    launch.ensure_running(workspace)
    chosen = f"is:open limit:{SOME}"
    asked(workspace, methods.LIST, query="has:todo")
    figures = [
        _timed(workspace, f"has:todo, warm, with {MANY:,}", methods.LIST, query="has:todo limit:50", brief=True),
        _timed(workspace, f"all blocked with their reasons, with {MANY:,}", methods.BLOCKED),
        _timed(workspace, f"statistics of {MANY:,}", methods.STATS),
        _timed(workspace, f"close of {SOME:,}", methods.CLOSE, query=chosen, key="close"),
        _timed(workspace, f"undo of a close of {SOME:,}", methods.UNDO, key="undo"),
    ]
    launch.stop(workspace)
    few = filled(folder, SOME)
    launch.ensure_running(few)
    figures.append(_timed(few, f"duplicates among the unfinished of {SOME:,}", methods.DUPLICATES))
    launch.stop(few)
    return figures


def _timed(workspace: Workspace, name: str, method: str, **params: Any) -> Figure:
    begun = time.perf_counter()
    asked(workspace, method, **params)
    return plain(name, time.perf_counter() - begun, "s")
