"""Operations on a database, without a daemon around them."""

from __future__ import annotations

import itertools
import os
from typing import Any

from sqlalchemy import Connection

from issuelens.domain.issue import Issue
from issuelens.domain.operation import CreateIssue, Operation, Outcome
from issuelens.storage.database import Database
from issuelens.tracker.operations import OperationContext, perform

NOW = "2026-01-01T00:00:00.000000Z"
_KEYS = itertools.count()


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
