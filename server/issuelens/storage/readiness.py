"""The derived columns `blocked` and `is_ready`, kept in the transaction of each change.

`blocked` has bit 1 when the issue itself waits (status blocked, or a blocker that is not finished) and bit 2 when one
of its parents is blocked in either way. A parent that is finished holds nothing back itself, yet passes on what its own
parents hold; a deleted one passes on nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Any, Final

from attrs import define
from sqlalchemy import Connection, bindparam, exists, select, update

from issuelens.domain.vocabulary import BLOCKS, HELD_STATUSES, PARENT_CHILD, TOMBSTONE
from issuelens.storage.reads import IDS, chunks
from issuelens.storage.tables import DEPENDENCY, ISSUE

OWN: Final = 1
INHERITED: Final = 2

_BLOCKER = ISSUE.alias("blocker")
_WAITS: Final = exists(
    select(DEPENDENCY.c.issue_id)
    .join(_BLOCKER, _BLOCKER.c.id == DEPENDENCY.c.depends_on_id)
    .where(DEPENDENCY.c.issue_id == ISSUE.c.id, DEPENDENCY.c.type == BLOCKS, _BLOCKER.c.is_open == 1)
)
_ROWS: Final = select(
    ISSUE.c.id, ISSUE.c.status, ISSUE.c.is_open, ISSUE.c.blocked, ISSUE.c.is_ready, _WAITS.label("waits")
).where(ISSUE.c.id.in_(IDS))
_WAITING: Final = select(DEPENDENCY.c.issue_id).where(DEPENDENCY.c.depends_on_id.in_(IDS), DEPENDENCY.c.type == BLOCKS)
_CHILDREN: Final = select(DEPENDENCY.c.issue_id).where(
    DEPENDENCY.c.depends_on_id.in_(IDS), DEPENDENCY.c.type == PARENT_CHILD
)
_PARENTS: Final = (
    select(DEPENDENCY.c.issue_id, ISSUE.c.id.label("parent"), ISSUE.c.blocked)
    .join(ISSUE, ISSUE.c.id == DEPENDENCY.c.depends_on_id)
    .where(DEPENDENCY.c.issue_id.in_(IDS), DEPENDENCY.c.type == PARENT_CHILD, ISSUE.c.status != TOMBSTONE)
)
_UPDATE: Final = (
    update(ISSUE)
    .where(ISSUE.c.id == bindparam("issue"))
    .values(blocked=bindparam("new_blocked"), is_ready=bindparam("new_ready"))
)


@define
class _Row:
    """An issue's own part of it, and what is stored."""

    own: int
    is_free: bool
    blocked: int
    is_ready: int


def refresh(connection: Connection, changed: Iterable[str], moved: Collection[str]) -> None:
    """Brings the columns up to date after a change.

    Args:
        connection: with the change's transaction.
        changed: ids whose status or dependencies changed, or that are new.
        moved: those of them that are new, were deleted or restored, or have other parents than before.
    """
    changed = list(changed)
    updates = _updates(connection, changed, moved)
    if updates:
        connection.execute(_UPDATE, updates)


def find_stale(connection: Connection) -> list[str]:
    """The ids of issues whose columns differ from what a full computation gives."""
    ids = list(connection.execute(select(ISSUE.c.id)).scalars())
    return [one["issue"] for one in _updates(connection, ids, set(ids))]


def _updates(connection: Connection, changed: list[str], moved: Collection[str]) -> list[dict[str, Any]]:
    roots = _rows(connection, [*changed, *_linked(connection, _WAITING, changed)])
    deep = [one for one, row in roots.items() if row.own != row.blocked & OWN or one in moved]
    region = roots | _rows(connection, _below(connection, deep))
    inherited = _inherited(connection, region)
    updates = [_update(one, row, one in inherited) for one, row in region.items()]
    return [one for one in updates if one is not None]


def refresh_all(connection: Connection) -> None:
    """Computes the columns of every issue anew."""
    ids = list(connection.execute(select(ISSUE.c.id)).scalars())
    refresh(connection, ids, set(ids))


def _rows(connection: Connection, ids: Iterable[str]) -> dict[str, _Row]:
    found: dict[str, _Row] = {}
    for chunk in chunks(ids):
        for row in connection.execute(_ROWS, {"ids": chunk}):
            waits = bool(row.is_open) and (row.status == "blocked" or bool(row.waits))
            is_free = bool(row.is_open) and row.status not in HELD_STATUSES
            found[row.id] = _Row(OWN if waits else 0, is_free, row.blocked, row.is_ready)
    return found


def _linked(connection: Connection, statement: Any, ids: Iterable[str]) -> list[str]:
    return [one for chunk in chunks(ids) for one in connection.execute(statement, {"ids": chunk}).scalars()]


def _below(connection: Connection, ids: Iterable[str]) -> set[str]:
    """All descendants."""
    found: set[str] = set()
    layer = set(ids)
    while layer:
        layer = set(_linked(connection, _CHILDREN, layer)) - found
        found |= layer
    return found


def _inherited(connection: Connection, region: dict[str, _Row]) -> set[str]:
    """Those of the region that have a blocked parent, in it or outside of it."""
    children: dict[str, list[str]] = defaultdict(list)
    found: set[str] = set()
    for chunk in chunks(region):
        for row in connection.execute(_PARENTS, {"ids": chunk}):
            if row.parent in region:
                children[row.parent].append(row.issue_id)
            elif row.blocked:
                found.add(row.issue_id)
    waiting = [one for one, row in region.items() if row.own or one in found]
    seen = set(waiting)
    while waiting:
        for child in children[waiting.pop()]:
            found.add(child)
            if child not in seen:
                seen.add(child)
                waiting.append(child)
    return found


def _update(issue_id: str, row: _Row, is_inherited: bool) -> dict[str, Any] | None:
    blocked = row.own | (INHERITED if is_inherited else 0)
    is_ready = int(row.is_free and not blocked)
    if (blocked, is_ready) == (row.blocked, row.is_ready):
        return None
    return {"issue": issue_id, "new_blocked": blocked, "new_ready": is_ready}
