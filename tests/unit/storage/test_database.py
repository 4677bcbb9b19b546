"""The database file: made, migrated, shared, and everything that can be wrong with it."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, text
from tests.support.tracking import created, creating

import issuelens.storage
from issuelens.domain.errors import (
    DatabaseBusy,
    DatabaseCorrupt,
    DatabaseFull,
    DatabaseReadOnly,
    DatabaseTooNew,
    StorageError,
)
from issuelens.storage import reads
from issuelens.storage.database import HEAD, Database, Reader, check_integrity
from issuelens.storage.tables import METADATA

MIGRATIONS = Path(issuelens.storage.__file__).parent / "migrations"


def test_the_newest_migration_is_the_one_we_know() -> None:
    assert ScriptDirectory(str(MIGRATIONS)).get_current_head() == HEAD


def test_migrations_make_exactly_the_tables_we_describe(tmp_path: Path) -> None:
    database = Database.open(tmp_path / "x.db")
    options = {"include_object": is_described}
    with database.transaction() as connection:
        assert compare_metadata(MigrationContext.configure(connection, opts=options), METADATA) == []
        migrated = columns(connection), indexes(connection)
    database.close()
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        METADATA.create_all(connection)
        assert migrated == (columns(connection), indexes(connection))
    engine.dispose()


def is_described(_object: object, name: str | None, kind: str, *_others: object) -> bool:
    """Alembic can't compare indexes with expressions; of the full-text index, tables.py describes nothing."""
    return kind != "index" and not (kind == "table" and str(name).startswith(("issue_text", "issue_number")))


def columns(connection: Connection) -> dict[str, set[tuple[object, ...]]]:
    """Of each table: name, type, whether it must be filled, default and place in the key of its columns."""
    return {
        name: {tuple(row)[1:] for row in connection.execute(text(f"PRAGMA table_info({name})"))}
        for name in METADATA.tables
    }


def indexes(connection: Connection) -> dict[str, str]:
    query = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
    return {row[0]: row[1].replace('"', "") for row in connection.execute(text(query))}


def test_settings_that_keep_what_was_acknowledged(tmp_path: Path) -> None:
    database = Database.open(tmp_path / "x.db")
    with database.transaction() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
        assert connection.execute(text("PRAGMA synchronous")).scalar() == 2
        assert connection.execute(text("PRAGMA foreign_keys")).scalar() == 1
    database.close()


