"""Where TODOs and ids stand in the code: files that changed since the last look are read, and what they hold stored."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any, Final, TypeVar

from attrs import define, field
from sqlalchemy import Connection

from issuelens.daemon.configuration import Configuration
from issuelens.daemon.reading import Handler, Reading
from issuelens.daemon.writer import Writer
from issuelens.domain.config import Config
from issuelens.domain.errors import InvalidField
from issuelens.domain.query import parse_query
from issuelens.ipc import messages, methods
from issuelens.ipc.converter import Messages
from issuelens.storage import code, reads
from issuelens.storage.code import CodeLocation, FileStamp
from issuelens.todos.git import Stop
from issuelens.todos.grammar import LocatedReference, TodoComment, analyse
from issuelens.todos.languages import language_for
from issuelens.todos.paths import shown_path
from issuelens.todos.scan import Skipped, finder, list_files, read_source
from issuelens.workspace import Workspace

BATCH: Final = 200
"""Files written in one transaction."""

_Result = TypeVar("_Result")
_Read = tuple[str, FileStamp, Sequence[CodeLocation]]


@define(eq=False)
class CodeReading:
    """The methods about the code."""

    workspace: Workspace
    configuration: Configuration
    writer: Writer
    reading: Reading
    _turn: asyncio.Lock = field(factory=asyncio.Lock)
    _messages: Messages = field(factory=Messages)

    def table(self) -> dict[str, Handler]:
        """Method -> handler."""
        return {
            methods.TODOS: self._todos,
            methods.REFERENCES: self._references,
            methods.REFRESH_CODE: self._refresh,
        }

    async def _todos(self, params: Any, _client: str) -> Any:
        self._messages.read(params, messages.ListCode)
        await self.refresh()
        return [_shape(one) for one in await self.reading.read(code.list_todos)]

    async def _refresh(self, params: Any, _client: str) -> Any:
        self._messages.read(params, messages.Nothing)
        await self.refresh()
        return {}

    async def _references(self, params: Any, _client: str) -> Any:
        word = self._messages.read(params, messages.ListCode).id
        if word is None:
            raise InvalidField("id", "it is missing; name the issue")
        prefix = self.configuration.prefix_or_none()
        issue_id = await self.reading.read(lambda connection: reads.resolve_id(connection, word, prefix))
        await self.refresh()
        return [_shape(one) for one in await self.reading.read(code.list_references, issue_id)]

    async def fresh_for(self, query: str | None) -> None:
        """Reads what changed when a query asks where ids stand in the code."""
        if query and "has:" in query and parse_query(query).needs_code:
            await self.refresh()

    async def refresh(self) -> None:
        """Reads files that are new or changed, and forgets those that are gone; one at a time."""
        async with self._turn:
            config = self.configuration.current()
            prefixes = config.prefixes | await self.reading.read(reads.id_prefixes)
            known = await self.reading.read(code.file_stamps)
            stop = Stop()
            try:
                changed, gone = await self._work(self._differing, known, config, prefixes, stop)
            except asyncio.CancelledError:
                # The thread would wait for git, and the daemon's end for the thread.
                stop.now()
                raise
            for start in range(0, max(len(changed), 1), BATCH):
                batch = changed[start : start + BATCH]
                await self._store(await self._work(self._read, batch, config, prefixes), gone if start == 0 else [])

    async def _work(self, function: Callable[..., _Result], *arguments: Any) -> _Result:
        return await asyncio.get_running_loop().run_in_executor(self.reading.work_thread, function, *arguments)

    async def _store(self, found: list[_Read], gone: list[str]) -> None:
        if found or gone:

            def store(connection: Connection) -> None:
                code.replace_files(connection, found, gone)

            await self.writer.write(store)

    def _differing(
        self, known: dict[str, FileStamp], config: Config, prefixes: Collection[str], stop: Stop
    ) -> tuple[list[tuple[str, FileStamp]], list[str]]:
        """Files that are not as they were read, with what they are now; and files that are gone."""
        looked_for = _looked_for(config, prefixes)
        there: set[str] = set()
        changed = []
        for path in list_files(self.workspace.root, exclude=config.todos.exclude, stop=stop):
            try:
                status = (self.workspace.root / path).lstat()
            except OSError:
                continue
            there.add(shown_path(path))
            stamp = FileStamp(status.st_size, status.st_mtime_ns, looked_for)
            if known.get(shown_path(path)) != stamp:
                changed.append((path, stamp))
        return changed, [path for path in known if path not in there]

    def _read(self, files: Sequence[tuple[str, FileStamp]], config: Config, prefixes: Collection[str]) -> list[_Read]:
        holds = finder([*config.todos.tags, *(f"{prefix}-" for prefix in prefixes)])
        return [
            (shown_path(path), stamp, list(self._locations(path, config, prefixes, holds))) for path, stamp in files
        ]

    def _locations(self, path: str, config: Config, prefixes: Collection[str], holds: Any) -> Iterator[CodeLocation]:
        language = language_for(path)
        if language is None and "." in path.rpartition("/")[2].lstrip("."):
            return
        text = read_source(self.workspace.root / path)
        if isinstance(text, Skipped) or not holds(text.encode("utf-8", "replace")):
            return
        language = language or language_for(path, first_line=text[:200].partition("\n")[0])
        if language is None:
            return
        todos, mentions = analyse(text, language, tags=config.todos.tags, prefixes=prefixes)
        lines = text.split("\n")
        shown = shown_path(path)
        yield from (_todo_location(shown, one) for one in todos)
        yield from (_mention(shown, one, lines) for one in mentions if not one.in_todo)


def _looked_for(config: Config, prefixes: Collection[str]) -> str:
    return " ".join([*config.todos.tags, *sorted(prefixes)])


def _todo_location(path: str, todo: TodoComment) -> CodeLocation:
    return CodeLocation(path, todo.line + 1, todo.column + 1, todo.tag, todo.text, todo.owner, todo.issue_id)


def _mention(path: str, one: LocatedReference, lines: Sequence[str]) -> CodeLocation:
    text = lines[one.line].strip()[:200] if one.line < len(lines) else ""
    return CodeLocation(path, one.line + 1, one.column + 1, None, text, None, one.id)


def _shape(one: CodeLocation) -> dict[str, Any]:
    return {
        "path": one.path,
        "line": one.line,
        "column": one.column,
        "tag": one.tag,
        "text": one.text,
        "owner": one.owner,
        "issue": one.issue_id,
    }
