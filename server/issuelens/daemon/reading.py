"""The daemon's reads: each converts its params, calls a read of `storage`, converts back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Executor
from contextlib import closing
from datetime import UTC, datetime
from typing import Any, TypeVar

from attrs import define, evolve, field
from sqlalchemy import Connection

from issuelens.daemon.configuration import Configuration
from issuelens.daemon.place import Place
from issuelens.daemon.progress import Progress, threadsafe_progress
from issuelens.domain.errors import InvalidField
from issuelens.domain.issue import Issue, IssueSummary
from issuelens.domain.moment import timestamp
from issuelens.domain.query import Query, Term, Value, parse_query
from issuelens.domain.shape import brief_to_json, issue_to_json
from issuelens.domain.similar import find_similar
from issuelens.domain.vocabulary import BLOCKS
from issuelens.ipc import messages, methods
from issuelens.ipc.converter import Messages
from issuelens.storage import code, history, lists, reads
from issuelens.storage.conditions import Asking
from issuelens.storage.database import Reader

_Result = TypeVar("_Result")
Handler = Callable[[Any, str], Any]

TREE_LIMIT = 20_000
"""Issues in one tree."""
TREE_DEPTH = 100
"""Levels of a tree that are shown."""


@define(eq=False)
class Reading:
    """The methods that read issues.

    Args:
        reader: does the reads, in `reader_thread`.
        work_thread: for what takes long.
        configuration: of the workspace.
        actor: what `me` means when a request does not say.
        place: whether the database still stands where it was opened; None does not look.
    """

    reader: Reader
    reader_thread: Executor
    work_thread: Executor
    configuration: Configuration
    actor: str
    place: Place | None = None
    _messages: Messages = field(factory=Messages)

    def table(self) -> dict[str, Handler]:
        """Method -> handler."""
        return {
            methods.GET: self._get,
            methods.LIST: self._list,
            methods.BLOCKED: self._blocked,
            methods.TREE: self._tree,
            methods.EPICS: self._epics,
            methods.STATS: self._stats,
            methods.DUPLICATES: self._duplicates,
            methods.COMPLETE: self._complete,
            methods.HISTORY: self._history,
        }

    async def read(self, function: Callable[..., _Result], *arguments: Any) -> _Result:
        """What a read of `storage` gives, in the reading thread."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self.reader_thread, self.reader.read, function, *arguments)

    async def work(self, function: Callable[..., _Result], *arguments: Any) -> _Result:
        """What a function that takes long gives, in the work thread."""
        return await asyncio.get_running_loop().run_in_executor(self.work_thread, function, *arguments)

    async def read_apart(self, function: Callable[..., _Result], *arguments: Any) -> _Result:
        """As `read`, for what takes long: in the work thread, with a reader of its own, so that no read has to wait."""
        return await self.work(self._read_apart, function, *arguments)

    def _read_apart(self, function: Callable[..., _Result], *arguments: Any) -> _Result:
        with closing(Reader.open(self.reader.path)) as reader:
            if self.place is not None:
                # Opened anew, it may be another one than that of the request's writes.
                self.place.check()
            return reader.read(function, *arguments)

    def asking(self, actor: str | None) -> Asking:
        """Who asks, now."""
        return Asking(now=timestamp(datetime.now(UTC)), me=actor or self.actor)

    async def _get(self, params: Any, _client: str) -> Any:
        request = self._messages.read(params, messages.GetIssues)
        prefix = self.configuration.prefix_or_none()

        def read(connection: Connection) -> messages.Issues:
            ids = [reads.resolve_id(connection, word, prefix) for word in request.ids]
            found = reads.get_issues(connection, ids)
            more = _details(connection, found) if request.details else {one: {} for one in ids}
            shapes = [issue_to_json(found[one]) | more[one] for one in ids]
            return messages.Issues(issues=shapes, revision=reads.current_revision(connection))

        return self._messages.write(await self.read(read))

    async def _list(self, params: Any, _client: str) -> Any:
        request = self._messages.read(params, messages.ListIssues)
        query, asking = wanted(request.query, everything=request.all, limit=request.limit), self.asking(request.actor)
        prefix = self.configuration.prefix_or_none()

        def read(connection: Connection) -> messages.Issues:
            if request.brief:
                shapes = [brief_to_json(one) for one in lists.list_summaries(connection, query, asking, prefix)]
            else:
                shapes = [issue_to_json(one) for one in lists.list_issues(connection, query, asking, prefix)]
            return messages.Issues(issues=shapes, revision=reads.current_revision(connection))

        return self._messages.write(await self.read(read))

    async def _blocked(self, params: Any, _client: str) -> Any:
        request = self._messages.read(params, messages.ListIssues)
        query, asking = wanted(request.query, everything=False, limit=request.limit), self.asking(request.actor)
        query = evolve(query, terms=(*query.terms, Term("is", (Value("blocked"),))))
        prefix = self.configuration.prefix_or_none()

        def read(connection: Connection) -> messages.Issues:
            issues = lists.list_issues(connection, query, asking, prefix)
            why = lists.reasons(connection, [issue.id for issue in issues])
            shapes = [issue_to_json(issue) | {"blocked_by": list(map(_reason, why[issue.id]))} for issue in issues]
            return messages.Issues(issues=shapes, revision=reads.current_revision(connection))

        return self._messages.write(await self.read(read))

    async def _tree(self, params: Any, _client: str) -> Any:
        request = self._messages.read(params, messages.GetTree)
        if request.direction not in _DIRECTIONS:
            raise InvalidField("direction", f"{request.direction!r} is not one of {', '.join(_DIRECTIONS)}")
        prefix = self.configuration.prefix_or_none()

        def read(connection: Connection) -> dict[str, Any]:
            return _tree(connection, reads.resolve_id(connection, request.id, prefix), _DIRECTIONS[request.direction])

        return await self.read(read)

    async def _epics(self, params: Any, _client: str) -> Any:
        request = self._messages.read(params, messages.ListIssues)
        query, asking = wanted(request.query, everything=request.all, limit=request.limit), self.asking(request.actor)
        query = evolve(query, terms=(*query.terms, Term("is", (Value("epic"),))))
        prefix = self.configuration.prefix_or_none()

        def read(connection: Connection) -> list[dict[str, Any]]:
            found = lists.list_summaries(connection, query, asking, prefix)
            counts = lists.progress(connection, [one.id for one in found])
            return [
                brief_to_json(one) | {"finished": counts[one.id][0], "descendants": counts[one.id][1]} for one in found
            ]

        return await self.read(read)

    async def _stats(self, params: Any, _client: str) -> Any:
        self._messages.read(params, messages.Nothing)
        return await self.read(lists.statistics, self.asking(None))

    async def _duplicates(self, params: Any, _client: str) -> Any:
        request = self._messages.read(params, messages.FindDuplicates)
        if not 0 < request.similarity <= 1:
            raise InvalidField("similarity", f"{request.similarity} is not above 0 and at most 1")
        query, asking = wanted(request.query, everything=False, limit=None), self.asking(request.actor)
        prefix = self.configuration.prefix_or_none()

        def read(connection: Connection) -> dict[str, Issue]:
            return {one.id: one for one in lists.list_issues(connection, query, asking, prefix)}

        issues = await self.read(read)
        # Not in the reading thread: comparing may take seconds, and other reads must not wait for it.
        return await asyncio.get_running_loop().run_in_executor(
            self.work_thread, _alike, issues, request.similarity, threadsafe_progress()
        )

    async def _complete(self, params: Any, _client: str) -> Any:
        request = self._messages.read(params, messages.CompleteId)

        def read(connection: Connection) -> list[list[str]]:
            return reads.complete_id(connection, request.beginning, limit=request.limit, deleted=request.deleted)

        return await self.read(read)

    async def _history(self, params: Any, _client: str) -> Any:
        request = self._messages.read(params, messages.ListHistory)
        prefix = self.configuration.prefix_or_none()

        def read(connection: Connection) -> Any:
            issue_id = request.id
            if issue_id is not None and not reads.issue_exists(connection, issue_id):
                issue_id = reads.resolve_id(connection, issue_id, prefix)
            found = history.list_history(connection, issue_id, request.limit)
            # Converted in the reading thread, too: it may be long, and the event loop must not wait for it.
            return self._messages.write(messages.History(entries=found))

        return await self.read(read)