def test_it_opens_again_with_what_it_held(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    database = Database.open(path)
    issue = created(database, "kept")
    database.close()
    again = Database.open(path)
    with again.transaction() as connection:
        assert reads.get_issue(connection, issue.id) == issue
    again.close()


def test_closing_leaves_nothing_and_refuses_further_use(tmp_path: Path) -> None:
    database = Database.open(tmp_path / "x.db")
    created(database, "x")
    reader = Reader.open(tmp_path / "x.db")
    reader.read(reads.current_revision)
    for one in (reader, database):
        one.close()
        one.close()
        assert one.counts.engines == 0
        assert one.counts.connects == one.counts.closes > 0
        assert one.counts.checkouts == one.counts.checkins > 0
    with pytest.raises(StorageError, match="was closed here already"), database.transaction():
        pass
    with pytest.raises(StorageError, match="was closed here already"):
        reader.read(reads.current_revision)


def test_readers_see_one_moment_while_the_writer_writes(tmp_path: Path) -> None:
    database = Database.open(tmp_path / "x.db")
    readers = [Reader.open(tmp_path / "x.db") for _ in range(2)]
    with database.transaction() as connection:
        creating(connection, "not committed yet")
        assert [reader.read(reads.current_revision) for reader in readers] == [0, 0]
    assert [reader.read(reads.current_revision) for reader in readers] == [1, 1]

    def twice(connection: object) -> tuple[int, int]:
        before = reads.current_revision(connection)  # type: ignore[arg-type]
        created(database, "meanwhile")
        return before, reads.current_revision(connection)  # type: ignore[arg-type]

    assert readers[0].read(twice) == (1, 1)
    for one in (*readers, database):
        one.close()


def test_a_reader_can_not_write(tmp_path: Path) -> None:
    Database.open(tmp_path / "x.db").close()
    reader = Reader.open(tmp_path / "x.db")
    with pytest.raises(DatabaseReadOnly):
        reader.read(lambda connection: connection.execute(text("DELETE FROM issue")))
    reader.close()


def test_a_newer_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    Database.open(path).close()
    raw = sqlite3.connect(path)
    raw.execute("UPDATE alembic_version SET version_num = '9999'")
    raw.commit()
    raw.close()
    for opens in (Database.open, Reader.open):
        with pytest.raises(DatabaseTooNew, match=r"x\.db was written by a newer Issuelens \(schema 9999, .*Update"):
            opens(path)


def test_a_corrupt_file_is_told_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    path.write_bytes(b"no database at all " * 300)
    for opens in (Database.open, Reader.open):
        with pytest.raises(DatabaseCorrupt, match=r"x\.db is damaged and was left as it is"):
            opens(path)
    assert path.read_bytes() == b"no database at all " * 300


def test_damage_inside_of_the_file_is_found(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    database = Database.open(path)
    for number in range(200):
        created(database, f"issue {number} {'x' * 200}")
    with database.transaction() as connection:
        query = "SELECT rootpage FROM sqlite_master WHERE name = 'ix_issue_status_priority_created_at'"
        page = int(connection.execute(text(query)).scalar_one())
        size = int(connection.execute(text("PRAGMA page_size")).scalar_one())
    database.close()
    content = bytearray(path.read_bytes())
    content[(page - 1) * size : page * size] = b"\xff" * size
    path.write_bytes(content)
    reader = Reader.open(path)
    assert reader.read(check_integrity) != []
    reader.close()


def test_places_where_no_database_can_be(tmp_path: Path) -> None:
    (tmp_path / "folder.db").mkdir()
    with pytest.raises(DatabaseReadOnly, match=r"folder\.db is a folder where the database file should be"):
        Database.open(tmp_path / "folder.db")
    with pytest.raises(DatabaseReadOnly, match="is not there any more; nothing was changed"):
        Database.open(tmp_path / "gone" / "x.db")
    with pytest.raises(DatabaseReadOnly):
        Reader.open(tmp_path / "none.db")


def test_a_full_disk_changes_nothing(tmp_path: Path) -> None:
    database = Database.open(tmp_path / "x.db")
    before = created(database, "before")
    with database.transaction() as connection:
        pages = connection.execute(text("PRAGMA page_count")).scalar()
        connection.execute(text(f"PRAGMA max_page_count = {pages}"))
    with pytest.raises(DatabaseFull, match=r"The disk of .*x\.db is full; nothing was changed"):
        fill(database)
    with database.transaction() as connection:
        assert reads.get_issue(connection, before.id) == before
        assert check_integrity(connection) == []
        connection.execute(text("PRAGMA max_page_count = 100000"))
    created(database, "there is room again")
    database.close()


def fill(database: Database) -> None:
    for number in range(1000):
        created(database, f"{number} {'x' * 400}")


def test_a_lock_of_another_program_is_told(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    Database.open(path).close()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(DatabaseBusy, match="Another program holds"):
        Database.open(path, busy_seconds=0.01)
    other.execute("ROLLBACK")
    other.close()


WRITING = """
import sys
from pathlib import Path
from issuelens.storage.database import Database
from tests.support.tracking import created
database = Database.open(Path(sys.argv[1]))
while True:
    print(created(database, "x").id, flush=True)
"""


def test_what_was_acknowledged_survives_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(["server", "."])}
    child = subprocess.Popen(
        [sys.executable, "-c", WRITING, str(path)], stdout=subprocess.PIPE, text=True, env=environment
    )
    assert child.stdout is not None
    acknowledged = [child.stdout.readline().strip() for _ in range(50)]
    child.send_signal(signal.SIGKILL)
    acknowledged += child.communicate()[0].split()[:-1]
    database = Database.open(path)
    with database.transaction() as connection:
        assert check_integrity(connection) == []
        assert set(acknowledged) <= reads.get_summaries(connection, acknowledged).keys()
        assert reads.current_revision(connection) == reads.rows_ever(connection)
    database.close()
