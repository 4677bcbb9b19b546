"""Diagnostics of every file of the open folders, for editors that ask for them.

A question to which nothing new can be answered is held until something changes: editors ask again as soon as they are
answered.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final
from weakref import WeakKeyDictionary

from attrs import define, field
from lsprotocol import types

from issuelens.ipc.converter import dumps
from issuelens.lsp.closed_findings import ClosedFindings
from issuelens.lsp.diagnostic_shapes import NOTHING, digest_in
from issuelens.lsp.features.diagnostics import current_report
from issuelens.lsp.open_todos import relative_path
from issuelens.lsp.protocol import Encoded
from issuelens.lsp.server import Server
from issuelens.lsp.session import Session
from issuelens.lsp.turns import Gathered, Paths

PART_FILES: Final = 200
"""Files of one part of an answer, where the editor takes parts."""
PART_ITEMS: Final = 1_000
"""Diagnostics after which a part is full, however few files they are of."""
QUIET_SECONDS: Final = 0.2
"""How long nothing must change for a question that is held to be answered."""
LONGEST_SECONDS: Final = 2.0
"""How long after the first change it is looked at the latest, while more comes."""

Shape = dict[str, Any]


def register(server: Server) -> None:
    """Registers the request where the editor asks for diagnostics."""
    if server.pulls_diagnostics:
        everywhere = WorkspaceDiagnostics(server)
        server.feature(types.WORKSPACE_DIAGNOSTIC)(partial(everywhere.asked))
        server.findings_changed = everywhere.noticed
        server.held.append(everywhere.end)
        server.closing.append(everywhere.close)


@define(eq=False)
class _Answer:
    """What an editor is told that it does not know: reports of files that have others, and names of the others."""

    changed: list[Shape] = field(factory=list)
    unchanged: list[Shape] = field(factory=list)
    sent: dict[ClosedFindings, list[str]] = field(factory=dict)

    def add(self, uri: str, version: int | None, result_id: str, items: list[Shape]) -> None:
        """A file that has other diagnostics."""
        self.changed.append({"kind": "full", "uri": uri, "version": version, "items": items, "resultId": result_id})

    def leave(self, uri: str, version: int | None, result_id: str) -> None:
        """A file that has the same."""
        self.unchanged.append({"kind": "unchanged", "uri": uri, "version": version, "resultId": result_id})

    def parts(self) -> Iterator[list[Shape]]:
        """The reports, some hundred at a time."""
        part: list[Shape] = []
        items = 0
        for one in (*self.changed, *self.unchanged):
            part.append(one)
            items += len(one.get("items", ()))
            if len(part) >= PART_FILES or items >= PART_ITEMS:
                yield part
                part, items = [], 0
        if part:
            yield part


@define(eq=False)
class WorkspaceDiagnostics:
    """Answers one editor. One question is worked on or held at a time: a new one ends the one before."""

    server: Server
    _closed: WeakKeyDictionary[Session, ClosedFindings] = field(factory=WeakKeyDictionary)
    _questions: int = 0
    _changes: int = 0
    _waiting: set[asyncio.Future[None]] = field(factory=set)
    _gathered: Gathered = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._gathered = Gathered(self._changed, quiet_seconds=QUIET_SECONDS, longest_seconds=LONGEST_SECONDS)

    # What changes

    def noticed(self, session: Session | None, ids: frozenset[str] | None) -> None:
        """Something that diagnostics are made of may be another: of these issues, None: of any, none: of texts."""
        for one in self._closed.values():
            if session is None or one.session is session:
                one.forget(ids)
        self._gathered.add(())

    def _changed(self, _paths: Paths) -> None:
        self._changes += 1
        for one in self._waiting:
            if not one.done():
                one.set_result(None)

    def end(self) -> None:
        """Answers what is held: the server is about to end."""
        self._questions += 1
        self._changed(None)

    async def close(self) -> None:
        """Waits for nothing any more."""
        self._gathered.close()

    # Answers

    async def asked(self, params: types.WorkspaceDiagnosticParams) -> Shape | Encoded:
        """What has changed since the results that the editor names; held while nothing has."""
        self.end()
        question, known = self._questions, {one.uri: one.value for one in params.previous_result_ids}
        while question == self._questions:
            changes, answer = self._changes, await self._different(known)
            if answer.changed:
                return await self._send(answer, params.partial_result_token)
            if changes == self._changes:
                await self._change()
        return {"items": []}

    async def _change(self) -> None:
        """Waits for the next change, and not beyond the end of the day, with which dates pass."""
        waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.add(waiting)
        day_ends = asyncio.get_running_loop().call_later(_seconds_of_the_day(), self._changed, None)
        try:
            await waiting
        finally:
            day_ends.cancel()
            self._waiting.discard(waiting)

    async def _send(self, answer: _Answer, token: types.ProgressToken | None) -> Encoded:
        work = asyncio.get_running_loop().run_in_executor
        parts = list(answer.parts())
        if token is not None and len(parts) > 1:
            for part in parts:
                # In the other thread, so that others are answered meanwhile.
                params = await work(self.server.work_thread, dumps, {"token": token, "value": {"items": part}})
                self.server.protocol.tell(types.PROGRESS, Encoded(params))
            content = b'{"items":[]}'
        else:
            content = await work(self.server.work_thread, dumps, {"items": [*answer.changed, *answer.unchanged]})
        for closed, paths in answer.sent.items():
            closed.sent(paths)
        return Encoded(content)

    async def _different(self, known: Mapping[str, str]) -> _Answer:
        """What differs from the results that the editor has, by URI."""
        answer, left = _Answer(), dict(known)
        opened = await self._add_open(answer, left)
        for session in tuple(self.server.sessions):
            closed = self._of(session)
            if closed.is_on and closed.is_ready:
                await self._add_closed(answer, left, closed, opened.get(session, set()))
        for uri, result_id in left.items():
            if self._is_over(uri) and digest_in(result_id) != NOTHING.digest:
                answer.add(uri, None, NOTHING.result_id(None), [])
        return answer

    async def _add_open(self, answer: _Answer, left: dict[str, str]) -> dict[Session, set[str]]:
        """Adds what open documents have; their paths below the roots of their Sessions."""
        paths: dict[Session, set[str]] = {}
        for document in self.server.documents:
            session, before = self.server.session_of(document.uri), left.pop(document.uri, None)
            if session is None or not self._of(session).is_on:
                continue
            version, report = await current_report(self.server, document)
            if (path := relative_path(document, session)) is not None:
                paths.setdefault(session, set()).add(path)
            result_id = report.result_id(version)
            if digest_in(before if before is not None else NOTHING.digest) != report.digest:
                answer.add(document.uri, version, result_id, report.items)
            elif before is not None:
                answer.leave(document.uri, version, result_id)
        return paths

    def _of(self, session: Session) -> ClosedFindings:
        if session not in self._closed:
            self._closed[session] = ClosedFindings(self.server, session)
        return self._closed[session]

    async def _add_closed(
        self, answer: _Answer, left: dict[str, str], closed: ClosedFindings, opened: set[str]
    ) -> None:
        await closed.update()
        different = [path for path, one in closed.told.items() if _differs(left.get(one.uri), one.digest)]
        missing = [path for path in different if path not in opened and closed.told[path].items is None]
        if missing:
            await closed.update(missing)
        for path, one in closed.told.items():
            if path in opened:
                continue
            before, result_id = left.pop(one.uri, None), f"-{one.digest}"
            if not _differs(before, one.digest):
                answer.leave(one.uri, None, result_id)
            elif one.items is not None:
                answer.add(one.uri, None, result_id, one.items)
                answer.sent.setdefault(closed, []).append(path)

    def _is_over(self, uri: str) -> bool:
        """Whether nothing is said any more of a file that is not among those told of; not while nobody knows."""
        session = self.server.session_of(uri)
        closed = self._of(session) if session is not None else None
        return closed is None or closed.is_ready or not closed.is_on


def _differs(before: str | None, digest: str) -> bool:
    return before is None or digest_in(before) != digest


def _seconds_of_the_day() -> float:
    """Until the day is another one, in UTC."""
    now = datetime.now(UTC)
    following = (now + timedelta(days=1)).replace(hour=0, minute=0, second=1, microsecond=0)
    return (following - now).total_seconds()
