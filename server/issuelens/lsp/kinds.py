"""What a document is to us, told by its name: code, an issue, the settings, the exported issues, a commit message."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from issuelens.domain.shared_names import is_shared
from issuelens.workspace import DIRECTORY_NAME

SCHEME: Final = "issuelens"
"""Of the URIs of documents that are in no file."""
BOARD_NAME: Final = "board.md"
"""The file of a board, among those of issues that are edited."""
_MESSAGES: Final = frozenset({"COMMIT_EDITMSG", "MERGE_MSG", "SQUASH_MSG", "TAG_EDITMSG", "EDIT_DESCRIPTION"})
"""The files in which git has a message edited (gitglossary, git-commit(1), "FILES")."""
_MESSAGE_LANGUAGES: Final = frozenset({"gitcommit", "git-commit", "scminput"})


class Kind(StrEnum):
    """What a document is.

    EXPORT is `issues.jsonl` or a shard of it, MESSAGE one of git's, BOARD an overview that is made anew.
    """

    CODE = "code"
    ISSUE = "issue"
    BOARD = "board"
    CONFIG = "config"
    EXPORT = "export"
    MESSAGE = "message"


def kind_of(uri: str, path: Path | None, language_id: str = "") -> Kind:
    """The kind of a document.

    Args:
        uri: its URI.
        path: its file; None when it has none.
        language_id: what the editor calls its language.
    """
    if uri.startswith(f"{SCHEME}:"):
        return Kind.BOARD if urlsplit(uri).path.endswith(f"/{BOARD_NAME}") else Kind.ISSUE
    if language_id in _MESSAGE_LANGUAGES or (path is not None and path.name in _MESSAGES):
        return Kind.MESSAGE
    if path is None:
        return Kind.CODE
    return _in_directory(path.parts[-3:])


def _in_directory(names: tuple[str, ...]) -> Kind:
    match names:
        case (directory, "edit", name) if directory == DIRECTORY_NAME and name.endswith(".md"):
            return Kind.BOARD if name == BOARD_NAME else Kind.ISSUE
        case (*_, directory, "config.toml") if directory == DIRECTORY_NAME:
            return Kind.CONFIG
        case (directory, *rest) if directory == DIRECTORY_NAME and is_shared("/".join(rest)):
            return Kind.EXPORT
        case (*_, directory, name) if directory == DIRECTORY_NAME and is_shared(name):
            return Kind.EXPORT
        case _:
            return Kind.CODE
