"""Answers with nothing yet."""

from __future__ import annotations

from lsprotocol import types

from issuelens.lsp.server import Server


def register(server: Server) -> None:
    """Registers the requests."""
    server.feature(types.TEXT_DOCUMENT_COMPLETION)(_text_document_completion)
    server.feature(types.COMPLETION_ITEM_RESOLVE)(_completion_item_resolve)


async def _text_document_completion(params: types.CompletionParams) -> types.CompletionList:
    return types.CompletionList(is_incomplete=False, items=[])


async def _completion_item_resolve(params: types.CompletionItem) -> types.CompletionItem:
    return params
