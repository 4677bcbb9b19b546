"""Dependencies, merging, deleting and restoring: what moves, what stays, what is refused."""

from __future__ import annotations

import pytest
from tests.support.tracking import brought_in, created, done, everything, revision_of, shapes

from issuelens.domain.errors import AmbiguousId, DependencyCycle, InvalidField, Refused, UnknownIssue
from issuelens.domain.issue import Comment, Dependency, Issue
from issuelens.domain.operation import (
    AddComment,
    AddDependencies,
    CloseIssues,
    CreateIssue,
    DeleteIssues,
    MergeIssues,
    NewDependency,
    Operation,
    RemoveDependencies,
    RestoreIssues,
    UndoOperations,
    UpdateIssues,
)
from issuelens.domain.vocabulary import DEPENDENCY_TYPES, TOMBSTONE, Category
from issuelens.storage import reads
from issuelens.storage.database import Database

Keys = list[tuple[str, str]]
Three = tuple[str, str, str]


def refused(database: Database, operation: Operation, message: str, error: type[Refused] = Refused) -> None:
    before = shapes(database), revision_of(database)
    with pytest.raises(error) as told:
        done(database, operation)
    assert told.value.message == message
    assert (shapes(database), revision_of(database)) == before


def keys(database: Database, issue_id: str) -> Keys:
    return [one.key for one in everything(database)[issue_id].dependencies]


def meant(database: Database, word: str) -> str:
    with database.transaction() as connection:
        return reads.resolve_id(connection, word, "app")


@pytest.fixture
def three(database: Database) -> Three:
    one, two, three = (created(database, name).id for name in ("one", "two", "three"))
    return one, two, three


# Dependencies


@pytest.mark.parametrize("kind", DEPENDENCY_TYPES)
def test_dependencies_are_added_once_and_removed(database: Database, three: Three, kind: str) -> None:
    one, two, three_ = three
    outcome = done(database, AddDependencies(ids=(one, two), depends_on=(three_, three_), type=kind), actor="anna")
    assert keys(database, one) == keys(database, two) == [(three_, kind)]
    [made] = outcome.issues[0].dependencies
    assert (made.issue_id, made.created_by, made.created_at) == (one, "anna", "2026-01-01T00:00:00.000000Z")
    assert done(database, AddDependencies(ids=(one,), depends_on=(three_,), type=kind)).event is None
    done(database, RemoveDependencies(ids=(one, two), depends_on=(three_,)))
    assert keys(database, one) == keys(database, two) == []


def test_a_type_is_removed_alone_when_it_is_named(database: Database, three: Three) -> None:
    one, two, _ = three
    for kind in ("related", "duplicates"):
        done(database, AddDependencies(ids=(one,), depends_on=(two,), type=kind))
    done(database, RemoveDependencies(ids=(one,), depends_on=(two,), type="related"))
    assert keys(database, one) == [(two, "duplicates")]


def test_what_is_refused_of_dependencies(database: Database, three: Three) -> None:
    one, two, three_ = three
    known = ", ".join(DEPENDENCY_TYPES)
    refused(
        database,
        AddDependencies(ids=(one,), depends_on=(two,), type="likes"),
        f"dependency type: 'likes' is not one of {known}",
        InvalidField,
    )
    refused(
        database,
        RemoveDependencies(ids=(one,), depends_on=(two,)),
        f"depends_on: {one} does not depend on {two}",
        InvalidField,
    )
    for cls in (AddDependencies, RemoveDependencies):
        refused(database, cls(ids=(one,), depends_on=()), "depends_on: no issue is named", InvalidField)
    for words in ({"ids": (one,), "depends_on": ("app-none",)}, {"ids": ("app-none",), "depends_on": (one,)}):
        with pytest.raises(UnknownIssue):
            done(database, AddDependencies(**words))
    done(database, DeleteIssues(ids=(three_,)))
    refused(
        database,
        AddDependencies(ids=(one,), depends_on=(three_,)),
        f"{three_} was deleted. `issuelens restore {three_}` brings it back.",
    )


