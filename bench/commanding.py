"""The command line in a pipe, with a daemon at work, against an interpreter that does nothing."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import Final

from bench.filling import filled, issue_id
from bench.measure import Figure, against
from bench.tracking import SOME
from issuelens.ipc import launch

ROUNDS: Final = 25
_SCRIPT: Final = str(Path(sys.executable).parent / "issuelens")


async def commands(folder: Path) -> list[Figure]:
    """`list` and `show`, each process in turn with `python -c pass`."""
    workspace = filled(folder, SOME)
    os.environ["ISSUELENS_IDLE_SECONDS"] = "600"
    launch.ensure_running(workspace)
    module = (sys.executable, "-m", "issuelens")
    named = {
        "python -m issuelens list --limit 20": (*module, "list", "--limit", "20"),
        "python -m issuelens show ID": (*module, "show", issue_id(7)),
        "issuelens list --limit 20": (_SCRIPT, "list", "--limit", "20"),
        "issuelens show ID": (_SCRIPT, "show", issue_id(7)),
    }
    figures = [_figure(name, command, workspace.root) for name, command in named.items()]
    launch.stop(workspace)
    return figures


def _figure(name: str, command: tuple[str, ...], root: Path) -> Figure:
    results: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS):
        for result, one in zip(results, (command, (sys.executable, "-c", "pass")), strict=True):
            begun = time.perf_counter()
            subprocess.run(one, cwd=root, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
            result.append((time.perf_counter() - begun) * 1000)
    return against(f"{name}, p50", 3, median(results[0]), median(results[1]))
