"""Look-ups."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.tracking import brought_in, created, done

from issuelens.domain.errors import AmbiguousId, UnknownIssue
from issuelens.domain.issue import Issue
from issuelens.domain.operation import DeleteIssues, MergeIssues, UpdateIssues
from issuelens.storage import history, reads, writes
from issuelens.storage.database import Database


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    one = Database.open(tmp_path / "x.db")
    yield one
    one.close()


def test_many_ids_at_once(database: Database) -> None:
    made = [created(database, f"issue {number}", labels=("x",)) for number in range(1100)]
    wanted = [issue.id for issue in made] + ["app-none"]
    with database.transaction() as connection:
        assert reads.get_issues(connection, wanted) == {issue.id: issue for issue in made}
        assert reads.get_summaries(connection, wanted).keys() == {issue.id for issue in made}
        assert reads.id_prefixes(connection) == {"app"}


def test_history_newest_first_of_one_or_all(database: Database) -> None:
    first, second = created(database, "first"), created(database, "second")
    done(database, UpdateIssues(ids=(first.id, second.id), priority=0))
    with database.transaction() as connection:
        everything = history.list_history(connection, None, None)
        assert [entry.event.operation for entry in everything] == ["update", "create", "create"]
        assert everything[0].event.ids == (first.id, second.id)
        assert [entry.event.revision for entry in history.list_history(connection, first.id, None)] == [3, 1]
        assert len(history.list_history(connection, None, 1)) == 1


def test_history_of_one_issue_has_its_changes_only(database: Database) -> None:
    first, second = created(database, "first"), created(database, "second")
    done(database, UpdateIssues(ids=(first.id, second.id), priority=0))
    with database.transaction() as connection:
        entry = history.list_history(connection, second.id, None)[0]
    assert [(one.issue_id, (one.after or {})["priority"]) for one in entry.changes] == [(second.id, 0)]
    assert (entry.change_count, entry.event.ids) == (2, (first.id, second.id))


def test_history_of_all_has_the_first_changes_of_an_operation(database: Database) -> None:
    count = history.SHOWN_CHANGES + 5
    brought_in(database, *(Issue(id=f"app-{number:04}", title="x") for number in range(count)))
    with database.transaction() as connection:
        [entry] = history.list_history(connection, None, 1)
        [whole] = history.read_operations(connection, [entry.event.revision])
    assert (len(entry.changes), entry.change_count, len(entry.event.ids)) == (count - 5, count, count)
    assert (len(whole.changes), whole.change_count) == (count, count)


def insert(database: Database, *ids: str) -> None:
    with database.transaction() as connection:
        writes.insert_issues(connection, [Issue(id=one, title=one) for one in ids])


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("app-1a2b", "app-1a2b"),
        ("app-1a2c", "app-1a2c"),
        ("app-2", "app-2xyz"),
        ("2x", "app-2xyz"),
        ("3abc", "app-3abc"),
        ("m", "my-lib-9abc"),
        ("my", "my-lib-9abc"),
        ("my-lib", "my-lib-9abc"),
        ("app-1a2b.1", "app-1a2b.1"),
        ("my-lib-9", "my-lib-9abc"),
        ("app-3", "app-3abc"),
    ],
)
def test_a_unique_beginning_names_an_issue(database: Database, word: str, meant: str) -> None:
    insert(database, "app-1a2b", "app-1a2b.1", "app-1a2c", "app-2xyz", "my-lib-9abc", "app-3abc", "app-3abc.1")
    with database.transaction() as connection:
        assert reads.resolve_id(connection, word, "app") == meant


def test_a_word_without_a_dash_means_the_own_prefix_first(database: Database) -> None:
    insert(database, "app-1a2b", "app-1a2b.1")
    with database.transaction() as connection:
        assert reads.resolve_id(connection, "ap", "app") == "app-1a2b"
        assert reads.resolve_id(connection, "ap") == "app-1a2b"
    insert(database, "app-ap3c", "lib-4d")
    with database.transaction() as connection:
        assert reads.resolve_id(connection, "ap", "app") == "app-ap3c"
        assert reads.resolve_id(connection, "l", "app") == "lib-4d"


@pytest.mark.parametrize("word", ["app-1", "1a2", "app-", "app", "ap"])
def test_an_ambiguous_beginning_names_what_it_may_mean(database: Database, word: str) -> None:
    insert(database, "app-1a2b", "app-1a2c")
    with database.transaction() as connection, pytest.raises(AmbiguousId, match="app-1a2b, app-1a2c"):
        reads.resolve_id(connection, word, "app")


@pytest.mark.parametrize("word", ["app-9", "", "b", "other-1", "app1", "aq", "%", "app-1a2b.9", "\x00"])
def test_what_names_nothing_is_unknown(database: Database, word: str) -> None:
    insert(database, "app-1a2b")
    with database.transaction() as connection, pytest.raises(UnknownIssue):
        reads.resolve_id(connection, word, "app")


def test_a_merged_id_means_its_survivor(database: Database) -> None:
    first, second, third = (created(database, name) for name in ("first", "second", "third"))
    done(database, MergeIssues(ids=(first.id,), into=second.id))
    done(database, MergeIssues(ids=(second.id,), into=third.id))
    with database.transaction() as connection:
        assert reads.resolve_id(connection, first.id) == third.id
        assert reads.get_summaries(connection, [first.id])[first.id].title == "third"
        found = reads.get_issue(connection, first.id)
        assert found is not None
        assert found.id == third.id


def test_completion_offers_unfinished_issues(database: Database) -> None:
    one, gone = created(database, "here"), created(database, "gone")
    done(database, DeleteIssues(ids=(gone.id,)))
    with database.transaction() as connection:
        assert reads.complete_id(connection, "app-", limit=5, deleted=False) == [[one.id, "here"]]
        assert reads.complete_id(connection, "app-", limit=5, deleted=True) == [[gone.id, "gone"]]
