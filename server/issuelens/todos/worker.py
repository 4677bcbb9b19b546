"""The process that scans: it is told by its standard input what to do, and tells by its standard output what it found.

A second one reads half of the files, told in the same way by the first. Each ends when its standard input does. Modules
that are slow to import come late, while git lists the files.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

from issuelens import __version__
from issuelens.todos import frames, snapshot
from issuelens.todos.snapshot import CHANGED, UNREAD, Known, Snapshot

if TYPE_CHECKING:
    from issuelens.todos.settings import ScanSettings

NICE: Final = 10
"""By how much other processes go first; on Windows see `process.BACKGROUND`."""
CHUNK: Final = 128
"""Files between two looks at which process is free."""
ROWS: Final = 100
"""Files of one message; a message is small, so that whoever takes it can do something else soon."""
PATHS: Final = 1_000
"""Paths of one message that says what is gone."""
ALONE: Final = 4_000
"""Files that one process reads before a second one would have started."""
AHEAD: Final = 2
"""Chunks that the second process holds: one that it reads, and the next."""

Chunk = tuple[int, list[bytes], "array[int]"]


def main() -> None:
    """`python -m issuelens.todos.worker`: reads a request and scans; with `second`: reads the chunks it is given."""
    taken, told = _own_pipes()
    if sys.argv[1:] == ["second"]:
        _second(taken, told)
    else:
        _give_way()
        _first(taken, told)
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


def _second(taken: IO[bytes], told: IO[bytes]) -> None:
    try:
        _read_chunks(taken, told)
    except Exception as error:  # noqa: BLE001 - whatever it is, whoever waits must hear of it
        _fail(told, error)


def _fail(told: IO[bytes], error: Exception) -> None:
    told.write(frames.frame(frames.FAILED, json.dumps(f"{type(error).__name__}: {error}").encode()))
    told.flush()


def _read_chunks(taken: IO[bytes], told: IO[bytes]) -> None:
    settings, begun_ns = _settings_of(taken)
    from issuelens.todos.reading import Reader

    reader = Reader(settings, begun_ns=begun_ns)
    while (one := frames.read_frame(taken)) is not None:
        before, joined = frames.unpack_stamps(one[1])
        skipped = reader.skipped
        stamps, rows = reader.read(joined.split(b"\0"), before)
        answer = json.dumps([reader.skipped - skipped, rows]).encode()
        told.write(frames.frame(frames.CHUNK, frames.pack_stamps(stamps, answer)))
        told.flush()


def _settings_of(taken: IO[bytes]) -> tuple[ScanSettings, int]:
    told = frames.read_frame(taken)
    if told is None:
        os._exit(1)
    request = json.loads(told[1])
    from issuelens.todos.settings import ScanSettings

    return ScanSettings.from_json(request["settings"]), request["begun_ns"]


def _first(taken: IO[bytes], told: IO[bytes]) -> None:
    told_us = frames.read_frame(taken)
    known = frames.read_frame(taken)
    if told_us is None or known is None:
        os._exit(1)
    threading.Thread(target=_end_with, args=(taken,), daemon=True).start()
    try:
        Scan(json.loads(told_us[1]), known[1], told).run()
    except Exception as error:  # noqa: BLE001 - whatever it is, whoever waits must hear of it
        _fail(told, error)


def _end_with(taken: IO[bytes]) -> None:
    """Ends this process when the one that wanted the scan has ended, or wants it no more."""
    taken.read()
    os._exit(1)


class Scan:
    """One scan, in the first process."""

    def __init__(self, request: dict[str, Any], known: bytes, told: IO[bytes]) -> None:
        from issuelens.todos.listing import GitLists

        self._begun_ns = time.time_ns()
        self._root = Path(os.fsdecode(bytes.fromhex(request["root"])))
        os.chdir(self._root)
        self._lists = GitLists(self._root)
        from issuelens.todos.settings import ScanSettings

        self._request = request
        self._settings = ScanSettings.from_json(request["settings"])
        self._meant_for = (
            f"{__version__} {sys.implementation.cache_tag} {sys.hash_info.width} {self._settings.fingerprint}"
        )
        self._told = told
        self._lock = threading.Lock()
        self._turn = threading.Lock()
        self._telling = threading.Lock()
        self._before = snapshot.unpack(known, self._meant_for) if known else None
        self._again = {os.fsencode(path) for path in request["again"]}
        self._known = Known()
        self._stamps: list[array[int]] = []
        self._names: list[list[bytes]] = []
        self._done = self._skipped = self._total = 0

    def run(self) -> None:
        """Scans, and tells what it finds.

        Raises:
            OSError: when the root can't be entered.
        """
        self._tell(frames.BEGUN, self._before is None)
        from issuelens.todos.reading import Reader

        chunks = self._chunks()
        first = next(chunks, None)
        reader = Reader(self._settings, begun_ns=self._begun_ns)
        helper = _Second(self) if self._request["processes"] > 1 and self._total > ALONE else None
        if helper is not None:
            helper.start(chunks)
        while first is not None:
            number, names, before = first
            skipped = reader.skipped
            stamps, rows = reader.read(names, before)
            self.take(number, stamps, rows, reader.skipped - skipped)
            first = self.next_of(chunks)
        if helper is not None:
            helper.join()
        self._finish()

    def next_of(self, chunks: Iterator[Chunk]) -> Chunk | None:
        """The next chunk; for both threads."""
        with self._turn:
            return next(chunks, None)

    def take(self, number: int, stamps: array[int], rows: Sequence[Any], skipped: int) -> None:
        """Tells what a chunk holds; for both threads."""
        with self._lock:
            self._stamps[number] = stamps
            self._done += len(stamps)
            self._skipped += skipped
            for part in _batches(rows, ROWS):
                self._tell(frames.FOUND, [self._done, part])
            if not rows and number % 16 == 0:
                self._tell(frames.FOUND, [self._done, []])

    def _chunks(self) -> Iterator[Chunk]:
        tracked = self._lists.tracked()
        yield from self._part(tracked or [], 0)
        untracked = self._lists.untracked()
        if tracked is None or untracked is None:
            from issuelens.todos.walk import walked

            there = set(tracked or [])
            untracked = sorted(name for name in walked(str(self._root)) if name not in there)
        yield from self._part(untracked, 1)

    def _part(self, names: list[bytes], part: int) -> Iterator[Chunk]:
        from issuelens.todos.listing import Excluded

        names = Excluded(self._settings.exclude).kept(names)
        self._names.append(names)
        self._total += len(names)
        if part == 0 or names:
            self._tell(frames.LISTED, self._total)
        stamps = self._stamps_of(names, part)
        for start in range(0, len(names), CHUNK):
            chosen, before = names[start : start + CHUNK], stamps[start : start + CHUNK]
            if self._again:
                self._mark_again(chosen, before)
            self._stamps.append(before)
            yield len(self._stamps) - 1, chosen, before

    def _stamps_of(self, names: list[bytes], part: int) -> array[int]:
        if self._before is None:
            return array("q", bytes(8 * len(names)))
        tracked_count = len(snapshot.names_in(self._before.tracked))
        stamps = self._before.stamps[tracked_count:] if part else self._before.stamps[:tracked_count]
        joined = self._before.untracked if part else self._before.tracked
        if joined == b"\0".join(names):
            return stamps
        return self._known.stamps(names, snapshot.names_in(joined), stamps)

    def _mark_again(self, names: Sequence[bytes], stamps: array[int]) -> None:
        for number, name in enumerate(names):
            if name in self._again:
                self._again.discard(name)
                stamps[number] = UNREAD if stamps[number] == UNREAD else CHANGED

    def _finish(self) -> None:
        gone = {*self._known.gone(), *self._again}
        for part in _batches([os.fsdecode(name) for name in sorted(gone)], PATHS):
            self._tell(frames.GONE, part)
        stamps: array[int] = array("q")
        for one in self._stamps:
            stamps += one
        tracked, untracked = (b"\0".join(names) for names in self._names)
        packed = snapshot.pack(Snapshot(tracked, untracked, stamps), self._meant_for)
        head = json.dumps([self._total, self._skipped]).encode() + b"\n"
        self._told.write(frames.frame(frames.FINISHED, head, packed))
        self._told.flush()

    def _tell(self, kind: bytes, value: Any) -> None:
        with self._telling:
            self._told.write(frames.frame(kind, json.dumps(value).encode()))
            self._told.flush()

    @property
    def second_request(self) -> bytes:
        """What the second process is told first."""
        return json.dumps({"settings": self._settings.to_json(), "begun_ns": self._begun_ns}).encode()


def _batches(values: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    for start in range(0, len(values), size):
        yield values[start : start + size]


class _Second:
    """The second process, and the thread that gives it chunks."""

    def __init__(self, scan: Scan) -> None:
        import subprocess

        from issuelens.process import PYTHON

        pipe = subprocess.PIPE
        self._scan = scan
        self._process = subprocess.Popen([*PYTHON, "-m", "issuelens.todos.worker", "second"], stdin=pipe, stdout=pipe)
        self._error: BaseException | None = None
        self._thread: threading.Thread | None = None

    def start(self, chunks: Iterator[Chunk]) -> None:
        """Begins to give it chunks."""
        self._thread = threading.Thread(target=self._run, args=(chunks,), daemon=True)
        self._thread.start()

    def join(self) -> None:
        """Waits until its last chunk is read.

        Raises:
            Exception: what went wrong with it.
        """
        assert self._thread is not None
        self._thread.join()
        if self._error is not None:
            raise self._error

    def _run(self, chunks: Iterator[Chunk]) -> None:
        try:
            self._feed(chunks)
        except Exception as error:  # noqa: BLE001 - told by `join`
            self._error = error

    def _feed(self, chunks: Iterator[Chunk]) -> None:
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(frames.frame(frames.REQUEST, self._scan.second_request))
        under_way: list[int] = []
        while True:
            while len(under_way) < AHEAD and (chunk := self._scan.next_of(chunks)) is not None:
                process.stdin.write(frames.frame(frames.CHUNK, frames.pack_stamps(chunk[2], b"\0".join(chunk[1]))))
                under_way.append(chunk[0])
            process.stdin.flush()
            if not under_way:
                break
            answer = frames.read_frame(process.stdout)
            if answer is None:
                raise RuntimeError("the second process was ended; there may be too little memory")
            if answer[0] == frames.FAILED:
                raise RuntimeError(json.loads(answer[1]))
            stamps, told = frames.unpack_stamps(answer[1])
            skipped, rows = json.loads(told)
            self._scan.take(under_way.pop(0), stamps, rows, skipped)
        process.stdin.close()
        process.wait()


if __name__ == "__main__":
    main()
