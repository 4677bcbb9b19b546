"""Answers with nothing yet."""

from __future__ import annotations

from lsprotocol import types

from issuelens.lsp.server import Server


def register(server: Server) -> None:
    """Registers the requests."""
    server.feature(types.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT)(_text_document_document_highlight)


async def _text_document_document_highlight(params: types.DocumentHighlightParams) -> list[types.DocumentHighlight]:
    return []
