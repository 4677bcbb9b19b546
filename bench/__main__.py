"""Runs every benchmark, or those named, and prints a table for docs/performance.md."""

from __future__ import annotations

import asyncio
import os
import platform
import sqlite3
import sys
import tempfile
from pathlib import Path

from bench import (
    commanding,
    editing,
    features,
    indexing,
    keystrokes,
    labels,
    scanning,
    searching,
    sharing,
    tracking,
    writing,
)
from bench.measure import Figure

BENCHMARKS = {
    "start": editing.start,
    "answers": editing.answers,
    "lenses": editing.lenses,
    "writes": writing.acknowledged,
    "events": editing.events,
    "holding": editing.holding,
    "import": tracking.importing,
    "growth": tracking.growth,
    "search": searching.searches,
    "crowd": tracking.crowd,
    "bulk": tracking.bulk,
    "commands": commanding.commands,
    "scanning": scanning.scanning,
    "indexing": indexing.scanning,
    "labels": labels.labels,
    "keystrokes": keystrokes.keystrokes,
    "features": features.features,
    "sharing": sharing.sharing,
}


def main() -> None:
    """Prints the table; the exit code says nothing of the budgets, since machines differ."""
    chosen = sys.argv[1:] or list(BENCHMARKS)
    print(f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {os.cpu_count()} cores, ", end="")
    print(f"{platform.system()} {platform.machine()}\n")
    print("| figure | budget | ours | compared with | ratio | met |\n| --- | --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory(prefix="issuelens-bench-") as parent:
        for name in chosen:
            folder = Path(parent) / name
            folder.mkdir(mode=0o700)
            os.environ["XDG_RUNTIME_DIR"] = str(folder)
            os.environ["ISSUELENS_IDLE_SECONDS"] = "1"
            for figure in asyncio.run(BENCHMARKS[name](folder)):
                print(_row(figure), flush=True)


def _row(figure: Figure) -> str:
    other = f"{_number(figure.other)} {figure.unit}" if figure.other is not None else ""
    ratio = f"{figure.ratio:.2f}" if figure.ratio is not None else ""
    met = ("yes" if figure.is_met else "no") if figure.budget else ""
    return f"| {figure.name} | {figure.budget} | {_number(figure.ours)} {figure.unit} | {other} | {ratio} | {met} |"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


main()
