"""Undo: step by step back to the beginning and forth again; what stands in the way is named."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from tests.support.tracking import (
    brought_in,
    context,
    created,
    done,
    everything,
    passing_database,
    revision_of,
    shapes,
)
from tests.unit.tracker.playing import Player, Step, steps

from issuelens.domain.errors import LaterChange, Refused
from issuelens.domain.issue import Comment, Dependency, Issue
from issuelens.domain.operation import (
    AddComment,
    AddDependencies,
    CloseIssues,
    DeleteComment,
    DeleteIssues,
    EditComment,
    MergeIssues,
    Outcome,
    ReopenIssues,
    RestoreIssues,
    UndoOperations,
    UpdateIssues,
)
from issuelens.domain.vocabulary import TOMBSTONE, Category
from issuelens.storage import history, readiness
from issuelens.storage.database import Database
from issuelens.tracker.operations import initialise_history

NOTHING_LEFT = "There is nothing to undo. `issuelens history` shows what happened."
State = dict[str, dict[str, Any]]


def state(database: Database) -> State:
    return shapes(database, "updated_at")


def same_as_before(now: State, before: State) -> None:
    """The issues of before are as they were; those that came since are tombstones."""
    assert {issue_id: now[issue_id] for issue_id in before} == before
    assert {now[issue_id]["status"] for issue_id in now.keys() - before.keys()} <= {TOMBSTONE}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps(14))
def test_undoing_goes_back_to_the_beginning_and_each_undo_can_be_undone(sequence: list[Step]) -> None:
    with passing_database() as database:
        player, states = Player(database), [state(database)]
        for step in sequence:
            event = player.play(step)
            if event is not None and event.undoes is not None:
                states.pop()
                same_as_before(state(database), states[-1])
            elif event is not None:
                states.append(state(database))
        while len(states) > 1:
            states.pop()
            _back_and_forth_and_back(database, states[-1])
        refused(database, UndoOperations(), NOTHING_LEFT)
        with database.transaction() as connection:
            assert readiness.find_stale(connection) == []


def _back_and_forth_and_back(database: Database, before: State) -> None:
    now = state(database)
    [undo] = done(database, UndoOperations()).events
    same_as_before(state(database), before)
    done(database, UndoOperations(revision=undo.revision))
    assert state(database) == now
    done(database, UndoOperations())
    same_as_before(state(database), before)


# Examples


def refused(database: Database, operation: UndoOperations, message: str) -> Refused:
    before = shapes(database), revision_of(database)
    with pytest.raises(Refused) as told:
        done(database, operation)
    assert told.value.message == message
    assert (shapes(database), revision_of(database)) == before
    return told.value


def undone(database: Database, **fields: Any) -> Outcome:
    return done(database, UndoOperations(**fields))


def test_several_steps_are_several_operations_done_once(database: Database) -> None:
    issue = created(database, "x")
    before = state(database)
    done(database, UpdateIssues(ids=(issue.id,), priority=0))
    done(database, UpdateIssues(ids=(issue.id,), priority=1, title="y"))
    outcome = done(database, UndoOperations(steps=2), key="both")
    assert [(one.operation, one.revision, one.undoes) for one in outcome.events] == [("undo", 4, 3), ("undo", 5, 2)]
    assert state(database) == before
    assert [one.title for one in outcome.before if one] == ["y"]
    assert [one.title for one in outcome.issues] == ["x"]
    again = done(database, UndoOperations(steps=2), key="both")
    assert again.repeated
    assert again.events == outcome.events
    assert revision_of(database) == 5


def test_more_steps_than_there_are(database: Database) -> None:
    created(database, "x")
    refused(
        database,
        UndoOperations(steps=2),
        "Only 1 of 2 operations can be undone. `issuelens history` shows what happened.",
    )
    refused(database, UndoOperations(steps=0), "Name at least one step to undo.")
    undone(database)
    refused(database, UndoOperations(), NOTHING_LEFT)


def test_a_named_revision_is_taken_back_and_what_came_since_stays(database: Database) -> None:
    issue = created(database, "x", labels=("old",))
    done(database, UpdateIssues(ids=(issue.id,), priority=0, add_labels=("a",), remove_labels=("old",)))
    done(database, UpdateIssues(ids=(issue.id,), title="y", add_labels=("b",)))
    outcome = undone(database, revision=2)
    [after] = outcome.issues
    assert (after.title, after.priority, after.labels) == ("y", 2, ("b", "old"))
    with database.transaction() as connection:
        [entry] = history.read_operations(connection, [2])
    assert entry.undone_by == 4


def test_what_stands_in_the_way_is_named(database: Database) -> None:
    issue = created(database, "x")
    done(database, UpdateIssues(ids=(issue.id,), priority=0, title="y"))
    done(database, UpdateIssues(ids=(issue.id,), priority=1))
    done(database, UpdateIssues(ids=(issue.id,), title="y", description="more"))
    told = refused(
        database,
        UndoOperations(revision=2),
        f"Revision 2 can't be undone: revision 3 changed priority of {issue.id} since. Undo that first.",
    )
    assert isinstance(told, LaterChange)
    assert told.details == {"revision": 3, "id": issue.id}
    undone(database, revision=3)
    undone(database, revision=2)
    assert everything(database)[issue.id].title == "x"
    refused(
        database,
        UndoOperations(revision=1),
        f"Revision 1 can't be undone: revision 4 changed description of {issue.id} since. Undo that first.",
    )


def test_one_step_in_the_way_leaves_all_steps_undone(database: Database) -> None:
    first, second = created(database, "first"), created(database, "second")
    done(database, CloseIssues(ids=(first.id, second.id)))
    done(database, AddComment(ids=(second.id,), text="remark"))
    undone(database, revision=3)
    done(database, CloseIssues(ids=(second.id,)))
    undone(database, revision=6)
    with pytest.raises(LaterChange, match=f"revision 4 changed comments of {second.id} since"):
        undone(database, revision=2)
    assert not everything(database)[second.id].is_deleted


def test_what_others_depend_on_stays(database: Database) -> None:
    issue = created(database, "x")
    other = created(database, "other")
    done(database, AddDependencies(ids=(other.id,), depends_on=(issue.id,), type="related"))
    refused(
        database,
        UndoOperations(revision=1),
        f"Revision 1 can't be undone: revision 3 made {other.id} depend on {issue.id}. Undo that first.",
    )
    done(database, DeleteIssues(ids=(other.id,)))
    undone(database, revision=1)
    assert everything(database)[issue.id].is_deleted


def test_a_parent_does_not_go_from_its_new_child(database: Database) -> None:
    issue = created(database, "x")
    done(database, DeleteIssues(ids=(issue.id,)))
    done(database, RestoreIssues(ids=(issue.id,)))
    child = created(database, "child", parent=issue.id)
    refused(
        database,
        UndoOperations(revision=3),
        f"Revision 3 can't be undone: revision 4 made {child.id} a child of {issue.id}. Undo that first.",
    )


def test_a_merge_is_taken_back_whole(database: Database) -> None:
    source = created(database, "source", labels=("a",), description="text")
    survivor = created(database, "survivor")
    child, waiting = created(database, "child", parent=source.id), created(database, "waiting")
    done(database, AddDependencies(ids=(waiting.id,), depends_on=(source.id,)))
    done(database, AddComment(ids=(source.id, survivor.id), text="remark"))
    before = state(database)
    done(database, MergeIssues(ids=(source.id,), into=survivor.id))
    done(database, AddComment(ids=(survivor.id,), text="after the merge"))
    undone(database, revision=revision_of(database) - 1)
    after = state(database)
    assert {one: after[one] for one in (source.id, child.id, waiting.id)} == {
        one: before[one] for one in (source.id, child.id, waiting.id)
    }
    assert [one["text"] for one in after[survivor.id]["comments"]] == ["remark", "after the merge"]


def test_a_deletion_with_children_is_taken_back_whole(database: Database) -> None:
    parent = created(database, "parent", status="in_progress")
    created(database, "child", parent=parent.id)
    before = state(database)
    done(database, DeleteIssues(ids=(parent.id,), with_children=True, reason="no"))
    assert {one["status"] for one in state(database).values()} == {TOMBSTONE}
    undone(database)
    assert state(database) == before


def test_edits_and_deletions_of_comments_are_taken_back(database: Database) -> None:
    issue = created(database, "x")
    for text in ("first", "second"):
        done(database, AddComment(ids=(issue.id,), text=text))
    before = state(database)
    done(database, EditComment(id=issue.id, comment=1, text="changed"))
    done(database, DeleteComment(id=issue.id, comment=2))
    refused(
        database,
        UndoOperations(revision=2),
        f"Revision 2 can't be undone: revision 4 changed comments of {issue.id} since. Undo that first.",
    )
    undone(database, revision=4)
    assert [one.text for one in everything(database)[issue.id].comments] == ["first"]
    undone(database, revision=5)
    assert state(database) == before


def test_an_import_is_taken_back_whole(database: Database) -> None:
    here = created(database, "here")
    before = state(database)
    changed = Issue(id=here.id, title="theirs", created_at=here.created_at, updated_at="2026-02-01T00:00:00.000000Z")
    deleted = Issue(id="lib-9", title="gone", status=TOMBSTONE, category=Category.DONE)
    twice = Issue(id="lib-1", title="once", dependencies=(Dependency("lib-1", here.id),))
    again = Issue(id="lib-1", title="twice", updated_at="2026-02-01T00:00:00.000000Z")
    fillers = [Issue(id=f"lib-f{number}", title="x") for number in range(600)]
    event, _ = brought_in(database, changed, deleted, twice, *fillers, again)
    assert event is not None
    assert len(event.ids) == len(set(event.ids)) == 603
    assert everything(database)["lib-1"].title == "twice"
    undone(database)
    same_as_before(state(database), before)
    done(database, RestoreIssues(ids=("lib-9",)))
    assert everything(database)["lib-9"].status == "open"


def test_the_beginning_can_not_be_undone(database: Database) -> None:
    with database.transaction() as connection:
        initialise_history(connection, context())
    refused(database, UndoOperations(revision=1), "Revision 1 is the beginning of this workspace and can't be undone.")
    refused(database, UndoOperations(), NOTHING_LEFT)


@pytest.mark.parametrize("revision", [0, -1, 2, 2**63, 2**70, -(2**70)])
def test_an_unknown_revision(database: Database, revision: int) -> None:
    created(database, "x")
    refused(
        database,
        UndoOperations(revision=revision),
        f"There is no revision {revision}. `issuelens history` shows them.",
    )


def test_what_was_undone_is_not_undone_again(database: Database) -> None:
    issue = created(database, "x")
    done(database, CloseIssues(ids=(issue.id,)))
    undone(database)
    refused(
        database,
        UndoOperations(revision=2),
        "Revision 2 was undone by revision 3 already. `issuelens undo 3` does it again.",
    )
    undone(database, revision=3)
    assert everything(database)[issue.id].is_closed
    undone(database, revision=2)
    assert not everything(database)[issue.id].is_closed
    undone(database, revision=5)
    done(database, ReopenIssues(ids=(issue.id,)))
    refused(
        database,
        UndoOperations(revision=2),
        f"Revision 2 can't be undone: revision 7 changed status of {issue.id} since. Undo that first.",
    )


def test_moments_and_fields_of_other_tools_survive(database: Database) -> None:
    moment = "2026-01-01T01:00:00.000000Z"
    issue = Issue(
        id="lib-1",
        title="x",
        created_at=moment,
        updated_at=moment,
        extra={"theirs": [1]},
        as_written={"created_at": "2026-01-01T02:00:00+01:00"},
        comments=(Comment(3, "anna", "text", moment, extra={"more": 1}),),
        dependencies=(Dependency("lib-1", "lib-2", "unheard-of", None, None, {"thread_id": ""}),),
    )
    brought_in(database, issue)
    before = state(database)
    done(database, UpdateIssues(ids=("lib-1",), title="y", add_labels=("a",)))
    undone(database)
    assert state(database) == before
    assert everything(database)["lib-1"].as_written == issue.as_written
