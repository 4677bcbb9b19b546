"""The daemon's life: database, socket, ready; then a reason to go, and everything closed in the opposite order."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import platform
import signal
import sqlite3
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import Any, Final

from aiohttp import web
from aiohttp.typedefs import Handler as RequestHandler
from packaging.version import InvalidVersion, Version
from sqlalchemy import Connection

from issuelens import __version__
from issuelens.daemon.app import App
from issuelens.daemon.code import CodeReading
from issuelens.daemon.code_history import CodeHistory
from issuelens.daemon.code_index import CodeIndex
from issuelens.daemon.configuration import Configuration
from issuelens.daemon.events import SUBSCRIBER, EventStream, event_content, notification
from issuelens.daemon.handlers import Handlers
from issuelens.daemon.idle import IdleExit
from issuelens.daemon.listening import listening
from issuelens.daemon.place import Place
from issuelens.daemon.reading import Handler, Reading
from issuelens.daemon.upkeep import Upkeep
from issuelens.daemon.writer import Writer
from issuelens.domain.errors import InvalidConfig, InvalidField, IssuelensError, NotInitialised, PlaceChanged
from issuelens.domain.moment import timestamp
from issuelens.domain.operation import Event
from issuelens.ipc import messages, methods
from issuelens.ipc.converter import Messages
from issuelens.ipc.endpoint import Endpoint, noted_endpoint, write_endpoint
from issuelens.ipc.limits import shown
from issuelens.ipc.locks import FileLock
from issuelens.ipc.sync_messages import SyncState
from issuelens.process import default_actor, held_here, trim_memory
from issuelens.storage import history, reads
from issuelens.storage.database import HEAD, Database, Reader
from issuelens.tracker.operations import OperationContext, initialise_history
from issuelens.workspace import Workspace

logger = logging.getLogger(__name__)

DRAIN_SECONDS: Final = 30.0
"""How long the end waits for requests under way."""
GOODBYE_SECONDS: Final = 2.0
"""How long the end waits for clients to read their goodbye."""


class Daemon:
    """One workspace's daemon; `run` is its whole life. The caller holds the lock.

    Args:
        workspace: whose daemon.
        token: what its clients must show.
        lock: the lock that the caller holds.
    """

    def __init__(self, workspace: Workspace, token: str, lock: FileLock) -> None:
        self.workspace = workspace
        self._token = token
        self._place = Place(workspace, lock)
        self._messages = Messages()
        self._begun = time.monotonic()
        self._goodbye: asyncio.Future[messages.Goodbye] = asyncio.get_running_loop().create_future()
        self._stream = EventStream(self._touched)
        self._idle: IdleExit | None = None
        self._endpoint: Endpoint | None = None
        self._app: App | None = None
        self._database: Database | None = None
        self._reader: Reader | None = None
        self._handlers: Handlers | None = None
        self._upkeep: Upkeep | None = None

    @classmethod
    async def live(cls, workspace: Workspace, token: str, lock: FileLock, ready: Callable[[], None]) -> None:
        """Makes a daemon within the event loop that it lives in; see `run`."""
        await cls(workspace, token, lock).run(ready)

    async def run(self, ready: Callable[[], None]) -> None:
        """Serves until there is a reason to go.

        Args:
            ready: called when clients can connect.

        Raises:
            IssuelensError: why it can't begin.
        """
        async with AsyncExitStack() as stack:
            handlers = await self._open(stack)
            self._app = App(self.workspace, self._table(handlers), self._stream, self._token, self._touched)
            application = self._app.routes()
            # Outermost, since the access check is a middleware, too.
            application.middlewares.insert(0, self._look_when_mistaken)
            runner = web.AppRunner(application, access_log=None, handle_signals=False, shutdown_timeout=GOODBYE_SECONDS)
            await runner.setup()
            assert runner.server is not None
            self._app.count(lambda: len(runner.server.connections) if runner.server else 0)
            stack.push_async_callback(runner.cleanup)
            # Before anybody is served: what is asked then counts on what it has read.
            await handlers.sharing.begin()
            self._endpoint = await stack.enter_async_context(listening(runner, self.workspace, self._token))
            self._leave_on_signals(stack)
            self._idle = IdleExit(
                idle_seconds(self.workspace), self._is_idle, self._leave_idle, asyncio.get_running_loop()
            )
            stack.callback(self._idle.close)
            self._log_begin()
            ready()
            self._idle.begin()
            goodbye = await self._goodbye
            uptime = round(time.monotonic() - self._begun, 3)
            logger.info("leaving", extra={"reason": goodbye.reason, "uptime_seconds": uptime})
            # A scan may take as long; whoever waits for it is told to ask the next daemon.
            await handlers.code.index.close()
            handlers.code_history.close()
            await self._app.drain(DRAIN_SECONDS)
            await handlers.close()
            await self._stream.close(goodbye, GOODBYE_SECONDS)

    def _log_begin(self) -> None:
        milliseconds = round((time.monotonic() - self._begun) * 1000)
        facts = {"schema": HEAD, "sqlite": sqlite3.sqlite_version, "python": platform.python_version()}
        logger.info("serving", extra={"duration_ms": milliseconds, **facts})

    async def _open(self, stack: AsyncExitStack) -> Handlers:
        loop = asyncio.get_running_loop()
        writing = stack.enter_context(ThreadPoolExecutor(1, thread_name_prefix="issuelens-writer"))
        reading = stack.enter_context(ThreadPoolExecutor(1, thread_name_prefix="issuelens-reader"))
        working = stack.enter_context(ThreadPoolExecutor(1, thread_name_prefix="issuelens-work"))
        self._database = await loop.run_in_executor(writing, Database.open, self.workspace.database)
        stack.push_async_callback(loop.run_in_executor, writing, self._database.close)
        await loop.run_in_executor(writing, self._begin_history, self._database)
        self._reader = await loop.run_in_executor(reading, Reader.open, self.workspace.database)
        stack.push_async_callback(loop.run_in_executor, reading, self._reader.close)
        self._place.note()
        writer = Writer(self._database, writing, self._publish, self._place)
        writer.start()
        stack.push_async_callback(writer.close)
        configuration = Configuration(self.workspace)
        reads_of = Reading(self._reader, reading, working, configuration, default_actor(), self._place)
        self._upkeep = Upkeep(self.workspace, configuration, writer, reads_of)
        stack.push_async_callback(self._upkeep.close)
        index = CodeIndex(self.workspace, configuration, writer, reads_of, self._stream)
        stack.push_async_callback(index.close)
        code = CodeReading(configuration, reads_of, index)
        history_of = CodeHistory(self.workspace.root, reads_of, index)
        stack.callback(history_of.close)
        self._handlers = Handlers(
            self.workspace,
            configuration,
            writer,
            reads_of,
            self._upkeep,
            code,
            history_of,
            default_actor(),
            self._tell_sync,
        )
        stack.push_async_callback(self._handlers.close)
        await self._upkeep.statuses()
        self._upkeep.changed()
        return self._handlers

    def _publish(self, *events: Event) -> None:
        self._stream.publish(*events)
        if self._upkeep is not None:
            self._upkeep.changed()
        if self._handlers is not None:
            self._handlers.changed(*events)

    def _tell_sync(self, state: SyncState) -> None:
        self._stream.tell(notification(methods.SYNC_STATE, state))
        self._touched()

    def _begin_history(self, database: Database) -> None:
        with database.transaction() as connection:
            if reads.current_revision(connection) == 0:
                context = OperationContext(
                    key="init",
                    actor=default_actor(),
                    client="daemon",
                    now=timestamp(datetime.now(UTC)),
                    prefix="",
                    random_bytes=os.urandom,
                )
                initialise_history(connection, context)

    # Reasons to go

    def _leave(self, goodbye: messages.Goodbye) -> None:
        if not self._goodbye.done():
            self._goodbye.set_result(goodbye)

    def _leave_idle(self) -> None:
        self._leave(messages.Goodbye(reason="nobody was connected", reconnect=False))

    @web.middleware
    async def _look_when_mistaken(self, request: web.Request, handler: RequestHandler) -> web.StreamResponse:
        """Looks around when somebody comes with another's token: the place may be another daemon's by now."""
        try:
            return await handler(request)
        except web.HTTPUnauthorized:
            try:
                self._place.check()
                if self._endpoint is not None and noted_endpoint(self.workspace) != self._endpoint:
                    # It was deleted, or came with files that were copied here.
                    write_endpoint(self.workspace, self._endpoint)
            except PlaceChanged as error:
                self._leave_place(error)
            except (OSError, IssuelensError) as error:
                logger.warning("daemon.json can't be written again: %s", error)
            raise

    def _leave_place(self, error: PlaceChanged) -> None:
        self._leave(messages.Goodbye(reason=error.message, reconnect=True))

    def _leave_on_signals(self, stack: AsyncExitStack) -> None:
        if sys.platform == "win32":
            return
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            goodbye = messages.Goodbye(reason=f"signal {number.name}", reconnect=True)
            loop.add_signal_handler(number, self._leave, goodbye)
            stack.callback(loop.remove_signal_handler, number)

    def _is_idle(self) -> bool:
        is_busy = self._app is not None and self._app.is_busy
        is_due = self._handlers is not None and self._handlers.git_sync.is_due
        return len(self._stream) == 0 and not is_busy and not is_due

    def _touched(self) -> None:
        if self._idle is not None:
            self._idle.touched()

    # What it says of itself

    def _table(self, handlers: Handlers) -> dict[str, Handler]:
        return {method: self._in_place(handler) for method, handler in handlers.table().items()} | {
            methods.HELLO: self._hello,
            methods.STATUS: self._status,
            methods.STOP: self._stop,
        }

    def _in_place(self, handler: Handler) -> Handler:
        """The handler, refused when the issues are not where they were; the daemon goes then, for its successor."""

        async def handle(params: Any, client: str) -> Any:
            assert self._handlers is not None
            try:
                self._place.check()
                # One who stays connected hears of what was taken in.
                await self._handlers.sharing.looked(is_waiting=SUBSCRIBER.get() is None)
                try:
                    return await handler(params, client)
                except InvalidConfig:
                    # Settings that went away with their folder are nothing to mend.
                    self._place.check()
                    raise
            except PlaceChanged as error:
                self._leave_place(error)
                raise

        return handle

    async def _hello(self, params: Any, _client: str) -> Any:
        hello = self._messages.read_known(params, messages.Hello)
        subscriber = SUBSCRIBER.get()
        if subscriber is not None:
            subscriber.hold()
        try:
            self._place.check()
        except PlaceChanged as error:
            self._leave_place(error)
        if _is_newer(hello.version):
            self._leave(messages.Goodbye(reason=f"version {hello.version} takes over", reconnect=True))
        assert self._handlers is not None

        def read(connection: Connection) -> tuple[history.Missed, list[bytes]]:
            missed = history.missed_since(connection, hello.since, hello.since_at)
            # Written in the reading thread, too: they may be many, and the event loop must not wait for it.
            return missed, [event_content(event) for event in missed.events or ()]

        missed, contents = await self._handlers.reading.read(read)
        if subscriber is not None:
            subscriber.resume(missed.revision, contents)
        welcome = messages.Welcome(
            version=__version__,
            revision=missed.revision,
            at=missed.at,
            gap=missed.events is None,
            pid=os.getpid(),
            workspace=str(self.workspace.root),
            retiring=self._goodbye.done(),
            sync=self._handlers.sync_state,
        )
        return self._messages.write(welcome)

    async def _stop(self, params: Any, client: str) -> Any:
        self._messages.read(params, messages.Nothing)
        self._leave(messages.Goodbye(reason=f"{client} asked for it", reconnect=False))
        return {}

    async def _status(self, params: Any, _client: str) -> Any:
        trim = self._messages.read(params, messages.GetStatus).trim
        if trim:
            trim_memory()
        assert self._database is not None
        assert self._reader is not None
        assert self._handlers is not None
        held = held_here()
        waiting_messages, waiting_bytes = self._stream.waiting
        counts = [self._database.counts, self._reader.counts]
        status = messages.Status(
            version=__version__,
            pid=os.getpid(),
            workspace=str(self.workspace.root),
            database=str(self.workspace.database),
            revision=await self._handlers.reading.read(reads.current_revision),
            uptime_seconds=round(time.monotonic() - self._begun, 3),
            idle_seconds=self._idle.seconds if self._idle else 0.0,
            clients=self._stream.names,
            waiting_messages=waiting_messages,
            waiting_bytes=waiting_bytes,
            engines=sum(one.engines for one in counts),
            pool_checkouts=sum(one.checkouts - one.checkins for one in counts),
            connections=sum(one.connects - one.closes for one in counts),
            tasks=len(asyncio.all_tasks()),
            fds=held.fds,
            sockets=held.sockets,
            watchers=held.watchers,
            locks=held.locks,
            children=held.children,
            threads=held.threads,
            objects=len(gc.get_objects()) if trim else None,
            rss_anon_kb=held.rss_anon_kb,
            sync=self._handlers.sync_state,
        )
        return self._messages.write(status)


def _is_newer(version: str) -> bool:
    try:
        return Version(version) > Version(__version__)
    except InvalidVersion as error:
        raise InvalidField("version", f"{shown(version)!r} is not a version such as {__version__}") from error


def idle_seconds(workspace: Workspace) -> float:
    """How long to stay without clients: ISSUELENS_IDLE_SECONDS, else config.toml, else its default."""
    named = os.environ.get("ISSUELENS_IDLE_SECONDS")
    if named is not None:
        try:
            return max(0.0, float(named))
        except ValueError:
            logger.warning("ISSUELENS_IDLE_SECONDS is not a number: %r", named)
    try:
        return workspace.read_config().daemon.idle_seconds
    except (InvalidConfig, NotInitialised) as error:
        logger.warning("%s", error)
        return 60.0
