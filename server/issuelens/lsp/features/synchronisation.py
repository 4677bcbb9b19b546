"""Open documents, as the editor has them. Handlers don't wait, so that changes apply in the order they were made."""

from __future__ import annotations

from functools import partial

from lsprotocol import types

from issuelens.lsp.features import issue_documents
from issuelens.lsp.features.watching import saved, tell
from issuelens.lsp.server import Server


def register(server: Server) -> None:
    """Registers the document notifications in place of pygls' own."""
    fm = server.protocol.fm
    fm.add_builtin_feature(types.TEXT_DOCUMENT_DID_OPEN, partial(_opened, server))
    fm.add_builtin_feature(types.TEXT_DOCUMENT_DID_CHANGE, partial(_changed, server))
    fm.add_builtin_feature(types.TEXT_DOCUMENT_DID_CLOSE, partial(_closed, server))
    fm.add_builtin_feature(types.TEXT_DOCUMENT_DID_SAVE, partial(_saved, server))


def _opened(server: Server, params: types.DidOpenTextDocumentParams) -> None:
    document = server.documents.open(params.text_document)
    server.open_todos.edited([document.uri])
    issue_documents.opened(server, document)
    server.push_diagnostics(document)


def _changed(server: Server, params: types.DidChangeTextDocumentParams) -> None:
    document = server.documents.change(params)
    if document is not None:
        # All that follows from it waits for a pause in the typing, or until it is asked for.
        server.open_todos.edited([document.uri])
        server.typed.add([document.uri])


def _closed(server: Server, params: types.DidCloseTextDocumentParams) -> None:
    document = server.documents.close(params.text_document.uri)
    server.open_todos.closed(params.text_document.uri)
    tell(server, [params.text_document.uri])
    # Hints of it are told no more.
    server.findings_changed(None, frozenset())
    if document is not None:
        issue_documents.closed(server, document)
    if document is not None and not server.pulls_diagnostics:
        server.text_document_publish_diagnostics(types.PublishDiagnosticsParams(document.uri, []))


def _saved(server: Server, params: types.DidSaveTextDocumentParams) -> None:
    saved(server, params.text_document.uri)
    issue_documents.saved(server, params.text_document.uri)
