"""Answers with nothing yet."""

from __future__ import annotations

from lsprotocol import types

from issuelens.lsp.server import Server


def register(server: Server) -> None:
    """Registers the requests."""
    server.feature(types.TEXT_DOCUMENT_FOLDING_RANGE)(_text_document_folding_range)


async def _text_document_folding_range(params: types.FoldingRangeParams) -> list[types.FoldingRange]:
    return []
