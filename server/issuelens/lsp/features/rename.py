"""Answers with nothing yet."""

from __future__ import annotations

from lsprotocol import types

from issuelens.lsp.server import Server


def register(server: Server) -> None:
    """Registers the requests."""
    server.feature(types.TEXT_DOCUMENT_PREPARE_RENAME)(_text_document_prepare_rename)
    server.feature(types.TEXT_DOCUMENT_RENAME)(_text_document_rename)


async def _text_document_prepare_rename(params: types.PrepareRenameParams) -> None:
    return None


async def _text_document_rename(params: types.RenameParams) -> None:
    return None
