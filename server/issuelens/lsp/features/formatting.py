"""Answers with nothing yet."""

from __future__ import annotations

from lsprotocol import types

from issuelens.lsp.server import Server


def register(server: Server) -> None:
    """Registers the requests."""
    server.feature(types.TEXT_DOCUMENT_FORMATTING)(_text_document_formatting)


async def _text_document_formatting(params: types.DocumentFormattingParams) -> list[types.TextEdit]:
    return []
