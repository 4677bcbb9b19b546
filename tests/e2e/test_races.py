"""Many start, two versions meet, one hangs: there is one daemon at a time, and each write is done once."""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
import subprocess
import sys
from collections.abc import Iterable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from tests.support.daemons import DEADLINE_SECONDS, client, in_thread, workspace
from tests.support.preloaded import environment

from issuelens.domain.errors import NotAnswered, Unreachable
from issuelens.domain.operation import CreateIssue
from issuelens.ipc import launch, messages, methods, oneshot
from issuelens.ipc.client import DaemonClient
from issuelens.ipc.endpoint import read_endpoint
from issuelens.ipc.locks import FileLock
from issuelens.ipc.oneshot import Way
from issuelens.process import wait_for_exit
from issuelens.workspace import Workspace

COMMAND = [sys.executable, "-m", "issuelens"]

WRITER = """
import asyncio, sys
from pathlib import Path
from issuelens.domain.operation import CreateIssue
from issuelens.ipc.client import DaemonClient
from issuelens.workspace import Workspace

async def main(root, name, count):
    space = Workspace(Path(root), Path(root) / ".issues")
    async with DaemonClient(space, client=name, on_event=lambda _: None, on_gap=lambda _: None) as one:
        for number in range(int(count)):
            await one.write(CreateIssue(title=f"{name} {number}"))

asyncio.run(main(*sys.argv[1:]))
"""


async def writers(space: Workspace, names: Iterable[str], count: int, variables: dict[str, str] | None = None) -> None:
    """Processes that connect as an editor does and write at the same time; each must end well."""
    processes = [
        await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", WRITER, str(space.root), name, str(count)),
            env=variables,
            stderr=subprocess.PIPE,
        )
        for name in names
    ]
    told = await asyncio.wait_for(asyncio.gather(*(one.communicate() for one in processes)), 2 * DEADLINE_SECONDS)
    for process, (_, error) in zip(processes, told, strict=True):
        assert process.returncode == 0, error.decode()


async def titles(space: Workspace) -> list[str]:
    """The titles of all issues, sorted."""
    found = await in_thread(oneshot.call_or_start, space, methods.LIST, {"all": True})
    return sorted(issue["title"] for issue in found["issues"])


def expected(names: Iterable[str], count: int) -> list[str]:
    """What the writers wrote."""
    return sorted(f"{name} {number}" for name in names for number in range(count))


def served(space: Workspace) -> int:
    """How many daemons have begun to serve."""
    return sum("serving" in line for line in space.daemon_log.read_text().splitlines())


async def killed(space: Workspace) -> int:
    """Kills a daemon that was started for it, so that its endpoint and socket stay behind."""
    endpoint = await in_thread(launch.ensure_running, space)
    os.kill(endpoint.pid, signal.SIGKILL)
    assert await in_thread(wait_for_exit, endpoint.pid, DEADLINE_SECONDS)
    assert read_endpoint(space) == endpoint
    assert endpoint.socket is not None
    assert Path(endpoint.socket).exists()
    return endpoint.pid


@pytest.mark.usefixtures("patient_daemon")
async def test_twenty_start_one_after_a_kill(tmp_path: Path) -> None:
    space = workspace(tmp_path / "p")
    await killed(space)
    command = [*COMMAND, "daemon", "start", "--root", str(space.root), "--directory", str(space.directory)]
    starters = [await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE) for _ in range(20)]
    outputs = await asyncio.gather(*(starter.communicate() for starter in starters))
    assert [output for output, _ in outputs] == [b"{}"] * 20
    assert served(space) == 2
    assert await in_thread(launch.stop, space)


@pytest.mark.usefixtures("patient_daemon")
async def test_twenty_clients_start_one_and_write(tmp_path: Path) -> None:
    space = workspace(tmp_path / "p")
    await killed(space)
    names = [f"client {number}" for number in range(20)]

    async def write(name: str) -> None:
        async with client(space, name) as (one, _):
            await one.write(CreateIssue(title=f"{name} 0"))

    await asyncio.wait_for(asyncio.gather(*map(write, names)), 2 * DEADLINE_SECONDS)
    assert await titles(space) == expected(names, 1)
    assert served(space) == 2
    assert await in_thread(launch.stop, space)


# Two versions


@pytest.mark.usefixtures("patient_daemon")
async def test_the_newer_wins_under_load_and_nothing_is_lost(tmp_path: Path) -> None:
    space = workspace(tmp_path / "p")
    newer = environment(tmp_path, version="99.0")
    async with client(space, "old") as (one, heard), AsyncExitStack() as stack:
        over, new = asyncio.Event(), ["new 1", "new 2"]
        await asyncio.gather(*(one.write(CreateIssue(title=title)) for title in expected(["first"], 100)))
        readers = [(await stack.enter_async_context(client(space, "reader")))[0] for _ in range(3)]
        writing = asyncio.gather(
            *(writing_until(over, one, f"old {number}") for number in range(8)),
            *(reading_until(over, reader) for reader in readers for _ in range(6)),
        )
        await asyncio.wait_for(writers(space, new, 20, newer), 2 * DEADLINE_SECONDS)
        over.set()
        written = await asyncio.wait_for(writing, DEADLINE_SECONDS)
        assert heard.states
        welcome = await in_thread(oneshot.call, space, methods.HELLO, {"version": "0.0.1", "client": "older"})
        assert (welcome["version"], welcome["retiring"]) == ("99.0", False)
        assert await titles(space) == sorted(itertools.chain(expected(new, 20), expected(["first"], 100), *written))
    log = space.daemon_log.read_text()
    assert "version 99.0 takes over" in log
    assert "ends by a fault" not in log
    assert "still under way" not in log
    assert await in_thread(launch.stop, space)


