"""What a person saves of an issue's document goes through the daemon; what others changed meanwhile is not lost."""

from __future__ import annotations

import asyncio
import logging
import uuid
from typing import Any, Final

from attrs import define, field, frozen
from lsprotocol import types

from issuelens.domain.document import read_document, render_document
from issuelens.domain.errors import (
    ChangedMeanwhile,
    ConnectionLost,
    InvalidField,
    IssuelensError,
    NotAnswered,
    Refused,
)
from issuelens.domain.issue import Issue
from issuelens.domain.operation import CreateIssue, UpdateIssues
from issuelens.domain.shape import issue_to_json
from issuelens.domain.vocabulary import DEFAULT_PRIORITY, DEFAULT_TYPE
from issuelens.lsp.decisions import decide
from issuelens.lsp.documents import Document
from issuelens.lsp.issue_documents import (
    is_of_issue,
    is_of_new_issue,
    remove_if_says,
    states,
    write_issue_document,
)
from issuelens.lsp.merge_document import Fields, Merged, merged
from issuelens.lsp.renew_issue import renew
from issuelens.lsp.server import Server
from issuelens.lsp.session import Session
from issuelens.lsp.show_document import show_document

logger = logging.getLogger(__name__)

MINE: Final = "Keep mine"
THEIRS: Final = "Take theirs"
ATTEMPTS: Final = 5
"""How often a change is sent again when the issue was changed at the same time."""
_OF_NEW: Final = (
    "design",
    "acceptance_criteria",
    "notes",
    "assignee",
    "due_at",
    "defer_until",
    "external_ref",
    "parent",
)


@frozen
class Saved:
    """A document as it was saved: it may be typed on, or closed, before that is taken."""

    document: Document
    text: str
    version: int

    @property
    def uri(self) -> str:
        """The document's."""
        return self.document.uri

    @property
    def is_current(self) -> bool:
        """Whether nothing was typed since."""
        return self.document.version == self.version


@define
class NewIssue:
    """What was made of a new issue's document.

    `text` is the one it is made of, under `key`; `id` is known when the daemon has answered.
    """

    text: str
    key: str = field(factory=lambda: uuid.uuid4().hex)
    id: str | None = None


async def save_document(server: Server, session: Session, saved: Saved, later: asyncio.Event) -> None:
    """Takes a document that was saved: makes its issue, or changes it; says what stands in the way.

    Args:
        server: that of the editor.
        session: the one of its workspace.
        saved: what was saved.
        later: set when it was saved again, so that a question about this one need not be answered.
    """
    try:
        if is_of_new_issue(session, saved.document):
            await _create(server, session, saved, later)
        else:
            await _change(server, session, saved, _id_in(saved.text), later)
    except IssuelensError as error:
        server.show(types.MessageType.Error, f"{error.message.rstrip('.')}. Your text is kept; save it again.")
    except Exception as error:
        logger.exception("a fault in saving %s", saved.uri)
        text = f"A fault in the language server ({type(error).__name__}): {saved.uri} could not be taken. See its log."
        server.show(types.MessageType.Error, f"{text} Your text is kept.")
    if server.documents.get(saved.uri) is saved.document:
        server.push_diagnostics(saved.document)


def _id_in(text: str) -> str:
    found = str(read_document(text).get("id") or "")
    if not found:
        raise InvalidField("id", "it is missing; put the line back")
    return found


# A new issue


async def _create(server: Server, session: Session, saved: Saved, later: asyncio.Event) -> None:
    new = server.new_issues.get(saved.uri)
    if new is None or new.id is None:
        new = await _made(server, session, saved, new or NewIssue(saved.text))
    # What was written since it was made, or sent for the first time.
    await _change(server, session, saved, str(new.id), later)
    await _remove_file(server, saved)


async def _made(server: Server, session: Session, saved: Saved, new: NewIssue) -> NewIssue:
    operation = new_issue_of(new.text)
    server.new_issues[saved.uri] = new
    try:
        written = await session.write(operation, key=new.key)
    except (ConnectionLost, NotAnswered):
        # It may be done all the same: the next time, the same is asked for.
        raise
    except IssuelensError:
        del server.new_issues[saved.uri]
        raise
    new.id, server.bases[saved.uri] = str(written.issues[0]["id"]), new.text
    server.show(types.MessageType.Info, f"{new.id} is created: {operation.title}")
    uri = await write_issue_document(server, session, new.id)
    if saved.is_current:
        # Not away from under the hands of somebody who types.
        server.tasks.start(show_document(server, uri), f"show {uri}")
    return new


