"""Answers with nothing yet."""

from __future__ import annotations

from lsprotocol import types

from issuelens.lsp.server import Server


def register(server: Server) -> None:
    """Registers the requests."""
    server.feature(types.TEXT_DOCUMENT_PREPARE_CALL_HIERARCHY)(_text_document_prepare_call_hierarchy)
    server.feature(types.CALL_HIERARCHY_INCOMING_CALLS)(_call_hierarchy_incoming_calls)
    server.feature(types.CALL_HIERARCHY_OUTGOING_CALLS)(_call_hierarchy_outgoing_calls)


async def _text_document_prepare_call_hierarchy(params: types.CallHierarchyPrepareParams) -> None:
    return None


async def _call_hierarchy_incoming_calls(
    params: types.CallHierarchyIncomingCallsParams,
) -> list[types.CallHierarchyIncomingCall]:
    return []


async def _call_hierarchy_outgoing_calls(
    params: types.CallHierarchyOutgoingCallsParams,
) -> list[types.CallHierarchyOutgoingCall]:
    return []
