"""A bar on standard error while something takes long."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

APPEARS_AFTER: Final = 0.4
"""Seconds; what is quicker shows no bar."""


class _Bar:
    def __init__(self, what: str, is_shown: bool) -> None:
        self._what = what
        self._is_shown = is_shown
        self._begun = time.monotonic()
        self._bar: Any = None
        self._task: Any = None

    def __call__(self, done: int, everything: int) -> None:
        if not self._is_shown or time.monotonic() - self._begun < APPEARS_AFTER:
            return
        if self._bar is None:
            self._open()
        self._bar.update(self._task, completed=done, total=everything)

    def _open(self) -> None:
        # Imported here: most commands are done before a bar appears.
        from rich.console import Console
        from rich.progress import Progress

        self._bar = Progress(console=Console(stderr=True), transient=True)
        self._task = self._bar.add_task(self._what)
        self._bar.start()

    def close(self) -> None:
        if self._bar is not None:
            self._bar.stop()


@contextmanager
def progress(what: str, *, as_json: bool) -> Iterator[_Bar]:
    """Somebody to tell how far a request is; shows a bar where a person looks at standard error.

    Args:
        what: stands before the bar.
        as_json: shows none.
    """
    bar = _Bar(what, not as_json and sys.stderr.isatty())
    try:
        yield bar
    finally:
        bar.close()
