"""Every operation: what it changes, what it refuses, and that it is done once."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.tracking import NOW, context, created, done

from issuelens.domain.errors import ChangedMeanwhile, InvalidField, UnknownIssue
from issuelens.domain.issue import Issue
from issuelens.domain.operation import (
    AddComment,
    CloseIssues,
    CreateIssue,
    EditComment,
    NewDependency,
    Operation,
    ReopenIssues,
    StartIssues,
    UndoOperations,
    UpdateIssues,
)
from issuelens.domain.shape import issue_to_json
from issuelens.storage import history, reads
from issuelens.storage.database import Database

LATER = "2026-01-02T00:00:00.000000Z"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    one = Database.open(tmp_path / "x.db")
    yield one
    one.close()


def revision(database: Database) -> int:
    with database.transaction() as connection:
        return reads.current_revision(connection)


def test_create_fills_every_field(database: Database) -> None:
    base = created(database, "base")
    request = CreateIssue(
        title="  Round half up ",
        description="why",
        priority=0,
        issue_type="bug",
        assignee="anna",
        labels=("b", "a", "b"),
        dependencies=(NewDependency(depends_on_id=base.id),),
    )
    outcome = done(database, request)
    [issue] = outcome.issues
    assert (issue.title, issue.labels, issue.status) == ("Round half up", ("a", "b"), "open")
    assert [(one.depends_on_id, one.type) for one in issue.dependencies] == [(base.id, "blocks")]
    assert (issue.created_at, issue.created_by, issue.updated_at) == (NOW, "tester", NOW)
    assert outcome.event is not None
    assert (outcome.event.revision, outcome.event.operation, outcome.event.ids) == (2, "create", (issue.id,))


def test_children_count_up_to_three_levels(database: Database) -> None:
    root = created(database, "root").id
    assert [created(database, "x", parent=root).id for _ in range(2)] == [f"{root}.1", f"{root}.2"]
    deep = created(database, "x", parent=f"{root}.2").id
    deeper = created(database, "x", parent=deep).id
    assert deeper == f"{root}.2.1.1"
    with pytest.raises(InvalidField, match="is at the lowest of 3 levels"):
        created(database, "x", parent=deeper)


def test_an_id_that_is_taken_is_made_anew(database: Database) -> None:
    seeds = itertools.chain([b"same", b"same"], map(str.encode, map(str, itertools.count())))
    draw = lambda _count: next(seeds)  # noqa: E731 - one line says it
    first = done(database, CreateIssue(title="x"), random_bytes=draw).issues[0]
    second = done(database, CreateIssue(title="x"), random_bytes=draw).issues[0]
    assert first.id != second.id


@pytest.mark.parametrize(
    ("operation", "message"),
    [
        (CreateIssue(title=""), "title: it is empty"),
        (CreateIssue(title="x", priority=7), "priority: 7 is not one of"),
        (CreateIssue(title="x", issue_type="story"), "issue_type: 'story'"),
        (CreateIssue(title="x", parent="app-none"), "There is no issue app-none"),
        (CreateIssue(title="x", dependencies=(NewDependency(depends_on_id="app-none"),)), "There is no issue app-none"),
        (CreateIssue(title="x", dependencies=(NewDependency(depends_on_id="a", type="likes"),)), "dependency type"),
        (UpdateIssues(ids=("app-none",), title="x"), "There is no issue app-none"),
        (UpdateIssues(ids=(), priority=1), "ids: no issue is named"),
        (StartIssues(ids=("app-none",)), "There is no issue app-none"),
        (CloseIssues(ids=("app-none",)), "There is no issue app-none"),
        (CloseIssues(ids=("app-none",), reason="\x00"), "reason: it holds a control character"),
        (ReopenIssues(ids=("app-none",)), "There is no issue app-none"),
        (AddComment(ids=("app-none",), text="x"), "There is no issue app-none"),
        (AddComment(ids=("app-none",), text="  "), "text: the comment is empty"),
    ],
)
def test_what_is_refused_changes_nothing(database: Database, operation: Operation, message: str) -> None:
    with pytest.raises((InvalidField, UnknownIssue)) as told:
        done(database, operation)
    assert message in told.value.message
    assert revision(database) == 0


@pytest.mark.parametrize("by_query", [False, True])
def test_several_issues_can_not_get_the_same_title(database: Database, *, by_query: bool) -> None:
    ids = tuple(created(database, title).id for title in ("a", "b"))
    chosen: dict[str, Any] = {"query": "is:open"} if by_query else {"ids": ids}
    with pytest.raises(InvalidField, match="title: several issues can't get the same one"):
        done(database, UpdateIssues(**chosen, title="x"))
    assert revision(database) == 2
    assert [one.title for one in states(database, ids)] == ["a", "b"]


def states(database: Database, ids: tuple[str, ...]) -> list[Issue]:
    with database.transaction() as connection:
        found = reads.get_issues(connection, ids)
    return [found[one] for one in ids]


def test_one_unknown_among_several_changes_none(database: Database) -> None:
    issue = created(database, "x")
    with pytest.raises(UnknownIssue):
        done(database, CloseIssues(ids=(issue.id, "app-none")))
    with database.transaction() as connection:
        assert reads.get_issue(connection, issue.id) == issue


def test_a_key_is_done_once(database: Database) -> None:
    first = done(database, CreateIssue(title="x"), key="same")
    done(database, CloseIssues(ids=(first.issues[0].id,)))
    again = done(database, CreateIssue(title="another"), key="same")
    assert again.repeated
    assert again.issues == first.issues
    assert again.event == first.event
    assert revision(database) == 2


def test_start_assigns_whom_nobody_has(database: Database) -> None:
    free, taken = created(database, "x"), created(database, "y", assignee="anna")
    outcome = done(database, StartIssues(ids=(free.id, taken.id, free.id)))
    assert [(one.status, one.assignee) for one in outcome.issues] == [
        ("in_progress", "tester"),
        ("in_progress", "anna"),
    ]
    assert done(database, StartIssues(ids=(free.id,))).event is None


def test_one_and_true_are_not_the_same(database: Database) -> None:
    issue = created(database, "x", metadata={"a": 1})
    [after] = done(database, UpdateIssues(ids=(issue.id,), set_metadata={"a": True})).issues
    assert after.metadata["a"] is True
    assert done(database, UpdateIssues(ids=(issue.id,), set_metadata={"a": True})).event is None
    [before] = done(database, UndoOperations()).issues
    assert before.metadata["a"] is not True


def test_me_is_the_actor(database: Database) -> None:
    mine = created(database, "x", assignee="me")
    assert mine.assignee == "tester"
    [after] = done(database, UpdateIssues(ids=(mine.id,), assignee=" me "), actor="anna").issues
    assert after.assignee == "anna"


def test_close_and_reopen(database: Database) -> None:
    issue = created(database, "x")
    [closed] = done(database, CloseIssues(ids=(issue.id,), reason=" done "), now=LATER).issues
    assert (closed.status, closed.closed_at, closed.close_reason) == ("closed", LATER, "done")
    assert done(database, CloseIssues(ids=(issue.id,), reason="again")).event is None
    [opened] = done(database, ReopenIssues(ids=(issue.id,), reason="it is back")).issues
    assert (opened.status, opened.closed_at, opened.close_reason) == ("open", None, None)
    assert [one.text for one in opened.comments] == ["it is back"]
    assert done(database, ReopenIssues(ids=(issue.id,), reason="no")).event is None


def test_update_changes_what_is_named(database: Database) -> None:
    issue = created(database, "x", labels=("a", "b"), assignee="anna")
    [after] = done(
        database,
        UpdateIssues(
            ids=(issue.id,), title="y", assignee="", add_labels=("c",), remove_labels=("a",), status="resolved"
        ),
        now=LATER,
    ).issues
    assert (after.title, after.assignee, after.labels, after.closed_at) == ("y", None, ("b", "c"), LATER)
    with database.transaction() as connection:
        assert reads.get_issue(connection, issue.id) == after
    assert done(database, UpdateIssues(ids=(issue.id,), title="y")).event is None
    [opened] = done(database, UpdateIssues(ids=(issue.id,), status="open")).issues
    assert opened.closed_at is None


def test_the_time_of_change_never_runs_backwards(database: Database) -> None:
    issue = done(database, CreateIssue(title="x"), now=LATER).issues[0]
    [after] = done(database, UpdateIssues(ids=(issue.id,), priority=0), now=NOW).issues
    assert after.updated_at == "2026-01-02T00:00:00.000001Z"


def test_comments_are_numbered_and_recorded(database: Database) -> None:
    issue = created(database, "x")
    done(database, AddComment(ids=(issue.id,), text="first"))
    outcome = done(database, AddComment(ids=(issue.id,), text="second\nline"), actor="anna", now=LATER)
    comments = outcome.issues[0].comments
    assert [(one.id, one.author, one.text) for one in comments] == [(1, "tester", "first"), (2, "anna", "second\nline")]
    with database.transaction() as connection:
        [entry] = history.list_history(connection, issue.id, 1)
    assert entry.changes[0].after == issue_to_json(outcome.issues[0])


def test_a_comment_that_says_something_else_by_now_is_not_replaced(database: Database) -> None:
    issue = created(database, "x")
    done(database, AddComment(ids=(issue.id,), text="first"))
    done(database, EditComment(id=issue.id, comment=1, text="second", seen="first"))
    with pytest.raises(ChangedMeanwhile, match=f"^{issue.id}: the comment was changed by somebody else meanwhile"):
        done(database, EditComment(id=issue.id, comment=1, text="third", seen="first"))
    [after] = done(database, EditComment(id=issue.id, comment=1, text="third", seen="second")).issues
    assert [one.text for one in after.comments] == ["third"]
    with pytest.raises(InvalidField, match="has no comment 2"):
        done(database, EditComment(id=issue.id, comment=2, text="third", seen="first"))


def test_contexts_have_keys_of_their_own() -> None:
    assert context().key != context().key
