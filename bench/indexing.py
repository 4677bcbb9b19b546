"""The language server while it reads a workspace's TODOs: what it answers in, what it keeps, and how a restart goes."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from bench.measure import Figure, below, percentile, plain
from issuelens.editor_client.editor import Editor, editor
from issuelens.workspace import initialise

FILES: Final = 5_000
MARKERS: Final = 4
"""In each file."""
TREE: Final = "ISSUELENS_BENCH_TREE"
"""Environment variable: a real tree to read in place of the one made here."""
LIST: Final = "issuelens/listTodos"
NOTHING: Final = "issuelens/settled"
"""A request that does nothing: how long it takes says how long the event loop was kept."""


def tree(folder: Path) -> Path:
    """A folder with 20,000 markers, or the real one that is named in the environment."""
    named = os.environ.get(TREE)
    if named:
        return Path(named)
    for number in range(FILES):
        place = folder / "tree" / f"package{number % 50}"
        place.mkdir(parents=True, exist_ok=True)
        (place / f"module{number}.py").write_text(_text(number))
    return folder / "tree"


def _text(number: int) -> str:
    parts = [f"# TODO: look at part {part} of {number}\n" + "total = total + 1\n" * 40 for part in range(MARKERS)]
    return "\n".join(parts)


async def scanning(folder: Path) -> list[Figure]:
    """A first scan by the Session, then by the daemon, and restarts after each."""
    root, small = tree(folder), folder / "small"
    small.mkdir()
    (small / "main.py").write_text("# TODO: load what there is to load\n")
    os.environ["XDG_CACHE_HOME"] = str(folder / "cache")
    figures = await _both(root, small, "no daemon")
    initialise(small, "app")
    # Beside the tree, which may be somebody's.
    elsewhere = {"ISSUELENS_DIR": str(folder / "issues"), "ISSUELENS_WORK_TREE": str(root)}
    os.environ.update(elsewhere)
    try:
        initialise(root, "app")
        return figures + await _both(root, small, "daemon")
    finally:
        for variable in elsewhere:
            del os.environ[variable]


async def _both(root: Path, small: Path, name: str) -> list[Figure]:
    async with _warm(small) as played:
        first, growth, markers, delays = await _first(played, root)
    async with _warm(small) as played:
        usable, reconciled = await _again(played, root)
    return [
        plain(f"{name}: first scan until all is listed", first, "s"),
        below(f"{name}: no-op while scanning, p99", 10, percentile(delays, 0.99), "ms"),
        plain(f"{name}: no-op while scanning, worst", max(delays), "ms"),
        below(f"{name}: growth of the server for {markers:,} markers", 10 * max(1, markers / 20_000), growth, "MB"),
        plain(f"{name}: restart until all is listed", usable, "s"),
        plain(f"{name}: restart until that is reconciled", reconciled, "s"),
    ]


@asynccontextmanager
async def _warm(small: Path) -> AsyncIterator[Editor]:
    """An editor whose server has loaded what the first folder has it load."""
    async with editor([small]) as played:
        await played.connection.request(LIST, {"workspace": small.as_uri()})
        yield played


async def _first(played: Editor, root: Path) -> tuple[float, float, int, list[float]]:
    """Seconds, MB, markers, and the milliseconds of each no-op meanwhile."""
    before = await _memory(played)
    begun = time.perf_counter()
    played.open_folder(root)
    listing = played.connection.start_request(LIST, {"workspace": root.as_uri()})
    delays = []
    while not listing.done():
        asked = time.perf_counter()
        await played.connection.request(NOTHING)
        # One behind the list in the pipe waits until this process has read that, which is not the scan's doing.
        if not listing.done():
            delays.append((time.perf_counter() - asked) * 1000)
        await _pass(0.002)
    seconds = time.perf_counter() - begun
    markers = len(await listing)
    return seconds, await _memory(played) - before, markers, delays


async def _again(played: Editor, root: Path) -> tuple[float, float]:
    """Seconds until the TODOs known from before are listed, and until those of now are."""
    begun = time.perf_counter()
    played.open_folder(root)
    await played.connection.request(LIST, {"workspace": root.as_uri()}, timeout=600)
    usable = time.perf_counter() - begun
    await played.connection.request(LIST, {"workspace": root.as_uri(), "refresh": True}, timeout=600)
    return usable, time.perf_counter() - begun


async def _memory(played: Editor) -> float:
    status: dict[str, Any] = await played.status(trim=True)
    return float(status["rssAnonKb"]) / 1024


async def _pass(seconds: float) -> None:
    over = asyncio.Event()
    asyncio.get_running_loop().call_later(seconds, over.set)
    await over.wait()
