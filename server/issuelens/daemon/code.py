"""The methods about the code: where TODOs and ids stand in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from attrs import define, field

from issuelens.daemon.code_index import CodeIndex
from issuelens.daemon.configuration import Configuration
from issuelens.daemon.reading import Handler, Reading
from issuelens.domain.errors import InvalidField
from issuelens.domain.query import parse_query
from issuelens.ipc import messages, methods
from issuelens.ipc.converter import Messages
from issuelens.ipc.limits import shown
from issuelens.storage import code, reads
from issuelens.storage.code import ClosedReference, CodeLocation
from issuelens.todos.paths import real_path


@define(eq=False)
class CodeReading:
    """The methods about the code.

    Args:
        configuration: of the workspace.
        reading: does the reads.
        index: keeps what is stored of the code current.
    """

    configuration: Configuration
    reading: Reading
    index: CodeIndex
    _messages: Messages = field(factory=Messages)

    def table(self) -> dict[str, Handler]:
        """Method -> handler."""
        return {
            methods.TODOS: self._todos,
            methods.REFERENCES: self._references,
            methods.CLOSED_REFERENCES: self._closed,
            methods.REFRESH_CODE: self._refresh,
            methods.TOUCH_CODE: self._touched,
        }

    def fresh(self, handler: Handler) -> Handler:
        """The handler of a request with a query, after the code was read when the query asks for it."""

        async def handle(params: Any, client: str) -> Any:
            query = params.get("query") if isinstance(params, dict) else None
            await self.fresh_for(query if isinstance(query, str) else None)
            return await handler(params, client)

        return handle

    async def fresh_for(self, query: str | None) -> None:
        """Reads what changed when a query asks where ids stand in the code."""
        if query and "has:" in query and parse_query(query).needs_code:
            await self.index.current()

    async def _todos(self, params: Any, _client: str) -> Any:
        self._messages.read(params, messages.ListCode)
        await self.index.current()
        return [place_shape(one) for one in await self.reading.read(code.list_todos)]

    async def _references(self, params: Any, _client: str) -> Any:
        word = self._messages.read(params, messages.ListCode).id
        if word is None:
            raise InvalidField("id", "it is missing; name the issue")
        prefix = self.configuration.prefix_or_none()
        issue_id = await self.reading.read(lambda connection: reads.resolve_id(connection, word, prefix))
        await self.index.current()
        return [place_shape(one) for one in await self.reading.read(code.list_references, issue_id)]

    async def _closed(self, params: Any, _client: str) -> Any:
        self._messages.read(params, messages.Nothing)
        await self.index.current()
        return [_closed_shape(one) for one in await self.reading.read(code.list_closed)]

    async def _refresh(self, params: Any, _client: str) -> Any:
        self._messages.read(params, messages.Nothing)
        await self.index.current()
        return {}

    async def _touched(self, params: Any, _client: str) -> Any:
        paths = self._messages.read(params, messages.TouchCode).paths
        await self.index.touched(None if paths is None else list(_inside(paths)))
        return {}


def _inside(paths: tuple[str, ...]) -> Iterator[str]:
    """The paths, none of which leaves the workspace."""
    for one in paths:
        try:
            path = real_path(one)
        except ValueError as error:
            raise InvalidField("paths", f"{error}") from error
        if "\0" in path or {"", ".", ".."} & set(path.split("/")):
            raise InvalidField("paths", f"{shown(one)!r} is not a path below the workspace's root")
        yield path


def place_shape(one: CodeLocation) -> dict[str, Any]:
    """A place as it is answered."""
    return _beginning(one) | {
        "owner": one.owner,
        "issue": one.issue_id,
        "external": one.external,
        "priority": one.priority,
        "due": one.due,
        "key": one.key,
    }


def _closed_shape(one: ClosedReference) -> dict[str, Any]:
    return _beginning(one) | {"issue": one.issue_id, "status": one.status, "key": one.key}


def _beginning(one: CodeLocation | ClosedReference) -> dict[str, Any]:
    return {"path": one.path, "line": one.line, "column": one.column, "tag": one.tag, "text": one.text}
