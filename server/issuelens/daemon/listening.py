"""The daemon's socket: bound under a temporary name and renamed, so that whoever finds it is answered."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Final

from aiohttp import web

from issuelens import __version__
from issuelens.domain.errors import StorageError, Unreachable
from issuelens.files import identity, remedy
from issuelens.ipc.endpoint import (
    Endpoint,
    announce,
    noted_endpoint,
    socket_path,
    uses_tcp,
    withdraw,
    write_endpoint,
)
from issuelens.workspace import Workspace

BACKLOG: Final = 1024
"""Connections that may wait to be taken while the daemon is busy."""


@asynccontextmanager
async def listening(runner: web.AppRunner, workspace: Workspace, token: str) -> AsyncIterator[Endpoint]:
    """Listens, and leaves neither socket nor endpoint file behind.

    Raises:
        StorageError: when there is no folder for the socket, or it or the endpoint file can't be made.
    """
    path = None if uses_tcp() else socket_path(workspace)
    with _told(workspace):
        bound = _bound_port() if path is None else _bound_path(path)
    ours = identity(temporary(path)) if path is not None else None
    site = web.SockSite(runner, bound, backlog=BACKLOG)
    try:
        with _told(workspace):
            await site.start()
            if path is not None:
                temporary(path).replace(path)
            endpoint = Endpoint(
                pid=os.getpid(),
                version=__version__,
                token=token,
                socket=str(path) if path else None,
                port=bound.getsockname()[1] if path is None else None,
                directory=str(workspace.directory),
            )
            # The note first: clients believe a port only when it says the same.
            announce(workspace, endpoint.port)
            write_endpoint(workspace, endpoint)
        yield endpoint
    finally:
        await site.stop()
        bound.close()
        _remove(workspace, token)
        if path is not None:
            _remove_socket(workspace, path, ours)


@contextmanager
def _told(workspace: Workspace) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageError(
            f"The daemon of {workspace.root} can't listen: {error.filename or 'its socket'} can't be made "
            f"({error.strerror}).{remedy(error)}"
        ) from error


def new_token() -> str:
    """What clients must show."""
    return secrets.token_urlsafe(32)


def temporary(path: Path) -> Path:
    """The name under which a socket is bound before it listens."""
    return path.with_suffix(".new")


def _bound_path(path: Path) -> socket.socket:
    temporary(path).unlink(missing_ok=True)
    bound = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        bound.bind(str(temporary(path)))
        temporary(path).chmod(0o600)
    except BaseException:
        bound.close()
        raise
    return bound


def _bound_port() -> socket.socket:
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        bound.bind(("127.0.0.1", 0))
    except BaseException:
        bound.close()
        raise
    return bound


def _remove(workspace: Workspace, token: str) -> None:
    """Removes daemon.json when it is ours; a successor's has another token."""
    with suppress(Unreachable):  # one that can't be read is not ours
        endpoint = noted_endpoint(workspace)
        if endpoint is not None and endpoint.token == token:
            workspace.endpoint_file.unlink(missing_ok=True)
            withdraw(workspace)


def _remove_socket(workspace: Workspace, path: Path, ours: tuple[int, int] | None) -> None:
    """Removes our socket; when `.issues/` was replaced, a successor's may stand there while we are still going."""
    if identity(temporary(path)) == ours:
        temporary(path).unlink(missing_ok=True)
    if identity(path) == ours:
        path.unlink(missing_ok=True)
        withdraw(workspace)
