"""The commands on a TODO: link it to an issue, complete it, move its text into its issue."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final

from lsprotocol import types

from issuelens.domain.errors import IssuelensError, Refused
from issuelens.domain.issue import Issue, IssueSummary
from issuelens.domain.operation import CloseIssues, ReopenIssues, UpdateIssues
from issuelens.domain.plain import label
from issuelens.domain.shape import issue_to_json
from issuelens.lsp.arguments import Argument, required
from issuelens.lsp.create_from_todo import (
    Found,
    as_it_is_now,
    find_todo,
    id_edit,
    named_document,
    session_of_text,
    wanted_in,
)
from issuelens.lsp.decisions import decide
from issuelens.lsp.documents import Document
from issuelens.lsp.edits import applied_or_told, edit_of
from issuelens.lsp.features.issues import text_of
from issuelens.lsp.progress import Token, to_its_end
from issuelens.lsp.removal import removal
from issuelens.lsp.server import Server
from issuelens.lsp.session import Session
from issuelens.lsp.spans import spans_in

CHOICES: Final = 5
"""Issues that a person is asked to choose from."""
REOPEN: Final = "Reopen"


def todo_commands() -> dict[str, Callable[[Server, Argument], Awaitable[Any]]]:
    """Verb -> its handler."""
    return {
        "linkTodo": link_todo,
        "completeTodo": complete_todo,
    }


async def _found(server: Server, session: Session, argument: Argument) -> Found:
    wanted = wanted_in(argument)
    await session.must_be_open()
    return find_todo(server, session, named_document(server, required(argument, "uri")), wanted)


async def link_todo(server: Server, argument: Argument) -> dict[str, Any] | None:
    """`{uri, line?, version?, key?, id?}`: writes an issue's id into a TODO; without an id the person is asked.

    Answers with the issue; null when nobody chose one.
    """
    session = session_of_text(server, required(argument, "uri"))
    found = await _found(server, session, argument)
    if found.todo.issue_id is not None and found.todo.issue_id in await session.summaries([found.todo.issue_id]):
        raise Refused(f"This {found.todo.tag} has its issue already: {found.todo.issue_id}.")
    issue_id = text_of(argument, "id") or await _chosen(server, session, found)
    if issue_id is None:
        return None
    issue = await session.issue(issue_id)

    def edit() -> types.WorkspaceEdit | None:
        now = as_it_is_now(server, session, found)
        return id_edit(server, now.document, now.todo, issue.id) if now is not None else None

    problem = f"{issue.id} could not be written into the {found.todo.tag}"
    work = applied_or_told(server, found.document, edit, f"Link to {issue.id}", problem)
    server.tasks.start(work, f"link {issue.id}")
    return issue_to_json(issue)


async def _chosen(server: Server, session: Session, found: Found) -> str | None:
    """The issue that the person means, of those with the most similar titles."""
    catalogue = await session.catalogue()
    words = " ".join(found.todo.text.split()[:3])
    open_ones = [one for one in catalogue.all if not one.is_closed]
    near = [one for one in catalogue.find(words, CHOICES) if not one.is_closed] if words else []
    chosen = list({one.id: one for one in (*near, *open_ones)}.values())[:CHOICES]
    if not chosen:
        raise Refused("There is no open issue to link to. Create one from the TODO.")
    titles = {_title(one): one.id for one in chosen}
    text = f"Which issue is this {found.todo.tag} about? Another one: write its id into the comment."
    answer = await decide(server, types.MessageType.Info, text, list(titles), is_list=True)
    return titles.get(answer) if answer is not None else None


def _title(one: IssueSummary) -> str:
    return label(f"{one.id} {one.title}")[:80]


async def complete_todo(server: Server, argument: Argument) -> dict[str, Any]:
    """`{uri, line?, version?, key?, reason?}`: closes the issue of a TODO, then has the comment removed."""
    session = session_of_text(server, required(argument, "uri"))
    found = await _found(server, session, argument)
    issue_id = found.todo.issue_id
    if issue_id is None:
        raise Refused(f"This {found.todo.tag} has no issue to be closed.")
    issue = await session.issue(issue_id)
    # A closed issue whose comment stays, since its request was cancelled, would be half of it.
    return await to_its_end(_completed(server, session, found, issue, text_of(argument, "reason")))


async def _completed(
    server: Server, session: Session, found: Found, issue: Issue, reason: str | None
) -> dict[str, Any]:
    if not issue.is_closed:
        await session.write(CloseIssues(ids=(issue.id,), reason=reason))

    def edit() -> types.WorkspaceEdit | None:
        now = as_it_is_now(server, session, found)
        return _without(server, now, *_whole(now)) if now is not None else None

    work = _removed_or_reopened(server, session, issue, found.document, edit)
    server.tasks.start(work, f"remove the TODO of {issue.id}")
    return issue_to_json(await session.issue(issue.id))


async def extract_todo(server: Server, argument: Argument, token: Token | None = None) -> dict[str, Any]:
    """`{uri, line?, version?, key?}`: moves the further lines of a TODO into its issue's description."""
    session = session_of_text(server, required(argument, "uri"))
    found = await _found(server, session, argument)
    if found.todo.issue_id is None or not found.todo.continuation:
        raise Refused(f"This {found.todo.tag} has no issue, or no further lines to be moved into it.")
    issue = await session.issue(found.todo.issue_id)
    # One change of one issue: there is no place at which it could stop halfway.
    with server.progresses.work(f"Moving text into {issue.id}", "lines", token, can_stop=False):
        return await to_its_end(_extracted(server, session, found, issue))


