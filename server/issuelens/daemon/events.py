"""The stream: every connected client gets each event. One that does not read is let go, and can come back."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextvars import ContextVar
from typing import Any, Final

from aiohttp import WSCloseCode, WSMsgType, web

from issuelens.daemon.limits import READING_BYTES, WaitingLimits
from issuelens.domain.operation import Event
from issuelens.ipc import jsonrpc
from issuelens.ipc.converter import Messages, dumps
from issuelens.ipc.messages import Goodbye
from issuelens.ipc.methods import EVENT, GOODBYE

logger = logging.getLogger(__name__)

BATCH_BYTES: Final = 1_000_000
"""Bytes of a frame of several messages; a longer message comes alone."""


class Subscriber:
    """One client's connection, with the messages that wait for it. Events are for it after `resume` and `go_on`.

    Args:
        socket: to the client.
        name: what it is.
        limits: of what may wait.
        takes_batches: whether several messages may come in one frame, as a JSON array.
    """

    def __init__(
        self,
        socket: web.WebSocketResponse,
        name: str,
        limits: WaitingLimits | None = None,
        *,
        takes_batches: bool = False,
    ) -> None:
        self.name = name
        self.takes_batches = takes_batches
        self.is_leaving = False
        self.count = 0
        """Messages that wait."""
        self.size = 0
        """Their bytes."""
        self._socket = socket
        self._limits = limits or WaitingLimits()
        self._missed_count = self._missed_size = 0
        """Of what waits: events that were missed, which count towards no limit until they are sent."""
        self._waiting: deque[tuple[bytes, int]] = deque()
        self._is_hearing = False
        self._held: list[tuple[int, bytes, int]] | None = None
        self._resumed: tuple[int, Sequence[bytes]] | None = None
        self._last_moment: asyncio.TimerHandle | None = None
        self._wake = asyncio.Event()
        self._moved = asyncio.Event()
        self._task = asyncio.get_running_loop().create_task(self._send(), name=f"messages for {name}")
        self._task.add_done_callback(self._ended)

    @property
    def is_over(self) -> bool:
        """Whether nothing that is put is sent any more: the client is gone or let go."""
        return self.is_leaving or self._task.done()

    # What is put

    def put(self, content: bytes, count: int = 1) -> None:
        """Has a message sent after those before it, or so many with commas between them where it takes batches."""
        if self.is_over:
            return
        self._waiting.append((content, count))
        self.size += len(content)
        self.count += count
        self._wake.set()

    def hear(self, revision: int, contents: Sequence[tuple[bytes, int]]) -> None:
        """Has events sent, as `put` does; the last has this revision. A client for which too much waits is let go."""
        for content, count in contents:
            if self._held is not None:
                self._held.append((revision, content, count))
            elif self._is_hearing:
                self._hear(content, count)

    def tell(self, content: bytes, *, is_passing: bool) -> None:
        """Has a notification sent that is no event; a client that comes back reads anew what it is about.

        A passing one is left out while something waits for the client.
        """
        if self._is_hearing and self._held is None and not (is_passing and self.count):
            self._hear(content, 1)

    def _hear(self, content: bytes, count: int) -> None:
        self.put(content, count)
        count, size = self.count - self._missed_count, self.size - self._missed_size
        if count > self._limits.messages or size > self._limits.size:
            self.let_go(f"{self.count:,} messages ({self.size:,} bytes) waited to be read")

    # Coming back

    def hold(self) -> None:
        """Keeps events back while the client's place among them is looked up."""
        self._held = []

    def resume(self, revision: int, missed: Sequence[bytes]) -> None:
        """Says which events come first, and up to which revision that is."""
        self._resumed = (revision, missed)

    def go_on(self) -> None:
        """Sends the events missed, those held back, and all that come; without `resume` before, none."""
        held, self._held = self._held or [], None
        if self._resumed is None:
            return
        (known, missed), self._resumed, self._is_hearing = self._resumed, None, True
        for content in missed:
            self.put(content)
        self._missed_count, self._missed_size = len(missed), sum(map(len, missed))
        for revision, content, count in held:
            if revision > known:
                self._hear(content, count)

    # Sending

    async def _send(self) -> None:
        while not (self.is_leaving and not self._waiting):
            content, size, count = await self._next()
            try:
                await self._socket.send_frame(content, WSMsgType.TEXT)
            except ConnectionError as error:
                logger.info("%s is gone: %s", self.name, error)
                return
            except asyncio.CancelledError:
                # Amid a message nothing more can be said, and aiohttp would go on waiting for the client to read.
                self._drop()
                raise
            finally:
                self.size -= size
                self.count -= count
                self._missed_size = max(0, self._missed_size - size)
                self._missed_count = max(0, self._missed_count - count)
                self._moved.set()
        await self._socket.close(code=WSCloseCode.TRY_AGAIN_LATER)

    async def _next(self) -> tuple[bytes, int, int]:
        """The next frame: what waits goes together, since a frame costs more than what is in it."""
        while not self._waiting:
            self._wake.clear()
            await self._wake.wait()
        content, count = self._waiting.popleft()
        if not self.takes_batches:
            return content, len(content), count
        contents, size = [content], len(content)
        while self._waiting and size + len(self._waiting[0][0]) <= BATCH_BYTES:
            content, more = self._waiting.popleft()
            contents.append(content)
            size, count = size + len(content), count + more
        return b"[%s]" % b",".join(contents), size, count

    async def room(self) -> None:
        """Waits while much waits for the client already."""
        await self._until(lambda: self.size < READING_BYTES)

    async def flush(self, seconds: float) -> None:
        """Waits until everything was sent, at most so long."""
        try:
            await asyncio.wait_for(self._until(lambda: not self.count), seconds)
        except TimeoutError:
            logger.info("%s has not read everything", self.name)

    async def _until(self, holds: Callable[[], bool]) -> None:
        while not (holds() or self.is_over):
            self._moved.clear()
            await self._moved.wait()

    # The end

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._moved.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("%s can't be sent anything any more", self.name, exc_info=error)
            self.abort()

    def let_go(self, reason: str) -> None:
        """Drops what waits, tells the client why, and drops the connection when it does not read that either."""
        if self.is_leaving:
            return
        logger.warning("a client does not read and is let go", extra={"client": self.name, "reason": reason})
        for content, count in self._waiting:
            self.size -= len(content)
            self.count -= count
        self._waiting.clear()
        self.put(goodbye_content(Goodbye(reason=f"You were let go: {reason}.", reconnect=True)))
        self.is_leaving = True
        self._moved.set()
        loop = asyncio.get_running_loop()
        self._last_moment = loop.call_later(self._limits.leaving_seconds, self.abort)

    async def left(self) -> None:
        """Waits until a client that was let go was told, or its time for that is over."""
        if self.is_leaving:
            await asyncio.wait([self._task])

    async def close(self) -> None:
        """Ends; what waits is not sent. A client that does not read that this is the end is dropped."""
        if self._last_moment is not None:
            self._last_moment.cancel()
        self._task.cancel()
        await asyncio.wait([self._task])
        try:
            async with asyncio.timeout(self._limits.closing_seconds):
                await self._socket.close()
        except TimeoutError:
            logger.info("%s does not read, and is dropped", self.name)
            self._drop()

    def abort(self) -> None:
        """Drops the connection at once; its handler then ends by itself."""
        self._task.cancel()
        self._drop()

    def _drop(self) -> None:
        transport = self._socket._req.transport if self._socket._req is not None else None  # noqa: SLF001
        if transport is not None:
            # aiohttp has no public way to end a WebSocket whose peer does not read.
            transport.abort()


