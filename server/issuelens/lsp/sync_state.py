"""What is known of bringing issues.jsonl and the tracker together: whether that runs, when it was done, how it went.

Whoever does it tells it here, and the editor is told that `issuelens/workspaces` answers differently.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Final

from attrs import define

from issuelens.domain.errors import IssuelensError
from issuelens.domain.moment import is_later, timestamp
from issuelens.domain.operation import Event
from issuelens.ipc.sync_messages import OWN_CLIENT
from issuelens.ipc.sync_messages import SyncState as Told

_BRINGING: Final = ("sync", "settle", "undo")
"""Operations after which a conflict may be open that was not."""


@define(eq=False)
class SyncState:
    """Of one workspace. `conflicts` is how many are open, as they were counted last."""

    told: Callable[[], None] = lambda: None
    running: int = 0
    at: str | None = None
    conflicts: int = 0
    problem: str | None = None

    @contextmanager
    def running_now(self) -> Iterator[None]:
        """While it runs; why it failed is kept until the next time."""
        self.running += 1
        self.told()
        try:
            yield
        except IssuelensError as error:
            self.problem = error.message
            raise
        finally:
            self.running -= 1
            self.told()

    def done(self) -> None:
        """It was done now."""
        self.at, self.problem = timestamp(datetime.now(UTC)), None

    def heard(self, event: Event) -> None:
        """Another client may have done it; and conflicts may have come, or be over."""
        if (
            event.operation == "sync"
            and event.client != OWN_CLIENT
            and not self.running
            and (self.at is None or is_later(event.at, self.at))
        ):
            self.at, self.problem = event.at, None
            self.told()
        elif self.conflicts or event.operation in _BRINGING:
            self.told()

    def told_by_daemon(self, state: Told) -> None:
        """The daemon does it by itself; a new connection is told, too."""
        before = self.shape()
        self.running, self.problem = int(state.state == "running"), state.error
        self.at = state.at or self.at
        if self.shape() != before:
            self.told()

    def shape(self) -> dict[str, Any]:
        """As `issuelens/workspaces` has it."""
        return {"running": self.running > 0, "at": self.at, "conflicts": self.conflicts, "problem": self.problem}
