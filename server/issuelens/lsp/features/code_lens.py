"""A code lens on each TODO comment: what its issue is and what can be done, or `Create issue`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, Final

from lsprotocol import types

from issuelens.domain.config import CodeLensConfig
from issuelens.domain.errors import IssuelensError
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

_COMMANDS: Final = "issuelens.server."
_NONE: Final = Encoded(b"[]")
WHOLE: Final = 100
"""Lenses of a file that are sent whole: a screen shows fewer, and they are 25 KB. Others are resolved when seen.

Only for an editor that says so (`codeLens.resolveSupport`, LSP 3.18): some others show no lens without a command.
"""
CREATE: Final = "Create issue"
TITLES: Final = {"startIssue": "Start", "closeIssue": "Close", "reopenIssue": "Reopen"}
"""Of lenses that do something to an issue: the command's verb -> the title."""


def register(server: Server) -> None:
    """Registers the requests."""
    server.feature(types.TEXT_DOCUMENT_CODE_LENS)(partial(_code_lens, server))
    server.feature(types.CODE_LENS_RESOLVE)(partial(_resolved, server))


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
    shapes = list(_shapes(document, session, lenses(found, issues, kinds)))
    if _resolves(server):
        shapes[WHOLE:] = map(_deferred, shapes[WHOLE:])
    answer = Encoded(dumps(shapes))
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
            yield todo, CREATE, "createIssueFromTodo", None
        elif issue is not None and kinds.tracked:
            yield todo, title_of(issue), "showIssue", issue.id
            for verb in _actions(issue):
                yield todo, TITLES[verb], verb, issue.id
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


def _actions(issue: IssueSummary) -> list[str]:
    match category_of(issue.status):
        case Category.DONE:
            return ["reopenIssue"]
        case Category.DOING:
            return ["closeIssue"]
        case _:
            return ["startIssue", "closeIssue"]


def _shapes(document: Document, session: Session, shown: Iterator[Lens]) -> Iterator[dict[str, Any]]:
    # Plain JSON objects, those of one TODO sharing their place: 500 lenses go through no converter.
    workspace, last, place = session.uri, None, {}
    for todo, title, verb, issue_id in shown:
        if todo is not last:
            last, place = todo, _place(document, todo)
        argument: dict[str, Any] = {"workspace": workspace, "id": issue_id}
        if issue_id is None:
            argument = {"uri": document.uri, "line": todo.line, "version": document.version}
        yield {"range": place, "command": {"title": title, "command": f"{_COMMANDS}{verb}", "arguments": [argument]}}


def _place(document: Document, todo: TodoComment | LocatedReference) -> dict[str, Any]:
    line = document.line_text(todo.line)
    last = todo.first_line_end if isinstance(todo, TodoComment) else todo.end_column
    start, end = (to_units(line, column, document.encoding) for column in (todo.column, last))
    return {"start": {"line": todo.line, "character": start}, "end": {"line": todo.line, "character": end}}


# What is resolved later


def _resolves(server: Server) -> bool:
    text = server.parameters.capabilities.text_document
    offered = text.code_lens.resolve_support if text and text.code_lens else None
    return offered is not None and "command" in offered.properties


def _deferred(lens: dict[str, Any]) -> dict[str, Any]:
    """A lens without its command: what it acts on, and how, but for the verb of the only one that acts on a text."""
    [argument] = lens["command"]["arguments"]
    verb = lens["command"]["command"].removeprefix(_COMMANDS)
    return {"range": lens["range"], "data": argument if "uri" in argument else argument | {"verb": verb}}


async def _resolved(server: Server, lens: types.CodeLens) -> types.CodeLens:
    """The lens with its command, whatever has become of its issue: an editor may count on one."""
    data: Any = lens.data
    if lens.command is not None or not isinstance(data, dict):
        return lens
    if "uri" in data:
        # It names the version that it is of: a command finds the TODO again, or says that it can't.
        lens.command = types.Command(CREATE, f"{_COMMANDS}createIssueFromTodo", arguments=[data])
        return lens
    workspace, issue_id, verb = (data.get(name) for name in ("workspace", "id", "verb"))
    if isinstance(workspace, str) and isinstance(issue_id, str) and verb in ("showIssue", *TITLES):
        title = TITLES.get(verb) or await _title_now(server, workspace, issue_id)
        argument: Any = {"workspace": workspace, "id": issue_id}
        lens.command = types.Command(title, f"{_COMMANDS}{verb}", arguments=[argument])
    return lens


async def _title_now(server: Server, workspace: str, issue_id: str) -> str:
    """What an issue is by now; its id where that can't be told."""
    try:
        session = server.sessions.named(workspace)
        await session.ready()
        known = await session.summaries([issue_id])
    except IssuelensError:
        known = {}
    return title_of(known[issue_id]) if issue_id in known else label(issue_id)
