"""What the command line answers in a process of its own, for what it alone can do."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Final

from issuelens.process import PYTHON

SECONDS: Final = 60.0
"""How long a command may take: it may have to start a daemon first."""


async def printed(folder: Path, *words: str) -> bytes:
    """What `issuelens` prints in a folder; nothing when it is refused.

    Raises:
        TimeoutError: when it takes longer than SECONDS; it is ended then.
    """
    command = (*PYTHON, "-m", "issuelens", "--directory", str(folder), *words)
    pipe, nothing = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(*command, stdin=nothing, stdout=pipe, stderr=nothing, cwd=os.sep)
    try:
        output, _ = await asyncio.wait_for(process.communicate(), SECONDS)
    finally:
        await _ended(process)
    return output


async def _ended(process: asyncio.subprocess.Process) -> None:
    """Sees to it that nothing is left of a process, whoever stopped waiting for it."""
    if process.returncode is None:
        process.kill()
        await asyncio.shield(process.wait())
