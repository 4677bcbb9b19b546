"""The second process of a scan, at both ends: the first one gives it chunks of files to look at or to read."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import IO, TYPE_CHECKING, Any, Final

from issuelens.todos import frames

if TYPE_CHECKING:
    from array import array

    from issuelens.todos.worker import Chunk

AHEAD: Final = {frames.CHUNK: 2, frames.LOOK: 1}
"""Chunks that the second process holds: one that it reads, and the next. To look is quick, and such a chunk long: while
both ends write, neither would read."""
ENDED: Final = "the second process was ended; there may be too little memory"

Take = Callable[["Chunk", "array[int]", Any], None]
"""Is given a chunk, its new stamps, and what else was answered."""


def answer(taken: IO[bytes], told: IO[bytes]) -> None:
    """Looks at and reads, in the second process, the chunks that it is given."""
    request = frames.read_frame(taken)
    if request is None:
        return
    answering = _Answering(*json.loads(request[1]))
    while (one := frames.read_frame(taken)) is not None:
        before, joined = frames.unpack_stamps(one[1])
        stamps, found = answering.of(one[0], joined.split(b"\0"), before)
        told.write(frames.frame(one[0], frames.pack_stamps(stamps, json.dumps(found).encode())))
        told.flush()


class _Answering:
    """What the second process keeps from one chunk to the next."""

    def __init__(self, settings: dict[str, Any], begun_ns: int) -> None:
        from issuelens.todos.reading import Inside, Reader
        from issuelens.todos.settings import ScanSettings

        self._inside = Inside(b"")
        self._reader = Reader(ScanSettings.from_json(settings), begun_ns=begun_ns)

    def of(self, kind: bytes, names: list[bytes], before: array[int]) -> tuple[array[int], Any]:
        """The new stamps of files, and what they hold when they are read."""
        if kind == frames.LOOK:
            from issuelens.todos.comparing import compared

            return compared(names, before, self._inside), None
        skipped = self._reader.skipped
        stamps, rows = self._reader.read(names, before)
        return stamps, [self._reader.skipped - skipped, rows]


class Second:
    """The second process as the first one has it, and the thread that gives it chunks."""

    def __init__(self, settings: dict[str, Any], begun_ns: int) -> None:
        pipe = subprocess.PIPE
        command = (sys.executable, "-P", "-m", "issuelens.todos.worker", "second")
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._given, self._answers = self._process.stdin, self._process.stdout
        self._request: Any = [settings, begun_ns]
        self._error: BaseException | None = None
        self._thread: threading.Thread | None = None

    def begin(self, kind: bytes, chunks: Callable[[], Chunk | None], take: Take) -> None:
        """Gives it chunks from now on, in a thread.

        Args:
            kind: what is to be done with them.
            chunks: gives the next one.
            take: is given, in that thread, what was answered.
        """
        self._thread = threading.Thread(target=self._run, args=(kind, chunks, take), daemon=True)
        self._thread.start()

    def join(self) -> None:
        """Waits until the last chunk of those is done.

        Raises:
            Exception: what went wrong with it.
        """
        if self._thread is not None:
            self._thread.join()
        if self._error is not None:
            raise self._error

    def end(self) -> None:
        """Lets it end, and waits for that."""
        try:  # noqa: SIM105 - contextlib would have to be imported
            self._given.close()
        except BrokenPipeError:
            pass  # it has ended already
        self._process.wait()

    def _run(self, kind: bytes, chunks: Callable[[], Chunk | None], take: Take) -> None:
        try:
            self._feed(kind, chunks, take)
        except BrokenPipeError:
            self._error = RuntimeError(ENDED)
        except Exception as error:  # noqa: BLE001 - told by `join`
            self._error = error

    def _feed(self, kind: bytes, chunks: Callable[[], Chunk | None], take: Take) -> None:
        under_way: list[Chunk] = []
        while True:
            while len(under_way) < AHEAD[kind] and (chunk := chunks()) is not None:
                self._give(kind, chunk)
                under_way.append(chunk)
            if not under_way:
                break
            take(under_way.pop(0), *self._heard())

    def _give(self, kind: bytes, chunk: Chunk) -> None:
        if self._request is not None:
            frames.tell(self._given, frames.REQUEST, self._request)
            self._request = None
        self._given.write(frames.frame(kind, frames.pack_stamps(chunk.before, b"\0".join(chunk.names))))
        self._given.flush()

    def _heard(self) -> tuple[array[int], Any]:
        one = frames.read_frame(self._answers)
        if one is None:
            raise RuntimeError(ENDED)
        if one[0] == frames.FAILED:
            raise RuntimeError(json.loads(one[1]))
        stamps, told = frames.unpack_stamps(one[1])
        return stamps, json.loads(told)
