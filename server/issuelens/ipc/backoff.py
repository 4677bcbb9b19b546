"""How long a client waits between its attempts to come back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, Protocol

BACK_OFF_SECONDS: Final = (0.0, 0.1, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
"""How long to wait before each attempt to come back; the last goes on."""


class Timers(Protocol):
    """What back-off needs of an event loop; a test moves a clock of its own."""

    def call_later(self, delay: float, callback: Callable[[], None], /) -> asyncio.TimerHandle:
        """Calls back after so many seconds."""


async def pause(attempt: int, timers: Timers | None) -> None:
    """Waits before an attempt, counted from 0; None takes the event loop's timers."""
    seconds = BACK_OFF_SECONDS[min(attempt, len(BACK_OFF_SECONDS) - 1)]
    if seconds:
        over = asyncio.Event()
        handle = (timers or asyncio.get_running_loop()).call_later(seconds, over.set)
        try:
            await over.wait()
        finally:
            handle.cancel()
