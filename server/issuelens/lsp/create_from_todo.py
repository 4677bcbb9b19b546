"""A TODO becomes an issue: the issue is created first, then its id is written into the comment by the editor."""

from __future__ import annotations

import asyncio
import logging
import uuid
from pathlib import Path
from typing import Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from issuelens.domain.errors import IssuelensError, Refused
from issuelens.domain.fields import TITLE_LIMIT
from issuelens.domain.issue import Issue
from issuelens.domain.operation import CloseIssues, CreateIssue
from issuelens.domain.shape import issue_from_json
from issuelens.lsp.documents import Document
from issuelens.lsp.server import Server
from issuelens.lsp.session import Session
from issuelens.todos.grammar import TodoComment
from issuelens.todos.scan import Skipped, read_source

logger = logging.getLogger(__name__)

WRITE_AGAIN = "Write the id again"
TAG_TYPES = {"BUG": "bug", "FIXME": "bug"}
"""The issue type that a tag suggests; others make a task."""


async def create_from_todo(server: Server, session: Session, uri: str, line: int, version: int | None) -> Issue:
    """Creates an issue of the TODO on a line and has the editor write the id; never waits for the editor.

    The same TODO asked for again, while its id is not in the text yet, gives the same issue.

    Raises:
        Refused: when there is no TODO without an issue on the line, or the text can't be read.
    """
    document = _document(server, uri)
    todo = await _untracked_todo(session, document, line, version)
    words = (uri, f"{todo.tag}\0{todo.text}\0{_occurrence(session, document, todo)}")
    known = session.created.get(words)
    if known is not None and known not in document.text:
        issue = await session.issue(known)
    else:
        written = await session.write(_operation(session, document, todo), key=uuid.uuid4().hex)
        issue = issue_from_json(written.issues[0])
        session.created[words] = issue.id
    server.tasks.start(_write_id(server, session, document, todo, issue, words), f"write {issue.id} into {uri}")
    return issue


def _document(server: Server, uri: str) -> Document:
    document = server.documents.get(uri)
    if document is not None:
        return document
    closed = server.documents.made(uri, "")
    if closed.path is None:
        raise Refused(f"{uri} is not open in the editor.")
    text = _file_text(closed.path)
    return server.documents.made(uri, text)


def _file_text(path: Path) -> str:
    text = read_source(path)
    if isinstance(text, Skipped):
        raise Refused(f"{path}: {text.reason}; no issue was created.")
    return text


async def _untracked_todo(session: Session, document: Document, line: int, version: int | None) -> TodoComment:
    todos = document.findings(session.config.todos.tags, session.prefixes).todos
    todo = next((one for one in todos if one.line == line), None)
    if todo is None:
        changed = version is not None and version != document.version
        why = "the text has changed since" if changed else "there is no TODO comment"
        raise Refused(f"Line {line + 1} of {_name(session, document)}: {why}. No issue was created.")
    if todo.issue_id is not None and todo.issue_id in await session.summaries([todo.issue_id]):
        raise Refused(f"This {todo.tag} has its issue already: {todo.issue_id}.")
    return todo


def _occurrence(session: Session, document: Document, todo: TodoComment) -> int:
    todos = document.findings(session.config.todos.tags, session.prefixes).todos
    return sum(1 for one in todos if one.line < todo.line and (one.tag, one.text) == (todo.tag, todo.text))


def _name(session: Session, document: Document) -> str:
    if document.path is None:
        return document.uri
    path = document.path.resolve()
    root = session.workspace.root
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)


def _operation(session: Session, document: Document, todo: TodoComment) -> CreateIssue:
    text = " ".join(todo.text.split())
    title = text or f"{todo.tag} in {_name(session, document)}"
    rest = list(todo.continuation)
    if len(title) > TITLE_LIMIT:
        rest.insert(0, title)
        title = title[: TITLE_LIMIT - 1] + "…"
    place = f"From {_name(session, document)}, line {todo.line + 1}."
    external = f"External reference: {todo.external}" if todo.external else ""
    return CreateIssue(
        title=title,
        description="\n\n".join(part for part in ("\n".join(rest), external, place) if part),
        issue_type=TAG_TYPES.get(todo.tag, "task"),
        assignee=todo.owner,
    )


async def _write_id(
    server: Server, session: Session, document: Document, todo: TodoComment, issue: Issue, words: tuple[str, str]
) -> None:
    edit = id_edit(server, document, todo, issue.id)
    workspace = server.parameters.capabilities.workspace
    if not (workspace and workspace.apply_edit):
        text = f"{issue.id} is created. Write it into the comment: {todo.tag}({issue.id})"
        server.show(types.MessageType.Info, text)
        return
    params = types.ApplyWorkspaceEditParams(edit, label=f"Write {issue.id} into the {todo.tag}")
    answer = await _applied(server, params)
    if answer.applied:
        session.created.pop(words, None)
    else:
        await _refused(server, session, document, todo, issue, answer.failure_reason)


async def _applied(server: Server, params: types.ApplyWorkspaceEditParams) -> types.ApplyWorkspaceEditResult:
    """What the editor says of an edit; when it says nothing, it was not applied."""
    try:
        answer: Any = await asyncio.wrap_future(server.ask(types.WORKSPACE_APPLY_EDIT, params))
    except JsonRpcException as error:
        return types.ApplyWorkspaceEditResult(applied=False, failure_reason=str(error))
    return answer or types.ApplyWorkspaceEditResult(applied=False)


async def _refused(
    server: Server, session: Session, document: Document, todo: TodoComment, issue: Issue, reason: str | None
) -> None:
    close = f"Close {issue.id}"
    why = f" ({reason})" if reason else ""
    text = f"{issue.id} is created, but its id could not be written into {_name(session, document)}{why}."
    chosen = await server.choose(types.MessageType.Warning, text, [WRITE_AGAIN, close])
    try:
        if chosen == WRITE_AGAIN:
            await create_from_todo(server, session, document.uri, todo.line, None)
        elif chosen == close:
            await session.write(CloseIssues(ids=(issue.id,), reason="Created by mistake from a TODO."))
    except IssuelensError as error:
        server.show(types.MessageType.Error, error.message)


def id_edit(server: Server, document: Document, todo: TodoComment, issue_id: str) -> types.WorkspaceEdit:
    """The edit that writes an id into a TODO comment, bound to the version it was made for."""
    insert = todo.insert
    place = document.range(insert.line, insert.start_column, insert.end_column)
    change = types.TextEdit(place, f"{insert.before}{issue_id}{insert.after}")
    workspace = server.parameters.capabilities.workspace
    if workspace and workspace.workspace_edit and workspace.workspace_edit.document_changes:
        is_open = server.documents.get(document.uri) is document
        named = types.OptionalVersionedTextDocumentIdentifier(document.uri, document.version if is_open else None)
        return types.WorkspaceEdit(document_changes=[types.TextDocumentEdit(named, [change])])
    return types.WorkspaceEdit(changes={document.uri: [change]})
