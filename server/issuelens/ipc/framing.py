"""The frames of the language server protocol: a header with the length, then JSON (LSP, "Base Protocol").

Standard library only, since the first frame is read before anything heavy is imported.
"""

from __future__ import annotations

import json

from issuelens.ipc.limits import HEADER_LIMIT, HEADER_LINES, ID_LIMIT, MESSAGE_LIMIT

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing takes a tenth of the time to the first answer
    from typing import Any, Final


PARSE_ERROR: Final = -32700
INVALID_REQUEST: Final = -32600
METHOD_NOT_FOUND: Final = -32601
INVALID_PARAMS: Final = -32602
SERVER_NOT_INITIALIZED: Final = -32002
REQUEST_CANCELLED: Final = -32800

WRONG_REQUEST: Final = (
    f"A request needs a text as its method, and as its id a text of at most {ID_LIMIT} characters or a 64-bit number."
)

_END: Final = b"\r\n\r\n"


class BrokenFrame(Exception):
    """The stream no longer holds frames; nothing after this point can be understood."""


class FrameBuffer:
    """Takes bytes as they come and gives the contents of whole frames."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._length: int | None = None

    def feed(self, content: bytes) -> None:
        """Adds bytes."""
        self._buffer += content

    def next(self) -> bytes | None:
        """The content of the next frame, or None when it is not whole yet.

        Raises:
            BrokenFrame: when a header is too long, has no usable Content-Length, or one above MESSAGE_LIMIT.
        """
        if self._length is None and not self._take_header():
            return None
        assert self._length is not None
        if len(self._buffer) < self._length:
            return None
        with memoryview(self._buffer) as view:
            content = bytes(view[: self._length])
        del self._buffer[: self._length]
        self._length = None
        return content

    def rest(self) -> bytes:
        """The bytes that no frame has taken yet."""
        return bytes(self._buffer)

    def _take_header(self) -> bool:
        # Not beyond the limit, so that it does not matter how the bytes were cut.
        end = self._buffer.find(_END, 0, HEADER_LIMIT)
        if end < 0:
            if len(self._buffer) >= HEADER_LIMIT:
                raise BrokenFrame(f"no header ended within {HEADER_LIMIT:,} bytes")
            return False
        length = _announced(bytes(self._buffer[:end]).split(b"\r\n"))
        if length > MESSAGE_LIMIT:
            raise BrokenFrame(f"a message of {length:,} bytes is announced; {MESSAGE_LIMIT:,} are allowed")
        del self._buffer[: end + len(_END)]
        self._length = length
        return True


def _announced(lines: list[bytes]) -> int:
    """The length that a header announces; other fields are passed over."""
    if len(lines) > HEADER_LINES:
        raise BrokenFrame(f"a header has {len(lines):,} lines; {HEADER_LINES} are allowed")
    fields = (line.partition(b":") for line in lines)
    lengths = {value.strip(b" \t") for name, _, value in fields if name.lower() == b"content-length"}
    if len(lengths) > 1:
        raise BrokenFrame("a header has several values of Content-Length")
    length = lengths.pop() if lengths else b""
    if not length.isdigit() or len(length) > 12:
        raise BrokenFrame("a header has no Content-Length")
    return int(length)


def frame(content: bytes) -> bytes:
    """The content with its header."""
    return b"Content-Length: %d\r\n\r\n%s" % (len(content), content)


def message(shape: dict[str, Any]) -> bytes:
    """A framed JSON-RPC message."""
    return frame(json.dumps({"jsonrpc": "2.0", **shape}, separators=(",", ":")).encode())


def error_message(request_id: Any, code: int, text: str) -> bytes:
    """A framed error answer."""
    return message({"id": request_id, "error": {"code": code, "message": text}})
