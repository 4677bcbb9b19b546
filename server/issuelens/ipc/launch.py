"""Starting and stopping a workspace's daemon. Standard library only; blocks, so asyncio runs it in a process."""

from __future__ import annotations

import argparse
import json
import os
import select
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Final

from issuelens import __version__
from issuelens.domain.errors import IssuelensError, StorageError, Unreachable
from issuelens.ipc import jsonrpc
from issuelens.ipc.endpoint import Endpoint, read_endpoint
from issuelens.ipc.locks import FileLock
from issuelens.ipc.methods import HELLO, STOP
from issuelens.ipc.oneshot import Way, call_endpoint
from issuelens.ordinary import open_ordinary
from issuelens.process import PYTHON
from issuelens.workspace import Workspace

START_SECONDS: Final = 20.0
"""How long a daemon may take until it listens."""
ANSWER_SECONDS: Final = 5.0
"""How long a running daemon may take to say hello."""
STOP_SECONDS: Final = 20.0


def ensure_running(workspace: Workspace, *, deadline_seconds: float = START_SECONDS) -> Endpoint:
    """The endpoint of a daemon that answers and is not older than we are, started when there is none.

    Raises:
        Unreachable: when it does not listen in time.
        IssuelensError: why it can't start: a corrupt database, a read-only folder …
    """
    endpoint = _answering(workspace)
    if endpoint is not None:
        return endpoint
    if not workspace.directory.is_dir():
        raise StorageError(f"The folder {workspace.directory} is not there any more.")
    workspace.check_own_files()
    with FileLock(workspace.spawn_lock):
        # Whoever held the lock before us may have started it.
        endpoint = _answering(workspace)
        if endpoint is None:
            _spawn(workspace, deadline_seconds)
            endpoint = read_endpoint(workspace)
    if endpoint is None:
        raise Unreachable(f"The daemon of {workspace.root} has left no endpoint; see {workspace.daemon_log}.")
    return endpoint


def _answering(workspace: Workspace) -> Endpoint | None:
    """The endpoint when a daemon answers there that need not be replaced."""
    endpoint = read_endpoint(workspace)
    if endpoint is None:
        return None
    hello = {"version": __version__, "client": "launch"}
    try:
        welcome = call_endpoint(endpoint, HELLO, hello, Way("launch", ANSWER_SECONDS))
    except Unreachable:
        return None
    return None if welcome["retiring"] else endpoint


def _spawn(workspace: Workspace, deadline_seconds: float) -> None:
    """Starts a daemon and waits for its word on the pipe."""
    reading, writing = os.pipe()
    try:
        try:
            process = _started(workspace, writing)
        finally:
            os.close(writing)
        answer = _line(reading, deadline_seconds)
    finally:
        os.close(reading)
    if answer == "ready":
        # It outlives us: nobody waits for it, and that is meant.
        process.returncode = 0
        return
    process.kill()
    process.wait()
    raise _start_error(workspace, answer, deadline_seconds)


def _started(workspace: Workspace, ready: int) -> subprocess.Popen[bytes]:
    command = [*PYTHON, "-m", "issuelens", "daemon", "run", "--root", str(workspace.root)]
    command += ["--directory", str(workspace.directory), "--ready-fd", str(ready)]
    try:
        # What goes wrong before the daemon keeps its log itself is found there, too.
        log = os.fdopen(open_ordinary(workspace.daemon_log, os.O_WRONLY | os.O_CREAT | os.O_APPEND), "ab")
    except OSError as error:
        raise StorageError(
            f"{workspace.directory} can't be written ({error.strerror}), so issues can't be changed here."
        ) from error
    with log:
        # Its own session: closing the terminal that started it must not end it.
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=log,
            cwd=workspace.root.anchor,
            start_new_session=True,
            pass_fds=[ready],
        )


def _line(descriptor: int, deadline_seconds: float) -> str | None:
    """The first line from a pipe; empty when its writer ended without one, None when none came in time."""
    content, end = b"", time.monotonic() + deadline_seconds
    while b"\n" not in content:
        ready, _, _ = select.select([descriptor], [], [], max(0.0, end - time.monotonic()))
        if not ready:
            return None
        chunk = os.read(descriptor, 65_536)
        if not chunk:
            return ""
        content += chunk
    return content.partition(b"\n")[0].decode("utf-8", "replace")


def _start_error(workspace: Workspace, answer: str | None, deadline_seconds: float) -> IssuelensError:
    if answer is None:
        return Unreachable(
            f"The daemon of {workspace.root} was not ready within {deadline_seconds:.0f} s; see {workspace.daemon_log}."
        )
    try:
        return jsonrpc.error_of(json.loads(answer))
    except ValueError:
        return Unreachable(f"The daemon of {workspace.root} ended while starting; see {workspace.daemon_log}.")


def stop(workspace: Workspace) -> bool:
    """Ends the workspace's daemon and waits until it is gone; False when none ran.

    Raises:
        Unreachable: when it is still there after the deadline.
    """
    if not workspace.directory.is_dir():
        return False
    endpoint = read_endpoint(workspace)
    if endpoint is None:
        return False
    try:
        call_endpoint(endpoint, STOP, {}, Way("launch", ANSWER_SECONDS))
    except Unreachable:
        return False
    wait_until_gone(workspace)
    return True


def wait_until_gone(workspace: Workspace) -> None:
    """Waits until no daemon holds the workspace's lock.

    Raises:
        Unreachable: when one still does after the deadline.
    """
    if not workspace.daemon_lock.exists():
        return
    # The wait is a process of its own: the kernel's lock has no deadline, a process can be ended.
    waiting = "import sys; from pathlib import Path; from issuelens.ipc.locks import FileLock\n"
    waiting += "with FileLock(Path(sys.argv[1])): pass"
    lock = FileLock(workspace.daemon_lock)
    if lock.acquire(wait=False):
        lock.release()
        return
    try:
        command = [*PYTHON, "-c", waiting, str(workspace.daemon_lock)]
        subprocess.run(command, check=True, timeout=STOP_SECONDS, stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired as error:
        raise Unreachable(f"The daemon of {workspace.root} has not ended within {STOP_SECONDS:.0f} s.") from error


def main(argv: list[str]) -> int:
    """`issuelens daemon start --root R --directory D`: for the language server, which must not block.

    Prints a JSON object: `{}` when a daemon runs, else the error as in JSON-RPC.

    Returns:
        0, or the error's exit code.
    """
    parser = argparse.ArgumentParser(prog="issuelens daemon start")
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--directory", type=Path, required=True)
    options = parser.parse_args(argv)
    answer: dict[str, Any] = {}
    code = 0
    try:
        ensure_running(Workspace(options.root, options.directory))
    except IssuelensError as error:
        answer, code = jsonrpc.failure(None, error)["error"], error.exit_code
    sys.stdout.write(json.dumps(answer))
    return code
