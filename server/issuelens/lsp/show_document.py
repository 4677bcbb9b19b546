"""Has the editor show a document, where it can."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from issuelens.lsp.server import Server

logger = logging.getLogger(__name__)


def can_show(server: Server) -> bool:
    """Whether the editor shows documents that it is told of."""
    window = server.parameters.capabilities.window
    return bool(window and window.show_document and window.show_document.support)


async def show_document(server: Server, uri: str) -> bool:
    """Shows a document and takes the focus there; whether that was done."""
    if not can_show(server):
        return False
    params = types.ShowDocumentParams(uri, take_focus=True)
    try:
        answer: Any = await asyncio.wrap_future(server.ask(types.WINDOW_SHOW_DOCUMENT, params))
    except JsonRpcException as error:
        logger.warning("the editor did not show %s: %s", uri, error)
        return False
    return bool(answer and answer.success)
