"""Who wrote a line, and when: from git. What is asked while an answer is awaited makes one request together."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

from attrs import define, field

from issuelens.domain.errors import IssuelensError
from issuelens.ipc import methods
from issuelens.ipc.messages import BlameCode, CodePlace
from issuelens.lsp.session import Session
from issuelens.todos.blame import Blame, BlameCache, Blaming
from issuelens.todos.git import Stop
from issuelens.todos.paths import shown_path

UNCOMMITTED: Final = "not committed yet"
Place = tuple[str, int]
"""A path relative to the root, and a line from 1."""
Answers = dict[Place, str]


@define(eq=False)
class _Batch:
    """Places of one workspace that are asked for together. Whoever comes before it is sent can join it."""

    places: dict[Place, None] = field(factory=dict)
    is_sent: bool = False


@define(eq=False)
class Authors:
    """Asks who wrote lines. Nothing is kept here: the daemon remembers what it said of the same content.

    `_threads` runs git where a workspace has no issues, so no daemon.
    """

    _threads: ThreadPoolExecutor
    _cache: BlameCache = field(factory=BlameCache)
    _stop: Stop = field(factory=Stop)
    _last: dict[Path, tuple[_Batch, asyncio.Task[Answers]]] = field(factory=dict)
    """The last batch of each workspace that is not answered yet."""

    async def of(self, session: Session, path: str, line: int) -> str:
        """`anna, 2026-01-31, 1a2b3c4`; UNCOMMITTED; or nothing when nobody knows.

        Args:
            session: whose workspace is meant.
            path: the file, relative to the root.
            line: from 1, in the file as it is on the disk.
        """
        root = session.workspace.root
        batch, task = self._last.get(root, (None, None))
        if batch is None or task is None or batch.is_sent:
            batch, task = self._begun(session, task)
        batch.places[path, line] = None
        # Whoever asked may lose interest; others wait for the same answer.
        return (await asyncio.shield(task)).get((path, line), "")

    def _begun(self, session: Session, before: asyncio.Task[Answers] | None) -> tuple[_Batch, asyncio.Task[Answers]]:
        root, batch = session.workspace.root, _Batch()
        task = asyncio.get_running_loop().create_task(self._answer(session, batch, before), name=f"blame {root}")
        self._last[root] = (batch, task)
        task.add_done_callback(lambda done: self._forget(root, done))
        return self._last[root]

    def _forget(self, root: Path, done: asyncio.Task[Answers]) -> None:
        if root in self._last and self._last[root][1] is done:
            del self._last[root]

    async def _answer(self, session: Session, batch: _Batch, before: asyncio.Task[Answers] | None) -> Answers:
        if before is not None:
            await asyncio.wait([before])
        batch.is_sent = True
        places = tuple(batch.places)
        if session.workspace.is_initialised:
            return await _told_by_daemon(session, places)
        asked = asyncio.get_running_loop().run_in_executor(self._threads, self._told_by_git, session, places)
        return await asked

    def _told_by_git(self, session: Session, places: tuple[Place, ...]) -> Answers:
        lines: dict[str, list[int]] = {}
        for path, line in places:
            lines.setdefault(path, []).append(line - 1)
        try:
            asked = Blaming.begun(session.workspace.root, lines.keys(), self._cache, self._stop)
            found = {path: asked.of_file(path, numbers) for path, numbers in lines.items()}
        except subprocess.SubprocessError:  # the server ends
            return {}
        return {(path, line): _shown_blame(found[path].get(line - 1)) for path, line in places}

    async def close(self) -> None:
        """Ends what is asked."""
        self._stop.now()
        tasks = [task for _, task in self._last.values()]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)


async def _told_by_daemon(session: Session, places: Iterable[Place]) -> Answers:
    asked = tuple(places)
    request = BlameCode(places=tuple(CodePlace(path=shown_path(path), line=line) for path, line in asked))
    try:
        found: list[dict[str, Any] | None] = await session.ask(methods.CODE_BLAME, request, list)
    except IssuelensError:
        return {}
    return {place: _shown(one) for place, one in zip(asked, found, strict=True)}


def _shown_blame(one: Blame | None) -> str:
    return _shown({"author": one.author, "time": one.time, "commit": one.commit} if one is not None else None)


def _shown(found: dict[str, Any] | None) -> str:
    if found is None:
        return ""
    if found.get("author") is None:
        return UNCOMMITTED
    return f"{found['author']}, {str(found['time'])[:10]}, {str(found['commit'])[:7]}"
