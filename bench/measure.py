"""Rounds, medians and ratios. Two things are measured in turn, so that a noisy machine disturbs both alike."""

from __future__ import annotations

import re
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from statistics import median

from attrs import frozen

ROUNDS = 5


@frozen
class Figure:
    """A measured figure: its budget, ours and what it is compared with, in `unit`."""

    name: str
    budget: str
    ours: float
    other: float | None
    unit: str
    is_met: bool

    @property
    def ratio(self) -> float | None:
        """Ours over the other."""
        return self.ours / self.other if self.other else None


def against(name: str, limit: float, ours: float, other: float, unit: str = "ms") -> Figure:
    """A figure that may be at most `limit` times the other."""
    return Figure(name, f"<= {limit:g}x", ours, other, unit, ours <= limit * other)


def below(name: str, limit: float, ours: float, unit: str) -> Figure:
    """A figure that may be at most `limit`."""
    return Figure(name, f"<= {limit:g} {unit}", ours, None, unit, ours <= limit)


def at_least(name: str, limit: float, ours: float, other: float, unit: str) -> Figure:
    """A figure that must be at least `limit` times the other."""
    return Figure(name, f">= {limit:g}x", ours, other, unit, ours >= limit * other)


def at_least_share(name: str, limit: float, ours: float) -> Figure:
    """A share that must be at least `limit`."""
    return Figure(name, f">= {limit:g}", ours, None, "", ours >= limit)


def plain(name: str, ours: float, unit: str, other: float | None = None) -> Figure:
    """A figure without a budget."""
    return Figure(name, "", ours, other, unit, is_met=True)


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` of them are."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


async def timed(work: Callable[[], Awaitable[object]], count: int) -> list[float]:
    """Milliseconds of each of so many calls."""
    found = []
    for _ in range(count):
        begun = time.perf_counter()
        await work()
        found.append((time.perf_counter() - begun) * 1000)
    return found


async def side_by_side(
    ours: Callable[[], Awaitable[object]],
    other: Callable[[], Awaitable[object]],
    *,
    count: int,
    share: float = 0.5,
    rounds: int = ROUNDS,
) -> tuple[float, float]:
    """The percentile of both, each the median over rounds that alternate."""
    results: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for result, work in zip(results, (ours, other), strict=True):
            result.append(percentile(await timed(work, count), share))
    return median(results[0]), median(results[1])


def peak_megabytes(pid: int) -> float:
    """The most memory that a process has had so far (VmHWM of proc(5))."""
    [kilobytes] = re.findall(r"^VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    return int(kilobytes) / 1024
