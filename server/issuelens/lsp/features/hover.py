"""A card of the issue whose id is under the pointer."""

from __future__ import annotations

import re
from functools import partial

from lsprotocol import types

from issuelens.domain.errors import UnknownIssue
from issuelens.domain.issue import Issue
from issuelens.domain.plain import one_line, printable
from issuelens.lsp.documents import Document
from issuelens.lsp.server import Server
from issuelens.lsp.session import Session
from issuelens.todos.grammar import LocatedReference

DESCRIPTION_LINES = 12
"""Lines of the description on a card."""
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>()#+\-!|~$&:.=\"'/@^%])")
_INDENT = re.compile(r"^[ \t]+")


def register(server: Server) -> None:
    """Registers the request."""
    server.feature(types.TEXT_DOCUMENT_HOVER)(partial(_hover, server))


async def _hover(server: Server, params: types.HoverParams) -> types.Hover | None:
    document = server.documents.get(params.text_document.uri)
    session = server.session_of(params.text_document.uri)
    if document is None or session is None:
        return None
    await session.ready()
    reference = _reference_at(document, session, params.position)
    if reference is None:
        return None
    # Now: the text may be another one when the issue is there.
    place = document.range(reference.line, reference.column, reference.end_column)
    try:
        issue = await session.issue(reference.id)
    except UnknownIssue:
        return None
    return types.Hover(_content(server, issue), place)


def _reference_at(document: Document, session: Session, position: types.Position) -> LocatedReference | None:
    for reference in document.findings(session.config.todos, session.prefixes).references:
        if reference.line == position.line:
            place = document.range(reference.line, reference.column, reference.end_column)
            if place.start.character <= position.character <= place.end.character:
                return reference
    return None


def _content(server: Server, issue: Issue) -> types.MarkupContent:
    hover = server.parameters.capabilities.text_document and server.parameters.capabilities.text_document.hover
    formats = (hover.content_format if hover else None) or [types.MarkupKind.PlainText]
    if types.MarkupKind.Markdown in formats:
        return types.MarkupContent(types.MarkupKind.Markdown, markdown_card(issue))
    return types.MarkupContent(types.MarkupKind.PlainText, plain_card(issue))


def markdown_card(issue: Issue) -> str:
    """The card as Markdown; nothing in the issue's own text can become markup, a link or a command."""
    lines = [f"**{_escaped(one_line(issue.id))}** {_escaped(one_line(issue.title))}", "", _escaped(_facts(issue))]
    if issue.description.strip():
        lines += ["", "  \n".join(_escaped(line) for line in _excerpt(issue.description))]
    if issue.comments:
        last = issue.comments[-1]
        who = _escaped(one_line(f"{last.author}, {last.created_at[:10]}:"))
        lines += ["", f"*{who}* {_escaped(one_line(' '.join(_excerpt(last.text))))}"]
    return "\n".join(lines)


def plain_card(issue: Issue) -> str:
    """The card as plain text."""
    lines = [one_line(f"{issue.id} {issue.title}"), _facts(issue)]
    if issue.description.strip():
        lines += ["", *_excerpt(issue.description)]
    if issue.comments:
        last = issue.comments[-1]
        lines += ["", f"{one_line(last.author)}, {last.created_at[:10]}: {one_line(' '.join(_excerpt(last.text)))}"]
    return "\n".join(lines)


def _facts(issue: Issue) -> str:
    facts = [issue.status.replace("_", " "), f"P{issue.priority}", issue.issue_type]
    if issue.assignee:
        facts.append(issue.assignee)
    if issue.labels:
        facts.append(", ".join(issue.labels))
    blockers = [one.depends_on_id for one in issue.dependencies if one.type == "blocks"]
    if blockers:
        facts.append(f"depends on {', '.join(blockers)}")
    facts.append(f"since {issue.created_at[:10]}")
    return one_line(" · ".join(facts))


def _excerpt(text: str) -> list[str]:
    lines = [printable(line) for line in text.strip().splitlines()]
    return lines[:DESCRIPTION_LINES] + (["…"] if len(lines) > DESCRIPTION_LINES else [])


def _escaped(text: str) -> str:
    # Four spaces at the beginning of a line would make it code, in which nothing is escaped.
    return _INDENT.sub(lambda found: "\u00a0" * len(found[0].expandtabs(4)), _MARKDOWN.sub(r"\\\1", text))
