"""The open Sessions: which folder belongs to which workspace, and which Session answers for a document."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from issuelens.domain.errors import Refused
from issuelens.lsp.convert import notebook_of, path_of, repository_of
from issuelens.lsp.session import Session
from issuelens.lsp.tasks import Tasks
from issuelens.lsp.text_uris import text_path_of
from issuelens.workspace import Workspace, workspace_at


class Sessions:
    """Opens a Session with the first folder of a workspace and closes it with the last."""

    def __init__(self, make: Callable[[Workspace], Session]) -> None:
        self._make = make
        self._by_directory: dict[Path, Session] = {}
        self._closing = Tasks()
        self.left: Counter[str] = Counter()
        """What closed Sessions left behind; 0, unless something leaks."""

    def __iter__(self) -> Iterator[Session]:
        return iter(tuple(self._by_directory.values()))

    def __len__(self) -> int:
        return len(self._by_directory)

    def open_folder(self, uri: str) -> Session | None:
        """Opens the folder's workspace, or counts the folder to it. None for a folder that is not on this machine."""
        path = path_of(uri)
        if path is None:
            return None
        workspace = workspace_at(path)
        session = self._by_directory.get(workspace.directory)
        if session is None:
            session = self._make(workspace)
            self._by_directory[workspace.directory] = session
            session.open()
        session.folders.add(uri, path)
        return session

    def close_folder(self, uri: str) -> None:
        """Takes the folder from its Session, and closes that with its last one."""
        for directory, session in tuple(self._by_directory.items()):
            session.folders.remove(uri)
            if not session.folders:
                del self._by_directory[directory]
                self._closing.start(self._close(session), f"close {session.workspace.root}")

    async def close(self) -> None:
        """Closes every Session and waits for it; one that fails to close is told of in the log, and keeps no other."""
        while self._by_directory:
            _, session = self._by_directory.popitem()
            self._closing.start(self._close(session), f"close {session.workspace.root}")
        await self._closing.finish()

    async def _close(self, session: Session) -> None:
        try:
            await session.close()
        finally:
            self.left.update(session.left)

    async def settled(self) -> None:
        """Waits for the Sessions that are closing."""
        await self._closing.finish()

    def of_document(self, uri: str) -> Session | None:
        """The Session whose folder holds the document; the innermost when several do."""
        path = path_of(uri) or notebook_of(uri) or text_path_of(uri) or repository_of(uri)
        return self.of_path(path) if path is not None else None

    def of_path(self, path: Path) -> Session | None:
        """The Session whose folder holds the path; the innermost when several do."""
        innermost = max(self._by_directory.values(), key=lambda session: session.folders.depth_of(path), default=None)
        return innermost if innermost is not None and innermost.folders.depth_of(path) >= 0 else None

    def named(self, uri: str | None) -> Session:
        """The Session of a folder URI; without one, the only Session there is.

        Raises:
            Refused: when none or several could be meant.
        """
        if uri is not None:
            session = self.of_document(uri)
            if session is None:
                raise Refused(f"{uri} is not an open folder.")
            return session
        if len(self._by_directory) == 1:
            return next(iter(self._by_directory.values()))
        if not self._by_directory:
            raise Refused("No folder is open. Open the folder whose issues you mean.")
        raise Refused(f"{len(self._by_directory)} folders are open; say in `workspace` which of them is meant.")
