"""The three-way merge: what its rules say, rule by rule."""

from __future__ import annotations

import json
from typing import Any

import pytest
from attrs import evolve
from tests.support.merging import at, issue, kept, merged

from issuelens.domain.imports import Imported
from issuelens.domain.issue import Comment, Issue
from issuelens.domain.shape import issue_from_json, issue_to_json
from issuelens.domain.vocabulary import STATUS_CATEGORIES
from issuelens.sync.jsonl import read_line, render_line
from issuelens.sync.merge import Conflict, Merged, merge_files

# Fields


def test_each_side_changed_another_field() -> None:
    found = merged(issue(), issue(2, title="new"), issue(3, priority=0, assignee="anna"))
    assert found == Merged(issue(3, title="new", priority=0, assignee="anna"))


def test_both_changed_a_field_and_the_later_stays() -> None:
    found = merged(issue(), issue(2, title="early", notes="n"), issue(3, title="late"))
    assert found.issue == issue(3, title="late", notes="n")
    assert found.conflicts == (Conflict("app-1", "title", "late", "early"),)


def test_of_two_changes_at_the_same_moment_the_greater_stays() -> None:
    found = merged(issue(), issue(2, title="b", priority=1, assignee="x"), issue(2, title="a", priority=3))
    assert found.issue == issue(2, title="b", priority=3, assignee="x")
    assert set(found.conflicts) == {Conflict("app-1", "title", "b", "a"), Conflict("app-1", "priority", 3, 1)}


def test_a_field_that_was_emptied_and_changed() -> None:
    found = merged(issue(assignee="a"), issue(3, notes="n"), issue(2, assignee="b"))
    assert found.issue == issue(3, notes="n")
    assert found.conflicts == (Conflict("app-1", "assignee", None, "b"),)


def test_nanoseconds_tell_which_is_later() -> None:
    early, late = "2026-01-02T00:00:00.123456Z", "2026-01-02T00:00:00.123456789Z"
    found = kept(issue(), issue(title="z", updated_at=early), issue(title="a", updated_at=late))
    assert (found.title, found.updated_at) == ("a", late)


def test_the_same_change_on_both_sides_is_no_conflict() -> None:
    found = merged(issue(), issue(2, title="new", notes="n"), issue(3, title="new", design="d"))
    assert found == Merged(issue(3, title="new", notes="n", design="d"))


def test_moments_keep_their_spelling() -> None:
    base = issue(created_at="2026-01-01T01:00:00+01:00")
    found = kept(base, evolve(base, title="new"), issue(due_at="2026-02-01T00:00:00z", created_at=base.created_at))
    shape = issue_to_json(found)
    assert (shape["created_at"], shape["due_at"]) == (base.created_at, "2026-02-01T00:00:00z")
    base = issue(2, created_at="2026-01-01T01:00:00+01:00")
    shape = issue_to_json(kept(base, evolve(base, title="new"), evolve(base, notes="n")))
    assert shape["created_at"] == "2026-01-01T01:00:00+01:00"


def test_one_moment_in_two_spellings_is_no_conflict() -> None:
    ours, theirs = issue(2, created_at="2026-01-01T00:00:00Z"), issue(3, created_at="2026-01-01T01:00:00+01:00")
    assert merged(None, ours, theirs) == Merged(theirs)


def test_the_side_that_changed_is_taken_to_the_letter() -> None:
    base, old = issue(5, title="new"), issue(2, labels=["b", "a"], x={"b": 1, "a": 2})
    assert render_line(kept(base, old, base)) == render_line(old)


# Status


def test_status_and_what_belongs_to_it_move_together() -> None:
    closed = issue(2, status="closed", closed_at=at(2), close_reason="done")
    found = kept(issue(), closed, issue(3, title="new"))
    assert found == evolve(closed, title="new", updated_at=at(3))
    assert found.is_closed


def test_closed_here_and_started_there() -> None:
    closed = issue(2, status="closed", closed_at=at(2), close_reason="done")
    found = merged(issue(), closed, issue(3, status="in_progress"))
    assert found.issue == issue(3, status="in_progress")
    closing = {"status": "closed", "closed_at": at(2), "close_reason": "done"}
    assert found.conflicts == (Conflict("app-1", "status", {"status": "in_progress"}, closing),)


def test_the_category_of_a_status_of_the_workspace_is_kept() -> None:
    statuses = {"open": issue().category, "review": issue(status="in_progress").category}
    ours = issue_from_json({"id": "app-1", "title": "t", "status": "review", "updated_at": at(2)}, statuses)
    assert kept(issue(), ours, issue(3, title="new")).category == statuses["review"]


def tombstone(day: int, **fields: Any) -> Issue:
    deletion = {"status": "tombstone", "deleted_at": at(day), "deleted_by": "anna", "original_status": "open"}
    return issue(day, **deletion | fields)


@pytest.mark.parametrize("base", [None, issue()])
def test_a_tombstone_wins_over_an_older_change(base: Issue | None) -> None:
    found = merged(base, tombstone(5), issue(4, notes="n", labels=["a"]))
    assert found.issue == tombstone(5, notes="n", labels=["a"])
    assert [one.field for one in found.conflicts] == ["status"]


