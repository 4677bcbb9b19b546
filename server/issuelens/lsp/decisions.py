"""Questions that decide about issues and texts, so that they must not pass by.

An editor that says so (`experimental.issuelens.choose` of its capabilities) shows them until they are answered; others
get a message with buttons. VS Code would hide such a message after some seconds.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Any, Final

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from issuelens.domain.plain import message
from issuelens.lsp.server import Server

logger = logging.getLogger(__name__)

CHOOSE: Final = "issuelens/choose"


async def decide(
    server: Server,
    kind: types.MessageType,
    text: str,
    choices: Sequence[str],
    *,
    leave: str | None = None,
    unasked: str | None = None,
    is_list: bool = False,
) -> str | None:
    """The choice of the person; None when they want none of them.

    Args:
        server: asks its editor.
        kind: how a message is shown.
        text: the question.
        choices: what may be chosen.
        leave: what the button is called that chooses nothing.
        unasked: the choice where a message is not answered: the editor can't ask, or it was closed.
        is_list: whether there may be many choices, of which one is looked for.
    """
    if can_stay(server):
        return await _chosen(server, text, choices, leave, is_list=is_list)
    buttons = [*choices, leave] if leave is not None else list(choices)
    answer = await server.choose(kind, text, buttons) or unasked
    return answer if answer != leave else None


def can_stay(server: Server) -> bool:
    """Whether the editor shows questions until they are answered."""
    experimental: Any = server.parameters.capabilities.experimental
    own = experimental.get("issuelens") if isinstance(experimental, dict) else None
    return isinstance(own, dict) and own.get("choose") is True


async def _chosen(server: Server, text: str, choices: Sequence[str], leave: str | None, *, is_list: bool) -> str | None:
    params = {"message": message(text), "choices": list(choices), "leave": leave, "isList": is_list}
    try:
        answer: Any = await asyncio.wrap_future(server.ask(CHOOSE, params))
    except JsonRpcException as error:
        logger.warning("the editor did not ask %r: %s", text, error)
        return None
    return answer if answer in choices else None
