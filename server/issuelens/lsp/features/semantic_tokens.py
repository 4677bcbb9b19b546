"""Colours for tags and issue ids: what is always offered, and empty where the settings do not want it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from itertools import count
from weakref import WeakKeyDictionary

from attrs import define, field, frozen
from lsprotocol import types

from issuelens.domain.issue import IssueSummary
from issuelens.lsp.convert import to_units
from issuelens.lsp.documents import Document, Findings
from issuelens.lsp.server import Server
from issuelens.lsp.session import Session
from issuelens.lsp.settings import effective
from issuelens.lsp.tokens import ISSUE_ID, PAST, TAG, Token, difference, encoded


@frozen
class _Given:
    """The tokens that an editor has of a document, by the name that they were given with."""

    result_id: str
    numbers: list[int]


@define(eq=False)
class _Results:
    """What was given last of each document; it goes with the document."""

    _given: WeakKeyDictionary[Document, _Given] = field(factory=WeakKeyDictionary)
    _names: Iterator[int] = field(factory=lambda: count(1))

    def of(self, document: Document) -> _Given | None:
        return self._given.get(document)

    def take(self, document: Document, numbers: list[int]) -> str:
        """Notes what is given now; its name, the one of before when it is the same."""
        known = self._given.get(document)
        if known is None or known.numbers != numbers:
            known = self._given[document] = _Given(str(next(self._names)), numbers)
        return known.result_id


def register(server: Server) -> None:
    """Registers the requests."""
    results = _Results()
    server.feature(types.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL)(partial(_full, server, results))
    server.feature(types.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL_DELTA)(partial(_delta, server, results))
    server.feature(types.TEXT_DOCUMENT_SEMANTIC_TOKENS_RANGE)(partial(_range, server))


async def _full(server: Server, results: _Results, params: types.SemanticTokensParams) -> types.SemanticTokens:
    document = server.documents.get(params.text_document.uri)
    if document is None:
        return types.SemanticTokens(data=[])
    numbers = encoded(await _tokens(server, document))
    return types.SemanticTokens(data=numbers, result_id=results.take(document, numbers))


async def _delta(
    server: Server, results: _Results, params: types.SemanticTokensDeltaParams
) -> types.SemanticTokens | types.SemanticTokensDelta:
    document = server.documents.get(params.text_document.uri)
    if document is None:
        return types.SemanticTokens(data=[])
    numbers = encoded(await _tokens(server, document))
    # Now: another request may have been answered meanwhile.
    before = results.of(document)
    name = results.take(document, numbers)
    if before is None or before.result_id != params.previous_result_id:
        return types.SemanticTokens(data=numbers, result_id=name)
    edits = [types.SemanticTokensEdit(*one) for one in difference(before.numbers, numbers)]
    return types.SemanticTokensDelta(edits=edits, result_id=name)


async def _range(server: Server, params: types.SemanticTokensRangeParams) -> types.SemanticTokens:
    document = server.documents.get(params.text_document.uri)
    if document is None:
        return types.SemanticTokens(data=[])
    first, last = params.range.start.line, params.range.end.line
    tokens = await _tokens(server, document)
    return types.SemanticTokens(data=encoded(one for one in tokens if first <= one.line <= last))


async def _tokens(server: Server, document: Document) -> list[Token]:
    """The tokens of a document as it is when they are there."""
    session = server.session_of(document.uri)
    if session is None:
        return []
    await session.ready()
    if not effective(session.config, server.settings).semantic_tokens.enabled:
        return []
    while True:
        key = (document.version, session.generation, id(session))
        cached = document.cached.get("tokens")
        if cached is not None and cached[0] == key:
            assert isinstance(cached[1], list)
            return cached[1]
        found = await _read(document, session)
        if key == (document.version, session.generation, id(session)):
            document.cached["tokens"] = (key, found)
            return found


async def _read(document: Document, session: Session) -> list[Token]:
    version = document.version
    found = document.findings(session.config.todos, session.prefixes)
    issues = await session.summaries({one.id for one in found.references})
    # Places in an older text may be none in this one; the caller asks again.
    return list(tokens_of(document, found, issues)) if document.version == version else []


def tokens_of(document: Document, found: Findings, issues: Mapping[str, IssueSummary]) -> Iterator[Token]:
    """A token for each tag and each id of a known issue.

    Args:
        document: the text.
        found: what it holds.
        issues: the known ones of the ids in it; one that was merged has its survivor.
    """
    for todo in found.todos:
        yield _token(document, todo.line, todo.column, todo.column + len(todo.tag), TAG)
    for one in found.references:
        issue = issues.get(one.id)
        if issue is not None:
            is_past = issue.is_closed or issue.id != one.id
            yield _token(document, one.line, one.column, one.end_column, ISSUE_ID, PAST if is_past else 0)


def _token(document: Document, line: int, column: int, end: int, kind: int, modifiers: int = 0) -> Token:
    text = document.line_text(line)
    start, stop = (to_units(text, one, document.encoding) for one in (column, end))
    return Token(line, start, stop, kind, modifiers)