async def reading_until(over: asyncio.Event, one: DaemonClient) -> list[str]:
    """Reads one list after the other, so that with others there is always a request under way."""
    while not over.is_set():
        await one.request(methods.LIST, messages.ListIssues(limit=50), messages.Issues)
    return []


async def writing_until(over: asyncio.Event, one: DaemonClient, name: str) -> list[str]:
    """Writes one issue after the other; what was acknowledged."""
    done: list[str] = []
    while not over.is_set():
        title = f"{name} {len(done)}"
        await one.write(CreateIssue(title=title))
        done.append(title)
    return done


@pytest.mark.usefixtures("patient_daemon")
async def test_old_and_new_clients_side_by_side_settle_on_the_newer(tmp_path: Path) -> None:
    space = workspace(tmp_path / "p")
    names = {"0.0.9": ["a", "b", "c"], "99.0": ["x", "y", "z"]}
    async with client(space, "here"):
        await asyncio.gather(
            *(writers(space, ones, 15, environment(tmp_path, version=version)) for version, ones in names.items())
        )
        welcome = await in_thread(oneshot.call, space, methods.HELLO, {"version": "99.0", "client": "newest"})
        assert (welcome["version"], welcome["retiring"]) == ("99.0", False)
    # Starters that had waited for their turn may each have begun one of their own version; none goes on for ever.
    assert served(space) <= 8
    assert await titles(space) == expected([*names["0.0.9"], *names["99.0"]], 15)
    assert await in_thread(launch.stop, space)


# One that hangs


@pytest.mark.usefixtures("patient_daemon")
async def test_a_daemon_that_hangs_is_told_of_and_goes_on_afterwards(tmp_path: Path) -> None:
    space = workspace(tmp_path / "p")
    async with client(space, "before") as (one, _):
        await one.write(CreateIssue(title="before"))
        endpoint = read_endpoint(space)
        assert endpoint is not None
        os.kill(endpoint.pid, signal.SIGSTOP)
        try:
            waiting = asyncio.ensure_future(one.write(CreateIssue(title="meanwhile")))
            with pytest.raises(NotAnswered, match="has not answered within 1 s"):
                await in_thread(oneshot.call_or_start, space, methods.LIST, {}, Way(timeout=1))
            with pytest.raises(
                NotAnswered, match=rf"process {endpoint.pid}\) is there, but has not answered within 1 s"
            ):
                await in_thread(started, space)
            with pytest.raises(NotAnswered, match="has not answered within 1 s"):
                await late(space)
            assert not waiting.done()
        finally:
            os.kill(endpoint.pid, signal.SIGCONT)
        await asyncio.wait_for(waiting, DEADLINE_SECONDS)
        assert await titles(space) == ["before", "meanwhile"]
    assert served(space) == 1
    assert await in_thread(launch.stop, space)


def started(space: Workspace) -> Any:
    """Starts with little patience."""
    return launch.ensure_running(space, launch.Patience(answer=1))


async def late(space: Workspace) -> None:
    """Comes while it hangs, with little patience."""
    nothing: Any = lambda _: None  # noqa: E731
    async with DaemonClient(space, client="late", on_event=nothing, on_gap=nothing, greeting_seconds=1):
        pytest.fail("it was greeted")


@pytest.mark.usefixtures("patient_daemon")
async def test_a_request_gives_up_after_its_deadline(tmp_path: Path) -> None:
    space = workspace(tmp_path / "p")
    nothing: Any = lambda _: None  # noqa: E731
    async with DaemonClient(space, client="c", on_event=nothing, on_gap=nothing, request_seconds=1) as one:
        endpoint = read_endpoint(space)
        assert endpoint is not None
        os.kill(endpoint.pid, signal.SIGSTOP)
        try:
            with pytest.raises(NotAnswered, match="has not answered within 1 s"):
                await one.request(methods.LIST, messages.ListIssues(), messages.Issues)
        finally:
            os.kill(endpoint.pid, signal.SIGCONT)
        assert (await one.write(CreateIssue(title="after"))).revision == 2
    assert await in_thread(launch.stop, space)


@pytest.mark.usefixtures("patient_daemon")
async def test_a_request_that_is_cancelled_takes_no_other_one_with_it(tmp_path: Path) -> None:
    space = workspace(tmp_path / "p")
    async with client(space) as (one, _):
        endpoint = read_endpoint(space)
        assert endpoint is not None
        os.kill(endpoint.pid, signal.SIGSTOP)
        try:
            # More than the system takes on: each waits for the daemon to read.
            asked = [asyncio.ensure_future(one.write(large(str(number)))) for number in range(8)]
            await asyncio.wait(asked, timeout=0)
            asked[3].cancel()
            await asyncio.wait([asked[3]])
            asked.append(asyncio.ensure_future(one.write(large("later"))))
            await asyncio.wait(asked, timeout=0)
        finally:
            os.kill(endpoint.pid, signal.SIGCONT)
        done = await asyncio.wait_for(asyncio.gather(*asked, return_exceptions=True), DEADLINE_SECONDS)
        assert [number for number, answer in enumerate(done) if isinstance(answer, BaseException)] == [3]
    assert await in_thread(launch.stop, space)


def large(title: str) -> CreateIssue:
    """An issue with a long text."""
    return CreateIssue(title=title, description="x" * 200_000)


async def test_a_starter_that_hangs_holds_up_nobody_for_ever(tmp_path: Path) -> None:
    space = workspace(tmp_path / "p")
    with (
        FileLock(space.spawn_lock),
        pytest.raises(Unreachable, match="Another process has been starting the daemon"),
    ):
        await in_thread(launch.ensure_running, space, launch.Patience(turn=0.5))
