"""The stream: every connected client gets each event. One that does not read is let go, and can come back."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any, Final

from aiohttp import web

from issuelens.domain.operation import Event
from issuelens.ipc import jsonrpc
from issuelens.ipc.converter import Messages, dumps
from issuelens.ipc.messages import Goodbye
from issuelens.ipc.methods import EVENT, GOODBYE

logger = logging.getLogger(__name__)

WAITING_LIMIT: Final = 10_000
"""Messages that may wait for a client before it is let go."""


class Subscriber:
    """One client's connection, with the messages that wait for it."""

    def __init__(self, socket: web.WebSocketResponse, name: str, limit: int = WAITING_LIMIT) -> None:
        self.name = name
        self._socket = socket
        self._waiting: asyncio.Queue[str] = asyncio.Queue(limit)
        self._task = asyncio.get_running_loop().create_task(self._send(), name=f"messages for {name}")

    def put(self, message: dict[str, Any]) -> bool:
        """Has a message sent, after those before it; False when too many wait already."""
        return self.put_text(dumps(message).decode())

    def put_text(self, text: str) -> bool:
        """The same for a message that is text already."""
        try:
            self._waiting.put_nowait(text)
        except asyncio.QueueFull:
            return False
        return True

    async def _send(self) -> None:
        while True:
            text = await self._waiting.get()
            try:
                await self._socket.send_str(text)
            except ConnectionError as error:
                logger.info("%s is gone: %s", self.name, error)
                return
            finally:
                self._waiting.task_done()

    async def flush(self, seconds: float) -> None:
        """Waits until everything was sent, at most so long."""
        joined = asyncio.ensure_future(self._waiting.join())
        await asyncio.wait([joined, self._task], timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        joined.cancel()
        await asyncio.wait([joined])

    async def close(self) -> None:
        """Ends; what waits is not sent."""
        self._task.cancel()
        await asyncio.wait([self._task])
        await self._socket.close()

    def abort(self) -> None:
        """Drops the connection at once; its handler then ends by itself."""
        self._task.cancel()
        transport = self._socket._req.transport if self._socket._req is not None else None  # noqa: SLF001
        if transport is not None:
            # aiohttp has no public way to end a WebSocket whose peer does not read.
            transport.abort()


class EventStream:
    """The connected clients. `on_left` is told when one has left."""

    def __init__(self, on_left: Callable[[], None]) -> None:
        self._subscribers: set[Subscriber] = set()
        self._messages = Messages()
        self._on_left = on_left

    def __len__(self) -> int:
        return len(self._subscribers)

    @property
    def names(self) -> list[str]:
        """What the connected clients are."""
        return sorted(one.name for one in self._subscribers)

    def join(self, subscriber: Subscriber) -> None:
        """Sends events to a client from now on."""
        self._subscribers.add(subscriber)

    def leave(self, subscriber: Subscriber) -> None:
        """Sends no more."""
        self._subscribers.discard(subscriber)
        self._on_left()

    def publish(self, event: Event) -> None:
        """Sends an event to everyone."""
        text = dumps(jsonrpc.notification(EVENT, self._messages.write(event))).decode()
        for subscriber in tuple(self._subscribers):
            if not subscriber.put_text(text):
                logger.warning("%s does not read; it is let go", subscriber.name)
                subscriber.abort()

    async def close(self, goodbye: Goodbye, seconds: float) -> None:
        """Says goodbye to everyone and closes the connections."""
        message = jsonrpc.notification(GOODBYE, self._messages.write(goodbye))
        subscribers = tuple(self._subscribers)
        for subscriber in subscribers:
            subscriber.put(message)
        await asyncio.gather(*(subscriber.flush(seconds) for subscriber in subscribers))
        await asyncio.gather(*(subscriber.close() for subscriber in subscribers))
