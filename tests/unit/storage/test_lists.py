"""Lists by query: every field of the language against the database, search, reasons and counts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import update
from tests.support.tracking import NOW, created, done

from issuelens.domain.errors import UnknownIssue
from issuelens.domain.operation import (
    AddComment,
    AddDependencies,
    CloseIssues,
    DeleteIssues,
    MergeIssues,
    UpdateIssues,
)
from issuelens.domain.query import parse_query
from issuelens.domain.vocabulary import TOMBSTONE
from issuelens.storage import code, lists
from issuelens.storage.conditions import Asking
from issuelens.storage.database import Database
from issuelens.storage.search import index_pending
from issuelens.storage.tables import ISSUE
from issuelens.todos.found import FileFindings, Marker, Mention

LATER = "2026-01-11T00:00:00.000000Z"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    one = Database.open(tmp_path / "x.db")
    yield one
    one.close()


def titles(database: Database, query: str, now: str = NOW) -> list[str]:
    with database.transaction() as connection:
        found = lists.list_issues(connection, parse_query(query), Asking(now=now, me="tester"), "app")
    return [issue.title for issue in found]


@pytest.fixture
def filled(database: Database) -> Database:
    """alpha (epic) > beta > gamma (closed); delta is deleted; epsilon waits for beta."""
    alpha = created(database, "alpha", issue_type="epic", priority=0, labels=("ui", "x"), assignee="anna")
    beta = created(database, "beta", parent=alpha.id, priority=1, description="log in fails", due_at="2026-01-05")
    gamma = created(database, "gamma", parent=beta.id, priority=2, metadata={"team": "red"}, estimated_minutes=90)
    delta = created(database, "delta", priority=3)
    epsilon = created(database, "epsilon", priority=4, assignee="tester", defer_until="2026-01-08", external_ref="gh-9")
    done(database, AddDependencies(ids=(epsilon.id,), depends_on=(beta.id,)))
    done(database, AddComment(ids=(beta.id,), text="Überall gesehen"))
    done(database, CloseIssues(ids=(gamma.id,)))
    done(database, DeleteIssues(ids=(delta.id,)))
    with database.transaction() as connection:
        here = FileFindings("a.py", (Marker("TODO", "beta", 2, 0, issue_id=beta.id),))
        mention = FileFindings("b.py", (), (Mention(alpha.id, 2, 0, True, "see"),))
        code.replace_files(connection, [here, mention])
    return database


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["alpha", "beta", "gamma", "epsilon"]),
        ("is:open", ["alpha", "beta", "epsilon"]),
        ("is:closed", ["gamma"]),
        ("is:deleted", ["delta"]),
        ("is:open,deleted", ["alpha", "beta", "delta", "epsilon"]),
        ("is:any,deleted", ["alpha", "beta", "gamma", "delta", "epsilon"]),
        ("is:ready", ["alpha", "beta"]),
        ("is:blocked", ["epsilon"]),
        ("is:deferred", ["epsilon"]),
        ("is:epic", ["alpha"]),
        ("-is:open", ["gamma"]),
        ("-is:ready", ["gamma", "epsilon"]),
        ("-is:ready is:open", ["epsilon"]),
        ("-is:ready,closed", ["epsilon"]),
        ("-is:blocked", ["alpha", "beta", "gamma"]),
        ("-is:deferred,overdue,epic", ["beta", "gamma"]),
        ("status:open", ["alpha", "beta", "epsilon"]),
        ("status:closed,tombstone", ["gamma", "delta"]),
        ("category:done", ["gamma"]),
        ("-status:open", ["gamma"]),
        ("priority:<=1", ["alpha", "beta"]),
        ("priority:0,4", ["alpha", "epsilon"]),
        ("type:epic", ["alpha"]),
        ("label:ui", ["alpha"]),
        ("label:ui label:x", ["alpha"]),
        ("depends-on:none is:open", ["alpha", "beta"]),
        ("blocks:none is:open", ["alpha", "epsilon"]),
        ("epic:none", ["alpha", "epsilon"]),
        ("label:none is:open", ["beta", "epsilon"]),
        ("-label:ui is:open", ["beta", "epsilon"]),
        ("assignee:me", ["epsilon"]),
        ("assignee:none is:open", ["beta"]),
        ("-assignee:anna is:open", ["beta", "epsilon"]),
        ("creator:me is:epic", ["alpha"]),
        ("external:gh-9", ["epsilon"]),
        ("estimate:>60", ["gamma"]),
        ("meta.team:red", ["gamma"]),
        ("meta.team:blue", []),
        ("-meta.team:red is:closed", []),
        ("title:LPH", ["alpha"]),
        ("text:log", ["beta"]),
        ('text:"log in"', ["beta"]),
        ("text:login", []),
        ("fails", ["beta"]),
        ("ueberall", []),
        ("uberall", ["beta"]),
        ("-text:log is:open", ["alpha", "epsilon"]),
        ("created:2026-01-01", ["alpha", "beta", "gamma", "epsilon"]),
        ("created:<2026-01-01", []),
        ("created:today priority:0", ["alpha"]),
        ("due:<7d", ["beta"]),
        ("due:2026-01-05", ["beta"]),
        ("due:>7d", []),
        ("defer:>=2026-01-08", ["epsilon"]),
        ("closed:>=2026-01-01", ["gamma"]),
        ("has:comment", ["beta"]),
        ("has:child", ["alpha", "beta"]),
        ("has:parent", ["beta", "gamma"]),
        ("has:dependency", ["epsilon"]),
        ("has:todo", ["beta"]),
        ("has:reference", ["alpha", "beta"]),
        ("has:due,estimate", ["beta", "gamma"]),
        ("has:label", ["alpha"]),
        ("-has:description is:open", ["alpha", "epsilon"]),
        ("has:metadata", ["gamma"]),
        ("sort:-priority is:open", ["epsilon", "beta", "alpha"]),
        ("sort:due", ["beta", "alpha", "gamma", "epsilon"]),
        ("sort:-title limit:2", ["gamma", "epsilon"]),
    ],
)
@pytest.mark.parametrize("is_indexed", [False, True])
def test_every_field_finds_what_it_says(filled: Database, query: str, found: list[str], *, is_indexed: bool) -> None:
    if is_indexed:
        with filled.transaction() as connection:
            assert not index_pending(connection)
    assert titles(filled, query) == found


def test_ids_in_a_query_may_be_beginnings(filled: Database) -> None:
    with filled.transaction() as connection:
        ids = {one.title: one.id for one in lists.list_issues(connection, parse_query("is:any,deleted"), ASKING)}
    assert titles(filled, f"parent:{ids['alpha']}") == ["beta"]
    assert titles(filled, f"epic:{ids['alpha']}") == ["beta", "gamma"]
    assert titles(filled, f"epic:{ids['alpha']},{ids['beta']}") == ["beta", "gamma"]
    assert titles(filled, f"epic:{ids['alpha']} epic:{ids['beta']}") == ["gamma"]
    assert titles(filled, f"-epic:{ids['beta']} epic:{ids['alpha']}") == ["beta"]
    assert titles(filled, f"depends-on:{ids['beta']}") == ["epsilon"]
    assert titles(filled, f"blocks:{ids['epsilon']}") == ["beta"]
    assert titles(filled, f"id:{ids['alpha']},{ids['epsilon']}") == ["alpha", "epsilon"]
    assert titles(filled, "parent:none is:open") == ["alpha", "epsilon"]


ASKING = Asking(now=NOW, me="tester")


def test_no_issue_is_without_an_id(filled: Database) -> None:
    with pytest.raises(UnknownIssue, match="no issue none"):
        titles(filled, "id:none")


def test_deleted_issues_are_at_the_other_end_of_no_link(database: Database) -> None:
    gone, parent, needed, kept = (created(database, name).id for name in ("gone", "parent", "needed", "kept"))
    child = created(database, "child", parent=parent).id
    orphan = created(database, "orphan", parent=gone).id
    done(database, AddDependencies(ids=(child,), depends_on=(needed,)))
    done(database, AddDependencies(ids=(kept,), depends_on=(child,)))
    done(database, DeleteIssues(ids=(child,)))
    set_status(database, gone, TOMBSTONE)
    assert orphan
    for query, found in {
        "has:child": [],
        "has:parent": [],
        "parent:none": ["parent", "needed", "kept", "orphan"],
        "epic:none": ["parent", "needed", "kept", "orphan"],
        "has:dependency": [],
        "depends-on:none": ["parent", "needed", "kept", "orphan"],
        "blocks:none": ["parent", "needed", "kept", "orphan"],
        f"parent:{parent} is:deleted": ["child"],
        f"blocks:{child}": ["needed"],
        f"depends-on:{child}": ["kept"],
    }.items():
        assert sorted(titles(database, query)) == sorted(found), query


def set_status(database: Database, issue_id: str, status: str) -> None:
    """As an import may leave it: the children stay."""
    with database.transaction() as connection:
        connection.execute(update(ISSUE).where(ISSUE.c.id == issue_id).values(status=status))


def test_metadata_is_compared_with_what_json_says(database: Database) -> None:
    metadata = {"flag": True, "off": False, "nothing": None, "number": 42, "part": 1.5, "word": "true"}
    created(database, "with", metadata=metadata)
    created(database, "without")
    for query, found in {
        "meta.flag:true": ["with"],
        "meta.flag:1": [],
        "meta.off:false": ["with"],
        "meta.off:0": [],
        "meta.nothing:null": ["with"],
        "meta.number:42": ["with"],
        "meta.part:1.5": ["with"],
        "meta.word:true": ["with"],
        "meta.missing:null": [],
        'meta.missing:""': [],
        "-meta.flag:true": ["without"],
    }.items():
        assert titles(database, query) == found, query


def test_a_key_of_metadata_may_have_any_sign(database: Database) -> None:
    for key in ("a\\b", "a.b", "a'b", "a[0]", "$", "ä"):
        created(database, key, metadata={key: "x"})
        assert titles(database, f"meta.{key}:x") == [key]


def test_time_passes(filled: Database) -> None:
    assert titles(filled, "updated:<7d is:open") == ["alpha", "beta", "epsilon"]
    assert titles(filled, "updated:<7d", LATER) == []
    assert titles(filled, "updated:>7d is:open", LATER) == ["alpha", "beta", "epsilon"]
    assert titles(filled, "is:overdue", LATER) == ["beta"]
    assert titles(filled, "is:deferred", LATER) == []


def test_an_issue_is_ready_again_when_its_day_has_come(database: Database) -> None:
    created(database, "later", defer_until="2026-01-08")
    assert titles(database, "is:ready") == []
    assert titles(database, "is:ready", LATER) == ["later"]


def test_relevance_puts_the_title_first_in_the_index(database: Database) -> None:
    created(database, "something else", description="about the parser " * 3, priority=0)
    created(database, "rewrite the parser", priority=4)
    with database.transaction() as connection:
        index_pending(connection)
    assert titles(database, "parser") == ["rewrite the parser", "something else"]
    assert titles(database, "parser sort:priority") == ["something else", "rewrite the parser"]


def test_the_index_follows_changes_in_batches(database: Database) -> None:
    made = [created(database, f"number {number}") for number in range(12)]
    with database.transaction() as connection:
        rounds = 1
        while index_pending(connection, limit=5):
            rounds += 1
        assert rounds == 3
    done(database, UpdateIssues(ids=(made[0].id,), title="renamed"))
    done(database, DeleteIssues(ids=(made[1].id,)))
    for _ in range(2):
        assert titles(database, "renamed") == ["renamed"]
        assert "number 0" not in titles(database, "number")
        assert len(titles(database, "number")) == 10
        with database.transaction() as connection:
            index_pending(connection)


def test_reasons_name_what_is_waited_for(database: Database) -> None:
    first = created(database, "first")
    epic = created(database, "epic", issue_type="epic")
    child = created(database, "child", parent=epic.id)
    stuck = created(database, "stuck", status="blocked")
    done(database, AddDependencies(ids=(epic.id,), depends_on=(first.id,)))
    with database.transaction() as connection:
        why = lists.reasons(connection, [child.id, epic.id, stuck.id, first.id])
    assert [(one.issue.title if one.issue else None, one.via) for one in why[child.id]] == [("first", epic.id)]
    assert [(one.issue.title if one.issue else None, one.via) for one in why[epic.id]] == [("first", None)]
    assert [one.issue for one in why[stuck.id]] == [None]
    assert why[first.id] == []


def test_statistics_count(filled: Database) -> None:
    with filled.transaction() as connection:
        found = lists.statistics(connection, ASKING)
        progress = lists.progress(connection, lists.list_ids(connection, parse_query("is:epic"), ASKING))
    assert {name: found[name] for name in ("total", "open", "closed", "deleted", "ready", "blocked", "overdue")} == {
        "total": 4,
        "open": 3,
        "closed": 1,
        "deleted": 1,
        "ready": 2,
        "blocked": 1,
        "overdue": 0,
    }
    assert found["by_type"] == {"task": 3, "epic": 1}
    assert found["open_by_assignee"] == {"none": 1, "anna": 1, "tester": 1}
    assert found["by_label"] == {"ui": 1, "x": 1}
    assert list(progress.values()) == [(1, 2)]


def test_progress_counts_descendants_of_each_epic_once(filled: Database) -> None:
    with filled.transaction() as connection:
        ids = {one.title: one.id for one in lists.list_issues(connection, parse_query(""), ASKING)}
    gone = created(filled, "gone", parent=ids["beta"])
    done(filled, DeleteIssues(ids=(gone.id,)))
    wanted = [ids[title] for title in ("alpha", "beta", "epsilon")]
    with filled.transaction() as connection:
        assert list(lists.progress(connection, wanted).items()) == list(
            zip(wanted, [(1, 2), (1, 1), (0, 0)], strict=True)
        )


def test_what_was_merged_counts_in_the_code(filled: Database) -> None:
    with filled.transaction() as connection:
        ids = {one.title: one.id for one in lists.list_issues(connection, parse_query(""), ASKING)}
    done(filled, MergeIssues(ids=(ids["beta"],), into=ids["epsilon"]))
    assert titles(filled, "has:todo") == ["epsilon"]
    with filled.transaction() as connection:
        assert [one.path for one in code.list_references(connection, ids["epsilon"])] == ["a.py"]
