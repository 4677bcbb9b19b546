"""The pooled client for those who stay: one ClientSession, one WebSocket, requests and events on the same connection.

When the connection is lost, one task of the client's brings it back: at once, then ever less often. Requests under way
are sent again; writes carry a key, so that none is done twice. Events that were missed are heard then.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Callable
from contextlib import nullcontext
from enum import StrEnum
from types import TracebackType
from typing import Any, Final, TypeVar

import aiohttp
from attrs import define

from issuelens import __version__
from issuelens.domain.errors import ConnectionLost, IssuelensError, NotAnswered, TooLarge, Unreachable, from_kind
from issuelens.domain.operation import Event, Operation
from issuelens.ipc import incoming, jsonrpc, methods
from issuelens.ipc.backoff import Timers, pause
from issuelens.ipc.cancelling import Cancelling
from issuelens.ipc.converter import Messages, dumps
from issuelens.ipc.endpoint import read_endpoint
from issuelens.ipc.limits import ANSWER_LIMIT, REQUEST_LIMIT
from issuelens.ipc.messages import OPERATIONS, Hello, Welcome, Written
from issuelens.ipc.methods import EVENT, GOODBYE, HELLO
from issuelens.ipc.sockets import client_session, send
from issuelens.ipc.starting import start_daemon
from issuelens.ipc.sync_messages import SyncState
from issuelens.workspace import Workspace

logger = logging.getLogger(__name__)

_Reply = TypeVar("_Reply")

REQUEST_SECONDS: Final = 60.0
"""How long a request may take, reconnects included."""
GREETING_SECONDS: Final = 20.0
"""How long a daemon that is there may take to greet a client."""
FRAME_LIMIT: Final = ANSWER_LIMIT + 4 * 1024 * 1024
"""Bytes of one frame: the largest answer, or a batch."""
TOO_MANY: Final = 429
"""The HTTP status with which a daemon refuses one client more (RFC 6585)."""
DRAIN_SECONDS: Final = 5.0
"""How long closing waits for requests under way."""

_CLOSING: Final = aiohttp.ClientWSTimeout(ws_close=2.0)
_METHODS: Final = {operation: method for method, operation in OPERATIONS.items()}


class ClientState(StrEnum):
    """Where a client stands."""

    CONNECTED = "connected"
    RECONNECTING = "reconnecting"
    CLOSED = "closed"


@define(eq=False)
class _Pending:
    """A request without an answer."""

    content: str
    answer: asyncio.Future[Any]
    through: aiohttp.ClientWebSocketResponse | None = None  # what it was sent through last


class DaemonClient:
    """A connection to a workspace's daemon that comes back by itself.

    Args:
        workspace: whose daemon; it is started when none runs.
        client: what we are, for the history.
        on_event: told each event, in the order of revisions.
        on_gap: told the revision when too many events were missed, or the database is another one.
        on_state: told when the connection is lost and when it is back.
        on_code: told the paths of files that hold other TODOs or ids, and the ids that have got or lost a place; None
            for either means any: so when the connection is back.
        on_code_progress: told how many files are read of how many, both the same at the end.
        on_sync: told how issues.jsonl and the database stand to each other.
        timers: for back-off; None takes the event loop.
        starts: bounds how many clients that share it start a daemon at a time; None does not.
        request_seconds: how long a request may take, reconnects included.
        greeting_seconds: how long a daemon that is there may take to greet us.
    """

    def __init__(
        self,
        workspace: Workspace,
        *,
        client: str,
        on_event: Callable[[Event], None],
        on_gap: Callable[[int], None],
        on_state: Callable[[ClientState], None] = lambda _state: None,
        on_code: incoming.OnCode = lambda _paths, _ids: None,
        on_code_progress: Callable[[int, int], None] = lambda _done, _total: None,
        on_sync: Callable[[SyncState], None] = lambda _state: None,
        timers: Timers | None = None,
        starts: asyncio.Semaphore | None = None,
        request_seconds: float = REQUEST_SECONDS,
        greeting_seconds: float = GREETING_SECONDS,
    ) -> None:
        self.workspace = workspace
        self.revision = 0
        self.state = ClientState.RECONNECTING
        self.goodbye: str | None = None
        """Why the daemon closed the connection, when it last said so."""
        self._at: str | None = None
        self._name = client
        self._on_event = incoming.kept(on_event)
        self._on_gap = incoming.kept(on_gap)
        self._on_state = incoming.kept(on_state)
        self._on_code = incoming.kept(on_code)
        self._heard = incoming.table(self._on_code, incoming.kept(on_code_progress), incoming.kept(on_sync))
        self._timers = timers
        self._starts = starts
        self._request_seconds = request_seconds
        self._greeting_seconds = greeting_seconds
        self._messages = Messages()
        self._pending: dict[int, _Pending] = {}
        self._next_id = 0
        self._session: aiohttp.ClientSession | None = None
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._task: asyncio.Task[None] | None = None
        self._early: list[dict[str, Any]] = []
        self._cancelling = Cancelling()

    async def __aenter__(self) -> DaemonClient:
        await self._connect()
        self._take_early()
        self._task = asyncio.get_running_loop().create_task(self._live(), name=f"daemon of {self.workspace.root}")
        self._task.add_done_callback(self._lived)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Refuses new requests, waits for those under way, then closes for good. A second call does nothing."""
        if self.state is ClientState.CLOSED:
            return
        self.state = ClientState.CLOSED
        answers = [pending.answer for pending in self._pending.values()]
        if answers and self._socket is not None:
            await asyncio.wait(answers, timeout=DRAIN_SECONDS)
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        await self._cancelling.close()
        # Had the connection just come back, it said so meanwhile.
        self.state = ClientState.CLOSED
        await self._disconnect()
        for pending in self._pending.values():
            if not pending.answer.done():
                pending.answer.set_exception(ConnectionLost("The connection to the daemon was closed here."))
        self._pending.clear()

    # Requests

    async def write(self, operation: Operation, key: str | None = None, actor: str | None = None) -> Written:
        """Has an operation done, once.

        Args:
            operation: what to do.
            key: the same key does it once; None makes a new one.
            actor: who does it; None means the daemon's user.

        Raises:
            IssuelensError: the daemon's own error, or ConnectionLost when it does not come back in time.
        """
        params = self._messages.write(operation) | {"key": key or uuid.uuid4().hex, "actor": actor}
        shape = await self._request(_METHODS[type(operation)], params)
        return self._messages.read(shape, Written)

    async def request(self, method: str, params: Any, reply: type[_Reply], *, key: str | None = None) -> _Reply:
        """Sends a request of ipc.messages and gives its reply, a `list` or `dict` as it came. A write needs a `key`."""
        answer = await self._request(method, self._messages.write(params) | ({"key": key} if key else {}))
        return answer if isinstance(answer, reply) else self._messages.read(answer, reply)

    async def _request(self, method: str, params: dict[str, Any]) -> Any:
        if self.state is ClientState.CLOSED:
            raise ConnectionLost("The connection to the daemon was closed here.")
        self._next_id += 1
        number = self._next_id
        content = dumps(jsonrpc.request(number, method, params))
        if len(content) > REQUEST_LIMIT:
            raise TooLarge(f"The request has {len(content):,} bytes; {REQUEST_LIMIT:,} are allowed.")
        pending = _Pending(content.decode(), asyncio.get_running_loop().create_future())
        self._pending[number] = pending
        try:
            async with asyncio.timeout(self._request_seconds):
                await self._send_once(pending)
                return await pending.answer
        except asyncio.CancelledError:
            self._cancelling.cancelled(method, number, self._send)
            raise
        except TimeoutError as error:
            self._cancelling.not_answered(method, number)
            raise self._not_answered(self._request_seconds) from error
        finally:
            self._pending.pop(number, None)

    def _not_answered(self, seconds: float) -> NotAnswered:
        return NotAnswered(f"The daemon of {self.workspace.root} has not answered within {seconds:.0f} s.")

    async def _send_once(self, pending: _Pending) -> None:
        if self._can_send and self._socket is not pending.through:
            pending.through = self._socket
            await self._send(pending.content)

    @property
    def _can_send(self) -> bool:
        """Else requests are sent when the connection is back."""
        return self._socket is not None and not self._socket.closed and self.state is ClientState.CONNECTED

    async def _send(self, content: str) -> None:
        if self._socket is None or not self._can_send:
            return
        try:
            await send(self._socket, content)
        except (ConnectionError, aiohttp.ClientError) as error:
            logger.info("a message waits for the connection: %s", error)

    # The connection

    async def _connect(self) -> bool:
        """Connects, starting the daemon when none answers or it is about to go.

        Returns:
            Whether events were missed that will not come.

        Raises:
            IssuelensError: why that can't be done.
        """
        for _ in range(3):
            try:
                async with asyncio.timeout(self._greeting_seconds):
                    welcome = await self._greeted()
            except TimeoutError as error:
                await self._disconnect()
                raise self._not_answered(self._greeting_seconds) from error
            except BaseException:
                await self._disconnect()
                raise
            if welcome is not None and not welcome.retiring:
                if self._at is None or welcome.gap:
                    self.revision, self._at = welcome.revision, welcome.at
                self.state = ClientState.CONNECTED
                return incoming.welcomed(welcome, self._heard)
            await self._disconnect()
            async with self._starts or nullcontext():
                await start_daemon(self.workspace)
        raise Unreachable(f"The daemon of {self.workspace.root} goes away as soon as it is started.")

    async def _greeted(self) -> Welcome | None:
        """The daemon's welcome on a new connection; None when none answers."""
        endpoint = read_endpoint(self.workspace)
        if endpoint is None:
            return None
        try:
            self._session, url = client_session(endpoint)
            headers = {methods.HEADER_TOKEN: f"Bearer {endpoint.token}", methods.HEADER_CLIENT: self._name}
            headers[methods.HEADER_BATCHES] = "yes"
            # No heartbeat: an idle connection wakes nobody.
            self._socket = await self._session.ws_connect(
                f"{url}/ws", headers=headers, max_msg_size=FRAME_LIMIT, autoclose=True, timeout=_CLOSING
            )
            since = None if self._at is None else self.revision
            hello = Hello(version=__version__, client=self._name, since=since, since_at=self._at)
            await self._socket.send_str(dumps(jsonrpc.request(0, HELLO, self._messages.write(hello))).decode())
            shape = await self._first_answer(self._socket)
        except TimeoutError:
            raise
        except (OSError, aiohttp.ClientError) as error:
            if isinstance(error, aiohttp.WSServerHandshakeError) and error.status == TOO_MANY:
                root = self.workspace.root
                raise NotAnswered(f"The daemon of {root} serves as many clients as it can; close some.") from error
            logger.info("no daemon answers for %s: %s", self.workspace.root, error)
            return None
        if shape is None:
            return None
        if "error" in shape:
            raise jsonrpc.error_of(shape["error"])
        return self._messages.read_known(shape["result"], Welcome)

    async def _first_answer(self, socket: aiohttp.ClientWebSocketResponse) -> dict[str, Any] | None:
        """The answer to Hello; None when the daemon goes away first. Events in the same frame are kept for later."""
        self._early = []
        while True:
            message = await socket.receive()
            if message.type is not aiohttp.WSMsgType.TEXT:
                return None
            shapes = incoming.shapes(message.data)
            self._early += [shape for shape in shapes if shape.get("id") != 0]
            for shape in shapes:
                if shape.get("id") == 0:
                    return shape

    async def _disconnect(self) -> None:
        socket, self._socket = self._socket, None
        session, self._session = self._session, None
        if socket is not None:
            await socket.close()
        if session is not None:
            await session.close()

    async def _live(self) -> None:
        """Listens, and comes back whenever the connection is lost."""
        while True:
            # Both at once: a daemon whose answers are not read reads no requests either.
            sending = asyncio.get_running_loop().create_task(self._send_pending(), name="requests sent again")
            try:
                await self._listen()
            finally:
                sending.cancel()
                await asyncio.wait([sending])
            if self.state is ClientState.CLOSED:
                return
            self.state = ClientState.RECONNECTING
            self._on_state(self.state)
            await self._disconnect()
            self._cancelling.forget()
            has_gap = await self._come_back()
            self._on_state(self.state)
            if has_gap:
                self._on_gap(self.revision)
            # What was said of the code meanwhile is not told again.
            self._on_code(None, None)
            self._take_early()

    def _lived(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("a fault in the connection to the daemon of %s", self.workspace.root, exc_info=error)
            self._give_up(from_kind("internal", f"A fault in the connection to the daemon: {error!r}.", {}))

    async def _send_pending(self) -> None:
        for pending in tuple(self._pending.values()):
            await self._send_once(pending)

    async def _come_back(self) -> bool:
        attempt = 0
        while True:
            await pause(attempt, self._timers)
            attempt += 1
            try:
                return await self._connect()
            except IssuelensError as error:
                logger.warning("attempt %d to reach the daemon of %s: %s", attempt, self.workspace.root, error)
                self._give_up(error)

    def _give_up(self, error: IssuelensError) -> None:
        """Tells those who wait why their request can't be done now."""
        for pending in self._pending.values():
            if not pending.answer.done():
                pending.answer.set_exception(from_kind(error.kind, error.message, error.details))

    async def _listen(self) -> None:
        assert self._socket is not None
        async for message in self._socket:
            if message.type is aiohttp.WSMsgType.TEXT:
                for shape in incoming.shapes(message.data):
                    self._take(shape)

    def _take_early(self) -> None:
        early, self._early = self._early, []
        for shape in early:
            self._take(shape)

    def _take(self, shape: dict[str, Any]) -> None:
        if shape.get("method") == EVENT:
            self._take_event(incoming.event(shape["params"]))
        elif shape.get("method") == GOODBYE:
            self.goodbye = str(shape["params"].get("reason"))
            logger.warning("the daemon of %s says goodbye: %s", self.workspace.root, self.goodbye)
        elif (hear := self._heard.get(shape.get("method", ""))) is not None:
            hear(shape["params"])
        elif (pending := self._pending.get(shape.get("id", 0))) is None:
            self._cancelling.answered(shape.get("id"))
        elif not pending.answer.done():
            if "error" in shape:
                pending.answer.set_exception(jsonrpc.error_of(shape["error"]))
            else:
                pending.answer.set_result(shape["result"])

    def _take_event(self, event: Event) -> None:
        if event.revision <= self.revision:
            return
        missed = event.revision > self.revision + 1
        self.revision, self._at = event.revision, event.at
        if missed:
            self._on_gap(event.revision)
        else:
            self._on_event(event)
