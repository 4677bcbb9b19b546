"""The open documents: their text as the editor has it, and what was found in each version of it.

pygls' own documents split their text anew on each access, and on characters that end no line in LSP.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from attrs import define, field
from lsprotocol import types

from issuelens.domain.config import TodoConfig
from issuelens.lsp.convert import from_units, path_of, to_units
from issuelens.lsp.kinds import Kind, kind_of
from issuelens.todos.grammar import LocatedReference, TodoComment, analyse
from issuelens.todos.incremental import IncrementalFindings
from issuelens.todos.languages import PLAIN_TEXT, Language, language_for
from issuelens.todos.lines import LineIndex
from issuelens.todos.message import in_message, references_anywhere

INCREMENTAL_LIMIT: Final = 32 * 1024
"""Characters; a longer text is not read anew as a whole after each edit."""


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
    lines: LineIndex
    encoding: str
    path: Path | None
    _language: Language | None = None
    _findings: tuple[object, Findings] | None = None
    _incremental: IncrementalFindings | None = None
    cached: dict[str, tuple[object, object]] = field(factory=dict)
    """Answers built from this document: name -> (what they depend on, the answer)."""

    @property
    def kind(self) -> Kind:
        """What it is to us."""
        return kind_of(self.uri, self.path, self.language_id)

    @property
    def text(self) -> str:
        """The whole text."""
        return self.lines.text

    def line_text(self, line: int) -> str:
        """The text of a line without its end; empty beyond the last."""
        return self.lines.line_text(line)

    def offset_of(self, position: types.Position) -> int:
        """The offset of a client's position; one beyond a line or the text means its end."""
        if position.line >= self.lines.count:
            return self.lines.length
        line = self.lines.line_text(position.line)
        return self.lines.line_start(position.line) + from_units(line, position.character, self.encoding)

    def position(self, line: int, column: int) -> types.Position:
        """The client's position of a line and a code point column."""
        return types.Position(line, to_units(self.line_text(line), column, self.encoding))

    def range(self, line: int, start: int, end: int) -> types.Range:
        """The client's range within one line."""
        return types.Range(self.position(line, start), self.position(line, end))

    @property
    def whole(self) -> types.Range:
        """The client's range of the whole text."""
        last = self.lines.count - 1
        return types.Range(types.Position(0, 0), self.position(last, len(self.line_text(last))))

    def in_its_lines(self, text: str) -> str:
        """A text with the ends of lines that the document has."""
        return text.replace("\r\n", "\n").replace("\n", "\r\n") if "\r\n" in self.text else text

    def change(self, version: int, changes: Sequence[types.TextDocumentContentChangeEvent]) -> None:
        """Applies the client's changes in their order."""
        for change in changes:
            if isinstance(change, types.TextDocumentContentChangePartial):
                start, end = self.offset_of(change.range.start), self.offset_of(change.range.end)
                self._replace(start, max(start, end), change.text)
            else:
                self.lines, self._incremental = LineIndex(change.text), None
        self.version = version
        self.cached.clear()
        self._findings = None

    def _replace(self, start: int, end: int, text: str) -> None:
        self.lines.replace(start, end, text)
        if self._incremental is not None:
            self._incremental.edited(start, end, len(text))

    def findings(self, config: TodoConfig, prefixes: frozenset[str]) -> Findings:
        """The TODOs and the issue ids in the comments of this version."""
        tags = config.tags
        key = (tags, prefixes, config.plain_text)
        if self._findings is None or self._findings[0] != key:
            self._findings = (key, self._of_kind(config, prefixes))
        return self._findings[1]

    def _of_kind(self, config: TodoConfig, prefixes: frozenset[str]) -> Findings:
        match self.kind:
            case Kind.MESSAGE:
                return Findings((), in_message(self.lines, prefixes))
            case Kind.CONFIG | Kind.EXPORT:
                return Findings((), ())
            case Kind.ISSUE | Kind.BOARD:
                # An issue may say anything of TODOs: they are no work to be done in this text.
                return Findings((), references_anywhere(self.lines, prefixes))
            case Kind.CODE:
                language = self._known_language() or (PLAIN_TEXT if config.plain_text else None)
                return Findings((), ()) if language is None else Findings(*self._found(language, config.tags, prefixes))

    def _found(
        self, language: Language, tags: Sequence[str], prefixes: frozenset[str]
    ) -> tuple[Sequence[TodoComment], Sequence[LocatedReference]]:
        if not language.is_stateless or self.lines.length < INCREMENTAL_LIMIT:
            self._incremental = None
            return analyse(self.text, language, tags=tags, prefixes=prefixes)
        if self._incremental is None or not self._incremental.is_about(language, tags, prefixes):
            self._incremental = IncrementalFindings(language, tags, prefixes)
        return self._incremental.of(self.text)

    @property
    def language(self) -> Language | None:
        """What it is written in; None when that is not one that we know comments of."""
        return self._known_language()

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
        document.lines.divide()
        self._documents[item.uri] = document
        return document

    def made(self, uri: str, text: str, language_id: str = "", version: int = 0) -> Document:
        """A document that is not open: a file read for one answer."""
        return Document(uri, language_id, version, LineIndex(text), self.encoding, path_of(uri))

    def change(self, params: types.DidChangeTextDocumentParams) -> Document | None:
        """Applies the editor's changes; None for a document that was never opened."""
        document = self._documents.get(params.text_document.uri)
        if document is not None:
            document.change(params.text_document.version, params.content_changes)
        return document

    def close(self, uri: str) -> Document | None:
        """Forgets a document that the editor closed."""
        return self._documents.pop(uri, None)
