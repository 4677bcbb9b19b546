"""When the lines of a workspace's TODOs were written, as the daemon is told by git: asked for bit by bit."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, Final

from attrs import define, field

from issuelens.domain.errors import IssuelensError
from issuelens.ipc import methods
from issuelens.ipc.messages import BlameCode, CodePlace
from issuelens.lsp.session import Session
from issuelens.lsp.todo_levels import UNCOMMITTED
from issuelens.todos.index import TodoIndex
from issuelens.todos.paths import shown_path

logger = logging.getLogger(__name__)

FILES_AT_ONCE: Final = 32
"""Files that are asked for at once, so that little is done in vain when it ends."""


@define(eq=False)
class TodoAges:
    """The times of one workspace's TODOs, as far as they are known. Files are asked for again when they change.

    It does not hold the Session, with which it is to go.
    """

    told: Callable[[], None]
    """Called when there is more to show."""
    times: Mapping[str, str] = field(factory=dict)
    """Key -> time (RFC 3339), UNCOMMITTED, or nothing known. Replaced by another one when it changes."""
    _stamps: dict[str, object] = field(factory=dict)
    _is_asking: bool = False

    async def look(self, session: Session, index: TodoIndex) -> None:
        """Asks for what is not known of a snapshot, unless that is under way; what is refused stays unknown."""
        if self._is_asking:
            return
        stamps = index.stamps()
        paths = [
            path for path, stamp in stamps.items() if self._stamps.get(path) != stamp or self._is_open(index, path)
        ]
        self._is_asking = True
        try:
            await self._ask(session, index, stamps, paths)
        except IssuelensError as error:
            logger.warning("it is not known when TODOs were written: %s", error.message)
        finally:
            self._is_asking = False

    def _is_open(self, index: TodoIndex, path: str) -> bool:
        """Whether something in it was not committed when it was asked for."""
        return any(self.times.get(one.key) == UNCOMMITTED for one in index.of_file(path).markers)

    async def _ask(
        self, session: Session, index: TodoIndex, stamps: Mapping[str, object], paths: Iterable[str]
    ) -> None:
        for part in _parts(sorted(paths)):
            before = self.times
            keys, places = _places(index, part)
            found: list[dict[str, Any] | None] = await session.ask(
                methods.CODE_BLAME, BlameCode(places=tuple(places)), list
            )
            times = {key: _time(one) for key, one in zip(keys, found, strict=True) if one is not None}
            self._stamps |= {path: stamps[path] for path in part}
            if any(before.get(key) != time for key, time in times.items()):
                self.times = {**before, **times}
                self.told()


def _parts(paths: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(paths)
    while part := list(islice(rest, FILES_AT_ONCE)):
        yield part


def _places(index: TodoIndex, paths: Iterable[str]) -> tuple[list[str], list[CodePlace]]:
    """The TODOs of files as they are on the disk, which is what git looks at."""
    found = [(path, one) for path in paths for one in index.disk.of_file(path).markers]
    return [one.key for _, one in found], [CodePlace(path=shown_path(path), line=one.line + 1) for path, one in found]


def _time(found: dict[str, Any]) -> str:
    time = found.get("time")
    return UNCOMMITTED if time is None else str(time)
