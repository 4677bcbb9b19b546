"""Every TODO of a text becomes an issue: one after another, so that it can stop between two of them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, Final

from attrs import define, field
from lsprotocol import types

from issuelens.domain.errors import IssuelensError, Refused
from issuelens.domain.issue import Issue
from issuelens.domain.shape import issue_to_json
from issuelens.lsp.arguments import Argument, required, texts
from issuelens.lsp.create_from_todo import (
    Found,
    as_it_is_now,
    found_in,
    id_change,
    issue_of,
    name_of,
    named_document,
    session_of_text,
)
from issuelens.lsp.documents import Document
from issuelens.lsp.edits import applied_or_told, edit_of
from issuelens.lsp.progress import Progress, Token, to_its_end
from issuelens.lsp.server import Server
from issuelens.lsp.session import Session

REASONS: Final = 3
"""Refused TODOs that are told with their reasons."""


@define
class Outcome:
    """What came of the TODOs: their issues, why others have none, and how many were there when it began."""

    total: int
    made: list[tuple[Found, Issue]] = field(factory=list)
    refused: list[tuple[Found, IssuelensError]] = field(factory=list)
    is_stopped: bool = False


async def create_issues_from_todos(
    server: Server, argument: Argument, token: Token | None = None
) -> list[dict[str, Any]]:
    """`{uri, keys?}`: creates an issue of each TODO in a document that has none, and has the ids written in one edit.

    With `keys`, only of the TODOs with these.

    When it is cancelled, those that are made by then are written and answered with.
    """
    uri = required(argument, "uri")
    session = session_of_text(server, uri)
    await session.must_be_open()
    document = named_document(server, uri)
    keys = {session.code.index.key_of(one) for one in texts(argument, "keys")}
    todos = [one for one in await _untracked(server, session, document) if not keys or one.key in keys]
    with server.progresses.work(f"Creating issues of {name_of(session, document)}", "issues", token) as progress:
        outcome = await to_its_end(_created(server, session, todos, progress), progress.stop)
    if outcome.refused and not outcome.made:
        raise outcome.refused[0][1]
    if outcome.made or outcome.is_stopped:
        server.tasks.start(_linked(server, session, document, outcome), f"write ids into {uri}")
    return [issue_to_json(issue) for _, issue in outcome.made]


async def _untracked(server: Server, session: Session, document: Document) -> list[Found]:
    todos = found_in(server, session, document)
    known = await session.summaries([one.todo.issue_id for one in todos if one.todo.issue_id])
    return [one for one in todos if one.todo.issue_id not in known]


async def _created(server: Server, session: Session, todos: Sequence[Found], progress: Progress) -> Outcome:
    outcome = Outcome(len(todos))
    for number, one in enumerate(todos):
        if progress.is_stopped:
            outcome.is_stopped = True
            break
        progress.report(number, len(todos))
        now = as_it_is_now(server, session, one)
        if now is None or now.todo.issue_id != one.todo.issue_id:
            continue  # taken out meanwhile, or linked by hand
        try:
            outcome.made.append((one, await issue_of(session, now)))
        except IssuelensError as error:
            outcome.refused.append((one, error))
            if not isinstance(error, Refused):
                break  # the others would fail alike
    return outcome


async def _linked(server: Server, session: Session, document: Document, outcome: Outcome) -> None:
    """Has the ids written, then says what else there is to say."""
    if outcome.made:
        label = f"Write {len(outcome.made)} ids"
        problem = "The issues are created, but their ids could not be written into the comments"
        edit = partial(_edit, server, session, document, outcome)
        if await applied_or_told(server, document, edit, label, problem):
            for one, _ in outcome.made:
                session.created.pop(one.key, None)
    gone = [issue.id for one, issue in outcome.made if as_it_is_now(server, session, one) is None]
    if gone:
        text = f"{name_of(session, document)}: the comments of {', '.join(gone)} are gone; the issues are there."
        server.show(types.MessageType.Warning, text)
    told = _told(outcome)
    if told:
        kind = types.MessageType.Warning if outcome.refused else types.MessageType.Info
        server.show(kind, f"{name_of(session, document)}: {told}")


def _edit(server: Server, session: Session, document: Document, outcome: Outcome) -> types.WorkspaceEdit | None:
    changes = [
        id_change(document, now.todo, issue.id)
        for one, issue in outcome.made
        if (now := as_it_is_now(server, session, one)) is not None and now.todo.issue_id != issue.id
    ]
    return edit_of(server, document, changes) if changes else None


def _told(outcome: Outcome) -> str:
    """What is to be said of TODOs that have no issue now; nothing when all have one."""
    if not outcome.is_stopped and not outcome.refused:
        return ""
    reasons = [f"Line {one.todo.line + 1}: {error.message}" for one, error in outcome.refused[:REASONS]]
    more = len(outcome.refused) - len(reasons)
    parts = (
        "Stopped." if outcome.is_stopped else "",
        f"Issues were created from {len(outcome.made)} of {outcome.total} TODOs.",
        *reasons,
        f"And {more} more." if more else "",
        "The others are as they were." if outcome.is_stopped else "",
    )
    return " ".join(filter(None, parts))
