"""The language server: what one editor has open, and who answers it. Features and commands register themselves here."""

from __future__ import annotations

import asyncio
import faulthandler
import logging
import sys
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer

from issuelens import __version__
from issuelens.domain.plain import message
from issuelens.lsp.documents import Document, Documents
from issuelens.lsp.in_turn import InTurn
from issuelens.lsp.initialize import SERVER_NAME, position_encoding, pulls_diagnostics
from issuelens.lsp.kinds import Kind
from issuelens.lsp.listener import SessionListener
from issuelens.lsp.open_todos import OpenTodos
from issuelens.lsp.progress import Progress, Progresses
from issuelens.lsp.protocol import Protocol, converter
from issuelens.lsp.refresh import Refresh
from issuelens.lsp.session import Session
from issuelens.lsp.sessions import Sessions
from issuelens.lsp.settings import Settings
from issuelens.lsp.tasks import Tasks
from issuelens.lsp.turns import Gathered, Paths
from issuelens.todos.paths import shown_path
from issuelens.workspace import Workspace

if TYPE_CHECKING:
    from issuelens.lsp.save_issue import NewIssue

logger = logging.getLogger(__name__)

DID_CHANGE_ISSUES = "issuelens/didChangeIssues"
DID_CHANGE_TODOS = "issuelens/didChangeTodos"
READING = "Reading TODOs"

END_SECONDS = 45
"""How long the end may take: three times what all its waits have as their deadlines."""

PAUSE_SECONDS = 0.08
"""How long nothing must be typed for diagnostics to be sent."""
TYPING_SECONDS = 0.5
"""How long after the first key they are sent at the latest, while typing goes on."""

SAVE_SECONDS = 5.0
"""How long the end waits for what was saved of issue documents: editors leave in the moment after `:wq`."""

STARTS = 4
"""Daemons that are started at a time."""


