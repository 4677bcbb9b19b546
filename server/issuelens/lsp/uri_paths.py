"""Which Session a file belongs to, and its path there, by its URI alone: an editor may tell of 5,000 files at once."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from attrs import frozen

from issuelens.lsp.convert import uri_of

if TYPE_CHECKING:
    from issuelens.lsp.session import Session


@frozen
class UriPaths:
    """The folders of the Sessions that are open now: (beginning of URIs, Session, path of the folder in it)."""

    folders: tuple[tuple[str, Session, str], ...]

    @classmethod
    def of(cls, sessions: Iterable[Session]) -> UriPaths:
        """Those of these Sessions; the innermost folder counts."""
        found = {(_plain(uri) + "/", session, base) for session in sessions for uri, base in _folders(session)}
        return cls(tuple(sorted(found, key=lambda one: (-len(one[0]), one[0], one[2]))))

    def place(self, uri: object) -> tuple[Session, str] | None:
        """The Session that a file belongs to, and its path below the root; None for what is in no folder."""
        if not isinstance(uri, str):
            return None
        plain = _plain(uri)
        for beginning, session, base in self.folders:
            if plain.startswith(beginning):
                path = base + plain[len(beginning) :].rstrip("/")
                return (session, path) if _is_inside(path) else None
        return None


def _folders(session: Session) -> Iterable[tuple[str, str]]:
    root = session.workspace.root
    yield uri_of(root).rstrip("/"), ""
    for uri, path in session.folders.paths():
        if path.is_relative_to(root):
            yield uri.rstrip("/"), _base(path, root)


def _base(path: Path, root: Path) -> str:
    return "" if path == root else f"{path.relative_to(root).as_posix()}/"


def _plain(uri: str) -> str:
    return unquote(uri, errors="surrogateescape") if "%" in uri else uri


def _is_inside(path: str) -> bool:
    # Most paths have neither, and are told apart by two searches.
    if "\0" in path or not path:
        return False
    return not (path.startswith("/") or ("." in path and ".." in path.split("/")) or "//" in path)
