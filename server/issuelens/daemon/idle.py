"""The idle exit: the daemon goes when it had nobody to serve for a while."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, Protocol

from attrs import define

FIRST_SECONDS: Final = 10.0
"""How long a daemon that was just started waits for its first client at least."""


class Timers(Protocol):
    """What the countdown needs of an event loop; a test moves a clock of its own."""

    def call_later(self, delay: float, callback: Callable[[], None], /) -> asyncio.TimerHandle:
        """Calls back after so many seconds."""


@define(eq=False)
class IdleExit:
    """Calls `leave` when `is_idle` has held for `seconds` without a call of `touched`."""

    seconds: float
    is_idle: Callable[[], bool]
    leave: Callable[[], None]
    timers: Timers
    _countdown: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """Begins the first countdown, which leaves time for whoever started the daemon to connect."""
        self._countdown = self.timers.call_later(max(self.seconds, FIRST_SECONDS), self._over)

    def touched(self) -> None:
        """Begins the countdown anew, or stops it while there is somebody to serve."""
        self.close()
        if self.is_idle():
            self._countdown = self.timers.call_later(self.seconds, self._over)

    def _over(self) -> None:
        if self.is_idle():
            self.leave()

    def close(self) -> None:
        """Stops the countdown."""
        if self._countdown is not None:
            self._countdown.cancel()
            self._countdown = None
