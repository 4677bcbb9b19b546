"""What can be wrong with a workspace, each finding with its remedy, and what can be mended without losing anything."""

from __future__ import annotations

import asyncio
import json
import os
import platform
import sqlite3
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from attrs import define, field
from sqlalchemy import Connection

from issuelens.daemon.reading import Handler, Reading
from issuelens.daemon.writer import Writer
from issuelens.domain.errors import DatabaseCorrupt, Refused
from issuelens.domain.imports import Unreadable
from issuelens.domain.moment import timestamp
from issuelens.domain.vocabulary import STATUS_CATEGORIES
from issuelens.files import write_atomically
from issuelens.ipc import messages, methods
from issuelens.ipc.converter import Messages
from issuelens.ipc.messages import Finding, Findings
from issuelens.ordinary import make_private_folder, open_ordinary
from issuelens.process import HAS_UNIX_SOCKETS
from issuelens.storage.checks import find_faults
from issuelens.storage.database import check_integrity
from issuelens.storage.facts import database_facts
from issuelens.sync.importers import Format, read_issues
from issuelens.sync.markers import may_hold_markers
from issuelens.tracker.upkeep import mend
from issuelens.workspace import Workspace

_EXPORT_AND_IMPORT: Final = (
    "Export what can be read (`issuelens export issues.jsonl`), move issues.db aside, then import that file."
)
_FIX: Final = "Run `issuelens doctor --fix`."


@define(eq=False)
class Checking:
    """The methods that check and mend."""

    workspace: Workspace
    writer: Writer
    reading: Reading
    _messages: Messages = field(factory=Messages)

    def table(self) -> dict[str, Handler]:
        """Method -> handler."""
        return {methods.CHECK: self._check, methods.REPAIR: self._repair, methods.FACTS: self._facts}

    async def _check(self, params: Any, _client: str) -> Any:
        self._messages.read(params, messages.Nothing)
        return self._messages.write(Findings(findings=tuple(await self._findings())))

    async def _repair(self, params: Any, _client: str) -> Any:
        self._messages.read(params, messages.Nothing)
        await self.writer.write(lambda connection: mend(connection, self._put_aside))
        for path in _too_open(self.workspace):
            path.chmod(0o600)
        return self._messages.write(Findings(findings=tuple(await self._findings())))

    async def _facts(self, params: Any, _client: str) -> Any:
        self._messages.read(params, messages.Nothing)
        own = {"python": platform.python_version(), "sqlite": sqlite3.sqlite_version}
        return own | await self.reading.read_apart(database_facts)

    def _put_aside(self, rows: list[dict[str, Any]]) -> None:
        """Keeps rows that are about to be removed, each a line of a file that no other repair writes."""
        make_private_folder(self.workspace.aside)
        path = self.workspace.aside / f"orphans.{timestamp(datetime.now(UTC)).replace(':', '')}.jsonl"
        write_atomically(path, "".join(json.dumps(row) + "\n" for row in rows).encode(), 0o600)

    async def _findings(self) -> list[Finding]:
        loop = asyncio.get_running_loop()
        jsonl = await loop.run_in_executor(self.reading.work_thread, _jsonl_finding, self.workspace)
        return [*await self._of_database(), _permission_finding(self.workspace), jsonl]

    async def _of_database(self) -> list[Finding]:
        try:
            return await self.reading.read_apart(_database_findings)
        except DatabaseCorrupt as error:
            return [Finding(name="integrity", ok=False, found=error.message, remedy=_EXPORT_AND_IMPORT)]


def _database_findings(connection: Connection) -> list[Finding]:
    broken = check_integrity(connection)
    found = "; ".join(broken[:3]) or "SQLite finds nothing wrong"
    remedy = _EXPORT_AND_IMPORT if broken else ""
    integrity = Finding(name="integrity", ok=not broken, found=found, remedy=remedy, count=len(broken))
    return [integrity] if broken else [integrity, *(_fault(*one) for one in find_faults(connection))]


def _fault(name: str, count: int, what: str) -> Finding:
    found = f"{count} {what}" if count else "nothing wrong"
    return Finding(name=name, ok=not count, found=found, remedy=_FIX if count else "", count=count)


def _permission_finding(workspace: Workspace) -> Finding:
    too_open = [path.name for path in _too_open(workspace)]
    found = f"others can read {', '.join(too_open)}" if too_open else "token, log and database are yours alone"
    remedy = _FIX if too_open else ""
    return Finding(name="permissions", ok=not too_open, found=found, remedy=remedy, count=len(too_open))


def _too_open(workspace: Workspace) -> list[Path]:
    if not HAS_UNIX_SOCKETS:
        return []
    paths = [workspace.endpoint_file, *workspace.daemon_logs, *sorted(workspace.directory.glob("issues.db*"))]
    return [path for path in paths if path.is_file() and stat.S_IMODE(path.lstat().st_mode) & 0o077]


def _jsonl_finding(workspace: Workspace) -> Finding:
    """Whether every line of issues.jsonl is an issue."""
    name, files = workspace.jsonl.name, workspace.shared_files
    if not files and os.path.lexists(workspace.jsonl):
        files = [workspace.jsonl]
    if not files:
        return Finding(name=name, ok=True, found="not there; `issuelens sync` writes it")
    return next(
        (one for one in map(_finding_of, files) if not one.ok),
        Finding(name=name, ok=True, found="every line is an issue"),
    )


def _finding_of(path: Path) -> Finding:
    name = path.name if path.name == "issues.jsonl" else f"issues/{path.name}"
    try:
        if _is_marked(path):
            found = "git's conflict markers are in it"
            return Finding(name=name, ok=False, found=found, remedy="Run `issuelens sync`, which merges both sides.")
        unreadable = list(_unreadable(path))
    except Refused as error:
        return Finding(name=name, ok=False, found=error.message, remedy=f"Correct {path}.")
    except OSError as error:
        return Finding(
            name=name, ok=False, found=f"it can't be read: {error.strerror}", remedy="Check its permissions."
        )
    if unreadable:
        first = unreadable[0]
        found = f"unreadable lines: {len(unreadable)}; the first is line {first.line}: {first.reason}"
        remedy = "Correct them, then run `issuelens sync`."
        return Finding(name=name, ok=False, found=found, remedy=remedy, count=len(unreadable))
    return Finding(name=name, ok=True, found="every line is an issue")


def _is_marked(path: Path) -> bool:
    with open(path, "rb", opener=open_ordinary) as file:
        return may_hold_markers(file)


def _unreadable(path: Path) -> Iterator[Unreadable]:
    with open(path, "rb", opener=open_ordinary) as file:
        for one in read_issues(file, Format.BEADS, path.name, prefix="", statuses=STATUS_CATEGORIES):
            if isinstance(one, Unreadable):
                yield one
