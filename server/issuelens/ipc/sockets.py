"""The client's end of a connection, as aiohttp has it."""

from __future__ import annotations

import asyncio

import aiohttp

from issuelens.ipc.endpoint import Endpoint


def client_session(endpoint: Endpoint) -> tuple[aiohttp.ClientSession, str]:
    """A session of one connection, and the base URL for it."""
    if endpoint.socket is not None:
        return aiohttp.ClientSession(connector=aiohttp.UnixConnector(endpoint.socket, limit=1)), "http://issuelens"
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=1)), f"http://127.0.0.1:{endpoint.port}"


async def send(socket: aiohttp.ClientWebSocketResponse, text: str) -> None:
    """Sends a message, and waits while the other side reads too slowly.

    Raises:
        ConnectionError, aiohttp.ClientError: when the connection is lost.
    """
    try:
        await socket.send_str(text)
    except asyncio.CancelledError:
        # All who wait for a slow reader share one future in aiohttp: whoever is cancelled there ends the others' wait,
        # and that of those who come later. Their messages are on the way by then.
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
