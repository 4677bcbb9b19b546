"""A TODO becomes an issue: the issue is created first, then its id is written into the comment by the editor."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

from attrs import frozen
from lsprotocol import types

from issuelens.domain.errors import InvalidField, IssuelensError, Refused
from issuelens.domain.fields import TITLE_LIMIT
from issuelens.domain.issue import Issue
from issuelens.domain.operation import CloseIssues, CreateIssue
from issuelens.domain.shape import issue_from_json
from issuelens.domain.vocabulary import DEFAULT_PRIORITY
from issuelens.lsp.arguments import Argument, optional_number
from issuelens.lsp.decisions import decide
from issuelens.lsp.documents import Document
from issuelens.lsp.edits import apply_now, can_apply, edit_of
from issuelens.lsp.features.issues import text_of
from issuelens.lsp.server import Server
from issuelens.lsp.session import Session
from issuelens.todos.grammar import TodoComment
from issuelens.todos.scan import Skipped, read_source

logger = logging.getLogger(__name__)

WRITE_AGAIN = "Write the id again"
TAG_TYPES = {"BUG": "bug", "FIXME": "bug"}
"""The issue type that a tag suggests; others make a task."""


@frozen(kw_only=True)
class Wanted:
    """Which TODO is meant: the one with the key, wherever it is now, else the one on the line (0-based).

    `version` is that of the text for which the line was told; None does not say. Of an earlier one it is the TODO that
    had a lens there, wherever it is now.
    """

    line: int | None = None
    version: int | None = None
    key: str | None = None


def wanted_in(argument: Argument) -> Wanted:
    """The TODO that a command's argument means by `line`, `version` and `key`.

    Raises:
        InvalidField: when it names neither a line nor a key.
    """
    wanted = Wanted(
        line=optional_number(argument, "line"),
        version=optional_number(argument, "version"),
        key=text_of(argument, "key"),
    )
    if wanted.line is None and wanted.key is None:
        raise InvalidField("line", "it is missing; name the line or the key")
    return wanted


@frozen
class Found:
    """A TODO in a version of a text, with its key."""

    document: Document
    todo: TodoComment
    key: str
    version: int


async def create_from_todo(server: Server, session: Session, uri: str, wanted: Wanted) -> Issue:
    """Creates an issue of a TODO and has the editor write the id; never waits for the editor.

    Raises:
        Refused: when there is no such TODO without an issue, or the text can't be read.
    """
    found = await _untracked(server, session, named_document(server, uri), wanted)
    issue = await issue_of(session, found)
    server.tasks.start(_write_id(server, session, found, issue), f"write {issue.id} into {uri}")
    return issue


async def issue_of(session: Session, found: Found) -> Issue:
    """Creates the issue of a TODO. One that was made before, and whose id is not in the text yet, is that issue.

    Raises:
        IssuelensError: why it can't be created.
    """
    known = session.created.get(found.key)
    if known is not None and known not in found.document.text:
        return await session.issue(known)
    written = await session.write(_operation(session, found.document, found.todo), key=uuid.uuid4().hex)
    issue = issue_from_json(written.issues[0])
    session.created[found.key] = issue.id
    return issue


def session_of_text(server: Server, uri: str) -> Session:
    """The Session that answers for a text.

    Raises:
        Refused: when it is in no open folder.
    """
    session = server.session_of(uri)
    if session is None:
        raise Refused(f"{uri} is in no open folder. Open its folder first; nothing was changed.")
    return session


def named_document(server: Server, uri: str) -> Document:
    """The open document with this URI, else the file as it is on the disk.

    Raises:
        Refused: when it is neither open nor a file that can be read.
    """
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


async def _untracked(server: Server, session: Session, document: Document, wanted: Wanted) -> Found:
    found = find_todo(server, session, document, wanted)
    tracked = found.todo.issue_id
    if tracked is not None and tracked in await session.summaries([tracked]):
        raise Refused(f"This {found.todo.tag} has its issue already: {tracked}.")
    return found


def find_todo(server: Server, session: Session, document: Document, wanted: Wanted) -> Found:
    """The TODO that is meant.

    Raises:
        Refused: when there is none.
    """
    found = _with_key(server, session, document, wanted.key) if wanted.key else None
    if found is None and (wanted.key is None or wanted.version == document.version):
        found = _on_line(server, session, document, wanted)
    if found is None:
        raise Refused(f"{_place(session, document, wanted)}. Nothing was changed.")
    return found


def _place(session: Session, document: Document, wanted: Wanted) -> str:
    if wanted.line is None or wanted.key is not None:
        return f"{name_of(session, document)}: this TODO is not there any more"
    changed = wanted.version not in (None, -1, document.version)
    why = "the text has changed since" if changed else "there is no TODO comment"
    return f"Line {wanted.line + 1} of {name_of(session, document)}: {why}"


def _all(server: Server, session: Session, document: Document) -> Iterator[Found]:
    markers = server.open_todos.markers(document)
    todos = document.findings(session.config.todos, session.prefixes).todos
    return (Found(document, todo, one.key, document.version) for todo, one in zip(todos, markers, strict=False))


def found_in(server: Server, session: Session, document: Document) -> tuple[Found, ...]:
    """The TODOs of a document."""
    return tuple(_all(server, session, document))


def as_it_is_now(server: Server, session: Session, found: Found) -> Found | None:
    """The TODO where it is in the text as it is now; None when it is gone. To be asked after each wait."""
    if found.document.version == found.version:
        return found
    return _with_key(server, session, found.document, found.key)


def _with_key(server: Server, session: Session, document: Document, key: str) -> Found | None:
    shown = session.code.index.key_of(key)
    return next((one for one in _all(server, session, document) if one.key in (key, shown)), None)


def _on_line(server: Server, session: Session, document: Document, wanted: Wanted) -> Found | None:
    if wanted.line is not None and wanted.version not in (None, -1, document.version):
        assert wanted.version is not None
        at = server.open_todos.shown_on(document, session, wanted.version, wanted.line)
        return next((one for number, one in enumerate(_all(server, session, document)) if number == at), None)
    return next((one for one in _all(server, session, document) if one.todo.line == wanted.line), None)


def name_of(session: Session, document: Document) -> str:
    """What a document is called in texts: its path below the root, else its whole path or URI."""
    if document.path is None:
        return document.uri
    path = document.path.resolve()
    root = session.workspace.root
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)


def issue_wanted(session: Session, found: Found) -> CreateIssue:
    """What is created of a TODO."""
    return _operation(session, found.document, found.todo)


def _operation(session: Session, document: Document, todo: TodoComment) -> CreateIssue:
    text = " ".join(todo.text.split())
    title = text or f"{todo.tag} in {name_of(session, document)}"
    rest = list(todo.continuation)
    if len(title) > TITLE_LIMIT:
        rest.insert(0, title)
        title = title[: TITLE_LIMIT - 1] + "…"
    place = f"From {name_of(session, document)}, line {todo.line + 1}."
    external = f"External reference: {todo.external}" if todo.external else ""
    # A date that has passed can't be an issue's, and must not be lost.
    is_ahead = todo.due is not None and date.fromisoformat(todo.due) >= datetime.now(UTC).date()
    passed = f"Was due on {todo.due}." if todo.due is not None and not is_ahead else ""
    return CreateIssue(
        title=title,
        description="\n\n".join(part for part in ("\n".join(rest), external, passed, place) if part),
        priority=DEFAULT_PRIORITY if todo.priority is None else todo.priority,
        issue_type=TAG_TYPES.get(todo.tag, "task"),
        assignee=todo.owner,
        due_at=todo.due if is_ahead else None,
    )


async def _write_id(server: Server, session: Session, found: Found, issue: Issue) -> None:
    def edit() -> types.WorkspaceEdit | None:
        now = as_it_is_now(server, session, found)
        return id_edit(server, now.document, now.todo, issue.id) if now is not None else None

    if not can_apply(server):
        text = f"{issue.id} is created. Write it into the comment: {found.todo.tag}({issue.id})"
        server.show(types.MessageType.Info, text)
        return
    answer = await apply_now(server, found.document, edit, f"Write {issue.id} into the {found.todo.tag}")
    if answer.applied:
        session.created.pop(found.key, None)
    else:
        await _refused(server, session, found, issue, answer.failure_reason)


async def _refused(server: Server, session: Session, found: Found, issue: Issue, reason: str | None) -> None:
    close = f"Close {issue.id}"
    why = f" ({reason})" if reason else ""
    text = f"{issue.id} is created, but its id could not be written into {name_of(session, found.document)}{why}."
    chosen = await decide(server, types.MessageType.Warning, text, [WRITE_AGAIN, close])
    try:
        if chosen == WRITE_AGAIN:
            # Wherever it has moved meanwhile.
            wanted = Wanted(line=found.todo.line, key=found.key)
            await create_from_todo(server, session, found.document.uri, wanted)
        elif chosen == close:
            await session.write(CloseIssues(ids=(issue.id,), reason="Created by mistake from a TODO."))
    except IssuelensError as error:
        server.show(types.MessageType.Error, error.message)


def id_edit(server: Server, document: Document, todo: TodoComment, issue_id: str) -> types.WorkspaceEdit:
    """The edit that writes an id into a TODO comment, bound to the version it was made for."""
    return edit_of(server, document, [id_change(document, todo, issue_id)])


def id_change(document: Document, todo: TodoComment, issue_id: str) -> types.TextEdit:
    """The change that writes an id into a TODO comment."""
    insert = todo.insert
    place = document.range(insert.line, insert.start_column, insert.end_column)
    return types.TextEdit(place, f"{insert.before}{issue_id}{insert.after}")
