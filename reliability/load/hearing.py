"""Prints what a client hears, a JSON list a line, until its standard input ends."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from issuelens.ipc.client import ClientState, DaemonClient
from issuelens.workspace import require_workspace


async def main(root: Path, name: str) -> None:
    """Prints the revision it begins at, then events, gaps, states and goodbyes."""

    def tell(*words: Any) -> None:
        sys.stdout.write(json.dumps(words) + "\n")
        sys.stdout.flush()

    def state(one: ClientState) -> None:
        if one is ClientState.RECONNECTING and client.goodbye is not None:
            tell("goodbye", client.goodbye)
            client.goodbye = None
        tell("state", str(one))

    client = DaemonClient(
        require_workspace(root),
        client=name,
        on_event=lambda event: tell("event", event.revision),
        on_gap=lambda revision: tell("gap", revision),
        on_state=state,
    )
    async with client:
        tell("revision", client.revision)
        ended = asyncio.Event()
        asyncio.get_running_loop().add_reader(0, ended.set)
        await ended.wait()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
