"""The process that scans: it is told by its standard input what to do, and tells by its standard output what it found.

A second one reads half of the files (see `second`). Each ends when its standard input does. Modules come late that are
slow to import, while git lists the files, or that only some scans need: most find everything as it was.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import IO, TYPE_CHECKING, Any, Final, NamedTuple

from issuelens import __version__
from issuelens.todos import frames
from issuelens.todos.snapshot import CHANGED, NOTHING, UNREAD

if TYPE_CHECKING:
    from issuelens.todos.listing import GitLists
    from issuelens.todos.second import Second

NICE: Final = 10
"""By how much other processes go first; on Windows see `process.BACKGROUND`."""
CHUNK: Final = 128
"""Files between two looks at which process is free."""
ROWS: Final = 50
"""Files of one message; a message is small, so that whoever takes it can do something else soon."""
PATHS: Final = 1_000
"""Paths of one message that says what is gone."""
ALONE: Final = 1_500
"""Files that one process reads before a second one would have started."""
LOOKED_AT: Final = 1_000
"""Files of a chunk of those that are only looked at."""
LARGE: Final = 250_000
"""Bytes of the snapshot of so many files, about 17,000, that a second process looks at some of them."""
QUIET: Final = 16
"""Chunks without findings after which it is told how far the scan is."""


class Chunk(NamedTuple):
    """Some files to read: their names and stamps; `places` says where these are among `stamps`, those of a list."""

    names: list[bytes]
    before: array[int]
    places: Sequence[int]
    stamps: array[int]


def main() -> None:
    """`python -m issuelens.todos.worker`: reads a request and scans; with `second`: reads the chunks it is given."""
    taken, told = _own_pipes()
    try:
        if sys.argv[1:] == ["second"]:
            from issuelens.todos import second

            second.answer(taken, told)
        else:
            _give_way()
            _first(taken, told)
    except Exception as error:  # noqa: BLE001 - whatever it is, whoever waits must hear of it
        try:  # noqa: SIM105 - contextlib would have to be imported
            frames.tell(told, frames.FAILED, f"{type(error).__name__}: {error}")
        except BrokenPipeError:
            pass  # nobody waits any more
    # Nothing is left to be done that the system would not do faster.
    os._exit(0)


def _give_way() -> None:
    """Lets other processes go first; the second one is started with the same priority."""
    if hasattr(os, "nice"):
        os.nice(NICE)


def _own_pipes() -> tuple[IO[bytes], IO[bytes]]:
    """The pipes to whoever started us; what something else prints by mistake does not get among the frames."""
    taken, told = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    os.close(null)
    return taken, told


def _first(taken: IO[bytes], told: IO[bytes]) -> None:
    root = frames.read_frame(taken)
    if root is None:
        os._exit(1)
    begun_ns = time.time_ns()
    os.chdir(os.fsdecode(root[1]))
    from issuelens.todos.listing import GitLists

    lists = GitLists(".")
    request, known = frames.read_frame(taken), frames.read_frame(taken)
    if request is None or known is None:
        os._exit(1)
    threading.Thread(target=_end_with, args=(taken,), daemon=True).start()
    import json

    asked = json.loads(request[1])
    if asked.get("version") != __version__:
        frames.tell(told, frames.FAILED, _other_version(asked.get("version")))
        return
    Scan(asked, lists, told, begun_ns).run(known[1])


def _other_version(asked: Any) -> str:
    """Whoever asks was started before Issuelens was upgraded, and may mean something else by the same words."""
    runs = f"{asked}" if isinstance(asked, str) else "another one"
    return (
        f"Issuelens {__version__} is installed by now, while {runs} still runs: run `issuelens daemon restart`, "
        "and start the editor anew"
    )


def _end_with(taken: IO[bytes]) -> None:
    """Ends this process when the one that wanted the scan has ended, or wants it no more."""
    taken.read()
    os._exit(1)


class Scan:
    """One scan of the current folder, in the first process."""

    def __init__(self, request: dict[str, Any], lists: GitLists, told: IO[bytes], begun_ns: int) -> None:
        from issuelens.todos.settings import ScanSettings

        self.settings = ScanSettings.from_json(request["settings"])
        self.begun_ns = begun_ns
        self._lists = lists
        self._told = told
        self._processes = request["processes"]
        self._again = {os.fsencode(path) for path in request["again"]}
        self._second: Second | None = None
        self._lock = threading.Lock()
        self._turn = threading.Lock()
        self._telling = threading.Lock()
        self._done = self._quiet = self._skipped = self._total = self._wanted = 0

    def run(self, known: bytes) -> None:
        """Scans, and tells what it finds; `known` is the snapshot of an earlier scan."""
        from issuelens.todos.comparing import Comparison

        if len(known) > LARGE:
            self._begin_second()
        meant_for = f"{__version__} {sys.implementation.cache_tag} {sys.hash_info.width} {self.settings.fingerprint}"
        self._seen = Comparison(known, meant_for)
        self.tell(frames.BEGUN, self._seen.is_whole)
        # Git may still be listing the files of this scan.
        self._look()
        chunks = self._chunks()
        chunk = next(chunks, None)
        if chunk is not None:
            self._read(chunk, chunks)
        if self._second is not None:
            self._second.end()
        self._finish()

    def _begin_second(self) -> None:
        if self._processes > 1 and self._second is None:
            from issuelens.todos.second import Second

            self._second = Second(self.settings.to_json(), self.begun_ns)

    def _look(self) -> None:
        """Looks at all files of the earlier scan."""
        from issuelens.todos.comparing import compared
        from issuelens.todos.reading import Inside

        inside = Inside(b"")
        chunks = _looked_at(self._seen.lists())
        if self._second is not None:
            self._second.begin(frames.LOOK, lambda: self.next_of(chunks), _take_stamps)
        while (chunk := self.next_of(chunks)) is not None:
            _take_stamps(chunk, compared(chunk.names, chunk.before, inside))
        if self._second is not None:
            self._second.join()

    def _read(self, first: Chunk, chunks: Iterator[Chunk]) -> None:
        from issuelens.todos.reading import Reader

        if self._wanted > ALONE:
            self._begin_second()
        if self._second is not None:
            self._second.begin(frames.CHUNK, lambda: self.next_of(chunks), self._take_answer)
        reader = Reader(self.settings, begun_ns=self.begun_ns)
        chunk: Chunk | None = first
        while chunk is not None:
            skipped = reader.skipped
            stamps, rows = reader.read(chunk.names, chunk.before)
            self._take(chunk, stamps, rows, reader.skipped - skipped)
            chunk = self.next_of(chunks)
        if self._second is not None:
            self._second.join()

    def _take_answer(self, chunk: Chunk, stamps: array[int], found: Any) -> None:
        skipped, rows = found
        self._take(chunk, stamps, rows, skipped)

    def next_of(self, chunks: Iterator[Chunk]) -> Chunk | None:
        """The next chunk; for both threads."""
        with self._turn:
            return next(chunks, None)

    def _take(self, chunk: Chunk, stamps: array[int], rows: Sequence[Any], skipped: int) -> None:
        """Tells what a chunk holds; for both threads."""
        with self._lock:
            _take_stamps(chunk, stamps)
            self._done += len(stamps)
            self._skipped += skipped
            self._quiet = 0 if rows else self._quiet + 1
            for part in _batches(rows, ROWS):
                self.tell(frames.FOUND, [self._done, part])
            if self._quiet == QUIET:
                self._quiet = 0
                self.tell(frames.FOUND, [self._done, []])

    def _chunks(self) -> Iterator[Chunk]:
        tracked = self._lists.tracked()
        names = self._names(tracked or b"", 0)
        yield from self._part(names, 0)
        untracked = self._lists.untracked()
        if tracked is None or untracked is None:
            from issuelens.todos.walk import walked

            there = set(names)
            others = sorted(name for name in walked(os.getcwd()) if name not in there)  # noqa: PTH109 - Path is slow
            yield from self._part(self._kept(others), 1)
        else:
            yield from self._part(self._names(untracked, 1), 1)

    def _names(self, listed: bytes, part: int) -> list[bytes]:
        from issuelens.todos.listing import names_of, searched

        # Most lists are as they were, and have nothing that is left out.
        if self._seen.is_listed(listed, part) or self._seen.is_listed(listed := searched(listed), part):
            return self._seen.names[part]
        return self._kept(names_of(listed))

    def _kept(self, names: list[bytes]) -> list[bytes]:
        from issuelens.todos.listing import Excluded

        return Excluded(self.settings.exclude).kept(names)

    def _part(self, names: list[bytes], part: int) -> Iterator[Chunk]:
        stamps = self._seen.stamps_of(names, part)
        self._mark_again(names, stamps)
        wanted = array("q")
        if stamps.count(NOTHING) or stamps.count(CHANGED):
            wanted.extend(place for place, stamp in enumerate(stamps) if stamp in (NOTHING, CHANGED))
        self._total += len(names)
        self._wanted += len(wanted)
        with self._lock:
            self._done += len(names) - len(wanted)
        if part == 0 or names:
            self.tell(frames.LISTED, self._total)
        for places in _batches(wanted, CHUNK):
            before = array("q", [stamps[place] for place in places])
            yield Chunk([names[place] for place in places], before, places, stamps)

    def _mark_again(self, names: Sequence[bytes], stamps: array[int]) -> None:
        for name in sorted(self._again):
            place = bisect_left(names, name)
            if place < len(names) and names[place] == name:
                self._again.discard(name)
                stamps[place] = UNREAD if stamps[place] == UNREAD else CHANGED

    def _finish(self) -> None:
        gone = {*self._seen.gone(), *self._again}
        for part in _batches([os.fsdecode(name) for name in sorted(gone)], PATHS):
            self.tell(frames.GONE, part)
        head = frames.packed([self._total, self._skipped]) + b"\n"
        self._told.write(frames.frame(frames.FINISHED, head, self._seen.packed()))
        self._told.flush()

    def tell(self, kind: bytes, value: Any) -> None:
        """Tells whoever wanted the scan; for both threads."""
        with self._telling:
            frames.tell(self._told, kind, value)


def _looked_at(lists: Sequence[tuple[list[bytes], array[int]]]) -> Iterator[Chunk]:
    """The files of lists with stamps, in chunks for whoever is free to look at them."""
    for names, stamps in lists:
        for start in range(0, len(names), LOOKED_AT):
            places = range(start, min(start + LOOKED_AT, len(names)))
            part = slice(places.start, places.stop)
            yield Chunk(names[part], stamps[part], places, stamps)


def _take_stamps(chunk: Chunk, stamps: array[int], _found: object = None) -> None:
    if isinstance(chunk.places, range):
        chunk.stamps[chunk.places.start : chunk.places.stop] = stamps
        return
    for place, stamp in zip(chunk.places, stamps, strict=True):
        chunk.stamps[place] = stamp


def _batches(values: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    for start in range(0, len(values), size):
        yield values[start : start + size]


if __name__ == "__main__":
    main()
