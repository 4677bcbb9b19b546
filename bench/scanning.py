"""The scan of a workspace against ripgrep 14 with the same tags: the same files, in the same run, in turn.

Both give way to other processes alike, so that a busy machine holds up neither more than the other. The tree is that of
ISSUELENS_BENCH_TREE (a git repository; nothing in it is changed), or one made of the Python modules that are installed
here. What changes files works on the made one.
"""

from __future__ import annotations

import asyncio
import os
import resource
import shutil
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from itertools import count, islice
from pathlib import Path
from statistics import median
from typing import Final

from attrs import frozen

from bench.measure import Figure, against, below, peak_megabytes, percentile, plain
from issuelens.todos.engine import Begun, Finished, Found, ScanMessage, ScanRequest, scan, scan_here
from issuelens.todos.settings import ScanSettings
from issuelens.todos.worker import NICE

TREE: Final = "ISSUELENS_BENCH_TREE"
FILES: Final = 20_000
FEW: Final = 2_500
CHANGED: Final = 5_000
TAGS: Final = ("TODO", "FIXME", "HACK", "XXX", "BUG")
SETTINGS: Final = ScanSettings(tags=TAGS)
ROUNDS: Final = 3
TICK: Final = 0.001
"""Seconds between two looks at whether the event loop is late."""


@frozen
class Taken:
    """What one run took: seconds of wall clock, of processors, and until what was known is told to be good or not."""

    wall: float
    cpu: float
    usable: float = 0.0
    snapshot: bytes = b""
    files: int = 0
    markers: int = 0


async def scanning(folder: Path) -> list[Figure]:
    """First scans, warm and cold; the next ones; small and changed trees; memory and the owner's event loop."""
    root = _tree(folder)
    warm = _warm(root)
    rg_wall, rg_cpu = _median(warm["rg"], "wall"), _median(warm["rg"], "cpu")
    found = warm["two"][-1]
    figures = [
        plain("scan: files of the tree", found.files, "files"),
        plain("scan: markers found", found.markers, "markers"),
        against("scan: first, warm, CPU in one process", 1.15, _median(warm["one"], "cpu"), rg_cpu, "s"),
        against("scan: first, warm, CPU in two", 1.15, _median(warm["two"], "cpu"), rg_cpu, "s"),
        against("scan: first, warm, wall with two processes", 1.3, _median(warm["two"], "wall"), rg_wall, "s"),
        plain("scan: first, warm, wall with one", _median(warm["one"], "wall"), "s", rg_wall),
        against("scan: next, until usable", 0.35, _median(warm["next"], "usable"), rg_wall, "s"),
        against("scan: next, reconciled", 0.55, _median(warm["next"], "wall"), rg_wall, "s"),
        plain("scan: next, reconciled, CPU", _median(warm["next"], "cpu"), "s", rg_cpu),
    ]
    return [*figures, _cold(root), *_small(folder), *_changed(folder), *await _owner(root)]


def _median(values: list[Taken], name: str) -> float:
    return median(getattr(one, name) for one in values)


# Trees


def _tree(folder: Path) -> Path:
    named = os.environ.get(TREE)
    return Path(named).resolve() if named else _made(folder / "tree", FILES)


def _made(root: Path, files: int) -> Path:
    """A repository with copies of installed modules, all committed; made once."""
    if root.exists():
        return root
    sources = list(_modules())
    for copy in count():
        chosen = list(islice(sources, files - copy * len(sources))) if files > copy * len(sources) else []
        if not chosen:
            break
        for source, name in chosen:
            target = root / f"copy{copy}" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
    for words in (("init", "-q"), ("add", "-A"), ("commit", "-qm", "the tree")):
        author = ("-c", "user.name=bench", "-c", "user.email=bench@example.invalid")
        subprocess.run(["git", "-C", str(root), *author, *words], check=True, capture_output=True)
    return root


def _modules() -> Iterator[tuple[Path, Path]]:
    for base in map(Path, dict.fromkeys((sysconfig.get_path("stdlib"), sysconfig.get_path("purelib")))):
        for path in sorted(base.rglob("*.py")):
            if path.is_file() and "site-packages" not in path.relative_to(base).parts:
                yield path, Path(base.name) / path.relative_to(base)


# One run


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _ours(root: Path, known: bytes = b"", processes: int = 2) -> Taken:
    before, begun, usable, markers = _cpu(), time.perf_counter(), 0.0, 0
    finished: Finished | None = None
    for message in scan_here(ScanRequest(root, SETTINGS, known, processes=processes)):
        if isinstance(message, Begun):
            usable = time.perf_counter() - begun
        elif isinstance(message, Found):
            markers += sum(len(one.markers) for one in message.findings)
        elif isinstance(message, Finished):
            finished = message
    assert finished is not None
    taken = time.perf_counter() - begun, _cpu() - before, usable
    return Taken(*taken, finished.snapshot, finished.files, markers)


