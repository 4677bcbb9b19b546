"""pygls' protocol with our transport, and with its known defects mended (docs/architecture.md, "pygls").

Every request gets exactly one answer, notifications leave nothing behind, handlers are tasks that somebody owns, and a
failing handler is an error to its caller and a line in the log, never a pop-up.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from attrs import frozen
from lsprotocol import types
from pygls.exceptions import JsonRpcException, JsonRpcInvalidParams
from pygls.protocol import (
    JsonRPCNotification,
    JsonRPCRequestMessage,
    JsonRPCResponseMessage,
    LanguageServerProtocol,
    default_converter,
)
from pygls.protocol.language_server import lsp_method

from issuelens.domain.errors import IssuelensError
from issuelens.domain.redaction import redacted
from issuelens.ipc.converter import dumps, loads_request
from issuelens.ipc.framing import (
    INVALID_PARAMS,
    INVALID_REQUEST,
    METHOD_NOT_FOUND,
    PARSE_ERROR,
    WRONG_REQUEST,
    frame,
)
from issuelens.ipc.limits import RUNNING_LIMIT, NestedTooDeeply, is_id, shown
from issuelens.lsp.halves import HALF, request_id_in, without_halves

if TYPE_CHECKING:
    from cattrs import Converter

    from issuelens.lsp.server import Server

logger = logging.getLogger(__name__)

COMMAND_GRACE_SECONDS = 5.0
"""How long shutdown waits for commands that were accepted before it."""

NOT_SERVED = (
    types.NOTEBOOK_DOCUMENT_DID_OPEN,
    types.NOTEBOOK_DOCUMENT_DID_CHANGE,
    types.NOTEBOOK_DOCUMENT_DID_CLOSE,
    types.WINDOW_WORK_DONE_PROGRESS_CANCEL,
)
"""What pygls takes for a workspace and for progress that are not here."""
PLAIN = (types.WORKSPACE_DID_CHANGE_WATCHED_FILES,)
"""Notifications that are handed on as plain values: objects of 5,000 changes take 100 ms to make."""


@frozen
class Encoded:
    """A result that is JSON already, so that an unchanged answer is never built twice."""

    content: bytes


def converter() -> Converter:
    """lsprotocol's converter, with the params of methods of our own kept as plain values."""
    made: Converter = default_converter()  # type: ignore[no-untyped-call]
    for message in (JsonRPCRequestMessage, JsonRPCNotification):
        made.register_structure_hook(message, _plain_message)
    return made


def _plain_message(shape: dict[str, Any], cls: type[Any]) -> Any:
    fields = {"method": shape["method"], "jsonrpc": "2.0", "params": shape.get("params")}
    return cls(**fields, id=shape["id"]) if cls is JsonRPCRequestMessage else cls(**fields)


def _is_request(method: str) -> bool:
    """Whether a method is answered: those of LSP that have a result, and all of our own."""
    found = types.METHOD_TO_TYPES.get(method)
    return found is None or found[1] is not None


