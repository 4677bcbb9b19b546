"""Selections that grow: a tag or an id, the line of its TODO, the whole TODO."""

from __future__ import annotations

from functools import partial

from lsprotocol import types

from issuelens.lsp.documents import Document
from issuelens.lsp.references_at import reference_at, todo_at
from issuelens.lsp.server import Server
from issuelens.lsp.session import Session


def register(server: Server) -> None:
    """Registers the request."""
    server.feature(types.TEXT_DOCUMENT_SELECTION_RANGE)(partial(_selections, server))


async def _selections(server: Server, params: types.SelectionRangeParams) -> list[types.SelectionRange] | None:
    opened = await server.opened(params.text_document.uri)
    if opened is None:
        return None
    document, session = opened
    return [_selection(document, session, position) for position in params.positions]


def _selection(document: Document, session: Session, position: types.Position) -> types.SelectionRange:
    """From the outermost inwards; the position alone where there is nothing of ours (LSP, "Selection Range")."""
    found: types.SelectionRange | None = None
    todo, reference = todo_at(document, session, position), reference_at(document, session, position)
    ranges: list[types.Range] = []
    if todo is not None:
        start, end = document.position(todo.line, todo.column), document.position(todo.end_line, todo.end_column)
        ranges.append(types.Range(start, end))
        if position.line == todo.line:
            ranges.append(document.range(todo.line, todo.column, todo.first_line_end))
            ranges.append(document.range(todo.line, todo.column, todo.column + len(todo.tag)))
    if reference is not None:
        ranges.append(document.range(reference.line, reference.column, reference.end_column))
    for one in ranges:
        if _holds(one, position) and (found is None or (found.range != one and _contains(found.range, one))):
            found = types.SelectionRange(one, found)
    if found is None:
        # One beyond the text means its end.
        within = document.position(*document.lines.position(document.offset_of(position)))
        found = types.SelectionRange(types.Range(within, within))
    return found


def _holds(one: types.Range, position: types.Position) -> bool:
    return one.start <= position <= one.end


def _contains(outer: types.Range, inner: types.Range) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end
