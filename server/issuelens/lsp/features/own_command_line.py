"""Requests of our own that the command line answers in a process of its own: a report for whoever is to help."""

from __future__ import annotations

import asyncio
import os
from functools import partial
from typing import Any, Final

from issuelens.domain.errors import Refused
from issuelens.lsp.arguments import object_of, text_of
from issuelens.lsp.server import Server
from issuelens.process import PYTHON

REPORT: Final = "issuelens/report"
SECONDS: Final = 60.0
"""How long a report may take: it may have to start a daemon first."""
LIMIT: Final = 200_000
"""Bytes of a report."""


def register(server: Server) -> None:
    """Registers the request."""
    server.feature(REPORT)(partial(_report, server))


async def _report(server: Server, params: Any) -> dict[str, str]:
    """`{workspace?}`: what `issuelens doctor --report` tells of the folder, as `{text}`."""
    session = server.sessions.named(text_of(object_of(params), "workspace"))
    command = (*PYTHON, "-m", "issuelens", "--directory", str(session.workspace.root), "doctor", "--report")
    pipe, nothing = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(*command, stdin=nothing, stdout=pipe, stderr=nothing, cwd=os.sep)
    try:
        output, _ = await asyncio.wait_for(process.communicate(), SECONDS)
    except TimeoutError as error:
        raise Refused(f"The report was not ready within {SECONDS:.0f} s. Try `issuelens doctor --report`.") from error
    finally:
        await _ended(process)
    if not output:
        raise Refused("There is no report. Try `issuelens doctor --report` in a terminal, which says why.")
    return {"text": output[:LIMIT].decode("utf-8", "replace")}


async def _ended(process: asyncio.subprocess.Process) -> None:
    """Sees to it that nothing is left of a process, whoever stopped waiting for it."""
    if process.returncode is None:
        process.kill()
        await asyncio.shield(process.wait())
