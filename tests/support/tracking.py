"""Operations on a database, without a daemon around them."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import Connection, select

from issuelens.domain.imports import Imported, Unreadable
from issuelens.domain.issue import Issue
from issuelens.domain.operation import CreateIssue, Event, Operation, Outcome
from issuelens.domain.shape import issue_to_json
from issuelens.storage import reads
from issuelens.storage.database import Database
from issuelens.storage.tables import ISSUE
from issuelens.tracker.importing import Import
from issuelens.tracker.operations import OperationContext, perform

NOW = "2026-01-01T00:00:00.000000Z"
_KEYS = itertools.count()
_EMPTY: list[bytes] = []


def fresh(folder: Path) -> Database:
    """A new database; after the first one a copy of that, since migrating takes longer than most tests."""
    path = folder / "x.db"
    if not _EMPTY:
        Database.open(path).close()
        _EMPTY.append(path.read_bytes())
    path.write_bytes(_EMPTY[0])
    return Database.open(path)


@contextmanager
def passing_database() -> Iterator[Database]:
    """A new database for one example of a property."""
    with TemporaryDirectory() as folder:
        database = fresh(Path(folder))
        try:
            yield database
        finally:
            database.close()


def context(**changes: Any) -> OperationContext:
    """What an operation is done with, a new key each time."""
    fields: dict[str, Any] = {
        "key": f"key-{os.getpid()}-{next(_KEYS)}",
        "actor": "tester",
        "client": "test",
        "now": NOW,
        "prefix": "app",
        "random_bytes": os.urandom,
    }
    return OperationContext(**(fields | changes))


def creating(connection: Connection, title: str, **fields: Any) -> Issue:
    """Creates an issue in a transaction of the caller's."""
    return perform(connection, CreateIssue(title=title, **fields), context()).issues[0]


def created(database: Database, title: str, **fields: Any) -> Issue:
    """Creates an issue in a transaction of its own."""
    with database.transaction() as connection:
        return creating(connection, title, **fields)


def done(database: Database, operation: Operation, **changes: Any) -> Outcome:
    """Does an operation in a transaction of its own."""
    with database.transaction() as connection:
        return perform(connection, operation, context(**changes))


def brought_in(
    database: Database, *records: Imported | Unreadable | Issue, **changes: Any
) -> tuple[Event | None, list[dict[str, Any]]]:
    """Imports issues (each a line) in a transaction of its own: the event, and the report of each line."""
    lines: list[dict[str, Any]] = []
    with database.transaction() as connection:
        asked = Import(connection, context(**changes), lines.append, lambda _: None, lambda _: None)
        return asked.run(_records(records)), lines


def _records(records: Iterable[Imported | Unreadable | Issue]) -> Iterator[Imported | Unreadable]:
    for number, one in enumerate(records, 1):
        yield Imported(number, one) if isinstance(one, Issue) else one


def everything(database: Database) -> dict[str, Issue]:
    """Every issue by its id, tombstones, too."""
    with database.transaction() as connection:
        return reads.get_issues(connection, sorted(connection.execute(select(ISSUE.c.id)).scalars()))


def shapes(database: Database, *without: str) -> dict[str, dict[str, Any]]:
    """The JSON shapes of every issue, without these fields."""
    return {
        issue_id: {name: value for name, value in issue_to_json(issue).items() if name not in without}
        for issue_id, issue in everything(database).items()
    }


def revision_of(database: Database) -> int:
    """The count of committed operations."""
    with database.transaction() as connection:
        return reads.current_revision(connection)
