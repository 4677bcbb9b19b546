"""What the trials of this group share: workspaces, lives side by side, and what may stay when they are over."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Final

import psutil

from issuelens.domain.errors import IssuelensError
from issuelens.ipc.client import DaemonClient
from issuelens.ipc.endpoint import private_folder
from issuelens.ipc.locks import FileLock
from issuelens.process import wait_for_exit
from issuelens.workspace import Workspace, initialise

SIDE_BY_SIDE: Final = 2
"""Lives at a time: starting a Python is what they cost, and small machines have two cores."""
GRACE_SECONDS: Final = 30.0
"""How long what was asked to end may take."""


def project(folder: Path) -> Workspace:
    """An initialised workspace with one source file."""
    folder.mkdir(parents=True)
    (folder / "main.py").write_text("# TODO: look\n# TODO: look again\n", encoding="utf-8")
    return initialise(folder, "app")


@contextmanager
def environment(**variables: str) -> Iterator[None]:
    """Variables for the processes that are started meanwhile."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@asynccontextmanager
async def client(space: Workspace, name: str) -> AsyncIterator[DaemonClient]:
    """A client that stays; what it is told is of no interest."""
    async with DaemonClient(space, client=name, on_event=_ignored, on_gap=_ignored) as one:
        yield one


def _ignored(_told: object) -> None:
    pass


async def side_by_side(lives: Iterable[Awaitable[Iterable[str]]], at_once: int = SIDE_BY_SIDE) -> list[str]:
    """Runs lives, so many at once; the problems that they have found."""
    room, problems = asyncio.Semaphore(at_once), []

    async def run(life: Awaitable[Iterable[str]]) -> None:
        async with room:
            problems.extend(await life)

    async with asyncio.TaskGroup() as group:
        for life in lives:
            group.create_task(run(life))
    return problems


async def gone(pids: Iterable[int], what: str) -> list[str]:
    """Waits for processes that are about to end; those that did not are problems."""
    pids = list(pids)
    loop, problems = asyncio.get_running_loop(), []
    with ThreadPoolExecutor(max(1, len(pids))) as threads:
        waiting = {pid: loop.run_in_executor(threads, wait_for_exit, pid, GRACE_SECONDS) for pid in pids}
        for pid, ended in waiting.items():
            if not await ended:
                problems.append(f"{what}: process {pid} is still there after {GRACE_SECONDS:.0f} s")
    return problems


# What may stay


def left_by_daemon(space: Workspace) -> list[str]:
    """What a daemon that has ended should not have left: its endpoint, a lock, files that nobody knows."""
    known = {space.config_file, space.gitignore, space.database, space.jsonl, space.daemon_lock, space.spawn_lock}
    found = set(space.directory.iterdir()) - known - set(space.daemon_logs)
    problems = [f"{path} stays" for path in sorted(found)]
    problems += [f"{path} is still locked" for path in (space.daemon_lock, space.spawn_lock) if _is_locked(path)]
    return problems


def _is_locked(path: Path) -> bool:
    if not path.exists():
        return False
    lock = FileLock(path)
    try:
        if not lock.acquire(wait=False):
            return True
    except IssuelensError as error:
        raise AssertionError(f"{path} can't be tried: {error}") from error
    lock.release()
    return False


def temporary_folder(folder: Path) -> Path:
    """A folder for the temporary files of the processes that are started, empty as yet."""
    temporary = folder / "tmp"
    temporary.mkdir(parents=True)
    return temporary


def left_in(folder: Path) -> list[str]:
    """Files in a folder that should be empty."""
    return [f"{path} stays" for path in sorted(folder.rglob("*"))]


def left_in_runtime_folder() -> list[str]:
    """Sockets and announcements that stay when no daemon runs."""
    return left_in(private_folder())


def left_running(folder: Path, but: Iterable[int] = ()) -> list[str]:
    """Processes whose command line names the folder, other than those expected."""
    expected, problems = set(but), []
    for process in psutil.process_iter(["cmdline"]):
        words = process.info["cmdline"] or []
        if process.pid not in expected and any(str(folder) in word for word in words):
            problems.append(f"process {process.pid} stays: {' '.join(words)}")
    return problems


def differences(before: Mapping[str, int], after: Mapping[str, int], what: str) -> list[str]:
    """Counters that are higher than at the beginning."""
    return [f"{what} holds {after[name] - before[name]} {name} more" for name in before if after[name] > before[name]]
