"""The state of an issue behind its id, where the settings want it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final

from lsprotocol import types

from issuelens.domain.issue import IssueSummary
from issuelens.domain.plain import label, one_line
from issuelens.domain.vocabulary import TOMBSTONE
from issuelens.ipc.converter import dumps
from issuelens.lsp.documents import Document
from issuelens.lsp.protocol import Encoded
from issuelens.lsp.server import Server
from issuelens.lsp.session import Session
from issuelens.lsp.settings import effective
from issuelens.todos.grammar import LocatedReference

_NONE: Final = Encoded(b"[]")


def register(server: Server) -> None:
    """Registers the request."""
    server.feature(types.TEXT_DOCUMENT_INLAY_HINT)(partial(_inlay_hints, server))


async def _inlay_hints(server: Server, params: types.InlayHintParams) -> Encoded:
    opened = await server.opened(params.text_document.uri)
    if opened is None:
        return _NONE
    document, session = opened
    if not effective(session.config, server.settings).inlay_hints.enabled:
        return _NONE
    while True:
        version = document.version
        references = list(_within(document, session, params.range))
        issues = await session.summaries({one.id for one in references})
        if document.version == version:
            return Encoded(dumps([_hint(document, *one) for one in hints(references, issues)]))


def _within(document: Document, session: Session, wanted: types.Range) -> Iterator[LocatedReference]:
    """The ids that end in a client's range."""
    for reference in document.findings(session.config.todos, session.prefixes).references:
        if wanted.start.line <= reference.line <= wanted.end.line:
            end = document.position(reference.line, reference.end_column)
            if wanted.start <= end <= wanted.end:
                yield reference


def hints(
    references: Sequence[LocatedReference], issues: Mapping[str, IssueSummary]
) -> Iterator[tuple[LocatedReference, str, str]]:
    """What to show behind these ids: the state of each known one in a word or two, and its title.

    Args:
        references: ids in a document.
        issues: the known ones of them; one that was merged has its survivor.
    """
    for one in references:
        issue = issues.get(one.id)
        if issue is not None:
            state = "deleted" if issue.status == TOMBSTONE else issue.status.replace("_", " ")
            words = state if issue.id == one.id else f"now {issue.id}, {state}"
            yield one, label(words), one_line(f"{issue.id} {issue.title}")


def _hint(document: Document, reference: LocatedReference, words: str, title: str) -> dict[str, Any]:
    # A plain JSON object: hundreds go through no converter.
    place = document.position(reference.line, reference.end_column)
    position = {"line": place.line, "character": place.character}
    return {"position": position, "label": words, "tooltip": title, "paddingLeft": True}
