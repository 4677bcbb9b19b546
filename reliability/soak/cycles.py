"""A folder opened, used and closed thousands of times in one language server."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from issuelens.editor_client.leaks import measured
from issuelens.ipc import launch
from reliability.report import Report
from reliability.soak.ends import project

CYCLES: Final = 5000


async def cycles(folder: Path, part: float) -> Report:
    """Counts what stays in server, daemon and folders; over few cycles, traced memory is judged and no slope."""
    space = project(folder)
    try:
        counts = await measured(folder, max(10, round(CYCLES * part)))
    finally:
        launch.stop(space)
    return Report(name="cycles", counts=counts.figures(), problems=tuple(counts.problems))
