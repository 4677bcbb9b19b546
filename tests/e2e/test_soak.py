"""Short forms of the lifecycle trials (`make soak` runs them in full), and that what they look for is found."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from reliability.soak import TRIALS, ends
from reliability.soak.daemons import LINE_BYTES, fill_logs, log_problems
from tests.support.daemons import workspace

from issuelens.daemon.main import LOG_BYTES
from issuelens.ipc.endpoint import private_folder
from issuelens.ipc.locks import FileLock

PARTS = {"servers": 0.02, "daemons": 0.008, "folders": 0.12, "merges": 0.01, "replay": 0.1, "clones": 0.06}
"""Of the full size; `cycles` is in test_leaks.py."""


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", PARTS)
async def test_nothing_stays(tmp_path: Path, name: str) -> None:
    report = await TRIALS[name](tmp_path / "t", PARTS[name])
    assert report.problems == ()
    assert report.counts


def test_every_trial_has_a_short_form() -> None:
    assert TRIALS.keys() == PARTS.keys() | {"cycles"}


def test_files_that_nobody_knows_and_locks_that_are_held_are_seen(tmp_path: Path) -> None:
    space = workspace(tmp_path / "p")
    assert ends.left_by_daemon(space) == []
    (space.directory / "issues.db-wal").touch()
    with FileLock(space.daemon_lock):
        problems = ends.left_by_daemon(space)
    assert problems == [f"{space.directory / 'issues.db-wal'} stays", f"{space.daemon_lock} is still locked"]


def test_a_process_and_a_socket_that_stay_are_seen(tmp_path: Path) -> None:

    (private_folder() / "x.sock").touch()
    assert ends.left_in_runtime_folder() == [f"{private_folder() / 'x.sock'} stays"]
    with subprocess.Popen([sys.executable, "-c", "input()", str(tmp_path)], stdin=subprocess.PIPE) as process:
        assert [one.split()[1] for one in ends.left_running(tmp_path)] == [str(process.pid)]
        assert ends.left_running(tmp_path, but=[process.pid]) == []
        process.communicate(b"\n")


def test_logs_that_grow_or_are_many_are_seen(tmp_path: Path) -> None:
    space = workspace(tmp_path / "p")
    fill_logs(space)
    assert log_problems(space) == [f"{space.daemon_log} was not moved on"]
    (space.directory / "daemon.log.9").write_bytes(b"." * (LOG_BYTES + LINE_BYTES + 1))
    space.daemon_log.write_bytes(b"")
    problems = log_problems(space)
    assert problems == [
        f"{space.directory / 'daemon.log.9'} has {LOG_BYTES + LINE_BYTES + 1} bytes",
        f"there are 5 logs in {space.directory}",
    ]


def test_counters_that_grew_are_told() -> None:
    assert ends.differences({"fds": 3, "tasks": 2}, {"fds": 5, "tasks": 1}, "the daemon") == [
        "the daemon holds 2 fds more"
    ]
