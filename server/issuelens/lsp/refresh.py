"""Tells the editor that what it shows has changed: one question of a kind at a time, and the latest is never lost."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from attrs import define, field

PATIENCE_SECONDS = 2.0
"""After this long without an answer the next refresh is sent all the same: some clients never answer."""


@define(eq=False)
class Refresh:
    """One kind of refresh request, for instance `workspace/codeLens/refresh`."""

    method: str
    ask: Callable[[str], Future[Any]]
    _under_way: Future[Any] | None = None
    _again: bool = False
    _patience: asyncio.TimerHandle | None = field(default=None)

    def request(self) -> None:
        """Asks the editor to read again, now or as soon as it has answered the last time."""
        if self._under_way is not None:
            self._again = True
            return
        self._again = False
        self._patience = asyncio.get_running_loop().call_later(PATIENCE_SECONDS, self._go_on)
        self._under_way = self.ask(self.method)
        self._under_way.add_done_callback(self._answered)

    def _answered(self, answer: Future[Any]) -> None:
        if answer is self._under_way:
            self._go_on()

    def _go_on(self) -> None:
        self.close()
        if self._again:
            self.request()

    def close(self) -> None:
        """Waits no longer for the answer under way; whoever kept it lets it go."""
        if self._patience is not None:
            self._patience.cancel()
        question, self._under_way, self._patience = self._under_way, None, None
        if question is not None:
            question.cancel()
