"""What follows from settings and history is kept current: categories of statuses, the full-text index; and checks."""

from __future__ import annotations

import asyncio
import logging
import stat
from collections.abc import Iterator, Mapping
from typing import Any, Final

from attrs import define, field
from sqlalchemy import Connection

from issuelens.daemon.configuration import Configuration
from issuelens.daemon.reading import Handler, Reading
from issuelens.daemon.writer import Writer
from issuelens.domain.errors import IssuelensError
from issuelens.domain.vocabulary import STATUS_CATEGORIES, Category
from issuelens.ipc import messages, methods
from issuelens.ipc.converter import Messages
from issuelens.ipc.messages import Finding, Findings
from issuelens.process import HAS_UNIX_SOCKETS
from issuelens.storage.checks import find_faults
from issuelens.storage.database import check_integrity
from issuelens.storage.search import index_pending
from issuelens.tracker.upkeep import adopt_statuses, mend
from issuelens.workspace import Workspace

logger = logging.getLogger(__name__)

_EXPORT_AND_IMPORT: Final = (
    "Export what can be read (`issuelens export issues.jsonl`), move issues.db aside, then import that file."
)
INDEX_DELAY: Final = 0.25
"""Seconds without a write before the full-text index is brought up to date."""
INDEX_DEADLINE: Final = 5.0
"""Seconds after which that is done in the midst of writes."""


@define(eq=False)
class Upkeep:
    """Keeps derived things current. The owner calls `changed` after each commit, and `close`."""

    workspace: Workspace
    configuration: Configuration
    writer: Writer
    reading: Reading
    _statuses: Mapping[str, Category] | None = None
    _timer: asyncio.TimerHandle | None = None
    _since: float | None = None
    _task: asyncio.Task[None] | None = None
    _messages: Messages = field(factory=Messages)

    def table(self) -> dict[str, Handler]:
        """Method -> handler."""
        return {methods.CHECK: self._check, methods.REPAIR: self._repair}

    async def statuses(self) -> Mapping[str, Category]:
        """The workspace's statuses as config.toml has them now; issues have got their categories before this returns.

        Settings that can't be read leave the statuses as they were.
        """
        try:
            wanted = self.configuration.current().statuses
        except IssuelensError as error:
            logger.warning("%s", error)
            return self._statuses or STATUS_CATEGORIES
        if wanted != self._statuses:
            changed = await self.writer.write(lambda connection: adopt_statuses(connection, wanted))
            if changed:
                logger.info("%d issues have got another category of their status", changed)
            self._statuses = wanted
        return wanted

    # The full-text index

    def changed(self) -> None:
        """Has the index brought up to date when the writing has paused."""
        loop = asyncio.get_running_loop()
        if self._timer is not None:
            self._timer.cancel()
        self._since = self._since or loop.time()
        delay = max(0.0, min(INDEX_DELAY, self._since + INDEX_DEADLINE - loop.time()))
        self._timer = loop.call_later(delay, self._begin_indexing)

    def _begin_indexing(self) -> None:
        self._timer = None
        self._since = None
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._index(), name="full-text index")

    async def _index(self) -> None:
        try:
            while await self.writer.write(index_pending):
                pass
        except IssuelensError as error:
            logger.warning("the full-text index waits for the next change: %s", error)

    async def close(self) -> None:
        """Ends; what is not indexed yet is indexed the next time."""
        if self._timer is not None:
            self._timer.cancel()
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    # Checks

    async def _check(self, params: Any, _client: str) -> Any:
        self._messages.read(params, messages.Nothing)
        return self._messages.write(Findings(findings=tuple(await self._findings())))

    async def _repair(self, params: Any, _client: str) -> Any:
        self._messages.read(params, messages.Nothing)
        await self.writer.write(mend)
        for path in self._too_open():
            path.chmod(0o600)
        return self._messages.write(Findings(findings=tuple(await self._findings())))

    async def _findings(self) -> list[Finding]:
        def read(connection: Connection) -> list[Finding]:
            broken = check_integrity(connection)
            found = [
                Finding(
                    name="integrity",
                    ok=not broken,
                    found="; ".join(broken[:3]) or "SQLite finds nothing wrong",
                    remedy=_EXPORT_AND_IMPORT if broken else "",
                )
            ]
            return found if broken else found + [_fault(*one) for one in find_faults(connection)]

        return [*await self.reading.read(read), *self._file_findings()]

    def _file_findings(self) -> Iterator[Finding]:
        too_open = [path.name for path in self._too_open()]
        yield Finding(
            name="permissions",
            ok=not too_open,
            found=f"others can read {', '.join(too_open)}" if too_open else "token and log are yours alone",
            remedy="Run `issuelens doctor --fix`." if too_open else "",
            is_mendable=True,
        )

    def _too_open(self) -> list[Any]:
        if not HAS_UNIX_SOCKETS:
            return []
        paths = [self.workspace.endpoint_file, self.workspace.daemon_log]
        return [path for path in paths if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077]


def _fault(name: str, count: int, what: str) -> Finding:
    return Finding(
        name=name,
        ok=not count,
        found=f"{count} {what}" if count else "nothing wrong",
        remedy="Run `issuelens doctor --fix`." if count else "",
        is_mendable=True,
    )
