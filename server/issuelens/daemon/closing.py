"""Issues that a commit says it closes are closed when it has come to the default branch, where `[git] closes` is on.

How far the branch was looked at is kept in the database: the first time only that is noted, so that what was said
before closes nothing. A commit closes an issue once, by the key of the operation; one that was reopened stays open.
"""

from __future__ import annotations

import asyncio
import logging
import subprocess
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from typing import Final, NamedTuple

from attrs import define, field
from sqlalchemy import Connection

from issuelens.daemon.configuration import Configuration
from issuelens.daemon.reading import Reading
from issuelens.daemon.writer import Writer
from issuelens.domain.closing import BY_COMMIT, closed_ids
from issuelens.domain.errors import IssuelensError
from issuelens.domain.fields import NAME_LIMIT
from issuelens.domain.operation import CloseIssues, Outcome
from issuelens.ipc.messages import WriteContext
from issuelens.ipc.sync_messages import OWN_CLIENT
from issuelens.storage import reads, writes
from issuelens.todos.default_branch import Commit, RefStamps, Tip, commits_to, default_tip, is_commit, ref_stamps
from issuelens.todos.git import Stop
from issuelens.tracker.operations import OperationContext, perform
from issuelens.workspace import Workspace

logger = logging.getLogger(__name__)

_SETTING: Final = "default branch"
_SUBJECT_LIMIT: Final = 100


class _Noted(NamedTuple):
    """How far the branch was looked at: the commit, None when there was no branch, and when, in seconds since 1970."""

    commit: str | None
    at: int

    @classmethod
    def read(cls, text: str | None) -> _Noted | None:
        commit, _, at = (text or "").partition(" ")
        return cls(None if commit == "-" else commit, int(at)) if at.isdecimal() else None

    def __str__(self) -> str:
        return f"{self.commit or '-'} {self.at}"


class _Arrived(NamedTuple):
    """Where the branch is, and what has come to it, newest first."""

    tip: Tip | None
    commits: list[Commit]


