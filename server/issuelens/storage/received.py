"""What is looked at before a database is opened: its file may have come with somebody else's repository."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, text

from issuelens.domain.errors import StorageError
from issuelens.ordinary import check_ordinary, open_ordinary

_JOURNAL_END: Final = bytes.fromhex("d9d505f920a163d7")
"""What a rollback journal ends with that names another one (sqlite.org/fileformat2.html, "The Rollback Journal")."""
_OWN_VIRTUAL: Final = "issue_text"
_FOREIGN: Final = text(
    "SELECT type || ' ' || name FROM sqlite_master WHERE type IN ('trigger', 'view') "
    f"OR (sql LIKE 'create virtual%' AND name <> '{_OWN_VIRTUAL}') ORDER BY name LIMIT 1"
)


def check_files(path: Path) -> None:
    """Looks at the database's files, none of which needs to be there.

    Raises:
        StorageError: when one is a link, a pipe or a device, or would have SQLite touch a file elsewhere.
    """
    try:
        for one in _files(path):
            check_ordinary(one)
        if _names_another(Path(f"{path}-journal")):
            # SQLite would remove the file that it names. We never write to two databases at once.
            raise StorageError(f"{path}-journal is none of Issuelens; nothing was opened. Move it away.")
    except OSError as error:
        raise StorageError(f"{error.filename}: {error.strerror}; nothing was opened. Move it away.") from error


def _files(path: Path) -> list[Path]:
    return [path, *(Path(f"{path}{ending}") for ending in ("-wal", "-shm", "-journal"))]


def _names_another(journal: Path) -> bool:
    try:
        with open(journal, "rb", opener=open_ordinary) as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - len(_JOURNAL_END)))
            return file.read() == _JOURNAL_END
    except FileNotFoundError:
        return False


def make_private(path: Path) -> None:
    """Makes the database's file, so that only its owner can read it; its journals become as it is."""
    # Where that is not possible, SQLite itself says what is wrong.
    with suppress(OSError):
        os.close(open_ordinary(path, os.O_RDWR | os.O_CREAT))
        for one in _files(path):
            if one.is_file() and stat.S_IMODE(one.lstat().st_mode) & 0o077:
                one.chmod(0o600)


def check_schema(connection: Connection, path: Path) -> None:
    """Looks for what runs by itself when a table is read or written.

    Raises:
        StorageError: when there is a trigger, a view or a virtual table that Issuelens has not made.
    """
    foreign = connection.execute(_FOREIGN).scalar()
    if foreign is not None:
        raise StorageError(
            f"{path} has a {foreign[:80]!r} that Issuelens has not made; nothing was changed. Move the file away: "
            "a new one is made, and `issuelens sync` takes the issues from issues.jsonl."
        )
