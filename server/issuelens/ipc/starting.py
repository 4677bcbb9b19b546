"""Starting a daemon beside a running event loop."""

from __future__ import annotations

import asyncio
import json
import os
from contextlib import suppress

from issuelens.domain.errors import Unreachable
from issuelens.ipc import jsonrpc
from issuelens.process import PYTHON
from issuelens.workspace import Workspace


async def start_daemon(workspace: Workspace) -> None:
    """Starts the workspace's daemon from a short-lived process, so that nothing here blocks or needs a thread.

    Raises:
        IssuelensError: why it can't be started.
    """
    try:
        process = await asyncio.create_subprocess_exec(
            *(*PYTHON, "-m", "issuelens", "daemon", "start"),
            *("--root", str(workspace.root), "--directory", str(workspace.directory)),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            cwd=os.sep,
        )
    except OSError as error:
        # The interpreter was removed by an update, or there is no room for one process or descriptor more.
        raise Unreachable(
            f"The daemon of {workspace.root} could not be started: {PYTHON[0]} can't be run ({error.strerror})."
        ) from error
    try:
        output, _ = await process.communicate()
    except asyncio.CancelledError:
        with suppress(ProcessLookupError):  # it may have ended at the same moment
            process.kill()
        await process.wait()
        raise
    try:
        answer = json.loads(output)
    except ValueError as error:
        raise Unreachable(
            f"The daemon of {workspace.root} could not be started; see {workspace.daemon_log}."
        ) from error
    if answer:
        raise jsonrpc.error_of(answer)
