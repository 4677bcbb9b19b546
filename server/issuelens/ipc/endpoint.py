"""Where a daemon listens: daemon.json, and the folder of its socket. Standard library only, for the one-shot client."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any, NamedTuple

from issuelens.domain.errors import StorageError, Unreachable
from issuelens.files import identity, write_atomically
from issuelens.ordinary import open_ordinary
from issuelens.workspace import Workspace

SOCKET_PATH_LIMIT = 100
"""Bytes; the kernel's own limit is 107 on Linux and 103 on macOS (unix(7))."""

ENDPOINT_LIMIT = 65_536
"""Bytes of daemon.json that are read."""

NAME_BYTES = 30
"""Bytes of a socket's name with its slash."""


class Endpoint(NamedTuple):
    """What daemon.json says. `socket` is a Unix socket's path, else `port` is a loopback TCP port.

    `directory` is the `.issues/` that its daemon serves. A tuple, since the one-shot client's start is its cost.
    """

    pid: int
    version: str
    token: str
    socket: str | None = None
    port: int | None = None
    directory: str = ""


def uses_tcp() -> bool:
    """Whether to listen on a loopback port: where there are no Unix sockets, or ISSUELENS_TRANSPORT is `tcp`."""
    from issuelens.process import HAS_UNIX_SOCKETS

    return not HAS_UNIX_SOCKETS or os.environ.get("ISSUELENS_TRANSPORT") == "tcp"


def write_endpoint(workspace: Workspace, endpoint: Endpoint) -> None:
    """Writes daemon.json, readable by its owner only."""
    write_atomically(workspace.endpoint_file, json.dumps(endpoint._asdict()).encode(), 0o600, durable=False)


def read_endpoint(workspace: Workspace) -> Endpoint | None:
    """Where the workspace's own daemon listens; None when daemon.json is not there or can't be used.

    It came along when its folder was copied or moved; then it names another place's daemon and can't be used.
    """
    endpoint = noted_endpoint(workspace)
    return endpoint if endpoint is not None and _is_of(endpoint, workspace) else None


def _is_of(endpoint: Endpoint, workspace: Workspace) -> bool:
    if endpoint.directory == str(workspace.directory):
        return True
    # The same folder can have two names: it may be mounted twice.
    there = identity(Path(endpoint.directory)) if endpoint.directory else None
    return there is not None and there == identity(workspace.directory)


def noted_endpoint(workspace: Workspace) -> Endpoint | None:
    """What daemon.json says, whosever daemon that is; None when it is not there or can't be read."""
    try:
        with open(workspace.endpoint_file, "rb", opener=open_ordinary) as file:
            shape: Any = json.loads(file.read(ENDPOINT_LIMIT))
        endpoint = Endpoint(
            pid=int(shape["pid"]),
            version=str(shape["version"]),
            token=str(shape["token"]),
            socket=shape["socket"],
            port=shape["port"],
            directory=str(shape.get("directory", "")),
        )
        return endpoint if _is_of_this_user(endpoint) else None
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Unreachable(f"{workspace.endpoint_file} can't be read: {error.strerror}.") from error
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def _is_of_this_user(endpoint: Endpoint) -> bool:
    """Whether a daemon of ours may listen there: the file may come with a repository, the folder of sockets not."""
    if not (endpoint.token.isascii() and endpoint.token.isprintable()):
        return False
    if endpoint.socket is None:
        return uses_tcp() and endpoint.port is not None and endpoint.port == _announced_port(endpoint)
    path = Path(endpoint.socket)
    if not (path.is_absolute() and path.suffix == ".sock" and path.parent.name.startswith("issuelens")):
        return False
    try:
        _check_private(path.parent)
    except OSError:
        return False
    return True


def _announced_port(endpoint: Endpoint) -> int | None:
    try:
        directory = Path(endpoint.directory)
        port: Any = json.loads(_announcement(Workspace(directory.parent, directory)).read_bytes())["port"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return port if isinstance(port, int) else None


# Which daemons there are


def announce(workspace: Workspace, port: int | None = None) -> None:
    """Notes beside the sockets whose daemon this is, for `announced`, and its port where it has one."""
    shape = {"root": str(workspace.root), "directory": str(workspace.directory), "port": port}
    write_atomically(_announcement(workspace), json.dumps(shape).encode(), 0o600, durable=False)


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
        raise PermissionError(f"{folder} belongs to another user")
    if not stat.S_ISDIR(status.st_mode):
        raise NotADirectoryError(f"{folder} is not a folder")
    if hasattr(os, "getuid"):
        _check_above(folder)
    if stat.S_IMODE(status.st_mode) & 0o077:
        folder.chmod(0o700)


def _check_above(folder: Path) -> None:
    """Refuses a folder in the place of which another user could put one."""
    # Further up, root's folders belong to nobody within a container, so that only this one's owner is looked at.
    if folder.parent.stat().st_uid not in (0, os.getuid()):
        raise PermissionError(f"{folder.parent} belongs to another user")
    for above in folder.parents:
        mode = above.stat().st_mode
        if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
            raise PermissionError(f"others can write to {above}")