def _ripgrep(root: Path) -> Taken:
    program = Path(sys.executable).with_name("rg")
    words = ("nice", "-n", str(NICE), program, "-n", "--no-heading", rf"\b({'|'.join(TAGS)})\b", root)
    before, begun = _cpu(), time.perf_counter()
    subprocess.run(words, stdout=subprocess.DEVNULL, check=False)
    return Taken(time.perf_counter() - begun, _cpu() - before)


def _warm(root: Path) -> dict[str, list[Taken]]:
    found: dict[str, list[Taken]] = {"rg": [], "one": [], "two": [], "next": []}
    known = _ours(root).snapshot
    _ripgrep(root)
    for _ in range(ROUNDS):
        found["rg"].append(_ripgrep(root))
        found["two"].append(_ours(root))
        found["one"].append(_ours(root, processes=1))
        found["next"].append(_ours(root, known))
        known = found["next"][-1].snapshot
    return found


def _cold(root: Path) -> Figure:
    how = _forget(root)
    ours, other = [], []
    for _ in range(ROUNDS):
        _forget(root)
        other.append(_ripgrep(root).wall)
        _forget(root)
        ours.append(_ours(root).wall)
    return against(f"scan: first, cold ({how})", 0.4, median(ours), median(other), "s")


def _forget(root: Path) -> str:
    """Makes the system forget the files, and says how."""
    os.sync()
    try:
        Path("/proc/sys/vm/drop_caches").write_text("3\n")
    except OSError:
        for path in root.rglob("*"):
            if path.is_file() and not path.is_symlink():
                _forget_file(path)
        return "each file's pages dropped"
    return "all caches dropped"


def _forget_file(path: Path) -> None:
    with path.open("rb") as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def _small(folder: Path) -> list[Figure]:
    small = _made(folder / "small", FEW)
    taken = [_ours(small) for _ in range(2 * ROUNDS)]
    known = taken[-1].snapshot
    again = [_ours(small, known) for _ in range(2 * ROUNDS)]
    return [
        below(f"scan: first, {FEW:,} files", 100, _median(taken, "wall") * 1000, "ms"),
        plain(f"scan: first, {FEW:,} files, CPU", _median(taken, "cpu") * 1000, "ms"),
        plain(f"scan: next, {FEW:,} files", _median(again, "wall") * 1000, "ms"),
    ]


def _changed(folder: Path) -> list[Figure]:
    made = _made(folder / "tree", FILES)
    known, taken = _ours(made).snapshot, []
    changing = sorted(made.rglob("*.py"))[:CHANGED]
    for number in range(ROUNDS):
        for path in changing:
            with path.open("ab") as file:
                file.write(b"# TODO: %d\n" % number)
        taken.append(_ours(made, known))
        known = taken[-1].snapshot
    return [
        below(f"scan: {CHANGED:,} files changed at once", 1000, _median(taken, "wall") * 1000, "ms"),
        plain(f"scan: {CHANGED:,} files changed at once, CPU", _median(taken, "cpu") * 1000, "ms"),
    ]


# Beside an event loop


async def _owner(root: Path) -> list[Figure]:
    late: list[float] = []
    peaks: dict[int, float] = {}
    loop = asyncio.get_running_loop()
    watching = True

    def tick(due: float) -> None:
        late.append((loop.time() - due) * 1000)
        if watching:
            loop.call_at(loop.time() + TICK, tick, loop.time() + TICK)

    async def take(message: ScanMessage) -> None:
        if not isinstance(message, Begun):
            peaks.update(_peaks())

    loop.call_soon(partial(tick, loop.time()))
    await scan(ScanRequest(root, SETTINGS), take)
    watching = False
    return [
        below("scan: memory of a worker, at most", 50, max(peaks.values(), default=0), "MB"),
        below("scan: the owner's event loop is late, p99", 10, percentile(late, 0.99), "ms"),
    ]


def _peaks() -> dict[int, float]:
    """The most memory that each process below this one has had so far."""
    found: dict[int, float] = {}
    waiting = [os.getpid()]
    while waiting:
        for pid in _children(waiting.pop()):
            with suppress(OSError, ValueError):  # it has ended
                found[pid] = peak_megabytes(pid)
                waiting.append(pid)
    return found


def _children(pid: int) -> list[int]:
    found = []
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):  # that thread has ended
            found += [int(word) for word in children.read_text().split()]
    return found
