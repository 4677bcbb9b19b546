"""Watches a folder for an editor that can't: in a thread, with `watchfiles` where that is installed."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Iterable
from pathlib import Path, PurePath
from typing import Final

from attrs import define, field

from issuelens.domain.shared_names import is_shared

logger = logging.getLogger(__name__)

STEP_MS: Final = 250
"""How often the thread looks whether something came or it should end: watchfiles has no other way."""
LONGEST_MS: Final = 1_000
_GIT_FILES: Final = ("HEAD", "index")

Told = Callable[[list[str]], None]


@define(eq=False)
class Watcher:
    """One watched folder. `told` hears in the event loop which paths have changed, relative to the folder.

    `failed` hears there that the folder can't be watched any more, or never could.
    """

    root: Path
    told: Told
    failed: Callable[[], None]
    _stop: threading.Event = field(factory=threading.Event)
    _ended: asyncio.Event = field(factory=asyncio.Event)
    _loop: asyncio.AbstractEventLoop = field(factory=asyncio.get_running_loop)
    _thread: threading.Thread = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._thread = threading.Thread(target=self._run, name=f"issuelens-watch {self.root.name}", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._watch()
        except ImportError:
            logger.info("%s is not watched: watchfiles is not installed", self.root)
        except Exception as error:  # noqa: BLE001 - of the library's own, with what the system says in its words
            logger.warning("%s can't be watched, so files are looked at after each save: %s", self.root, error)
        finally:
            self._loop.call_soon_threadsafe(self._over)

    def _watch(self) -> None:
        from watchfiles import watch

        changes = watch(
            self.root,
            watch_filter=lambda _kind, path: self._counts(path),
            debounce=LONGEST_MS,
            step=STEP_MS,
            stop_event=self._stop,
            rust_timeout=0,
            raise_interrupt=False,
            ignore_permission_denied=True,
        )
        for batch in changes:
            paths = list(self._relative(path for _, path in batch))
            self._loop.call_soon_threadsafe(self._tell, paths)

    def _counts(self, path: str) -> bool:
        match PurePath(path[len(str(self.root)) + 1 :]).parts:
            case [".git", name]:
                return name in _GIT_FILES
            case [".git", *_]:
                return False
            case [".issues", *rest]:
                return rest == ["config.toml"] or is_shared("/".join(rest))
            case _:
                return True

    def _relative(self, paths: Iterable[str]) -> Iterable[str]:
        for path in paths:
            yield Path(path).relative_to(self.root).as_posix()

    def _tell(self, paths: list[str]) -> None:
        if not self._stop.is_set():
            self.told(paths)

    def _over(self) -> None:
        if not self._stop.is_set():
            self.failed()
        self._ended.set()

    async def close(self) -> None:
        """Ends the thread, within STEP_MS."""
        self._stop.set()
        await self._ended.wait()
        self._thread.join()
