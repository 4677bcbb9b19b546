"""Has the merge driver note what it settles apart, until the merge is done: one that is refused has settled nothing."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from issuelens.domain.errors import StorageError
from issuelens.files import write_atomically
from issuelens.ordinary import make_private_folder
from issuelens.repository.running import Git

logger = logging.getLogger(__name__)

NOTES_FOLDER: Final = "ISSUELENS_NOTES_FOLDER"
"""Environment variable of the driver: where it notes, in place of `.issues/conflicts/`."""


@contextmanager
def noting_apart(git: Git, place: Path) -> Iterator[None]:
    """What is merged within is noted in `place` when all of it went well, and nowhere otherwise."""
    with tempfile.TemporaryDirectory(prefix="issuelens-") as folder:
        before = git.variables
        git.variables = before | {NOTES_FOLDER: folder}
        try:
            yield
        finally:
            git.variables = before
        _put(Path(folder), place)


def _put(folder: Path, place: Path) -> None:
    notes = sorted(folder.glob("*.json"))
    try:
        if notes:
            make_private_folder(place)
        for one in notes:
            write_atomically(place / one.name, one.read_bytes(), 0o600)
    except (OSError, StorageError):
        # The merge is done, and stays so.
        logger.warning("what a merge has settled could not be noted in %s", place, exc_info=True)