@pytest.mark.parametrize("base", [None, issue()])
def test_a_later_change_revives(base: Issue | None) -> None:
    found = merged(base, tombstone(5, notes="n"), issue(6, design="d"))
    assert found.issue == issue(6, notes="n", design="d")
    assert [(one.field, one.kept, one.other["status"]) for one in found.conflicts] == [
        ("status", {"status": "open"}, "tombstone")
    ]


def test_a_tombstone_wins_over_a_change_at_the_same_moment() -> None:
    assert kept(issue(), tombstone(5), issue(5, notes="n")).is_deleted


def test_a_restored_issue_stays_restored() -> None:
    found = merged(tombstone(5), tombstone(9, deleted_at=at(5), notes="n"), issue(6))
    assert found == Merged(issue(9, notes="n"))


def test_a_merged_issue_names_its_survivor() -> None:
    found = kept(issue(), tombstone(5, merged_into="app-2"), issue(4, notes="n"))
    assert found.merged_into == "app-2"


# Labels, dependencies, keys


def test_labels_are_merged_with_removals() -> None:
    found = kept(issue(labels=["a", "b", "c"]), issue(2, labels=["b", "c", "x"]), issue(3, labels=["a", "b", "y"]))
    assert found.labels == ("b", "x", "y")


def depends(*targets: str, **fields: Any) -> dict[str, Any]:
    return {"dependencies": [{"depends_on_id": one, **fields} for one in targets]}


def test_dependencies_are_merged_with_removals() -> None:
    base = issue(**depends("app-9", "app-8", "app-7"))
    found = merged(base, issue(2, **depends("app-9", "app-7", "app-3")), issue(3, **depends("app-9", "app-8", "app-2")))
    assert found.issue is not None
    assert [one.depends_on_id for one in found.issue.dependencies] == ["app-9", "app-2", "app-3"]
    assert found.conflicts == ()


def test_dependencies_of_two_types_on_one_issue_are_two() -> None:
    found = kept(issue(), issue(2, **depends("app-9")), issue(3, **depends("app-9", type="related")))
    assert {one.key for one in found.dependencies} == {("app-9", "blocks"), ("app-9", "related")}


def test_a_dependency_that_was_removed_and_changed_stays() -> None:
    changed = issue(2, **depends("app-9", created_by="anna"))
    found = merged(issue(**depends("app-9")), changed, issue(3, notes="n"))
    assert found.issue == evolve(changed, notes="n", updated_at=at(3))
    assert [one.field for one in found.conflicts] == ["dependencies.blocks app-9"]


def test_keys_are_merged_with_removals() -> None:
    def with_keys(day: int, **values: Any) -> Issue:
        return issue(day, metadata=values, **{f"x_{name}": value for name, value in values.items()})

    base, ours = with_keys(1, a=1, b=1, c=1), with_keys(2, a=1, c=2, d=[1])
    found = merged(base, ours, with_keys(3, a=True, b=1, c=3))
    assert found.issue is not None
    assert found.issue.metadata == {"a": True, "c": 3, "d": [1]}
    assert found.issue.metadata["a"] is True
    assert found.issue.extra == {"x_a": True, "x_c": 3, "x_d": [1]}
    assert {(one.field, one.kept, one.other) for one in found.conflicts} == {("metadata.c", 3, 2), ("x_c", 3, 2)}


def test_an_explicit_null_of_another_tool_is_no_absence() -> None:
    found = kept(issue(), evolve(issue(2), extra={"x": None}), issue(3, notes="n"))
    assert found.extra == {"x": None}


def test_metadata_that_another_tool_uses_otherwise() -> None:
    found = merged(issue(), issue(2, metadata="text"), issue(3, metadata={"a": 1}))
    assert found.issue == issue(3, metadata={"a": 1})
    assert found.conflicts == (Conflict("app-1", "metadata", {"a": 1}, "text"),)


# Comments


def remark(number: int, text: str, day: int = 1, author: str = "anna", **more: Any) -> Comment:
    return Comment(number, author, text, at(day), **more)


def test_comments_of_both_stay_and_the_later_written_gets_a_new_number() -> None:
    base = evolve(issue(), comments=(remark(1, "first"),))
    ours = evolve(issue(2), comments=(remark(1, "first"), remark(2, "ours", 3)))
    theirs = evolve(issue(3), comments=(remark(1, "first"), remark(2, "theirs", 2, "zoe"), remark(3, "more", 4)))
    assert kept(base, ours, theirs).comments == (
        remark(1, "first"),
        remark(2, "theirs", 2, "zoe"),
        remark(3, "more", 4),
        remark(4, "ours", 3),
    )


def test_the_same_comment_under_two_numbers_is_one() -> None:
    ours, theirs = (evolve(issue(day, notes="n" * day), comments=(remark(day, "same"),)) for day in (2, 3))
    assert kept(None, ours, theirs).comments == (remark(3, "same"),)


