"""How far a long request is: told to its client now and then, while a thread works on it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextvars import ContextVar
from typing import Final

Progress = Callable[[int, int], None]

PROGRESS: Final[ContextVar[Progress | None]] = ContextVar("progress", default=None)
"""Who is told how far this request is: bytes or issues done, and all of them."""


def threadsafe_progress() -> Progress | None:
    """The same, to be called from any thread; None when nobody wants to know."""
    progress = PROGRESS.get()
    if progress is None:
        return None
    loop = asyncio.get_running_loop()

    def tell(done: int, everything: int) -> None:
        loop.call_soon_threadsafe(progress, done, everything)

    return tell
