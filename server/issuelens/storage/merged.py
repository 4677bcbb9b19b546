"""Who depends on ids that were merged into others, and which these are."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from sqlalchemy import Connection, select

from issuelens.storage.reads import CHUNK, IDS, chunks, survivor_of
from issuelens.storage.tables import DEPENDENCY, ISSUE

_INTO: Final = select(ISSUE.c.id).where(ISSUE.c.merged_into.in_(IDS))
_TARGET = ISSUE.alias("target")
_MERGED: Final = select(ISSUE.c.id).where(ISSUE.c.id.in_(IDS), ISSUE.c.merged_into.is_not(None))
_ON_MERGED: Final = (
    select(DEPENDENCY.c.issue_id)
    .join(_TARGET, _TARGET.c.id == DEPENDENCY.c.depends_on_id)
    .join(ISSUE, ISSUE.c.id == DEPENDENCY.c.issue_id)
    .where(_TARGET.c.merged_into.is_not(None), ISSUE.c.merged_into.is_(None))
)
_OF_THESE: Final = _ON_MERGED.where(DEPENDENCY.c.issue_id.in_(IDS))
_ON_THESE: Final = _ON_MERGED.where(DEPENDENCY.c.depends_on_id.in_(IDS))


def survivors_of(connection: Connection, ids: Iterable[str]) -> dict[str, str]:
    """Those of these ids that were merged, each with the survivor that is known."""
    found = {
        one: survivor_of(connection, one)
        for chunk in chunks(ids)
        for one in connection.execute(_MERGED, {"ids": chunk}).scalars().all()
    }
    return {one: survivor for one, survivor in found.items() if survivor is not None and survivor != one}


def names_of(connection: Connection, issue_id: str) -> list[str]:
    """The id itself, and those that were merged into it, directly or not."""
    found, new = {issue_id: None}, [issue_id]
    while new:
        merged = connection.execute(_INTO, {"ids": new[:CHUNK]}).scalars().all()
        new = [*new[CHUNK:], *(one for one in merged if one not in found)]
        found |= dict.fromkeys(merged)
    return list(found)


def dependents_on_merged(connection: Connection, ids: Iterable[str]) -> list[str]:
    """Issues that depend on a merged one, when they or it are among these; what was merged itself is left out."""
    found: dict[str, None] = {}
    for chunk in chunks(ids):
        for statement in (_OF_THESE, _ON_THESE):
            found |= dict.fromkeys(connection.execute(statement, {"ids": chunk}).scalars())
    return sorted(found)
