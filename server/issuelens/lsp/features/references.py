"""Answers with nothing yet."""

from __future__ import annotations

from lsprotocol import types

from issuelens.lsp.server import Server


def register(server: Server) -> None:
    """Registers the requests."""
    server.feature(types.TEXT_DOCUMENT_REFERENCES)(_text_document_references)


async def _text_document_references(params: types.ReferenceParams) -> list[types.Location]:
    return []
