"""Issues and TODOs of every open folder by what somebody types."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar
from weakref import WeakKeyDictionary

from attrs import define, field
from lsprotocol import types

from issuelens.domain.errors import IssuelensError
from issuelens.ipc.converter import dumps
from issuelens.lsp.documents import Document, Documents
from issuelens.lsp.features.issues import text_of
from issuelens.lsp.fuzzy import Fuzzy
from issuelens.lsp.issue_documents import document_uri, write_issue_document
from issuelens.lsp.places import file_uri
from issuelens.lsp.protocol import Encoded
from issuelens.lsp.server import Server
from issuelens.lsp.session import Session
from issuelens.lsp.symbols import NOWHERE, Symbol, issue_symbols, todo_symbol
from issuelens.lsp.todo_search import FoundTodo, TodoSearch
from issuelens.lsp.uri_paths import UriPaths
from issuelens.todos.scan import read_source

logger = logging.getLogger(__name__)

LIMIT: Final = 200
"""Symbols of one answer."""
ISSUES_LIMIT: Final = LIMIT // 2
"""Issues of one answer, where there are as many TODOs."""
WRITTEN_LIMIT: Final = 20
"""Issues of an answer for which documents must be written at once."""
READ_LIMIT: Final = 4_000_000
"""Characters of files that are read for one answer. In one that was not read, a place is the beginning of its line."""

_Result = TypeVar("_Result")


def register(server: Server) -> None:
    """Registers the requests."""
    symbols = Symbols(server)
    # As functions, on which pygls notes names.
    server.feature(types.WORKSPACE_SYMBOL)(partial(symbols.found))
    server.feature(types.WORKSPACE_SYMBOL_RESOLVE)(partial(symbols.resolved))


@define(eq=False)
class Symbols:
    """Answers for one editor. What is kept of a workspace goes with its Session."""

    server: Server
    _searches: WeakKeyDictionary[Session, TodoSearch] = field(factory=WeakKeyDictionary)

    @property
    def is_resolving(self) -> bool:
        """Whether the editor asks for the range of a symbol when it needs it."""
        workspace = self.server.parameters.capabilities.workspace
        symbol = workspace.symbol if workspace else None
        support = symbol.resolve_support if symbol else None
        return bool(support and "location.range" in support.properties)

    async def found(self, params: types.WorkspaceSymbolParams) -> Encoded:
        """The symbols that fit the query, issues first; in two parts where the editor takes parts."""
        sessions, query, token = tuple(self.server.sessions), Fuzzy.of(params.query), params.partial_result_token
        issues = await self._of_all(sessions, lambda session: self._issues(session, query))
        if not self.is_resolving:
            issues = [one for one in issues[:WRITTEN_LIMIT] if await self._is_written(one)]
        sent = self._send(token, issues[:ISSUES_LIMIT])
        todos = await self._of_all(sessions, lambda session: self._todos(session, query))
        chosen = [*issues[: LIMIT - min(len(todos), LIMIT - ISSUES_LIMIT)], *todos][:LIMIT]
        if token is None:
            return Encoded(dumps(chosen))
        self._send(token, chosen[sent:])
        return Encoded(b"[]")

    def _send(self, token: types.ProgressToken | None, symbols: Sequence[dict[str, Any]]) -> int:
        if token is None or not symbols:
            return 0
        self.server.protocol.notify(types.PROGRESS, types.ProgressParams(token, symbols))
        return len(symbols)

    async def _of_all(
        self, sessions: Iterable[Session], find: Callable[[Session], Awaitable[list[Symbol]]]
    ) -> list[dict[str, Any]]:
        symbols: list[Symbol] = []
        for session in sessions:
            try:
                symbols += await find(session)
            except IssuelensError:
                # It was told of when the folder was opened; the other folders have theirs.
                continue
        return [shape for _, shape in sorted(symbols, key=lambda one: one[0])[:LIMIT]]

    async def _is_written(self, symbol: dict[str, Any]) -> bool:
        """Writes the document of an issue for an editor that goes there without asking; whether it is there."""
        try:
            await self._write(symbol["data"])
        except IssuelensError as error:
            logger.warning("%s is not among the symbols: %s", symbol["name"], error.message)
            return False
        return True

    async def _write(self, asked: dict[str, Any]) -> str:
        session = self.server.sessions.named(text_of(asked, "workspace"))
        return await write_issue_document(self.server, session, text_of(asked, "issue") or "")

    async def _issues(self, session: Session, query: Fuzzy) -> list[Symbol]:
        catalogue = await session.catalogue()
        ranged = {} if self.is_resolving else {"range": NOWHERE}

        def location(issue_id: str) -> dict[str, Any]:
            return {"uri": document_uri(session, issue_id), **ranged}

        return await self._in_work_thread(lambda: issue_symbols(catalogue, query, LIMIT, location, session.uri))

    async def _todos(self, session: Session, query: Fuzzy) -> list[Symbol]:
        await session.code.known()
        await self.server.open_todos.settled()
        search, index = self._searches.setdefault(session, TodoSearch()), session.code.index.snapshot()
        found = await self._in_work_thread(lambda: search.find(index, query, LIMIT))
        read: dict[str, Document] = {}
        if not self.is_resolving:
            read = await self._documents(session, dict.fromkeys(one.path for one in found))
        return [(one.cost, todo_symbol(one.path, one.marker, self._location(session, one, read))) for one in found]

    def _location(self, session: Session, found: FoundTodo, read: dict[str, Document]) -> dict[str, Any]:
        uri, marker = file_uri(session, found.path), found.marker
        if self.is_resolving:
            return {"uri": uri}
        return {"uri": uri, "range": place(read.get(found.path), marker.line, marker.column, len(marker.tag))}

    async def _documents(self, session: Session, paths: Iterable[str]) -> dict[str, Document]:
        """The files with these paths: as they are open, else as they are on the disk; not those that can't be read."""
        documents = {path: self.server.documents.get(file_uri(session, path)) for path in paths}
        unread = [path for path, document in documents.items() if document is None]
        root, made = session.workspace.root, self.server.documents
        read = await self._in_work_thread(lambda: _read(root, unread, made))
        return read | {path: document for path, document in documents.items() if document is not None}

    async def resolved(self, params: types.WorkspaceSymbol) -> types.WorkspaceSymbol:
        """The symbol with the range that it has now; the document of an issue is written.

        Raises:
            UnknownIssue: when the issue has gone meanwhile.
            Refused: when its document can't be written.
        """
        uri, asked = params.location.uri, params.data
        range_: Any = NOWHERE
        if isinstance(asked, dict) and "issue" in asked:
            uri = await self._write(asked)
        known = UriPaths.of(self.server.sessions).place(uri)
        if isinstance(asked, dict) and "todo" in asked and known is not None:
            session, path = known
            read = await self._documents(session, [path])
            range_ = place(read.get(path), *_where(session, path, asked))
        params.location = types.Location(uri, _range(range_))
        return params

    async def _in_work_thread(self, work: Callable[[], _Result]) -> _Result:
        return await asyncio.get_running_loop().run_in_executor(self.server.work_thread, work)


