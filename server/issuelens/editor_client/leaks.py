"""The leak check: opens, uses and closes a workspace many times in one language server, and counts what stays.

No one counter sees every leak, so several are taken; memory is judged by its slope (Theil-Sen), after the C library has
given back what is free.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path
from statistics import median
from typing import Any, Final

from attrs import asdict, frozen

from issuelens.editor_client.editor import Editor, editor
from issuelens.ipc import launch
from issuelens.workspace import find_workspace, initialise

WARM_UP_CYCLES: Final = 60
"""Cycles before counting begins: caches fill, threads start."""
SAMPLES: Final = 40
"""Memory samples over the counted cycles."""
SLOPE_LIMIT_KB: Final = 0.05
"""KB of anonymous memory a cycle (docs/performance.md has what was measured; a kept engine makes it 159)."""
SLOPE_CYCLES: Final = 2000
"""Counted cycles from which the slope is judged: over fewer, a few pages more are already above the limit."""


@frozen(kw_only=True)
class Counts:
    """What has changed over the counted cycles."""

    cycles: int
    sessions: int
    tasks: int
    fds: int
    threads: int
    engines: int
    connections: int
    objects_per_cycle: float
    rss_anon_kb_per_cycle: float

    @property
    def problems(self) -> list[str]:
        """What should be 0 and is not."""
        exact = ("sessions", "tasks", "fds", "threads", "engines", "connections")
        found = [f"{name}: {getattr(self, name)}" for name in exact if getattr(self, name) > 0]
        if self.objects_per_cycle > 0.1:
            found.append(f"objects: {self.objects_per_cycle:.2f} a cycle")
        if self.cycles >= SLOPE_CYCLES and self.rss_anon_kb_per_cycle > SLOPE_LIMIT_KB:
            found.append(f"memory: {self.rss_anon_kb_per_cycle:.3f} KB a cycle")
        return found


def run(cycles: int, as_json: bool) -> int:
    """Runs the check on a workspace of its own and prints what it counted.

    Args:
        cycles: how many are counted, after a warm-up.
        as_json: prints a JSON object.

    Returns:
        0 when nothing stayed, else 1.
    """
    with tempfile.TemporaryDirectory(prefix="issuelens-leaks-") as temporary:
        root = Path(temporary) / "project"
        root.mkdir()
        (root / "main.py").write_text("# TODO: look\n# TODO: look again\n", encoding="utf-8")
        workspace = initialise(root, "app")
        os.environ["XDG_RUNTIME_DIR"] = temporary
        try:
            counts = asyncio.run(measured(root, cycles))
        finally:
            launch.stop(workspace)
    if as_json:
        sys.stdout.write(json.dumps(asdict(counts) | {"problems": counts.problems}) + "\n")
    else:
        _print(counts)
    return 1 if counts.problems else 0


def _print(counts: Counts) -> None:
    for name, value in asdict(counts).items():
        shown = f"{value:.4f}" if isinstance(value, float) else str(value)
        sys.stdout.write(f"{name.replace('_', ' '):<24} {shown}\n")
    for problem in counts.problems:
        sys.stdout.write(f"left behind: {problem}\n")
    sys.stdout.write("nothing stayed\n" if not counts.problems else "")


async def measured(root: Path, cycles: int, environment: Mapping[str, str] | None = None) -> Counts:
    """Counts over so many cycles on a workspace, in a language server of its own.

    Args:
        root: an initialised workspace with a file `main.py`.
        cycles: how many are counted, after the warm-up.
        environment: variables set for the server.
    """
    assert find_workspace(root) is not None
    # A second editor keeps the daemon at work, so that only the server's own comings and goings are counted.
    async with editor([root]) as keeper, editor([], environment=environment) as played:
        await keeper.connection.request("issuelens/listIssues", {})
        for _ in range(WARM_UP_CYCLES):
            await _cycle(played, root)
        before = await played.status(trim=True)
        samples = [(0, before["rssAnonKb"] or 0)]
        for number in range(1, cycles + 1):
            await _cycle(played, root)
            if number % max(1, cycles // SAMPLES) == 0:
                samples.append((number, (await played.status(trim=True))["rssAnonKb"] or 0))
        after = await played.status(trim=True)
    return _difference(before, after, samples, cycles)


async def _cycle(played: Editor, root: Path) -> None:
    """Opens, uses and closes."""
    played.open_folder(root)
    buffer = played.open_file(root / "main.py", "python")
    await played.lenses(buffer)
    await played.connection.request("issuelens/listIssues", {})
    played.close_file(buffer)
    played.close_folder(root)
    # Closing goes on beside us; the server says when all of it is done.
    await played.connection.request("issuelens/settled")
    played.connection.notifications.clear()


def _difference(
    before: Mapping[str, Any], after: Mapping[str, Any], samples: Sequence[tuple[int, int]], cycles: int
) -> Counts:
    return Counts(
        cycles=cycles,
        sessions=len(after["sessions"]),
        tasks=after["tasks"] - before["tasks"],
        fds=(after["fds"] or 0) - (before["fds"] or 0),
        threads=after["threads"] - before["threads"],
        engines=after["openEngines"] - before["openEngines"],
        connections=after["openConnections"] - before["openConnections"],
        objects_per_cycle=(after["objects"] - before["objects"]) / cycles,
        rss_anon_kb_per_cycle=slope(samples),
    )


def slope(samples: Sequence[tuple[int, int]]) -> float:
    """The Theil-Sen slope: the median of the slopes between all pairs; single leaps do not move it."""
    slopes = [(y2 - y1) / (x2 - x1) for (x1, y1), (x2, y2) in combinations(samples, 2) if x2 != x1]
    return median(slopes) if slopes else 0.0
