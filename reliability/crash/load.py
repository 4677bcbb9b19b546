"""Clients that write without a pause, each with keys of its own, and a ledger of what was acknowledged to them."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections import Counter
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any, Final

from attrs import define, field

from issuelens.domain.errors import IssuelensError
from issuelens.domain.operation import AddComment, CloseIssues, CreateIssue, Operation, UpdateIssues
from issuelens.ipc import oneshot
from issuelens.ipc.client import ClientState, DaemonClient
from issuelens.ipc.converter import Messages
from issuelens.ipc.messages import OPERATIONS
from issuelens.workspace import Workspace

Send = Callable[[Operation, str], Awaitable[str]]
"""Has an operation done under a key; gives the id of its first issue."""

IN_FLIGHT: Final = 3
"""Chains of requests of one client that stays."""


@define
class Ledger:
    """What was acknowledged: key -> what must be in the database for it."""

    created: dict[str, str] = field(factory=dict)
    """Key -> title, which no other issue has."""
    comments: dict[str, str] = field(factory=dict)
    """Key -> text, which no other comment has."""
    labels: dict[str, str] = field(factory=dict)
    """Key -> label, which is put on once."""
    closed: dict[str, str] = field(factory=dict)
    """Key -> id of the issue."""
    problems: list[str] = field(factory=list)

    @property
    def keys(self) -> set[str]:
        """Every key that was acknowledged."""
        return {*self.created, *self.comments, *self.labels, *self.closed}

    def check(self, space: Workspace, more: int = 0) -> list[str]:
        """What the database says otherwise, while nobody writes.

        Args:
            space: whose database.
            more: operations of others that are in it, the workspace's first one left out.
        """
        with closing(sqlite3.connect(f"file:{space.database}?mode=ro", uri=True)) as connection:
            return [*integrity(connection), *self._missing(connection, more)]

    def _missing(self, connection: sqlite3.Connection, more: int) -> list[str]:
        there = {row[0] for row in connection.execute("SELECT key FROM operation")}
        problems = [f"{key} was acknowledged and is not in the history" for key in sorted(self.keys - there)[:5]]
        if len(there) != len(self.keys) + more + 1:
            problems.append(f"there are {len(there) - 1} operations, {len(self.keys) + more} were acknowledged")
        for what, sql, expected in (
            ("title", "SELECT title FROM issue", self.created),
            ("comment", "SELECT text FROM comment", self.comments),
            ("label", "SELECT name FROM label", self.labels),
        ):
            found = Counter(row[0] for row in connection.execute(sql))
            wrong = [(one, found[one]) for one in expected.values() if found[one] != 1]
            problems += [f"the {what} {one!r} is there {count} times" for one, count in wrong[:5]]
        closed = {row[0] for row in connection.execute("SELECT id FROM issue WHERE status = 'closed'")}
        return problems + [f"{one} is not closed" for one in self.closed.values() if one not in closed]


def integrity(connection: sqlite3.Connection) -> list[str]:
    """What SQLite's own check finds."""
    found = [str(row[0]) for row in connection.execute("PRAGMA integrity_check")]
    return [] if found == ["ok"] else [f"integrity_check: {one}" for one in found[:5]]


@define(eq=False)
class Load:
    """Writers that can be paused.

    Args:
        space: whose issues.
        ledger: told what was acknowledged.
    """

    space: Workspace
    ledger: Ledger
    acknowledged: int = 0
    lost_at: float | None = None
    """When the daemon was killed; None before, and when every client is back."""
    back: dict[str, float] = field(factory=dict)
    """Client -> seconds from the kill to the first success after it."""
    _open: asyncio.Event = field(factory=asyncio.Event)
    _moved: asyncio.Event = field(factory=asyncio.Event)
    _ended: bool = False
    _busy: int = 0
    _number: int = 0

    # What the trial does

    def begin(self) -> None:
        """Lets the writers write."""
        self._open.set()

    async def pause(self) -> None:
        """Keeps them from new writes and waits for those under way."""
        self._open.clear()
        await self.until(lambda: self._busy == 0)

    async def until(self, holds: Callable[[], bool], seconds: float = 90.0) -> None:
        """Waits until something holds, looked at whenever a write ends."""
        async with asyncio.timeout(seconds):
            while not holds():
                self._moved.clear()
                await self._moved.wait()

    def end(self) -> None:
        """Ends the writers."""
        self._ended = True
        self._open.set()

    # What writers do

    async def chain(self, name: str, send: Send) -> None:
        """Creates an issue, comments on it, labels it, closes it; again and again.

        Args:
            name: of the client.
            send: has one operation done.
        """
        while not self._ended:
            self._number += 1
            mark = f"{name}-{self._number}"
            issue_id = await self._done(name, send, CreateIssue(title=mark), f"create-{mark}")
            if issue_id is None:
                continue
            self.ledger.created[f"create-{mark}"] = mark
            for operation, book, value in (
                (AddComment(ids=(issue_id,), text=mark), self.ledger.comments, mark),
                (UpdateIssues(ids=(issue_id,), add_labels=(mark,)), self.ledger.labels, mark),
                (CloseIssues(ids=(issue_id,)), self.ledger.closed, issue_id),
            ):
                key = f"{type(operation).__name__}-{mark}"
                if await self._done(name, send, operation, key) is not None:
                    book[key] = value

    async def _done(self, name: str, send: Send, operation: Operation, key: str) -> str | None:
        await self._open.wait()
        if self._ended:
            return None
        self._busy += 1
        lost_at, begun = self.lost_at, asyncio.get_running_loop().time()
        try:
            found = await send(operation, key)
        except IssuelensError as error:
            self.ledger.problems.append(f"{name}, {key}: {type(error).__name__}: {error}")
            return None
        else:
            self.acknowledged += 1
            if lost_at is not None and begun >= lost_at:
                self.back.setdefault(name, asyncio.get_running_loop().time() - lost_at)
            return found
        finally:
            self._busy -= 1
            self._moved.set()


@define(eq=False)
class Staying:
    """A client that stays, with what it was told."""

    space: Workspace
    name: str
    states: list[ClientState] = field(factory=list)

    @property
    def losses(self) -> int:
        """How often the connection was lost."""
        return self.states.count(ClientState.RECONNECTING)

    def client(self) -> DaemonClient:
        """The client, to be entered."""
        return DaemonClient(
            self.space, client=self.name, on_event=lambda _: None, on_gap=lambda _: None, on_state=self.states.append
        )


def by_client(client: DaemonClient) -> Send:
    """Sends by a client that stays."""

    async def send(operation: Operation, key: str) -> str:
        return str((await client.write(operation, key=key)).issues[0]["id"])

    return send


def by_call(space: Workspace, thread: ThreadPoolExecutor) -> Send:
    """Sends as the command line does, a connection a request, from a thread."""
    converter = Messages()
    names: dict[type[Any], str] = {operation: method for method, operation in OPERATIONS.items()}

    async def send(operation: Operation, key: str) -> str:
        params = converter.write(operation) | {"key": key}
        call = asyncio.get_running_loop().run_in_executor(
            thread, oneshot.call_or_start, space, names[type(operation)], params
        )
        return str((await call)["issues"][0]["id"])

    return send


def moment(randomness: random.Random) -> float:
    """Seconds until the next kill: mostly in the midst of a commit, now and then long after."""
    return randomness.choice((0.0, randomness.uniform(0, 0.01), randomness.uniform(0, 0.2)))
