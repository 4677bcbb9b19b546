"""A large merge goes in slices: others write between them, and a kill amid them loses nothing."""

from __future__ import annotations

import asyncio
import os
import signal
from collections import Counter
from pathlib import Path

import pytest
from tests.support.daemons import client, in_thread, workspace
from tests.support.syncing import by_hand, line_of, synced, titles

from issuelens.daemon.slices import SLICE
from issuelens.ipc import launch, methods, oneshot
from issuelens.process import wait_for_exit
from issuelens.workspace import Workspace

pytestmark = pytest.mark.usefixtures("patient_daemon")

COUNT = 60 * SLICE


def pulled(space: Workspace) -> dict[str, str]:
    """Puts a file in place that somebody has filled; the titles in it."""
    wanted = {f"app-{number:04}": f"Title {number}" for number in range(COUNT)}
    moment = "2026-01-01T00:00:00.000000Z"
    shapes = ({"id": one, "title": title, "created_at": moment, "updated_at": moment} for one, title in wanted.items())
    space.jsonl.write_bytes(b"".join(map(line_of, shapes)))
    return wanted


async def test_a_kill_between_two_slices_loses_nothing(tmp_path: Path) -> None:
    space = by_hand(workspace(tmp_path / "p"))
    wanted = pulled(space)
    async with client(space) as (_, heard):
        before = launch.ensure_running(space).pid
        task = asyncio.create_task(in_thread(oneshot.call, space, methods.SYNC, {"key": "pulled"}))
        await heard.until(lambda: any(event.operation == "sync" for event in heard.events))
        os.kill(before, signal.SIGKILL)
        await asyncio.gather(task, return_exceptions=True)
    assert wait_for_exit(before, 30)
    done = await in_thread(synced, space, "again")
    assert done["imported"].get("created", 0) + done["imported"]["unchanged"] == COUNT
    assert done["conflicts"] == []
    assert await in_thread(titles, space) == wanted
    history = await in_thread(oneshot.call, space, methods.HISTORY, {})
    slices = [entry for entry in history["entries"] if entry["event"]["operation"] == "sync"]
    assert len(slices) == COUNT // SLICE
    made = Counter(change["issue_id"] for entry in slices for change in entry["changes"])
    assert max(made.values()) == 1
    await in_thread(launch.stop, space)
