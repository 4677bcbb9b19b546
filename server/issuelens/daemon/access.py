"""Who may talk to the daemon: its own user, with the token, and no web page."""

from __future__ import annotations

import hmac
import os
import socket
import struct
from typing import Final

from aiohttp import HttpVersion11, web
from aiohttp.typedefs import Handler, Middleware

from issuelens.ipc.methods import HEADER_TOKEN

_OF_BROWSERS: Final = ("Origin", "Sec-Fetch-Site", "Sec-Fetch-Mode", "Referer", "Cookie")
"""Headers that browsers send and no client of ours does (fetch.spec.whatwg.org, w3.org/TR/fetch-metadata)."""
HOSTS: Final = ("issuelens", "127.0.0.1", "localhost", "[::1]")
"""Host names a request may carry; others come from a page whose name was pointed at this machine."""


def guard(token: str) -> Middleware:
    """Looks at every request, whatever its route and method, before anything else does."""

    @web.middleware
    async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
        check(request, token)
        if "Content-Encoding" in request.headers:
            raise web.HTTPUnsupportedMediaType(text="The daemon takes requests as they are, not compressed.")
        return await handler(request)

    return guarded


async def meet_expectation(request: web.Request) -> None:
    """Tells a client that waits before it sends its body to go on (RFC 9110, 10.1.1).

    aiohttp's own would repeat a word that it does not know, which fails for some.

    Raises:
        web.HTTPExpectationFailed: for any other `Expect`.
    """
    if request.headers.get("Expect", "").lower() != "100-continue":
        raise web.HTTPExpectationFailed(text="The daemon meets no other expectation than 100-continue.")
    if request.version == HttpVersion11:
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        # What was written so far is no part of the answer.
        request.writer.output_size = 0


def check(request: web.Request, token: str) -> None:
    """Lets a request through.

    Raises:
        web.HTTPForbidden: when it comes from a web page, another host name or another user.
        web.HTTPUnauthorized: when it does not carry the token.
    """
    if any(name in request.headers for name in _OF_BROWSERS):
        raise web.HTTPForbidden(text="Web pages may not talk to the daemon.")
    # Not `request.host`: without the header it asks the resolver for this machine's name, and everyone waits for that.
    host = request.headers.get("Host", "")
    if host.rpartition(":")[0] not in HOSTS and host not in HOSTS:
        raise web.HTTPForbidden(text="This host name is not the daemon's.")
    if not _is_same_user(request):
        raise web.HTTPForbidden(text="The daemon serves its own user only.")
    given = request.headers.get(HEADER_TOKEN, "").encode("utf-8", "surrogateescape")
    if not hmac.compare_digest(given, f"Bearer {token}".encode()):
        raise web.HTTPUnauthorized(text="The token of daemon.json is missing or wrong.")


def _is_same_user(request: web.Request) -> bool:
    """Whether the peer of a Unix socket is this user (unix(7), SO_PEERCRED); True where the system does not tell."""
    peer = request.transport.get_extra_info("socket") if request.transport is not None else None
    if peer is None or peer.family != getattr(socket, "AF_UNIX", None) or not hasattr(socket, "SO_PEERCRED"):
        return True
    _, user, _ = struct.unpack("3i", peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i")))
    return bool(user == os.getuid())
