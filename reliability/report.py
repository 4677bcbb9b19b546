"""What a trial has counted, and what it has found wrong."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from attrs import field, frozen


@frozen(kw_only=True)
class Report:
    """The end of one trial.

    Args:
        name: of the trial.
        counts: what was counted, in the order to show: name -> number or short text, units in the name.
        problems: what should not be, one sentence each; empty when the trial has passed.
        seconds: how long it took.
    """

    name: str
    counts: Mapping[str, Any] = field(factory=dict)
    problems: tuple[str, ...] = ()
    seconds: float = 0.0

    def lines(self) -> Iterable[str]:
        """The report as text."""
        yield f"{self.name} ({self.seconds:.0f} s): {'passed' if not self.problems else 'FAILED'}"
        for name, value in self.counts.items():
            yield f"  {name:<44} {f'{value:,.4g}' if isinstance(value, float) else value}"
        for problem in self.problems:
            yield f"  problem: {problem}"


def save(reports: Iterable[Report], path: Path) -> None:
    """Writes reports as JSON, for whoever compares runs."""
    shapes = [
        {"name": one.name, "seconds": round(one.seconds, 1), "counts": dict(one.counts), "problems": list(one.problems)}
        for one in reports
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(shapes, indent=2) + "\n", encoding="utf-8")
