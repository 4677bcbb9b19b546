"""Requests of our own for a tree of issues: its levels, page by page, and what dropping on a row does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from attrs import frozen

from issuelens.domain.config import Config
from issuelens.domain.errors import AmbiguousId, InvalidField, UnknownIssue
from issuelens.domain.moment import timestamp
from issuelens.domain.query import Query, parse_query
from issuelens.ipc import methods
from issuelens.ipc.converter import dumps
from issuelens.lsp.arguments import object_of, optional_number, required, text_of, texts
from issuelens.lsp.conflict_rows import CONFLICTS, conflict_rows, conflicts_row
from issuelens.lsp.issue_levels import FIELDS, group_of, group_rows, issue_row, move
from issuelens.lsp.open_conflicts import count_conflicts
from issuelens.lsp.protocol import Encoded
from issuelens.lsp.server import Server
from issuelens.process import default_actor

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from issuelens.storage.conditions import Asking

ISSUE_TREE: Final = "issuelens/issueTree"
MOVE_ISSUES: Final = "issuelens/moveIssues"
WORKSPACES: Final = "issuelens/workspaces"
DID_CHANGE_WORKSPACES: Final = "issuelens/didChangeWorkspaces"
PAGE: Final = 200
"""Rows of a level when nobody says how many."""
LEVELS: Final = 1_000
"""Levels in one request."""
ROWS: Final = 100_000
"""Rows of a level at most."""
NONE: Final = "none"


def register(server: Server) -> None:
    """Registers the requests."""
    server.feature(ISSUE_TREE)(partial(_issue_tree, server))
    server.feature(MOVE_ISSUES)(partial(_move_issues, server))
    server.feature(WORKSPACES)(partial(_workspaces, server))
    others, told = server.folders_changed, set[str]()

    def tell() -> None:
        server.protocol.notify(DID_CHANGE_WORKSPACES, {})

    def folders_changed() -> None:
        others()
        for session in server.sessions:
            session.sync.told = tell
        now = {session.uri for session in server.sessions}
        # An editor without a folder is told nothing.
        if now != told:
            told.clear()
            told.update(now)
            tell()

    server.folders_changed = folders_changed


@frozen
class Level:
    """A level that is asked for: below the row with the key `of`, or (None) at the top; `limit` rows of it."""

    of: str | None
    limit: int


def levels_of(params: Mapping[str, Any]) -> list[Level]:
    """The levels that a request asks for; the top when it does not say.

    Raises:
        InvalidField: when they are not `[{of?, limit?}]`.
    """
    given = params.get("levels")
    if given is None:
        return [Level(None, PAGE)]
    if not isinstance(given, Sequence) or isinstance(given, str) or len(given) > LEVELS:
        raise InvalidField("levels", f"it must be a list of at most {LEVELS:,}")
    return [_level(object_of(one)) for one in given]


def _level(given: Mapping[str, Any]) -> Level:
    limit = optional_number(given, "limit")
    if limit is not None and not 1 <= limit <= ROWS:
        raise InvalidField("limit", f"it must be from 1 to {ROWS:,}")
    return Level(text_of(given, "of"), limit or PAGE)


async def _issue_tree(server: Server, params: Any) -> Encoded:
    """`{workspace?, query?, groupBy?, levels?: [{of?, limit?}]}`: see docs/protocol.md."""
    params = object_of(params)
    session = server.sessions.named(text_of(params, "workspace"))
    query = parse_query(text_of(params, "query") or "").narrowed("open")
    field = text_of(params, "groupBy") or NONE
    if field not in (*FIELDS, NONE):
        raise InvalidField("groupBy", f"it must be one of {', '.join(FIELDS)}, {NONE}")
    levels = levels_of(params)
    await session.must_be_open()
    if query.needs_code or field == "file":
        from issuelens.ipc.messages import Nothing

        await session.ask(methods.REFRESH_CODE, Nothing(), Nothing)
    # Written where it is read: a level can have thousands of rows.
    return Encoded(await session.read(_encoded, query, field, levels, session.config))


def _encoded(connection: Connection, query: Query, field: str, levels: Sequence[Level], config: Config) -> bytes:
    from issuelens.storage.conditions import Asking
    from issuelens.storage.issue_tree import count_issues, count_ready
    from issuelens.storage.reads import current_revision

    asking = Asking(now=timestamp(datetime.now(UTC)), me=default_actor())
    answer = {
        "revision": current_revision(connection),
        "total": count_issues(connection, query, asking, config.prefix),
        "ready": count_ready(connection, asking),
        "levels": [_rows(connection, query, asking, field, level, config) for level in levels],
    }
    return dumps(answer)


def _rows(
    connection: Connection, query: Query, asking: Asking, field: str, level: Level, config: Config
) -> dict[str, Any]:
    from issuelens.storage.issue_tree import groups

    if level.of == CONFLICTS:
        rows = conflict_rows(connection, level.limit + 1)
    elif level.of is None and field != NONE:
        found = groups(connection, query, asking, field, config.prefix)
        rows = group_rows(field, found, query, config.statuses, asking.me)
    else:
        rows = _issues(connection, query, asking, level, config.prefix)
    if level.of is None:
        # Before all others: who looks at it should know.
        rows = [*conflicts_row(connection), *rows]
    return {"rows": rows[: level.limit], "more": len(rows) > level.limit}


def _issues(connection: Connection, query: Query, asking: Asking, level: Level, prefix: str) -> list[dict[str, Any]]:
    from issuelens.storage.issue_tree import issues_below, page
    from issuelens.storage.reads import resolve_id

    group = group_of(level.of) if level.of is not None else None
    # One more tells whether there is more.
    if level.of is None or group is not None:
        return [issue_row(one) for one in page(connection, query, asking, group, level.limit + 1, prefix)]
    try:
        issue_id = resolve_id(connection, level.of)
    except (UnknownIssue, AmbiguousId):
        # It was deleted since the row was shown.
        return []
    found = issues_below(connection, issue_id, asking, level.limit + 1)
    return [issue_row(one, relation) for relation, one in found]


async def _move_issues(server: Server, params: Any) -> dict[str, Any]:
    """`{workspace?, ids, onto, from?}`: what dropping the issues on the row with the key `onto` does."""
    params = object_of(params)
    session = server.sessions.named(text_of(params, "workspace"))
    ids = texts(params, "ids")
    if not ids:
        raise InvalidField("ids", "it is empty; name the issues")
    written = await session.write(move(ids, required(params, "onto"), text_of(params, "from")))
    return {"revision": written.revision, "ids": [issue["id"] for issue in written.issues]}


async def _workspaces(server: Server, _params: Any) -> list[dict[str, Any]]:
    """Every open workspace and its state, as soon as that is known."""
    found = []
    for session in server.sessions:
        await session.ready()
        session.sync.conflicts = await count_conflicts(session)
        found.append(
            {
                "workspace": session.uri,
                "name": session.workspace.root.name,
                "state": str(session.state),
                "problem": session.failure.message if session.failure else None,
                "sync": session.sync.shape(),
            }
        )
    return found
