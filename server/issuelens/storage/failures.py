"""What SQLite's errors mean, in our words."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from issuelens.domain.errors import (
    DatabaseBusy,
    DatabaseCorrupt,
    DatabaseFull,
    DatabaseReadOnly,
    StorageError,
)
from issuelens.domain.redaction import redacted

_PRIMARY = 0xFF
"""SQLite's extended result codes hold the primary one in their lowest byte (sqlite.org/rescode.html)."""


@contextmanager
def told_in_our_words(path: Path) -> Iterator[None]:
    """Raises a StorageError in place of SQLAlchemy's and SQLite's own errors.

    Args:
        path: the database file, for the message.
    """
    try:
        yield
    except DBAPIError as error:
        raise storage_error(error.orig if error.orig is not None else error, path) from error
    except sqlite3.Error as error:
        raise storage_error(error, path) from error


def storage_error(error: BaseException, path: Path) -> StorageError:
    """The StorageError for an error of SQLite, without what a database's URL signs in with."""
    reason = redacted(str(error))
    match getattr(error, "sqlite_errorcode", None) or 0:
        case code if code & _PRIMARY in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            return DatabaseCorrupt(
                f"{path} is damaged and was left as it is ({reason}). Move it aside or restore a backup."
            )
        case code if code & _PRIMARY == sqlite3.SQLITE_FULL or code == sqlite3.SQLITE_IOERR_SHMSIZE:
            # The second one: the file through which connections share memory can't be made larger.
            return DatabaseFull(f"The disk of {path} is full; nothing was changed. Make room and try again.")
        case code if code & _PRIMARY in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
            return DatabaseReadOnly(
                f"{path} can't be opened for writing ({reason}); nothing was changed. Check that it and its folder are "
                "there and belong to you."
            )
        case code if code & _PRIMARY in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return DatabaseBusy(f"Another program holds {path}; nothing was changed. Close it and try again.")
        case code if code & _PRIMARY == sqlite3.SQLITE_IOERR:
            return StorageError(
                f"The disk of {path} fails ({error}); nothing was changed. Check the disk and try again."
            )
        case _:
            return StorageError(f"{path}: {reason}; nothing was changed.")


def is_failed_sync(error: DBAPIError) -> bool:
    """Whether the system could not put on the disk what was written."""
    code = getattr(error.orig, "sqlite_errorcode", None)
    return code in (sqlite3.SQLITE_IOERR_FSYNC, sqlite3.SQLITE_IOERR_DIR_FSYNC)


def uncertain(error: DBAPIError, path: Path) -> StorageError:
    """The StorageError for a change that could neither be put on the disk nor taken back there."""
    return StorageError(
        f"The disk of {path} fails ({error.orig}); what was asked may or may not be kept. Check the disk, then look "
        "before you try again."
    )
