"""Starting and stopping a workspace's daemon. Standard library only; blocks, so asyncio runs it in a process."""

from __future__ import annotations

import argparse
import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

from issuelens import __version__
from issuelens.domain.errors import IssuelensError, NotAnswered, StorageError, Unreachable
from issuelens.files import remedy
from issuelens.ipc import jsonrpc
from issuelens.ipc.endpoint import Endpoint, noted_endpoint, read_endpoint, socket_path, uses_tcp
from issuelens.ipc.locks import FileLock
from issuelens.ipc.methods import HELLO, STOP
from issuelens.ipc.oneshot import Way, call_endpoint
from issuelens.ordinary import open_ordinary
from issuelens.process import PYTHON
from issuelens.workspace import Workspace

START_SECONDS: Final = 40.0
"""How long a daemon may take until it listens; the one before it may take 30 to let requests end."""
ANSWER_SECONDS: Final = 20.0
"""How long a running daemon may take to say hello."""
KNOCK_SECONDS: Final = 2.0
"""How long a daemon may take to refuse a stranger."""
TURN_SECONDS: Final = 60.0
"""How long others who start a daemon may take before it is our turn."""
STOP_SECONDS: Final = 40.0
"""How long a daemon may take to end."""


class Patience(NamedTuple):
    """How long a starter waits, in seconds.

    Args:
        answer: until a daemon that is there says hello.
        turn: until others who start one are done.
        start: until the one that it starts listens.
    """

    answer: float = ANSWER_SECONDS
    turn: float = TURN_SECONDS
    start: float = START_SECONDS


PATIENCE: Final = Patience()


def ensure_running(workspace: Workspace, patience: Patience = PATIENCE) -> Endpoint:
    """The endpoint of a daemon that answers and is not older than we are, started when there is none.

    Raises:
        NotAnswered: when one is there that does not answer; a second one is not started.
        Unreachable: when it does not listen in time.
        IssuelensError: why it can't start: a corrupt database, a read-only folder …
    """
    endpoint = _answering(workspace, patience)
    if endpoint is not None:
        return endpoint
    if not workspace.directory.is_dir():
        raise StorageError(f"The folder {workspace.directory} is not there any more.")
    workspace.check_own_files()
    with _turn(workspace, patience.turn):
        # Whoever held the lock before us may have started it.
        endpoint = _answering(workspace, patience)
        if endpoint is None and _lock_is_held(workspace):
            knock(workspace)
            endpoint = _answering(workspace, patience)
        if endpoint is None:
            _send_away(workspace, patience)
            _spawn(workspace, patience.start)
            endpoint = read_endpoint(workspace)
    if endpoint is None:
        raise Unreachable(f"The daemon of {workspace.root} has left no endpoint; see {workspace.daemon_log}.")
    return endpoint


def knock(workspace: Workspace) -> None:
    """Greets whoever listens at the workspace's socket without a token, and so makes a daemon look around.

    One whose folder was moved away or deleted goes then; one whose daemon.json was lost writes it again.
    """
    if uses_tcp():
        return
    try:
        stranger = Endpoint(pid=0, version=__version__, token="", socket=str(socket_path(workspace)))
        call_endpoint(stranger, HELLO, {}, Way("launch", KNOCK_SECONDS))
    except IssuelensError:
        return  # There is none, or it refuses us, as it should.


@contextmanager
def _turn(workspace: Workspace, seconds: float) -> Iterator[None]:
    """Starting is one process's work at a time.

    Raises:
        Unreachable: when another one does not end with it.
    """
    lock = FileLock(workspace.spawn_lock)
    if not lock.acquire(wait=True, seconds=seconds):
        raise Unreachable(
            f"Another process has been starting the daemon of {workspace.root} for {seconds:.0f} s. "
            f"End it, then try again; {workspace.daemon_log} may say why it does not come to an end."
        )
    try:
        yield
    finally:
        lock.release()


def _answering(workspace: Workspace, patience: Patience) -> Endpoint | None:
    """The endpoint when a daemon answers there that need not be replaced.

    Raises:
        NotAnswered: when one is there and does not answer.
    """
    endpoint = read_endpoint(workspace)
    if endpoint is None:
        return None
    try:
        welcome = _asked(workspace, endpoint, HELLO, patience.answer)
    except NotAnswered:
        raise
    except Unreachable:
        return None
    return None if welcome["retiring"] else endpoint


def _asked(workspace: Workspace, endpoint: Endpoint, method: str, seconds: float) -> Any:
    params = {"version": __version__, "client": "launch"} if method == HELLO else {}
    try:
        return call_endpoint(endpoint, method, params, Way("launch", seconds))
    except NotAnswered as error:
        raise NotAnswered(
            f"The daemon of {workspace.root} (process {endpoint.pid}) is there, but has not answered within "
            f"{seconds:.0f} s. Try again; if that does not help, end this process. {workspace.daemon_log} may "
            "say why."
        ) from error


def _lock_is_held(workspace: Workspace) -> bool:
    lock = FileLock(workspace.daemon_lock)
    is_free = lock.acquire(wait=False)
    lock.release()
    return not is_free


def _send_away(workspace: Workspace, patience: Patience) -> None:
    """Greets the daemon that still holds our lock since the time when this folder stood elsewhere, so that it goes."""
    noted = noted_endpoint(workspace)
    if noted is None or noted.directory == str(workspace.directory):
        return
    if not _lock_is_held(workspace):
        # The folder is a copy, and the daemon in the note is that of the original.
        return
    try:
        _asked(workspace, noted, HELLO, patience.answer)
    except NotAnswered:
        raise
    except IssuelensError:
        # It went meanwhile, or what listens there is another's; the wait for the lock has a deadline.
        return


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
        told = f"{workspace.directory} can't be written ({error.strerror}), so issues can't be changed here."
        raise StorageError(told + remedy(error)) from error
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
        NotAnswered: when one is there that does not answer.
        Unreachable: when it is still there after the deadline.
    """
    if not workspace.directory.is_dir():
        return False
    endpoint = read_endpoint(workspace)
    if endpoint is None and _is_there(workspace):
        knock(workspace)
        endpoint = read_endpoint(workspace)
    if not _was_asked_to_stop(workspace, endpoint) and not _is_there(workspace):
        return False
    # Also for one that is leaving already, and takes no requests any more.
    wait_until_gone(workspace)
    return True


def _is_there(workspace: Workspace) -> bool:
    return workspace.daemon_lock.exists() and _lock_is_held(workspace)


def _was_asked_to_stop(workspace: Workspace, endpoint: Endpoint | None) -> bool:
    if endpoint is None:
        return False
    try:
        _asked(workspace, endpoint, STOP, ANSWER_SECONDS)
    except NotAnswered:
        raise
    except Unreachable:
        return False
    return True


def wait_until_gone(workspace: Workspace) -> None:
    """Waits until no daemon holds the workspace's lock.

    Raises:
        Unreachable: when one still does after the deadline.
    """
    if not workspace.daemon_lock.exists():
        return
    lock = FileLock(workspace.daemon_lock)
    if not lock.acquire(wait=True, seconds=STOP_SECONDS):
        raise Unreachable(
            f"The daemon of {workspace.root} has not ended within {STOP_SECONDS:.0f} s. It lets requests under way end "
            f"first; {workspace.daemon_log} says which clients it has."
        )
    lock.release()


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
