"""`issuelens:` URIs: `issuelens:/<folder>/<id>.md` is an issue as text, in no file. Pure.

The path is that of a folder that the editor has open, so that a document is known to be of its workspace.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from issuelens.lsp.convert import path_of
from issuelens.lsp.kinds import SCHEME

if TYPE_CHECKING:
    from issuelens.lsp.session import Session

NEW: Final = "new"
"""The name of the document that becomes an issue when it is saved."""
_SUFFIX: Final = ".md"


def text_path_of(uri: str) -> Path | None:
    """The path of an `issuelens:` URI; None for every other URI. Nothing stands there on the disk."""
    scheme, colon, rest = uri.partition(":")
    return path_of(f"file:{rest}") if colon and scheme == SCHEME else None


def id_in(uri: str) -> str | None:
    """The id that an `issuelens:` URI names; None for the document of a new issue, and for every other URI."""
    path = text_path_of(uri)
    if path is None or not path.name.endswith(_SUFFIX) or path.name == f"{NEW}{_SUFFIX}":
        return None
    return unquote(path.name.removesuffix(_SUFFIX)) or None


def is_new(uri: str) -> bool:
    """Whether a URI is that of a new issue's document."""
    path = text_path_of(uri)
    return path is not None and path.name == f"{NEW}{_SUFFIX}"


def text_uri(session: Session, issue_id: str | None) -> str:
    """The `issuelens:` URI of an issue's text; without an id that of a new issue's."""
    name = NEW if issue_id is None else _name(issue_id)
    parts = urlsplit(_folder(session).rstrip("/"))
    path = f"{parts.path}/{quote(name + _SUFFIX)}"
    if not parts.netloc:
        return f"{SCHEME}:{path}"
    return urlunsplit((SCHEME, parts.netloc, path, "", ""))


def _name(issue_id: str) -> str:
    # Editors take escapes out of URIs; what an id may not say in a name is escaped within the name.
    return f"%{ord(NEW[0]):02X}{NEW[1:]}" if issue_id == NEW else quote(issue_id, safe="")


def _folder(session: Session) -> str:
    """The URI of the root, or of the first open folder where the root itself is in none."""
    if session.folders.depth_of(session.workspace.root) >= 0:
        return session.uri
    return next(iter(session.folders), session.uri)
