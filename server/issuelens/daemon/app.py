"""The daemon's routes: `/ws` for clients that stay, `/rpc` for those that post one message. Both speak JSON-RPC 2.0."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

from aiohttp import WSMsgType, web
from attrs import define, field

from issuelens.daemon import access
from issuelens.daemon.events import SUBSCRIBER, EventStream, Subscriber
from issuelens.daemon.gone import unless_gone
from issuelens.daemon.handlers import in_our_words
from issuelens.daemon.limits import IN_FLIGHT_LIMIT, READS_LIMIT, connection_limit
from issuelens.daemon.progress import PROGRESS
from issuelens.daemon.reading import Handler
from issuelens.domain.errors import InternalError, TooLarge
from issuelens.ipc import jsonrpc
from issuelens.ipc.converter import dumps, loads_request
from issuelens.ipc.framing import REQUEST_CANCELLED, WRONG_REQUEST
from issuelens.ipc.limits import ANSWER_LIMIT, REQUEST_LIMIT, NestedTooDeeply, is_id, shown
from issuelens.ipc.messages import OPERATIONS
from issuelens.ipc.methods import CANCEL, HEADER_BATCHES, HEADER_CLIENT, HELLO, PROGRESS_TYPE, TOUCH_CODE
from issuelens.workspace import Workspace

logger = logging.getLogger(__name__)

CANCEL_LIMIT: Final = 1_000
"""Bytes of a message that cancels a request, at most."""
SLOW_SECONDS: Final = 1.0
"""A request that took longer is noted in the log."""


@define(eq=False)
class _Connection:
    """What a connection may do at once, and what it does."""

    requests: asyncio.Semaphore = field(factory=lambda: asyncio.Semaphore(IN_FLIGHT_LIMIT))
    reads: asyncio.Semaphore = field(factory=lambda: asyncio.Semaphore(READS_LIMIT))
    tasks: set[asyncio.Task[None]] = field(factory=set)
    reading: dict[Any, asyncio.Task[None]] = field(factory=dict)
    """Of them those that read the code, by the id of the request: only they may be cancelled."""

    def begin(self, work: Coroutine[Any, Any, None], shape: dict[str, Any]) -> None:
        """Answers a request in a task, for which `requests` was acquired."""
        task = asyncio.get_running_loop().create_task(work)
        self.tasks.add(task)
        if str(shape.get("method")).startswith("code/"):
            self.reading[shape["id"]] = task
        task.add_done_callback(lambda done: self._ended(done, shape.get("id")))

    def _ended(self, task: asyncio.Task[None], request_id: Any) -> None:
        self.tasks.discard(task)
        if self.reading.get(request_id) is task:
            del self.reading[request_id]
        self.requests.release()


_METHODS: Final = {"/ws": "GET", "/rpc": "POST"}


class App:
    """Answers requests with the handlers of a table, after a look at who asks.

    Args:
        workspace: whose daemon this is.
        handlers: method -> handler.
        stream: who gets events.
        token: what every request must carry.
        touched: told when a request came and when it was answered.
    """

    def __init__(
        self,
        workspace: Workspace,
        handlers: Mapping[str, Handler],
        stream: EventStream,
        token: str,
        touched: Callable[[], None],
    ) -> None:
        self._workspace = workspace
        self._handlers = handlers
        self._stream = stream
        self._token = token
        self._touched = touched
        self._is_closing = False
        self._under_way = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._connections: Callable[[], int] = lambda: 0
        self._connection_limit = connection_limit()

    def count(self, connections: Callable[[], int]) -> None:
        """Bounds the connections that this function counts."""
        self._connections = connections

    def routes(self) -> web.Application:
        """The application to serve."""
        application = web.Application(client_max_size=REQUEST_LIMIT, middlewares=[access.guard(self._token)])
        application.router.add_get("/ws", self._connect, expect_handler=access.meet_expectation)
        application.router.add_post("/rpc", self._post, expect_handler=access.meet_expectation)
        application.router.add_route("*", "/{rest:.*}", _not_found, expect_handler=access.meet_expectation)
        return application

    @property
    def is_busy(self) -> bool:
        """Whether a request is worked on."""
        return self._under_way > 0

    async def drain(self, seconds: float) -> None:
        """Takes no further requests and waits for those under way, at most so long."""
        self._is_closing = True
        try:
            async with asyncio.timeout(seconds):
                await self._idle.wait()
        except TimeoutError:
            logger.warning("%d requests are still under way after %.0f s", self._under_way, seconds)

    # One-shot clients

    async def _post(self, request: web.Request) -> web.StreamResponse:
        self._admit()
        try:
            content = await request.read()
        except ConnectionError as error:
            logger.info("a client is gone before its request was whole: %s", error)
            return web.Response(status=400)
        except web.HTTPRequestEntityTooLarge:
            return _response(jsonrpc.protocol_failure(None, jsonrpc.INVALID_REQUEST, _TOO_LARGE))
        client = _client_of(request)
        if request.headers.get("Accept") == PROGRESS_TYPE:
            return await self._post_with_progress(request, content, client)
        try:
            return _response(await self._answer(content, client, request))
        except ConnectionError as error:
            logger.info("%s is gone before its answer: %s", client, error, extra={"client": client})
            return web.Response(status=400)

    async def _post_with_progress(self, request: web.Request, content: bytes, client: str) -> web.StreamResponse:
        """Answers in lines: how far it is, now and then, and the answer at the end."""
        response = web.StreamResponse(headers={"Content-Type": PROGRESS_TYPE})
        await response.prepare(request)
        told: asyncio.Queue[bytes | None] = asyncio.Queue()

        async def send() -> None:
            while (line := await told.get()) is not None:
                await response.write(line + b"\n")

        PROGRESS.set(lambda done, everything: told.put_nowait(dumps({"progress": [done, everything]})))
        sending = asyncio.get_running_loop().create_task(send())
        try:
            try:
                told.put_nowait(_written(await self._answer(content, client, request)))
            finally:
                told.put_nowait(None)
                # Not `await`: while there is an error already, this one would take its place.
                await asyncio.gather(sending, return_exceptions=True)
            await sending
            await response.write_eof()
        except ConnectionError as error:
            logger.info("%s is gone before its answer: %s", client, error, extra={"client": client})
        return response

    # Clients that stay

    async def _connect(self, request: web.Request) -> web.StreamResponse:
        self._admit()
        socket = web.WebSocketResponse(max_msg_size=REQUEST_LIMIT + 1, autoping=True)
        try:
            await socket.prepare(request)
        except ConnectionError as error:
            logger.info("a client is gone before it was greeted: %s", error)
            # Not the socket: what was never opened can't be closed, and aiohttp tries to.
            return web.Response(status=400)
        except ValueError as error:
            # aiohttp decodes Sec-WebSocket-Key without looking at what it is.
            raise web.HTTPBadRequest(text=f"This is no request for a WebSocket: {shown(error)}.") from error
        name = _client_of(request)
        subscriber = Subscriber(socket, name, takes_batches=HEADER_BATCHES in request.headers)
        self._stream.join(subscriber)
        connection = _Connection()
        try:
            await self._serve(socket, subscriber, connection)
            await subscriber.left()
        except ConnectionError as error:
            # An answer to its ping met the end of the connection.
            logger.info("%s is gone: %s", name, error, extra={"client": name})
        finally:
            for task in connection.tasks:
                task.cancel()
            if connection.tasks:
                await asyncio.wait(connection.tasks)
            await subscriber.close()
            self._stream.leave(subscriber)
        return socket

    async def _serve(self, socket: web.WebSocketResponse, subscriber: Subscriber, connection: _Connection) -> None:
        async for message in socket:
            if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
                continue
            if (cancelled := _cancelled(message.data)) is not None:
                self._cancel(subscriber, connection, cancelled)
                continue
            await connection.requests.acquire()
            # Who does not read answers is not asked for more.
            await subscriber.room()
            if subscriber.is_over:
                return  # nobody is there for the answers to what came before
            if self._is_closing:
                # Left to the successor, to whom its client sends it again; else those who ask on would keep us here.
                connection.requests.release()
                continue
            shape, handler = self._request(message.data)
            connection.begin(self._answer_to(subscriber, connection, shape, handler), shape)

    @staticmethod
    def _cancel(subscriber: Subscriber, connection: _Connection, request_id: Any) -> None:
        """Ends a request that reads the code, which is then answered with an error; others come to their end."""
        task = connection.reading.pop(request_id, None)
        if task is not None and task.cancel():
            text = "The request was cancelled."
            subscriber.put(dumps(jsonrpc.protocol_failure(request_id, REQUEST_CANCELLED, text)))

    async def _answer_to(
        self, subscriber: Subscriber, connection: _Connection, shape: dict[str, Any], handler: Handler | None
    ) -> None:
        SUBSCRIBER.set(subscriber)
        method = shape.get("method")
        async with _within(None if handler is None or method in OPERATIONS else connection.reads):
            answer = shape if handler is None else await self._handled(handler, shape, subscriber.name)
            sent = _sendable(answer)
            if method != HELLO:  # events are held back, without a limit, until it is answered
                await subscriber.room()
            subscriber.put(sent)
        if method == HELLO:
            subscriber.go_on()

    # Both

    def _admit(self) -> None:
        """Lets a request through.

        Raises:
            web.HTTPException: when the daemon takes no more.
        """
        if self._is_closing:
            raise web.HTTPServiceUnavailable(text="The daemon is about to end.")
        if self._connections() > self._connection_limit:
            logger.warning("a client was refused: there are %d connections", self._connection_limit)
            raise web.HTTPTooManyRequests(text=f"{self._connection_limit:,} clients are connected; no more are served.")

    async def _answer(self, content: bytes, client: str, request: web.Request) -> dict[str, Any]:
        shape, handler = self._request(content)
        if handler is None:
            return shape
        work = self._handled(handler, shape, client)
        # What changes something is done, whoever waits; so is what says that files have changed.
        is_left = shape["method"].startswith("code/") and shape["method"] != TOUCH_CODE
        return await (unless_gone(work, request) if is_left else work)

    def _request(self, content: bytes | str) -> tuple[dict[str, Any], Handler | None]:
        """A request and its handler; or the answer to something that is none, and None."""
        try:
            shape = loads_request(content)
        except NestedTooDeeply as error:
            return jsonrpc.protocol_failure(error.request_id, jsonrpc.INVALID_REQUEST, str(error)), None
        except ValueError:
            return jsonrpc.protocol_failure(None, jsonrpc.PARSE_ERROR, "The message is not JSON."), None
        if not isinstance(shape, dict) or not isinstance(shape.get("method"), str) or not is_id(shape.get("id")):
            return jsonrpc.protocol_failure(None, jsonrpc.INVALID_REQUEST, WRONG_REQUEST), None
        handler = self._handlers.get(shape["method"])
        if handler is None:
            text = f"{shown(shape['method'])} is not a method of the daemon."
            return jsonrpc.protocol_failure(shape["id"], jsonrpc.METHOD_NOT_FOUND, text), None
        return shape, handler

    async def _handled(self, handler: Handler, shape: dict[str, Any], client: str) -> dict[str, Any]:
        begun, facts = time.monotonic(), {"method": shape["method"], "client": client}
        self._begin()
        try:
            return jsonrpc.result(shape["id"], await handler(shape.get("params") or {}, client))
        except Exception as error:  # noqa: BLE001 - the last place before the client: it is logged and answered
            return jsonrpc.failure(shape["id"], in_our_words(error, self._workspace, facts))
        finally:
            self._end()
            _log_slow(time.monotonic() - begun, facts)

    def _begin(self) -> None:
        self._under_way += 1
        self._idle.clear()
        self._touched()

    def _end(self) -> None:
        self._under_way -= 1
        if not self._under_way:
            self._idle.set()
        self._touched()


async def _not_found(request: web.Request) -> web.StreamResponse:
    if request.path in _METHODS:
        raise web.HTTPMethodNotAllowed(request.method, [_METHODS[request.path]])
    raise web.HTTPNotFound


def _cancelled(content: bytes | str) -> Any:
    """The id of the request that a message cancels; None for any other message."""
    # Requests may be large, and are read once.
    if len(content) > CANCEL_LIMIT:
        return None
    if CANCEL not in (content if isinstance(content, str) else content.decode("latin-1")):
        return None
    try:
        shape = loads_request(content)
    except ValueError:
        return None
    if not isinstance(shape, dict) or shape.get("method") != CANCEL or "id" in shape:
        return None
    params = shape.get("params")
    wanted = params.get("id") if isinstance(params, dict) else None
    return wanted if is_id(wanted) else None


def _log_slow(seconds: float, facts: dict[str, Any]) -> None:
    if seconds > SLOW_SECONDS:
        logger.info("a slow request", extra={"duration_ms": round(seconds * 1000), **facts})


@asynccontextmanager
async def _within(limit: asyncio.Semaphore | None) -> AsyncIterator[None]:
    if limit is None:
        yield
    else:
        async with limit:
            yield


def _sendable(answer: dict[str, Any]) -> bytes:
    """The answer as it is sent; one that is too large is refused, since the client would close the connection."""
    content = _written(answer)
    if len(content) <= ANSWER_LIMIT:
        return content
    found = answer["result"]
    revision = found["revision"] if isinstance(found, dict) and found.get("event") else None
    return dumps(jsonrpc.failure(answer["id"], _too_large(len(content), revision)))


def _written(answer: dict[str, Any]) -> bytes:
    try:
        return dumps(answer)
    except (TypeError, ValueError, RecursionError) as error:
        logger.exception("an answer can't be written as JSON")
        fault = InternalError(f"A fault in the daemon: its answer can't be sent ({shown(error)}).")
        return dumps(jsonrpc.failure(answer["id"], fault))


def _client_of(request: web.Request) -> str:
    """What a client says it is, as text that can be kept."""
    named = request.headers.get(HEADER_CLIENT, "unknown").encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return "".join(one if one.isprintable() else "?" for one in named[:100])


def _too_large(size: int, revision: int | None) -> TooLarge:
    text = f"The answer has {size:,} bytes; {ANSWER_LIMIT:,} are allowed."
    if revision is not None:
        return TooLarge(f"The change was made as revision {revision}. {text}", revision=revision)
    return TooLarge(f"{text} Ask for less: with a limit, a narrower query, or brief issues.")


_TOO_LARGE = f"The request is larger than {REQUEST_LIMIT:,} bytes."


def _response(shape: dict[str, Any]) -> web.Response:
    return web.Response(body=_written(shape), content_type="application/json")