def new_issue_of(text: str) -> CreateIssue:
    """The issue that a new document makes; raises InvalidField when it can't be read, or has no title."""
    fields = read_document(text)
    if not str(fields.get("title", "")).strip():
        raise InvalidField("title", "it is empty; write one to create the issue")
    return CreateIssue(
        title=fields["title"],
        description=fields.get("description", ""),
        priority=fields["priority"] if isinstance(fields.get("priority"), int) else DEFAULT_PRIORITY,
        issue_type=fields.get("issue_type") or DEFAULT_TYPE,
        labels=tuple(fields.get("labels", ())),
        **{name: fields[name] for name in _OF_NEW if fields.get(name)},
    )


async def _remove_file(server: Server, saved: Saved) -> None:
    """Removes the file of a document whose issue has all of it."""
    if saved.document.path is not None and server.bases.get(saved.uri) == saved.text:
        work = asyncio.get_running_loop().run_in_executor
        await work(server.work_thread, remove_if_says, saved.document.path, saved.text)


# A change


async def _change(server: Server, session: Session, saved: Saved, issue_id: str, later: asyncio.Event) -> None:
    for _ in range(ATTEMPTS):
        issue = await _issue(session, saved.document, issue_id)
        now = issue_to_json(issue)
        base = await _base(server, session, saved, now)
        found = merged(base, now, saved.text)
        chosen = found.fields if not found.both else await _chosen(server, issue.id, found, later, base)
        if chosen is None:
            return
        try:
            await _send(session, issue.id, now["updated_at"], chosen)
        except ChangedMeanwhile:
            continue
        # Not the issue as it is now: what others have changed is not in the text yet.
        server.bases[saved.uri] = saved.text
        if saved.is_current:
            renew(server, session, saved.document)
        return
    raise ChangedMeanwhile(f"{issue_id}: others change it all the time", id=issue_id)


async def _issue(session: Session, document: Document, issue_id: str) -> Issue:
    """The issue that a document is of.

    Raises:
        Refused: when it was merged meanwhile, or when the document is that of another one.
    """
    issue = await session.issue(issue_id)
    if is_of_issue(session, document, issue.id) or is_of_new_issue(session, document):
        return issue
    if is_of_issue(session, document, issue_id):
        raise Refused(f"{issue_id} was merged into {issue.id}: write into the document of that one")
    raise InvalidField("id", f"it can't be changed, and says {issue_id!r}")


async def _base(server: Server, session: Session, saved: Saved, now: dict[str, Any]) -> str | None:
    """The document as it was when its issue had all of it: as it was saved last, else as its moment tells."""
    known = server.bases.get(saved.uri)
    if known is not None:
        return known
    moment = read_document(saved.text).get("updated_at")
    past = [now, *await states(session, now["id"])]
    return next((render_document(one) for one in past if one.get("updated_at") == moment), None)


async def _chosen(
    server: Server, issue_id: str, found: Merged, later: asyncio.Event, base: str | None
) -> Fields | None:
    """What to change when others have changed the same; None leaves all as it is."""
    names = ", ".join(found.both)
    text = f"{issue_id}: {names} was changed by somebody else meanwhile. Your text is kept until you choose."
    if base is None:
        text = f"{issue_id} has another {names}, and the document does not say of when it is. Your text is kept."
    answer = await _answer(server, text, later)
    return {MINE: found.fields, THEIRS: found.without_both}.get(answer or "")


async def _answer(server: Server, text: str, later: asyncio.Event) -> str | None:
    """What is answered; None when that never comes, since it was saved again or the editor leaves."""
    if server.is_leaving:
        return None
    asking = asyncio.ensure_future(decide(server, types.MessageType.Warning, text, [MINE, THEIRS]))
    waiting = asyncio.ensure_future(later.wait())
    try:
        await asyncio.wait([asking, waiting], return_when=asyncio.FIRST_COMPLETED)
        return asking.result() if asking.done() else None
    finally:
        asking.cancel()
        waiting.cancel()
        await asyncio.wait([asking, waiting])


async def _send(session: Session, issue_id: str, moment: str, fields: Fields) -> None:
    if not fields:
        return
    lists: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()}
    await session.write(UpdateIssues(ids=(issue_id,), expected_updated_at=moment, **lists))