def _details(connection: Connection, issues: Mapping[str, Issue]) -> dict[str, dict[str, Any]]:
    """What is derived of each issue."""
    ids = list(issues)
    why = lists.reasons(connection, ids)
    children = reads.children_of(connection, ids)
    waiting = [(one, target) for one, target, kind in reads.dependents_of(connection, ids) if kind == BLOCKS]
    summaries = reads.get_summaries(connection, [one for one, _ in (*children, *waiting)])
    departures = code.list_departures(connection, ids)

    def linked(pairs: list[tuple[str, str]], issue_id: str) -> list[dict[str, Any]]:
        return [brief_to_json(summaries[one]) for one, target in pairs if target == issue_id]

    return {
        one: {
            "blocked_by": [] if issues[one].is_closed else list(map(_reason, why[one])),
            "children": linked(children, one),
            "dependents": linked(waiting, one),
        }
        | ({"departures": list(map(_departure, departures[one]))} if departures[one] else {})
        for one in ids
    }


def _alike(issues: Mapping[str, Issue], similarity: float, progress: Progress | None) -> list[dict[str, Any]]:
    """Pairs of issues that say the same, or nearly."""
    texts = {one.id: f"{one.title}\n{one.description}" for one in issues.values()}
    return [
        {
            "similarity": pair.similarity,
            "exact": texts[pair.first].strip() == texts[pair.second].strip(),
            "issues": [brief_to_json(issues[pair.first]), brief_to_json(issues[pair.second])],
        }
        for pair in find_similar(texts, similarity, progress)
    ]


