"""Answers with nothing yet."""

from __future__ import annotations

from lsprotocol import types

from issuelens.lsp.server import Server


def register(server: Server) -> None:
    """Registers the requests."""
    server.feature(types.WORKSPACE_SYMBOL)(_workspace_symbol)
    server.feature(types.WORKSPACE_SYMBOL_RESOLVE)(_workspace_symbol_resolve)


async def _workspace_symbol(params: types.WorkspaceSymbolParams) -> list[types.WorkspaceSymbol]:
    return []


async def _workspace_symbol_resolve(params: types.WorkspaceSymbol) -> types.WorkspaceSymbol:
    return params
