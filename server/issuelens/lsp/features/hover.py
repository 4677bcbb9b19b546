"""A card of the issue whose id is under the pointer; on a TODO, what it says of itself and who wrote it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from lsprotocol import types

from issuelens.domain.errors import UnknownIssue
from issuelens.domain.plain import one_line
from issuelens.ipc.converter import dumps
from issuelens.lsp.authors import UNCOMMITTED, Authors
from issuelens.lsp.cards import escaped
from issuelens.lsp.convert import range_json
from issuelens.lsp.documents import Document
from issuelens.lsp.open_todos import relative_path
from issuelens.lsp.protocol import Encoded
from issuelens.lsp.references_at import reference_at, todo_at
from issuelens.lsp.server import Server
from issuelens.lsp.session import Session
from issuelens.todos.grammar import LocatedReference, TodoComment


def register(server: Server) -> None:
    """Registers the request."""
    authors = Authors(server.work_thread)
    server.closing.append(authors.close)
    server.feature(types.TEXT_DOCUMENT_HOVER)(partial(_hover, server, authors))


async def _hover(server: Server, authors: Authors, params: types.HoverParams) -> Encoded | None:
    opened = await server.opened(params.text_document.uri)
    if opened is None:
        return None
    document, session = opened
    reference = reference_at(document, session, params.position)
    if reference is not None:
        return await _of_issue(server, session, document, reference)
    todo = todo_at(document, session, params.position)
    return await _of_todo(server, authors, session, document, todo) if todo is not None else None


async def _of_issue(
    server: Server, session: Session, document: Document, reference: LocatedReference
) -> Encoded | None:
    # Now: the text may be another one when the issue is there.
    place = document.range(reference.line, reference.column, reference.end_column)
    try:
        text = await session.cards.text(session, reference.id, is_markdown=_takes_markdown(server))
    except UnknownIssue:
        return None
    return _shown(server, text, place)


async def _of_todo(
    server: Server, authors: Authors, session: Session, document: Document, todo: TodoComment
) -> Encoded | None:
    place = document.range(todo.line, todo.column, todo.first_line_end)
    author = await _author(server, authors, session, document, todo)
    lines = [one_line(line) for line in about_todo(todo, author)]
    if not lines:
        return None
    text = "  \n".join(map(escaped, lines)) if _takes_markdown(server) else "\n".join(lines)
    return _shown(server, text, place)


async def _author(server: Server, authors: Authors, session: Session, document: Document, todo: TodoComment) -> str:
    """Who wrote the TODO, when the file on the disk has it, too: only that is known to git."""
    path = relative_path(document, session)
    if path is None:
        return ""
    await server.open_todos.settled()
    words = [
        one for one in session.code.index.disk.of_file(path).markers if (one.tag, one.text) == (todo.tag, todo.text)
    ]
    nearest = min(words, key=lambda one: abs(one.line - todo.line), default=None)
    return await authors.of(session, path, nearest.line + 1) if nearest is not None else ""


def about_todo(todo: TodoComment, author: str) -> Iterator[str]:
    """What is known of a TODO without an issue, in lines.

    Args:
        todo: the comment.
        author: who wrote it and when; empty when that is not known.
    """
    facts = [todo.tag]
    facts += [f"P{todo.priority}"] if todo.priority is not None else []
    facts += [f"for {todo.owner}"] if todo.owner else []
    facts += [f"due {todo.due}"] if todo.due else []
    facts += [todo.external] if todo.external else []
    if len(facts) > 1:
        yield " · ".join(facts)
    if author:
        yield f"Written by {author}" if author != UNCOMMITTED else "Not committed yet"


def _takes_markdown(server: Server) -> bool:
    hover = server.parameters.capabilities.text_document and server.parameters.capabilities.text_document.hover
    return types.MarkupKind.Markdown in ((hover.content_format if hover else None) or ())


def _shown(server: Server, text: str, place: types.Range) -> Encoded:
    """A hover as JSON: it goes through no converter."""
    kind = types.MarkupKind.Markdown if _takes_markdown(server) else types.MarkupKind.PlainText
    return Encoded(
        b'{"contents":{"kind":"%s","value":%s},"range":%s}' % (kind.value.encode(), dumps(text), range_json(place))
    )
