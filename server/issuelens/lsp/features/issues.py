"""Requests of our own (docs/protocol.md): lists of issues and TODOs, one issue, and what the server holds."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from attrs import evolve

from issuelens import __version__
from issuelens.domain.errors import InvalidField
from issuelens.domain.query import parse_query
from issuelens.domain.shape import issue_to_json
from issuelens.lsp.server import Server
from issuelens.lsp.todo_scan import scanned_todos
from issuelens.process import held_here, trim_memory

LIST_ISSUES: Final = "issuelens/listIssues"
GET_ISSUE: Final = "issuelens/getIssue"
LIST_TODOS: Final = "issuelens/listTodos"
STATUS: Final = "issuelens/status"
SETTLED: Final = "issuelens/settled"


def register(server: Server) -> None:
    """Registers the requests."""
    for method, handler in {
        LIST_ISSUES: _list_issues,
        GET_ISSUE: _get_issue,
        LIST_TODOS: _list_todos,
        STATUS: _status,
        SETTLED: _settled,
    }.items():
        server.feature(method)(partial(handler, server))


async def _list_issues(server: Server, params: Any) -> list[dict[str, Any]]:
    """`{workspace?, query?, all?, limit?}`: in the filter language; unfinished issues when it does not say."""
    params = _object(params)
    session = server.sessions.named(text_of(params, "workspace"))
    query = parse_query(text_of(params, "query") or "")
    query = query if params.get("all") else query.narrowed("open")
    limit = params.get("limit")
    if limit is not None:
        if isinstance(limit, bool) or not isinstance(limit, int) or limit < 1:
            raise InvalidField("limit", "it must be a whole number from 1 on")
        query = evolve(query, limit=limit)
    return [issue_to_json(issue) for issue in await session.issues(query)]


async def _get_issue(server: Server, params: Any) -> dict[str, Any]:
    params = _object(params)
    session = server.sessions.named(text_of(params, "workspace"))
    issue_id = text_of(params, "id")
    if issue_id is None:
        raise InvalidField("id", "it is missing; name the issue")
    return issue_to_json(await session.issue(issue_id))


async def _list_todos(server: Server, params: Any) -> list[dict[str, Any]]:
    session = server.sessions.named(text_of(_object(params), "workspace"))
    await session.ready()
    return await scanned_todos(server, session)


async def _status(server: Server, params: Any) -> dict[str, Any]:
    if _object(params).get("trim"):
        gc.collect()
        trim_memory()
    held = held_here()
    sessions = [session.held() for session in server.sessions]
    return {
        "version": __version__,
        "sessions": sessions,
        "openEngines": sum(one["engines"] for one in sessions) + server.sessions.left,
        "openConnections": sum(one["connections"] for one in sessions),
        "documents": len(server.documents),
        # This request and the task that reads standard input are not counted.
        "tasks": len(asyncio.all_tasks()) - 2,
        "objects": len(gc.get_objects()),
        "fds": held.fds,
        "threads": held.threads,
        "rssAnonKb": held.rss_anon_kb,
    }


async def _settled(server: Server, _params: Any) -> None:
    """Answers when every Session that was closing has closed."""
    await server.sessions.settled()


def _object(params: Any) -> Mapping[str, Any]:
    if params is None:
        return {}
    if not isinstance(params, Mapping):
        raise InvalidField("params", "it must be an object")
    return params


def text_of(params: Mapping[str, Any], name: str) -> str | None:
    """A text among the params; None when it is left out.

    Raises:
        InvalidField: when it is no text.
    """
    value = params.get(name)
    if value is not None and not isinstance(value, str):
        raise InvalidField(name, f"it must be a text, not {type(value).__name__}")
    return value
