"""Where issue ids stand: in open documents as they are now, in other files as the index and the disk have them."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Final
from urllib.parse import quote

from attrs import frozen
from lsprotocol import types

from issuelens.lsp.documents import Document
from issuelens.lsp.open_todos import relative_path
from issuelens.lsp.server import Server
from issuelens.lsp.session import Session
from issuelens.todos.scan import read_source

FILES_LIMIT: Final = 2_000
"""Files that are read for one answer."""
PART: Final = 50
"""Files that are read at once: between two parts it can stop."""


@frozen
class IdPlace:
    """An id in a text: line and columns 0-based, in code points. `in_todo`: in a tag's parentheses."""

    document: Document
    line: int
    column: int
    end_column: int
    in_todo: bool

    @property
    def range(self) -> types.Range:
        """The client's range."""
        return self.document.range(self.line, self.column, self.end_column)


async def names_of(session: Session, issue_id: str) -> tuple[str, ...]:
    """All ids that name the issue which this id names; the first is its own. Nothing when there is no such issue."""
    from issuelens.storage.merged import names_of as names

    known = (await session.summaries([issue_id])).get(issue_id)
    return tuple(await session.read(names, known.id)) if known is not None else ()


async def places_of(
    server: Server, session: Session, ids: Collection[str], report: Callable[[int, int], None] = lambda *_: None
) -> list[IdPlace]:
    """Every place where one of the ids stands, by file and place.

    `report` is told how many files are read, and of how many; what it raises ends the reading.
    """
    await session.code.known()
    await server.open_todos.settled()
    wanted, before = frozenset(ids), None
    found: list[IdPlace] = []
    # What is opened or closed while files are read would be missing, or count twice.
    while before != (opened := _opened(server, session)):
        before, found = opened, await _in_closed(server, session, opened, wanted, report)
    # Last: what is typed meanwhile moves them.
    found = found + [one for document in opened for one in places_in(document, session, wanted)]
    return sorted(found, key=lambda one: (one.document.uri, one.line, one.column))


def _opened(server: Server, session: Session) -> list[Document]:
    return [one for one in server.documents if server.session_of(one.uri) is session]


async def _in_closed(
    server: Server,
    session: Session,
    opened: Iterable[Document],
    wanted: frozenset[str],
    report: Callable[[int, int], None],
) -> list[IdPlace]:
    """The places in files that are not open, of those that the index names."""
    is_open = {path for one in opened if (path := relative_path(one, session)) is not None}
    paths = {place.path for issue_id in wanted for place in session.code.index.places(issue_id)} - is_open
    found: list[IdPlace] = []
    closed, work = sorted(paths)[:FILES_LIMIT], asyncio.get_running_loop().run_in_executor
    for start in range(0, len(closed), PART):
        report(start, len(closed))
        part = closed[start : start + PART]
        found += await work(server.work_thread, _in_files, server, session, part, wanted)
    return found


def places_in(document: Document, session: Session, ids: Collection[str]) -> Iterator[IdPlace]:
    """The places of the ids in a document as it is open."""
    for one in document.findings(session.config.todos, session.prefixes).references:
        if one.id in ids:
            yield IdPlace(document, one.line, one.column, one.end_column, one.in_todo)


def _in_files(server: Server, session: Session, paths: Iterable[str], ids: Collection[str]) -> list[IdPlace]:
    """The places in files, read as they are now: only what counts there, and not what stands beside it in a string."""
    found: list[IdPlace] = []
    for path in paths:
        text = read_source(session.workspace.root / path)
        if isinstance(text, str):
            found += places_in(server.documents.made(file_uri(session, path), text), session, ids)
    return found


def file_uri(session: Session, path: str) -> str:
    """The URI of a file below the Session's root, as the editor names the root."""
    return f"{session.uri.rstrip('/')}/{quote(os.fsencode(path))}"
