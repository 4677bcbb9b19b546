"""What a person saves of an issue's document goes through the daemon; what others changed meanwhile is not lost."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, Final

from attrs import frozen
from lsprotocol import types

from issuelens.domain.document import changed_fields, read_document, render_document
from issuelens.domain.errors import ChangedMeanwhile, InvalidField, IssuelensError
from issuelens.domain.operation import CreateIssue, UpdateIssues
from issuelens.domain.shape import issue_to_json
from issuelens.domain.vocabulary import DEFAULT_PRIORITY, DEFAULT_TYPE
from issuelens.lsp.documents import Document
from issuelens.lsp.edits import apply, edit_of
from issuelens.lsp.issue_documents import NEW, document_uri, states, write_issue_document
from issuelens.lsp.server import Server
from issuelens.lsp.session import Session
from issuelens.lsp.show_document import show_document

logger = logging.getLogger(__name__)

MINE: Final = "Keep mine"
THEIRS: Final = "Take theirs"
ATTEMPTS: Final = 5
"""How often a change is sent again when the issue was changed at the same time."""
_PARTS: Final = {
    "add_labels": "labels",
    "remove_labels": "labels",
    "set_metadata": "metadata",
    "unset_metadata": "metadata",
}
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

Fields = dict[str, Any]


@frozen
class Merged:
    """What a document changes of the issue as it is now; `both`: fields that others have changed to something else."""

    fields: Fields
    both: tuple[str, ...]


def merged(base: str, now: Mapping[str, Any], text: str) -> Merged:
    """What a document changes of its issue.

    Args:
        base: the document as it was when its issue had all of it.
        now: the issue as it is now, in its JSON shape.
        text: the document.

    Raises:
        InvalidField: when the document can't be read, or changes what can't be changed.
    """
    before, current, mine = (
        read_document(base),
        read_document(render_document(now)),
        read_document(text),
    )
    mine["updated_at"] = before["updated_at"]
    own = {_PARTS.get(name, name) for name in changed_fields(before, mine)}
    wanted = current | {name: mine[name] for name in own if name in mine}
    if "labels" in own:
        wanted["labels"] = _labels(before["labels"], current["labels"], mine["labels"])
    fields = changed_fields(current, wanted)
    changed = {_PARTS.get(name, name) for name in fields}
    theirs = {name for name in current if current[name] != before.get(name)} - {"updated_at", "labels"}
    return Merged(fields, tuple(sorted(changed & theirs & own)))


def _labels(before: list[str], now: list[str], mine: list[str]) -> list[str]:
    """The labels as both sides want them: what either has added, without what either has taken away."""
    added = [one for one in mine if one not in before and one not in now]
    return [one for one in now if one in mine or one not in before] + added


async def save_document(server: Server, session: Session, document: Document) -> None:
    """Takes a document that was saved: makes its issue, or changes it; says what stands in the way."""
    try:
        if document.path is not None and document.path.name.startswith(f"{NEW}-"):
            await _create(server, session, document)
        else:
            await _change(server, session, document)
    except IssuelensError as error:
        server.show(types.MessageType.Error, f"{error.message.rstrip('.')}. Your text is kept; save it again.")
    server.push_diagnostics(document)


async def _create(server: Server, session: Session, document: Document) -> None:
    known = session.created.get(document.uri)
    if known is not None:
        server.show(types.MessageType.Info, f"{known} was made of this document; go on in its own one.")
        await show_document(server, document_uri(session, known))
        return
    fields = read_document(document.text)
    if not str(fields.get("title", "")).strip():
        raise InvalidField("title", "it is empty; write one to create the issue")
    operation = CreateIssue(
        title=fields["title"],
        description=fields.get("description", ""),
        priority=fields["priority"] if isinstance(fields.get("priority"), int) else DEFAULT_PRIORITY,
        issue_type=fields.get("issue_type") or DEFAULT_TYPE,
        labels=tuple(fields.get("labels", ())),
        **{name: fields[name] for name in _OF_NEW if fields.get(name)},
    )
    written = await session.write(operation)
    issue_id = session.created[document.uri] = written.issues[0]["id"]
    server.show(types.MessageType.Info, f"{issue_id} is created: {fields['title']}")
    uri = await write_issue_document(server, session, issue_id)
    if document.path is not None:
        document.path.unlink(missing_ok=True)
    await show_document(server, uri)


async def _change(server: Server, session: Session, document: Document) -> None:
    # What was saved; it may be typed on while the daemon works or the person is asked.
    text, version = document.text, document.version
    issue_id = str(read_document(text).get("id") or "")
    for _ in range(ATTEMPTS):
        issue = await session.issue(issue_id)
        if document.path != session.workspace.draft(issue.id):
            raise InvalidField("id", f"it can't be changed, and says {issue_id!r}")
        now = issue_to_json(issue)
        found = merged(await _base(server, session, document, text, now), now, text)
        chosen = found.fields if not found.both else await _chosen(server, issue.id, found)
        if chosen is None:
            return
        try:
            await _send(session, issue.id, now["updated_at"], chosen)
        except ChangedMeanwhile:
            continue
        # Not the issue as it is now: what others have changed is not in the text yet.
        server.bases[document.uri] = text
        if document.version == version:
            await bring_up_to_date(server, document, issue_to_json(await session.issue(issue.id)), version)
        return
    raise ChangedMeanwhile(f"{issue_id}: others change it all the time", id=issue_id)


async def _base(server: Server, session: Session, document: Document, text: str, now: dict[str, Any]) -> str:
    """The document as it was when its issue had all of it: as it was saved last, else as its moment tells."""
    known = server.bases.get(document.uri)
    if known is not None:
        return known
    moment = read_document(text).get("updated_at")
    past = [now, *await states(session, now["id"])]
    return render_document(next((one for one in past if one.get("updated_at") == moment), now))


async def _chosen(server: Server, issue_id: str, found: Merged) -> Fields | None:
    """What to change when others have changed the same; None leaves all as it is."""
    names = ", ".join(found.both)
    text = f"{issue_id}: {names} was changed by somebody else meanwhile. Your text is kept until you choose."
    answer = await server.choose(types.MessageType.Warning, text, [MINE, THEIRS])
    if answer == MINE:
        return found.fields
    if answer == THEIRS:
        return {name: value for name, value in found.fields.items() if _PARTS.get(name, name) not in found.both}
    return None


async def _send(session: Session, issue_id: str, moment: str, fields: Fields) -> None:
    if not fields:
        return
    lists: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()}
    await session.write(UpdateIssues(ids=(issue_id,), expected_updated_at=moment, **lists))


async def bring_up_to_date(server: Server, document: Document, now: Mapping[str, Any], version: int) -> None:
    """Has the editor put into an open document what its issue is now, unless it says the same but for the moment.

    Only into the version that was looked at: what is typed meanwhile stays.
    """
    before, text = read_document(render_document(now)), render_document(now)
    if document.version != version:
        return
    if not changed_fields(before, read_document(document.text) | {"updated_at": before["updated_at"]}):
        return
    change = edit_of(server, document, [types.TextEdit(document.whole, text)])
    answer = await apply(server, change, f"{now['id']} as it is now")
    if not answer.applied:
        logger.warning("the editor did not bring %s up to date: %s", document.uri, answer.failure_reason)
    elif server.documents.get(document.uri) is document:
        server.bases[document.uri] = text
