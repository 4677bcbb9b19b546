"""Everywhere an issue stands: in comments, in Markdown, in issue documents and messages, under merged ids, too."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

from lsprotocol import types

from issuelens.lsp.convert import BEGINNING
from issuelens.lsp.issue_documents import document_uri
from issuelens.lsp.places import names_of, places_of
from issuelens.lsp.references_at import reference_at
from issuelens.lsp.server import Server

PART: Final = 500
"""Locations of one part, where the editor takes parts."""


def register(server: Server) -> None:
    """Registers the request."""
    server.feature(types.TEXT_DOCUMENT_REFERENCES)(partial(_references, server))


async def _references(server: Server, params: types.ReferenceParams) -> list[types.Location]:
    opened = await server.opened(params.text_document.uri)
    if opened is None:
        return []
    document, session = opened
    reference = reference_at(document, session, params.position)
    names = await names_of(session, reference.id) if reference is not None else ()
    if not names:
        return []
    found = [types.Location(one.document.uri, one.range) for one in await places_of(server, session, names)]
    if params.context.include_declaration:
        found.insert(0, types.Location(document_uri(session, names[0]), BEGINNING))
    return _in_parts(server, params.partial_result_token, found)


def _in_parts(
    server: Server, token: types.ProgressToken | None, found: Sequence[types.Location]
) -> list[types.Location]:
    if token is None or len(found) <= PART:
        return list(found)
    for start in range(0, len(found), PART):
        server.protocol.notify(types.PROGRESS, types.ProgressParams(token, list(found[start : start + PART])))
    return []
