"""Known traps of SQLAlchemy and SQLite where engines end: each is seen on a stock engine, and absent from ours."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, StaticPool, create_engine, event, text

from issuelens.domain.errors import StorageError
from issuelens.storage.database import Database, Reader
from issuelens.storage.pools import sqlite_engine

DEADLINE_SECONDS = 30


def test_a_stock_engine_is_not_closed_by_disposing_of_it(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'x.db'}")
    records: list[Any] = []
    event.listen(engine.pool, "connect", lambda _connection, record: records.append(record))
    with engine.connect() as connection:
        engine.dispose()
        assert connection.scalar(text("SELECT 1")) == 1, "what was checked out is open"
        with engine.connect() as another:
            assert another.scalar(text("SELECT 1")) == 1, "and it opens again"
    engine.dispose()
    for record in records:
        record.close()


def test_ours_refuses_waits_and_then_disposes(tmp_path: Path) -> None:
    Database.open(tmp_path / "x.db").close()
    reader = Reader.open(tmp_path / "x.db")
    happened: list[str] = []
    event.listen(reader._owned.engine, "engine_disposed", lambda _engine: happened.append("disposed"))
    begun, may_end = threading.Event(), threading.Event()

    def long_read(_connection: Connection) -> None:
        begun.set()
        assert may_end.wait(DEADLINE_SECONDS)
        happened.append("read")

    with ThreadPoolExecutor(2) as threads:
        reading = threads.submit(reader.read, long_read)
        assert begun.wait(DEADLINE_SECONDS)
        closing = threads.submit(reader.close)
        assert refused(reader), "from now on"
        may_end.set()
        reading.result(DEADLINE_SECONDS)
        closing.result(DEADLINE_SECONDS)
    assert happened == ["read", "disposed"]
    assert reader.counts.connects == reader.counts.closes == 1


def refused(reader: Reader) -> bool:
    """Waits until no further use is let in."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while time.monotonic() < deadline:
        try:
            with reader._owned.in_use():
                pass
        except StorageError as error:
            return "was closed here already" in error.message
    return False


class Meeting:
    """A creator of connections in which two threads meet, if the pool lets two in."""

    def __init__(self, engine: Engine) -> None:
        self.counts: Counter[str] = Counter()
        self.records: list[Any] = []
        self.threads = threading.Barrier(2)
        for name in ("connect", "close"):
            event.listen(engine.pool, name, self._counting(name))
        event.listen(engine.pool, "connect", lambda _connection, record: self.records.append(record))

    def _counting(self, name: str) -> Any:
        def count(*_details: Any) -> None:
            self.counts[name] += 1

        return count


def used_first_by_two(engine: Engine) -> Meeting:
    """Two threads use an engine at once, for the first time, and then it is disposed of."""
    meeting = Meeting(engine)

    def use() -> None:
        meeting.threads.wait(DEADLINE_SECONDS)
        with engine.connect() as connection:
            connection.scalar(text("SELECT 1"))

    with ThreadPoolExecutor(2) as threads:
        for done in [threads.submit(use) for _ in range(2)]:
            done.result(DEADLINE_SECONDS)
    engine.dispose()
    return meeting


def test_a_static_pool_loses_a_connection_that_two_threads_open(tmp_path: Path) -> None:
    both_inside = threading.Barrier(2)

    def connect() -> sqlite3.Connection:
        both_inside.wait(DEADLINE_SECONDS)
        return sqlite3.connect(tmp_path / "x.db", check_same_thread=False)

    meeting = used_first_by_two(create_engine("sqlite://", creator=connect, poolclass=StaticPool))
    assert meeting.counts == {"connect": 2, "close": 1}
    for record in meeting.records:
        record.close()


def test_ours_opens_one(tmp_path: Path) -> None:
    owned = sqlite_engine(tmp_path / "x.db", read_only=False, busy_seconds=1)
    assert used_first_by_two(owned.engine).counts == {"connect": 1, "close": 1}
    owned.close()


WRITER = """
import os, sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("PRAGMA wal_autocheckpoint=0")
connection.execute("CREATE TABLE large (content)")
for _ in range(100):
    connection.execute("INSERT INTO large VALUES (randomblob(10000))")
os._exit(0)
"""


@pytest.mark.parametrize("stock", [True, False], ids=["stock", "ours"])
def test_the_last_to_close_works_off_the_log_unless_it_only_reads(tmp_path: Path, stock: bool) -> None:
    path, wal = tmp_path / "x.db", tmp_path / "x.db-wal"
    Database.open(path).close()
    subprocess.run([sys.executable, "-c", WRITER, str(path)], check=True, timeout=DEADLINE_SECONDS)
    before = wal.stat().st_size
    assert before > 1_000_000
    if stock:
        engine = create_engine(f"sqlite:///{path}")
        with engine.connect() as connection:
            connection.scalar(text("SELECT count(*) FROM large"))
        engine.dispose()
        assert not wal.exists(), "a megabyte was written while it closed"
    else:
        reader = Reader.open(path)
        reader.read(lambda connection: connection.scalar(text("SELECT count(*) FROM large")))
        reader.close()
        assert wal.stat().st_size == before