async def _extracted(server: Server, session: Session, found: Found, issue: Issue) -> dict[str, Any]:
    text = "\n".join(found.todo.continuation)
    if f"\n{text}\n" not in f"\n{issue.description}\n":
        whole = "\n\n".join(part for part in (issue.description, text) if part)
        await session.write(UpdateIssues(ids=(issue.id,), description=whole, expected_updated_at=issue.updated_at))

    def edit() -> types.WorkspaceEdit | None:
        now = as_it_is_now(server, session, found)
        # Lines that were changed meanwhile stay: what the issue has is not what they say.
        is_same = now is not None and now.todo.continuation == found.todo.continuation
        return _without(server, now, *_further_lines(now)) if now is not None and is_same else None

    problem = f"The text is in {issue.id}, but could not be taken out of the comment"
    work = applied_or_told(server, found.document, edit, f"Move the text into {issue.id}", problem)
    server.tasks.start(work, f"extract into {issue.id}")
    return issue_to_json(await session.issue(issue.id))


def _whole(found: Found) -> tuple[int, int]:
    return removal(found.document.lines, spans_in(found.document), found.todo)


def _further_lines(found: Found) -> tuple[int, int]:
    lines, todo = found.document.lines, found.todo
    return lines.line_start(todo.line) + todo.first_line_end, lines.line_start(todo.end_line) + todo.end_column


def _without(server: Server, found: Found, start: int, end: int) -> types.WorkspaceEdit:
    document = found.document
    place = types.Range(*(document.position(*document.lines.position(offset)) for offset in (start, end)))
    return edit_of(server, document, [types.TextEdit(place, "")])


async def _removed_or_reopened(
    server: Server,
    session: Session,
    issue: Issue,
    document: Document,
    edit: Callable[[], types.WorkspaceEdit | None],
) -> None:
    """Has a comment removed; an issue that was closed for it can be reopened when that is not done."""
    problem = f"{issue.id} is closed, but its comment could not be removed"
    if await applied_or_told(server, document, edit, f"Complete {issue.id}", problem) or issue.is_closed:
        return
    question = f"Reopen {issue.id}?"
    if await decide(server, types.MessageType.Info, question, [REOPEN], leave="Leave it closed") is not None:
        try:
            await session.write(ReopenIssues(ids=(issue.id,)))
        except IssuelensError as error:
            server.show(types.MessageType.Error, error.message)
