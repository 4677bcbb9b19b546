"""Whether the files that a daemon opened are those that stand there: a folder can be deleted, moved or replaced.

SQLite itself goes on writing into a file that nobody can find any more (sqlite.org/howtocorrupt.html, 4.1).
"""

from __future__ import annotations

from pathlib import Path

from attrs import define, field

from issuelens.domain.errors import PlaceChanged
from issuelens.files import identity
from issuelens.ipc.locks import FileLock
from issuelens.workspace import Workspace

UNCHANGED = "nothing was changed"
PERHAPS_LOST = "the change that was under way may be lost"


@define(eq=False)
class Place:
    """Where a daemon's files stand.

    Args:
        workspace: whose files.
        lock: the daemon's, held.
    """

    workspace: Workspace
    lock: FileLock
    _opened: dict[str, tuple[int, int] | None] = field(factory=dict)

    def note(self) -> None:
        """Takes the database's files as they stand now for those that were opened; the lock is known for certain."""
        # Texts, since every request looks at them.
        database = str(self.workspace.database)
        self._opened = {path: identity(path) for path in (database, f"{database}-wal")}
        self._opened[str(self.lock.path)] = self.lock.identity

    def check(self, outcome: str = UNCHANGED) -> None:
        """Looks whether they stand there still: a system call each.

        Args:
            outcome: what is to be said of the request.

        Raises:
            PlaceChanged: when they do not.
        """
        for path, opened in self._opened.items():
            if identity(path) != opened:
                raise self._changed(Path(path), outcome)

    def _changed(self, path: Path, outcome: str) -> PlaceChanged:
        path = path if self.workspace.directory.exists() else self.workspace.directory
        if path.exists():
            return PlaceChanged(
                f"{path} is not the file that the daemon opened: another one was put in its place; {outcome}. "
                "Try again, to use what is there now."
            )
        return gone(path, outcome)


def gone(path: Path, outcome: str = UNCHANGED) -> PlaceChanged:
    """What is told of a place that is not there any more."""
    return PlaceChanged(
        f"{path} is not there any more: it was deleted or moved while the daemon ran; {outcome}. "
        "Put it back, or run `issuelens init` where the issues should be."
    )
