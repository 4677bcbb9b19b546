"""Completes ids, people, tags, and the fields and settings of our own documents."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from functools import partial
from typing import Any, Final

from attrs import fields
from lsprotocol import types

from issuelens.domain.config import Config
from issuelens.domain.document import FIELDS
from issuelens.domain.errors import IssuelensError
from issuelens.domain.tags import KNOWN_TAGS, Severity, TagStyle
from issuelens.domain.vocabulary import Category
from issuelens.ipc.converter import dumps
from issuelens.lsp.branch import branch_of
from issuelens.lsp.candidates import LIMIT, items, plain_items, ranked
from issuelens.lsp.catalogue import Catalogue
from issuelens.lsp.completing import (
    Asked,
    What,
    at_comment_start,
    front_matter_end,
    in_config,
    in_front_matter,
    in_text,
    section_of,
    takes_words,
)
from issuelens.lsp.documents import Document
from issuelens.lsp.kinds import Kind
from issuelens.lsp.protocol import Encoded
from issuelens.lsp.server import Server
from issuelens.lsp.session import Session
from issuelens.lsp.spans import comment_at
from issuelens.process import default_actor

_NONE: Final = Encoded(b"null")
KEPT: Final = 16
"""Answers that are kept of a catalogue."""
PRIORITIES: Final = ("most urgent", "urgent", "usual", "later", "some day")
ISSUE_TYPES: Final = ("bug", "feature", "task", "epic", "chore")
_KINDS: Final = types.CompletionItemKind


def register(server: Server) -> None:
    """Registers the requests."""
    server.feature(types.TEXT_DOCUMENT_COMPLETION)(partial(_completed, server))
    server.feature(types.COMPLETION_ITEM_RESOLVE)(partial(_resolved, server))


async def _completed(server: Server, params: types.CompletionParams) -> Encoded:
    opened = await server.opened(params.text_document.uri)
    if opened is None:
        return _NONE
    document, session = opened
    # A position beyond a line or the text means its end.
    line, column = document.lines.position(document.offset_of(params.position))
    head, end = document.line_text(line)[:column], document.position(line, column)
    asked = _asked(session, document, line, head)
    if asked is None:
        return _NONE
    # Now: the text may be another one when the issues are there.
    place = types.Range(document.position(line, asked.start), end)
    if asked.what is What.ID:
        return await _ids(server, session, document, asked, place)
    try:
        found = await _words(session, asked)
    except IssuelensError:
        return _NONE
    return _answer(server, place, dumps(found), is_incomplete=False)


def _asked(session: Session, document: Document, line: int, head: str) -> Asked | None:
    tags = session.config.todos.tags
    if document.kind is Kind.CONFIG:
        return in_config(head, section_of([document.line_text(number) for number in range(line)]))
    if document.kind is Kind.ISSUE:
        front = [document.line_text(number) for number in range(min(document.lines.count, 200))]
        if 0 < line < front_matter_end(front) and (asked := in_front_matter(head)) is not None:
            return asked
    if takes_words(document.kind):
        return in_text(head, session.prefixes, tags)
    if document.kind is not Kind.CODE:
        return None
    asked = in_text(head, session.prefixes, tags)
    # Most of what is typed is nothing of ours, and needs no look at the comments.
    is_letter = head[-1:].isalpha()
    if asked is None and not is_letter:
        return None
    comment = comment_at(document, document.lines.line_start(line) + len(head))
    if comment is None:
        return asked if _is_prose(document) else None
    opener_end = comment.start + comment.opener - document.lines.line_start(line)
    return asked or (at_comment_start(head, opener_end, tags) if 0 <= opener_end <= len(head) else None)


def _is_prose(document: Document) -> bool:
    language = document.language
    return language is not None and language.is_markup


async def _ids(server: Server, session: Session, document: Document, asked: Asked, place: types.Range) -> Encoded:
    try:
        catalogue = await session.catalogue()
    except IssuelensError:
        return _NONE
    lead = "#" if asked.word.startswith("#") else ""
    near = frozenset(one.id for one in document.findings(session.config.todos, session.prefixes).references)
    branch = await asyncio.get_running_loop().run_in_executor(server.work_thread, branch_of, session.workspace.root)
    if len(catalogue.all) > LIMIT:
        found = catalogue.find(asked.word.removeprefix("#"), LIMIT) if asked.word.strip("#") else None
        return _answer(server, place, _encoded(session, catalogue, lead, near, branch, found), is_incomplete=True)
    return _answer(server, place, _encoded(session, catalogue, lead, near, branch), is_incomplete=False)


def _encoded(
    session: Session, catalogue: Catalogue, lead: str, near: frozenset[str], branch: str, found: Any = None
) -> bytes:
    """The items as JSON; the same ones are written once."""
    kept: dict[tuple[object, ...], bytes] = catalogue.cached.setdefault("completion", {})
    key = (session.uri, lead, branch, near)
    if found is None and key in kept:
        return kept[key]
    chosen = ranked(catalogue.all if found is None else found, near=near, branch=branch, me=default_actor())[:LIMIT]
    made = dumps(items(chosen, lead, session.uri))
    if found is None:
        if len(kept) >= KEPT:
            del kept[next(iter(kept))]
        kept[key] = made
    return made


async def _words(session: Session, asked: Asked) -> list[dict[str, Any]]:
    match asked.what:
        case What.PERSON:
            people = (await session.catalogue()).people
            return plain_items(((one, "") for one in dict.fromkeys((*people, default_actor()))), _KINDS.Value)
        case What.LABEL:
            return plain_items(((one, "") for one in (await session.catalogue()).labels), _KINDS.EnumMember)
        case What.STATUS:
            return plain_items(((one, str(kind)) for one, kind in session.config.statuses.items()), _KINDS.EnumMember)
        case What.PRIORITY:
            return plain_items(((str(number), about) for number, about in enumerate(PRIORITIES)), _KINDS.EnumMember)
        case What.TYPE:
            return plain_items(((one, "") for one in ISSUE_TYPES), _KINDS.EnumMember)
        case What.TAG:
            return plain_items(((one, "") for one in session.config.todos.tags), _KINDS.Keyword)
        case What.FIELD:
            return plain_items(((f"{one}: ", "") for one in FIELDS), _KINDS.Property)
        case _:
            return plain_items(_of_config(asked), _KINDS.Property)


def _of_config(asked: Asked) -> Iterable[tuple[str, str]]:
    """The sections, settings and values of config.toml."""
    config = Config()
    sections = {
        one.name.replace("_", "-"): one.name
        for one in fields(Config)
        if hasattr(getattr(config, one.name), "__attrs_attrs__")
    }
    if asked.what is What.SECTION:
        return [(name, "") for name in (*sections, "statuses", *(f"todos.tag.{tag}" for tag in KNOWN_TAGS))]
    if asked.what is What.SETTING:
        if asked.context not in sections:
            return _of_top(asked.context)
        section = getattr(config, sections[asked.context])
        return [(one.name.replace("_", "-"), "") for one in fields(type(section)) if one.name != "styles"]
    section, _, name = asked.context.rpartition(".")
    if section == "statuses":
        return _quoted(Category, asked)
    if section == "diagnostics" or name == "severity":
        return _quoted(Severity, asked)
    is_switch = section in sections and isinstance(
        getattr(getattr(config, sections[section]), name.replace("-", "_"), None), bool
    )
    return [("true", ""), ("false", "")] if is_switch and asked.is_bare else []


def _of_top(section: str) -> list[tuple[str, str]]:
    """The settings before all sections, or those of a single tag."""
    if section.startswith("todos.tag."):
        return [(one.name, "") for one in fields(TagStyle)]
    return [] if section else [("prefix", ""), ("recognised_prefixes", "")]


def _quoted(values: Iterable[str], asked: Asked) -> list[tuple[str, str]]:
    """Values as they are written: with their quotes, unless one has been typed."""
    return [(f'"{one}"' if asked.is_bare else str(one), "") for one in values]


def _answer(server: Server, place: types.Range, encoded: bytes, *, is_incomplete: bool) -> Encoded:
    """A list of items that are written over a place."""
    start, end = place.start, place.end
    shape = b'{"start":{"line":%d,"character":%d},"end":{"line":%d,"character":%d}}' % (
        start.line, start.character, end.line, end.character,
    )  # fmt: skip
    flag = b"true" if is_incomplete else b"false"
    if _has_defaults(server):
        return Encoded(b'{"isIncomplete":%s,"itemDefaults":{"editRange":%s},"items":%s}' % (flag, shape, encoded))
    from issuelens.ipc.converter import loads

    found = [one | {"textEdit": {"range": loads(shape), "newText": one["label"]}} for one in loads(encoded)]
    return Encoded(b'{"isIncomplete":%s,"items":%s}' % (flag, dumps(found)))


def _has_defaults(server: Server) -> bool:
    text = server.parameters.capabilities.text_document
    offered = text.completion.completion_list if text and text.completion else None
    return bool(offered and "editRange" in (offered.item_defaults or ()))


async def _resolved(server: Server, item: types.CompletionItem) -> types.CompletionItem:
    """The item with the card of its issue."""
    asked: Any = item.data
    if isinstance(asked, dict) and isinstance(asked.get("id"), str):
        text = server.parameters.capabilities.text_document
        offered = text.completion.completion_item if text and text.completion else None
        is_markdown = types.MarkupKind.Markdown in ((offered.documentation_format if offered else None) or ())
        try:
            session = server.sessions.named(asked.get("workspace"))
            card = await session.cards.text(session, asked["id"], is_markdown=is_markdown)
        except IssuelensError:
            # The issue or its folder has gone while the list was open.
            return item
        item.documentation = types.MarkupContent(types.MarkupKind.Markdown, card) if is_markdown else card
    return item
