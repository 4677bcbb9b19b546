"""Which clients of HTTP a process has open, whoever made them: for counting what stays."""

from __future__ import annotations

from collections.abc import Iterable

import aiohttp


def open_among(objects: Iterable[object]) -> tuple[int, int]:
    """How many ClientSessions and WebSockets among these objects are not closed."""
    sessions = sockets = 0
    for one in objects:
        # By identity: there are all kinds of objects, and some answer isinstance with code of their own.
        if type(one) is aiohttp.ClientSession:
            sessions += not one.closed
        elif type(one) is aiohttp.ClientWebSocketResponse:
            sockets += not one.closed
    return sessions, sockets
