"""The other places of the issue under the cursor in the same document."""

from __future__ import annotations

from functools import partial

from lsprotocol import types

from issuelens.lsp.places import places_in
from issuelens.lsp.references_at import reference_at
from issuelens.lsp.server import Server


def register(server: Server) -> None:
    """Registers the request."""
    server.feature(types.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT)(partial(_highlights, server))


async def _highlights(server: Server, params: types.DocumentHighlightParams) -> list[types.DocumentHighlight]:
    opened = await server.opened(params.text_document.uri)
    if opened is None:
        return []
    document, session = opened
    reference = reference_at(document, session, params.position)
    if reference is None:
        return []
    # A TODO's parentheses tie it to the issue; elsewhere it is only named.
    kinds = {True: types.DocumentHighlightKind.Write, False: types.DocumentHighlightKind.Text}
    found = places_in(document, session, {reference.id})
    return [types.DocumentHighlight(one.range, kinds[one.in_todo]) for one in found]
