"""An open document in which nobody has written follows its issue."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

from lsprotocol import types

from issuelens.domain.document import changed_fields, read_document, render_document
from issuelens.domain.errors import IssuelensError
from issuelens.domain.shape import issue_to_json
from issuelens.domain.vocabulary import TOMBSTONE
from issuelens.lsp.documents import Document
from issuelens.lsp.edits import apply, edit_of
from issuelens.lsp.issue_documents import is_of_issue
from issuelens.lsp.server import Server
from issuelens.lsp.session import Session

logger = logging.getLogger(__name__)


def renew(server: Server, session: Session, document: Document) -> None:
    """Brings a document up to date in which nobody has written; one with text of its own is merged when it is saved."""

    async def work(_later: asyncio.Event) -> None:
        await _renewed(server, session, document)

    # In turns: an edit that is not in the text yet would have the next one refused.
    server.renewals.start(document.uri, work)


def is_untouched(server: Server, document: Document) -> bool:
    """Whether nobody has written in a document since its issue had all of it."""
    base = server.bases.get(document.uri)
    return base is not None and (document.text == base or _lines(document.text) == _lines(base))


def _lines(text: str) -> str:
    """A text without what editors do to the ends of lines."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n").rstrip("\n")


async def _renewed(server: Server, session: Session, document: Document) -> None:
    version = document.version
    if not is_untouched(server, document):
        return
    try:
        issue = await session.issue(str(read_document(document.text).get("id") or ""))
    except IssuelensError as error:
        logger.info("%s stays as it is: %s", document.uri, error.message)
        return
    # What was deleted leaves the text to whoever may want it back.
    if is_of_issue(session, document, issue.id) and issue.status != TOMBSTONE:
        await _bring_up_to_date(server, document, issue_to_json(issue), version)


async def _bring_up_to_date(server: Server, document: Document, now: Mapping[str, Any], version: int) -> None:
    """Has the editor put into an open document what its issue is now, unless it says the same but for the moment.

    Only into the version that was looked at: what is typed meanwhile stays.
    """
    text = render_document(now)
    before = read_document(text)
    if document.version != version or server.documents.get(document.uri) is not document:
        return
    if not changed_fields(before, read_document(document.text) | {"updated_at": before["updated_at"]}):
        return
    change = edit_of(server, document, [types.TextEdit(document.whole, document.in_its_lines(text))])
    answer = await apply(server, change, f"{now['id']} as it is now")
    if not answer.applied:
        logger.warning("the editor did not bring %s up to date: %s", document.uri, answer.failure_reason)
    elif server.documents.get(document.uri) is document:
        server.bases[document.uri] = text