SUBSCRIBER: Final[ContextVar[Subscriber | None]] = ContextVar("subscriber", default=None)
"""Whose request this is; None for a one-shot client."""


class EventStream:
    """The connected clients. `on_left` is told when one has left."""

    def __init__(self, on_left: Callable[[], None]) -> None:
        self._subscribers: set[Subscriber] = set()
        self._on_left = on_left

    def __len__(self) -> int:
        return len(self._subscribers)

    @property
    def names(self) -> list[str]:
        """What the connected clients are."""
        return sorted(one.name for one in self._subscribers)

    @property
    def waiting(self) -> tuple[int, int]:
        """Messages that wait for clients, and their bytes."""
        return sum(one.count for one in self._subscribers), sum(one.size for one in self._subscribers)

    def join(self, subscriber: Subscriber) -> None:
        """Counts a client among those connected."""
        self._subscribers.add(subscriber)
        logger.info("%s has joined", subscriber.name, extra={"client": subscriber.name, "clients": len(self)})

    def leave(self, subscriber: Subscriber) -> None:
        """Sends no more."""
        self._subscribers.discard(subscriber)
        logger.info("%s has left", subscriber.name, extra={"client": subscriber.name, "clients": len(self)})
        self._on_left()

    def publish(self, *events: Event) -> None:
        """Sends the events of a commit to everyone."""
        alone = [(event_content(event), 1) for event in events]
        together = list(_joined(alone))
        for subscriber in tuple(self._subscribers):
            subscriber.hear(events[-1].revision, together if subscriber.takes_batches else alone)

    def tell(self, content: bytes, *, is_passing: bool = False) -> None:
        """Sends everyone a notification that has no revision; a passing one only to those who have read all before."""
        for subscriber in tuple(self._subscribers):
            subscriber.tell(content, is_passing=is_passing)

    async def close(self, goodbye: Goodbye, seconds: float) -> None:
        """Says goodbye to everyone and closes the connections."""
        content = goodbye_content(goodbye)
        subscribers = tuple(self._subscribers)
        for subscriber in subscribers:
            subscriber.put(content)
        await asyncio.gather(*(subscriber.flush(seconds) for subscriber in subscribers))
        await asyncio.gather(*(subscriber.close() for subscriber in subscribers))


_MESSAGES: Final = Messages()


def _joined(contents: Iterable[tuple[bytes, int]]) -> Iterator[tuple[bytes, int]]:
    """Puts messages together that fit into a frame: what everyone gets is joined once, not for each client."""
    taken: list[bytes] = []
    for content, _ in contents:
        if taken and sum(map(len, taken)) + len(content) > BATCH_BYTES:
            yield b",".join(taken), len(taken)
            taken = []
        taken.append(content)
    yield b",".join(taken), len(taken)


def event_content(event: Event) -> bytes:
    """The notification of an event."""
    return notification(EVENT, event)


def goodbye_content(goodbye: Goodbye) -> bytes:
    """The notification before a connection is closed."""
    return notification(GOODBYE, goodbye)


def notification(method: str, message: Any) -> bytes:
    """A notification as it is sent; its params are a message of ipc.messages."""
    return dumps(jsonrpc.notification(method, _MESSAGES.write(message)))
