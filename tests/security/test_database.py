"""A database that somebody else has prepared runs nothing, and removes nothing."""

from __future__ import annotations

import os
import sqlite3
import struct
from pathlib import Path

import pytest

from issuelens.domain.errors import StorageError
from issuelens.storage.database import Database


def made(tmp_path: Path) -> Path:
    path = tmp_path / "issues.db"
    Database.open(path).close()
    return path


def refused(path: Path, reason: str) -> None:
    with pytest.raises(StorageError, match=reason):
        Database.open(path)


def test_a_database_with_what_runs_by_itself_is_refused(tmp_path: Path) -> None:
    for number, statement in enumerate(
        (
            "CREATE TRIGGER t AFTER INSERT ON issue BEGIN DELETE FROM issue; END",
            "CREATE VIEW v AS SELECT load_extension('/tmp/x.so')",
            "CREATE VIRTUAL TABLE v USING fts5(x)",
        )
    ):
        (tmp_path / str(number)).mkdir()
        path = made(tmp_path / str(number))
        with sqlite3.connect(path) as connection:
            connection.execute(statement)
        connection.close()
        refused(path, "that Issuelens has not made")


def test_a_view_in_the_place_of_a_table_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "issues.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE VIEW alembic_version AS SELECT '0002' AS version_num")
    connection.close()
    refused(path, "'view alembic_version'")


def journal_that_names(path: Path, other: Path) -> bytes:
    """A rollback journal of a database that has SQLite remove another file (sqlite.org/fileformat2.html, section 3)."""
    content, page, sector, nonce = path.read_bytes(), 4096, 512, 1
    first, magic, name = content[:page], bytes.fromhex("d9d505f920a163d7"), os.fsencode(other)
    checked = (nonce + sum(first[at] for at in range(page - 200, 0, -200))) & 0xFFFFFFFF
    header = magic + struct.pack(">IIIII", 1, nonce, len(content) // page, sector, page)
    record = struct.pack(">I", 1) + first + struct.pack(">I", checked)
    end = struct.pack(">I", 0x40000000 // page + 1) + name + struct.pack(">II", len(name), sum(name)) + magic
    return header.ljust(sector, b"\0") + record + end


def test_a_journal_that_names_another_file_is_refused(tmp_path: Path) -> None:
    path, other = made(tmp_path), tmp_path / "precious"
    other.write_text("x")
    Path(f"{path}-journal").write_bytes(journal_that_names(path, other))
    refused(path, "is none of Issuelens; nothing was opened")
    assert other.exists()
    # What SQLite itself does with it, so that this is about something.
    with sqlite3.connect(path) as connection:
        connection.execute("SELECT * FROM sqlite_master").fetchall()
    connection.close()
    assert not other.exists()


def test_functions_that_could_do_harm_are_out_of_reach_of_a_schema(tmp_path: Path) -> None:
    database = Database.open(tmp_path / "issues.db")
    with database.transaction() as connection:
        assert connection.exec_driver_sql("PRAGMA trusted_schema").scalar() == 0
    database.close()
