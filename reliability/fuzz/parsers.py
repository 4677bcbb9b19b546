"""Whatever reads text from elsewhere, in worker processes: only the errors that it names, in time, within bounds."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from attrs import define, field

from reliability.fuzz.findings import SHOWN, keep, seed, sentence
from reliability.fuzz.room import ROOM, noted
from reliability.report import Report

INPUTS: Final = 800_000
"""Inputs of the whole trial."""
WORKERS: Final = 2
SILENCE_SECONDS: Final = 120.0
"""How long a worker may say nothing; it speaks every few hundred inputs."""
MEMORY_MB: Final = 700
"""Resident memory of a worker at most."""
REPOSITORY: Final = Path(__file__).parents[2]


@define(eq=False)
class _Found:
    """What the workers have told."""

    counts: Counter[str] = field(factory=Counter)
    slowest: dict[str, float] = field(factory=dict)
    memory_mb: int = 0
    problems: list[str] = field(factory=list)

    def take(self, shape: dict[str, Any]) -> None:
        """Takes a line of a worker."""
        if "problem" in shape:
            self.problems.append(sentence(f"{shape['target']}: {shape['problem']}", Path(shape["file"])))
        self.counts += Counter(shape.get("counts", {}))
        for name, seconds in shape.get("slowest", {}).items():
            self.slowest[name] = max(seconds, self.slowest.get(name, 0.0))
        self.memory_mb = max(self.memory_mb, shape.get("memory_mb", 0))


async def trial(folder: Path, part: float) -> Report:
    """Feeds INPUTS mutated inputs to every target."""
    return await run(folder, int(INPUTS * part), WORKERS)


async def run(folder: Path, inputs: int, workers: int, names: Sequence[str] = ()) -> Report:
    """The trial with so many inputs, for all targets or those named."""
    folder.mkdir(parents=True, exist_ok=True)
    found = _Found()
    async with asyncio.TaskGroup() as group:
        for number in range(workers):
            group.create_task(_worker(folder / f"{number}", f"{seed()}/{number}", inputs // workers, names, found))
    if found.memory_mb > MEMORY_MB:
        found.problems.append(f"a worker had {found.memory_mb} MB of memory, {MEMORY_MB} are allowed")
    slowest = max(found.slowest, key=lambda name: found.slowest[name], default="")
    shown: dict[str, Any] = {"seed": seed(), "inputs": found.counts.total()}
    shown |= {f"inputs of {name}": count for name, count in sorted(found.counts.items())}
    shown |= {"slowest input (s)": found.slowest.get(slowest, 0.0), "of": slowest}
    shown["peak memory of a worker (MB)"] = found.memory_mb
    return Report(name="fuzz parsers", counts=shown, problems=tuple(found.problems[:SHOWN]))


async def _worker(room: Path, chance: str, inputs: int, names: Sequence[str], found: _Found) -> None:
    room.write_bytes(bytes(ROOM))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "reliability.fuzz.worker", chance, str(inputs), str(room.resolve()), *names),
        stdin=DEVNULL,
        stdout=PIPE,
        cwd=REPOSITORY,
        env=os.environ | {"PYTHONHASHSEED": "0"},
    )
    assert process.stdout is not None
    try:
        while line := await asyncio.wait_for(process.stdout.readline(), SILENCE_SECONDS):
            found.take(json.loads(line))
        problem = f"a worker ended with {code}" if (code := await process.wait()) else None
    except TimeoutError:
        problem = f"a worker said nothing for {SILENCE_SECONDS:.0f} s"
        process.kill()
        await process.wait()
    if problem is not None:
        name, content = noted(room)
        found.problems.append(sentence(f"{name}: {problem}", keep(name, [content], {})))
