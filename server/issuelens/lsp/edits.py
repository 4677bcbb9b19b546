"""Changes of texts that an editor is to make, in the form that it takes them in."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from issuelens.lsp.documents import Document
from issuelens.lsp.server import Server


def workspace_edit(
    server: Server, changes: Mapping[str, tuple[Document, Sequence[types.TextEdit]]]
) -> types.WorkspaceEdit:
    """The edit of several documents, by URI; of open ones bound to the version that it was made for."""
    workspace = server.parameters.capabilities.workspace
    if not (workspace and workspace.workspace_edit and workspace.workspace_edit.document_changes):
        return types.WorkspaceEdit(changes={uri: list(edits) for uri, (_, edits) in changes.items()})
    return types.WorkspaceEdit(
        document_changes=[
            types.TextDocumentEdit(
                types.OptionalVersionedTextDocumentIdentifier(uri, _version(server, document)), list(edits)
            )
            for uri, (document, edits) in changes.items()
        ]
    )


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


def can_apply(server: Server) -> bool:
    """Whether the editor makes edits that it is asked for."""
    workspace = server.parameters.capabilities.workspace
    return bool(workspace and workspace.apply_edit)
