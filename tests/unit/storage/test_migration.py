"""From the founding tables, with issues in them, to those of today."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, MetaData, create_engine, inspect, text
from sqlalchemy.pool import NullPool
from tests.support.tracking import NOW, created, done, everything, revision_of

import issuelens.storage
from issuelens.domain.issue import Comment, Dependency, Issue
from issuelens.domain.operation import AddComment, CloseIssues, UndoOperations
from issuelens.domain.query import parse_query
from issuelens.domain.vocabulary import STATUS_CATEGORIES, Category
from issuelens.storage import checks, code, history, lists, readiness, reads
from issuelens.storage.conditions import Asking
from issuelens.storage.database import HEAD, Database, check_integrity, stored_version
from issuelens.storage.search import index_pending
from issuelens.storage.tables import METADATA
from issuelens.tracker.upkeep import adopt_statuses

MIGRATIONS = Path(issuelens.storage.__file__).parent / "migrations"
STATUSES = {
    "app-1a1a": "open",
    "app-2b2b": "in_progress",
    "app-3c3c": "closed",
    "my-lib-4d4d": "blocked",
    "odd": "resolved",
}
_FTS = ("", "_config", "_content", "_data", "_docsize", "_idx")
LATER = "2026-01-02T00:00:00.000000Z"


@pytest.fixture
def founded(tmp_path: Path) -> Path:
    """A database of the first version, with an issue of each kind."""
    path = tmp_path / "x.db"
    engine = create_engine(f"sqlite:///{path}", poolclass=NullPool)
    with engine.begin() as connection:
        _upgrade(connection, "0001")
        _fill(connection)
    engine.dispose()
    return path


def _upgrade(connection: Connection, version: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, version)


def _fill(connection: Connection) -> None:
    tables = MetaData()
    tables.reflect(connection)
    connection.execute(tables.tables["issue"].insert(), [_issue(*one) for one in STATUSES.items()])
    rows: dict[str, list[dict[str, Any]]] = {
        "label": [{"issue_id": "app-1a1a", "name": name} for name in ("ui", "äö")],
        "dependency": [
            {"issue_id": "app-1a1a", "depends_on_id": "app-2b2b", "type": "blocks"},
            {"issue_id": "app-2b2b", "depends_on_id": "app-3c3c", "type": "parent-child"},
        ],
        "comment": [
            {"id": number, "issue_id": issue_id, "author": "anna", "text": f"text {number}", "created_at": NOW}
            for number, issue_id in ((3, "app-1a1a"), (7, "app-2b2b"), (8, "app-1a1a"))
        ],
        "operation": [
            {"revision": at, "name": name, "key": name, "actor": "anna", "client": "cli", "at": NOW}
            for at, name in enumerate(("init", "create", "close"), 1)
        ],
        "change": [
            {"revision": 2, "position": 0, "issue_id": "app-3c3c", "before": None, "after": _shape("open")},
            {"revision": 3, "position": 0, "issue_id": "app-3c3c", "before": _shape("open"), "after": _shape("closed")},
        ],
    }
    for name, found in rows.items():
        connection.execute(tables.tables[name].insert(), found)


def _issue(issue_id: str, status: str) -> dict[str, Any]:
    is_closed = status in ("closed", "resolved")
    return {
        "id": issue_id,
        "title": f"{status} title",
        "description": "a\nb",
        "status": status,
        "priority": 1,
        "issue_type": "bug",
        "assignee": "bob",
        "created_at": NOW,
        "created_by": "anna",
        "updated_at": LATER if is_closed else NOW,
        "closed_at": LATER if is_closed else None,
        "close_reason": "done" if is_closed else None,
    }


def _shape(status: str) -> dict[str, Any]:
    shape = {name: value for name, value in _issue("app-3c3c", status).items() if value is not None}
    return shape | {"labels": [], "dependencies": [], "comments": []}


@pytest.fixture
def database(founded: Path) -> Iterator[Database]:
    one = Database.open(founded)
    yield one
    one.close()


def test_everything_is_there_afterwards(database: Database) -> None:
    with database.transaction() as connection:
        assert stored_version(connection) == HEAD
        assert check_integrity(connection) == []
        assert connection.execute(text("PRAGMA foreign_key_check")).all() == []
    found = everything(database)
    assert found["app-1a1a"] == Issue(
        id="app-1a1a",
        title="open title",
        description="a\nb",
        priority=1,
        issue_type="bug",
        assignee="bob",
        labels=("ui", "äö"),
        dependencies=(Dependency("app-1a1a", "app-2b2b"),),
        comments=(Comment(3, "anna", "text 3", NOW), Comment(8, "anna", "text 8", NOW)),
        created_at=NOW,
        created_by="anna",
        updated_at=NOW,
    )
    assert {issue.id: issue.status for issue in found.values()} == STATUSES
    assert {issue.id: issue.category for issue in found.values()} == {
        issue_id: STATUS_CATEGORIES[status] for issue_id, status in STATUSES.items()
    }
    assert (found["app-3c3c"].closed_at, found["app-3c3c"].close_reason) == (LATER, "done")


def test_what_is_derived_is_computed_when_the_workspace_is_opened(database: Database) -> None:
    with database.transaction() as connection:
        adopt_statuses(connection, STATUS_CATEGORIES)
        assert readiness.find_stale(connection) == []
        assert {fault[1] for fault in checks.find_faults(connection)} == {0}
        asking = Asking(now=NOW, me="")
        assert lists.list_ids(connection, parse_query("is:ready"), asking) == ["app-2b2b"]
        assert lists.list_ids(connection, parse_query("is:blocked sort:id"), asking) == ["app-1a1a", "my-lib-4d4d"]


def test_prefixes_and_numbers_go_on(database: Database) -> None:
    with database.transaction() as connection:
        assert reads.id_prefixes(connection) == {"app", "my-lib"}
    assert [one.id for one in done(database, AddComment(ids=("odd",), text="x")).issues[0].comments] == [9]
    issue = created(database, "new")
    assert done(database, CloseIssues(ids=("app-1a1a", issue.id))).issues[0].category is Category.DONE


def test_the_history_goes_on_and_can_be_undone(database: Database) -> None:
    assert revision_of(database) == 3
    done(database, UndoOperations())
    issue = everything(database)["app-3c3c"]
    assert (issue.status, issue.closed_at, issue.close_reason) == ("open", None, None)
    with database.transaction() as connection:
        assert [entry.event.operation for entry in history.list_history(connection, "app-3c3c", None)] == [
            *("undo", "close", "create")
        ]


def test_what_was_written_before_is_found_by_its_words(database: Database) -> None:
    with database.transaction() as connection:
        index_pending(connection)
        found = lists.list_ids(connection, parse_query("closed"), Asking(now=NOW, me=""))
    assert found == ["app-3c3c"]


def test_the_code_is_read_anew(founded: Path) -> None:
    engine = create_engine(f"sqlite:///{founded}", poolclass=NullPool)
    with engine.begin() as connection:
        _upgrade(connection, "0002")
        connection.execute(text("INSERT INTO file VALUES ('a.py', 1, 1, 'TODO')"))
        connection.execute(text("INSERT INTO code_location VALUES ('a.py', 1, 1, 'TODO', 'x', NULL, 'app-1a1a')"))
    engine.dispose()
    database = Database.open(founded)
    with database.transaction() as connection:
        assert code.read_scan(connection) == code.StoredScan()
        assert code.read_findings(connection, None) == []
        assert checks.missing_indexes(connection) == []
        assert METADATA.tables.keys() == set(inspect(connection).get_table_names()) - _NO_TABLES_OF_OURS
        for name, table in METADATA.tables.items():
            assert {one["name"] for one in inspect(connection).get_columns(name)} == set(table.columns.keys())
    database.close()


_NO_TABLES_OF_OURS = {"alembic_version", "issue_number", *(f"issue_text{end}" for end in _FTS)}


def test_migrating_again_changes_nothing(founded: Path) -> None:
    Database.open(founded).close()
    again = Database.open(founded)
    assert json.dumps(sorted(everything(again))) == json.dumps(sorted(STATUSES))
    again.close()
