"""Requests of our own for a tree of TODOs: its levels, page by page, and what issues its TODOs would become."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final
from weakref import WeakKeyDictionary

from attrs import define, field

from issuelens.domain.errors import InvalidField, IssuelensError
from issuelens.domain.issue import IssueSummary
from issuelens.ipc import methods
from issuelens.ipc.converter import dumps
from issuelens.lsp.arguments import object_of, required, text_of
from issuelens.lsp.create_from_todo import Wanted, find_todo, issue_wanted, named_document, session_of_text
from issuelens.lsp.features.issue_tree import NONE, Level, levels_of
from issuelens.lsp.features.todos import BATCH
from issuelens.lsp.fuzzy import folded
from issuelens.lsp.protocol import Encoded
from issuelens.lsp.server import DID_CHANGE_TODOS, Server
from issuelens.lsp.session import Session
from issuelens.lsp.state import State
from issuelens.lsp.todo_ages import TodoAges
from issuelens.lsp.todo_levels import FIELDS, Asked, Known, TodoLevels, group_rows, todo_rows
from issuelens.todos.index import TodoIndex

TODO_TREE: Final = "issuelens/todoTree"
PREVIEW: Final = "issuelens/previewIssues"
PREVIEWS: Final = 500
"""TODOs of which a preview tells at once."""


def register(server: Server) -> None:
    """Registers the requests."""
    trees = Trees(server)
    # As functions, on which pygls notes names.
    server.feature(TODO_TREE)(partial(trees.answered))
    server.feature(PREVIEW)(partial(_preview, server))


@define(eq=False)
class Trees:
    """Answers for one editor. What is kept of a workspace goes with its Session."""

    server: Server
    _levels: WeakKeyDictionary[Session, TodoLevels] = field(factory=WeakKeyDictionary)
    _ages: WeakKeyDictionary[Session, TodoAges] = field(factory=WeakKeyDictionary)

    async def answered(self, params: Any) -> Encoded:
        """`{workspace?, groupBy?, filter?, onlyNew?, levels?: [{of?, limit?}]}`: see docs/protocol.md."""
        params = object_of(params)
        session = self.server.sessions.named(text_of(params, "workspace"))
        levels, by = levels_of(params), _field(params)
        await session.ready()
        await session.code.known()
        await self.server.open_todos.settled()
        issues = await _issues(session)
        keys = await _new_keys(session) if params.get("onlyNew") is True else None
        session.code.tell_now()
        index = session.code.index.snapshot()
        words = tuple(folded(text_of(params, "filter") or "").split())
        asked = Asked(field=by, words=words, keys=keys)
        times, style = self._times(session, index, by), session.config.todos.style
        known = Known(issues=issues, times=times, now=datetime.now(UTC), style=style)
        kept = self._levels.setdefault(session, TodoLevels())
        work = partial(_encoded, kept, index, session.uri, asked, known, levels)
        # In a thread: looking through 20,000 of them takes a while.
        return Encoded(await asyncio.get_running_loop().run_in_executor(self.server.work_thread, work))

    def _times(self, session: Session, index: TodoIndex, by: str) -> Mapping[str, str]:
        if by != "age" or session.state is not State.OPEN:
            return {}
        if session not in self._ages:
            self._ages[session] = TodoAges(partial(self._tell, session.uri))
        ages = self._ages[session]
        times = ages.times
        self.server.tasks.start(ages.look(session, index), f"ages in {session.workspace.root}")
        return times

    def _tell(self, uri: str) -> None:
        self.server.protocol.notify(DID_CHANGE_TODOS, {"workspace": uri, "paths": []})


def _field(params: Mapping[str, Any]) -> str:
    by = text_of(params, "groupBy") or "file"
    if by not in (*FIELDS, NONE):
        raise InvalidField("groupBy", f"it must be one of {', '.join(FIELDS)}, {NONE}")
    return by


async def _issues(session: Session) -> Mapping[str, IssueSummary]:
    """Every issue by its id; none where they can't be read, which is told elsewhere."""
    try:
        return (await session.catalogue()).by_id
    except IssuelensError:
        return {}


async def _new_keys(session: Session) -> frozenset[str]:
    """The keys of the TODOs that are new since HEAD has left the main branch."""
    from issuelens.ipc.messages import CodeSince

    found: list[dict[str, Any]] = await session.ask(methods.CODE_SINCE, CodeSince(), list)
    return frozenset(session.code.index.key_of(one["key"]) for one in found)


def _encoded(
    kept: TodoLevels, index: TodoIndex, uri: str, asked: Asked, known: Known, levels: Sequence[Level]
) -> bytes:
    groups = kept.groups(index, asked, known)
    parts = []
    for level in levels:
        if level.of is None and asked.field != NONE:
            rows, count = group_rows(asked.field, groups, known), len(groups)
        else:
            places = groups.get(_value(asked.field, level.of), [])
            rows, count = list(todo_rows(index, uri, places[: level.limit], known)), len(places)
        parts.append(b'{"rows":%b,"more":%b}' % (_rows(rows[: level.limit]), dumps(count > level.limit)))
    total = sum(map(len, groups.values()))
    return b'{"total":%d,"levels":[%b]}' % (total, b",".join(parts))


def _rows(rows: Sequence[dict[str, Any]]) -> bytes:
    # Some at a time: as long as one call writes, the event loop has to wait.
    parts = (dumps(rows[start : start + BATCH])[1:-1] for start in range(0, len(rows), BATCH))
    return b"[%b]" % b",".join(parts)


def _value(by: str, of: str | None) -> str | None:
    """The value of the group whose key is `of`.

    Raises:
        InvalidField: when it is no key of such a group.
    """
    if of is None:
        return None
    name, equals, value = of.partition("=")
    if not equals or name != by:
        raise InvalidField("of", f"there is no group {of[:100]!r}")
    return value or None


async def _preview(server: Server, params: Any) -> list[dict[str, Any]]:
    """`{todos: [{uri, key}]}`: for each what issue it would become, or `refused`, why it would not."""
    todos = object_of(params).get("todos")
    if not isinstance(todos, Sequence) or isinstance(todos, str) or len(todos) > PREVIEWS:
        raise InvalidField("todos", f"it must be a list of at most {PREVIEWS}")
    return [await _one_preview(server, object_of(one)) for one in todos]


async def _one_preview(server: Server, todo: Mapping[str, Any]) -> dict[str, Any]:
    uri, key = required(todo, "uri"), required(todo, "key")
    try:
        session = session_of_text(server, uri)
        found = find_todo(server, session, named_document(server, uri), Wanted(key=key))
    except IssuelensError as error:
        return {"uri": uri, "key": key, "refused": error.message}
    wanted = issue_wanted(session, found)
    return {
        "uri": uri,
        "key": key,
        "title": wanted.title,
        "priority": wanted.priority,
        "issue_type": wanted.issue_type,
        "assignee": wanted.assignee,
        "due_at": wanted.due_at,
    }
