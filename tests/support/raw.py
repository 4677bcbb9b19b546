"""HTTP as anybody could send it, for tests: bytes to a daemon's endpoint, and what comes back."""

from __future__ import annotations

import json
import socket
from typing import NamedTuple

from issuelens.ipc.endpoint import Endpoint

DEADLINE_SECONDS = 30
LIST = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "issues/list", "params": {}})


class Answered(NamedTuple):
    """What came back."""

    status: int
    headers: dict[str, str]
    body: str


def request(
    path: str,
    *,
    token: str | None = None,
    method: str = "POST",
    host: str | None = "issuelens",
    headers: dict[str, str] | None = None,
    body: str = LIST,
) -> str:
    """A request of HTTP/1.1 after which the connection ends; without a token, it has no Authorization."""
    lines = [f"{method} {path} HTTP/1.1", "Connection: close", f"Content-Length: {len(body.encode())}"]
    lines += [f"Host: {host}"] if host is not None else []
    lines += [f"Authorization: Bearer {token}"] if token is not None else []
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join([*lines, "", body])


def asked(endpoint: Endpoint, text: str) -> Answered:
    """Sends a request and reads until the end of its answer's headers, or of the connection."""
    family = socket.AF_INET if endpoint.socket is None else socket.AF_UNIX
    with socket.socket(family) as one:
        one.settimeout(DEADLINE_SECONDS)
        one.connect(("127.0.0.1", endpoint.port) if endpoint.socket is None else endpoint.socket)
        one.sendall(text.encode("utf-8", "surrogateescape"))
        content = b""
        while chunk := one.recv(65_536):
            content += chunk
            if b"\r\n\r\n" in content and content.startswith(b"HTTP/1.1 101"):
                break
    head, _, body = content.decode("utf-8", "replace").partition("\r\n\r\n")
    first, *lines = head.split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    return Answered(int(first.split()[1]), headers, body)
