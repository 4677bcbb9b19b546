"""The commands on a TODO: link it to an issue, complete it, move its text into its issue; and on all of a file."""

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
    CHANGED,
    Found,
    Wanted,
    as_it_is_now,
    create_from_todo,
    find_todo,
    found_in,
    id_change,
    id_edit,
    named_document,
    wanted_in,
)
from issuelens.lsp.edits import apply, can_apply, edit_of
from issuelens.lsp.features.issues import text_of
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
        "extractTodo": extract_todo,
        "createIssuesFromTodos": create_issues_from_todos,
    }


def _session(server: Server, uri: str) -> Session:
    session = server.session_of(uri)
    if session is None:
        raise Refused(f"{uri} is in no open folder. Open its folder first; nothing was changed.")
    return session


async def _found(server: Server, session: Session, argument: Argument) -> Found:
    wanted = wanted_in(argument)
    await session.must_be_open()
    return find_todo(server, session, named_document(server, required(argument, "uri")), wanted)


async def link_todo(server: Server, argument: Argument) -> dict[str, Any] | None:
    """`{uri, line?, version?, key?, id?}`: writes an issue's id into a TODO; without an id the person is asked.

    Answers with the issue; null when nobody chose one.
    """
    session = _session(server, required(argument, "uri"))
    found = await _found(server, session, argument)
    if found.todo.issue_id is not None and found.todo.issue_id in await session.summaries([found.todo.issue_id]):
        raise Refused(f"This {found.todo.tag} has its issue already: {found.todo.issue_id}.")
    issue_id = text_of(argument, "id") or await _chosen(server, session, found)
    if issue_id is None:
        return None
    issue = await session.issue(issue_id)
    now = as_it_is_now(server, session, found)
    edit = id_edit(server, now.document, now.todo, issue.id) if now else None
    what = f"{issue.id} could not be written into the {found.todo.tag}"
    server.tasks.start(_apply(server, edit, f"Link to {issue.id}", what), f"link {issue.id}")
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
    answer = await server.choose(types.MessageType.Info, text, list(titles))
    return titles.get(answer) if answer is not None else None


def _title(one: IssueSummary) -> str:
    return label(f"{one.id} {one.title}")[:80]


async def complete_todo(server: Server, argument: Argument) -> dict[str, Any]:
    """`{uri, line?, version?, key?, reason?}`: closes the issue of a TODO, then has the comment removed."""
    session = _session(server, required(argument, "uri"))
    found = await _found(server, session, argument)
    issue_id = found.todo.issue_id
    if issue_id is None:
        raise Refused(f"This {found.todo.tag} has no issue to be closed.")
    issue = await session.issue(issue_id)
    if not issue.is_closed:
        await session.write(CloseIssues(ids=(issue.id,), reason=text_of(argument, "reason")))
    now = as_it_is_now(server, session, found)
    edit = _without(server, now, *removal(now.document.lines, spans_in(now.document), now.todo)) if now else None
    work = _apply_or_reopen(server, session, issue, edit, is_ours=not issue.is_closed)
    server.tasks.start(work, f"remove the TODO of {issue.id}")
    return issue_to_json(await session.issue(issue.id))


async def extract_todo(server: Server, argument: Argument) -> dict[str, Any]:
    """`{uri, line?, version?, key?}`: moves the further lines of a TODO into its issue's description."""
    session = _session(server, required(argument, "uri"))
    found = await _found(server, session, argument)
    if found.todo.issue_id is None or not found.todo.continuation:
        raise Refused(f"This {found.todo.tag} has no issue, or no further lines to be moved into it.")
    issue = await session.issue(found.todo.issue_id)
    text = "\n".join(found.todo.continuation)
    if f"\n{text}\n" not in f"\n{issue.description}\n":
        whole = "\n\n".join(part for part in (issue.description, text) if part)
        await session.write(UpdateIssues(ids=(issue.id,), description=whole, expected_updated_at=issue.updated_at))
    now = as_it_is_now(server, session, found)
    # Lines that were changed meanwhile stay: what the issue has is not what they say.
    is_same = now is not None and now.todo.continuation == found.todo.continuation
    edit = _without(server, now, *_further_lines(now)) if now is not None and is_same else None
    what = f"The text is in {issue.id}, but could not be taken out of the comment"
    server.tasks.start(_apply(server, edit, f"Move the text into {issue.id}", what), f"extract into {issue.id}")
    return issue_to_json(await session.issue(issue.id))


async def create_issues_from_todos(server: Server, argument: Argument) -> list[dict[str, Any]]:
    """`{uri}`: creates an issue of each TODO in a document that has none, and has the ids written in one edit."""
    uri = required(argument, "uri")
    session = _session(server, uri)
    await session.must_be_open()
    document = named_document(server, uri)
    todos = found_in(server, session, document)
    known = await session.summaries([one.todo.issue_id for one in todos if one.todo.issue_id])
    made = []
    for one in todos:
        if one.todo.issue_id is None or one.todo.issue_id not in known:
            wanted = Wanted(key=one.key)
            made.append((one, await create_from_todo(server, session, uri, wanted, writes_id=False)))
    edits = [
        id_change(document, now.todo, issue.id)
        for one, issue in made
        if (now := as_it_is_now(server, session, one)) is not None
    ]
    if edits:
        what = "The issues are created, but their ids could not be written into the comments"
        work = _apply(server, edit_of(server, document, edits), f"Write {len(edits)} ids", what)
        server.tasks.start(work, f"write ids into {uri}")
    return [issue_to_json(issue) for _, issue in made]


def _further_lines(found: Found) -> tuple[int, int]:
    lines, todo = found.document.lines, found.todo
    return lines.line_start(todo.line) + todo.first_line_end, lines.line_start(todo.end_line) + todo.end_column


def _without(server: Server, found: Found, start: int, end: int) -> types.WorkspaceEdit:
    document = found.document
    place = types.Range(*(document.position(*document.lines.position(offset)) for offset in (start, end)))
    return edit_of(server, document, [types.TextEdit(place, "")])


async def _apply(server: Server, edit: types.WorkspaceEdit | None, name: str, problem: str) -> bool:
    """Has the editor make an edit, None for a place that is gone; says so when it did not. Whether it did."""
    reason: str | None = CHANGED if edit is None else "this editor makes no edits that it is asked for"
    if edit is not None and can_apply(server):
        answer = await apply(server, edit, name)
        if answer.applied:
            return True
        reason = answer.failure_reason
    server.show(types.MessageType.Warning, f"{problem}{f' ({reason})' if reason else ''}.")
    return False


async def _apply_or_reopen(
    server: Server, session: Session, issue: Issue, edit: types.WorkspaceEdit | None, *, is_ours: bool
) -> None:
    problem = f"{issue.id} is closed, but its comment could not be removed"
    if await _apply(server, edit, f"Complete {issue.id}", problem) or not is_ours:
        return
    answer = await server.choose(types.MessageType.Info, f"Reopen {issue.id}?", [REOPEN, "Leave it closed"])
    if answer == REOPEN:
        try:
            await session.write(ReopenIssues(ids=(issue.id,)))
        except IssuelensError as error:
            server.show(types.MessageType.Error, error.message)
