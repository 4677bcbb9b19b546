"""Requests of our own for work on an issue: what the branch is called, and which issue is the one of now."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any, Final

from issuelens.domain.errors import IssuelensError
from issuelens.domain.issue import Issue
from issuelens.domain.shape import issue_to_json
from issuelens.lsp.arguments import object_of, required, text_of
from issuelens.lsp.branch import branch_of
from issuelens.lsp.candidates import names
from issuelens.lsp.catalogue import Catalogue
from issuelens.lsp.server import Server
from issuelens.lsp.session import Session
from issuelens.lsp.state import State
from issuelens.lsp.work_names import BRANCH, MESSAGE, filled_branch, filled_message
from issuelens.process import default_actor

PLAN: Final = "issuelens/workPlan"
CURRENT: Final = "issuelens/currentIssue"


def register(server: Server) -> None:
    """Registers the requests."""
    server.feature(PLAN)(partial(_plan, server))
    server.feature(CURRENT)(partial(_current, server))


async def _plan(server: Server, params: Any) -> dict[str, Any]:
    """`{workspace?, id, branch?, message?}`: what the branch and the beginning of messages of an issue are called.

    `branch` and `message` are the patterns, see `work_names`.
    """
    params = object_of(params)
    session = server.sessions.named(text_of(params, "workspace"))
    issue = await session.issue(required(params, "id"))
    name = filled_branch(text_of(params, "branch") or BRANCH, issue, default_actor())
    beginning = text_of(params, "message")
    return {
        "issue": issue_to_json(issue),
        "branch": name,
        "message": filled_message(MESSAGE if beginning is None else beginning, issue),
        "current": await _branch(server, session),
    }


async def _current(server: Server, params: Any) -> dict[str, Any] | None:
    """`{workspace?, id?}`: the issue that the branch names, else the one with the id while that is unfinished."""
    params = object_of(params)
    session = server.sessions.named(text_of(params, "workspace"))
    await session.ready()
    if session.state is not State.OPEN:
        return None
    branch = await _branch(server, session)
    named = _named_by(await session.catalogue(), branch) if branch else None
    if named is not None:
        return issue_to_json(await session.issue(named))
    return _shape_under_way(await _issue(session, text_of(params, "id")))


def _named_by(catalogue: Catalogue, branch: str) -> str | None:
    """The issue whose id the branch has."""
    key = ("named by the branch", branch)
    if key not in catalogue.cached:
        found = [one for one in catalogue.sorted_ids if names(branch, one)]
        # Of app-1a2b and app-1a2b.1, both of which a name may hold, the longer one is meant.
        catalogue.cached[key] = max(found, key=len, default=None)
    named: str | None = catalogue.cached[key]
    return named


async def _branch(server: Server, session: Session) -> str:
    # In a thread: the disk may be slow.
    return await asyncio.get_running_loop().run_in_executor(server.work_thread, branch_of, session.workspace.root)


async def _issue(session: Session, issue_id: str | None) -> Issue | None:
    try:
        return await session.issue(issue_id) if issue_id else None
    except IssuelensError:
        # It was deleted meanwhile.
        return None


def _shape_under_way(issue: Issue | None) -> dict[str, Any] | None:
    return issue_to_json(issue) if issue is not None and not issue.is_closed else None
