"""`issuelens daemon run`: takes the lock for life, serves, and tells its starter on a pipe how that began."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import sys
from pathlib import Path

from issuelens.daemon.lifetime import Daemon
from issuelens.daemon.listening import new_token
from issuelens.domain.errors import InternalError, IssuelensError, StorageError
from issuelens.domain.redaction import redacted
from issuelens.files import remedy
from issuelens.ipc import jsonrpc
from issuelens.ipc.launch import knock
from issuelens.ipc.locks import FileLock
from issuelens.logs import log_to_file, stop_logging
from issuelens.workspace import LOG_FILES, Workspace, require_workspace

logger = logging.getLogger(__name__)

LOG_BYTES = 1_000_000


def main(argv: list[str]) -> int:
    """Runs a daemon.

    Args:
        argv: what follows `daemon run`: nothing in a workspace, or --root, --directory and --ready-fd from a starter.

    Returns:
        0 after a clean end, else the exit code of the error that it told.
    """
    options = _options(argv)
    starter = _Starter(options.ready_fd)
    try:
        workspace = _workspace(options)
        token = new_token()
        handler = _log_to(workspace, token)
    except IssuelensError as error:
        return starter.failed(error)
    try:
        return _locked(workspace, token, starter)
    finally:
        stop_logging(handler)


def _options(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="issuelens daemon run", description="Serves one workspace until it is idle.")
    parser.add_argument("--root", type=Path, help="the work tree (default: that of the current folder)")
    parser.add_argument("--directory", type=Path, help="its .issues/ (default: below the root)")
    parser.add_argument("--ready-fd", type=int, help=argparse.SUPPRESS)
    return parser.parse_args(argv)


def _workspace(options: argparse.Namespace) -> Workspace:
    if options.root is not None and options.directory is not None:
        return Workspace(options.root, options.directory)
    return require_workspace(options.root or Path.cwd())


def _log_to(workspace: Workspace, token: str) -> logging.Handler:
    try:
        return log_to_file(workspace.daemon_log, LOG_BYTES, LOG_FILES, (token,))
    except OSError as error:
        told = f"{workspace.directory} can't be written ({error.strerror}), so issues can't be changed here."
        raise StorageError(told + remedy(error)) from error


def _locked(workspace: Workspace, token: str, starter: _Starter) -> int:
    lock = FileLock(workspace.daemon_lock)
    try:
        # A daemon that is about to go still holds it; the starter's deadline ends a wait that is too long.
        lock.acquire(wait=starter.is_there)
    except IssuelensError as error:
        return starter.failed(error)
    if not lock.is_held:
        return starter.failed(StorageError(f"A daemon runs for {workspace.root} already."))
    # A daemon that served another folder at this path goes, before its socket's name is ours.
    knock(workspace)
    for path in workspace.remove_leftovers():
        logger.info("removed %s, which a process that was killed has left", path)
    try:
        asyncio.run(Daemon.live(workspace, token, lock, starter.ready))
    except IssuelensError as error:
        logger.error("the daemon can't serve: %s", error, extra={"kind": error.kind})
        return starter.failed(error)
    except Exception as error:
        logger.exception("the daemon ends by a fault")
        return starter.failed(
            InternalError(f"A fault in the daemon: {error!r}. {workspace.daemon_log} has the details.")
        )
    finally:
        lock.release()
    return 0


class _Starter:
    """Whoever waits on the pipe for the first word; without one, errors go to standard error."""

    def __init__(self, descriptor: int | None) -> None:
        self._descriptor = descriptor
        if descriptor is not None:
            os.set_inheritable(descriptor, False)

    @property
    def is_there(self) -> bool:
        return self._descriptor is not None

    def ready(self) -> None:
        self._say("ready")

    def failed(self, error: IssuelensError) -> int:
        if self._descriptor is None:
            sys.stderr.write(f"issuelens: {redacted(error.message)}\n")
        self._say(json.dumps(jsonrpc.failure(None, error)["error"]))
        return error.exit_code

    def _say(self, line: str) -> None:
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is None:
            return
        try:
            os.write(descriptor, f"{line}\n".encode())
        except BrokenPipeError:
            logger.info("the starter has gone before it was told: %s", line)
        finally:
            os.close(descriptor)
