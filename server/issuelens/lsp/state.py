"""The states of a Session."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from issuelens.domain.errors import StorageError


class State(StrEnum):
    """Where a Session stands."""

    UNINITIALISED = "uninitialised"
    OPENING = "opening"
    OPEN = "open"
    FAILED = "failed"
    CLOSED = "closed"


def folder_gone(root: Path) -> StorageError:
    """Says that an open folder was deleted or moved."""
    return StorageError(f"The folder {root} is not there any more. Open the one where it is now.")
