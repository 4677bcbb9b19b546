"""JSON-RPC 2.0: building and reading requests, answers and notifications (jsonrpc.org/specification). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from issuelens.domain.errors import InternalError, IssuelensError, from_kind
from issuelens.domain.redaction import redacted

PARSE_ERROR: Final = -32700
INVALID_REQUEST: Final = -32600
METHOD_NOT_FOUND: Final = -32601


def request(request_id: int | str, method: str, params: Any) -> dict[str, Any]:
    """A request."""
    return {"jsonrpc": "2.0", "id": request_id, "method": method, "params": params}


def notification(method: str, params: Any) -> dict[str, Any]:
    """A notification."""
    return {"jsonrpc": "2.0", "method": method, "params": params}


def result(request_id: Any, value: Any) -> dict[str, Any]:
    """An answer."""
    return {"jsonrpc": "2.0", "id": request_id, "result": value}


def failure(request_id: Any, error: IssuelensError) -> dict[str, Any]:
    """An error answer without secrets; `data.kind` names the error's class, the rest of `data` its details."""
    shape = {"code": error.code, "message": redacted(error.message), "data": {"kind": error.kind, **error.details}}
    return {"jsonrpc": "2.0", "id": request_id, "error": shape}


def protocol_failure(request_id: Any, code: int, message: str) -> dict[str, Any]:
    """An error answer to something that is no usable request."""
    return {"jsonrpc": "2.0", "id": request_id, "error": {"code": code, "message": message}}


def error_of(shape: Mapping[str, Any]) -> IssuelensError:
    """The error that an error answer's `error` tells of."""
    details = dict(shape.get("data") or {})
    kind = details.pop("kind", None)
    message = str(shape.get("message", "The daemon answered with an error."))
    return from_kind(str(kind), message, details) if kind else InternalError(message)
