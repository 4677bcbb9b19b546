"""The outline: the parts of an issue's document; the TODOs of code, where config.toml or the editor wants them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Final

from attrs import frozen
from lsprotocol import types

from issuelens.domain.plain import label
from issuelens.lsp.documents import Document
from issuelens.lsp.kinds import Kind
from issuelens.lsp.server import Server
from issuelens.lsp.settings import effective
from issuelens.todos.grammar import TodoComment

_HEADING: Final = re.compile(r"(#{1,6})[ \t]+(.*)")
_MARK: Final = re.compile(r"<!-- issuelens:\w{1,40} -->\Z")
FRONT: Final = "Fields"
"""The name of the front matter in an outline."""


@frozen
class Section:
    """A part of a document: its heading's line, and the first line behind it that is not its own (0-based)."""

    name: str
    level: int
    line: int
    end_line: int


def register(server: Server) -> None:
    """Registers the request."""
    server.feature(types.TEXT_DOCUMENT_DOCUMENT_SYMBOL)(partial(_symbols, server))


async def _symbols(
    server: Server, params: types.DocumentSymbolParams
) -> list[types.DocumentSymbol] | list[types.SymbolInformation]:
    found = await _found(server, params)
    text = server.parameters.capabilities.text_document
    if text and text.document_symbol and text.document_symbol.hierarchical_document_symbol_support:
        return found
    return [_flat(params.text_document.uri, one) for one in found]


def _flat(uri: str, one: types.DocumentSymbol) -> types.SymbolInformation:
    """A symbol for editors that know no trees of them."""
    return types.SymbolInformation(location=types.Location(uri, one.range), name=one.name, kind=one.kind)


async def _found(server: Server, params: types.DocumentSymbolParams) -> list[types.DocumentSymbol]:
    document, session = server.documents.get(params.text_document.uri), server.session_of(params.text_document.uri)
    if document is None:
        return []
    if document.kind in (Kind.ISSUE, Kind.BOARD):
        return [_of_section(document, one) for one in sections(document.text)]
    if session is None or document.kind is not Kind.CODE:
        return []
    await session.ready()
    if not effective(session.config, server.settings).document_symbols.todos:
        return []
    return [_of_todo(document, one) for one in document.findings(session.config.todos, session.prefixes).todos]


def sections(text: str) -> Sequence[Section]:
    """The front matter and the sections of a document, each up to the next one of its level or above."""
    lines = text.split("\n")
    found = list(_headings(lines))
    ends = [
        next((later[2] for later in found[number + 1 :] if later[1] <= level), len(lines))
        for number, (_, level, _) in enumerate(found)
    ]
    return [Section(name, level, line, end) for (name, level, line), end in zip(found, ends, strict=True)]


def _headings(lines: Sequence[str]) -> Iterator[tuple[str, int, int]]:
    front_end = -1
    if lines[0].rstrip() == "---":
        front_end = next((number for number, line in enumerate(lines[1:], 1) if line.rstrip() == "---"), -1)
        if front_end > 0:
            yield FRONT, 1, 0
            if any(line.strip() and not line.startswith("#") for line in lines[front_end + 1 : front_end + 3]):
                yield "Description", 1, front_end + 1
    fence = ""
    for number, line in enumerate(lines[front_end + 1 :], front_end + 1):
        mark = line.lstrip()[:3]
        if mark in ("```", "~~~") and fence in ("", mark):
            fence = "" if fence else mark
        elif not fence and (heading := _HEADING.match(line)) is not None:
            words = heading[2].rstrip()
            own = _MARK.search(words)
            # The issue's own parts are above the headings that their texts have.
            level = 1 if own is not None else 1 + len(heading[1])
            if name := words[: own.start()].rstrip() if own is not None else words:
                yield name, level, number


def _of_section(document: Document, section: Section) -> types.DocumentSymbol:
    last = max(section.line, section.end_line - 1)
    whole = types.Range(types.Position(section.line, 0), document.position(last, len(document.line_text(last))))
    place = document.range(section.line, 0, len(document.line_text(section.line)))
    return types.DocumentSymbol(label(section.name), types.SymbolKind.String, whole, place)


def _of_todo(document: Document, todo: TodoComment) -> types.DocumentSymbol:
    whole = types.Range(document.position(todo.line, todo.column), document.position(todo.end_line, todo.end_column))
    place = document.range(todo.line, todo.column, todo.first_line_end)
    tied = f"({todo.issue_id})" if todo.issue_id else ""
    return types.DocumentSymbol(label(f"{todo.tag}{tied}: {todo.text}"), types.SymbolKind.Event, whole, place)
