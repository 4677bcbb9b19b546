"""The frames of the language server protocol: a header with the length, then JSON (LSP, "Base Protocol").

Standard library only, since the first frame is read before anything heavy is imported.
"""

from __future__ import annotations

import json
import re

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing takes a tenth of the time to the first answer
    from typing import Any, Final


MESSAGE_LIMIT: Final = 256 * 1024 * 1024
"""Bytes of one message's content."""
HEADER_LIMIT: Final = 8 * 1024
"""Bytes of one message's header."""

PARSE_ERROR: Final = -32700
INVALID_REQUEST: Final = -32600
METHOD_NOT_FOUND: Final = -32601
INVALID_PARAMS: Final = -32602
SERVER_NOT_INITIALIZED: Final = -32002

_LENGTH = re.compile(rb"(?:^|\r\n)content-length:[ \t]*([0-9]{1,12})[ \t]*(?=\r\n|$)", re.IGNORECASE)


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
            BrokenFrame: when a header has no usable Content-Length, or one above MESSAGE_LIMIT.
        """
        if self._length is None and not self._take_header():
            return None
        assert self._length is not None
        if len(self._buffer) < self._length:
            return None
        content = bytes(self._buffer[: self._length])
        del self._buffer[: self._length]
        self._length = None
        return content

    def rest(self) -> bytes:
        """The bytes that no frame has taken yet."""
        return bytes(self._buffer)

    def _take_header(self) -> bool:
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            if len(self._buffer) > HEADER_LIMIT:
                raise BrokenFrame(f"no header ended within {HEADER_LIMIT} bytes")
            return False
        found = _LENGTH.search(bytes(self._buffer[:end]))
        if found is None:
            raise BrokenFrame("a header has no Content-Length")
        if int(found[1]) > MESSAGE_LIMIT:
            raise BrokenFrame(f"a message of {int(found[1]):,} bytes is announced; {MESSAGE_LIMIT:,} are allowed")
        del self._buffer[: end + 4]
        self._length = int(found[1])
        return True


def frame(content: bytes) -> bytes:
    """The content with its header."""
    return b"Content-Length: %d\r\n\r\n%s" % (len(content), content)


def message(shape: dict[str, Any]) -> bytes:
    """A framed JSON-RPC message."""
    return frame(json.dumps({"jsonrpc": "2.0", **shape}, separators=(",", ":")).encode())


def error_message(request_id: Any, code: int, text: str) -> bytes:
    """A framed error answer."""
    return message({"id": request_id, "error": {"code": code, "message": text}})
