"""The daemon's routes: `/ws` for clients that stay, `/rpc` for those that post one message. Both speak JSON-RPC 2.0."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Any, Final

from aiohttp import WSMsgType, web

from issuelens.daemon import access
from issuelens.daemon.events import EventStream, Subscriber
from issuelens.daemon.handlers import in_our_words
from issuelens.daemon.progress import PROGRESS
from issuelens.daemon.reading import Handler
from issuelens.ipc import jsonrpc
from issuelens.ipc.converter import dumps, loads
from issuelens.ipc.methods import HEADER_BATCHES, HEADER_CLIENT, PROGRESS_TYPE
from issuelens.workspace import Workspace

logger = logging.getLogger(__name__)

REQUEST_LIMIT: Final = 16 * 1024 * 1024
"""Bytes of one request."""
IN_FLIGHT_LIMIT: Final = 256
"""Requests of one connection that are worked on at once; further ones wait to be read."""


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

    def routes(self) -> web.Application:
        """The application to serve."""
        application = web.Application(client_max_size=REQUEST_LIMIT)
        application.router.add_get("/ws", self._connect)
        application.router.add_post("/rpc", self._post)
        return application

    @property
    def is_busy(self) -> bool:
        """Whether a request is worked on."""
        return self._under_way > 0

    async def drain(self, seconds: float) -> None:
        """Refuses further requests and waits for those under way, at most so long."""
        self._is_closing = True
        if self._under_way:
            await asyncio.wait_for(self._idle.wait(), seconds)

    # One-shot clients

    async def _post(self, request: web.Request) -> web.StreamResponse:
        access.check(request, self._token)
        if self._is_closing:
            raise web.HTTPServiceUnavailable(text="The daemon is about to end.")
        try:
            content = await request.read()
        except web.HTTPRequestEntityTooLarge:
            return _response(jsonrpc.protocol_failure(None, jsonrpc.INVALID_REQUEST, _TOO_LARGE))
        client = request.headers.get(HEADER_CLIENT, "unknown")[:100]
        if request.headers.get("Accept") == PROGRESS_TYPE:
            return await self._post_with_progress(request, content, client)
        return _response(await self._answer(content, client))

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
            told.put_nowait(dumps(await self._answer(content, client)))
        finally:
            told.put_nowait(None)
            await asyncio.wait([sending])
        if not sending.cancelled() and isinstance(sending.exception(), ConnectionError):
            logger.info("%s is gone before its answer", client)
            return response
        await sending
        await response.write_eof()
        return response

    # Clients that stay

    async def _connect(self, request: web.Request) -> web.StreamResponse:
        access.check(request, self._token)
        if self._is_closing:
            raise web.HTTPServiceUnavailable(text="The daemon is about to end.")
        socket = web.WebSocketResponse(max_msg_size=REQUEST_LIMIT, autoping=True)
        try:
            await socket.prepare(request)
        except ConnectionError as error:
            logger.info("a client is gone before it was greeted: %s", error)
            return socket
        name = request.headers.get(HEADER_CLIENT, "unknown")[:100]
        subscriber = Subscriber(socket, name, takes_batches=HEADER_BATCHES in request.headers)
        self._stream.join(subscriber)
        tasks: set[asyncio.Task[None]] = set()
        try:
            await self._serve(socket, subscriber, tasks)
        finally:
            for task in tasks:
                task.cancel()
            if tasks:
                await asyncio.wait(tasks)
            await subscriber.close()
            self._stream.leave(subscriber)
        return socket

    async def _serve(
        self, socket: web.WebSocketResponse, subscriber: Subscriber, tasks: set[asyncio.Task[None]]
    ) -> None:
        room = asyncio.Semaphore(IN_FLIGHT_LIMIT)
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                continue
            await room.acquire()
            task = asyncio.get_running_loop().create_task(self._answer_to(subscriber, message.data))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
            task.add_done_callback(lambda _done: room.release())

    async def _answer_to(self, subscriber: Subscriber, content: str) -> None:
        if not subscriber.put(await self._answer(content, subscriber.name)):
            subscriber.abort()

    # Both

    async def _answer(self, content: bytes | str, client: str) -> dict[str, Any]:
        try:
            shape = loads(content)
        except (ValueError, RecursionError):
            return jsonrpc.protocol_failure(None, jsonrpc.PARSE_ERROR, "The message is not JSON.")
        if not isinstance(shape, dict) or not isinstance(shape.get("method"), str) or "id" not in shape:
            return jsonrpc.protocol_failure(None, jsonrpc.INVALID_REQUEST, "The message is not a JSON-RPC request.")
        handler = self._handlers.get(shape["method"])
        if handler is None:
            text = f"{shape['method']} is not a method of the daemon."
            return jsonrpc.protocol_failure(shape["id"], jsonrpc.METHOD_NOT_FOUND, text)
        return await self._handled(handler, shape, client)

    async def _handled(self, handler: Handler, shape: dict[str, Any], client: str) -> dict[str, Any]:
        self._begin()
        try:
            return jsonrpc.result(shape["id"], await handler(shape.get("params") or {}, client))
        except Exception as error:  # noqa: BLE001 - the last place before the client: it is logged and answered
            return jsonrpc.failure(shape["id"], in_our_words(error, self._workspace))
        finally:
            self._end()

    def _begin(self) -> None:
        self._under_way += 1
        self._idle.clear()
        self._touched()

    def _end(self) -> None:
        self._under_way -= 1
        if not self._under_way:
            self._idle.set()
        self._touched()


_TOO_LARGE = f"The request is larger than {REQUEST_LIMIT:,} bytes."


def _response(shape: dict[str, Any]) -> web.Response:
    return web.Response(body=dumps(shape), content_type="application/json")