def test_imported_types_and_targets_are_kept_and_can_be_removed(database: Database, three: Three) -> None:
    one, _, _ = three
    odd = Dependency("lib-1", "lib-none", "conditional-blocks", None, None, {"metadata": "{}"})
    brought_in(database, Issue(id="lib-1", title="x", dependencies=(odd, Dependency("lib-1", one, "tracks"))))
    assert everything(database)["lib-1"].dependencies[1] == odd
    done(database, UpdateIssues(ids=("lib-1",), parent=one))
    assert keys(database, "lib-1") == [(one, "parent-child"), (one, "tracks"), ("lib-none", "conditional-blocks")]
    done(database, RemoveDependencies(ids=("lib-1",), depends_on=("lib-none",)))
    done(database, RemoveDependencies(ids=("lib-1",), depends_on=(one,), type="tracks"))
    assert keys(database, "lib-1") == [(one, "parent-child")]


def test_a_new_issue_depends_on_what_it_names(database: Database, three: Three) -> None:
    one, two, _ = three
    wanted = (NewDependency(depends_on_id=one), NewDependency(depends_on_id=one, type="related"))
    issue = created(database, "new", parent=two, dependencies=(*wanted, *wanted))
    assert keys(database, issue.id) == sorted([(one, "blocks"), (one, "related"), (two, "parent-child")])


def test_odd_ids_of_an_import_do_not_confuse_the_count_of_children(database: Database, three: Three) -> None:
    one, _, _ = three
    brought_in(database, Issue(id=f"{one}.7-x", title="odd"), Issue(id=f"{one}.²", title="odd, too"))
    assert created(database, "child", parent=one).id == f"{one}.1"


# Merge


def test_a_merge_moves_everything(database: Database) -> None:
    target, source = created(database, "target", labels=("a",)), created(database, "source", labels=("b", "a"))
    child, waiting, blocker = (created(database, name) for name in ("child", "waiting", "blocker"))
    done(database, UpdateIssues(ids=(child.id,), parent=source.id))
    done(database, UpdateIssues(ids=(source.id,), description="long text", notes="a note"))
    done(database, AddDependencies(ids=(waiting.id,), depends_on=(source.id, target.id)))
    done(database, AddDependencies(ids=(waiting.id,), depends_on=(source.id,), type="related"))
    done(database, AddDependencies(ids=(source.id,), depends_on=(blocker.id,)))
    done(database, AddDependencies(ids=(source.id,), depends_on=(target.id,), type="duplicates"))
    done(database, AddComment(ids=(source.id,), text="remark"))
    outcome = done(database, MergeIssues(ids=(source.id,), into=target.id))
    assert outcome.event is not None
    assert set(outcome.event.ids) == {source.id, target.id, child.id, waiting.id}
    after = everything(database)
    assert after[target.id].labels == ("a", "b")
    assert [one.text for one in after[target.id].comments] == [
        "remark",
        f"Merged from {source.id}: source\n\nlong text\n\na note",
    ]
    assert keys(database, target.id) == [(blocker.id, "blocks")]
    assert after[child.id].parents == (target.id,)
    assert keys(database, waiting.id) == [(target.id, "blocks"), (target.id, "related")]
    gone = after[source.id]
    assert (gone.status, gone.merged_into, gone.original_status) == (TOMBSTONE, target.id, "open")
    assert gone.delete_reason == f"merged into {target.id}"


def test_comments_with_the_same_number_both_stay(database: Database) -> None:
    moment = "2026-01-01T00:00:00.000000Z"
    mine = tuple(Comment(number, "anna", f"mine {number}", moment) for number in (1, 2))
    theirs = tuple(Comment(number, "bob", f"theirs {number}", moment) for number in (2, 3))
    brought_in(database, Issue(id="lib-1", title="1", comments=mine), Issue(id="lib-2", title="2", comments=theirs))
    [*_, survivor] = [
        one for one in done(database, MergeIssues(ids=("lib-2",), into="lib-1")).issues if one.id == "lib-1"
    ]
    assert [(one.id, one.text) for one in survivor.comments] == [
        (1, "mine 1"),
        (2, "mine 2"),
        (3, "theirs 3"),
        (4, "theirs 2"),
        (5, "Merged from lib-2: 2"),
    ]
    done(database, AddComment(ids=("lib-1",), text="later"))
    assert everything(database)["lib-1"].comments[-1].id == 6


