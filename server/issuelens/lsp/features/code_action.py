"""Answers with nothing yet."""

from __future__ import annotations

from lsprotocol import types

from issuelens.lsp.server import Server


def register(server: Server) -> None:
    """Registers the requests."""
    server.feature(types.TEXT_DOCUMENT_CODE_ACTION)(_text_document_code_action)
    server.feature(types.CODE_ACTION_RESOLVE)(_code_action_resolve)


async def _text_document_code_action(params: types.CodeActionParams) -> list[types.CodeAction]:
    return []


async def _code_action_resolve(params: types.CodeAction) -> types.CodeAction:
    return params
