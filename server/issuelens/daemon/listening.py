"""The daemon's socket: bound under a temporary name and renamed, so that whoever finds it is answered."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web

from issuelens import __version__
from issuelens.ipc.endpoint import (
    Endpoint,
    announce,
    read_endpoint,
    socket_path,
    uses_tcp,
    withdraw,
    write_endpoint,
)
from issuelens.workspace import Workspace


@asynccontextmanager
async def listening(runner: web.AppRunner, workspace: Workspace, token: str) -> AsyncIterator[Endpoint]:
    """Listens, and leaves neither socket nor endpoint file behind.

    Raises:
        StorageError: when there is no folder for the socket.
        OSError: when it can't be bound.
    """
    path = None if uses_tcp() else socket_path(workspace)
    bound = _bound_port() if path is None else _bound_path(path)
    site = web.SockSite(runner, bound)
    try:
        await site.start()
        if path is not None:
            temporary(path).replace(path)
        port = bound.getsockname()[1] if path is None else None
        endpoint = Endpoint(
            pid=os.getpid(), version=__version__, token=token, socket=str(path) if path else None, port=port
        )
        # The note first: clients believe a port only when it says the same.
        announce(workspace, endpoint.port)
        write_endpoint(workspace, endpoint)
        yield endpoint
    finally:
        await site.stop()
        bound.close()
        _remove(workspace, token, path)


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


def _remove(workspace: Workspace, token: str, path: Path | None) -> None:
    """Removes what is ours; a successor's files have another token."""
    endpoint = read_endpoint(workspace)
    if endpoint is None or endpoint.token == token:
        workspace.endpoint_file.unlink(missing_ok=True)
        withdraw(workspace)
        if path is not None:
            path.unlink(missing_ok=True)
            temporary(path).unlink(missing_ok=True)
