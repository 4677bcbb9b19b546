"""The one-shot client: posts one message to the daemon and ends. Standard library only, since its start is its cost.

It speaks HTTP/1.0 itself (RFC 1945): one request, one answer, then the end of the connection. `http.client` would take
longer to import than the whole round trip.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any, Final, NamedTuple

from issuelens.domain.errors import ConnectionLost, InternalError, NotAnswered, PlaceChanged, Unreachable
from issuelens.ipc.endpoint import Endpoint, read_endpoint
from issuelens.ipc.methods import HEADER_CLIENT, HEADER_TOKEN, PROGRESS_TYPE
from issuelens.workspace import Workspace

TIMEOUT_SECONDS: Final = 60.0
ATTEMPTS: Final = 3
"""How often a request is sent again when the daemon goes away before it answers; the key makes that safe."""
HEADER_LIMIT: Final = 64 * 1024
"""Bytes of an answer's header."""

Progress = Callable[[int, int], None]
"""Told how far a long request is: done, and all."""


class Way(NamedTuple):
    """How a request goes.

    Args:
        client: what we are, for the history.
        timeout: seconds without a word from the daemon after which it is given up.
        progress: told how far it is; with it, `timeout` counts from the last word.
    """

    client: str = "cli"
    timeout: float = TIMEOUT_SECONDS
    progress: Progress | None = None


def call(workspace: Workspace, method: str, params: dict[str, Any], way: Way = Way()) -> Any:  # noqa: B008 - immutable
    """Sends one request to the daemon that runs.

    Args:
        workspace: whose daemon.
        method: of ipc.methods.
        params: plain values.
        way: how.

    Raises:
        Unreachable: when none runs; ConnectionLost: when it goes away before it answers.
        IssuelensError: the daemon's own error.
    """
    endpoint = read_endpoint(workspace)
    if endpoint is None:
        raise Unreachable(f"No daemon runs for {workspace.root}.")
    return call_endpoint(endpoint, method, params, way)


def call_endpoint(endpoint: Endpoint, method: str, params: dict[str, Any], way: Way) -> Any:
    """Sends one request to an endpoint; see `call`."""
    with closing(_connected(endpoint, way.timeout)) as connection:
        try:
            connection.sendall(_request(endpoint, method, params, way))
            status, body = _response(connection)
            return _answer(status, body, way)
        except TimeoutError as error:
            raise NotAnswered(
                f"The daemon has not answered within {way.timeout:.0f} s; `issuelens daemon logs` may say why."
            ) from error
        except OSError as error:
            raise ConnectionLost("The daemon went away before it answered.") from error


def call_or_start(workspace: Workspace, method: str, params: dict[str, Any], way: Way = Way()) -> Any:  # noqa: B008
    """Sends one request, starting the daemon when none answers. A write must carry its key.

    Raises:
        Unreachable: when no daemon can be started.
        IssuelensError: the daemon's own error, or why it can't start.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return call(workspace, method, params, way)
        except NotAnswered:
            raise
        except (Unreachable, PlaceChanged):
            # A daemon whose place has changed did nothing and goes; the next one serves what stands there now.
            if attempt == ATTEMPTS:
                raise
            # Imported here: most calls find a daemon at work.
            from issuelens.ipc.launch import ensure_running

            ensure_running(workspace)
    raise AssertionError("the last attempt returns or raises")


def _connected(endpoint: Endpoint, timeout: float) -> socket.socket:
    family = socket.AF_INET if endpoint.socket is None else socket.AF_UNIX
    address: Any = ("127.0.0.1", endpoint.port) if endpoint.socket is None else endpoint.socket
    connection = socket.socket(family, socket.SOCK_STREAM)
    connection.settimeout(timeout)
    try:
        connection.connect(address)
    except (BlockingIOError, TimeoutError) as error:
        connection.close()
        raise NotAnswered("The daemon is there, but takes no connection now; try again.") from error
    except OSError as error:
        connection.close()
        raise Unreachable(f"The daemon does not answer: {error.strerror or error}.") from error
    return connection


def _request(endpoint: Endpoint, method: str, params: dict[str, Any], way: Way) -> bytes:
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
    headers = {
        "Host": "issuelens" if endpoint.socket is not None else "127.0.0.1",
        HEADER_TOKEN: f"Bearer {endpoint.token}",
        HEADER_CLIENT: way.client,
        "Accept": PROGRESS_TYPE if way.progress else "application/json",
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"POST /rpc HTTP/1.0\r\n{head}\r\n".encode("latin-1") + body


def _response(connection: socket.socket) -> tuple[int, Iterator[bytes]]:
    """The status, and what follows the header as it comes."""
    head = b""
    while b"\r\n\r\n" not in head:
        content = connection.recv(65_536)
        if not content or len(head) > HEADER_LIMIT:
            raise ConnectionLost("The daemon went away before it answered.")
        head += content
    head, _, rest = head.partition(b"\r\n\r\n")
    words = head.split(None, 2)
    if len(words) < 2 or not words[1].isdigit():
        raise InternalError("What listens there is no daemon; `issuelens daemon restart` starts one.")
    return int(words[1]), _body(connection, rest)


def _body(connection: socket.socket, content: bytes) -> Iterator[bytes]:
    if content:
        yield content
    while content := connection.recv(1 << 20):
        yield content


def _answer(status: int, body: Iterator[bytes], way: Way) -> Any:
    if status == 503:
        raise ConnectionLost("The daemon is about to end.")
    if status == 429:
        raise NotAnswered("The daemon serves as many clients as it can; close some, then try again.")
    if status == 401:
        raise Unreachable("What listens there is the daemon of another folder, or of one that was replaced.")
    shape = _told(body, way.progress) if way.progress and status == 200 else _loaded(b"".join(body))
    if not isinstance(shape, dict) or not ("result" in shape or "error" in shape):
        if status == 200:
            # A whole answer always has one of them; this one was cut off.
            raise ConnectionLost("The daemon went away before it answered.")
        raise InternalError(f"The daemon's answer can't be read (HTTP {status}); see `issuelens daemon logs`.")
    if "error" in shape:
        from issuelens.ipc.jsonrpc import error_of

        raise error_of(shape["error"])
    return shape["result"]


def _told(body: Iterator[bytes], progress: Progress) -> Any:
    """Passes the lines of progress on; the last line."""
    shape: Any = None
    line = bytearray()
    for content in body:
        *whole, rest = content.split(b"\n")
        for one in whole:
            shape = _loaded(bytes(line) + one)
            line.clear()
            if isinstance(shape, dict) and "progress" in shape:
                progress(*shape["progress"])
        line += rest
    return shape


def _loaded(content: bytes) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        return None
