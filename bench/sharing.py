"""Sharing by git: what a daemon pays to write and take in a large file, what waits meanwhile, and the merge driver."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any, Final

from attrs import define, field

from bench.filling import asked, filled, write_issues
from bench.measure import ROUNDS, Figure, below, percentile, plain
from issuelens.domain.operation import CreateIssue
from issuelens.ipc import launch, methods
from issuelens.ipc.client import DaemonClient
from issuelens.ipc.endpoint import read_endpoint
from issuelens.process import PYTHON
from issuelens.workspace import Workspace

SIZES: Final = (10_000, 100_000)
FEW: Final = 100
MANY: Final = 5_000
"""Lines that another tool has changed."""
DRIVEN: Final = (200, 1_000)
"""Lines that each side of a merge has changed."""
_TICKS: Final = os.sysconf("SC_CLK_TCK")


async def sharing(folder: Path) -> list[Figure]:
    """All figures; the machine's own copy of the file and a bare JSON parser stand beside."""
    found: list[Figure] = []
    for size in SIZES:
        bench = _Bench(filled(folder, size), size)
        bench.begin()
        try:
            found += await bench.figures()
        finally:
            launch.stop(bench.space)
        shutil.rmtree(bench.space.root)
    return [*found, *_driver(folder)]


@define
class _Bench:
    """A workspace with so many issues, and its daemon."""

    space: Workspace
    size: int
    _number: int = 0
    _latencies: list[float] = field(factory=list)
    _is_over: bool = False

    def begin(self) -> None:
        """Writes the file for the first time; later it is kept current by itself."""
        os.environ["ISSUELENS_IDLE_SECONDS"] = "600"
        launch.ensure_running(self.space)
        asked(self.space, methods.SYNC, key="begin")

    async def figures(self) -> list[Figure]:
        """Export and imports alone, then with writes beside."""
        found = []
        copied, parsed = _cpu_of(self._copied), _cpu_of(self._parsed)
        export = [self._cost(self._edited) for _ in range(2 * ROUNDS)]
        imports = [self._cost(self._pulled, FEW) for _ in range(ROUNDS)]
        if self.size == SIZES[-1]:
            found += [
                _beside(below("export after one edit, CPU", 300, median(one[0] for one in export), "ms"), copied),
                _beside(
                    below(f"import of {FEW} changed lines, CPU", 2000, median(one[0] for one in imports), "ms"), parsed
                ),
                below("the same by the clock", 2000, median(one[1] for one in imports), "ms"),
            ]
        quiet = await self._beside(None, 0)
        found.append(plain(f"write acknowledged, {self.size:,} issues, no sync, p99", percentile(quiet, 0.99), "ms"))
        for name, work, count in (
            ("export", self._edited, 0),
            (f"import of {FEW} lines", self._pulled, FEW),
            (f"import of {MANY:,} lines", self._pulled, MANY),
        ):
            waits = await self._beside(work, count)
            name = f"write acknowledged, {self.size:,} issues, during {name}"
            found.append(below(f"{name}, p99 of {len(waits)}", 50, percentile(waits, 0.99), "ms"))
            found.append(plain(f"{name}, worst", max(waits), "ms"))
        return [_named(one, self.size) for one in found]

    # What is done

    def _edited(self) -> None:
        self._number += 1
        first = json.loads(self.space.jsonl.open("rb").readline())["id"]
        asked(self.space, methods.UPDATE, key=f"edit {self._number}", ids=[first], notes=f"note {self._number}")
        asked(self.space, methods.SETTLE)

    def _pulled(self) -> None:
        (self.space.root / "pulled").replace(self.space.jsonl)
        asked(self.space, methods.SETTLE, only_look=True)

    def _prepare(self, count: int) -> None:
        """Makes a file in which somebody else has changed so many lines, evenly spread."""
        self._number += 1
        lines = self.space.jsonl.read_bytes().splitlines(keepends=True)
        for place in range(0, len(lines), len(lines) // count):
            shape = json.loads(lines[place])
            shape |= {"design": f"pulled {self._number}", "updated_at": f"2030-01-01T00:00:{self._number:02}.000000Z"}
            lines[place] = json.dumps(shape, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        (self.space.root / "pulled").write_bytes(b"".join(lines))

    def _copied(self) -> None:
        copy = self.space.root / "copy"
        copy.write_bytes(self.space.jsonl.read_bytes())
        with copy.open("rb") as file:
            os.fsync(file.fileno())

    def _parsed(self) -> None:
        for line in self.space.jsonl.open("rb"):
            json.loads(line)

    # How it is measured

    def _cost(self, work: Callable[[], None], changed: int = 0) -> tuple[float, float]:
        """Milliseconds of the daemon's processor time, and of the clock."""
        if changed:
            self._prepare(changed)
        endpoint = read_endpoint(self.space)
        assert endpoint is not None
        before, begun = _cpu(endpoint.pid), time.perf_counter()
        work()
        return _cpu(endpoint.pid) - before, (time.perf_counter() - begun) * 1000

    async def _beside(self, work: Callable[[], None] | None, changed: int) -> list[float]:
        """Milliseconds of each write of a client that writes while the work is done, several times."""
        found: list[float] = []
        async with DaemonClient(self.space, client="bench", on_event=_ignored, on_gap=_ignored) as client:
            for _ in range(ROUNDS):
                loop = asyncio.get_running_loop()
                if changed:
                    await loop.run_in_executor(None, self._prepare, changed)
                done = loop.run_in_executor(None, work) if work else None
                while True:
                    begun = time.perf_counter()
                    await client.write(CreateIssue(title="Written meanwhile"))
                    found.append((time.perf_counter() - begun) * 1000)
                    if done.done() if done is not None else len(found) % 200 == 0:
                        break
                if done is not None:
                    await done
                await loop.run_in_executor(None, lambda: asked(self.space, methods.SETTLE))
        return found


def _ignored(_told: object) -> None:
    pass


def _cpu(pid: int) -> float:
    """Milliseconds of processor time that a process has had (proc(5))."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / _TICKS


def _cpu_of(work: Callable[[], None]) -> float:
    times = []
    for _ in range(ROUNDS):
        begun = time.process_time()
        work()
        times.append((time.process_time() - begun) * 1000)
    return median(times)


def _beside(figure: Figure, other: float) -> Figure:
    return Figure(figure.name, figure.budget, figure.ours, other, figure.unit, figure.is_met)


def _named(figure: Figure, size: int) -> Figure:
    name = figure.name if "issues" in figure.name else f"{size:,} issues: {figure.name}"
    return Figure(name, figure.budget, figure.ours, figure.other, figure.unit, figure.is_met)


# The merge driver


def _driver(folder: Path) -> list[Figure]:
    found = []
    for count in DRIVEN:
        sides = _sides(folder, count)
        times = [(_timed(_driven, sides), _timed(_by_text, sides)) for _ in range(2 * ROUNDS)]
        ours, other = (median(one[which] for one in times) for which in (0, 1))
        name = f"merge driver, {SIZES[0]:,} lines, {count:,} changed on each side, start included (git merge-file)"
        found.append(_beside(below(name, 1000, ours, "ms"), other))
    return found


def _sides(folder: Path, count: int) -> list[Path]:
    """A file and two changed ones; a fifth of the lines are changed by both."""
    base = folder / "base.jsonl"
    write_issues(base, SIZES[0])
    lines, found = base.read_bytes().splitlines(keepends=True), [base]
    for side, offset in (("ours", 0), ("theirs", count * 4 // 5)):
        mine = list(lines)
        for place in range(offset, offset + count):
            mine[place * 4] = _changed(mine[place * 4], side)
        found.append(folder / side)
        found[-1].write_bytes(b"".join(mine))
    return found


def _changed(line: bytes, side: str) -> bytes:
    shape: dict[str, Any] = json.loads(line) | {"notes": side, "updated_at": f"2030-01-0{len(side) % 9 + 1}T00:00:00Z"}
    return json.dumps(shape, separators=(",", ":")).encode() + b"\n"


def _driven(sides: list[Path]) -> None:
    base, ours, theirs = sides
    copy = ours.with_suffix(".copy")
    shutil.copy(ours, copy)
    command = [*PYTHON, "-m", "issuelens", "merge-driver", str(base), str(copy), str(theirs), "issues.jsonl"]
    subprocess.run(command, check=True, capture_output=True, cwd=copy.parent)


def _by_text(sides: list[Path]) -> None:
    base, ours, theirs = map(str, sides)
    subprocess.run(["git", "merge-file", "-p", ours, base, theirs], check=False, capture_output=True)


def _timed(work: Callable[[list[Path]], None], sides: list[Path]) -> float:
    begun = time.perf_counter()
    work(sides)
    return (time.perf_counter() - begun) * 1000
