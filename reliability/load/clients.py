"""Clients that read and write without a pause, each issues of its own, and remember what was acknowledged."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any, Final

from attrs import define, evolve, field, frozen

from issuelens.domain.errors import IssuelensError
from issuelens.domain.operation import Event
from issuelens.ipc import methods

Ask = Callable[[str, dict[str, Any]], Awaitable[Any]]
"""Sends a request: method and params; its result."""

READS: Final = ("list", "query", "search", "show", "history", "complete", "stats")
WRITES: Final = ("create", "update", "comment", "close", "reopen", "undo")
DEADLINE_SECONDS: Final = 30
OWN_ISSUES: Final = 40
"""Issues that a client makes; then it changes those."""


@frozen
class State:
    """What must be stored of an issue."""

    status: str = "open"
    priority: int = 2
    comments: int = 0


@define(eq=False)
class Totals:
    """What all clients have counted together."""

    requests: Counter[str] = field(factory=Counter)
    seconds: list[float] = field(factory=list)
    keys: set[str] = field(factory=set)
    """Of the writes that were acknowledged."""
    issues: dict[str, State] = field(factory=dict)
    problems: list[str] = field(factory=list)
    moved: asyncio.Event = field(factory=asyncio.Event)
    """Set whenever a request was answered."""

    def percentile(self, part: float) -> float:
        """Milliseconds within which this part of the requests was answered."""
        ordered = sorted(self.seconds)
        return 1000 * ordered[min(len(ordered) - 1, int(part * len(ordered)))] if ordered else 0.0


@define(eq=False)
class Client:
    """One that asks.

    Args:
        name: unique.
        ask: how it asks.
        totals: where it counts.
        random: its own, so that a seed gives the same requests.
    """

    name: str
    ask: Ask
    totals: Totals
    random: random.Random
    own: list[str] = field(factory=list)
    _before: tuple[str, State, int] | None = None
    """What its last write changed: the issue, its state before, the revision."""
    _count: int = 0

    async def run(self, goes_on: Callable[[], bool]) -> None:
        """Asks until it is over."""
        while goes_on():
            await self.once()

    async def once(self) -> None:
        """Sends one request."""
        what = self.random.choice(READS + WRITES) if self.own else "create"
        begun = asyncio.get_running_loop().time()
        try:
            await getattr(self, f"_{what}")()
        except IssuelensError as error:
            self.totals.problems.append(f"{self.name}: {what}: {error.kind}: {error}")
        self.totals.seconds.append(asyncio.get_running_loop().time() - begun)
        self.totals.requests[what] += 1
        self.totals.moved.set()

    # Reads

    async def _list(self) -> None:
        await self.ask(methods.LIST, {"limit": 20, "brief": True})

    async def _query(self) -> None:
        await self.ask(methods.LIST, {"query": f"label:{self.name} priority:<=2 sort:updated", "limit": 20})

    async def _search(self) -> None:
        await self.ask(methods.LIST, {"query": f"word{self.random.randrange(50)}", "limit": 10, "brief": True})

    async def _show(self) -> None:
        one = self.random.choice(self.own)
        found = (await self.ask(methods.GET, {"ids": [one], "details": True}))["issues"][0]
        self._check(one, found)

    async def _history(self) -> None:
        await self.ask(methods.HISTORY, {"id": self.random.choice(self.own), "limit": 10})

    async def _complete(self) -> None:
        await self.ask(methods.COMPLETE, {"beginning": "app-", "limit": 10})

    async def _stats(self) -> None:
        await self.ask(methods.STATS, {})

    # Writes

    async def _create(self) -> None:
        if len(self.own) >= OWN_ISSUES:
            return await self._update()
        title = f"{self.name} word{self.random.randrange(50)} {len(self.own)}"
        written = await self._write(methods.CREATE, {"title": title, "labels": [self.name]})
        self.own.append(written["issues"][0]["id"])
        self.totals.issues[self.own[-1]] = State()
        self._before = None
        return None

    async def _update(self) -> None:
        one = self.random.choice(self.own)
        priority = (self.totals.issues[one].priority + self.random.randrange(1, 5)) % 5
        await self._change(one, methods.UPDATE, {"priority": priority}, priority=priority)

    async def _comment(self) -> None:
        one = self.random.choice(self.own)
        if (count := self.totals.issues[one].comments) < 20:
            await self._change(one, methods.COMMENT, {"text": f"from {self.name}"}, comments=count + 1)

    async def _close(self) -> None:
        one = self.random.choice(self.own)
        if self.totals.issues[one].status == "open":
            await self._change(one, methods.CLOSE, {}, status="closed")

    async def _reopen(self) -> None:
        one = self.random.choice(self.own)
        if self.totals.issues[one].status == "closed":
            await self._change(one, methods.REOPEN, {}, status="open")

    async def _undo(self) -> None:
        if self._before is not None:
            (one, state, revision), self._before = self._before, None
            await self._write(methods.UNDO, {"revision": revision})
            self.totals.issues[one] = state

    async def _change(self, one: str, method: str, params: dict[str, Any], **state: Any) -> None:
        before = self.totals.issues[one]
        written = await self._write(method, {"ids": [one], **params})
        self.totals.issues[one] = evolve(before, **state)
        self._before = (one, before, written["event"]["revision"])
        self._check(one, written["issues"][0])

    async def _write(self, method: str, params: dict[str, Any]) -> Any:
        self._count += 1
        key = f"{self.name}-{self._count}"
        written = await self.ask(method, {**params, "key": key})
        self.totals.keys.add(key)
        return written

    def _check(self, one: str, found: dict[str, Any]) -> None:
        state = State(found["status"], found["priority"], len(found["comments"]))
        if state != self.totals.issues[one]:
            self.totals.problems.append(f"{one} is {state}, {self.totals.issues[one]} was acknowledged")


@define(eq=False)
class Hearing:
    """Checks that every event comes once and in order."""

    name: str
    problems: list[str]
    revision: int | None = None
    events: int = 0
    _moved: asyncio.Event = field(factory=asyncio.Event)

    async def until(self, revision: int) -> None:
        """Waits until it has heard of this revision: a commit can be read before its event is published."""
        try:
            async with asyncio.timeout(DEADLINE_SECONDS):
                while self.revision is None or self.revision < revision:
                    self._moved.clear()
                    await self._moved.wait()
        except TimeoutError:
            self.problems.append(f"{self.name} heard up to {self.revision}, not {revision}")

    def event(self, event: Event) -> None:
        """An event has come."""
        self.events += 1
        if self.revision is not None and event.revision != self.revision + 1:
            self.problems.append(f"{self.name} heard {event.revision} after {self.revision}")
        self.revision = event.revision
        self._moved.set()

    def gap(self, revision: int) -> None:
        """It was told that it missed something."""
        self.problems.append(f"{self.name} was told of a gap at {revision}")
        self.revision = revision
        self._moved.set()
