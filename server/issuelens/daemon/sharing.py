"""When issues.jsonl is written and taken in: after changes here, after changes of the file, and when the daemon begins.

How that is done is in `syncing`. What was to be written when the daemon is killed is written by the next one: it
looks for changes of here since the revision at which the file was left. A file that git has put there, by a switch of
branches or a pull, is taken in and left as it is until something is changed here: else every switch would leave changes
that nobody made, and git would refuse to switch back.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from attrs import define, evolve, field

from issuelens.daemon.closing import Closing
from issuelens.daemon.configuration import Configuration
from issuelens.daemon.git_at_work import is_as_in_git, is_git_at_work
from issuelens.daemon.parts import Stamps, stamps_of
from issuelens.daemon.syncing import Syncing
from issuelens.domain.config import SyncConfig
from issuelens.domain.errors import IssuelensError
from issuelens.domain.moment import timestamp
from issuelens.domain.operation import Event
from issuelens.ipc.messages import WriteContext
from issuelens.ipc.sync_messages import OWN_CLIENT, SyncFile, SyncState
from issuelens.storage import history

logger = logging.getLogger(__name__)

DEADLINE_FACTOR: Final = 10
"""Pauses after which the file is written in the midst of changes."""
PATIENCE_SECONDS: Final = 5.0
"""How long a command waits for a file that is being taken in, before it is answered with what is there."""


@define(eq=False)
class Sharing:
    """Keeps the file and the database together. The owner calls `changed` after each commit, and `close`.

    Args:
        configuration: says whether that is wanted.
        syncing: does it.
        closing: closes what commits say; it looks whenever the file is looked at.
        told: hears each new state.
    """

    configuration: Configuration
    syncing: Syncing
    closing: Closing
    told: Callable[[SyncState], None]
    state: SyncState = field(factory=lambda: SyncState(state="current"))
    _seen: Stamps = field(factory=dict)
    """What the files had at the last look: what could not be taken is tried again when they differ."""
    _notes: int | None = None
    """When something was noted or taken over, as it was seen last."""
    _is_due: bool = False
    _has_own: bool = False
    """Whether something was changed here that is not in the file."""
    _is_taking: bool = False
    _is_held_back: bool = False
    """Whether the file was not written since git was at work."""
    _is_closed: bool = False
    _timer: asyncio.TimerHandle | None = None
    _since: float | None = None
    _task: asyncio.Task[None] | None = None

    async def begin(self) -> None:
        """Begins to take in what has changed while no daemon was there, and to write what was not written."""
        await self.syncing.begin()
        known = self.syncing.known
        self._seen = known.stamps if known else {}
        self._has_own = await self.syncing.reading.read(history.has_changes_of_here, known.revision if known else 0)
        if not self._look() and self._has_own:
            self.changed()
        self.closing.look(self._taking)

    # Reasons

    def changed(self, *events: Event) -> None:
        """Something was committed: the file is written when the writing has paused; a sync does that itself."""
        if events and all(one.operation == history.SYNC for one in events):
            return
        self._has_own = True
        if self._wanted.automatic and not self._is_closed:
            self._due()

    async def looked(self, *, is_waiting: bool) -> None:
        """Looks whether another program has changed the file, which is taken in then.

        Args:
            is_waiting: whether to wait for that, a while: whoever asks once wants to see what was pulled.
        """
        self._look()
        self.closing.look(self._taking)
        going_on = [one for one in (self._taking, self.closing.task) if one is not None and not one.done()]
        if is_waiting and going_on:
            await asyncio.wait(going_on, timeout=PATIENCE_SECONDS)

    async def settled(self, *, only_look: bool = False) -> SyncState:
        """Does at once what is due, once, and returns when it is done.

        Args:
            only_look: takes in what another program has changed, and lets the rest wait for its pause.
        """
        self._look()
        await self._over()
        await self.closing.settled(self._taking)
        if self._is_due and not only_look:
            self._start()
            await self._over()
        return self.state

    @property
    def _taking(self) -> asyncio.Task[None] | None:
        """What takes the file in now."""
        return self._task if self._is_taking else None

    async def _over(self) -> None:
        if self._task is not None and not self._task.done():
            await asyncio.wait([self._task])

    def _look(self) -> bool:
        if self._is_closed or self._is_running or not self._wanted.automatic:
            return False
        try:
            stamps = stamps_of(self.syncing.workspace)
        except IssuelensError:
            return False  # told by whoever syncs
        is_other = (bool(stamps) and stamps != self._seen) or self._has_notes()
        if not is_other and not (self._is_held_back and not self._is_git_at_work()):
            return False
        self._is_taking = is_other
        self._start()
        return True

    def _has_notes(self) -> bool:
        """Whether a merge by git has noted something, though the file may be as it was; each is tried once."""
        notes = self.syncing.noted.stamp()
        is_other, self._notes = notes not in (None, self._notes), notes
        return is_other

    def _is_git_at_work(self) -> bool:
        return is_git_at_work(self.syncing.workspace.root)

    @property
    def _wanted(self) -> SyncConfig:
        try:
            return self.configuration.current().sync
        except IssuelensError:
            return SyncConfig(automatic=False)

    # Doing it

    def _due(self) -> None:
        self._is_due = True
        loop = asyncio.get_running_loop()
        delay = self._wanted.delay_seconds
        self._since = self._since or loop.time()
        if self._timer is not None:
            self._timer.cancel()
        left = self._since + DEADLINE_FACTOR * delay - loop.time()
        self._timer = loop.call_later(max(0.0, min(delay, left)), self._start)

    @property
    def _is_running(self) -> bool:
        return self._task is not None and not self._task.done()

    def _start(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._since = None
        if not self._wanted.automatic:
            self._is_due = False
            return
        if self._is_running:
            self._due()
            return
        self._task = asyncio.get_running_loop().create_task(self._run(), name="sharing issues.jsonl")

    async def _run(self) -> None:
        own, self._is_due, self._has_own = self._has_own, False, False
        # A rebase or a merge would stop at a file that was changed in its midst.
        self._is_held_back = self._is_git_at_work()
        self._tell(evolve(self.state, state="running"))
        try:
            is_writing = not self._is_held_back and (own or not await self._is_left_to_git())
            await self._bring_together(is_writing=is_writing)
            own = own and not is_writing
        except IssuelensError as error:
            logger.warning("issues.jsonl and the database could not be brought together: %s", error)
            self._failed(error.message)
        except Exception:
            # Nobody waits for this task: the log has it, and the state says it to whoever is connected.
            logger.exception("issues.jsonl and the database could not be brought together")
            self._failed("A fault in the daemon; its log has the details.")
        finally:
            self._seen = self.syncing.seen
            self._is_taking = False
            self._has_own |= own
            self._is_due |= self._is_held_back

    async def _is_left_to_git(self) -> bool:
        """Whether git has put the file there as it is: what it only took back or brought makes no change of ours."""
        return await self.syncing.reading.work(is_as_in_git, self.syncing.workspace)

    async def _bring_together(self, *, is_writing: bool) -> None:
        written = WriteContext(key=f"sync {uuid.uuid4().hex}")
        report = await self.syncing.bring_together(
            SyncFile(), written, OWN_CLIENT, is_whole=False, is_writing=is_writing
        )
        for one in report.conflicts:
            logger.info("both sides had changed a field", extra={"issue": one["issue_id"], "field": one["field"]})
        conflicts = self.state.conflicts + len(report.conflicts)
        self._tell(SyncState(state="current", at=timestamp(datetime.now(UTC)), conflicts=conflicts))

    def _failed(self, why: str) -> None:
        # It is tried again when somebody asks for it, when something changes, and at the end.
        self._is_due = True
        self._tell(evolve(self.state, state="failed", error=why))

    def _tell(self, state: SyncState) -> None:
        if state != self.state:
            self.state = state
            self.told(state)

    async def close(self) -> None:
        """Ends, when what is to be written is written. A second call does nothing."""
        if self._is_closed:
            return
        await self.closing.close()
        self._is_closed = True
        if self._timer is not None:
            self._timer.cancel()
        await self._over()
        if self._is_due and self._wanted.automatic:
            await self._run()
