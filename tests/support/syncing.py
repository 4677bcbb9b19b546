"""Workspaces that sync: what is asked of their daemons, what is in their files, and git between them."""

from __future__ import annotations

import json
import subprocess
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

from tests.support.tracking import context

from issuelens.daemon.configuration import Configuration
from issuelens.daemon.reading import Handler, Reading
from issuelens.daemon.syncing import Syncing
from issuelens.daemon.writer import Writer
from issuelens.domain.operation import Event
from issuelens.ipc import methods, oneshot
from issuelens.ipc.messages import WriteContext
from issuelens.storage.database import Database, Reader
from issuelens.tracker.operations import OperationContext
from issuelens.workspace import Workspace


def by_hand(space: Workspace) -> Workspace:
    """The workspace, whose file is written and read only when somebody says so."""
    text = space.config_file.read_text()
    assert "# automatic = true " in text
    space.config_file.write_text(text.replace("# automatic = true ", "automatic = false "))
    return space


def asked(space: Workspace, method: str, key: str, **params: Any) -> Any:
    """The answer to a write."""
    return oneshot.call_or_start(space, method, params | {"key": key})


def synced(space: Workspace, key: str = "sync", **params: Any) -> Any:
    """The report of a sync."""
    return asked(space, methods.SYNC, key, **params)


def created(space: Workspace, title: str, **fields: Any) -> Any:
    """A new issue."""
    return asked(space, methods.CREATE, f"create {title}", title=title, **fields)["issues"][0]


def shapes(space: Workspace) -> list[dict[str, Any]]:
    """The lines of issues.jsonl."""
    return [json.loads(line) for line in space.jsonl.read_bytes().splitlines()]


def titles(space: Workspace) -> dict[str, str]:
    """The titles of all issues by their ids."""
    found = oneshot.call_or_start(space, methods.LIST, {"all": True})
    return {one["id"]: one["title"] for one in found["issues"]}


def line_of(shape: dict[str, Any]) -> bytes:
    """A line of issues.jsonl."""
    return json.dumps(shape, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


class Meddled(Reading):
    """Reads as ever; but before the file is written, another program adds a line to it, as long as it has some."""

    file: Path
    lines: list[bytes]

    async def read_apart(self, function: Callable[..., Any], *arguments: Any) -> Any:
        if self.lines and function.__name__.startswith("write"):
            with self.file.open("ab") as file:
                file.write(self.lines.pop(0))
        return await super().read_apart(function, *arguments)


@asynccontextmanager
async def meddled(space: Workspace, lines: list[bytes]) -> AsyncIterator[tuple[Handler, list[Event]]]:
    """The method, in this process, over a real database."""
    events: list[Event] = []

    async def made(written: WriteContext, client: str, *, needs_prefix: bool) -> OperationContext:
        return context(key=written.key, client=client)

    with (
        ThreadPoolExecutor(1) as thread,
        closing(Database.open(space.database)) as database,
        closing(Reader.open(space.database)) as reader,
    ):
        reading = Meddled(reader, thread, thread, Configuration(space), "tester")
        reading.file, reading.lines = space.jsonl, lines
        writer = Writer(database, thread, events.append)
        writer.start()
        try:
            yield Syncing(space, writer, reading, made).table()[methods.SYNC], events
        finally:
            await writer.close()


def git(folder: Path, *words: str) -> str:
    """What git says."""
    done = subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def commit(root: Path) -> None:
    """Commits all."""
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "work")
