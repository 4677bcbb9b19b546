"""Answers with nothing yet."""

from __future__ import annotations

from lsprotocol import types

from issuelens.lsp.server import Server


def register(server: Server) -> None:
    """Registers the requests."""
    server.feature(types.TEXT_DOCUMENT_INLAY_HINT)(_text_document_inlay_hint)


async def _text_document_inlay_hint(params: types.InlayHintParams) -> list[types.InlayHint]:
    return []
