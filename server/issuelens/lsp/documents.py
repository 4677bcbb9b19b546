"""The open documents: their text as the editor has it, and what was found in each version of it.

pygls' own documents split their text anew on each access, and on characters that end no line in LSP.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from attrs import define, field
from lsprotocol import types

from issuelens.lsp.convert import from_units, path_of, to_units
from issuelens.todos.grammar import LocatedReference, TodoComment, analyse
from issuelens.todos.languages import Language, language_for
from issuelens.todos.lines import LineIndex


@define(eq=False)
class Findings:
    """What one version of a text holds."""

    todos: Sequence[TodoComment]
    references: Sequence[LocatedReference]


@define(eq=False)
class Document:
    """One open document."""

    uri: str
    language_id: str
    version: int
    text: str
    encoding: str
    path: Path | None
    _lines: LineIndex | None = None
    _language: Language | None = None
    _findings: tuple[object, Findings] | None = None
    cached: dict[str, tuple[object, object]] = field(factory=dict)
    """Answers built from this document: name -> (what they depend on, the answer)."""

    @property
    def lines(self) -> LineIndex:
        """Where the lines begin."""
        if self._lines is None:
            self._lines = LineIndex(self.text)
        return self._lines

    def line_text(self, line: int) -> str:
        """The text of a line without its end; empty beyond the last."""
        return self.lines.line_text(line)

    def offset_of(self, position: types.Position) -> int:
        """The offset of a client's position; one beyond a line or the text means its end."""
        if position.line >= self.lines.count:
            return len(self.text)
        line = self.lines.line_text(position.line)
        return self.lines.line_start(position.line) + from_units(line, position.character, self.encoding)

    def position(self, line: int, column: int) -> types.Position:
        """The client's position of a line and a code point column."""
        return types.Position(line, to_units(self.line_text(line), column, self.encoding))

    def range(self, line: int, start: int, end: int) -> types.Range:
        """The client's range within one line."""
        return types.Range(self.position(line, start), self.position(line, end))

    def change(self, version: int, changes: Sequence[types.TextDocumentContentChangeEvent]) -> None:
        """Applies the client's changes in their order."""
        for change in changes:
            if isinstance(change, types.TextDocumentContentChangePartial):
                start, end = self.offset_of(change.range.start), self.offset_of(change.range.end)
                self.text = self.text[:start] + change.text + self.text[max(start, end) :]
            else:
                self.text = change.text
            self._lines = None
        self.version = version
        self.cached.clear()
        self._findings = None

    def findings(self, tags: Sequence[str], prefixes: frozenset[str]) -> Findings:
        """The TODOs and the issue ids in the comments of this version."""
        key = (tags, prefixes)
        if self._findings is None or self._findings[0] != key:
            language = self._known_language()
            found = Findings((), ())
            if language is not None:
                found = Findings(*analyse(self.text, language, tags=tags, prefixes=prefixes))
            self._findings = (key, found)
        return self._findings[1]

    def _known_language(self) -> Language | None:
        if self._language is None:
            name = str(self.path) if self.path else self.uri
            self._language = language_for(name, self.language_id, self.line_text(0))
        return self._language


class Documents:
    """The open documents by URI."""

    def __init__(self, encoding: str) -> None:
        self.encoding = encoding
        self._documents: dict[str, Document] = {}

    def __iter__(self) -> Iterator[Document]:
        return iter(tuple(self._documents.values()))

    def __len__(self) -> int:
        return len(self._documents)

    def get(self, uri: str) -> Document | None:
        """The open document, or None."""
        return self._documents.get(uri)

    def open(self, item: types.TextDocumentItem) -> Document:
        """Takes a document that the editor opened."""
        # lsprotocol lets through what is no text, since languages may have any name.
        named: Any = item.language_id
        document = self.made(item.uri, item.text, named if isinstance(named, str) else "", item.version)
        self._documents[item.uri] = document
        return document

    def made(self, uri: str, text: str, language_id: str = "", version: int = 0) -> Document:
        """A document that is not open: a file read for one answer."""
        return Document(uri, language_id, version, text, self.encoding, path_of(uri))

    def change(self, params: types.DidChangeTextDocumentParams) -> Document | None:
        """Applies the editor's changes; None for a document that was never opened."""
        document = self._documents.get(params.text_document.uri)
        if document is not None:
            document.change(params.text_document.version, params.content_changes)
        return document

    def close(self, uri: str) -> Document | None:
        """Forgets a document that the editor closed."""
        return self._documents.pop(uri, None)
