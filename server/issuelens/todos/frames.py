"""What goes through the pipes between a scan's processes: frames of a kind, a length and a payload.

Imports the standard library only: the worker starts with it.
"""

from __future__ import annotations

import struct
from array import array
from typing import IO, Any, Final

ROOT: Final = b"r"
REQUEST: Final = b"q"
CHUNK: Final = b"c"
LOOK: Final = b"k"
BEGUN: Final = b"b"
LISTED: Final = b"l"
FOUND: Final = b"f"
GONE: Final = b"g"
FINISHED: Final = b"e"
FAILED: Final = b"x"

HEADER: Final = struct.Struct("!cI")
_COUNT: Final = struct.Struct("!I")
PAYLOAD_LIMIT: Final = 1 << 28
"""Bytes of a payload; a longer one is a fault of the other end."""


def frame(kind: bytes, *parts: bytes) -> bytes:
    """A frame whose payload are the parts, one after the other."""
    return b"".join((HEADER.pack(kind, sum(map(len, parts))), *parts))


def tell(pipe: IO[bytes], kind: bytes, value: Any) -> None:
    """Sends a frame that holds a plain value as JSON."""
    pipe.write(frame(kind, packed(value)))
    pipe.flush()


def packed(value: Any) -> bytes:
    """A plain value as JSON."""
    import json  # not before git has begun to list

    return json.dumps(value).encode()


def opened(header: bytes) -> tuple[bytes, int]:
    """The kind and the length that a header tells.

    Raises:
        ValueError: when it is none.
    """
    if len(header) != HEADER.size:
        raise ValueError("a frame that breaks off")
    kind, length = HEADER.unpack(header)
    if length > PAYLOAD_LIMIT:
        raise ValueError(f"a frame of {length:,} bytes")
    return kind, length


def read_frame(file: IO[bytes]) -> tuple[bytes, bytes] | None:
    """The next frame from a pipe; None at its end.

    Raises:
        ValueError: when it breaks off.
    """
    header = file.read(HEADER.size)
    if not header:
        return None
    kind, length = opened(header)
    payload = file.read(length)
    if len(payload) != length:
        raise ValueError("a frame that breaks off")
    return kind, payload


def pack_stamps(stamps: array[int], rest: bytes) -> bytes:
    """Stamps and something else, as one payload."""
    return b"".join((_COUNT.pack(len(stamps)), stamps.tobytes(), rest))


def unpack_stamps(payload: bytes) -> tuple[array[int], bytes]:
    """The stamps and the rest that `pack_stamps` was given."""
    [count] = _COUNT.unpack_from(payload)
    stamps = array("q")
    end = _COUNT.size + count * stamps.itemsize
    stamps.frombytes(payload[_COUNT.size : end])
    return stamps, payload[end:]