def test_several_issues_become_one(database: Database, three: Three) -> None:
    one, two, three_ = three
    done(database, AddDependencies(ids=(one,), depends_on=(two,)))
    done(database, MergeIssues(ids=(one, two), into=three_))
    assert keys(database, three_) == []
    assert {meant(database, word) for word in three} == {three_}


def test_a_merged_id_means_the_survivor_through_chains(database: Database, three: Three) -> None:
    one, two, three_ = three
    done(database, MergeIssues(ids=(one,), into=two))
    done(database, MergeIssues(ids=(two,), into=three_))
    done(database, CloseIssues(ids=(one,)))
    assert everything(database)[three_].is_closed
    for source, into in ((one, three_), (three_, two), (one, two)):
        refused(
            database,
            MergeIssues(ids=(source,), into=into),
            f"into: {three_} can't be merged into itself",
            InvalidField,
        )


def test_a_merge_that_would_make_an_issue_wait_for_itself(database: Database, three: Three) -> None:
    one, two, three_ = three
    done(database, AddDependencies(ids=(one,), depends_on=(two,)))
    done(database, AddDependencies(ids=(two,), depends_on=(three_,)))
    refused(
        database,
        MergeIssues(ids=(three_,), into=one),
        f"{one} would wait for itself: {one} → {two} → {one}. Remove one of these dependencies first.",
        DependencyCycle,
    )


def test_one_parent_and_three_levels(database: Database) -> None:
    one, two, three = (created(database, name).id for name in ("one", "two", "three"))
    child = created(database, "child", parent=one).id
    below = created(database, "below", parent=child).id
    refused(
        database,
        AddDependencies(ids=(child,), depends_on=(two,), type="parent-child"),
        f"parent: {child} can have one, not {', '.join(sorted((one, two)))}; `issuelens update --parent` moves it",
    )
    wanted = (NewDependency(depends_on_id=one, type="parent-child"),)
    with pytest.raises(InvalidField, match="can have one, not"):
        done(database, CreateIssue(title="x", parent=two, dependencies=wanted))
    done(database, UpdateIssues(ids=(one,), parent=two))
    refused(
        database,
        UpdateIssues(ids=(two,), parent=three),
        f"parent: {two}, or what is below it, would be at level 4 under {three}; 3 levels are allowed, "
        "choose a parent further up",
    )
    with pytest.raises(InvalidField, match=f"would be at level 4 under {below}"):
        done(database, CreateIssue(title="x", parent=below))
    done(database, AddDependencies(ids=(three,), depends_on=(child,), type="parent-child"))
    assert keys(database, three) == [(child, "parent-child")]


def test_nobody_gets_a_second_parent(database: Database) -> None:
    tops = [created(database, "top").id for _ in range(2)]
    mine, other, free = (created(database, "x", parent=parent) for parent in (*tops, None))
    done(database, MergeIssues(ids=(other.id,), into=mine.id))
    assert keys(database, mine.id) == [(tops[0], "parent-child")]
    done(database, UndoOperations())
    done(database, MergeIssues(ids=(other.id, mine.id), into=free.id))
    assert keys(database, free.id) == [(tops[1], "parent-child")]


def test_a_child_and_its_parent_become_one(database: Database) -> None:
    top = created(database, "top")
    parent = created(database, "parent", parent=top.id)
    child, other = (created(database, name, parent=parent.id) for name in ("child", "other"))
    done(database, MergeIssues(ids=(child.id,), into=parent.id))
    assert keys(database, parent.id) == [(top.id, "parent-child")]
    done(database, UndoOperations())
    done(database, MergeIssues(ids=(parent.id,), into=child.id))
    after = everything(database)
    assert after[child.id].parents == (top.id,)
    assert after[other.id].parents == (child.id,)


def test_what_was_deleted_waits_for_the_survivor_when_it_is_back(database: Database, three: Three) -> None:
    one, two, three_ = three
    done(database, AddDependencies(ids=(one,), depends_on=(two,)))
    done(database, DeleteIssues(ids=(one,)))
    done(database, MergeIssues(ids=(two,), into=three_))
    done(database, RestoreIssues(ids=(one,)))
    assert keys(database, one) == [(three_, "blocks")]


