"""Standard input and output as asyncio streams. Platform differences of the language server's transport live here."""

from __future__ import annotations

import asyncio
import os
import stat
import sys
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

OUTPUT_LIMIT: Final = 64 * 1024 * 1024
"""Bytes that may wait for a client that does not read, before it counts as gone."""
DRAIN_SECONDS: Final = 2.0
"""How long the end waits for the client to read what was written."""
_CHUNK: Final = 65_536


class Output(asyncio.BaseProtocol):
    """Writes to the client without ever blocking the event loop."""

    def __init__(self, on_lost: Callable[[str], None]) -> None:
        self._on_lost = on_lost
        self._transport: asyncio.WriteTransport | None = None
        self.gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The pipe is there."""
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """The client closed its end."""
        self._transport = None
        self.gone.set_result(None)
        self._on_lost(f"it closed its input{f': {exc}' if exc else ''}")

    def write(self, content: bytes) -> None:
        """Sends bytes; after the client left, they go nowhere."""
        if self._transport is None or self._transport.is_closing():
            return
        self._transport.write(content)
        if self._transport.get_write_buffer_size() > OUTPUT_LIMIT:
            self._transport.abort()
            self._on_lost("it does not read its input")


class _Input(asyncio.Protocol):
    """Hands the client's bytes on, and its end."""

    def __init__(self, on_bytes: Callable[[bytes], None], on_end: Callable[[], None]) -> None:
        self._on_bytes = on_bytes
        self._on_end = on_end

    def data_received(self, data: bytes) -> None:
        self._on_bytes(data)

    def eof_received(self) -> bool:
        return False

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        self._on_end()


@asynccontextmanager
async def standard_output(on_lost: Callable[[str], None]) -> AsyncIterator[Output]:
    """Standard output, without blocking. `on_lost` is told once why the client can't be reached."""
    loop = asyncio.get_running_loop()
    transport, output = await loop.connect_write_pipe(lambda: Output(on_lost), sys.stdout)
    try:
        yield output
    finally:
        # What was written still leaves, for as long as the client goes on reading.
        transport.close()
        _, waiting = await asyncio.wait([output.gone], timeout=DRAIN_SECONDS)
        if waiting:
            transport.abort()


@asynccontextmanager
async def standard_input(on_bytes: Callable[[bytes], None], on_end: Callable[[], None]) -> AsyncIterator[None]:
    """Standard input: `on_bytes` gets what comes, `on_end` is told once that no more will."""
    if _can_be_watched():
        loop = asyncio.get_running_loop()
        transport, _ = await loop.connect_read_pipe(lambda: _Input(on_bytes, on_end), sys.stdin)
        try:
            yield
        finally:
            transport.close()
    else:
        _read_in_thread(asyncio.get_running_loop(), on_bytes, on_end)
        yield


def _can_be_watched() -> bool:
    """Whether the event loop can wait for standard input: pipes and sockets, but not files and not on Windows."""
    if sys.platform == "win32":
        return False
    mode = os.fstat(0).st_mode
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) or stat.S_ISCHR(mode)


def _read_in_thread(
    loop: asyncio.AbstractEventLoop, on_bytes: Callable[[bytes], None], on_end: Callable[[], None]
) -> None:
    def read() -> None:
        try:
            # os.read, since a daemon thread inside sys.stdin's buffer aborts the interpreter at its end.
            while chunk := os.read(0, _CHUNK):
                loop.call_soon_threadsafe(on_bytes, chunk)
            loop.call_soon_threadsafe(on_end)
        except (OSError, RuntimeError):
            return  # the loop is closed, or the descriptor is: nobody is left to be told

    threading.Thread(target=read, name="issuelens-stdin", daemon=True).start()