def wanted(text: str, *, everything: bool, limit: int | None) -> Query:
    """The query of a request: its text, unfinished issues when it does not say, its limit.

    Raises:
        InvalidQuery: when the text can't be read.
    """
    query = parse_query(text)
    if limit is not None:
        query = evolve(query, limit=limit)
    return query if everything else query.narrowed("open")


def _reason(reason: lists.Reason) -> dict[str, Any]:
    shape: dict[str, Any] = {} if reason.issue is None else {"id": reason.issue.id, "title": reason.issue.title}
    if reason.issue is None:
        shape["status"] = "blocked"
    return shape | ({"via": reason.via} if reason.via else {})


def _departure(one: code.Departure) -> dict[str, Any]:
    shape = {"path": one.path, "line": one.line, "tag": one.tag, "text": one.text, "reason": one.reason, "at": one.at}
    return {"id": one.issue_id} | shape


_Links = Callable[[Connection, Iterable[str]], list[tuple[str, str, str]]]

_DIRECTIONS: dict[str, _Links] = {
    "children": lambda connection, ids: [
        (parent, child, "parent-child") for child, parent in reads.children_of(connection, ids)
    ],
    "dependencies": reads.dependencies_of,
    "dependents": lambda connection, ids: [
        (target, one, kind) for one, target, kind in reads.dependents_of(connection, ids)
    ],
}
"""Direction -> (issue, what hangs on it, by which type of dependency)."""


def _tree(connection: Connection, root: str, links: _Links) -> dict[str, Any]:
    below: dict[str, list[tuple[str, str]]] = {}
    layer = [root]
    while layer and len(below) < TREE_LIMIT:
        below |= {one: [] for one in layer}
        for one, other, kind in links(connection, layer):
            below[one].append((other, kind))
        layer = list({other for one in layer for other, _ in below[one] if other not in below})
    summaries = reads.get_summaries(connection, [*below, *layer])
    return _branch(root, None, below, summaries, set())


def _branch(
    issue_id: str,
    kind: str | None,
    below: dict[str, list[tuple[str, str]]],
    summaries: dict[str, IssueSummary],
    shown: set[str],
    depth: int = 0,
) -> dict[str, Any]:
    """An issue with its branches; one that was shown already has none, which ends cycles, too."""
    found = summaries.get(issue_id)
    shape: dict[str, Any] = (
        {"id": issue_id, "title": "", "status": "unknown"} if found is None else brief_to_json(found)
    )
    if kind is not None:
        shape["type"] = kind
    if issue_id in shown or depth == TREE_DEPTH:
        return shape | {"repeated": True, "branches": []}
    shown.add(issue_id)
    branches = [
        _branch(other, other_kind, below, summaries, shown, depth + 1) for other, other_kind in below.get(issue_id, ())
    ]
    return shape | {"branches": branches}
