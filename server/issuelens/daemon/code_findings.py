"""Puts what a scan finds into the database: in batches, TODOs with the keys that they had, and ids that have left."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Collection, Coroutine, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TypeVar

from attrs import define, field
from sqlalchemy import Connection

from issuelens.daemon.reading import Reading
from issuelens.daemon.writer import Writer
from issuelens.domain.moment import timestamp
from issuelens.ipc.messages import CodeChanged
from issuelens.storage import code
from issuelens.storage.code import Departure
from issuelens.todos.anchors import carried
from issuelens.todos.engine import counted
from issuelens.todos.found import FileFindings, Marker, Mention
from issuelens.todos.git import Stop
from issuelens.todos.paths import shown_path
from issuelens.todos.scan import is_searched
from issuelens.todos.settings import ScanSettings

BATCH: Final = 5_000
"""TODOs and mentions, or files, that are looked at together: those that move from file to file are known again."""
ROWS: Final = 1_000
"""Rows, or files, written in one transaction: other writes wait for it."""
NAMED: Final = 1_000
"""Paths, and ids, that a change names; one of more names none."""
LEFT: Final = 20_000
"""TODOs that have left their file and may turn up in another one of the same scan."""

_Result = TypeVar("_Result")


@define(eq=False)
class Changed:
    """What was changed: paths as they are shown, and ids that have got or lost a place."""

    paths: set[str] = field(factory=set)
    ids: set[str] = field(factory=set)

    def __bool__(self) -> bool:
        return bool(self.paths)

    def named(self) -> CodeChanged:
        """The same for clients, in order; None in the place of too many."""
        paths, ids = (tuple(sorted(one)) if len(one) <= NAMED else None for one in (self.paths, self.ids))
        return CodeChanged(paths=paths, ids=ids)


@define(eq=False)
class _Batch:
    """What is to be written: what files hold, which hold nothing any more, and from where ids have gone."""

    found: list[FileFindings] = field(factory=list)
    gone: list[str] = field(factory=list)
    departures: list[Departure] = field(factory=list)
    size: int = 0

    def add(self, one: FileFindings, departures: Iterable[Departure]) -> None:
        """Adds a file and the ids that have gone from it."""
        count = _count(one)
        if count:
            self.found.append(one)
        else:
            self.gone.append(one.path)
        self.departures += departures
        self.size += 1 + count


@define(eq=False)
class Intake:
    """Takes the findings of one work. `news` says what it has changed; `stop` is for whoever cancels it.

    Args:
        root: of the workspace.
        settings: what is looked for.
        writer: does the writes.
        reading: does the reads.
    """

    root: Path
    settings: ScanSettings
    writer: Writer
    reading: Reading
    changed: Changed = field(factory=Changed)
    stop: Stop = field(factory=Stop)
    is_whole: bool = False
    is_first: bool = False
    """Whether nothing was stored when it began: then no TODO can have moved, and it may be written at any time."""
    _has_changed: bool = False
    _found: dict[str, FileFindings] = field(factory=dict)
    _size: int = 0
    _gone: set[str] = field(factory=set)
    _seen: set[str] = field(factory=set)
    _left: dict[str, list[Marker]] = field(factory=dict)
    _given: set[str] = field(factory=set)
    _has_flushed: bool = False

    async def begin_whole(self) -> None:
        """Says that what is taken from now on is all there is. What is stored stays until it is replaced."""
        self.is_whole, self.is_first = True, not await self.reading.read(code.known_paths)
        await self._write(code.begin_anew)

    async def take(self, found: Iterable[FileFindings], gone: Iterable[str] = ()) -> None:
        """Takes what files hold, perhaps nothing; and that files are gone, or not searched any more."""
        gone = tuple(gone)
        self._gone |= set(gone)
        for one in (*found, *map(FileFindings, gone)):
            self._found[one.path] = one
            self._size += 1 + _count(one)
            if self.is_whole and _count(one):
                self._seen.add(one.path)
        if self._size >= BATCH:
            if not self._has_flushed:
                # Told as gone at the end only, when what was in them has long been found elsewhere.
                self._left = await self._missing()
            await self.flush()

    async def end(self, snapshot: bytes, files: int) -> None:
        """Writes what is left, and that all of it is there now."""
        if self.is_whole:
            await self._take_unseen()
        await self.flush()
        await self._write(code.end_scan, self.settings.fingerprint, snapshot, files)

    def is_new(self, snapshot: bytes, known: bytes, again: Collection[str]) -> bool:
        """Whether there is anything to write at the end of a scan that began with what is `known`."""
        return snapshot != known or bool(again) or self.is_whole or bool(self._found) or self._has_changed

    def news(self) -> Changed:
        """What it has changed since this was called last."""
        changed, self.changed = self.changed, Changed()
        return changed

    async def _take_unseen(self) -> None:
        """Files that hold something as it is stored, and of which a scan of all has not spoken."""
        unseen = [path for path in await self.reading.read(code.known_paths) if path not in self._seen]
        if unseen:
            searched = set(await self.reading.work(counted, self.root, unseen, self.settings, self.stop))
            await self.take(map(FileFindings, searched), [path for path in unseen if path not in searched])

    async def flush(self) -> None:
        """Writes what was taken so far."""
        found, gone = self._found, self._gone
        self._found, self._gone, self._size, self._has_flushed = {}, set(), 0, True
        if not found:
            return
        before = {one.path: one for one in await self.reading.read(code.read_findings, list(found))}
        now = await self._keyed(before, found)
        for batch in await self.reading.work(self._batches, before, now, gone):
            await self._store(batch)

    # Keys

    async def _keyed(
        self, before: Mapping[str, FileFindings], found: Mapping[str, FileFindings]
    ) -> dict[str, FileFindings]:
        """What was found, TODOs with their keys; none of them is that of another file's."""
        stored = {path: [each for each in one.markers if each.key not in self._given] for path, one in before.items()}
        were = self._left | stored
        are = {path: one.markers for path, one in found.items() if one.markers}
        keyed = await self.reading.work(carried, were, are)
        old = {one.key for markers in were.values() for one in markers}
        new = [one.key for markers in keyed.values() for one in markers if one.key not in old]
        taken = await self.reading.read(code.keys_elsewhere, new, found.keys()) if new else ()
        if taken:
            keyed = await self.reading.work(carried, were, are, taken)
        self._remember_left(were, keyed)
        return {path: one._replace(markers=keyed.get(path, ())) for path, one in found.items()}

    def _remember_left(self, were: Mapping[str, Sequence[Marker]], keyed: Mapping[str, Sequence[Marker]]) -> None:
        self._given |= {one.key for markers in keyed.values() for one in markers}
        left = {path: [one for one in markers if one.key not in self._given] for path, markers in were.items()}
        self._left = _bounded({path: markers for path, markers in left.items() if markers})

    async def _missing(self) -> dict[str, list[Marker]]:
        """What is stored of files that are not there any more."""
        known = await self.reading.read(code.known_paths)
        missing = await self.reading.work(_not_there, self.root, known)
        return _bounded({one.path: list(one.markers) for one in await self.reading.read(code.read_findings, missing)})

    # What is written

    def _batches(
        self, before: Mapping[str, FileFindings], now: Mapping[str, FileFindings], gone: Collection[str]
    ) -> list[_Batch]:
        batches, at = [_Batch()], timestamp(datetime.now(UTC))
        for path in sorted(now):
            was, found = before.get(path, FileFindings(path)), now[path]
            if was == found:
                continue
            self._note_changed(was, found)
            if batches[-1].size >= ROWS:
                batches.append(_Batch())
            batches[-1].add(found, self._departures(was, found, path in gone, at))
        return [batch for batch in batches if batch.size]

    def _note_changed(self, was: FileFindings, found: FileFindings) -> None:
        self._has_changed = True
        self.changed.paths.add(shown_path(found.path))
        self.changed.ids |= {issue_id for issue_id, _ in _places(was) ^ _places(found)}

    def _departures(self, was: FileFindings, found: FileFindings, is_gone: bool, at: str) -> Iterator[Departure]:
        """The ids that have gone from a file, each with its first place. One that stands elsewhere is forgotten again.

        `is_gone`: the file is not among those that are searched any more.
        """
        first = dict(reversed(list(_tied(was))))
        lost = first.keys() - {issue_id for issue_id, _ in _tied(found)}
        reason = self._reason(found, is_gone) if lost else ""
        for issue_id in sorted(lost):
            one = first[issue_id]
            tag = one.tag if isinstance(one, Marker) else None
            yield Departure(issue_id, shown_path(was.path), one.line + 1, tag, one.text, reason, at)

    def _reason(self, found: FileFindings, is_gone: bool) -> str:
        """Why ids are not in a file any more, of which this is all that was found."""
        try:
            is_left_out = not is_searched(self.root / found.path, self.settings) and not _count(found)
        except OSError:
            return "file_deleted"
        return "left_out" if is_gone or is_left_out else "edited"

    async def _store(self, batch: _Batch) -> None:
        is_whole = self.is_whole

        def store(connection: Connection) -> None:
            if not is_whole:
                # What the snapshot says of them is not what is stored, until a scan comes to its end.
                code.note_touched(connection, [*batch.gone, *(one.path for one in batch.found)])
            code.replace_files(connection, batch.found, batch.gone)
            code.keep_departures(connection, batch.departures)
            code.forget_returned(connection)

        await self._write(store)

    async def _write(self, work: Callable[..., Any], *arguments: Any) -> None:
        await _whole(self.writer.write(lambda connection: work(connection, *arguments)))


async def _whole(coroutine: Coroutine[Any, Any, _Result]) -> _Result:
    """Does it to its end, also for one who is cancelled meanwhile: the next work begins with what this one wrote."""
    task = asyncio.get_running_loop().create_task(coroutine)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise


def _not_there(root: Path, paths: Iterable[str]) -> list[str]:
    return [path for path in paths if not os.path.lexists(root / path)]


def _bounded(left: dict[str, list[Marker]]) -> dict[str, list[Marker]]:
    return left if sum(map(len, left.values())) <= LEFT else {}


def _count(one: FileFindings) -> int:
    return len(one.markers) + len(one.mentions)


def _tied(found: FileFindings) -> Iterator[tuple[str, Marker | Mention]]:
    """The ids of a file and where they stand, TODOs first."""
    for one in found.markers:
        if one.issue_id is not None:
            yield one.issue_id, one
    for each in found.mentions:
        yield each.id, each


def _places(found: FileFindings) -> set[tuple[str, tuple[Any, ...]]]:
    return {
        (issue_id, (one.line, one.column, one.text, one.tag if isinstance(one, Marker) else None))
        for issue_id, one in _tied(found)
    }
