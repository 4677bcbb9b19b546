"""One Session per open workspace. It owns a read-only engine, a connection to the daemon and a TODO index."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections import Counter
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define, field

from issuelens.domain.config import Config
from issuelens.domain.errors import (
    ConnectionLost,
    InternalError,
    InvalidConfig,
    IssuelensError,
    NotInitialised,
)
from issuelens.domain.ids import prefix_of
from issuelens.domain.issue import Issue, IssueSummary
from issuelens.domain.moment import timestamp
from issuelens.domain.operation import Event, Operation
from issuelens.domain.query import Query
from issuelens.files import identity
from issuelens.ipc import methods
from issuelens.lsp.cards import Cards
from issuelens.lsp.catalogue import Catalogue, Catalogues
from issuelens.lsp.code_index import CodeIndex
from issuelens.lsp.convert import uri_of
from issuelens.lsp.folders import Folders
from issuelens.lsp.held import held_by, opened_reader
from issuelens.lsp.listener import SessionListener
from issuelens.lsp.loading import load
from issuelens.lsp.state import State, folder_gone
from issuelens.lsp.summaries import Summaries
from issuelens.lsp.sync_state import SyncState
from issuelens.process import default_actor
from issuelens.todos.settings import scan_settings
from issuelens.workspace import Workspace

if TYPE_CHECKING:
    from issuelens.ipc.client import ClientState, DaemonClient
    from issuelens.ipc.messages import Written
    from issuelens.storage.database import Reader

logger = logging.getLogger(__name__)
_Result = TypeVar("_Result")


@define(eq=False)
class Session:
    """An open workspace. `generation` grows whenever something shown from it may have changed."""

    workspace: Workspace
    listener: SessionListener
    reader_thread: ThreadPoolExecutor
    work_thread: ThreadPoolExecutor
    """For what looks at the workspace's files."""
    client_name: str
    starts: asyncio.Semaphore
    """Bounds how many Sessions start a daemon at a time."""
    folders: Folders = field(factory=Folders)
    """The editor's folders."""
    code: CodeIndex = field(init=False)
    """What stands in the workspace's files."""
    config: Config = field(factory=Config)
    config_problem: InvalidConfig | None = None
    state: State = State.UNINITIALISED
    failure: IssuelensError | None = None
    generation: int = 0
    left: Counter[str] = field(factory=Counter)
    """What its engine still held when it was closed, as in `held`; 0, unless something leaks."""
    revision: int = 0
    created: dict[str, str] = field(factory=dict)
    """Issues made from TODOs whose id is not in the text yet: the TODO's key -> id."""
    cards: Cards = field(factory=Cards)
    """What was shown of its issues last."""
    sync: SyncState = field(factory=SyncState)
    _prefixes: frozenset[str] = frozenset()
    _summaries: Summaries = field(factory=Summaries)
    _catalogues: Catalogues = field(factory=Catalogues)
    _stack: AsyncExitStack = field(factory=AsyncExitStack)
    _opening: asyncio.Task[None] | None = None
    _leaving: asyncio.Task[None] | None = None
    _told: str | None = None
    """The failure that was shown last."""
    _opened: tuple[int, int] | None = None
    """Which file the reader has open."""
    _client: DaemonClient | None = None
    _reader: Reader | None = None

    def __attrs_post_init__(self) -> None:
        self.code = CodeIndex(
            self.workspace.root,
            settings=lambda: scan_settings(self.config.todos, self.prefixes),
            told=lambda paths: self.listener.todos(self, paths),
            begin_progress=self.listener.progress,
            work_thread=self.work_thread,
        )

    @property
    def uri(self) -> str:
        """The URI of the workspace's root, as the editor names it where it opened the root itself."""
        root = self.workspace.root
        return self.folders.uri_of(root) or uri_of(root)

    # Life

    def open(self) -> None:
        """Begins to open what the workspace has; `ready` waits for the end of it."""
        self.read_config()
        if not self.workspace.is_initialised:
            self._be_without_issues()
            return
        self.state, self.failure = State.OPENING, None
        self._opening = asyncio.get_running_loop().create_task(self._open(), name=f"open {self.workspace.root}")

    def look(self) -> None:
        """Begins anew when the open database is not the one that stands there, or when one has come. A system call."""
        is_gone = self.state is State.OPEN and identity(self.workspace.database) != self._opened
        if is_gone:
            stack, self._stack = self._stack, AsyncExitStack()
            self._client, reader, self._reader = None, self._reader, None
            self.state, self.revision, self._prefixes = State.OPENING, 0, frozenset()
            self._leaving = asyncio.get_running_loop().create_task(self._leave(stack, reader), name="leave a database")
            self._opening = asyncio.get_running_loop().create_task(self._begin_anew(self._leaving), name="begin anew")
        elif self.state is State.UNINITIALISED and self.workspace.is_initialised:
            self.open()

    async def _begin_anew(self, leaving: asyncio.Task[None]) -> None:
        # Ended by `close`, this leaves the other task to finish.
        await asyncio.wait([leaving])
        self.read_config()
        if self.workspace.is_initialised:
            await self._open()
            return
        self._be_without_issues()
        gone = f"{self.workspace.directory} is not there any more, so there are no issues until it is back."
        self.listener.problem(self, self.failure.message if self.failure else gone)
        self._changed(None)

    def _be_without_issues(self) -> None:
        self.state, self.failure = State.UNINITIALISED, None
        if not self.workspace.root.is_dir():
            self.state, self.failure = State.FAILED, folder_gone(self.workspace.root)
        self.code.scan_here()

    async def _leave(self, stack: AsyncExitStack, reader: Reader | None) -> None:
        try:
            await stack.aclose()
        except IssuelensError as error:
            logger.error("%s was not left in order: %s", self.workspace.database, error)
        finally:
            self.left.update(held_by(reader))

    async def _open(self) -> None:
        # Here: initialize is answered before SQLAlchemy and aiohttp are loaded.
        load("issuelens.ipc.client", "issuelens.storage.lists")
        from issuelens.ipc.client import DaemonClient

        try:
            async with AsyncExitStack() as stack:
                client = DaemonClient(
                    self.workspace,
                    client=self.client_name,
                    on_event=self._on_event,
                    on_gap=self._on_gap,
                    on_state=self._on_state,
                    on_code=self.code.heard,
                    on_code_progress=self.code.heard_progress,
                    on_sync=self.sync.told_by_daemon,
                    starts=self.starts,
                )
                self._client = await stack.enter_async_context(client)
                self._opened = identity(self.workspace.database)
                self._reader = await opened_reader(self.workspace.database, self.reader_thread, stack)
                self.revision = client.revision
                await self._read_prefixes()
                stack.push_async_callback(self.code.leave)
                self._stack = stack.pop_all()
        except IssuelensError as error:
            self._failed(error)
        except Exception as error:
            logger.exception("a fault in opening %s", self.workspace.root)
            text = f"A fault in the language server ({type(error).__name__}): its issues can't be read. See its log."
            self._failed(InternalError(text))
        else:
            self.state, self._told = State.OPEN, None
            self.code.take_from(client, self.read)
            self._changed(None)
        finally:
            if self.state is not State.OPEN:
                self._client = self._reader = None

    def _failed(self, error: IssuelensError) -> None:
        self.state, self.failure = State.FAILED, error
        self.code.scan_here()
        # Each request tries again, and is told by itself.
        if error.message != self._told:
            self._told = error.message
            self.listener.problem(self, error.message)

    async def close(self) -> None:
        """Ends what is being opened, then closes the engine and the connection."""
        self.state = State.CLOSED
        if self._opening is not None:
            self._opening.cancel()
            await asyncio.wait([self._opening])
        if self._leaving is not None:
            await asyncio.wait([self._leaving])
        stack, self._stack = self._stack, AsyncExitStack()
        self._client, reader, self._reader = None, self._reader, None
        await self._leave(stack, reader)
        await self.code.close()

    async def ready(self) -> None:
        """Waits until the Session is open or has failed to; never raises for that."""
        self.look()
        if self._opening is not None and not self._opening.done():
            await asyncio.wait([self._opening])

    async def reopen(self) -> None:
        """Opens again after a failure, or after the folder was initialised."""
        await self.ready()
        if self.state in (State.UNINITIALISED, State.FAILED):
            self.open()
        # Another request may have begun to open it.
        await self.ready()

    def read_config(self) -> bool:
        """Reads config.toml again; a broken one leaves the settings as they were. Whether anything changed."""
        before = (self.config, self.config_problem and self.config_problem.message)
        try:
            self.config, self.config_problem = self.workspace.read_config(), None
        except NotInitialised:
            self.config, self.config_problem = Config(), None
        except InvalidConfig as error:
            self.config_problem = error
        changed = before != (self.config, self.config_problem and self.config_problem.message)
        if changed:
            self.generation += 1
            self.code.settings_changed()
        return changed

    # What others say

    def _on_event(self, event: Event) -> None:
        if event.revision <= self.revision and self.state is State.OPEN:
            return
        self.revision = max(self.revision, event.revision)
        self.sync.heard(event)
        prefixes = {prefix_of(issue_id) for issue_id in event.ids} | set(event.prefixes)
        is_new = not prefixes <= self.config.prefixes | self._prefixes
        self._prefixes |= prefixes
        if is_new:
            # Other words are ids from now on.
            self.code.settings_changed()
        self._changed(None if event.is_large or is_new else event.ids)

    def _on_state(self, state: ClientState) -> None:
        self.look()
        if state == "connected":
            self.code.connected_again()

    def _on_gap(self, revision: int) -> None:
        self.revision = revision
        self._changed(None)

    def _changed(self, ids: tuple[str, ...] | None) -> None:
        self.generation += 1
        self._catalogues.forget(ids)
        self.listener.changed(self, self.revision, ids, self._summaries.forget(ids))

    # Reading

    @property
    def hears(self) -> bool:
        """Whether the daemon tells of every change; not while the connection to it is lost."""
        return self._client is not None and self._client.state == "connected"

    @property
    def prefixes(self) -> frozenset[str]:
        """Every prefix that begins an id here."""
        return self.config.prefixes | self._prefixes if self.state is State.OPEN else frozenset()

    async def _read_prefixes(self) -> None:
        from issuelens.storage.reads import id_prefixes

        self._prefixes = await self.read(id_prefixes)

    async def summaries(self, ids: Collection[str]) -> dict[str, IssueSummary]:
        """The known ones of these ids."""
        return await self._summaries.of(ids, self.read if self._reader is not None else None)

    async def catalogue(self) -> Catalogue:
        """Every issue in a line, as they stand now."""
        await self.must_be_open()
        return await self._catalogues.current(self.read)

    async def issue(self, word: str) -> Issue:
        """The whole issue with this id, or the only one whose id begins like this; the survivor for a merged one.

        Raises:
            UnknownIssue, AmbiguousId: when there is none, or several.
        """
        from issuelens.storage.reads import find_issue

        await self.must_be_open()
        return await self.read(find_issue, word, self.config.prefix)

    async def issues(self, query: Query) -> list[Issue]:
        """The issues that the query finds.

        Raises:
            UnknownIssue, AmbiguousId: when an id in it is none.
        """
        from issuelens.ipc.messages import Nothing
        from issuelens.storage.conditions import Asking
        from issuelens.storage.lists import list_issues

        await self.must_be_open()
        if query.needs_code and self._client is not None:
            await self._client.request(methods.REFRESH_CODE, Nothing(), Nothing)
        asking = Asking(now=timestamp(datetime.now(UTC)), me=default_actor())
        return list(await self.read(list_issues, query, asking, self.config.prefix))

    async def read(self, function: Callable[..., _Result], *arguments: Any) -> _Result:
        """The result of a function of `storage`, whose first argument is a connection."""
        reader = self._reader
        if reader is None:
            raise self._unusable()
        return await self._in_reader_thread(reader.read, function, *arguments)

    async def _in_reader_thread(self, function: Callable[..., _Result], *arguments: Any) -> _Result:
        return await asyncio.get_running_loop().run_in_executor(self.reader_thread, function, *arguments)

    # Writing

    async def write(self, operation: Operation, key: str | None = None) -> Written:
        """Has the daemon do an operation, once for the same key; what it changed is shown from then on."""
        key, written = key or uuid.uuid4().hex, None
        while written is None:
            await self.must_be_open()
            client = self._client
            if client is None:
                raise self._unusable()
            try:
                written = await client.write(operation, key=key)
            except ConnectionLost:
                # When that one was left since its place has changed, what stands there now is meant.
                if client is self._client:
                    raise
        if written.event is not None:
            self._on_event(written.event)
        return written

    async def must_be_open(self) -> None:
        """Waits until issues can be read and written, trying again after a failure; else raises what it was."""
        await self.ready()
        if self.state is State.FAILED:
            await self.reopen()
        if self.state is not State.OPEN:
            raise self._unusable()

    def _unusable(self) -> IssuelensError:
        if self.state is State.UNINITIALISED:
            return NotInitialised(
                f"{self.workspace.root} has no issues yet. Run the command “Initialise” or `issuelens init` there."
            )
        return self.failure or IssuelensError(f"The workspace {self.workspace.root} is closed.")

    async def ask(self, method: str, params: Any, answer: type[_Result], *, key: str | None = None) -> _Result:
        """What the daemon answers to a request other than an operation; a `key` for one that writes."""
        await self.must_be_open()
        if self._client is None:
            raise self._unusable()
        return await self._client.request(method, params, answer, key=key)

    # What it holds

    def held(self) -> dict[str, Any]:
        """What this Session holds, for `issuelens/status`."""
        return {
            "workspace": str(self.workspace.root),
            "state": str(self.state),
            "problem": self.failure.message if self.failure else None,
            "folders": sorted(self.folders),
            "revision": self.revision,
            **held_by(self._reader),
            "connections": 1 if self._client is not None else 0,
            "cachedIssues": len(self._summaries),
        }
