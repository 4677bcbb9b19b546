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
from issuelens.lsp.branch import Branches
from issuelens.lsp.candidates import LIMIT, Context, likely
from issuelens.lsp.catalogue import Catalogue
from issuelens.lsp.completing import (
    Asked,
    What,
    at_comment_start,
    front_matter_end,
    in_config,
    in_front_matter,
    in_text,
    rest_of_word,
    section_of,
    takes_words,
)
from issuelens.lsp.documents import Document
from issuelens.lsp.items import Form, Items, Place, Taken, issue_items, listed, plain_items
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
    taken, branches, me = Taken.of(server.parameters.capabilities), Branches(), default_actor()
    server.feature(types.TEXT_DOCUMENT_COMPLETION)(partial(_completed, server, taken, branches, me))
    server.feature(types.COMPLETION_ITEM_RESOLVE)(partial(_resolved, server, taken))


async def _completed(
    server: Server, taken: Taken, branches: Branches, me: str, params: types.CompletionParams
) -> Encoded:
    opened = await server.opened(params.text_document.uri)
    if opened is None:
        return _NONE
    document, session = opened
    # A position beyond a line or the text means its end.
    line, column = document.lines.position(document.offset_of(params.position))
    text = document.line_text(line)
    asked = _asked(session, document, line, text[:column])
    if asked is None:
        return _NONE
    # Now: the text may be another one when the issues are there.
    before = document.range(line, asked.start, column)
    end = rest_of_word(asked.what, text, column) if taken.has_two_ranges else column
    place = Place(before, before if end == column else document.range(line, asked.start, end))
    try:
        if asked.what is not What.ID:
            return listed(await _words(session, asked, me), place, taken)
        context = Context(_near(session, document), await _branch(server, branches, session), me)
        return await _ids(session, asked, place, taken, context)
    except IssuelensError:
        return _NONE


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


async def _branch(server: Server, branches: Branches, session: Session) -> str:
    root = session.workspace.root
    known = branches.known(root)
    if known is not None:
        return known
    return await asyncio.get_running_loop().run_in_executor(server.work_thread, branches.read, root)


def _near(session: Session, document: Document) -> frozenset[str]:
    """The ids in the document."""
    found = document.findings(session.config.todos, session.prefixes)
    kept = document.cached.get("near")
    if kept is None or kept[0] is not found:
        kept = document.cached["near"] = (found, frozenset(one.id for one in found.references))
    near: Any = kept[1]
    return near  # type: ignore[no-any-return]


async def _ids(session: Session, asked: Asked, place: Place, taken: Taken, context: Context) -> Encoded:
    catalogue, workspace = await session.catalogue(), session.uri
    form = Form(
        lead="#" if asked.word.startswith("#") else "",
        has_details=taken.has_details,
        has_tags=taken.has_tags,
        workspace=None if taken.has_data else workspace,
    )
    # Few are sent whole, so that the client need not ask again; of more, others fit the next key.
    is_incomplete = len(catalogue.all) > LIMIT
    word = asked.word.removeprefix("#") if is_incomplete else ""
    found = _found(catalogue, word, session.prefixes, context, form)
    return listed(found, place, taken, is_incomplete=is_incomplete, workspace=workspace)


def _found(catalogue: Catalogue, word: str, prefixes: frozenset[str], context: Context, form: Form) -> Items:
    """The items for a word; the last ones are kept."""
    kept: dict[object, Items] = catalogue.cached.setdefault("completion", {})
    key = (word, prefixes, context, form)
    if key not in kept:
        if len(kept) >= KEPT:
            del kept[next(iter(kept))]
        kept[key] = issue_items(catalogue, likely(catalogue, word, prefixes, context), form)
    return kept[key]


async def _words(session: Session, asked: Asked, me: str) -> Items:
    match asked.what:
        case What.PERSON:
            people = (await session.catalogue()).people
            return plain_items(((one, "") for one in dict.fromkeys((*people, me))), _KINDS.Value)
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
    if (section == "diagnostics" and name != "workspace") or name == "severity":
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


async def _resolved(server: Server, taken: Taken, item: types.CompletionItem) -> types.CompletionItem:
    """The item with the card of its issue."""
    asked: Any = item.data
    if isinstance(asked, dict):
        try:
            session = server.sessions.named(asked.get("workspace"))
            card = await session.cards.text(session, item.label, is_markdown=taken.is_markdown)
        except IssuelensError:
            # The issue or its folder has gone while the list was open.
            return item
        item.documentation = types.MarkupContent(types.MarkupKind.Markdown, card) if taken.is_markdown else card
    return item
