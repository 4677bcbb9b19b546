"""Requests of our own for what an editor draws on a document: its TODOs and ids, and what is said of its issues."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, Final

from lsprotocol import types

from issuelens.domain.config import TodoConfig
from issuelens.domain.issue import Issue, IssueSummary
from issuelens.ipc.converter import dumps
from issuelens.lsp.arguments import object_of, required
from issuelens.lsp.convert import range_json
from issuelens.lsp.documents import Document, Findings
from issuelens.lsp.protocol import Encoded
from issuelens.lsp.server import Server
from issuelens.lsp.session import Session
from issuelens.lsp.state import State

MARKS: Final = "issuelens/documentMarks"
THREADS: Final = "issuelens/documentThreads"
THREADS_LIMIT: Final = 100
"""Issues whose comments are shown in one document."""
COMMENTS_LIMIT: Final = 20
"""Comments of one issue, the last ones."""


def register(server: Server) -> None:
    """Registers the requests."""
    server.feature(MARKS)(partial(_marks, server))
    server.feature(THREADS)(partial(_threads, server))


async def _marks(server: Server, params: Any) -> Encoded | None:
    """`{uri}`: the TODOs and the ids of known issues in an open document; null for one that is in no open folder."""
    opened = await server.opened(required(object_of(params), "uri"))
    if opened is None:
        return None
    document, session = opened
    found, issues = await _found(document, session)
    todos = b",".join(_todo_shapes(document, found, issues, session.config.todos))
    ids = b",".join(_id_shapes(document, found, issues))
    return Encoded(b'{"version":%d,"todos":[%s],"ids":[%s]}' % (document.version, todos, ids))


async def _found(document: Document, session: Session) -> tuple[Findings, dict[str, IssueSummary]]:
    """What the document holds as it is when the issues in it are read."""
    while True:
        version = document.version
        found = document.findings(session.config.todos, session.prefixes)
        named = {one.id for one in found.references} | {one.issue_id for one in found.todos if one.issue_id}
        issues = await session.summaries(named)
        if document.version == version:
            return found, issues


def _todo_shapes(
    document: Document, found: Findings, issues: Mapping[str, IssueSummary], config: TodoConfig
) -> Iterator[bytes]:
    # Joined, not built as objects: a document may have thousands.
    styles: dict[str, bytes] = {}
    for todo in found.todos:
        if todo.tag not in styles:
            style = config.style(todo.tag)
            shape = {"tag": todo.tag, "color": style.color, "icon": style.icon}
            styles[todo.tag] = dumps(shape)[1:-1]
        issue = issues.get(todo.issue_id) if todo.issue_id else None
        place = range_json(document.range(todo.line, todo.column, todo.column + len(todo.tag)))
        state = b"untracked" if issue is None else b"finished" if issue.is_closed else b"tracked"
        owner = dumps(issue.id if issue is not None else None)
        yield b'{"range":%s,%s,"state":"%s","issue":%s}' % (place, styles[todo.tag], state, owner)


def _id_shapes(document: Document, found: Findings, issues: Mapping[str, IssueSummary]) -> Iterator[bytes]:
    shapes: dict[str, bytes] = {}
    for one in found.references:
        issue = issues.get(one.id)
        if issue is None:
            continue
        if one.id not in shapes:
            shape = {"issue": issue.id, "title": issue.title, "status": issue.status, "category": str(issue.category)}
            shapes[one.id] = dumps(shape)[1:-1]
        place = range_json(document.range(one.line, one.column, one.end_column))
        yield b'{"range":%s,%s}' % (place, shapes[one.id])


async def _threads(server: Server, params: Any) -> list[dict[str, Any]]:
    """`{uri}`: the issues in an open document that have comments, each at the first line that names it."""
    opened = await server.opened(required(object_of(params), "uri"))
    if opened is None or opened[1].state is not State.OPEN:
        return []
    document, session = opened
    found, known = await _found(document, session)
    places = {one.id: document.range(one.line, one.column, one.end_column) for one in reversed(found.references)}
    # The same issue under an id of before the merge is one thread.
    first = {known[one].id: place for one, place in places.items() if one in known}
    wanted = sorted(first, key=lambda one: (first[one].start.line, first[one].start.character))[:THREADS_LIMIT]
    issues = await session.read(_commented, wanted) if wanted else []
    return [_thread(session, issue, first[issue.id]) for issue in issues]


def _commented(connection: Any, ids: list[str]) -> list[Issue]:
    from issuelens.storage.reads import get_issues

    found = get_issues(connection, ids)
    return [found[one] for one in ids if one in found and found[one].comments]


def _thread(session: Session, issue: Issue, place: types.Range) -> dict[str, Any]:
    shown = sorted(issue.comments, key=lambda one: one.created_at)[-COMMENTS_LIMIT:]
    return {
        "workspace": session.uri,
        "issue": issue.id,
        "title": issue.title,
        "finished": issue.is_closed,
        "line": place.start.line,
        "earlier": len(issue.comments) - len(shown),
        "comments": [{"author": one.author, "text": one.text, "at": one.created_at} for one in shown],
    }
