"""Scans a workspace in a process of its own, and reads a few files here.

A scan tells, in this order: `Begun`, `Listed` (again with a larger total when git has listed untracked files, too), any
number of `Found` and `Gone`, and `Finished`.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
from array import array
from collections.abc import Awaitable, Callable, Collection, Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, ClassVar, Final

from attrs import field, frozen

from issuelens import __version__
from issuelens.domain.errors import IssuelensError
from issuelens.process import BACKGROUND, PYTHON, end_group
from issuelens.todos import frames, listing
from issuelens.todos.found import FileFindings, findings_from_row
from issuelens.todos.git import Stop
from issuelens.todos.reading import Reader
from issuelens.todos.settings import ScanSettings
from issuelens.todos.snapshot import CHANGED

_COMMAND: Final = (*PYTHON, "-m", "issuelens.todos.worker")


class ScanFailed(IssuelensError):
    """A scan of the workspace's files came to no end; what it found until then is right, but not all."""

    kind: ClassVar[str] = "scan_failed"


@frozen
class ScanRequest:
    """What to scan.

    `known` is the snapshot of an earlier scan; when it is empty, damaged or of other settings, everything is new.
    `again` holds paths to be read whatever the snapshot says: those that were read since then by `read_files`, or by a
    scan that did not finish, so that what went away meanwhile is told as gone. `processes` is 1 or 2.
    """

    root: Path
    settings: ScanSettings
    known: bytes = field(default=b"", repr=False)
    again: tuple[str, ...] = ()
    processes: int = 2


@frozen
class Begun:
    """The scan has begun. `is_whole`: what was known before is void; what is found is all there is."""

    is_whole: bool


@frozen
class Listed:
    """How many files the scan looks at."""

    total: int


@frozen
class Found:
    """What files hold now, instead of what they held; `done` files were looked at so far."""

    findings: tuple[FileFindings, ...]
    done: int


@frozen
class Gone:
    """Files that are not in the scan any more."""

    paths: tuple[str, ...]


@frozen
class Finished:
    """The scan's end: a snapshot for the next one, how many files it looked at, and how many of them passed over."""

    snapshot: bytes = field(repr=False)
    files: int
    skipped: int


ScanMessage = Begun | Listed | Found | Gone | Finished


async def scan(request: ScanRequest, take: Callable[[ScanMessage], Awaitable[None]]) -> Finished:
    """Scans in a process that gives way to others; cancelling ends it at once.

    Args:
        request: what to scan.
        take: is given each message in turn; the scan waits for it.

    Raises:
        ScanFailed: when it came to no end; what to do is said.
    """
    try:
        process = await asyncio.create_subprocess_exec(
            *_COMMAND,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            cwd=request.root.anchor,
            **BACKGROUND,
        )
    except OSError as error:
        raise _not_started(request, error) from error
    try:
        return await _told(process, request, take)
    finally:
        with suppress(ProcessLookupError):  # it may have ended at the same moment
            end_group(process.pid) if process.returncode is None else None
        await asyncio.shield(process.wait())


async def _told(
    process: asyncio.subprocess.Process, request: ScanRequest, take: Callable[[ScanMessage], Awaitable[None]]
) -> Finished:
    assert process.stdin is not None
    assert process.stdout is not None
    with suppress(ConnectionError):  # it has ended, and the reason follows
        process.stdin.write(_request_frames(request))
        await process.stdin.drain()
    while True:
        try:
            kind, length = frames.opened(await process.stdout.readexactly(frames.HEADER.size))
            payload = await process.stdout.readexactly(length)
        except asyncio.IncompleteReadError:
            break
        message = _message(request, kind, payload)
        await take(message)
        if isinstance(message, Finished):
            return message
    raise _broken_off(request, await process.wait())


