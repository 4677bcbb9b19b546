"""Changes of texts that an editor is to make, in the form that it takes them in."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from issuelens.lsp.documents import Document
from issuelens.lsp.server import Server

CHANGED: Final = "the text has changed meanwhile"
ATTEMPTS: Final = 5
"""How often an edit is made anew for a text that is being typed into."""


Edit = types.TextEdit | types.AnnotatedTextEdit


def workspace_edit(server: Server, changes: Mapping[str, tuple[Document, Sequence[Edit]]]) -> types.WorkspaceEdit:
    """The edit of several documents, by URI; of open ones bound to the version that it was made for."""
    workspace = server.parameters.capabilities.workspace
    if not (workspace and workspace.workspace_edit and workspace.workspace_edit.document_changes):
        plain = {uri: [types.TextEdit(one.range, one.new_text) for one in edits] for uri, (_, edits) in changes.items()}
        return types.WorkspaceEdit(changes=plain)
    return types.WorkspaceEdit(
        document_changes=[
            types.TextDocumentEdit(
                types.OptionalVersionedTextDocumentIdentifier(uri, _version(server, document)), list(edits)
            )
            for uri, (document, edits) in changes.items()
        ]
    )


def takes_annotations(server: Server) -> bool:
    """Whether the editor shows what each edit of a renaming is about, and asks where it is to be confirmed."""
    capabilities = server.parameters.capabilities
    edit = capabilities.workspace.workspace_edit if capabilities.workspace else None
    renaming = capabilities.text_document.rename if capabilities.text_document else None
    is_taken = edit is not None and edit.document_changes and edit.change_annotation_support is not None
    return bool(is_taken and renaming is not None and renaming.honors_change_annotations)


def edit_of(server: Server, document: Document, edits: Sequence[types.TextEdit]) -> types.WorkspaceEdit:
    """The edit of one document."""
    return workspace_edit(server, {document.uri: (document, edits)})


def _version(server: Server, document: Document) -> int | None:
    return document.version if server.documents.get(document.uri) is document else None


async def apply(server: Server, edit: types.WorkspaceEdit, label: str) -> types.ApplyWorkspaceEditResult:
    """What the editor says of an edit; when it says nothing, it was not applied."""
    params = types.ApplyWorkspaceEditParams(edit, label=label)
    try:
        answer: Any = await asyncio.wrap_future(server.ask(types.WORKSPACE_APPLY_EDIT, params))
    except JsonRpcException as error:
        return types.ApplyWorkspaceEditResult(applied=False, failure_reason=str(error))
    return answer or types.ApplyWorkspaceEditResult(applied=False)


async def apply_now(
    server: Server, document: Document, make: Callable[[], types.WorkspaceEdit | None], label: str
) -> types.ApplyWorkspaceEditResult:
    """What the editor says of an edit, which is made anew when something was typed before it arrived.

    Args:
        server: that of the editor.
        document: the text.
        make: the edit for the text as it is now; None when its place is gone.
        label: what the editor calls it, for instance in its list of what can be undone.
    """
    for _ in range(ATTEMPTS):
        edit, version = make(), document.version
        if edit is None:
            break
        answer = await apply(server, edit, label)
        if answer.applied or document.version == version:
            return answer
    return types.ApplyWorkspaceEditResult(applied=False, failure_reason=CHANGED)


async def applied_or_told(
    server: Server, document: Document, make: Callable[[], types.WorkspaceEdit | None], label: str, problem: str
) -> bool:
    """Has the editor make an edit, as `apply_now`; whether it did. When not, the person is told the problem and why."""
    reason: str | None = "this editor makes no edits that it is asked for"
    if can_apply(server):
        answer = await apply_now(server, document, make, label)
        if answer.applied:
            return True
        reason = answer.failure_reason
    server.show(types.MessageType.Warning, f"{problem}{f' ({reason})' if reason else ''}.")
    return False


def can_apply(server: Server) -> bool:
    """Whether the editor makes edits that it is asked for."""
    workspace = server.parameters.capabilities.workspace
    return bool(workspace and workspace.apply_edit)
