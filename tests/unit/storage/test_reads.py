"""Lists and look-ups."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.tracking import created, done

from issuelens.domain.issue import Category
from issuelens.domain.operation import CloseIssues, UpdateIssues
from issuelens.domain.query import OPEN_ISSUES, IssueFilter
from issuelens.storage import reads
from issuelens.storage.database import Database


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    one = Database.open(tmp_path / "x.db")
    yield one
    one.close()


def titles(database: Database, chosen: IssueFilter) -> list[str]:
    with database.transaction() as connection:
        issues = reads.list_issues(connection, chosen)
    return [issue.title for issue in issues]


def test_every_condition_must_hold_and_one_of_its_values(database: Database) -> None:
    created(database, "urgent bug", priority=0, issue_type="bug", labels=("ui",), assignee="anna")
    created(database, "task", labels=("ui", "auth"))
    closed = created(database, "closed bug", issue_type="bug")
    done(database, CloseIssues(ids=(closed.id,)))
    assert set(titles(database, OPEN_ISSUES)) == {"urgent bug", "task"}
    assert titles(database, IssueFilter(issue_types=("bug",), categories=(Category.DONE,))) == ["closed bug"]
    assert titles(database, IssueFilter(labels=("auth", "none"))) == ["task"]
    assert titles(database, IssueFilter(priorities=(0, 1), assignees=("anna",))) == ["urgent bug"]
    assert titles(database, IssueFilter(statuses=("closed",), categories=(Category.TODO,))) == []
    assert titles(database, IssueFilter(text="URGENT")) == ["urgent bug"]


def test_the_most_urgent_come_first_then_the_newest(database: Database) -> None:
    for priority, title in ((2, "first"), (0, "urgent"), (4, "last")):
        created(database, title, priority=priority)
    assert titles(database, IssueFilter()) == ["urgent", "first", "last"]
    assert titles(database, IssueFilter(limit=2)) == ["urgent", "first"]


@pytest.mark.parametrize("words", ["100%", "a_b", "back\\slash", "%", "_"])
def test_words_are_found_as_they_are(database: Database, words: str) -> None:
    created(database, f"holds {words} somewhere")
    created(database, "holds 100x axb nothing")
    assert titles(database, IssueFilter(text=words)) == [f"holds {words} somewhere"]


def test_many_ids_at_once(database: Database) -> None:
    made = [created(database, f"issue {number}", labels=("x",)) for number in range(1100)]
    wanted = [issue.id for issue in made] + ["app-none"]
    with database.transaction() as connection:
        assert reads.get_issues(connection, wanted) == {issue.id: issue for issue in made}
        assert reads.get_summaries(connection, wanted).keys() == {issue.id for issue in made}
        assert len(reads.list_issues(connection, IssueFilter())) == 1100
        assert reads.id_prefixes(connection) == {"app"}


def test_history_newest_first_of_one_or_all(database: Database) -> None:
    first, second = created(database, "first"), created(database, "second")
    done(database, UpdateIssues(ids=(first.id, second.id), priority=0))
    with database.transaction() as connection:
        everything = reads.list_history(connection, None, None)
        assert [entry.event.operation for entry in everything] == ["update", "create", "create"]
        assert everything[0].event.ids == (first.id, second.id)
        assert [entry.event.revision for entry in reads.list_history(connection, first.id, None)] == [3, 1]
        assert len(reads.list_history(connection, None, 1)) == 1
