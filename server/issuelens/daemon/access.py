"""Who may talk to the daemon: its own user, with the token, and no web page."""

from __future__ import annotations

import hmac
import os
import socket
import struct
from typing import Final

from aiohttp import web

from issuelens.ipc.methods import HEADER_TOKEN

HOSTS: Final = ("issuelens", "127.0.0.1", "localhost", "[::1]")
"""Host names a request may carry; others come from a page whose name was pointed at this machine."""


def check(request: web.Request, token: str) -> None:
    """Lets a request through.

    Raises:
        web.HTTPForbidden: when it comes from a web page, another host name or another user.
        web.HTTPUnauthorized: when it does not carry the token.
    """
    if "Origin" in request.headers:
        raise web.HTTPForbidden(text="Web pages may not talk to the daemon.")
    if request.host.rpartition(":")[0] not in HOSTS and request.host not in HOSTS:
        raise web.HTTPForbidden(text="This host name is not the daemon's.")
    if not _is_same_user(request):
        raise web.HTTPForbidden(text="The daemon serves its own user only.")
    if not hmac.compare_digest(request.headers.get(HEADER_TOKEN, "").encode(), f"Bearer {token}".encode()):
        raise web.HTTPUnauthorized(text="The token of daemon.json is missing or wrong.")


def _is_same_user(request: web.Request) -> bool:
    """Whether the peer of a Unix socket is this user (unix(7), SO_PEERCRED); True where the system does not tell."""
    peer = request.transport.get_extra_info("socket") if request.transport is not None else None
    if peer is None or peer.family != getattr(socket, "AF_UNIX", None) or not hasattr(socket, "SO_PEERCRED"):
        return True
    _, user, _ = struct.unpack("3i", peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i")))
    return bool(user == os.getuid())
