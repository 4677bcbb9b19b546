"""Requests of our own: issues for a list in which somebody looks for one by typing, and where an issue stands."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import islice
from typing import Any, Final

from lsprotocol import types

from issuelens.domain.errors import InvalidField
from issuelens.domain.issue import IssueSummary
from issuelens.domain.shape import brief_to_json
from issuelens.lsp.arguments import object_of, optional_number, required, text_of
from issuelens.lsp.branch import branch_of
from issuelens.lsp.candidates import Context, likely
from issuelens.lsp.places import names_of, places_of
from issuelens.lsp.server import Server
from issuelens.lsp.session import Session
from issuelens.lsp.state import State
from issuelens.process import default_actor

FIND: Final = "issuelens/findIssues"
PLACES: Final = "issuelens/issuePlaces"
LIMIT: Final = 100
"""Issues of one answer when nobody says."""
MOST: Final = 1_000
"""Issues of one answer, and of those that the words find before they are chosen by their state."""
STATES: Final = ("open", "closed", "any")


def register(server: Server) -> None:
    """Registers the requests."""
    server.feature(FIND)(partial(_find, server))
    server.feature(PLACES)(partial(_places, server))


async def _find(server: Server, params: Any) -> list[dict[str, Any]]:
    """`{workspace?, words?, state?, limit?}`: issues of one folder or of all, the likeliest of each first."""
    params = object_of(params)
    uri, words = text_of(params, "workspace"), (text_of(params, "words") or "").strip()
    state, limit = text_of(params, "state") or "any", optional_number(params, "limit") or LIMIT
    if state not in STATES:
        raise InvalidField("state", f"it must be one of {', '.join(STATES)}")
    if not 1 <= limit <= MOST:
        raise InvalidField("limit", f"it must be from 1 to {MOST:,}")
    sessions = list(server.sessions) if uri is None else [server.sessions.named(uri)]
    for session in sessions:
        await session.ready()
    usable = [one for one in sessions if one.state is State.OPEN] if uri is None else sessions
    found: list[dict[str, Any]] = []
    for session in usable:
        found += [_shape(session, one) for one in islice(await _in(server, session, words, state), limit)]
    return found


async def _in(server: Server, session: Session, words: str, state: str) -> Iterator[IssueSummary]:
    catalogue = await session.catalogue()
    if words:
        found: Sequence[IssueSummary] = catalogue.find(words.removeprefix("#"), MOST)
    elif state == "closed":
        found = catalogue.all
    else:
        root = session.workspace.root
        branch = await asyncio.get_running_loop().run_in_executor(server.work_thread, branch_of, root)
        found = likely(catalogue, "", session.prefixes, Context(frozenset(), branch, default_actor()))
    return _in_state(found, state)


def _in_state(found: Sequence[IssueSummary], state: str) -> Iterator[IssueSummary]:
    return (one for one in found if state == "any" or one.is_closed == (state == "closed"))


def _shape(session: Session, one: IssueSummary) -> dict[str, Any]:
    return {"workspace": session.uri, "name": session.workspace.root.name, "issue": brief_to_json(one)}


async def _places(server: Server, params: Any) -> list[types.Location]:
    """`{workspace?, id}`: where an issue stands, under any of its ids, as files and documents are now."""
    params = object_of(params)
    session = server.sessions.named(text_of(params, "workspace"))
    await session.must_be_open()
    found = await places_of(server, session, await names_of(session, required(params, "id")))
    return [types.Location(one.document.uri, one.range) for one in found]
