"""Ends the work for a client that has gone: one that posts its request is not read from until it has its answer."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

from aiohttp import web

LOOK_SECONDS: Final = 0.5
"""Between two looks at whether the client is there."""

_Result = TypeVar("_Result")


async def unless_gone(work: Coroutine[Any, Any, _Result], request: web.Request) -> _Result:
    """The result of work, which is cancelled when whoever posted the request has closed the connection.

    Raises:
        ConnectionResetError: then.
    """
    task = asyncio.get_running_loop().create_task(work, name="work for a client that posts")
    try:
        while not task.done():
            await asyncio.wait([task], timeout=LOOK_SECONDS)
            if not task.done() and _is_gone(request):
                raise ConnectionResetError("nobody waits for the answer")
        return task.result()
    finally:
        if not task.done():
            task.cancel()
            await asyncio.wait([task])


def _is_gone(request: web.Request) -> bool:
    return request.transport is None or request.transport.is_closing()
