"""Counts what a test may leave behind. No single counter sees every leak, so there are several."""

from __future__ import annotations

import gc
import os
import sys
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import psutil
from attrs import define, field, frozen

GRACE_SECONDS: Final = 25
"""How long processes that a test has asked to end may take."""


@define
class PoolCounts:
    """Connections of every SQLAlchemy pool of this process."""

    opened: int = 0
    closed: int = 0
    out: int = 0
    listening: bool = field(default=False)

    def listen(self) -> None:
        """Counts from now on; SQLAlchemy is loaded by those tests only that use it."""
        if self.listening or "sqlalchemy" not in sys.modules:
            return
        from sqlalchemy import event
        from sqlalchemy.pool import Pool

        event.listen(Pool, "connect", lambda *_: self._add(opened=1))
        event.listen(Pool, "close", lambda *_: self._add(closed=1))
        event.listen(Pool, "close_detached", lambda *_: self._add(closed=1))
        event.listen(Pool, "checkout", lambda *_: self._add(out=1))
        event.listen(Pool, "checkin", lambda *_: self._add(out=-1))
        self.listening = True

    def _add(self, opened: int = 0, closed: int = 0, out: int = 0) -> None:
        self.opened += opened
        self.closed += closed
        self.out += out


POOLS = PoolCounts()


@frozen
class Counted:
    """What this process holds at a moment."""

    threads: frozenset[threading.Thread]
    descriptors: frozenset[tuple[int, str]]
    children: frozenset[int]
    connections: int
    checkouts: int


def counted() -> Counted:
    """What this process holds now."""
    POOLS.listen()
    return Counted(
        frozenset(threading.enumerate()),
        frozenset(_descriptors()),
        frozenset(child.pid for child in psutil.Process().children(recursive=True)),
        POOLS.opened - POOLS.closed,
        POOLS.out,
    )


def _descriptors() -> Iterable[tuple[int, str]]:
    if not Path("/proc/self/fd").exists():
        return
    for entry in Path("/proc/self/fd").iterdir():
        try:
            yield int(entry.name), str(entry.readlink())
        except OSError:
            continue  # the listing's own descriptor


def what_is_left(before: Counted, folders: Iterable[Any]) -> list[str]:
    """What has come since and is still there; processes get a moment to end.

    Args:
        before: the count at the beginning.
        folders: processes that name one of these in their command line count as the test's.
    """
    left = [*_processes_left(before, [str(folder) for folder in folders if folder])]
    now = counted()
    left += [f"thread {thread.name}" for thread in now.threads - before.threads if thread.is_alive()]
    left += [f"descriptor {number}: {target}" for number, target in sorted(now.descriptors - before.descriptors)]
    if now.connections != before.connections:
        left.append(f"{now.connections - before.connections} database connections")
    if now.checkouts != before.checkouts:
        left.append(f"{now.checkouts - before.checkouts} connections checked out of their pool")
    return [*left, *_open_client_sessions()]


def _processes_left(before: Counted, folders: list[str]) -> Iterable[str]:
    ours = [
        process
        for process in psutil.process_iter(["pid", "ppid", "cmdline"])
        if process.pid not in before.children and _belongs(process, folders)
    ]
    _, alive = psutil.wait_procs(ours, timeout=GRACE_SECONDS) if ours else ([], [])
    for process in alive:
        try:
            text = " ".join(process.cmdline())
            process.kill()
        except psutil.Error:
            continue
        yield f"process {process.pid}: {text}"


def _belongs(process: psutil.Process, folders: list[str]) -> bool:
    if process.info["ppid"] == os.getpid():
        return process.info["cmdline"] != []
    return any(folder in word for word in process.info["cmdline"] or () for folder in folders)


def _open_client_sessions() -> list[str]:
    aiohttp = sys.modules.get("aiohttp")
    if aiohttp is None:
        return []
    return [f"{one!r}" for one in gc.get_objects() if type(one) is aiohttp.ClientSession and not one.closed]
