"""Another id in place of an issue's, everywhere: in code, Markdown and documents, open or not.

Ids are given by the tracker, so the new one must be that of another issue: the two are made one, when the person says
so, or only the references change.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Final

from lsprotocol import types

from issuelens.domain.errors import Refused, UnknownIssue
from issuelens.domain.operation import MergeIssues
from issuelens.lsp.documents import Document
from issuelens.lsp.edits import workspace_edit
from issuelens.lsp.places import IdPlace, names_of, places_of
from issuelens.lsp.references_at import reference_at
from issuelens.lsp.server import Server
from issuelens.lsp.session import Session

MERGE: Final = "Merge"
ONLY_REFERENCES: Final = "Only the references"
CANCEL: Final = "Cancel"


def register(server: Server) -> None:
    """Registers the requests."""
    server.feature(types.TEXT_DOCUMENT_PREPARE_RENAME)(partial(_prepared, server))
    server.feature(types.TEXT_DOCUMENT_RENAME)(partial(_renamed, server))


async def _prepared(server: Server, params: types.PrepareRenameParams) -> types.PrepareRenamePlaceholder | None:
    opened = await server.opened(params.text_document.uri)
    if opened is None:
        return None
    document, session = opened
    reference = reference_at(document, session, params.position)
    if reference is None:
        return None
    place = document.range(reference.line, reference.column, reference.end_column)
    return types.PrepareRenamePlaceholder(range=place, placeholder=reference.id)


async def _renamed(server: Server, params: types.RenameParams) -> types.WorkspaceEdit | None:
    opened = await server.opened(params.text_document.uri)
    if opened is None:
        return None
    document, session = opened
    await session.must_be_open()
    reference = reference_at(document, session, params.position)
    if reference is None:
        raise Refused("There is no issue id here to be renamed.")
    new = await _known(session, params.new_name.strip())
    if new == reference.id:
        return None
    # Before they are made one: the places of an unknown id are asked for, too.
    names = {reference.id, *await _own_names(session, reference.id, new)}
    is_known = reference.id in await session.summaries([reference.id])
    if is_known and not await _agreed(server, session, reference.id, new):
        return None
    # After the question: what was typed while it was open has moved them.
    return edits(server, await places_of(server, session, names), new)


async def _known(session: Session, word: str) -> str:
    """The id of the issue that is meant.

    Raises:
        UnknownIssue: when there is none.
    """
    found = (await session.summaries([word])).get(word)
    if found is None:
        raise UnknownIssue.named(word)
    return found.id


async def _own_names(session: Session, old: str, new: str) -> tuple[str, ...]:
    """Ids that name the same issue as the old one, unless that is the new one itself."""
    names = await names_of(session, old)
    return () if new in names else names


async def _agreed(server: Server, session: Session, old: str, new: str) -> bool:
    """Whether the references are to change; makes the two issues one when the person wants that."""
    names = await names_of(session, old)
    if new in names:
        return True
    text = f"{old} and {new} are two issues. Merge {names[0]} into {new}, or change only the references?"
    answer = await server.choose(types.MessageType.Info, text, [MERGE, ONLY_REFERENCES, CANCEL])
    if answer == MERGE:
        await session.write(MergeIssues(ids=(names[0],), into=new))
    # An editor that can't ask asked for the references.
    return answer != CANCEL


def edits(server: Server, places: Iterable[IdPlace], new: str) -> types.WorkspaceEdit:
    """The edit that writes an id at these places: documents with their versions, where the editor takes them."""
    changes: dict[str, tuple[Document, list[types.TextEdit]]] = {}
    for one in places:
        changes.setdefault(one.document.uri, (one.document, []))[1].append(types.TextEdit(one.range, new))
    return workspace_edit(server, changes)