def scan_here(request: ScanRequest, stop: Stop | None = None) -> Iterator[ScanMessage]:
    """The same without an event loop; `stop` or closing it ends the scan, which then has no `Finished`.

    Raises:
        ScanFailed: when it came to no end by itself.
    """
    stop = stop or Stop()
    pipe = subprocess.PIPE
    try:
        process = subprocess.Popen(_COMMAND, stdin=pipe, stdout=pipe, cwd=request.root.anchor, **BACKGROUND)
    except OSError as error:
        raise _not_started(request, error) from error
    with process, stop.ending(process):
        try:
            yield from _heard(process, request, stop)
        finally:
            if process.poll() is None:
                end_group(process.pid)


def _heard(process: subprocess.Popen[bytes], request: ScanRequest, stop: Stop) -> Iterator[ScanMessage]:
    assert process.stdin is not None
    assert process.stdout is not None
    with suppress(BrokenPipeError):  # it has ended, and the reason follows
        process.stdin.write(_request_frames(request))
        process.stdin.flush()
    while (message := _next_message(process.stdout, request)) is not None:
        yield message
        if isinstance(message, Finished):
            return
    if not stop.is_meant:
        raise _broken_off(request, process.wait())


def _next_message(pipe: IO[bytes], request: ScanRequest) -> ScanMessage | None:
    try:
        one = frames.read_frame(pipe)
    except ValueError:
        return None  # it was ended in the middle of a message
    return None if one is None else _message(request, *one)


def _request_frames(request: ScanRequest) -> bytes:
    told = {
        "version": __version__,
        "settings": request.settings.to_json(),
        "again": list(request.again),
        "processes": request.processes,
    }
    parts = (frames.ROOT, os.fsencode(request.root)), (frames.REQUEST, frames.packed(told))
    return b"".join(frames.frame(*part) for part in (*parts, (frames.REQUEST, request.known)))


def _message(request: ScanRequest, kind: bytes, payload: bytes) -> ScanMessage:
    if kind == frames.FINISHED:
        line, _, snapshot = payload.partition(b"\n")
        files, skipped = json.loads(line)
        return Finished(snapshot or request.known, files, skipped)
    value = json.loads(payload)
    if kind == frames.FAILED:
        raise ScanFailed(f"The files of {request.root} could not be scanned: {value}. Try again.")
    return _MESSAGES[kind](value)


def _found(value: Any) -> Found:
    done, rows = value
    return Found(tuple(map(findings_from_row, rows)), done)


_MESSAGES: Final[dict[bytes, Callable[[Any], ScanMessage]]] = {
    frames.BEGUN: Begun,
    frames.LISTED: Listed,
    frames.FOUND: _found,
    frames.GONE: lambda paths: Gone(tuple(paths)),
}


def _not_started(request: ScanRequest, error: OSError) -> ScanFailed:
    return ScanFailed(
        f"The files of {request.root} could not be scanned: {PYTHON[0]} can't be run ({error.strerror}). "
        "Start Issuelens anew, then try again."
    )


def _broken_off(request: ScanRequest, code: int) -> ScanFailed:
    how = f"was ended by signal {-code}" if code < 0 else f"ended with code {code}"
    return ScanFailed(
        f"The scan of {request.root} {how} before it was done. The system may have had too little memory: "
        "end other programs, or leave large folders out by `todos.exclude` in .issues/config.toml, then try again."
    )


def read_files(root: Path, paths: Collection[str], settings: ScanSettings) -> list[FileFindings]:
    """What a few files hold, read here; nothing when they are gone, excluded, links, or of a type that is not read.

    Args:
        root: the workspace's root.
        paths: relative to the root, with `/`; `counted` says which of them git would list.
        settings: what counts.
    """
    names = listing.Excluded(settings.exclude).kept([os.fsencode(path) for path in paths])
    reader = Reader(settings, os.fsencode(root) + b"/")
    rows = reader.read(names, array("q", [CHANGED] * len(names)))[1]
    found = {row[0]: findings_from_row(row) for row in rows}
    return [found.get(path, FileFindings(path)) for path in paths]


def counted(root: Path, paths: Collection[str], settings: ScanSettings, stop: Stop | None = None) -> list[str]:
    """Which of these paths a scan would look at, by git or by the walk's rules: neither ignored nor excluded.

    `stop` ends git from another thread; what is given then is of no use.
    """
    return listing.counted(root, paths, settings, stop)
