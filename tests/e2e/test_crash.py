"""Short forms of the trials of crashes: whoever is killed, and wherever, nothing acknowledged is lost or done twice."""

from __future__ import annotations

from pathlib import Path

import pytest
from reliability.crash import strace
from reliability.crash.boundaries import boundaries
from reliability.crash.daemon import daemon
from reliability.crash.server import server

pytestmark = [pytest.mark.usefixtures("patient_daemon"), pytest.mark.timeout(600)]


async def test_the_daemon_killed_under_load(own_environment: Path) -> None:
    report = await daemon(own_environment / "t", 0.015)
    assert report.problems == ()
    assert report.counts["kills"] == 3
    assert report.counts["messages shown"] == 0


async def test_the_language_server_killed(own_environment: Path) -> None:
    report = await server(own_environment / "t", 0.05)
    assert report.problems == ()
    assert report.counts["kills"] == 3


async def test_a_crash_at_a_boundary(own_environment: Path) -> None:
    if (reason := strace.why_not()) is not None:
        pytest.skip(reason)
    report = await boundaries(own_environment / "t", 0.02)
    assert report.problems == ()
    named = ("between write and rename", "between commit and export", "between import and base update")
    assert all(report.counts[name] for name in named)
    assert report.counts["ended before the call"] < report.counts["crashes"]
