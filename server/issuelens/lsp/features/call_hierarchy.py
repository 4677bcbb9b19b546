"""Dependencies as a call hierarchy: what blocks an issue comes in, what it blocks goes out."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

from lsprotocol import types

from issuelens.domain.errors import UnknownIssue
from issuelens.domain.issue import IssueSummary
from issuelens.domain.plain import label
from issuelens.domain.vocabulary import BLOCKS
from issuelens.lsp.convert import BEGINNING
from issuelens.lsp.issue_documents import document_uri
from issuelens.lsp.places import names_of
from issuelens.lsp.references_at import reference_at
from issuelens.lsp.server import Server
from issuelens.lsp.session import Session


def register(server: Server) -> None:
    """Registers the requests."""
    server.feature(types.TEXT_DOCUMENT_PREPARE_CALL_HIERARCHY)(partial(_prepare, server))
    server.feature(types.CALL_HIERARCHY_INCOMING_CALLS)(partial(_incoming, server))
    server.feature(types.CALL_HIERARCHY_OUTGOING_CALLS)(partial(_outgoing, server))


async def _prepare(server: Server, params: types.CallHierarchyPrepareParams) -> list[types.CallHierarchyItem] | None:
    opened = await server.opened(params.text_document.uri)
    if opened is None:
        return None
    document, session = opened
    reference = reference_at(document, session, params.position)
    names = await names_of(session, reference.id) if reference is not None else ()
    return await _items(session, names[:1]) or None


async def _items(session: Session, ids: Iterable[str]) -> list[types.CallHierarchyItem]:
    chosen = list(dict.fromkeys(ids))
    known = await session.summaries(chosen)
    # An id that was merged shows its survivor, which may be there already.
    shown = {one.id: one for issue_id in chosen if (one := known.get(issue_id)) is not None}
    return [_item(session, one) for one in shown.values()]


def _item(session: Session, issue: IssueSummary) -> types.CallHierarchyItem:
    return types.CallHierarchyItem(
        name=label(f"{issue.id} {issue.title}"),
        kind=types.SymbolKind.File,
        uri=document_uri(session, issue.id),
        range=BEGINNING,
        selection_range=BEGINNING,
        tags=[types.SymbolTag.Deprecated] if issue.is_closed else None,
        detail=label(f"{issue.status.replace('_', ' ')} · P{issue.priority}"),
        data={"workspace": session.uri, "id": issue.id},
    )


def _asked(server: Server, item: types.CallHierarchyItem) -> tuple[Session, str]:
    asked: Any = item.data
    named = isinstance(asked, dict) and isinstance(asked.get("workspace"), str) and isinstance(asked.get("id"), str)
    if not named:
        raise UnknownIssue(f"{label(item.name)} is not an issue that was shown here.")
    return server.sessions.named(asked["workspace"]), asked["id"]


async def _incoming(
    server: Server, params: types.CallHierarchyIncomingCallsParams
) -> list[types.CallHierarchyIncomingCall]:
    from issuelens.storage.reads import dependencies_of

    session, issue_id = _asked(server, params.item)
    rows = await session.read(dependencies_of, [issue_id])
    blockers = [on for _, on, kind in rows if kind == BLOCKS]
    return [types.CallHierarchyIncomingCall(one, [BEGINNING]) for one in await _items(session, blockers)]


async def _outgoing(
    server: Server, params: types.CallHierarchyOutgoingCallsParams
) -> list[types.CallHierarchyOutgoingCall]:
    from issuelens.storage.merged import names_of as names
    from issuelens.storage.reads import dependents_of

    session, issue_id = _asked(server, params.item)
    rows = await session.read(dependents_of, await session.read(names, issue_id))
    blocked = [one for one, _, kind in rows if kind == BLOCKS]
    return [types.CallHierarchyOutgoingCall(one, [BEGINNING]) for one in await _items(session, blocked)]
