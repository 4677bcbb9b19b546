"""What is known of the code, without a daemon around it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager, closing
from pathlib import Path
from typing import Any

from attrs import define, field
from tests.support.daemons import workspace
from tests.support.tracking import created

from issuelens.daemon.code_index import CodeIndex
from issuelens.daemon.configuration import Configuration
from issuelens.daemon.reading import Reading
from issuelens.daemon.writer import Writer
from issuelens.domain.issue import Issue
from issuelens.storage import code
from issuelens.storage.code import CodeLocation, Departure, StoredScan
from issuelens.storage.database import Database, Reader
from issuelens.todos.found import FileFindings
from issuelens.workspace import Workspace


@define(eq=False)
class Listener:
    """Stands where clients are connected."""

    told: list[tuple[str, Any]] = field(factory=list)

    def tell(self, content: bytes, **_: Any) -> None:
        """Keeps what everybody would be sent."""
        shape = json.loads(content)
        self.told.append((shape["method"], shape["params"]))

    def changes(self) -> list[tuple[list[str] | None, list[str] | None]]:
        """The paths and ids that were told to have changed, since this was called last."""
        told, self.told = self.told, []
        return [(params["paths"], params["ids"]) for method, params in told if method == "code/changed"]


@define(eq=False)
class Code:
    """A workspace whose code is looked at."""

    space: Workspace
    database: Database
    reading: Reading
    writer: Writer
    listener: Listener
    index: CodeIndex

    def file(self, path: str, text: str) -> None:
        """Writes a file."""
        place = self.space.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)

    async def issue(self, title: str) -> Issue:
        """Creates an issue."""
        return await asyncio.get_running_loop().run_in_executor(self.writer.thread, created, self.database, title)

    async def todos(self) -> list[tuple[str, int, str]]:
        """Path, line and text of every TODO that is stored."""
        return [(one.path, one.line, one.text) for one in await self.locations()]

    async def locations(self) -> list[CodeLocation]:
        """Every TODO that is stored."""
        return await self.reading.read(code.list_todos)

    async def findings(self) -> list[FileFindings]:
        """All that is stored."""
        return await self.reading.read(code.read_findings, None)

    async def keys(self) -> dict[str, str]:
        """Text -> key of every TODO that is stored."""
        return {one.text: one.key or "" for one in await self.locations()}

    async def scan(self) -> StoredScan:
        """What the last scan has left."""
        return await self.reading.read(code.read_scan)

    async def departures(self, issue_id: str) -> list[Departure]:
        """From where an issue's id has gone."""
        return (await self.reading.read(code.list_departures, [issue_id]))[issue_id]


@asynccontextmanager
async def code_of(folder: Path) -> AsyncIterator[Code]:
    """A workspace in a folder, opened as its daemon does."""
    space = workspace(folder)
    async with AsyncExitStack() as stack:
        writing, reading, working = (stack.enter_context(ThreadPoolExecutor(1)) for _ in range(3))
        loop = asyncio.get_running_loop()
        database = await loop.run_in_executor(writing, Database.open, space.database)
        stack.enter_context(closing(database))
        reader = await loop.run_in_executor(reading, Reader.open, space.database)
        stack.enter_context(closing(reader))
        writer = Writer(database, writing, lambda *_: None)
        writer.start()
        stack.push_async_callback(writer.close)
        configuration = Configuration(space)
        reads_of = Reading(reader, reading, working, configuration, "tester")
        listener = Listener()
        index = CodeIndex(space, configuration, writer, reads_of, listener)  # type: ignore[arg-type]
        stack.push_async_callback(index.close)
        yield Code(space, database, reads_of, writer, listener, index)


def lines(count: int, text: str = "{}") -> str:
    """A file with so many TODOs; `{}` in the text is the number of each."""
    return "".join(f"# TODO: {text.format(number)}\n" for number in range(count))


async def scanned(code: Code, **files: str) -> None:
    """Files with these names and texts, `__` for a slash, as a scan has seen them."""
    for name, text in files.items():
        code.file(f"{name.replace('__', '/')}.py", text)
    await code.index.current()
    code.listener.changes()
