"""What stands at a place of an open document: an issue id, or a TODO."""

from __future__ import annotations

from lsprotocol import types

from issuelens.lsp.documents import Document
from issuelens.lsp.session import Session
from issuelens.todos.grammar import LocatedReference, TodoComment


def reference_at(document: Document, session: Session, position: types.Position) -> LocatedReference | None:
    """The issue id at a client's position, its end included; None when there is none."""
    for reference in document.findings(session.config.todos, session.prefixes).references:
        if reference.line == position.line:
            place = document.range(reference.line, reference.column, reference.end_column)
            if place.start.character <= position.character <= place.end.character:
                return reference
    return None


def todo_at(document: Document, session: Session, position: types.Position) -> TodoComment | None:
    """The TODO whose text holds a client's position, its end included; None when there is none."""
    for todo in document.findings(session.config.todos, session.prefixes).todos:
        if todo.line <= position.line <= todo.end_line and _holds(document, todo, position):
            return todo
    return None


def _holds(document: Document, todo: TodoComment, position: types.Position) -> bool:
    start = document.position(todo.line, todo.column)
    end = document.position(todo.end_line, todo.end_column)
    place = (position.line, position.character)
    return (start.line, start.character) <= place <= (end.line, end.character)