def _where(session: Session, path: str, asked: dict[str, Any]) -> tuple[int, int, int]:
    """Line, column and length of a TODO's tag: where the TODO is by now, else where it was."""
    for one in session.code.index.of_file(path).markers:
        if one.key and one.key == asked["todo"]:
            return one.line, one.column, len(one.tag)
    numbers = [asked.get(name) for name in ("line", "column", "length")]
    line, column, length = (one if isinstance(one, int) and one >= 0 else 0 for one in numbers)
    return line, column, length


def place(document: Document | None, line: int, column: int, length: int) -> dict[str, Any]:
    """The client's range of a word in a document, or what of it is there; its line's beginning where nobody can tell.

    Args:
        document: the text; None when it can't be read.
        line, column, length: 0-based, in code points.
    """
    if document is None:
        start = {"line": line, "character": 0}
        return {"start": start, "end": start}
    line = min(line, document.lines.count - 1)
    size = len(document.line_text(line))
    ends = (document.position(line, min(one, size)) for one in (column, column + length))
    start, end = ({"line": one.line, "character": one.character} for one in ends)
    return {"start": start, "end": end}


def _range(shape: dict[str, Any]) -> types.Range:
    return types.Range(types.Position(**shape["start"]), types.Position(**shape["end"]))


def _read(root: Path, paths: Iterable[str], documents: Documents) -> dict[str, Document]:
    found, left = {}, READ_LIMIT
    for path in paths:
        text = read_source(root / path) if left > 0 else None
        if isinstance(text, str):
            left -= len(text)
            found[path] = documents.made("", text)
    return found
