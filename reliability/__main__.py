"""`python -m reliability soak|crash|fuzz|load`: runs the trials of a group and prints what they counted."""

from __future__ import annotations

import argparse
import asyncio
import importlib
import os
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from attrs import evolve

from reliability.report import Report, save

GROUPS = ("soak", "crash", "fuzz", "load")
"""Each is a package here whose TRIALS maps a name to a trial."""

Trial = Callable[[Path, float], Awaitable[Report]]
"""Gets an empty folder with a short name, and the part of its full size to run: 1 is all of it."""


def main(argv: list[str]) -> int:
    """Runs a group, or those of its trials that are named.

    Returns:
        0 when every trial has passed, else 1.
    """
    parser = argparse.ArgumentParser(prog="reliability")
    parser.add_argument("group", choices=GROUPS)
    parser.add_argument("trials", nargs="*", help="only these (default: all of the group)")
    parser.add_argument("--part", type=float, default=1.0, help="of the full size, for instance 0.01")
    options = parser.parse_args(argv)
    trials: Mapping[str, Trial] = importlib.import_module(f"reliability.{options.group}").TRIALS
    unknown = [name for name in options.trials if name not in trials]
    if unknown:
        parser.error(f"{unknown[0]} is not a trial of {options.group}; there are {', '.join(trials)}")
    reports = [_run(trials[name], options.part) for name in options.trials or trials]
    save(reports, Path("build/reliability") / f"{options.group}.json")
    return 1 if any(one.problems for one in reports) else 0


def _run(trial: Trial, part: float) -> Report:
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="il-") as folder:
        runtime = Path(folder) / "run"
        runtime.mkdir(mode=0o700)
        os.environ["XDG_RUNTIME_DIR"] = str(runtime)
        report = asyncio.run(trial(Path(folder) / "t", part))
    report = evolve(report, seconds=time.monotonic() - begun)
    sys.stdout.write("\n".join([*report.lines(), ""]))
    sys.stdout.flush()
    return report


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