class Protocol(LanguageServerProtocol):
    """Reads messages, runs handlers, writes answers."""

    _server: Server

    def __init__(self, server: Server, made: Converter) -> None:
        self._write: Callable[[bytes], None] = lambda _content: None
        self._running: dict[Any, asyncio.Task[Any]] = {}
        self._shutting_down: asyncio.Task[Any] | None = None
        super().__init__(server, made)
        for method in NOT_SERVED:
            self.fm.builtin_features.pop(method)

    def send_through(self, write: Callable[[bytes], None]) -> None:
        """Sends framed messages with `write` from now on."""
        self._write = write

    def initialize_params(self, params: dict[str, Any]) -> types.InitializeParams:
        """The params of `initialize`. Capabilities of a wrong form count as none: the editor was answered already."""
        candidates: tuple[dict[str, Any], ...] = (params, {**params, "capabilities": {}}, {"capabilities": {}})
        for shape in candidates:
            try:
                return self._converter.structure(shape | {"processId": None}, types.InitializeParams)
            except Exception as error:  # noqa: BLE001 - cattrs raises groups of whatever the hooks raise
                logger.warning("parts of the initialize params can't be used: %s", error)
        raise AssertionError("empty capabilities can be used")

    # Incoming messages

    def receive(self, content: bytes) -> None:
        """Handles one message; whatever it holds, the server goes on."""
        try:
            shape = loads_request(content)
        except NestedTooDeeply as error:
            self._send_error(error.request_id, INVALID_REQUEST, str(error))
            return
        except ValueError:
            shape = self._read_loosely(content)
            if shape is None:
                return
        if not isinstance(shape, dict):
            self._send_error(None, INVALID_REQUEST, "The message is not a JSON object.")
            return
        try:
            self._dispatch(shape)
        except Exception:
            # Else the messages behind it in the same bytes would be lost.
            logger.exception("a fault in handling a message")

    def _read_loosely(self, content: bytes) -> Any:
        """The values of a message with half of a character, None after an error was sent.

        A request is refused. A change is taken: without it, the text here would not be the editor's any more.
        """
        try:
            shape = without_halves(content)
        except (ValueError, RecursionError):
            self._send_error(request_id_in(content), PARSE_ERROR, "The message is not JSON.")
            return None
        if isinstance(shape, dict) and "method" in shape and "id" in shape:
            self._send_error(request_id_in(content), INVALID_PARAMS, HALF)
            return None
        return shape

    def _dispatch(self, shape: dict[str, Any]) -> None:
        if "method" not in shape:
            self._take_answer(shape)
        elif "id" in shape:
            self._take_request(shape["method"], shape["id"], shape)
        else:
            self._take_notification(shape["method"], shape)

    def _take_request(self, method: Any, request_id: Any, shape: dict[str, Any]) -> None:
        if not self._may_run(method, request_id):
            return
        request = self._structured(self.get_message_type(method) or JsonRPCRequestMessage, shape)
        if request is None:
            self._send_error(request_id, INVALID_PARAMS, f"The params of {method} do not have the form it needs.")
            return
        self.handle_message(request)
        if method == types.SHUTDOWN:
            # At once, not when the task runs: the next message may be here already.
            self._shutdown, self._shutting_down = True, self._running.get(request_id)

    def _take_notification(self, method: Any, shape: dict[str, Any]) -> None:
        notification = None
        if isinstance(method, str) and not _is_request(method):
            notification = self._structured(self.get_message_type(method) or JsonRPCNotification, shape)
        if notification is None:
            logger.info("a notification can't be used: %s", shown(method))
        elif method in self.fm.builtin_features or method in self.fm.features or method == types.CANCEL_REQUEST:
            self.handle_message(notification)

    def _take_answer(self, shape: dict[str, Any]) -> None:
        """What the editor answers; an answer of a wrong form is an error to whoever waits for it."""
        request_id: Any = shape.get("id")
        if not is_id(request_id) or request_id not in self._request_futures:
            logger.info("an answer to nothing that was asked")
            return
        expected = types.ResponseErrorMessage if "error" in shape else self._result_types.get(request_id)
        answer = self._structured(expected or JsonRPCResponseMessage, shape)
        if answer is not None:
            # pygls takes no answer after shutdown, but a command that shutdown lets finish may wait for it.
            self._handle_response(request_id, getattr(answer, "result", None), getattr(answer, "error", None))
        else:
            wrong = types.ResponseError(INVALID_REQUEST, "The answer does not have the form that its request needs.")
            self._handle_response(request_id, error=wrong)

    def _structured(self, cls: type[Any], shape: dict[str, Any]) -> Any:
        """The message as pygls handles it, or None when it does not have the form."""
        fields = {name: value for name, value in shape.items() if name not in ("result", "error")}
        if "method" not in shape:
            fields = shape
        try:
            return self._converter.structure(fields | {"jsonrpc": "2.0"}, cls)
        except Exception as error:  # noqa: BLE001 - cattrs raises groups of whatever the hooks raise
            logger.info("a message does not fit %s: %s", cls.__name__, error)
            return None

    def _may_run(self, method: Any, request_id: Any) -> bool:
        if not is_id(request_id) or not isinstance(method, str):
            self._send_error(None, INVALID_REQUEST, WRONG_REQUEST)
        elif self._shutdown:
            self._send_error(
                request_id, INVALID_REQUEST, f"{shown(method)} came after shutdown; only exit is expected."
            )
        elif method == types.INITIALIZE:
            self._send_error(request_id, INVALID_REQUEST, "The server is initialized already.")
        elif request_id in self._running:
            self._send_error(request_id, INVALID_REQUEST, f"The request id {request_id!r} is in use.")
        elif method not in self.fm.builtin_features and method not in self.fm.features:
            self._send_error(request_id, METHOD_NOT_FOUND, f"{shown(method)} is not a method of this server.")
        elif not _is_request(method):
            self._send_error(request_id, INVALID_REQUEST, f"{method} is a notification; send it without an id.")
        elif len(self._running) >= RUNNING_LIMIT and method != types.SHUTDOWN:
            text = f"{RUNNING_LIMIT:,} requests are worked on already; ask again when some of them were answered."
            self._send_error(request_id, types.LSPErrorCodes.RequestFailed.value, text)
        else:
            return True
        return False

    def get_message_type(self, method: str) -> type[Any] | None:  # type: ignore[override]
        """The class of a message; None for those of our own, and those handed on as they are. (pygls caches this.)"""
        return None if method in PLAIN else types.METHOD_TO_TYPES.get(method, (None,))[0]

    def get_result_type(self, method: str) -> type[Any] | None:  # type: ignore[override]
        """The class of an answer; None for those of our own."""
        found = types.METHOD_TO_TYPES.get(method)
        return found[1] if found else None

    # Handlers

    def _execute_handler(
        self,
        msg_id: Any,
        handler: Callable[..., Any],
        callback: Callable[[Any], None],
        args: tuple[Any, ...] | None = None,
        kwargs: dict[str, Any] | None = None,
    ) -> None:
        if not asyncio.iscoroutinefunction(handler):
            super()._execute_handler(msg_id, handler, callback, args, kwargs)
            future = self._request_futures.get(msg_id)
            if future is not None and future.done():
                self._request_futures.pop(msg_id, None)
            return
        task = asyncio.get_running_loop().create_task(handler(*(args or ()), **(kwargs or {})))
        self._running[msg_id] = task
        task.add_done_callback(lambda _done: self._running.pop(msg_id, None))
        task.add_done_callback(callback)

    def _handle_cancel_notification(self, msg_id: Any) -> None:
        task = self._running.get(msg_id) if is_id(msg_id) else None
        if task is not None:
            task.cancel()

    def _send_handler_result(self, future: Any, *, msg_id: Any) -> None:
        self._request_futures.pop(msg_id, None)
        if future.cancelled():
            self._send_error(msg_id, types.LSPErrorCodes.RequestCancelled.value, "The request was cancelled.")
            return
        error = future.exception()
        if error is None:
            self._send_result(msg_id, future.result())
        elif isinstance(error, IssuelensError):
            self._send_error(msg_id, error.code, error.message, {"kind": error.kind, **error.details})
        elif isinstance(error, JsonRpcException):
            self._send_error(msg_id, error.code, error.message, error.data)
        else:
            logger.error("a request failed", exc_info=error)
            self._send_error(
                msg_id, types.ErrorCodes.InternalError.value, f"A fault in the language server: {error!r}. See its log."
            )

    def _send_result(self, msg_id: Any, result: Any) -> None:
        try:
            self._send_response(msg_id, result)
        except (TypeError, ValueError, RecursionError) as error:
            logger.exception("a result can't be written as JSON")
            text = f"A fault in the language server: its result can't be sent ({error}). See its log."
            self._send_error(msg_id, types.ErrorCodes.InternalError.value, text)

    def _check_handler_result(self, future: Any) -> None:
        if not future.cancelled() and (error := future.exception()) is not None:
            logger.error("a notification failed", exc_info=error)

    def _handle_response(self, msg_id: Any, result: Any = None, error: Any = None) -> None:
        self._result_types.pop(msg_id, None)
        future = self._request_futures.get(msg_id)
        if future is None or future.done():
            self._request_futures.pop(msg_id, None)
            return
        super()._handle_response(msg_id, result, error)

    # Outgoing messages

    def _send_response(self, msg_id: Any, result: Any = None, error: Any = None) -> None:
        if error is not None:
            self._send_error(msg_id, error.code, error.message, error.data)
        elif isinstance(result, Encoded):
            self._write(frame(b'{"jsonrpc":"2.0","id":%s,"result":%s}' % (dumps(msg_id), result.content)))
        else:
            self._send_data({"jsonrpc": "2.0", "id": msg_id, "result": self._plain(result)})

    def _send_error(self, msg_id: Any, code: int, text: str, data: Any = None) -> None:
        error = {"code": code, "message": redacted(text)} | ({"data": data} if data is not None else {})
        self._send_data({"jsonrpc": "2.0", "id": msg_id, "error": error})

    def _send_data(self, data: Any) -> None:
        self._write(frame(dumps(self._plain(data))))

    def _plain(self, value: Any) -> Any:
        return value if value is None or isinstance(value, dict) else self._converter.unstructure(value)

    def tell(self, method: str, params: Encoded) -> None:
        """Sends a notification whose params are JSON already."""
        self._write(frame(b'{"jsonrpc":"2.0","method":%s,"params":%s}' % (dumps(method), params.content)))

    def ask(self, method: str, params: Any = None) -> Future[Any]:
        """Sends a request to the client. It is forgotten with its answer, or when whoever waits cancels it."""
        number = str(uuid.uuid4())
        answer: Future[Any] = self.send_request(method, params, msg_id=number)
        answer.add_done_callback(lambda _done: self._forget(number))
        return answer

    def _forget(self, number: str) -> None:
        self._request_futures.pop(number, None)
        self._result_types.pop(number, None)

    @property
    def questions(self) -> int:
        """Requests to the client whose answers are waited for."""
        return len(self._request_futures)

    # Life

    @lsp_method(types.INITIALIZE)
    def lsp_initialize(self, params: types.InitializeParams) -> types.InitializeResult:  # type: ignore[override]
        """Never called: `initialize` was answered before this object was made (see main.py)."""
        raise AssertionError(params)

    @lsp_method(types.WORKSPACE_EXECUTE_COMMAND)
    async def lsp_workspace__execute_command(self, params: types.ExecuteCommandParams) -> Any:  # type: ignore[override]
        """Runs a command with its one argument, an object, and the token of its progress, None without one.

        Cancelling the request cancels it.
        """
        handler = self.fm.commands.get(params.command)
        if handler is None:
            raise JsonRpcInvalidParams(f"{params.command!r} is not a command of this server.")
        arguments = params.arguments or [{}]
        if len(arguments) != 1 or not isinstance(arguments[0], dict):
            raise JsonRpcInvalidParams(f"{params.command} takes one argument, an object.")
        return await handler(arguments[0], params.work_done_token)

    @lsp_method(types.SHUTDOWN)
    async def lsp_shutdown(self, *_args: Any) -> None:  # type: ignore[override]
        """Lets accepted commands finish, cancels the rest, closes every session; then nothing but exit is taken."""
        for end in self._server.held:
            end()
        this = asyncio.current_task()
        others = [task for task in self._running.values() if task is not this]
        if others:
            await asyncio.wait(others, timeout=COMMAND_GRACE_SECONDS)
        await self.cancel_running(except_for=this)
        await self._server.close_sessions()

    @lsp_method(types.EXIT)
    def lsp_exit(self, *_args: Any) -> None:  # type: ignore[override]
        """Ends the server: exit code 0 after shutdown, else 1 (LSP, "Exit Notification")."""
        if self._shutting_down is None:
            self._server.stop(1)
        else:
            self._server.must_end()
            # An editor that does not wait for the answer to shutdown gets it all the same.
            self._shutting_down.add_done_callback(lambda _done: self._server.stop(0))

    async def cancel_running(self, except_for: asyncio.Task[Any] | None = None) -> None:
        """Cancels what still runs and waits until it ended."""
        tasks = [task for task in self._running.values() if task is not except_for]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        for future in tuple(self._request_futures.values()):
            future.cancel()
        self._request_futures.clear()
        self._result_types.clear()
