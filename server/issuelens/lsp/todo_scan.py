"""The TODOs of a whole workspace: files as they are on the disk, open documents as the editor has them."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any

from issuelens.lsp.convert import uri_of
from issuelens.lsp.server import Server
from issuelens.lsp.session import Session
from issuelens.todos.git import Stop
from issuelens.todos.grammar import TodoComment
from issuelens.todos.scan import Skipped, scan_workspace

BATCH = 32
"""Files between two looks at whether the request was cancelled."""

Scanned = tuple[str, "list[TodoComment] | Skipped"]


async def scanned_todos(server: Server, session: Session) -> list[dict[str, Any]]:
    """Scans the workspace; its TODOs as `{path, uri, line (1-based), column (1-based), tag, text, owner, issue}`.

    Cancelling it ends git at once, and the scan after the batch under way.
    """
    await _scan(session)
    _overlay(server, session)
    return [_shape(session, path, todo) for path, todo in session.index.todos()]


async def _scan(session: Session) -> None:
    config, stop = session.config.todos, Stop()
    found = scan_workspace(
        session.workspace.root, tags=config.tags, prefixes=session.prefixes, exclude=config.exclude, stop=stop
    )
    loop = asyncio.get_running_loop()
    seen: set[str] = set()
    with ThreadPoolExecutor(1, thread_name_prefix="issuelens-scan") as pool:
        try:
            while batch := await loop.run_in_executor(pool, _next_batch, found):
                for path, todos in batch:
                    seen.add(path)
                    session.index.put_scanned(path, () if isinstance(todos, Skipped) else tuple(todos))
        finally:
            stop.now()
            await asyncio.shield(loop.run_in_executor(pool, found.close))
    session.index.keep_scanned(seen)


def _next_batch(found: Generator[Scanned, None, None]) -> list[Scanned]:
    return list(islice(found, BATCH))


def _overlay(server: Server, session: Session) -> None:
    session.index.forget_open()
    for document in server.documents:
        if document.path is not None and server.session_of(document.uri) is session:
            path = document.path.resolve()
            if path.is_relative_to(session.workspace.root):
                todos = document.findings(session.config.todos.tags, session.prefixes).todos
                relative = path.relative_to(session.workspace.root).as_posix()
                session.index.put_open(relative, tuple(todos), document.version)


def _shape(session: Session, path: str, todo: TodoComment) -> dict[str, Any]:
    return {
        "path": path,
        "uri": uri_of(session.workspace.root / path),
        "line": todo.line + 1,
        "column": todo.column + 1,
        "tag": todo.tag,
        "text": todo.text,
        "owner": todo.owner,
        "issue": todo.issue_id,
    }
