"""The conflicts of a workspace that nobody has decided about."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

from issuelens.domain.conflict import KeptConflict
from issuelens.domain.errors import IssuelensError
from issuelens.lsp.session import Session
from issuelens.lsp.state import State

LIMIT: Final = 200
"""Conflicts that are told of in one text; more of them help nobody."""


async def count_conflicts(session: Session) -> int:
    """How many are open; none while the workspace is not, or can't be read."""
    if session.state is not State.OPEN:
        return 0
    from issuelens.storage.conflicts import count_open

    try:
        return await session.read(count_open)
    except IssuelensError:
        return 0  # told where the workspace's state is


async def open_conflicts(session: Session) -> Sequence[KeptConflict]:
    """The first ones that are open; none while the workspace is not."""
    if session.state is not State.OPEN:
        return ()
    from issuelens.storage.conflicts import list_conflicts

    return await session.read(partial(list_conflicts, limit=LIMIT))
