"""Requests of our own (docs/protocol.md): lists of issues, and one issue."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from attrs import evolve

from issuelens.domain.errors import InvalidField
from issuelens.domain.query import parse_query
from issuelens.domain.shape import issue_to_json
from issuelens.lsp.arguments import object_of, text_of
from issuelens.lsp.server import Server

__all__ = ["object_of", "register", "text_of"]

LIST_ISSUES: Final = "issuelens/listIssues"
GET_ISSUE: Final = "issuelens/getIssue"
LIMIT: Final = 1_000_000_000
"""Issues that a list may be limited to, as on the command line."""


def register(server: Server) -> None:
    """Registers the requests."""
    for method, handler in {
        LIST_ISSUES: _list_issues,
        GET_ISSUE: _get_issue,
    }.items():
        server.feature(method)(partial(handler, server))


async def _list_issues(server: Server, params: Any) -> list[dict[str, Any]]:
    """`{workspace?, query?, all?, limit?}`: in the filter language; unfinished issues when it does not say."""
    params = object_of(params)
    session = server.sessions.named(text_of(params, "workspace"))
    query = parse_query(text_of(params, "query") or "")
    query = query if params.get("all") else query.narrowed("open")
    limit = params.get("limit")
    if limit is not None:
        if isinstance(limit, bool) or not isinstance(limit, int) or not 1 <= limit <= LIMIT:
            raise InvalidField("limit", f"it must be a whole number from 1 to {LIMIT:,}")
        query = evolve(query, limit=limit)
    return [issue_to_json(issue) for issue in await session.issues(query)]


async def _get_issue(server: Server, params: Any) -> dict[str, Any]:
    params = object_of(params)
    session = server.sessions.named(text_of(params, "workspace"))
    issue_id = text_of(params, "id")
    if issue_id is None:
        raise InvalidField("id", "it is missing; name the issue")
    return issue_to_json(await session.issue(issue_id))
