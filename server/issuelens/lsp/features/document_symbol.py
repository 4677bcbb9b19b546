"""Answers with nothing yet."""

from __future__ import annotations

from lsprotocol import types

from issuelens.lsp.server import Server


def register(server: Server) -> None:
    """Registers the requests."""
    server.feature(types.TEXT_DOCUMENT_DOCUMENT_SYMBOL)(_text_document_document_symbol)


async def _text_document_document_symbol(params: types.DocumentSymbolParams) -> list[types.DocumentSymbol]:
    return []
