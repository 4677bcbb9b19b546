"""Where ids stand in the code, for issues and for those merged into them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.tracking import NOW, created, done, fresh

from issuelens.domain.operation import MergeIssues
from issuelens.domain.query import parse_query
from issuelens.storage import code, lists
from issuelens.storage.code import CodeLocation, FileStamp
from issuelens.storage.conditions import Asking
from issuelens.storage.database import Database


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    one = fresh(tmp_path)
    yield one
    one.close()


def test_references_follow_a_chain_of_merges(database: Database) -> None:
    first, second, last, other = (created(database, name).id for name in ("first", "second", "last", "other"))
    done(database, MergeIssues(ids=(first,), into=second))
    done(database, MergeIssues(ids=(second,), into=last))
    places = [
        CodeLocation("a.py", line, 1, tag, "see", None, issue_id)
        for line, tag, issue_id in ((1, "TODO", first), (2, None, second), (3, None, last), (4, None, other))
    ]
    with database.transaction() as connection:
        code.replace_files(connection, [("a.py", FileStamp(1, 1, ""), places)], [])
        assert [one.line for one in code.list_references(connection, last)] == [1, 2, 3]
        assert [one.line for one in code.list_references(connection, other)] == [4]
        for query, found in {"has:todo": [last], "has:reference": [last, other], "-has:todo": [other]}.items():
            asked = lists.list_ids(connection, parse_query(f"{query} sort:id"), Asking(now=NOW, me="tester"))
            assert asked == sorted(found), query
