"""From an issue's id to its document; from the id in its own document to where it stands in the code."""

from __future__ import annotations

from functools import partial

from lsprotocol import types

from issuelens.lsp.convert import BEGINNING
from issuelens.lsp.documents import Document
from issuelens.lsp.issue_documents import is_of_issue, write_issue_document
from issuelens.lsp.places import names_of, places_of
from issuelens.lsp.references_at import reference_at
from issuelens.lsp.server import Server
from issuelens.lsp.session import Session
from issuelens.todos.grammar import LocatedReference

Found = list[types.Location] | list[types.LocationLink] | None


def register(server: Server) -> None:
    """Registers the request."""
    server.feature(types.TEXT_DOCUMENT_DEFINITION)(partial(_definition, server))


async def _definition(server: Server, params: types.DefinitionParams) -> Found:
    opened = await server.opened(params.text_document.uri)
    if opened is None:
        return None
    document, session = opened
    reference = reference_at(document, session, params.position)
    if reference is None:
        return None
    # Now: the text may be another one when the issue is there.
    origin = document.range(reference.line, reference.column, reference.end_column)
    targets = await _targets(server, session, document, reference)
    return _shaped(server, origin, targets)


async def _targets(
    server: Server, session: Session, document: Document, reference: LocatedReference
) -> list[types.Location]:
    names = await names_of(session, reference.id)
    if not names:
        return []
    if is_of_issue(session, document, names[0]):
        elsewhere = [one for one in await places_of(server, session, names) if one.document is not document]
        return [types.Location(one.document.uri, one.range) for one in elsewhere]
    return [types.Location(await write_issue_document(server, session, names[0]), BEGINNING)]


def _shaped(server: Server, origin: types.Range, targets: list[types.Location]) -> Found:
    text = server.parameters.capabilities.text_document
    if not targets:
        return None
    if text and text.definition and text.definition.link_support:
        return [types.LocationLink(one.uri, one.range, one.range, origin) for one in targets]
    return targets
