"""Answers with nothing yet."""

from __future__ import annotations

from lsprotocol import types

from issuelens.lsp.server import Server


def register(server: Server) -> None:
    """Registers the requests."""
    server.feature(types.TEXT_DOCUMENT_DOCUMENT_LINK)(_text_document_document_link)
    server.feature(types.DOCUMENT_LINK_RESOLVE)(_document_link_resolve)


async def _text_document_document_link(params: types.DocumentLinkParams) -> list[types.DocumentLink]:
    return []


async def _document_link_resolve(params: types.DocumentLink) -> types.DocumentLink:
    return params
