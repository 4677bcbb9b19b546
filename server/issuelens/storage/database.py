"""Opening the database: the daemon's one writing connection, and the read-only engines of all others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

from attrs import define
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from issuelens.domain.errors import DatabaseReadOnly, DatabaseTooNew
from issuelens.storage.failures import is_failed_sync, told_in_our_words, uncertain
from issuelens.storage.pools import OwnedEngine, PoolCounts, sqlite_engine
from issuelens.storage.received import check_files, check_schema, make_private

HEAD: Final = "0004"
"""The newest migration."""
BUSY_SECONDS: Final = 5.0
_Result = TypeVar("_Result")


@define(eq=False)
class Database:
    """The daemon's database: one connection, used by one thread at a time, the only one anywhere that writes."""

    path: Path
    _owned: OwnedEngine

    @classmethod
    def open(cls, path: Path, *, busy_seconds: float = BUSY_SECONDS) -> Database:
        """Opens the file, making and migrating it as needed.

        Args:
            path: the file; its folder must exist.
            busy_seconds: how long a statement waits for another process's lock.

        Raises:
            StorageError: of the kind that says what is wrong; a file that can't be used is left as it is.
        """
        _check_place(path)
        make_private(path)
        database = cls(path, sqlite_engine(path, read_only=False, busy_seconds=busy_seconds))
        try:
            with database.transaction() as connection:
                check_schema(connection, path)
                migrate(connection, path)
        except BaseException:
            database.close()
            raise
        return database

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A transaction that holds the write lock from its beginning; committed at the end, or taken back by an error.

        Raises:
            StorageError: of the kind that says what is wrong; nothing was changed then, unless it says otherwise.
        """
        with told_in_our_words(self.path):
            try:
                with self._owned.in_use() as engine, engine.begin() as connection:
                    yield connection
            except DBAPIError as error:
                if is_failed_sync(error):
                    self._write_over()
                raise

    def _write_over(self) -> None:
        """Makes void what is in the log of a transaction whose sync failed: after a crash it would count as committed.

        Raises:
            StorageError: when the disk still fails.
        """
        try:
            with self._owned.in_use() as engine, engine.begin() as connection:
                # It takes the place of the failed one, and nobody reads it.
                connection.exec_driver_sql("PRAGMA user_version = 0")
        except DBAPIError as error:
            raise uncertain(error, self.path) from error

    def close(self) -> None:
        """Waits for the transaction under way, then closes for good. A second call does nothing."""
        self._owned.close()

    @property
    def counts(self) -> PoolCounts:
        """What the pool has done so far."""
        return self._owned.counts


@contextmanager
def savepoint(connection: Connection) -> Iterator[None]:
    """A part of a transaction that an error takes back alone.

    It is on the driver's own cursor, since each write of a batch has one.
    """
    with closing(connection.connection.cursor()) as cursor:
        cursor.execute("SAVEPOINT part")
        try:
            yield
        except BaseException:
            # SQLite may have taken the whole transaction back itself, for instance since the disk is full.
            if in_transaction(connection):
                cursor.execute("ROLLBACK TO part")
                cursor.execute("RELEASE part")
            raise
        cursor.execute("RELEASE part")


def in_transaction(connection: Connection) -> bool:
    """Whether SQLite has a transaction open on a connection."""
    return bool(getattr(connection.connection.driver_connection, "in_transaction", False))


@define(eq=False)
class Reader:
    """A read-only engine of one connection."""

    path: Path
    _owned: OwnedEngine

    @classmethod
    def open(cls, path: Path) -> Reader:
        """Opens a database that the daemon has made.

        Raises:
            StorageError: of the kind that says what is wrong.
        """
        reader = cls(path, sqlite_engine(path, read_only=True, busy_seconds=BUSY_SECONDS))
        try:
            reader.read(lambda connection: _check_version(stored_version(connection), path))
        except BaseException:
            reader.close()
            raise
        return reader

    def read(self, function: Callable[..., _Result], *arguments: Any) -> _Result:
        """Calls `function(connection, *arguments)`; all it reads is of one moment.

        Raises:
            StorageError: of the kind that says what is wrong.
        """
        with self._owned.in_use() as engine, told_in_our_words(self.path), engine.connect() as connection:
            moment = connection.begin()
            try:
                return function(connection, *arguments)
            finally:
                moment.rollback()

    def close(self) -> None:
        """Waits for the read under way, then closes for good. A second call does nothing."""
        self._owned.close()

    @property
    def counts(self) -> PoolCounts:
        """What the pool has done so far."""
        return self._owned.counts


def stored_version(connection: Connection) -> str | None:
    """The migration that the database is at; None for an empty one."""
    tables = connection.execute(text("SELECT name FROM sqlite_master WHERE name = 'alembic_version'")).all()
    if not tables:
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def migrate(connection: Connection, path: Path) -> None:
    """Brings the database to HEAD.

    Raises:
        DatabaseTooNew: when a newer Issuelens has written it.
    """
    version = stored_version(connection)
    if version == HEAD:
        return
    _check_version(version, path)
    # Imported here: Alembic is slow to load, and a database is migrated once.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def check_integrity(connection: Connection) -> list[str]:
    """What SQLite's own check of the whole file finds wrong; empty when nothing is."""
    try:
        found = [str(row[0]) for row in connection.execute(text("PRAGMA integrity_check"))]
    except DBAPIError as error:
        return [str(error.orig)]
    return [] if found == ["ok"] else found


def _check_version(version: str | None, path: Path) -> None:
    if version is not None and version > HEAD:
        raise DatabaseTooNew(
            f"{path} was written by a newer Issuelens (schema {version}, this one knows {HEAD}). Update Issuelens."
        )


def _check_place(path: Path) -> None:
    if path.is_dir():
        raise DatabaseReadOnly(f"{path} is a folder where the database file should be. Move it aside.")
    if not path.parent.is_dir():
        raise DatabaseReadOnly(f"The folder {path.parent} is not there any more; nothing was changed.")
    check_files(path)
