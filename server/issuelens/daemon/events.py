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
BATCH_CHARACTERS: Final = 1_000_000
"""Characters of a frame of several messages; one message may be longer."""


class Subscriber:
    """One client's connection, with the messages that wait for it.

    Args:
        socket: to the client.
        name: what it is.
        limit: messages that may wait.
        takes_batches: whether several messages may come in one frame, as a JSON array.
    """

    def __init__(
        self, socket: web.WebSocketResponse, name: str, limit: int = WAITING_LIMIT, *, takes_batches: bool = False
    ) -> None:
        self.name = name
        self._socket = socket
        self.takes_batches = takes_batches
        self._waiting: asyncio.Queue[str] = asyncio.Queue(limit)
        self._task = asyncio.get_running_loop().create_task(self._send(), name=f"messages for {name}")

    def put(self, message: dict[str, Any]) -> bool:
        """Has a message sent, after those before it; False when too many wait already."""
        return self.put_text(dumps(message).decode())

    def put_text(self, text: str) -> bool:
        """The same for a message that is text already, or for several with commas between them where it takes them."""
        try:
            self._waiting.put_nowait(text)
        except asyncio.QueueFull:
            return False
        return True

    async def _send(self) -> None:
        while True:
            texts = await self._next()
            try:
                await self._socket.send_str(f"[{','.join(texts)}]" if self.takes_batches else texts[0])
            except ConnectionError as error:
                logger.info("%s is gone: %s", self.name, error)
                return
            finally:
                for _ in texts:
                    self._waiting.task_done()

    async def _next(self) -> list[str]:
        """The messages of the next frame: what waits goes together, since a frame costs more than what is in it."""
        texts = [await self._waiting.get()]
        characters = len(texts[0])
        while self.takes_batches and characters < BATCH_CHARACTERS and not self._waiting.empty():
            texts.append(self._waiting.get_nowait())
            characters += len(texts[-1])
        return texts

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

    def publish(self, *events: Event) -> None:
        """Sends events to everyone."""
        texts = [dumps(jsonrpc.notification(EVENT, self._messages.write(event))).decode() for event in events]
        together = ",".join(texts)
        for subscriber in tuple(self._subscribers):
            if not all(map(subscriber.put_text, [together] if subscriber.takes_batches else texts)):
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
