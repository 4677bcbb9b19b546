"""Issues as text for editors that open documents which are in no file: `issuelens:` URIs are read and saved here."""

from __future__ import annotations

import uuid
from functools import partial
from typing import Any, Final

from issuelens.domain.document import read_document, render_document
from issuelens.domain.errors import InvalidField
from issuelens.domain.issue import Issue
from issuelens.domain.shape import issue_to_json
from issuelens.lsp.arguments import required
from issuelens.lsp.change_issue import change_issue, document_at
from issuelens.lsp.features.issue_details import settled_of
from issuelens.lsp.features.issues import object_of, text_of
from issuelens.lsp.issue_documents import TEMPLATE
from issuelens.lsp.save_issue import new_issue_of
from issuelens.lsp.server import Server
from issuelens.lsp.session import Session
from issuelens.lsp.text_uris import id_in, is_new, text_uri

READ: Final = "issuelens/readDocument"
SAVE: Final = "issuelens/saveDocument"


def register(server: Server) -> None:
    """Registers the requests."""
    server.feature(READ)(partial(_read, server))
    server.feature(SAVE)(partial(_save, server))


async def _read(server: Server, params: Any) -> dict[str, Any]:
    """`{uri}`: the text of an issue, or the one that a new issue begins with."""
    uri = required(object_of(params), "uri")
    session = server.sessions.named(uri)
    await session.must_be_open()
    if is_new(uri):
        return {"uri": uri, "id": None, "updatedAt": None, "text": render_document(TEMPLATE, is_new=True)}
    return _shape(session, await session.issue(_id(uri)))


async def _save(server: Server, params: Any) -> dict[str, Any]:
    """`{uri, text, base?, key?, keep?, seen?}`: changes the issue as its text says, or makes a new one of it."""
    params = object_of(params)
    uri, text = required(params, "uri"), required(params, "text")
    session = server.sessions.named(uri)
    if is_new(uri):
        written = await session.write(new_issue_of(text), text_of(params, "key") or uuid.uuid4().hex)
        issue = await session.issue(written.issues[0]["id"])
        return _shape(session, issue) | {"conflicts": []}
    base = text_of(params, "base")
    if base is None:
        base = await document_at(session, _id(uri), _moment(text))
    outcome = await change_issue(session, _id(uri), base, text, settled_of(params))
    return _shape(session, outcome.issue) | {"conflicts": list(outcome.conflicts)}


def _id(uri: str) -> str:
    found = id_in(uri)
    if found is None:
        raise InvalidField("uri", f"{uri[:200]} names no issue; it must be issuelens:/<folder>/<id>.md")
    return found


def _moment(text: str) -> str | None:
    return str(read_document(text).get("updated_at") or "") or None


def _shape(session: Session, issue: Issue) -> dict[str, Any]:
    text = render_document(issue_to_json(issue))
    return {"uri": text_uri(session, issue.id), "id": issue.id, "updatedAt": issue.updated_at, "text": text}