def test_a_merge_loop_of_an_import_ends(database: Database) -> None:
    merged = {"1": "2", "2": "1", "3": "none"}
    made = [
        Issue(id=f"lib-{one}", title=one, status=TOMBSTONE, category=Category.DONE, merged_into=f"lib-{into}")
        for one, into in merged.items()
    ]
    brought_in(database, *made)
    with database.transaction() as connection:
        assert reads.get_summaries(connection, ["lib-1", "lib-2", "lib-3"]).keys() == {"lib-1", "lib-2", "lib-3"}
        assert reads.get_issue(connection, "lib-1") is not None
        assert reads.get_issue(connection, "lib-3") is None


# Delete and restore


def test_a_parent_is_deleted_with_its_children_or_not_at_all(database: Database) -> None:
    alone, parent = created(database, "alone"), created(database, "parent")
    child = created(database, "child", parent=parent.id)
    below = created(database, "below", parent=child.id)
    refused(
        database,
        DeleteIssues(ids=(alone.id, parent.id)),
        f"{parent.id} has children that would stay behind, for instance {child.id}. Delete them, too "
        "(--with-children), or give them another parent.",
    )
    done(database, DeleteIssues(ids=(below.id, child.id, parent.id)))
    done(database, UndoOperations())
    outcome = done(database, DeleteIssues(ids=(parent.id,), with_children=True, reason=" over "), actor="anna")
    assert {one.id for one in outcome.issues} == {parent.id, child.id, below.id}
    gone = everything(database)[below.id]
    assert (gone.status, gone.original_status, gone.deleted_by, gone.delete_reason) == (
        *(TOMBSTONE, "open"),
        *("anna", "over"),
    )
    refused(
        database,
        UpdateIssues(ids=(below.id,), priority=1),
        f"{below.id} was deleted. `issuelens restore {below.id}` brings it back.",
    )
    refused(
        database,
        DeleteIssues(ids=(below.id,)),
        f"{below.id} was deleted. `issuelens restore {below.id}` brings it back.",
    )


def test_what_is_restored_is_as_it_was(database: Database) -> None:
    issue = created(database, "x", status="in_progress", labels=("a",), metadata={"a": 1})
    done(database, AddComment(ids=(issue.id,), text="remark"))
    before = shapes(database, "updated_at")
    done(database, DeleteIssues(ids=(issue.id,), reason="no"))
    done(database, RestoreIssues(ids=(issue.id,)))
    assert shapes(database, "updated_at") == before
    assert done(database, RestoreIssues(ids=(issue.id,))).event is None


def test_tombstones_are_named_by_beginnings_and_queries(database: Database) -> None:
    brought_in(database, *(Issue(id=f"app-{name}", title=name) for name in ("1aaa", "1abb", "2ccc", "1acc")))
    done(database, DeleteIssues(ids=("app-1aaa", "app-1abb", "app-2ccc")))
    done(database, RestoreIssues(ids=("2c",)))
    with pytest.raises(AmbiguousId, match="app-1aaa, app-1abb"):
        done(database, RestoreIssues(ids=("app-1a",)))
    with pytest.raises(UnknownIssue):
        done(database, RestoreIssues(ids=("app-9",)))
    assert [one.id for one in done(database, RestoreIssues(query="title:1a")).issues] == ["app-1aaa", "app-1abb"]


def test_a_merged_issue_is_not_restored(database: Database, three: Three) -> None:
    one, two, _ = three
    done(database, MergeIssues(ids=(one,), into=two))
    refused(
        database,
        RestoreIssues(ids=(one,)),
        f"{one} was merged into {two}. `issuelens history {one}` names the merge, "
        "which `issuelens undo` can take back.",
    )


def test_a_child_below_the_lowest_level_is_refused(database: Database) -> None:
    issue_id = created(database, "x").id
    for _ in range(3):
        issue_id = created(database, "x", parent=issue_id).id
    refused(
        database,
        CreateIssue(title="x", parent=issue_id),
        f"parent: {issue_id} is at the lowest of 3 levels and can't have children",
        InvalidField,
    )
