"""What every test has: an environment of its own, and a check that it leaves nothing behind."""

from __future__ import annotations

import asyncio
import gc
import inspect
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from tests.support.leaks import counted, what_is_left

os.environ["PYTHONWARNINGS"] = "error"
"""Warnings are errors in the processes that tests start, too."""


@pytest.fixture(autouse=True)
def own_environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home, a runtime folder (short: socket paths are limited) and a git of the test's own."""
    base = Path(tempfile.mkdtemp(prefix="il-"))
    for name in [name for name in os.environ if name.startswith(("ISSUELENS_", "GIT_", "XDG_"))]:
        monkeypatch.delenv(name)
    runtime = base / "run"
    runtime.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    monkeypatch.setenv("HOME", str(base))
    monkeypatch.setenv("ISSUELENS_IDLE_SECONDS", "0.3")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", os.devnull)
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "Tester")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "tester@example.invalid")
    yield base
    shutil.rmtree(base, ignore_errors=True)


@pytest.fixture
def patient_daemon(own_environment: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Daemons that stay without clients until the test stops them."""
    monkeypatch.setenv("ISSUELENS_IDLE_SECONDS", "60")


@pytest.fixture(autouse=True)
def nothing_left(request: pytest.FixtureRequest, own_environment: Path) -> Iterator[None]:
    """Fails a test that leaves an engine, connection, ClientSession, thread, descriptor, task or process behind."""
    if inspect.iscoroutinefunction(getattr(request.node, "obj", None)):
        # First, since the event loop it runs in holds descriptors of its own and outlives this fixture.
        request.getfixturevalue("no_task_left")
    before = counted()
    yield
    gc.collect()
    left = what_is_left(before, [own_environment, request.node.funcargs.get("tmp_path")])
    if left:
        pytest.fail("left behind:\n" + "\n".join(f"  {one}" for one in left), pytrace=False)


@pytest.fixture
async def no_task_left() -> AsyncIterator[None]:
    """Fails a test that leaves a task running."""
    before = asyncio.all_tasks()
    yield
    left = [task for task in asyncio.all_tasks() - before if task is not asyncio.current_task()]
    if left:
        pytest.fail("tasks left behind:\n" + "\n".join(f"  {task!r}" for task in left), pytrace=False)
