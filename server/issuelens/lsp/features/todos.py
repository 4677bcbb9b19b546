"""The TODOs of a workspace: listed from the Session's index, and told of when they change."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from lsprotocol import types

from issuelens.ipc.converter import dumps
from issuelens.lsp.convert import uri_of
from issuelens.lsp.features.issues import object_of, text_of
from issuelens.lsp.protocol import Encoded
from issuelens.lsp.server import Server
from issuelens.todos.index import TodoIndex
from issuelens.todos.paths import shown_path

LIST_TODOS: Final = "issuelens/listTodos"
BATCH: Final = 500
"""TODOs that are written at once."""


def register(server: Server) -> None:
    """Registers the request, and the end of progress by a person."""
    server.feature(LIST_TODOS)(partial(_list_todos, server))
    server.feature(types.WINDOW_WORK_DONE_PROGRESS_CANCEL)(partial(_cancelled, server))


def _cancelled(server: Server, params: types.WorkDoneProgressCancelParams) -> None:
    server.progresses.cancel(params.token)


async def _list_todos(server: Server, params: Any) -> Encoded:
    params = object_of(params)
    session = server.sessions.named(text_of(params, "workspace"))
    await session.ready()
    if params.get("refresh") is True:
        await session.code.refresh()
    if params.get("partial") is not True:
        await session.code.known()
    await server.open_todos.settled()
    session.code.tell_now()
    # In a thread: 20,000 of them take 100 ms to write.
    index, root = session.code.index.snapshot(), session.workspace.root
    return await asyncio.get_running_loop().run_in_executor(server.work_thread, _encoded, index, root)


def _encoded(index: TodoIndex, root: Path) -> Encoded:
    shapes, parts = _shapes(index, root), []
    # Some at a time: as long as one call writes, the event loop has to wait.
    while batch := list(islice(shapes, BATCH)):
        parts.append(dumps(batch)[1:-1])
    return Encoded(b"[" + b",".join(parts) + b"]")


def _shapes(index: TodoIndex, root: Path) -> Iterator[dict[str, Any]]:
    beginning = uri_of(root).rstrip("/")
    path, shown, uri = None, "", ""
    for found, todo in index.todos():
        if found != path:
            path, shown, uri = found, shown_path(found), f"{beginning}/{quote(os.fsencode(found))}"
        yield {
            "path": shown,
            "uri": uri,
            "line": todo.line + 1,
            "column": todo.column + 1,
            "tag": todo.tag,
            "text": todo.text,
            "owner": todo.owner,
            "issue": todo.issue_id,
            "external": todo.external,
            "priority": todo.priority,
            "due": todo.due,
            "key": todo.key,
        }
