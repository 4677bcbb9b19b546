"""A client that does not read: the daemon's memory stays bounded, and it comes back by revision."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from attrs import define, field

from issuelens.domain.operation import CreateIssue
from issuelens.ipc.client import DaemonClient
from issuelens.workspace import Workspace
from reliability.load.daemon import serving, status, times_let_go
from reliability.load.listener import Listener, listener
from reliability.report import Report

ROUNDS = 10
BATCH = 250
TOO_MANY_MISSED = 15_000
"""Events that are more than a client is told when it comes back."""
MEMORY_KB = 100_000
"""What the daemon may take more for a client that does not read: its limit of 32 MiB, and room for the work itself."""


@define
class Found:
    """What the trial has counted."""

    events: int = 0
    let_go: int = 0
    told: int = 0
    most_kb: int = 0
    most_waiting: int = 0
    problems: list[str] = field(factory=list)


async def trial(folder: Path, part: float) -> Report:
    """Freezes a listening process until it is let go and lets it come back, over and over; at last too late."""
    found, rounds = Found(), max(1, round(ROUNDS * part))
    async with serving(folder) as (space, control), listener(space) as one:
        begun = await status(control, trim=True)
        for _ in range(rounds):
            await _frozen(space, control, one, found)
        if part >= 0.1:
            await _too_late(space, control, one, found)
        ended = await status(control, trim=True)
        if ended.waiting_messages > 1:
            found.problems.append(f"{ended.waiting_messages} messages still wait for somebody")
    if found.most_kb - (begun.rss_anon_kb or 0) > MEMORY_KB:
        found.problems.append(f"the daemon took {found.most_kb:,} KiB, {begun.rss_anon_kb:,} at the beginning")
    memory = (begun.rss_anon_kb, found.most_kb, ended.rss_anon_kb)
    counts: dict[str, Any] = {
        "events": found.events,
        "times it was let go": found.let_go,
        "of these: told why": found.told,
        "most messages that waited": found.most_waiting,
        "RssAnon at the beginning, at most, at the end, KiB": " ".join(map(str, memory)),
    }
    return Report(name="a client that does not read", counts=counts, problems=tuple(found.problems))


async def _frozen(space: Workspace, control: DaemonClient, one: Listener, found: Found) -> None:
    """It is let go, reads again, learns why, comes back and has heard everything."""
    gaps, goodbyes = len(one.of("gap")), len(one.of("goodbye"))
    one.freeze()
    try:
        before = times_let_go(space)
        while times_let_go(space) == before:
            await _write(control, found)
    finally:
        one.thaw()
    found.let_go += 1
    await _write(control, found)
    await one.until(lambda: one.revisions()[-1] == control.revision or len(one.of("gap")) > gaps)
    found.told += len(one.of("goodbye")) - goodbyes
    if len(one.of("goodbye")) == goodbyes:
        found.problems.append("it was let go and not told why")
    if len(one.of("gap")) > gaps:
        found.problems.append("it came back at once and was told of a gap")
    _check_order(one, found)


async def _too_late(space: Workspace, control: DaemonClient, one: Listener, found: Found) -> None:
    """It comes back when more has happened than is told: a gap, once, and then every event again."""
    _check_order(one, found)
    gaps, first = len(one.of("gap")), control.revision
    one.freeze()
    try:
        while control.revision < first + TOO_MANY_MISSED:
            await _write(control, found)
    finally:
        one.thaw()
    found.let_go += 1
    await one.until(lambda: len(one.of("gap")) == gaps + 1)
    one.heard.append(["revision", one.of("gap")[-1]])
    heard = len(one.heard)
    await _write(control, found)
    await one.until(lambda: one.revisions()[-1] == control.revision)
    after = [int(revision) for _, revision in one.heard[heard:]]
    if after != list(range(one.of("gap")[-1] + 1, control.revision + 1)):
        found.problems.append("after a gap, it has not heard every event once")


def _check_order(one: Listener, found: Found) -> None:
    revisions = one.revisions()
    if revisions != list(range(revisions[0], revisions[-1] + 1)):
        found.problems.append("it has not heard every event once, in order")


async def _write(control: DaemonClient, found: Found) -> None:
    await asyncio.gather(*(control.write(CreateIssue(title=f"issue {number}")) for number in range(BATCH)))
    held = await status(control)
    found.events += BATCH
    found.most_kb = max(found.most_kb, held.rss_anon_kb or 0)
    found.most_waiting = max(found.most_waiting, held.waiting_messages)
