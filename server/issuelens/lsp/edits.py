"""Changes of texts that an editor is to make, in the form that it takes them in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lsprotocol import types

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


def can_apply(server: Server) -> bool:
    """Whether the editor makes edits that it is asked for."""
    workspace = server.parameters.capabilities.workspace
    return bool(workspace and workspace.apply_edit)
