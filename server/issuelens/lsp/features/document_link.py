"""Ids in issue documents, boards, messages and Markdown as links to the issues' documents, and external references."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from typing import Any, Final

from attrs import evolve
from lsprotocol import types

from issuelens.domain.plain import label
from issuelens.lsp.documents import Document
from issuelens.lsp.issue_documents import write_issue_document
from issuelens.lsp.kinds import Kind
from issuelens.lsp.places import names_of
from issuelens.lsp.server import Server
from issuelens.lsp.session import Session

_EXTERNAL: Final = re.compile(r"external:[ \t]*['\"]?(?P<url>https?://[^\s'\"<>]{1,2000})")


def register(server: Server) -> None:
    """Registers the requests."""
    server.feature(types.TEXT_DOCUMENT_DOCUMENT_LINK)(partial(_links, server))
    server.feature(types.DOCUMENT_LINK_RESOLVE)(partial(_resolved, server))


async def _links(server: Server, params: types.DocumentLinkParams) -> list[types.DocumentLink]:
    opened = await server.opened(params.text_document.uri)
    if opened is None or not _has_links(opened[0]):
        return []
    document, session = opened
    version = -1
    found: list[types.DocumentLink] = []
    while document.version != version:
        version = document.version
        found = [*await _to_issues(document, session), *_outwards(document)]
    return found if _shows_tooltips(server) else [evolve(one, tooltip=None) for one in found]


def _shows_tooltips(server: Server) -> bool:
    text = server.parameters.capabilities.text_document
    return bool(text and text.document_link and text.document_link.tooltip_support)


def _has_links(document: Document) -> bool:
    return document.kind in (Kind.ISSUE, Kind.BOARD, Kind.MESSAGE) or document.language_id == "markdown"


async def _to_issues(document: Document, session: Session) -> list[types.DocumentLink]:
    references = document.findings(session.config.todos, session.prefixes).references
    known = await session.summaries({one.id for one in references})
    return [
        types.DocumentLink(
            document.range(one.line, one.column, one.end_column),
            tooltip=label(known[one.id].title),
            data={"workspace": session.uri, "id": one.id},
        )
        for one in references
        if one.id in known
    ]


def _outwards(document: Document) -> Iterator[types.DocumentLink]:
    """The external reference in the front matter of an issue's document."""
    if document.kind is not Kind.ISSUE:
        return
    for line in range(min(document.lines.count, 100)):
        text = document.line_text(line)
        if line and text.rstrip() == "---":
            return
        if (found := _EXTERNAL.match(text)) is not None:
            yield types.DocumentLink(document.range(line, *found.span("url")), target=found["url"])


async def _resolved(server: Server, link: types.DocumentLink) -> types.DocumentLink:
    """The link with its target, which is written only now."""
    asked: Any = link.data
    if link.target is None and isinstance(asked, dict) and isinstance(asked.get("id"), str):
        session = server.sessions.named(asked.get("workspace"))
        names = await names_of(session, asked["id"])
        link.target = await write_issue_document(server, session, names[0]) if names else None
    return link
