"""Requests of our own (docs/protocol.md) of a view of one issue: its details, history and places, and its form."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from issuelens.domain.config import Config
from issuelens.domain.errors import InvalidField
from issuelens.domain.shape import issue_to_json
from issuelens.lsp.arguments import mapping, number, required
from issuelens.lsp.change_issue import MINE, THEIRS, Settled, change_issue, document_at, with_fields
from issuelens.lsp.features.issues import object_of, text_of
from issuelens.lsp.issue_details import (
    EDITABLE,
    choices_shape,
    details_shape,
    history_shape,
    ids_within,
    mentioned_shape,
    place_shape,
)
from issuelens.lsp.places import file_uri, names_of
from issuelens.lsp.server import Server
from issuelens.lsp.session import Session
from issuelens.lsp.text_uris import text_uri

DETAILS: Final = "issuelens/issueDetails"
HISTORY: Final = "issuelens/issueHistory"
REFERENCES: Final = "issuelens/issueReferences"
EDIT: Final = "issuelens/editIssue"
HISTORY_DEFAULT: Final = 50
HISTORY_LIMIT: Final = 1_000
PLACES: Final = 500
"""Places in the code that are named; of more, the number is told."""


def register(server: Server) -> None:
    """Registers the requests."""
    for method, handler in {DETAILS: _details, HISTORY: _history, REFERENCES: _references, EDIT: _edit}.items():
        server.feature(method)(partial(handler, server))


async def _details(server: Server, params: Any) -> dict[str, Any]:
    """`{workspace?, id}`: an issue with its links and with what its fields may be."""
    params = object_of(params)
    return await details_of(server.sessions.named(text_of(params, "workspace")), required(params, "id"))


async def details_of(session: Session, word: str) -> dict[str, Any]:
    """All that a view of an issue shows at once."""
    await session.must_be_open()
    shape, ids = await session.read(_read_shape, word, session.config, session.prefixes)
    mentioned = await session.summaries(ids)
    return shape | {
        "mentioned": mentioned_shape(mentioned),
        "choices": choices_shape(await session.catalogue()),
        "workspace": session.uri,
        "name": session.workspace.root.name,
        "uri": text_uri(session, shape["issue"]["id"]),
    }


def _read_shape(
    connection: Any, word: str, config: Config, prefixes: frozenset[str]
) -> tuple[dict[str, Any], list[str]]:
    """An issue with its links, and the ids in its texts. In the reading thread: long texts take some 50 ms."""
    from issuelens.storage.details import read_details

    shape = details_shape(read_details(connection, word, config.prefix), word, config)
    return shape, ids_within(shape["issue"], prefixes)


async def _history(server: Server, params: Any) -> dict[str, Any]:
    """`{workspace?, id, limit?}`: what happened to an issue, the newest first, and whether there is more."""
    from issuelens.storage.history import list_history

    params = object_of(params)
    session = server.sessions.named(text_of(params, "workspace"))
    limit = number(params, "limit", HISTORY_DEFAULT)
    if not 1 <= limit <= HISTORY_LIMIT:
        raise InvalidField("limit", f"it must be from 1 to {HISTORY_LIMIT:,}")
    issue = await session.issue(required(params, "id"))
    entries = await session.read(list_history, issue.id, limit + 1)
    return {"entries": history_shape(issue.id, entries[:limit]), "more": len(entries) > limit}


async def _references(server: Server, params: Any) -> dict[str, Any]:
    """`{workspace?, id}`: where an issue stands in the code, by file and place, as far as is known by now."""
    params = object_of(params)
    session = server.sessions.named(text_of(params, "workspace"))
    await session.must_be_open()
    names = await names_of(session, required(params, "id"))
    await server.open_todos.settled()
    found = {(one.path, one.one.line, one.one.column): one for name in names for one in session.code.index.places(name)}
    places = [place for _, place in sorted(found.items())]
    shown = [place_shape(one, file_uri(session, one.path)) for one in places[:PLACES]]
    return {"places": shown, "more": max(0, len(places) - PLACES)}


async def _edit(server: Server, params: Any) -> dict[str, Any]:
    """`{workspace?, id, updatedAt, fields, keep?, seen?}`: changes fields; what others changed, too, is named."""
    params = object_of(params)
    session = server.sessions.named(text_of(params, "workspace"))
    fields = mapping(params, "fields")
    for name in fields:
        if name not in EDITABLE:
            raise InvalidField(name[:60], f"it is no field of a form; known are {', '.join(EDITABLE)}")
    issue = await session.issue(required(params, "id"))
    base = await document_at(session, issue.id, text_of(params, "updatedAt"))
    now = base if base is not None else await document_at(session, issue.id, issue.updated_at)
    text = with_fields(now or "", fields)
    outcome = await change_issue(session, issue.id, base, text, settled_of(params))
    return {"issue": issue_to_json(outcome.issue), "conflicts": list(outcome.conflicts)}


def settled_of(params: Any) -> Settled | None:
    """What a person says of a conflict, among params: `keep` (`mine` or `theirs`) and `seen`, a moment.

    Raises:
        InvalidField: when `keep` is something else.
    """
    keep = text_of(params, "keep")
    if keep is None:
        return None
    if keep not in (MINE, THEIRS):
        raise InvalidField("keep", f"it must be {MINE} or {THEIRS}")
    return Settled(keep, required(params, "seen"))
