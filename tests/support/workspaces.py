"""Workspaces for tests, and what is done to them from outside."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

SOURCE = '''\
"""A module."""

TEXT = "TODO: not a comment"


def total(prices):
    # TODO: round half up
    return sum(prices)  # FIXME(anna): taxes
'''
TODO_LINE = 6
FIXME_LINE = 7


def project(folder: Path, *, initialised: bool = True, prefix: str = "app") -> Path:
    """A folder with one source file, initialised unless said otherwise."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "main.py").write_text(SOURCE)
    if initialised:
        cli(folder, "init", "--prefix", prefix)
    return folder


def cli(folder: Path, *arguments: str, check: bool = True) -> str:
    """Runs the command line in a folder; what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "issuelens", *arguments], cwd=folder, capture_output=True, text=True, timeout=60
    )
    assert not check or done.returncode == 0, done.stderr
    return done.stdout if check else done.stderr


async def cli_json(folder: Path, *arguments: str) -> Any:
    """Runs the command line with --json beside a running event loop; what it answered."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "issuelens", *arguments, "--json",
        cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    output, errors = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0, errors.decode()
    return json.loads(output)


def daemon_pid(folder: Path) -> int:
    """The process id of a workspace's daemon."""
    return int(json.loads((folder / ".issues" / "daemon.json").read_text())["pid"])


def kill_daemon(folder: Path) -> int:
    """Kills a workspace's daemon without warning; the process id that it had."""
    pid = daemon_pid(folder)
    os.kill(pid, signal.SIGKILL)
    return pid