@define(eq=False)
class Closing:
    """Closes what commits say. The owner calls `look` whenever it looks at files, and `close`.

    Args:
        make_context: gives what an operation is done with.
    """

    workspace: Workspace
    configuration: Configuration
    writer: Writer
    reading: Reading
    make_context: Callable[..., Awaitable[OperationContext]]
    task: asyncio.Task[None] | None = None
    """What goes on, or went on last."""
    _seen: RefStamps | None = None
    _tip: Tip | None = None
    _is_forgotten: bool = False
    """Whether it is known that nothing is noted, while it is off."""
    _stop: Stop = field(factory=Stop)

    def look(self, first: asyncio.Task[None] | None) -> None:
        """Looks whether a branch may have moved: a few system calls. What is to be done then goes on by itself.

        Args:
            first: what is waited for before issues are closed: a file that is taken in may have closed them.
        """
        if self._stop.is_meant or self._is_running:
            return
        if not self._is_wanted:
            if not self._is_forgotten:
                self._start(self._forget())
            return
        self._is_forgotten = False
        stamps = ref_stamps(self.workspace.root, self._tip)
        if stamps is not None and stamps != self._seen:
            self._seen = stamps
            self._start(self._catch_up(first))

    async def settled(self, first: asyncio.Task[None] | None) -> None:
        """Looks, and returns when what is to be done is done."""
        await self._over()
        self.look(first)
        await self._over()

    async def close(self) -> None:
        """Ends; what is not done is done by the next daemon. A second call does nothing."""
        self._stop.now()
        await self._over()

    @property
    def _is_wanted(self) -> bool:
        try:
            return self.configuration.current().git.closes
        except IssuelensError:
            return False

    @property
    def _is_running(self) -> bool:
        return self.task is not None and not self.task.done()

    async def _over(self) -> None:
        if self.task is not None and not self.task.done():
            await asyncio.wait([self.task])

    def _start(self, work: Awaitable[None]) -> None:
        self.task = asyncio.get_running_loop().create_task(self._guarded(work), name="closing by commits")

    async def _guarded(self, work: Awaitable[None]) -> None:
        try:
            await work
        except (OSError, subprocess.SubprocessError) as error:
            logger.info("the default branch could not be looked at: %s", error)
        except IssuelensError as error:
            # What is not noted is looked at again.
            self._seen = None
            logger.warning("issues that commits close could not be closed: %s", error)
        except Exception:
            # Nobody waits for this task: the log has it.
            logger.exception("issues that commits close could not be closed")

    async def _read_noted(self) -> _Noted | None:
        return _Noted.read(await self.reading.read(writes.read_setting, _SETTING))

    async def _note(self, text: str) -> None:
        await self.writer.write(lambda connection: writes.write_setting(connection, _SETTING, text))

    async def _forget(self) -> None:
        """What comes while it is off closes nothing when it is on again."""
        if await self._read_noted() is not None:
            await self._note("")
        self._is_forgotten = True

    async def _catch_up(self, first: asyncio.Task[None] | None) -> None:
        if first is not None and not first.done():
            await asyncio.wait([first])
        noted = await self._read_noted()
        found = await self.reading.work(self._arrived, noted)
        self._tip, commit = found.tip, found.tip and found.tip.commit
        if noted is not None and commit in (None, noted.commit):
            return
        prefixes = self.configuration.current().prefixes | await self.reading.read(reads.id_prefixes)
        for one, issue_id in _closed_by(found.commits, prefixes):
            if self._stop.is_meant:
                return
            await self._close(one, issue_id)
        await self._note(str(_Noted(commit, int(time.time()))))

    def _arrived(self, noted: _Noted | None) -> _Arrived:
        """What has come since; in the work thread."""
        root, stop = self.workspace.root, self._stop
        tip = default_tip(root, stop)
        if tip is None or noted is None or tip.commit == noted.commit:
            return _Arrived(tip, [])
        if noted.commit is not None and is_commit(root, noted.commit, stop):
            return _Arrived(tip, commits_to(root, noted.commit, tip.commit, stop))
        # Where the history was rewritten and the old one is gone, only their own time says which commits are new.
        return _Arrived(tip, [one for one in commits_to(root, None, tip.commit, stop) if one.authored >= noted.at])

    async def _close(self, commit: Commit, issue_id: str) -> None:
        found = await self.reading.read(_open_issue, issue_id)
        if found is None:
            logger.debug("a commit closes no open issue here", extra={"commit": commit.id, "issue": issue_id})
            return
        written = WriteContext(
            key=f"closes {commit.id} {found}", actor=_plain(commit.author)[:NAME_LIMIT].strip() or None
        )
        context = await self.make_context(written, OWN_CLIENT, needs_prefix=False)

        def close(connection: Connection) -> Outcome | None:
            if _open_issue(connection, found) != found:
                return None
            return perform(connection, CloseIssues(ids=(found,), reason=_reason(commit)), context)

        outcome: Outcome | None = await self.writer.write(close)
        if outcome is not None and not outcome.repeated:
            logger.info("an issue was closed by a commit", extra={"commit": commit.id, "issue": found})


def _closed_by(commits: Iterable[Commit], prefixes: frozenset[str]) -> Iterator[tuple[Commit, str]]:
    """Each commit that has come with each id that it closes, the oldest first.

    A commit that was rewritten is known by its author and time: what it closed before, it does not close again.
    """
    named = [(one, issue_id) for one in commits for issue_id in closed_ids(one.message, prefixes)]
    before = {(one.author, one.authored, issue_id) for one, issue_id in named if one.is_dropped}
    for one, issue_id in reversed(named):
        if not one.is_dropped and (one.author, one.authored, issue_id) not in before:
            yield one, issue_id


def _open_issue(connection: Connection, issue_id: str) -> str | None:
    """The id of the issue when it is open; a merged one's is that of its survivor."""
    issue = reads.get_issue(connection, issue_id)
    return None if issue is None or issue.is_closed or issue.is_deleted else issue.id


def _reason(commit: Commit) -> str:
    subject = _plain(commit.message.strip().partition("\n")[0])
    cut = subject if len(subject) <= _SUBJECT_LIMIT else f"{subject[: _SUBJECT_LIMIT - 1]}…"
    return f"{BY_COMMIT}{commit.id}: {cut}"


def _plain(text: str) -> str:
    """The text in one line, without signs that can't be printed."""
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())