def test_the_same_words_said_twice_are_two_comments() -> None:
    base = evolve(issue(), comments=(remark(1, "+1"), remark(2, "+1")))
    assert kept(base, evolve(base, notes="n"), evolve(base, design="d")).comments == base.comments


def test_a_removed_comment_is_gone_and_an_edited_one_stays() -> None:
    base = evolve(issue(), comments=(remark(1, "a"), remark(2, "b")))
    ours = evolve(issue(2), comments=())
    edited = remark(2, "B", updated_at=at(3))
    found = merged(base, ours, evolve(issue(3), comments=(remark(1, "a"), edited)))
    assert found.issue is not None
    assert found.issue.comments == (edited,)
    assert found.conflicts == (Conflict("app-1", "comments.2", {"text": "B", "updated_at": at(3)}, None),)


def test_an_edit_is_taken_over() -> None:
    base = evolve(issue(), comments=(remark(1, "a"),))
    edited = remark(1, "b", updated_at=at(2))
    found = merged(base, evolve(issue(2), comments=(edited,)), evolve(base, updated_at=at(3), notes="n"))
    assert found == Merged(evolve(issue(3, notes="n"), comments=(edited,)))


@pytest.mark.parametrize("base", [None, evolve(issue(), comments=(remark(1, "a"),))])
def test_the_later_of_two_edits_of_a_comment_stays(base: Issue | None) -> None:
    ours = evolve(issue(9), comments=(remark(1, "early", updated_at=at(2)),))
    theirs = evolve(issue(5), comments=(remark(1, "late", updated_at=at(3)),))
    found = merged(base, ours, theirs)
    assert found.issue == evolve(issue(9), comments=theirs.comments)
    [conflict] = found.conflicts
    assert (conflict.field, conflict.other) == ("comments.1", {"text": "early", "updated_at": at(2)})


def test_a_comment_renumbered_here_and_edited_there() -> None:
    base = evolve(issue(), comments=(remark(1, "a"),))
    ours, theirs = remark(7, "a"), remark(1, "b", updated_at=at(3), extra={"x": 1})
    found = kept(base, evolve(issue(2), comments=(ours,)), evolve(issue(3), comments=(theirs,)))
    assert found.comments == (evolve(theirs, id=7),)


def test_comments_without_a_moment_are_never_taken_for_an_edit() -> None:
    ours, theirs = Comment(1, "", "a", "", at(2)), Comment(1, "", "b", "", at(3))
    found = kept(None, evolve(issue(2), comments=(ours,)), evolve(issue(3), comments=(theirs,)))
    assert sorted(one.text for one in found.comments) == ["a", "b"]


# Whole issues


def test_comments_with_a_text_as_id_keep_it_beside_those_with_a_number() -> None:
    def line(*comments: tuple[str | int, str], **fields: Any) -> Issue:
        shapes = [{"id": one, "author": "a", "text": text, "created_at": at(1)} for one, text in comments]
        found = read_line(1, json.dumps({"id": "app-1", "title": "t", "comments": shapes} | fields), STATUS_CATEGORIES)
        assert isinstance(found, Imported)
        return found.issue

    base, first, second = ("u-1", "first"), (2, "second"), ("u-3", "third")
    found = merged(line(base), line(base, first, notes="n"), line(base, second, design="d")).issue
    assert found is not None
    written = json.loads(render_line(found))["comments"]
    assert {(one["id"], one["text"]) for one in written if one["text"] != "second"} == {base, second}
    assert [one["text"] for one in written if isinstance(one["id"], int)] == ["second"]
    assert len({one.id for one in found.comments}) == 3


def test_one_side_only() -> None:
    assert merged(None, issue(), None) == Merged(issue())
    assert merged(issue(), issue(), None) == Merged(None)
    assert merged(issue(), None, None) == Merged(None)
    changed = issue(2, title="new")
    assert merged(issue(), changed, None) == Merged(changed, (Conflict("app-1", "issue", "changed", "removed"),))


def test_a_true_in_the_place_of_a_1_is_a_change() -> None:
    base = evolve(issue(), extra={"x": 1})
    assert merged(base, evolve(issue(), extra={"x": True}), None).issue is not None


def test_without_a_base_a_filled_field_wins_over_an_empty_one() -> None:
    found = merged(None, issue(2, assignee="anna", status="closed"), issue(3, labels=["a"]))
    assert found.issue == issue(3, assignee="anna", labels=["a"])
    assert [one.field for one in found.conflicts] == ["status"]


def test_files_are_merged_by_id_and_sorted() -> None:
    def named(*ids: str) -> dict[str, Issue]:
        return {one: issue(id=one) for one in ids}

    changed = {"app-4": issue(2, id="app-4", title="new")}
    found = merge_files(named("app-1", "app-4", "app-5"), named("app-4", "app-5", "app-3") | changed, named("app-2"))
    assert [one.id for one in found.issues] == ["app-2", "app-3", "app-4"]
    assert [(one.issue_id, one.field) for one in found.conflicts] == [("app-4", "issue")]
