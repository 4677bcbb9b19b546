"""A Session's reader: opened and closed in its thread, and what it holds, in the words of `issuelens/status`."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from issuelens.storage.database import Reader


async def opened_reader(database: Path, thread: ThreadPoolExecutor, stack: AsyncExitStack) -> Reader:
    """A reader that was opened in the thread, and is closed there with the stack.

    Raises:
        StorageError: when the database can't be read.
    """
    from issuelens.storage.database import Reader

    opening = thread.submit(Reader.open, database)
    try:
        reader = await asyncio.shield(asyncio.wrap_future(opening))
    except asyncio.CancelledError:
        # The thread opens it all the same. What closes it is told now: nobody may be there to do so by then.
        thread.submit(_close, opening)
        raise
    stack.push_async_callback(asyncio.get_running_loop().run_in_executor, thread, reader.close)
    return reader


def _close(opening: Future[Reader]) -> None:
    if opening.exception() is None:
        opening.result().close()


def held_by(reader: Reader | None) -> dict[str, int]:
    """Engines, connections and checkouts of a reader; none without one."""
    if reader is None:
        return dict.fromkeys(("engines", "poolConnections", "poolCheckouts"), 0)
    counts = reader.counts
    return {
        "engines": counts.engines,
        "poolConnections": counts.connects - counts.closes,
        "poolCheckouts": counts.checkouts - counts.checkins,
    }
