"""Engines that can be counted and that close for certain: refuse, drain, dispose, check."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from attrs import define, evolve, field
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import QueuePool

from issuelens.domain.errors import StorageError
from issuelens.storage.functions import FUNCTIONS

DRAIN_SECONDS: Final = 30.0
"""How long closing waits for the work under way."""


@define
class PoolCounts:
    """What an engine's pool has done so far; while closed, engines is 0, connects equal closes, checkouts checkins."""

    engines: int = 0
    connects: int = 0
    closes: int = 0
    checkouts: int = 0
    checkins: int = 0


@define(eq=False)
class OwnedEngine:
    """An engine of one connection, and its end."""

    path: Path
    engine: Engine
    _counts: PoolCounts = field(factory=PoolCounts)
    _is_closed: bool = False
    _idle: threading.Condition = field(factory=threading.Condition)
    _under_way: int = 0

    @property
    def counts(self) -> PoolCounts:
        """What the pool has done so far."""
        return evolve(self._counts)

    @contextmanager
    def in_use(self) -> Iterator[Engine]:
        """The engine, kept open meanwhile.

        Raises:
            StorageError: when it is closed.
        """
        with self._idle:
            if self._is_closed:
                raise StorageError(f"{self.path} was closed here already.")
            self._under_way += 1
        try:
            yield self.engine
        finally:
            with self._idle:
                self._under_way -= 1
                self._idle.notify_all()

    def close(self) -> None:
        """Refuses further use, waits for what is under way, disposes, and checks that no connection is left.

        Raises:
            StorageError: when a connection is still out; a second call does nothing.
        """
        with self._idle:
            if self._is_closed:
                return
            self._is_closed = True
            drained = self._idle.wait_for(lambda: self._under_way == 0, DRAIN_SECONDS)
        self.engine.dispose()
        self._counts.engines = 0
        left = self._counts.connects - self._counts.closes
        if left or not drained:
            raise StorageError(f"{self.path}: {left} connections are still open after closing.")

    def count_events(self) -> None:
        """Counts from now on."""
        counts, pool = self._counts, self.engine.pool

        def add(name: str) -> Any:
            def listener(*_details: Any) -> None:
                setattr(counts, name, getattr(counts, name) + 1)

            return listener

        for name, counted in {
            "connect": "connects",
            "close": "closes",
            "checkout": "checkouts",
            "checkin": "checkins",
        }.items():
            event.listen(pool, name, add(counted))
        counts.engines = 1


def sqlite_engine(path: Path, *, read_only: bool, busy_seconds: float) -> OwnedEngine:
    """An engine of at most one connection on an SQLite file.

    Args:
        path: the file.
        read_only: opens it with `mode=ro`.
        busy_seconds: how long a statement waits for another process's lock.
    """
    uri = f"file:{_quoted(path)}?mode={'ro' if read_only else 'rwc'}"
    pragmas = _READER if read_only else _WRITER

    def connect() -> sqlite3.Connection:
        # One thread at a time uses it, but not always the one that opened it.
        connection = sqlite3.connect(uri, uri=True, timeout=busy_seconds, check_same_thread=False, isolation_level=None)
        try:
            for pragma in pragmas:
                connection.execute(f"PRAGMA {pragma}")
            for name, count, function in FUNCTIONS:
                connection.create_function(name, count, function, deterministic=True)
        except BaseException:
            connection.close()
            raise
        return connection

    engine = create_engine(
        "sqlite://",
        creator=connect,
        poolclass=QueuePool,
        pool_size=1,
        max_overflow=0,
        pool_timeout=DRAIN_SECONDS,
        # An error's text must not hold what people wrote.
        hide_parameters=True,
        # Every use ends with its own commit or rollback; another one for the pool is a statement too many.
        pool_reset_on_return=None,
    )
    event.listen(engine, "begin", _begin_read if read_only else _begin_write)
    owned = OwnedEngine(path, engine)
    owned.count_events()
    return owned


# The schema may be somebody else's: it calls no function that could do harm (sqlite.org/security.html).
_WRITER: Final = ("trusted_schema=OFF", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "temp_store=MEMORY")
_READER: Final = ("trusted_schema=OFF", "query_only=ON", "mmap_size=1073741824")


def _quoted(path: Path) -> str:
    return str(path).replace("%", "%25").replace("?", "%3f").replace("#", "%23")


def _begin_write(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _begin_read(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")
