"""The entry point of `issuelens lsp`: answers `initialize` at once, then imports the rest and serves."""

from __future__ import annotations

import os
import sys

from issuelens.ipc.framing import (
    INVALID_PARAMS,
    INVALID_REQUEST,
    PARSE_ERROR,
    SERVER_NOT_INITIALIZED,
    WRONG_REQUEST,
    BrokenFrame,
    FrameBuffer,
    error_message,
    message,
)
from issuelens.ipc.limits import NestedTooDeeply, is_id, read_request
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
            if request is not None and request.get("method") == "exit" and "id" not in request:
                return None
            params = _answered(request) if request is not None else None
            if params is not None:
                return params
    except BrokenFrame as error:
        _complain(f"the client's messages can't be read: {error}")
        _write(error_message(None, PARSE_ERROR, f"The messages can't be read: {error}."))
    except BrokenPipeError as error:
        _complain(f"the client is gone: {error}")
    return None


def _complain(text: str) -> None:
    sys.stderr.write(f"issuelens lsp: {text}\n")


def _parsed(content: bytes) -> dict[str, Any] | None:
    """The message; None after the error was sent for what is none."""
    try:
        parsed = read_request(content)
    except NestedTooDeeply as error:
        _write(error_message(error.request_id, INVALID_REQUEST, str(error)))
        return None
    except ValueError:
        # Imported here: hardly any message comes so far.
        from issuelens.lsp.halves import request_id_in

        _write(error_message(request_id_in(content), PARSE_ERROR, "The message is not JSON."))
        return None
    if isinstance(parsed, dict):
        return parsed
    _write(error_message(None, INVALID_REQUEST, "The message is not a JSON object."))
    return None


def _answered(request: dict[str, Any]) -> dict[str, Any] | None:
    """Answers a request; the params of `initialize` when that is what it was."""
    if "id" not in request or "method" not in request:
        return None
    request_id, params = request["id"], request.get("params")
    if not is_id(request_id) or not isinstance(request["method"], str):
        _write(error_message(None, INVALID_REQUEST, WRONG_REQUEST))
    elif request["method"] != "initialize":
        _write(error_message(request_id, SERVER_NOT_INITIALIZED, "The first request must be initialize."))
    elif not isinstance(params, dict):
        _write(error_message(request_id, INVALID_PARAMS, "initialize needs an object as its params."))
    else:
        _write(message({"id": request_id, "result": initialize_result(params)}))
        return params
    return None


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
