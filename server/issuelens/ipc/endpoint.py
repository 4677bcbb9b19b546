"""Where a daemon listens: daemon.json, and the folder of its socket. Standard library only, for the one-shot client."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any, NamedTuple

from issuelens.domain.errors import StorageError, Unreachable
from issuelens.workspace import Workspace, write_atomically

SOCKET_PATH_LIMIT = 100
"""Bytes; the kernel's own limit is 107 on Linux and 103 on macOS (unix(7))."""

NAME_BYTES = 30
"""Bytes of a socket's name with its slash."""


class Endpoint(NamedTuple):
    """What daemon.json says. `socket` is a Unix socket's path, else `port` is a loopback TCP port.

    A tuple, since the one-shot client's start is its cost.
    """

    pid: int
    version: str
    token: str
    socket: str | None = None
    port: int | None = None


def uses_tcp() -> bool:
    """Whether to listen on a loopback port: where there are no Unix sockets, or ISSUELENS_TRANSPORT is `tcp`."""
    from issuelens.process import HAS_UNIX_SOCKETS

    return not HAS_UNIX_SOCKETS or os.environ.get("ISSUELENS_TRANSPORT") == "tcp"


def write_endpoint(workspace: Workspace, endpoint: Endpoint) -> None:
    """Writes daemon.json, readable by its owner only."""
    write_atomically(workspace.endpoint_file, json.dumps(endpoint._asdict()).encode(), 0o600)


def read_endpoint(workspace: Workspace) -> Endpoint | None:
    """What daemon.json says; None when it is not there or can't be used."""
    try:
        shape: Any = json.loads(workspace.endpoint_file.read_bytes())
        return Endpoint(
            pid=int(shape["pid"]),
            version=str(shape["version"]),
            token=str(shape["token"]),
            socket=shape["socket"],
            port=shape["port"],
        )
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Unreachable(f"{workspace.endpoint_file} can't be read: {error.strerror}.") from error
    except (ValueError, KeyError, TypeError):
        return None


# Which daemons there are


def announce(workspace: Workspace) -> None:
    """Notes beside the sockets whose daemon this is, for `announced`."""
    shape = {"root": str(workspace.root), "directory": str(workspace.directory)}
    write_atomically(_announcement(workspace), json.dumps(shape).encode(), 0o600)


def withdraw(workspace: Workspace) -> None:
    """Takes the note of `announce` back."""
    _announcement(workspace).unlink(missing_ok=True)


def announced() -> list[Workspace]:
    """The workspaces of this user for which a daemon has said that it runs; one that was killed is among them still."""
    found = []
    for path in sorted(private_folder().glob("*.json")):
        try:
            shape: Any = json.loads(path.read_bytes())
            found.append(Workspace(Path(shape["root"]), Path(shape["directory"])))
        except (OSError, ValueError, KeyError, TypeError):
            continue  # its daemon went meanwhile, or somebody else wrote it
    return found


def _announcement(workspace: Workspace) -> Path:
    return private_folder() / f"{workspace.key}.json"


# The folder of the sockets


def socket_path(workspace: Workspace) -> Path:
    """Where the workspace's daemon listens: a short name in a folder that only its owner can enter.

    Raises:
        StorageError: when there is no such folder.
    """
    return private_folder() / f"{workspace.key}.sock"


def private_folder() -> Path:
    """The folder of all sockets of this user; made with mode 0700, and checked to be ours.

    Raises:
        StorageError: when neither the runtime folder nor the temporary one can be used.
    """
    problems = []
    for candidate in (_runtime_folder, _temporary_folder):
        try:
            folder = candidate()
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _check_private(folder)
        except OSError as error:
            problems.append(str(error))
        else:
            return folder
    raise StorageError(f"There is no folder for the daemon's socket: {'; '.join(problems)}.")


def _runtime_folder() -> Path:
    import warnings

    from platformdirs import user_runtime_path

    with warnings.catch_warnings():
        # Without XDG_RUNTIME_DIR it warns and names another folder, which is checked like any.
        warnings.simplefilter("ignore")
        return _short(user_runtime_path("issuelens", appauthor=False))


def _temporary_folder() -> Path:
    import tempfile

    user = os.getuid() if hasattr(os, "getuid") else os.environ.get("USERNAME", "user")
    return _short(Path(tempfile.gettempdir()) / f"issuelens-{user}")


def _short(folder: Path) -> Path:
    if len(os.fsencode(folder)) + NAME_BYTES > SOCKET_PATH_LIMIT:
        raise OSError(f"{folder} is too long a name for a folder of sockets")
    return folder


def _check_private(folder: Path) -> None:
    status = folder.lstat()
    if hasattr(os, "getuid") and status.st_uid != os.getuid():
        raise PermissionError("it belongs to another user")
    if not stat.S_ISDIR(status.st_mode):
        raise NotADirectoryError("it is not a folder")
    if stat.S_IMODE(status.st_mode) & 0o077:
        folder.chmod(0o700)
