"""Answers with nothing yet."""

from __future__ import annotations

from lsprotocol import types

from issuelens.lsp.server import Server


def register(server: Server) -> None:
    """Registers the requests."""
    server.feature(types.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL)(_text_document_semantic_tokens_full)
    server.feature(types.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL_DELTA)(_text_document_semantic_tokens_full_delta)
    server.feature(types.TEXT_DOCUMENT_SEMANTIC_TOKENS_RANGE)(_text_document_semantic_tokens_range)


async def _text_document_semantic_tokens_full(params: types.SemanticTokensParams) -> types.SemanticTokens:
    return types.SemanticTokens(data=[])


async def _text_document_semantic_tokens_full_delta(params: types.SemanticTokensDeltaParams) -> types.SemanticTokens:
    return types.SemanticTokens(data=[])


async def _text_document_semantic_tokens_range(params: types.SemanticTokensRangeParams) -> types.SemanticTokens:
    return types.SemanticTokens(data=[])
