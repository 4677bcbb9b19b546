"""What this process is and holds: its user, file descriptors, threads and memory. Platform differences live here."""

from __future__ import annotations

import gc
import getpass
import os
import select
import signal
import stat
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from attrs import frozen

IS_LINUX: Final = sys.platform.startswith("linux")
HAS_UNIX_SOCKETS: Final = sys.platform != "win32"
PYTHON: Final = (sys.executable, "-P")
"""How this Python is started: without the current folder among the places where it looks for modules."""
BACKGROUND: Final[Mapping[str, Any]] = {"process_group": 0} if sys.platform != "win32" else {"creationflags": 0x4000}
"""How a process is started that works in the background: in a group of its own; on Windows with low priority (0x4000
is BELOW_NORMAL_PRIORITY_CLASS). Elsewhere it sees to its priority itself."""


@frozen(kw_only=True)
class Held:
    """What a process holds. A count is None where the platform does not tell.

    `watchers` are descriptors through which the kernel tells of changed files, `locks` locks on whole files, `children`
    processes that were started and not waited for, `traced_kb` KiB that tracemalloc has seen, while it traces.
    """

    fds: int | None
    sockets: int | None
    watchers: int | None
    locks: int | None
    children: int | None
    threads: int
    rss_anon_kb: int | None
    traced_kb: float | None


def held_here() -> Held:
    """What this process holds now. Anonymous memory is in KiB."""
    descriptors = _open_descriptors()
    return Held(
        fds=None if descriptors is None else len(descriptors),
        sockets=None if descriptors is None else sum(map(_is_socket, descriptors)),
        watchers=sum(map(_is_watcher, descriptors)) if IS_LINUX and descriptors is not None else None,
        locks=sum(map(_locks_of, descriptors)) if IS_LINUX and descriptors is not None else None,
        children=_children(),
        threads=threading.active_count(),
        rss_anon_kb=_rss_anon_kb("self"),
        traced_kb=_traced_kb(),
    )


def _open_descriptors() -> list[int] | None:
    folder = Path("/proc/self/fd") if IS_LINUX else Path("/dev/fd")
    try:
        # The listing itself holds one descriptor, which is closed again by then.
        return [number for number in (int(one.name) for one in folder.iterdir()) if _is_open(number)]
    except OSError:
        return None


def _is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True


def _is_socket(descriptor: int) -> bool:
    try:
        return stat.S_ISSOCK(os.fstat(descriptor).st_mode)
    except OSError:
        return False  # another thread has closed it meanwhile


def _is_watcher(descriptor: int) -> bool:
    try:
        target = str(Path(f"/proc/self/fd/{descriptor}").readlink())
    except OSError:
        return False
    return target in ("anon_inode:inotify", "anon_inode:[fanotify]")


def _locks_of(descriptor: int) -> int:
    """Locks of flock(2) held through a descriptor; those that SQLite takes on parts of a file are not counted."""
    try:
        return Path(f"/proc/self/fdinfo/{descriptor}").read_bytes().count(b"FLOCK")
    except OSError:
        return 0


def _children() -> int | None:
    """Children by thread, as the kernel tells it: on Linux only, and not everywhere there."""
    lists = list(Path("/proc/self/task").glob("*/children"))
    return sum(map(_words_in, lists)) if lists else None


def _words_in(path: Path) -> int:
    try:
        return len(path.read_bytes().split())
    except OSError:
        return 0  # that thread has ended


def _traced_kb() -> float | None:
    tracing = sys.modules.get("tracemalloc")
    return tracing.get_traced_memory()[0] / 1024 if tracing is not None and tracing.is_tracing() else None


def _rss_anon_kb(pid: str) -> int | None:
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    for line in status.splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1])
    return None


def trace_memory() -> None:
    """From now on, what Python allocates is added up. All of it becomes several times slower."""
    import tracemalloc  # used for measuring only

    if not tracemalloc.is_tracing():
        tracemalloc.start()


def trim_memory() -> None:
    """Collects garbage, and gives freed memory back where the C library can (glibc): so growth can be measured."""
    gc.collect()
    if not IS_LINUX:
        return
    import ctypes  # slow to import, used for measuring only

    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def file_system_type(path: Path) -> str | None:
    """The type of the file system of a path, such as `ext4` or `nfs4`; None where the platform does not tell."""
    try:
        lines = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return None
    best, found = -1, None
    for line in lines:
        # The mount point is the fifth field, with \\040 for a space; the type follows a dash (proc(5)).
        before, _, after = line.partition(" - ")
        point = before.split(" ")[4].replace("\\040", " ")
        if path.is_relative_to(point) and len(point) >= best:
            best, found = len(point), after.split(" ")[0]
    return found


def end_group(pid: int) -> None:
    """Ends a process that was started with BACKGROUND, by force, and where the system can, those it has started.

    Raises:
        ProcessLookupError: when it is gone.
    """
    if sys.platform == "win32":
        os.kill(pid, signal.SIGTERM)
    else:
        os.killpg(pid, signal.SIGKILL)


def wait_for_exit(pid: int, seconds: float) -> bool:
    """Waits until a process that need not be our child has ended; False when it is still there after so long.

    Where the system can't tell us of the end of others' children (not on Linux), it answers at once.
    """
    if not hasattr(os, "pidfd_open"):
        return not is_running(pid)
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([descriptor], [], [], seconds)[0])
    finally:
        os.close(descriptor)


def is_running(pid: int) -> bool:
    """Whether a process with this id is there (a zombie counts as gone)."""
    if IS_LINUX:
        try:
            state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2]
        except OSError:
            return False
        return state.split()[0] not in "ZX"
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def default_actor() -> str:
    """Who acts when nobody says: ISSUELENS_ACTOR, else the user's login name."""
    named = os.environ.get("ISSUELENS_ACTOR", "").strip()
    if named:
        # A name that is no UTF-8 would not get through any message.
        return named.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
