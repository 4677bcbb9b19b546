"""Another id in place of an issue's, everywhere: in code, Markdown and documents, open or not.

Ids are given by the tracker, so the new one must be that of another issue: the two are made one, when the person says
so, or only the references change.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Final

from attrs import frozen
from lsprotocol import types

from issuelens.domain.errors import Refused, UnknownIssue
from issuelens.domain.operation import MergeIssues
from issuelens.lsp.decisions import decide
from issuelens.lsp.documents import Document
from issuelens.lsp.edits import Edit, takes_annotations, workspace_edit
from issuelens.lsp.kinds import Kind
from issuelens.lsp.places import IdPlace, names_of, places_of
from issuelens.lsp.progress import Progress, to_its_end
from issuelens.lsp.references_at import reference_at
from issuelens.lsp.server import Server
from issuelens.lsp.session import Session

MERGE: Final = "Merge"
ONLY_REFERENCES: Final = "Only the references"
CANCEL: Final = "Cancel"
IN_OPEN: Final = "references"
IN_CLOSED: Final = "references-in-closed-files"
IN_ISSUES: Final = "issue-documents"
"""The names of annotations: where an id stands."""


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
    names = (reference.id, *await _own_names(session, reference.id, new))
    is_known = reference.id in await session.summaries([reference.id])
    choice = await _choice(server, session, reference.id, new) if is_known else ONLY_REFERENCES
    if choice is None:
        return None
    with server.progresses.work(f"Renaming {reference.id}", "files", params.work_done_token) as progress:
        found = await _done(server, session, _Renaming(names, new, is_merging=choice == MERGE), progress)
    return edits(server, found, reference.id, new)


@frozen
class _Renaming:
    """What is to be done: the ids that are replaced, the new one, and whether the two issues are made one."""

    names: tuple[str, ...]
    new: str
    is_merging: bool


async def _done(server: Server, session: Session, one: _Renaming, progress: Progress) -> list[IdPlace]:
    """Makes the issues one, where that is wanted, and finds the places. Reading comes first: it can be stopped."""

    def check() -> None:
        if progress.is_stopped:
            raise Refused("Stopped. Nothing was renamed.")

    def report(done: int, total: int) -> None:
        check()
        progress.report(done, total)

    found, versions = await places_of(server, session, one.names, report), _versions(server)
    check()
    if not session.code.is_whole:
        raise Refused("Reading the folder was cancelled, so not every place is known. Nothing was renamed; try again.")
    if one.is_merging:
        old = (await names_of(session, one.names[0]))[0]
        await to_its_end(session.write(MergeIssues(ids=(old,), into=one.new)), progress.stop)
        if progress.is_stopped:
            raise Refused(f"Stopped. {old} is merged into {one.new}; the references stay, and lead there.")
    # What was typed meanwhile has moved them.
    return found if versions == _versions(server) else await places_of(server, session, one.names)


def _versions(server: Server) -> dict[str, int]:
    return {one.uri: one.version for one in server.documents}


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


async def _choice(server: Server, session: Session, old: str, new: str) -> str | None:
    """What the person wants: to make the two issues one, to change only the references, or neither (None)."""
    names = await names_of(session, old)
    if new in names:
        return ONLY_REFERENCES
    text = f"{old} and {new} are two issues. Merge {names[0]} into {new}, or change only the references?"
    choices = (MERGE, ONLY_REFERENCES)
    # An editor that can't ask asked for the references.
    return await decide(server, types.MessageType.Info, text, choices, leave=CANCEL, unasked=ONLY_REFERENCES)


def edits(server: Server, places: Iterable[IdPlace], old: str, new: str) -> types.WorkspaceEdit:
    """The edit that writes an id at these places: documents with their versions, where the editor takes them.

    Where the editor shows annotations, references in open files, those in other files, and issue documents are apart.
    None is to be confirmed: VS Code would leave such a one out unless it is ticked.
    """
    changes: dict[str, tuple[Document, list[Edit]]] = {}
    annotations, is_annotated = _annotations(old), takes_annotations(server)
    used = set()
    for one in places:
        edit: Edit = types.TextEdit(one.range, new)
        if is_annotated:
            name = _annotation(server, one.document)
            used.add(name)
            edit = types.AnnotatedTextEdit(name, one.range, new)
        changes.setdefault(one.document.uri, (one.document, []))[1].append(edit)
    made = workspace_edit(server, changes)
    if used:
        made.change_annotations = {name: one for name, one in annotations.items() if name in used}
    return made


def _annotation(server: Server, document: Document) -> str:
    if document.kind is Kind.ISSUE:
        return IN_ISSUES
    return IN_OPEN if server.documents.get(document.uri) is document else IN_CLOSED


def _annotations(old: str) -> dict[str, types.ChangeAnnotation]:
    label = f"References to {old}"
    return {
        IN_OPEN: types.ChangeAnnotation(label),
        IN_CLOSED: types.ChangeAnnotation(label, description="in files that are not open"),
        IN_ISSUES: types.ChangeAnnotation(f"{old} in issue documents"),
    }
