"""What this process is and holds: its user, file descriptors, threads and memory. Platform differences live here."""

from __future__ import annotations

import getpass
import os
import select
import sys
import threading
from pathlib import Path
from typing import Final

from attrs import frozen

IS_LINUX: Final = sys.platform.startswith("linux")
HAS_UNIX_SOCKETS: Final = sys.platform != "win32"


@frozen
class Held:
    """What a process holds. `fds` and `rss_anon_kb` are None where the platform does not tell."""

    fds: int | None
    threads: int
    rss_anon_kb: int | None


def held_here() -> Held:
    """What this process holds now. Anonymous memory is in KiB."""
    return Held(_open_descriptors(), threading.active_count(), _rss_anon_kb("self"))


def _open_descriptors() -> int | None:
    folder = Path("/proc/self/fd") if IS_LINUX else Path("/dev/fd")
    try:
        # The listing itself holds one descriptor.
        return sum(1 for _ in folder.iterdir()) - 1
    except OSError:
        return None


def _rss_anon_kb(pid: str) -> int | None:
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    for line in status.splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1])
    return None


def trim_memory() -> None:
    """Gives freed memory back to the system where the C library can (glibc), so that growth can be measured."""
    if not IS_LINUX:
        return
    import ctypes  # slow to import, used for measuring only

    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


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
        return named
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
