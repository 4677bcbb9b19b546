"""What a leak check counts, and what of it is a leak. Pure: the playing is in `leaks`.

No one counter sees every leak, so several are taken. Memory is judged by its slope (Theil-Sen), after the C library has
given back what is free; over few cycles, where a page more or less hides it, by what Python has allocated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from statistics import median
from typing import Any, Final

from attrs import frozen

SLOPE_LIMIT_KB: Final = 0.05
"""KB of anonymous memory a cycle (docs/performance.md has what was measured; a kept engine makes it 159)."""
SLOPE_CYCLES: Final = 2000
"""Counted cycles from which that slope is judged: over fewer, a few pages more are already above the limit."""
TRACED_LIMIT_KB: Final = 0.2
"""KB of traced memory a cycle."""
TRACED_SLACK_KB: Final = 40.0
"""KB of traced memory beyond that over all cycles: what was there before and is made anew."""
OBJECTS_LIMIT: Final = 0.1
"""Objects a cycle."""
OBJECTS_SLACK: Final = 60
"""Objects beyond that over all cycles: what is under way when they are counted, and what abstract classes remember of
others once they are asked (two objects a class)."""
CURSORS_SLACK: Final = 420
"""The same for a daemon: each of its two connections keeps weak references to up to 200 cursors that are gone."""

_SERVER: Final = {
    "tasks": "tasks",
    "fds": "fds",
    "sockets": "sockets",
    "watchers": "watchers",
    "locks": "locks",
    "children": "children",
    "threads": "threads",
    "documents": "documents",
    "engines": "openEngines",
    "pool connections": "poolConnections",
    "pool checkouts": "poolCheckouts",
    "connections": "openConnections",
    "client sessions": "clientSessions",
    "web sockets": "webSockets",
}
"""What must not grow in a language server: counter -> its name in `issuelens/status`."""
_DAEMON: Final = {
    "tasks": "tasks",
    "fds": "fds",
    "sockets": "sockets",
    "watchers": "watchers",
    "locks": "locks",
    "children": "children",
    "threads": "threads",
    "engines": "engines",
    "pool connections": "connections",
    "pool checkouts": "pool_checkouts",
}
"""The same for a daemon and `daemon/status`."""


@frozen
class Reading:
    """What a process holds at a moment; what its platform does not tell is left out of `counted`."""

    counted: Mapping[str, int]
    objects: int
    rss_anon_kb: int
    traced_kb: float | None = None

    def exceeds(self, before: Reading) -> bool:
        """Whether something is held that was not before."""
        return any(more > 0 for more in self.more_than(before).values())

    def more_than(self, before: Reading) -> dict[str, int]:
        """What is held more than before; negative for less."""
        return {name: value - before.counted.get(name, 0) for name, value in self.counted.items()}


def lowest(readings: Sequence[Reading]) -> Reading:
    """The least of each that several readings tell: what only one of them has seen was about to go."""
    last = readings[-1]
    return Reading(
        {name: min(one.counted[name] for one in readings) for name in last.counted},
        min(one.objects for one in readings),
        min(one.rss_anon_kb for one in readings),
        min((one.traced_kb for one in readings if one.traced_kb is not None), default=None),
    )


def reading_of_server(status: Mapping[str, Any]) -> Reading:
    """From the answer to `issuelens/status`."""
    counted = {"sessions": len(status["sessions"])} | _counted(status, _SERVER)
    return Reading(counted, status["objects"], status["rssAnonKb"] or 0, status["tracedKb"])


def reading_of_daemon(status: Mapping[str, Any]) -> Reading:
    """From the answer to `daemon/status`."""
    counted = {"clients": len(status["clients"])} | _counted(status, _DAEMON)
    return Reading(counted, status["objects"] or 0, status["rss_anon_kb"] or 0)


def _counted(status: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, int]:
    return {name: status[told] for name, told in names.items() if status[told] is not None}


@frozen(kw_only=True)
class Growth:
    """What one process holds more after so many cycles."""

    counted: Mapping[str, int]
    objects: int
    rss_anon_kb_per_cycle: float
    traced_kb: float | None = None

    def problems(self, cycles: int, slack: int = OBJECTS_SLACK) -> list[str]:
        """What should have stayed as it was and has not: `name: how much`. `slack` is of objects over all cycles."""
        found = [f"{name}: {more}" for name, more in self.counted.items() if more > 0]
        if self.objects > OBJECTS_LIMIT * cycles + slack:
            found.append(f"objects: {self.objects / cycles:.2f} a cycle")
        if self.traced_kb is not None and self.traced_kb > TRACED_LIMIT_KB * cycles + TRACED_SLACK_KB:
            found.append(f"traced memory: {self.traced_kb / cycles:.3f} KB a cycle")
        if cycles >= SLOPE_CYCLES and self.rss_anon_kb_per_cycle > SLOPE_LIMIT_KB:
            found.append(f"memory: {self.rss_anon_kb_per_cycle:.3f} KB a cycle")
        return found

    def figures(self, cycles: int) -> dict[str, int | float]:
        """What was counted, for people and scripts."""
        traced = {} if self.traced_kb is None else {"traced_kb_per_cycle": self.traced_kb / cycles}
        return {
            **{name.replace(" ", "_"): more for name, more in self.counted.items()},
            "objects_per_cycle": self.objects / cycles,
            **traced,
            "rss_anon_kb_per_cycle": self.rss_anon_kb_per_cycle,
        }


def growth(before: Reading, after: Reading, memory: Sequence[tuple[int, int]]) -> Growth:
    """What has come between two readings.

    Args:
        before: the reading at the beginning.
        after: the one at the end.
        memory: KiB of anonymous memory by number of cycles.
    """
    traced = None if after.traced_kb is None or before.traced_kb is None else after.traced_kb - before.traced_kb
    return Growth(
        counted=after.more_than(before),
        objects=after.objects - before.objects,
        rss_anon_kb_per_cycle=slope(memory),
        traced_kb=traced,
    )


@frozen(kw_only=True)
class Counts:
    """What has changed over the counted cycles: in the language server, in the daemon, and on the disk."""

    cycles: int
    server: Growth
    daemon: Growth
    files: Sequence[str] = ()
    """Files that were made and not removed."""

    @property
    def problems(self) -> list[str]:
        """What stayed; what is the daemon's says so."""
        found = self.server.problems(self.cycles)
        found += [f"daemon {one}" for one in self.daemon.problems(self.cycles, CURSORS_SLACK)]
        if self.files:
            found.append(f"files: {len(self.files)}, for instance {self.files[0]}")
        return found

    def figures(self) -> dict[str, Any]:
        """What was counted, for people and scripts."""
        return {
            "cycles": self.cycles,
            **self.server.figures(self.cycles),
            **{f"daemon_{name}": value for name, value in self.daemon.figures(self.cycles).items()},
            "files": len(self.files),
        }


def slope(samples: Sequence[tuple[int, int]]) -> float:
    """The Theil-Sen slope: the median of the slopes between all pairs; single leaps do not move it."""
    slopes = [(y2 - y1) / (x2 - x1) for (x1, y1), (x2, y2) in combinations(samples, 2) if x2 != x1]
    return median(slopes) if slopes else 0.0
