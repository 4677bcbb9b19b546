"""The commands that open documents: an issue, a new one, the board."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from lsprotocol import types

from issuelens.domain.shape import issue_to_json
from issuelens.lsp.arguments import Argument, required
from issuelens.lsp.boards import board_text
from issuelens.lsp.cards import card_of, plain_card
from issuelens.lsp.features.issues import text_of
from issuelens.lsp.issue_documents import new_document, uri_of_file, write_file, write_issue_document
from issuelens.lsp.kinds import BOARD_NAME
from issuelens.lsp.server import Server
from issuelens.lsp.show_document import can_show, show_document


def document_commands() -> dict[str, Callable[[Server, Argument], Awaitable[Any]]]:
    """Verb -> its handler."""
    return {"showIssue": show_issue, "newIssue": new_issue, "showBoard": show_board}


async def show_issue(server: Server, argument: Argument) -> dict[str, Any]:
    """`{workspace?, id}`: opens the issue's document; shows the issue in a message where the editor opens none."""
    session = server.sessions.named(text_of(argument, "workspace"))
    issue = await session.issue(required(argument, "id"))
    if can_show(server):
        uri = await write_issue_document(server, session, issue.id)
        server.tasks.start(show_document(server, uri), f"show {uri}")
    else:
        server.show(types.MessageType.Info, plain_card(await card_of(session, issue.id)))
    return issue_to_json(issue)


async def new_issue(server: Server, argument: Argument) -> dict[str, Any]:
    """`{workspace?}`: opens an empty document; saving it with a title creates the issue. Answers with its URI."""
    session = server.sessions.named(text_of(argument, "workspace"))
    await session.must_be_open()
    return await _opened(server, await new_document(server, session))


async def show_board(server: Server, argument: Argument) -> dict[str, Any]:
    """`{workspace?, query?}`: writes the board as Markdown and opens it. Answers with its URI."""
    session = server.sessions.named(text_of(argument, "workspace"))
    text = await board_text(session, text_of(argument, "query") or "")
    path = session.workspace.drafts / BOARD_NAME
    await asyncio.get_running_loop().run_in_executor(server.work_thread, write_file, path, text)
    return await _opened(server, uri_of_file(session, path))


async def _opened(server: Server, uri: str) -> dict[str, Any]:
    if can_show(server):
        server.tasks.start(show_document(server, uri), f"show {uri}")
    else:
        server.show(types.MessageType.Info, f"Open {uri}.")
    return {"uri": uri}
