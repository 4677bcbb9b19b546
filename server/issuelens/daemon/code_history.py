"""The methods about the past of the code: which TODOs came and went since a commit, and who wrote a line, when."""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from attrs import define, field
from sqlalchemy import Connection

from issuelens.daemon.code import place_shape
from issuelens.daemon.code_index import CodeIndex
from issuelens.daemon.progress import PROGRESS
from issuelens.daemon.reading import Handler, Reading
from issuelens.domain.errors import InvalidField, Unreachable
from issuelens.domain.moment import normal_moment, read_moment
from issuelens.ipc import messages, methods
from issuelens.ipc.converter import Messages
from issuelens.storage import code
from issuelens.storage.code import CodeLocation
from issuelens.todos.blame import Blame, BlameCache, Blaming, Lines
from issuelens.todos.found import Marker
from issuelens.todos.git import Stop
from issuelens.todos.paths import real_path, shown_path
from issuelens.todos.settings import ScanSettings
from issuelens.todos.since import Differing, compared, differing, old_findings, since_commit


@define(eq=False)
class CodeHistory:
    """The methods about the past of the code. The owner calls `close`.

    Git runs in the work thread, a file at a time, so that nothing else there has to wait for long.

    Args:
        root: of the workspace.
        reading: does the reads.
        index: keeps what is stored of the code current.
    """

    root: Path
    reading: Reading
    index: CodeIndex
    _blames: BlameCache = field(factory=BlameCache)
    _stops: set[Stop] = field(factory=set)
    _is_closed: bool = False
    _messages: Messages = field(factory=Messages)

    def table(self) -> dict[str, Handler]:
        """Method -> handler."""
        return {methods.CODE_SINCE: self._since, methods.CODE_BLAME: self._blame}

    def close(self) -> None:
        """Ends what git does; those who wait are told. A second call does nothing."""
        self._is_closed = True
        for stop in self._stops:
            stop.now()

    # What came and went

    async def _since(self, params: Any, _client: str) -> Any:
        request = self._messages.read(params, messages.CodeSince)
        await self.index.current()
        with self._stopping() as stop:
            found = await self.reading.work(_differing, self.root, request.ref, stop)
            settings, now = await self.reading.read(_stored, found)
            before = await self.reading.work(old_findings, self.root, found, settings, stop)
            since = await self.reading.work(compared, before, now)
        places = since.removed if request.removed else since.new
        return [place_shape(_location(path, one)) for path, one in places]

    # Who wrote it

    async def _blame(self, params: Any, _client: str) -> Any:
        request = self._messages.read(params, messages.BlameCode)
        wanted: dict[str, set[int]] = defaultdict(set)
        for path, line in (places := list(_real(request.places))):
            wanted[path].add(line)
        found: dict[str, Lines] = {}
        with self._stopping() as stop:
            blaming = await self.reading.work(
                Blaming.begun, self.root, wanted.keys(), self._blames, stop, _moment(request.since)
            )
            for path, lines in wanted.items():
                found[path] = await self.reading.work(blaming.of_file, path, lines)
                _tell(len(found), len(wanted))
        blames = [found[path][line] for path, line in places]
        return [_blame_shape(place, one) for place, one in zip(request.places, blames, strict=True)]

    # Work

    @contextmanager
    def _stopping(self) -> Iterator[Stop]:
        """Gives what ends git when the request is cancelled or the daemon ends."""
        stop = Stop()
        self._stops.add(stop)
        if self._is_closed:
            stop.now()
        try:
            yield stop
        except asyncio.CancelledError:
            # The thread would wait for git, and the daemon's end for the thread.
            stop.now()
            raise
        except (OSError, subprocess.SubprocessError) as error:
            if not stop.is_meant:
                raise
            raise Unreachable("The daemon ended while it asked git. Ask again: another one is started.") from error
        finally:
            self._stops.discard(stop)


def _differing(root: Path, ref: str | None, stop: Stop) -> Differing:
    return differing(root, since_commit(root, ref, stop), stop)


def _stored(connection: Connection, found: Differing) -> tuple[ScanSettings, dict[str, Sequence[Marker]]]:
    """What is looked for, and what the files hold."""
    settings = ScanSettings.from_json(json.loads(code.last_settings(connection) or "{}"))
    return settings, {one.path: one.markers for one in code.read_findings(connection, found.paths)}


def _location(path: str, one: Marker) -> CodeLocation:
    place = (shown_path(path), one.line + 1, one.column + 1, one.tag, _whole(one.text), one.owner and _whole(one.owner))
    return CodeLocation(*place, one.issue_id, one.external, one.priority, one.due, one.key)


def _whole(text: str) -> str:
    """Without halves of characters, from the escapes of a notebook."""
    return text.encode("utf-8", "replace").decode()


def _real(places: Iterable[messages.CodePlace]) -> Iterator[tuple[str, int]]:
    """Each path and line (0-based)."""
    for one in places:
        try:
            yield real_path(one.path), one.line - 1
        except ValueError as error:
            raise InvalidField("path", str(error)) from error


def _moment(text: str | None) -> datetime | None:
    try:
        return read_moment(normal_moment(text)) if text is not None else None
    except ValueError as error:
        raise InvalidField("since", str(error)) from error


def _tell(done: int, everything: int) -> None:
    progress = PROGRESS.get()
    if progress is not None:
        progress(done, everything)


def _blame_shape(place: messages.CodePlace, one: Blame | None) -> dict[str, Any] | None:
    if one is None:
        return None
    said = {"author": one.author, "time": one.time, "commit": one.commit, "boundary": one.is_boundary}
    return {"path": place.path, "line": place.line, **said}
