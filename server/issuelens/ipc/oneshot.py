"""The one-shot client: posts one message to the daemon and ends. Standard library only, since its start is its cost."""

from __future__ import annotations

import http.client
import json
import socket
from typing import Any, Final

from issuelens.domain.errors import ConnectionLost, InternalError, Unreachable
from issuelens.ipc import jsonrpc
from issuelens.ipc.endpoint import read_endpoint
from issuelens.ipc.messages import Endpoint
from issuelens.ipc.methods import HEADER_CLIENT, HEADER_TOKEN
from issuelens.workspace import Workspace

TIMEOUT_SECONDS: Final = 60.0
ATTEMPTS: Final = 3
"""How often a request is sent again when the daemon goes away before it answers; the key makes that safe."""


class _UnixConnection(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path: str, timeout: float) -> None:
        super().__init__("issuelens", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def call(
    workspace: Workspace, method: str, params: dict[str, Any], *, client: str = "cli", timeout: float = TIMEOUT_SECONDS
) -> Any:
    """Sends one request to the daemon that runs.

    Args:
        workspace: whose daemon.
        method: of ipc.messages.
        params: plain values.
        client: what we are, for the history.
        timeout: seconds for the answer.

    Raises:
        Unreachable: when none runs; ConnectionLost: when it goes away before it answers.
        IssuelensError: the daemon's own error.
    """
    endpoint = read_endpoint(workspace)
    if endpoint is None:
        raise Unreachable(f"No daemon runs for {workspace.root}.")
    return call_endpoint(endpoint, method, params, client=client, timeout=timeout)


def call_endpoint(
    endpoint: Endpoint, method: str, params: dict[str, Any], *, client: str, timeout: float = TIMEOUT_SECONDS
) -> Any:
    """Sends one request to an endpoint; see `call`."""
    connection = _connection(endpoint, timeout)
    try:
        try:
            connection.connect()
        except OSError as error:
            raise Unreachable(f"The daemon does not answer: {error.strerror or error}.") from error
        return _answer(_posted(connection, endpoint, jsonrpc.request(1, method, params), client))
    finally:
        connection.close()


def call_or_start(
    workspace: Workspace, method: str, params: dict[str, Any], *, client: str = "cli", timeout: float = TIMEOUT_SECONDS
) -> Any:
    """Sends one request, starting the daemon when none answers. A write must carry its key.

    Raises:
        Unreachable: when no daemon can be started.
        IssuelensError: the daemon's own error, or why it can't start.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return call(workspace, method, params, client=client, timeout=timeout)
        except Unreachable:
            if attempt == ATTEMPTS:
                raise
            # Imported here: most calls find a daemon at work.
            from issuelens.ipc.launch import ensure_running

            ensure_running(workspace)
    raise AssertionError("the last attempt returns or raises")


def _connection(endpoint: Endpoint, timeout: float) -> http.client.HTTPConnection:
    if endpoint.socket is not None:
        return _UnixConnection(endpoint.socket, timeout)
    return http.client.HTTPConnection("127.0.0.1", endpoint.port, timeout=timeout)


def _posted(
    connection: http.client.HTTPConnection, endpoint: Endpoint, message: dict[str, Any], client: str
) -> tuple[int, bytes]:
    headers = {HEADER_TOKEN: f"Bearer {endpoint.token}", HEADER_CLIENT: client, "Content-Type": "application/json"}
    try:
        connection.request("POST", "/rpc", json.dumps(message), headers)
        response = connection.getresponse()
        return response.status, response.read()
    except TimeoutError as error:
        raise Unreachable("The daemon has not answered in time; `issuelens daemon logs` may say why.") from error
    except (OSError, http.client.HTTPException) as error:
        raise ConnectionLost("The daemon went away before it answered.") from error


def _answer(response: tuple[int, bytes]) -> Any:
    status, content = response
    if status == http.client.SERVICE_UNAVAILABLE:
        raise ConnectionLost("The daemon is about to end.")
    try:
        shape = json.loads(content)
    except ValueError:
        shape = None
    if not isinstance(shape, dict) or not ("result" in shape or "error" in shape):
        raise InternalError(f"The daemon's answer can't be read (HTTP {status}); see `issuelens daemon logs`.")
    if "error" in shape:
        raise jsonrpc.error_of(shape["error"])
    return shape["result"]
