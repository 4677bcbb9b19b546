"""The entry point of `issuelens lsp`: answers `initialize` at once, then imports the rest and serves."""

from __future__ import annotations

import json
import os
import sys

from issuelens.ipc.framing import (
    INVALID_PARAMS,
    PARSE_ERROR,
    SERVER_NOT_INITIALIZED,
    BrokenFrame,
    FrameBuffer,
    error_message,
    message,
)
from issuelens.lsp.initialize import initialize_result

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing takes a tenth of the time to the first answer
    from typing import Any

_CHUNK = 65_536


def main(argv: list[str]) -> int:
    """Serves one editor over standard input and output until it leaves.

    Args:
        argv: what follows `lsp`; `--stdio` is accepted since many clients add it.

    Returns:
        The exit code: 0 after shutdown and exit or a signal, 1 when the client left without shutdown, 2 for usage.
    """
    unknown = [word for word in argv if word != "--stdio"]
    if unknown:
        _complain(f"{unknown[0]!r} is not an option; the server speaks over standard input and output.")
        return 2
    buffer = FrameBuffer()
    try:
        params = _greet(buffer)
    except KeyboardInterrupt:
        return 0
    if params is None:
        return 1
    return _serve(params, buffer.rest())


def _greet(buffer: FrameBuffer) -> dict[str, Any] | None:
    """Reads up to `initialize` and answers it. None when the client left or lost its framing before."""
    try:
        while True:
            content = _read_frame(buffer)
            if content is None:
                return None
            request = _parsed(content)
            if request is None:
                _write(error_message(None, PARSE_ERROR, "The message is not a JSON object."))
            elif request.get("method") == "initialize" and "id" in request:
                params = request.get("params")
                if isinstance(params, dict):
                    _write(message({"id": request["id"], "result": initialize_result(params)}))
                    return params
                _write(error_message(request["id"], INVALID_PARAMS, "initialize needs an object as its params."))
            elif request.get("method") == "exit":
                return None
            elif "id" in request and "method" in request:
                _write(error_message(request["id"], SERVER_NOT_INITIALIZED, "The first request must be initialize."))
    except (BrokenFrame, BrokenPipeError) as error:
        _complain(f"the client's messages can't be read: {error}")
        return None


def _complain(text: str) -> None:
    sys.stderr.write(f"issuelens lsp: {text}\n")


def _parsed(content: bytes) -> dict[str, Any] | None:
    try:
        parsed = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return parsed if isinstance(parsed, dict) else None


def _read_frame(buffer: FrameBuffer) -> bytes | None:
    while (content := buffer.next()) is None:
        # Not through sys.stdin: what it read ahead would be lost to the event loop.
        chunk = os.read(0, _CHUNK)
        if not chunk:
            return None
        buffer.feed(chunk)
    return content


def _write(content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[os.write(1, view) :]


def _serve(params: dict[str, Any], rest: bytes) -> int:
    # The collector would run many times while modules load and find nothing: 10 % of the start.
    import gc

    gc.disable()
    from issuelens.lsp.runner import run

    return run(params, rest)
