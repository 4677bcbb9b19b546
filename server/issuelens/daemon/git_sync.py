"""Commits, and pushes, issues when changes have paused, where the person has said so (`repository.consent`).

git runs in a thread of its own: neither the event loop nor the write lane waits for it. What is refused is told once,
by the state, and tried again after the next change.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any, Final

from attrs import define, field

from issuelens.domain.errors import IssuelensError
from issuelens.domain.moment import timestamp
from issuelens.ipc.sync_messages import GitState
from issuelens.repository.carrying import Step, Wish
from issuelens.repository.consent import Automatic, check_token, consent_for
from issuelens.repository.looking import why_without_git
from issuelens.repository.own_branch import carrying
from issuelens.repository.running import Git
from issuelens.workspace import Workspace

logger = logging.getLogger(__name__)

PAUSE_SECONDS: Final = 10.0
"""How long issues must have stayed as they are."""
DEADLINE_FACTOR: Final = 30
"""Pauses after which it is done in the midst of changes."""


def git_sync_seconds() -> float:
    """How long changes must have paused: ISSUELENS_GIT_SECONDS, else PAUSE_SECONDS."""
    named = os.environ.get("ISSUELENS_GIT_SECONDS")
    try:
        return PAUSE_SECONDS if named is None else max(0.0, float(named))
    except ValueError:
        logger.warning("ISSUELENS_GIT_SECONDS is not a number: %r", named)
        return PAUSE_SECONDS


@define(eq=False)
class GitSync:
    """Carries issues through git by itself. The owner calls `changed` after changes here, and `close`.

    Args:
        workspace: whose issues.
        bring_together: merges the files into the database and writes them.
        told: called when `state` has changed.
        pause_seconds: how long changes must have paused.
    """

    workspace: Workspace
    bring_together: Callable[[], Coroutine[Any, Any, dict[str, Any]]]
    told: Callable[[], None]
    pause_seconds: float = PAUSE_SECONDS
    state: GitState = field(factory=GitState)
    _timer: asyncio.TimerHandle | None = None
    _since: float | None = None
    _task: asyncio.Task[None] | None = None
    _git: Git | None = None
    _is_closed: bool = False

    def changed(self) -> None:
        """Issues have changed here: it is done when that has paused."""
        if self._is_closed or consent_for(self.workspace) is Automatic.OFF:
            return
        loop = asyncio.get_running_loop()
        self._since = self._since or loop.time()
        if self._timer is not None:
            self._timer.cancel()
        left = self._since + DEADLINE_FACTOR * self.pause_seconds - loop.time()
        self._timer = loop.call_later(max(0.0, min(self.pause_seconds, left)), self._start)

    @property
    def is_due(self) -> bool:
        """Whether something is to be done, or is done now: then the daemon stays."""
        return self._timer is not None or (self._task is not None and not self._task.done())

    def _start(self) -> None:
        self._timer = self._since = None
        if self._task is not None and not self._task.done():
            self.changed()
            return
        self._task = asyncio.get_running_loop().create_task(self._run(), name="issues in git")
        # Then, and not within it: only now is nothing due any more, and the daemon may leave.
        self._task.add_done_callback(lambda _task: self.told())

    async def _run(self) -> None:
        mode = consent_for(self.workspace)
        if mode is Automatic.OFF:
            return
        before, self.state = self.state, GitState(state="running", at=self.state.at)
        self.told()
        self.state = await self._done(mode, before)

    async def _done(self, mode: Automatic, before: GitState) -> GitState:
        with ThreadPoolExecutor(1, thread_name_prefix="issuelens-git") as thread:
            loop = asyncio.get_running_loop()
            try:
                last = await loop.run_in_executor(thread, self._carry, mode, loop)
                return GitState(state=last.state, at=timestamp(datetime.now(UTC)), text=last.text)
            except IssuelensError as error:
                logger.info("issues were not carried through git: %s", error)
                return GitState(state="refused", at=before.at, text=error.message)
            except Exception:
                # Nobody waits for this task: the log has it, and the state says it.
                logger.exception("issues were not carried through git")
                return GitState(state="refused", at=before.at, text="A fault; the daemon's log has it.")

    def _carry(self, mode: Automatic, loop: asyncio.AbstractEventLoop) -> Step:
        """Does it, in the thread; the last step."""
        git = self._git = Git(self.workspace.root)
        why = why_without_git(git, self.workspace)
        if why is not None:
            return Step("commit", "left out", f"Nothing is done to git: {why}.")
        check_token(git, self.workspace)
        steps: list[Step] = []

        def bring_together() -> dict[str, Any]:
            return asyncio.run_coroutine_threadsafe(self.bring_together(), loop).result()

        wish = Wish(is_alone=True, fetches=mode is Automatic.PUSH)
        carrying(git, self.workspace, wish, bring_together=bring_together, tell=steps.append).run()
        logger.info("issues were carried through git", extra={"steps": [one.text for one in steps]})
        return steps[-1]

    async def close(self) -> None:
        """Ends; a fetch or a push is ended, what git does here comes to its end. A second call does nothing."""
        self._is_closed = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._task is not None and not self._task.done():
            if self._git is not None:
                self._git.stop.now()
            await asyncio.wait([self._task])
