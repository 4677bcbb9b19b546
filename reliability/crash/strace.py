"""strace, which kills a process or lets a system call fail at a chosen call (strace(1), "Tampering")."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

CALLS: Final = (
    "write,pwrite64,writev,fsync,fdatasync,ftruncate,fallocate,"
    "rename,renameat,renameat2,unlink,unlinkat,link,linkat,bind,fchmod,chmod,mkdir"
)
"""What changes files, or says that they are on the disk."""
DEADLINE_SECONDS: Final = 60
_LINE: Final = re.compile(r"(?P<tid>\d+)? *(?P<call>\w+)\((?P<rest>.*)")
_PATH: Final = re.compile(r"\d+<(/[^>]*)>|\"(/[^\"]*)\"")


class Call(NamedTuple):
    """A call that was made: the how-manieth of its kind in its thread, and on what file."""

    name: str
    number: int
    path: str
    was_hit: bool = False

    @property
    def place(self) -> str:
        """The call and its file, without what differs from run to run."""
        name = Path(self.path).name
        return f"{self.name} {re.sub(r'[.][a-z0-9_]{8}(?=[.]part$)', '', name) or '-'}"


class Fault(NamedTuple):
    """What is to happen at a call: `signal=KILL`, `error=EIO`; with `lasting`, at all that follow, too."""

    call: str
    number: int
    what: str
    lasting: bool = False

    @property
    def option(self) -> str:
        """As strace wants it."""
        return f"inject={self.call}:{self.what}:when={self.number}{'+' if self.lasting else ''}"


def why_not() -> str | None:
    """Why calls can't be tampered with here; None when they can."""
    if not sys.platform.startswith("linux"):
        return "strace is for Linux"
    if shutil.which("strace") is None:
        return "strace is not installed"
    # One that it has not started itself: daemons are such, and some systems do not allow it.
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as other:
        tracer = subprocess.Popen(["strace", "-o", os.devnull, "-p", str(other.pid)], stderr=subprocess.PIPE, text=True)
        assert tracer.stderr is not None
        word = tracer.stderr.readline().strip()
        tracer.terminate()
        tracer.communicate(timeout=DEADLINE_SECONDS)
    return None if "attached" in word else f"strace may not trace here: {word}"


def command(words: Sequence[str], output: Path, fault: Fault | None) -> list[str]:
    """The words that run a command under strace, which notes its calls in a file; not those of what it starts."""
    return [*_strace(output, fault), *words]


def whole_command(words: Sequence[str], output: Path, fault: Fault | None) -> list[str]:
    """As `command`, for all of its threads and all that it starts."""
    return [*_strace(output, fault), "-f", *words]


@contextmanager
def attached(pid: int, output: Path, fault: Fault | None) -> Iterator[None]:
    """Traces a process that runs, all of its threads, until the end of the block or its own."""
    tracer = subprocess.Popen([*_strace(output, fault), "-f", "-p", str(pid)], stderr=subprocess.PIPE, text=True)
    try:
        assert tracer.stderr is not None
        word = tracer.stderr.readline()
        if "attached" not in word:
            raise RuntimeError(f"strace could not attach: {word}{tracer.stderr.read()}")
        yield
    finally:
        # It lets the process go on; when that has ended, so has strace.
        tracer.terminate()
        tracer.communicate(timeout=DEADLINE_SECONDS)


def _strace(output: Path, fault: Fault | None) -> list[str]:
    found = ["strace", "-y", "-s", "0", "-o", str(output), "-e", f"trace={CALLS}", "-e", "signal=none"]
    return [*found, "-e", fault.option] if fault else found


def was_killed(output: Path) -> bool:
    """Whether a call that strace has noted was the last one: it has no result."""
    text = output.read_text(encoding="utf-8", errors="replace")
    return "= ?" in text or "killed by SIGKILL" in text


def calls_of(output: Path) -> list[Call]:
    """The calls that strace has noted, in order."""
    found: list[Call] = []
    counts: dict[tuple[str, str], int] = {}
    for line in output.read_text(encoding="utf-8", errors="replace").splitlines():
        match = _LINE.match(line)
        if match is None:
            continue
        key = match["tid"] or "", match["call"]
        counts[key] = counts.get(key, 0) + 1
        paths = [one or other for one, other in _PATH.findall(match["rest"])]
        # Of a renaming, the new name says more.
        path = paths[-1] if paths else ""
        found.append(Call(match["call"], counts[key], path, "(INJECTED)" in line))
    return found
