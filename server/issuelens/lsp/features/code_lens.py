"""A code lens on each TODO comment: what its issue is and what can be done, or `Create issue`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from lsprotocol import types

from issuelens.domain.config import CodeLensConfig
from issuelens.domain.issue import IssueSummary, category_of
from issuelens.domain.plain import label
from issuelens.domain.vocabulary import Category
from issuelens.ipc.converter import dumps
from issuelens.lsp.convert import to_units
from issuelens.lsp.documents import Document, Findings
from issuelens.lsp.protocol import Encoded
from issuelens.lsp.server import Server
from issuelens.lsp.session import Session
from issuelens.lsp.settings import effective
from issuelens.todos.grammar import LocatedReference, TodoComment

_NONE = Encoded(b"[]")


def register(server: Server) -> None:
    """Registers the request."""
    server.feature(types.TEXT_DOCUMENT_CODE_LENS)(partial(_code_lens, server))


async def _code_lens(server: Server, params: types.CodeLensParams) -> Encoded:
    opened = await server.opened(params.text_document.uri)
    if opened is None:
        return _NONE
    document, session = opened
    shown = effective(session.config, server.settings).code_lens
    return await _cached_lenses(server, document, session, shown) if shown.enabled else _NONE


async def _cached_lenses(server: Server, document: Document, session: Session, kinds: CodeLensConfig) -> Encoded:
    # An unchanged text and unchanged issues give the same bytes: the answer while scrolling.
    key = (document.version, session.generation, id(session), kinds)
    cached = document.cached.get("lenses")
    if cached is not None and cached[0] == key:
        assert isinstance(cached[1], Encoded)
        return cached[1]
    while True:
        found = document.findings(session.config.todos, session.prefixes)
        todos = found.todos
        ids = [todo.issue_id for todo in todos if todo.issue_id]
        issues = await session.summaries(ids + [one.id for one in found.references] if kinds.references else ids)
        if document.version == key[0]:
            break
        # What was typed meanwhile has other places.
        key = (document.version, session.generation, id(session), kinds)
    server.open_todos.show(document, session, found)
    answer = Encoded(dumps(list(_shapes(document, session, lenses(found, issues, kinds)))))
    if key == (document.version, session.generation, id(session), kinds):
        document.cached["lenses"] = (key, answer)
    return answer


Lens = tuple[TodoComment | LocatedReference, str, str, str | None]
"""A lens: the TODO or the id it stands on, its title, the command's verb and the issue's id."""


def lenses(found: Findings, issues: Mapping[str, IssueSummary], kinds: CodeLensConfig) -> Iterator[Lens]:
    """What to show on the TODOs and ids of a document.

    Args:
        found: what it holds.
        issues: the known ones of the ids in it.
        kinds: what is to be shown.
    """
    for todo in found.todos:
        issue = issues.get(todo.issue_id) if todo.issue_id else None
        if issue is None and kinds.untracked:
            yield todo, "Create issue", "createIssueFromTodo", None
        elif issue is not None and kinds.tracked:
            yield todo, title_of(issue), "showIssue", issue.id
            for title, verb in _actions(issue):
                yield todo, title, verb, issue.id
    lines = {todo.line for todo in found.todos if todo.issue_id}
    for one in found.references if kinds.references else ():
        # One for a line: more would push the text away.
        if not one.in_todo and one.line not in lines and (issue := issues.get(one.id)) is not None:
            lines.add(one.line)
            yield one, title_of(issue), "showIssue", issue.id


def title_of(issue: IssueSummary) -> str:
    """An issue in a few words: `app-1a2b · in progress · P1 · anna`."""
    parts = [issue.id, issue.status.replace("_", " "), f"P{issue.priority}"]
    return label(" · ".join([*parts, issue.assignee] if issue.assignee else parts))


def _actions(issue: IssueSummary) -> list[tuple[str, str]]:
    match category_of(issue.status):
        case Category.DONE:
            return [("Reopen", "reopenIssue")]
        case Category.DOING:
            return [("Close", "closeIssue")]
        case _:
            return [("Start", "startIssue"), ("Close", "closeIssue")]


def _shapes(document: Document, session: Session, shown: Iterator[Lens]) -> Iterator[dict[str, Any]]:
    # Plain JSON objects, those of one TODO sharing their place: 500 lenses go through no converter.
    workspace, last, place = session.uri, None, {}
    for todo, title, verb, issue_id in shown:
        if todo is not last:
            last, place = todo, _place(document, todo)
        argument: dict[str, Any] = {"workspace": workspace, "id": issue_id}
        if issue_id is None:
            argument = {"uri": document.uri, "line": todo.line, "version": document.version}
        command = {"title": title, "command": f"issuelens.server.{verb}", "arguments": [argument]}
        yield {"range": place, "command": command}


def _place(document: Document, todo: TodoComment | LocatedReference) -> dict[str, Any]:
    line = document.line_text(todo.line)
    last = todo.first_line_end if isinstance(todo, TodoComment) else todo.end_column
    start, end = (to_units(line, column, document.encoding) for column in (todo.column, last))
    return {"start": {"line": todo.line, "character": start}, "end": {"line": todo.line, "character": end}}
