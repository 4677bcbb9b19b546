"""What can be folded: TODOs of several lines, the parts of an issue's document."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from lsprotocol import types

from issuelens.lsp.documents import Document
from issuelens.lsp.features.document_symbol import sections
from issuelens.lsp.kinds import Kind
from issuelens.lsp.server import Server


def register(server: Server) -> None:
    """Registers the request."""
    server.feature(types.TEXT_DOCUMENT_FOLDING_RANGE)(partial(_folds, server))


async def _folds(server: Server, params: types.FoldingRangeParams) -> list[types.FoldingRange]:
    document, session = server.documents.get(params.text_document.uri), server.session_of(params.text_document.uri)
    if document is None:
        return []
    if document.kind in (Kind.ISSUE, Kind.BOARD):
        return list(_of_sections(document))
    if session is None:
        return []
    await session.ready()
    todos = document.findings(session.config.todos, session.prefixes).todos
    kind = types.FoldingRangeKind.Comment
    return [types.FoldingRange(one.line, one.end_line, kind=kind) for one in todos if one.end_line > one.line]


def _of_sections(document: Document) -> Iterator[types.FoldingRange]:
    for one in sections(document.text):
        last = one.end_line - 1
        while last > one.line and not document.line_text(last).strip():
            last -= 1
        if last > one.line:
            yield types.FoldingRange(one.line, last, kind=types.FoldingRangeKind.Region)
