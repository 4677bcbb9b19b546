"""The daemon's socket as bytes: HTTP and WebSocket frames (RFC 9112, RFC 6455), right or wrong as one likes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from issuelens.ipc.endpoint import Endpoint
from reliability.fuzz.ipc_traffic import TOKEN

CONTINUATION: Final = 0
TEXT: Final = 1
BINARY: Final = 2
CLOSE: Final = 8
PING: Final = 9
HANDSHAKE: Final = (
    b"GET /ws HTTP/1.1\r\nHost: issuelens\r\nAuthorization: Bearer " + TOKEN + b"\r\nUpgrade: websocket\r\n"
    b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


def ws_frame(kind: int, content: bytes, *, last: bool = True, reserved: int = 0, length: int | None = None) -> bytes:
    """A masked frame.

    Args:
        kind: its opcode.
        content: what it holds.
        last: whether the message ends with it.
        reserved: the reserved bits, which must be 0.
        length: what it says of its length, when that is to be wrong.
    """
    size = len(content) if length is None else length
    head = bytes([(0x80 if last else 0) | reserved << 4 | kind])
    if size < 126:
        head += bytes([0x80 | size])
    elif size < 65_536:
        head += bytes([0x80 | 126]) + size.to_bytes(2, "big")
    else:
        head += bytes([0x80 | 127]) + size.to_bytes(8, "big")
    # A mask of zeros is a mask, too.
    return head + b"\0\0\0\0" + content


@asynccontextmanager
async def connected(endpoint: Endpoint) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A connection to the daemon's socket; leaving drops it at once."""
    assert endpoint.socket is not None
    reader, writer = await asyncio.open_unix_connection(endpoint.socket, limit=1 << 26)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


async def read_response(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """The next HTTP response with a Content-Length: status and body."""
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    fields = {name.strip().lower(): value.strip() for name, _, value in (line.partition(b":") for line in lines[1:])}
    return int(lines[0].split()[1]), await reader.readexactly(int(fields.get(b"content-length", b"0")))


async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, token: str) -> None:
    """Opens a WebSocket on a connection."""
    writer.write(HANDSHAKE.replace(TOKEN, token.encode()))
    head = await reader.readuntil(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 101"):
        raise ConnectionError(f"no WebSocket: {head[:100]!r}")


async def read_frame(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """The next frame of the daemon: opcode and content; it sends whole messages in one."""
    first, second = await reader.readexactly(2)
    size = second & 0x7F
    if size >= 126:
        size = int.from_bytes(await reader.readexactly(2 if size == 126 else 8), "big")
    return first & 0x0F, await reader.readexactly(size)


ODD_FRAMES: Final = (
    ws_frame(TEXT, b"\xff\xfe{}"),
    ws_frame(TEXT, b"{}", reserved=4),
    ws_frame(3, b"{}"),
    ws_frame(CONTINUATION, b"{}"),
    ws_frame(PING, b"x" * 126),
    ws_frame(PING, b"x", last=False),
    ws_frame(CLOSE, b"\x00"),
    ws_frame(CLOSE, b"\x03\xe8\xff\xff"),
    ws_frame(TEXT, b"{}", length=17 * 1024 * 1024),
    ws_frame(TEXT, b"{}", length=2**63 + 5),
    ws_frame(TEXT, b"{", last=False) + ws_frame(TEXT, b"}"),
    ws_frame(BINARY, b"{" * 1_000, last=False) * 20_000,
    b"GET / HTTP/1.1\r\n\r\n",
)
"""Frames after which a WebSocket can only be closed."""
