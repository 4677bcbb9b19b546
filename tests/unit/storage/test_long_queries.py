"""Queries with as many values as there may be: SQLite takes them, and they find what one value finds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.tracking import NOW, created, fresh

from issuelens.domain.query import FIELDS, NAMES, VALUES, Kind, parse_query
from issuelens.storage import lists
from issuelens.storage.conditions import Asking
from issuelens.storage.database import Database
from issuelens.storage.search import index_pending


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    one = fresh(tmp_path)
    yield one
    one.close()


WORDS = {Kind.WORD: "app", Kind.TEXT: "word", Kind.NUMBER: "1", Kind.MOMENT: "2026-01-01"}
ID_FIELDS = ("id", "parent", "epic", "depends-on", "blocks")


@pytest.mark.parametrize("field", sorted(FIELDS))
def test_as_many_values_as_there_may_be(database: Database, field: str) -> None:
    issue = created(database, "a word", priority=1)
    created(database, "word, too", parent=issue.id, dependencies=())
    with database.transaction() as connection:
        index_pending(connection)
    created(database, "something else")
    words = NAMES.get(field) or ((issue.id,) if field in ID_FIELDS else (WORDS[FIELDS[field]],))
    many = (words * VALUES)[:VALUES]
    for sign in ("", "-"):
        once = found(database, " ".join(f"{sign}{field}:{word}" for word in words))
        assert found(database, " ".join(f"{sign}{field}:{word}" for word in many)) == once
        either = found(database, f"{sign}{field}:" + ",".join(words))
        assert found(database, f"{sign}{field}:" + ",".join(many)) == either


def found(database: Database, query: str) -> list[str]:
    with database.transaction() as connection:
        return lists.list_ids(connection, parse_query(query), Asking(now=NOW, me="tester"), "app")
