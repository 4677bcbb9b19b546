"""What the server holds, for whoever looks for something that stays; and when it has closed what was to close."""

from __future__ import annotations

import asyncio
import gc
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final

from issuelens import __version__
from issuelens.lsp.features.issues import object_of
from issuelens.lsp.server import Server
from issuelens.process import Held, held_here, trace_memory, trim_memory

STATUS: Final = "issuelens/status"
SETTLED: Final = "issuelens/settled"


def register(server: Server) -> None:
    """Registers the requests."""
    server.feature(STATUS)(partial(_status, server, time.monotonic()))
    server.feature(SETTLED)(partial(_settled, server))


async def _status(server: Server, begun: float, params: Any) -> dict[str, Any]:
    params = object_of(params)
    if params.get("trace"):
        trace_memory()
    if params.get("trim"):
        trim_memory()
    sessions = [session.held() for session in server.sessions]
    return {
        "version": __version__,
        "client": server.client_name,
        "uptimeSeconds": round(time.monotonic() - begun, 3),
        "sessions": sessions,
        **_in_sessions(sessions, server.sessions.left),
        **_objects(),
        "documents": len(server.documents),
        "questions": server.protocol.questions,
        "progress": len(server.progresses),
        # This request and the task that reads standard input are not counted.
        "tasks": len(asyncio.all_tasks()) - 2,
        **_in_process(held_here()),
    }


def _in_sessions(sessions: Sequence[Mapping[str, Any]], left: Counter[str]) -> dict[str, int]:
    """What the Sessions hold together, with what closed ones left behind."""

    def held(name: str) -> int:
        return sum(int(one[name]) for one in sessions) + left[name]

    return {
        "openEngines": held("engines"),
        "poolConnections": held("poolConnections"),
        "poolCheckouts": held("poolCheckouts"),
        "openConnections": held("connections"),
    }


def _objects() -> dict[str, int]:
    """What the collector knows; the ClientSessions and WebSockets among it that are open, whoever made them."""
    objects = gc.get_objects()
    sessions, sockets = 0, 0
    if "aiohttp" in sys.modules:  # else there are none, and the import would take long
        from issuelens.ipc.opened import open_among

        sessions, sockets = open_among(objects)
    return {"clientSessions": sessions, "webSockets": sockets, "objects": len(objects) - 2 * _past_timers(objects)}


def _past_timers(objects: Sequence[object]) -> int:
    """Cancelled timers: with its context, each stays until its time comes, or until the event loop has 100 of them."""
    return sum(1 for one in objects if type(one) is asyncio.TimerHandle and one.cancelled())


def _in_process(held: Held) -> dict[str, Any]:
    return {
        "fds": held.fds,
        "sockets": held.sockets,
        "watchers": held.watchers,
        "locks": held.locks,
        "children": held.children,
        "threads": held.threads,
        "rssAnonKb": held.rss_anon_kb,
        "tracedKb": held.traced_kb,
    }


async def _settled(server: Server, _params: Any) -> None:
    """Answers when every Session that was closing has closed."""
    await server.sessions.settled()
