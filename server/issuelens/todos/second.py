"""The second process of a scan, at both ends: the first one gives it chunks of files, and it answers what they hold."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING, Final

from issuelens.todos import frames
from issuelens.todos.reading import Reader
from issuelens.todos.settings import ScanSettings

if TYPE_CHECKING:
    from issuelens.todos.worker import Chunk, Scan

AHEAD: Final = 2
"""Chunks that the second process holds: one that it reads, and the next."""


def answer(taken: IO[bytes], told: IO[bytes]) -> None:
    """Reads, in the second process, the chunks that it is given."""
    request = frames.read_frame(taken)
    if request is None:
        return
    settings, begun_ns = json.loads(request[1])
    reader = Reader(ScanSettings.from_json(settings), begun_ns=begun_ns)
    while (one := frames.read_frame(taken)) is not None:
        before, joined = frames.unpack_stamps(one[1])
        skipped = reader.skipped
        stamps, rows = reader.read(joined.split(b"\0"), before)
        found = json.dumps([reader.skipped - skipped, rows]).encode()
        told.write(frames.frame(frames.CHUNK, frames.pack_stamps(stamps, found)))
        told.flush()


class Second:
    """The second process as the first one has it, and the thread that gives it chunks."""

    def __init__(self, scan: Scan, chunks: Iterator[Chunk]) -> None:
        pipe = subprocess.PIPE
        command = (sys.executable, "-P", "-m", "issuelens.todos.worker", "second")
        self._scan = scan
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe)
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, args=(chunks,), daemon=True)
        self._thread.start()

    def join(self) -> None:
        """Waits until its last chunk is read.

        Raises:
            Exception: what went wrong with it.
        """
        self._thread.join()
        if self._error is not None:
            raise self._error

    def _run(self, chunks: Iterator[Chunk]) -> None:
        try:
            self._feed(chunks)
        except Exception as error:  # noqa: BLE001 - told by `join`
            self._error = error

    def _feed(self, chunks: Iterator[Chunk]) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        given, answers = self._process.stdin, self._process.stdout
        frames.tell(given, frames.REQUEST, [self._scan.settings.to_json(), self._scan.begun_ns])
        under_way: list[Chunk] = []
        while True:
            while len(under_way) < AHEAD and (chunk := self._scan.next_of(chunks)) is not None:
                given.write(frames.frame(frames.CHUNK, frames.pack_stamps(chunk.before, b"\0".join(chunk.names))))
                under_way.append(chunk)
            given.flush()
            if not under_way:
                break
            self._heard(answers, under_way.pop(0))
        given.close()
        self._process.wait()

    def _heard(self, answers: IO[bytes], chunk: Chunk) -> None:
        one = frames.read_frame(answers)
        if one is None:
            raise RuntimeError("the second process was ended; there may be too little memory")
        if one[0] == frames.FAILED:
            raise RuntimeError(json.loads(one[1]))
        stamps, told = frames.unpack_stamps(one[1])
        skipped, rows = json.loads(told)
        self._scan.take(chunk, stamps, rows, skipped)
