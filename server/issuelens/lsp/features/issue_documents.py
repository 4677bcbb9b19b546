"""The life of issue documents: what is saved changes the issue, what changes elsewhere comes into the document."""

from __future__ import annotations

import asyncio
from functools import partial

from issuelens.domain.document import read_document
from issuelens.domain.errors import IssuelensError
from issuelens.domain.shape import issue_to_json
from issuelens.lsp.documents import Document
from issuelens.lsp.issue_documents import is_edited, is_of_issue, is_open, remove_unless_changed, states
from issuelens.lsp.kinds import Kind
from issuelens.lsp.renew_issue import is_untouched, renew
from issuelens.lsp.save_issue import Saved, save_document
from issuelens.lsp.server import Server
from issuelens.lsp.session import Session


def register(server: Server) -> None:
    """Takes part in what changes."""
    server.issues_changed = partial(_issues_changed, server)


def opened(server: Server, document: Document) -> None:
    """An issue's document was opened: of which state it is, is looked up."""
    session = server.session_of(document.uri)
    if document.kind is Kind.ISSUE and document.path is not None and session is not None:
        server.tasks.start(_note_base(server, session, document), f"base of {document.uri}")


async def _note_base(server: Server, session: Session, document: Document) -> None:
    text = document.text
    try:
        issue = issue_to_json(await session.issue(str(read_document(text).get("id") or "")))
    except IssuelensError:
        return  # its diagnostics say what is wrong
    if not is_edited(text, [issue]) and server.documents.get(document.uri) is document:
        server.bases.setdefault(document.uri, text)


def saved(server: Server, uri: str) -> None:
    """A document was saved: what it says now is taken, after what was saved before."""
    document, session = server.documents.get(uri), server.session_of(uri)
    if document is not None and session is not None and document.kind is Kind.ISSUE and document.path is not None:
        its = session
        text = Saved(document, document.text, document.version)
        server.saves.start(uri, lambda later: save_document(server, its, text, later))


def closed(server: Server, document: Document) -> None:
    """A document was closed: its file goes, unless something is in it that its issue does not have."""
    session = server.session_of(document.uri)
    if not server.saves.is_busy(document.uri):
        _forget(server, document.uri)
    if document.kind is Kind.ISSUE and document.path is not None and session is not None:
        server.tasks.start(_tidy(server, session, document), f"tidy {document.uri}")


def _forget(server: Server, uri: str) -> None:
    server.bases.pop(uri, None)
    server.new_issues.pop(uri, None)


async def _tidy(server: Server, session: Session, document: Document) -> None:
    # It may have been saved a moment before.
    await server.saves.settled(document.uri)
    if server.documents.get(document.uri) is None:
        _forget(server, document.uri)
    try:
        issue = await session.issue(str(read_document(document.text).get("id") or ""))
        past = [issue_to_json(issue), *await states(session, issue.id)]
    except IssuelensError:
        return  # a draft of something that is not there yet, or not any more
    path = session.workspace.draft(issue.id)
    # Editors close and open again when they think of another language.
    if is_of_issue(session, document, issue.id) and not is_open(server, path):
        await asyncio.get_running_loop().run_in_executor(server.work_thread, remove_unless_changed, path, past)


def _issues_changed(server: Server, session: Session, ids: tuple[str, ...] | None) -> None:
    for document in server.documents:
        if document.kind is not Kind.ISSUE or server.session_of(document.uri) is not session:
            continue
        if is_untouched(server, document) and (ids is None or _names_one_of(document, ids)):
            renew(server, session, document)


def _names_one_of(document: Document, ids: tuple[str, ...]) -> bool:
    try:
        return read_document(document.text).get("id") in ids
    except IssuelensError:
        return False