class Server(LanguageServer):
    """One editor's server. `async with` owns its sessions, tasks and its one reader thread."""

    protocol: Protocol

    def __init__(self, params: dict[str, Any]) -> None:
        super().__init__(SERVER_NAME, __version__, protocol_cls=Protocol, converter_factory=converter)
        self.parameters = self.protocol.initialize_params(params)
        self.documents = Documents(position_encoding(params.get("capabilities") or {}))
        self.pulls_diagnostics = pulls_diagnostics(params.get("capabilities") or {})
        self.settings = Settings()
        self.exit_code: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._must_end = False
        self.tasks = Tasks()
        self.reader_thread = ThreadPoolExecutor(1, thread_name_prefix="issuelens-reader")
        self.work_thread = ThreadPoolExecutor(1, thread_name_prefix="issuelens-files")
        # Many folders opened at once: were all daemons started together, none would be ready in time.
        self._starts = asyncio.Semaphore(STARTS)
        self.sessions = Sessions(self._make_session)
        self.open_todos = OpenTodos(self.documents.get, self.session_of)
        self.typed = Gathered(
            self._typing_paused, limit=1 << 30, quiet_seconds=PAUSE_SECONDS, longest_seconds=TYPING_SECONDS
        )
        """Takes the URIs of documents that are typed into."""
        window = self.parameters.capabilities.window
        is_offered = bool(window and window.work_done_progress)
        self.progresses = Progresses(self.protocol.ask, self.protocol.notify, is_offered=is_offered)
        self.bases: dict[str, str] = {}
        """Of open issue documents: the text as it was when the issue had all of it."""
        self.new_issues: dict[str, NewIssue] = {}
        """Of open documents of new issues: what was made of them."""
        self.saves, self.renewals = InTurn(self.tasks), InTurn(self.tasks)
        """What was saved of issue documents, and what is put into them, by URI."""
        self.is_leaving = False
        """Whether the end has begun: no question will be answered any more."""
        self.issues_changed: Callable[[Session, tuple[str, ...] | None], None] = lambda *_: None
        """Called when issues of a Session have changed; None: any may have."""
        self.findings_changed: Callable[[Session | None, frozenset[str] | None], None] = lambda *_: None
        """Called when what diagnostics are made of may be another: (Session or all, ids of issues or None for any)."""
        self.held: list[Callable[[], None]] = []
        """What answers requests that are held until something changes, when the server is asked to end."""
        self.closing: list[Callable[[], Awaitable[None]]] = []
        """What features end with the server, in this order."""
        self.folders_changed: Callable[[], None] = lambda: None
        """Called when Sessions were opened or closed."""
        self._refreshes = [Refresh(method, self.protocol.ask) for method in self._refresh_methods()]

    def _refresh_methods(self) -> list[str]:
        workspace = self.parameters.capabilities.workspace
        wanted = []
        if workspace and workspace.code_lens and workspace.code_lens.refresh_support:
            wanted.append(types.WORKSPACE_CODE_LENS_REFRESH)
        if self.pulls_diagnostics and workspace and workspace.diagnostics and workspace.diagnostics.refresh_support:
            wanted.append(types.WORKSPACE_DIAGNOSTIC_REFRESH)
        if workspace and workspace.inlay_hint and workspace.inlay_hint.refresh_support:
            wanted.append(types.WORKSPACE_INLAY_HINT_REFRESH)
        if workspace and workspace.semantic_tokens and workspace.semantic_tokens.refresh_support:
            wanted.append(types.WORKSPACE_SEMANTIC_TOKENS_REFRESH)
        return wanted

    def _make_session(self, workspace: Workspace) -> Session:
        listener = SessionListener(
            self._session_changed, self._session_problem, self._todos_changed, self._begin_progress
        )
        threads = (self.reader_thread, self.work_thread)
        return Session(workspace, listener, *threads, f"lsp/{self.client_name}", self._starts)

    def _begin_progress(self, cancel: Callable[[], None]) -> Progress:
        return self.progresses.begin(READING, cancel)

    @property
    def client_name(self) -> str:
        """The editor's name in lower case, for the history; of its signs those that a header may have."""
        info = self.parameters.client_info
        name = (info.name if info else "").lower().replace(" ", "-")[:40]
        return "".join(one for one in name if one.isascii() and one.isprintable()) or "editor"

    # Life

    async def __aenter__(self) -> Server:
        return self

    async def __aexit__(self, *_details: object) -> None:
        self.is_leaving = True
        await self.protocol.cancel_running()
        await self.saves.finish(SAVE_SECONDS)
        await self.tasks.close()
        for close in self.closing:
            await close()
        await self.close_sessions()
        self.reader_thread.shutdown()
        self.work_thread.shutdown()

    async def close_sessions(self) -> None:
        """Closes every Session, after what was saved is taken; what is asked afterwards is refused."""
        self.is_leaving = True
        await self.saves.finish(SAVE_SECONDS)
        for refresh in self._refreshes:
            refresh.close()
        self.typed.close()
        await self.open_todos.close()
        await self.sessions.close()
        self.progresses.close()

    def stop(self, code: int) -> None:
        """Ends the server with this exit code; the first call counts."""
        self.must_end()
        if not self.exit_code.done():
            self.exit_code.set_result(code)

    def must_end(self) -> None:
        """From now on the process has END_SECONDS; one that hangs then shows its stacks and ends with 1."""
        if not self._must_end and sys.stderr is not None:
            self._must_end = True
            faulthandler.dump_traceback_later(END_SECONDS, exit=True)

    def report_server_error(self, error: Exception, source: Any) -> None:
        """Faults go to the log; pop-ups are for what a person can act on."""
        logger.error("%s: %s", getattr(source, "__name__", source), error)

    # What the editor is told

    def _session_changed(
        self, session: Session, revision: int, ids: tuple[str, ...] | None, named: frozenset[str] | None
    ) -> None:
        self.refresh(session, named)
        self.issues_changed(session, ids)
        if ids is None:
            # Its prefixes may be others, or the Session has just come to know them.
            self.open_todos.edited(one.uri for one in self.documents if self.session_of(one.uri) is session)
        changed = {"workspace": session.uri, "revision": revision, "ids": list(ids) if ids is not None else None}
        self.protocol.notify(DID_CHANGE_ISSUES, changed)

    def _todos_changed(self, session: Session, paths: Paths) -> None:
        self.findings_changed(session, frozenset())
        shown = None if paths is None else sorted(map(shown_path, paths))
        self.protocol.notify(DID_CHANGE_TODOS, {"workspace": session.uri, "paths": shown})

    def _session_problem(self, session: Session, text: str) -> None:
        self.show(types.MessageType.Error, f"Issues of {session.workspace.root.name}: {text}")
        self.refresh(session)

    def refresh(self, session: Session | None = None, named: frozenset[str] | None = None) -> None:
        """Has the editor read lenses and diagnostics again.

        Args:
            session: whose documents, where diagnostics are pushed; None: all.
            named: the ids of what has changed; documents that name none of them are not concerned. None: any may have.
        """
        self.findings_changed(session, named)
        for refresh in self._refreshes:
            refresh.request()
        if not self.pulls_diagnostics:
            for document in self.documents:
                its = self.session_of(document.uri)
                if (session is None or its is session) and (named is None or _names(document, its, named)):
                    self.push_diagnostics(document)

    def push_diagnostics(self, document: Document) -> None:
        """Sends a document's diagnostics when they are ready, if the editor does not ask for them itself."""
        if self.pulls_diagnostics:
            return
        from issuelens.lsp.features.diagnostics import push

        self.tasks.start(push(self, document), f"diagnostics of {document.uri}")

    def _typing_paused(self, uris: Paths) -> None:
        self.findings_changed(None, frozenset())
        for uri in uris or ():
            document = self.documents.get(uri)
            if document is not None:
                self.push_diagnostics(document)

    def show(self, kind: types.MessageType, text: str) -> None:
        """Shows a message to the person."""
        self.window_show_message(types.ShowMessageParams(type=kind, message=message(text)))

    async def choose(self, kind: types.MessageType, text: str, actions: list[str]) -> str | None:
        """Shows a message with buttons; the label of the one chosen, or None, also when the editor can't ask."""
        params = types.ShowMessageRequestParams(
            type=kind, message=message(text), actions=[types.MessageActionItem(action) for action in actions]
        )
        try:
            answer: Any = await asyncio.wrap_future(self.protocol.ask(types.WINDOW_SHOW_MESSAGE_REQUEST, params))
        except JsonRpcException as error:
            logger.warning("the editor did not ask %r: %s", text, error)
            return None
        return answer.title if answer else None

    def ask(self, method: str, params: Any) -> Future[Any]:
        """Asks the editor; the answer may never come."""
        return self.protocol.ask(method, params)

    # Documents

    def session_of(self, uri: str) -> Session | None:
        """The Session that answers for a document."""
        return self.sessions.of_document(uri)

    async def opened(self, uri: str) -> tuple[Document, Session] | None:
        """An open document and the Session that answers for it, as soon as that is ready; None when one is missing."""
        document, session = self.documents.get(uri), self.session_of(uri)
        if document is None or session is None:
            return None
        await session.ready()
        return document, session


def _names(document: Document, session: Session | None, ids: frozenset[str]) -> bool:
    """Whether a document names one of these issues."""
    if session is None:
        return False
    if document.kind is Kind.EXPORT:
        return True  # of any of them a conflict may have come or gone
    found = document.findings(session.config.todos, session.prefixes).references
    return any(one.id in ids for one in found)
