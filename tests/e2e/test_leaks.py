"""Opening, using and closing a workspace leaves nothing in server, daemon and folders; and whatever leaks is found."""

from __future__ import annotations

import os
from itertools import zip_longest
from pathlib import Path

import pytest
from tests.support.leaky import DAEMON, SERVER, Leaky
from tests.support.workspaces import cli, kill_daemon, project

from issuelens.editor_client.leaks import Check, checking, measured

CYCLES = 4
"""How often each double leaks."""


@pytest.mark.timeout(300)
async def test_cycles_leave_nothing(tmp_path: Path) -> None:
    counts = await measured(project(tmp_path / "p"), 40)
    assert counts.problems == []


@pytest.mark.timeout(500)
async def test_the_check_finds_whatever_leaks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    leaky = Leaky(tmp_path / "hook")
    monkeypatch.setenv(
        "PYTHONPATH", os.pathsep.join(filter(None, (str(tmp_path / "hook"), os.environ.get("PYTHONPATH"))))
    )
    root, missed = project(tmp_path / "p"), []
    try:
        async with checking(root) as check:
            assert (await check.counts(CYCLES)).problems == []
            for counters in zip_longest(SERVER, DAEMON):
                missed += await _missed(check, leaky, counters)
            assert (await check.counts(CYCLES)).problems == []
    finally:
        # Its clients stay, so it would never leave.
        kill_daemon(root)
    assert missed == []


async def _missed(check: Check, leaky: Leaky, counters: tuple[str | None, str | None]) -> list[str]:
    """Plays a double of the server and one of the daemon; what the check did not find of it."""
    if "traced memory" in counters:
        await check.trace()
    leaky.play(*counters)
    found = {one.partition(":")[0] for one in (await check.counts(CYCLES)).problems}
    leaky.play()
    return [f"{counter}, but {found}" for counter in counters if counter is not None and counter not in found]


def test_the_command_tells_its_counters(tmp_path: Path) -> None:
    told = cli(tmp_path, "doctor", "--leaks", "--cycles", "10")
    assert "cycles                           10" in told
    assert "daemon fds                       0" in told
    assert told.endswith("nothing stayed\n")
