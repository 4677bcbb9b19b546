"""The three-way merge: what holds whatever both sides did."""

from __future__ import annotations

import json
from typing import Any

from attrs import evolve
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tests.support.merging import at

from issuelens.domain.issue import Comment, Dependency, Issue
from issuelens.domain.shape import issue_from_json, issue_to_json
from issuelens.sync.jsonl import render_line
from issuelens.sync.merge import STATUS, Merged, merge_issue

WORDS = st.sampled_from(["a", "b", "c"])
DAYS = st.integers(1, 4).map(at)
JSON = st.sampled_from([0, 1, True, None, "a", [1], {"b": 1, "a": 2}, {"a": 2, "b": 1}])
KEYS = st.dictionaries(WORDS, JSON, max_size=2)
OPTIONAL = st.none() | WORDS


@st.composite
def comments(draw: st.DrawFn) -> tuple[Comment, ...]:
    numbers = sorted(draw(st.sets(st.integers(1, 4), max_size=3)))
    moments = DAYS | st.just("")
    return tuple(
        Comment(number, draw(WORDS), draw(WORDS), draw(moments), draw(st.none() | DAYS), draw(KEYS))
        for number in numbers
    )


@st.composite
def dependencies(draw: st.DrawFn) -> tuple[Dependency, ...]:
    keys = draw(st.lists(st.tuples(WORDS, st.sampled_from(["blocks", "related"])), unique=True, max_size=3))
    return tuple(Dependency("app-1", *key, draw(st.none() | DAYS), draw(OPTIONAL), draw(KEYS)) for key in keys)


@st.composite
def issues(draw: st.DrawFn) -> Issue:
    status = draw(st.sampled_from(["open", "closed", "tombstone"]))
    one = Issue(
        id="app-1",
        title=draw(WORDS),
        description=draw(st.just("") | WORDS),
        priority=draw(st.integers(0, 2)),
        assignee=draw(OPTIONAL),
        due_at=draw(st.none() | DAYS),
        estimated_minutes=draw(st.none() | st.integers(0, 1)),
        labels=tuple(sorted(draw(st.sets(WORDS)))),
        dependencies=draw(dependencies()),
        comments=draw(comments()),
        created_at=at(1),
        updated_at=draw(DAYS),
        metadata=draw(KEYS),
        extra={f"x_{name}": value for name, value in draw(KEYS).items()},
        as_written=draw(st.sampled_from([{}, {"created_at": "2026-01-01T00:00:00Z"}])),
    )
    return issue_from_json(issue_to_json(evolve(one, **_status(draw, status))))


def _status(draw: st.DrawFn, status: str) -> dict[str, Any]:
    if status == "open":
        return {}
    if status == "closed":
        return {"status": status, "closed_at": draw(DAYS), "close_reason": draw(OPTIONAL)}
    return {"status": status, "deleted_at": draw(DAYS), "original_status": "open"}


PARTS = st.sampled_from(
    [
        *("title", "description", "priority", "assignee", "due_at", "estimated_minutes", "labels", "dependencies"),
        *("comments", "updated_at", "metadata", "extra", "status"),
    ]
)


@st.composite
def sides(draw: st.DrawFn) -> tuple[Issue | None, Issue, Issue]:
    """A base, and two issues that have much of it, or have nothing to do with it."""
    base = draw(issues())
    ours, theirs = (_changed(base, draw(issues()), draw(st.sets(PARTS))) for _ in "ab")
    return draw(st.sampled_from([base, base, base, None])), ours, theirs


def _changed(base: Issue, other: Issue, parts: set[str]) -> Issue:
    names = {name for part in parts for name in ((*STATUS, "category") if part == "status" else (part,))}
    return evolve(base, **{name: getattr(other, name) for name in names})


def lines(*found: Merged) -> list[bytes | None]:
    return [None if one.issue is None else render_line(one.issue) for one in found]


def content(found: Merged) -> str:
    """What was merged, without the order of keys that other tools gave their objects."""
    assert found.issue is not None
    return json.dumps(issue_to_json(found.issue), sort_keys=True)


@settings(deadline=None)
@given(issues() | st.none(), issues())
def test_a_merge_with_itself_changes_nothing(base: Issue | None, one: Issue) -> None:
    found = merge_issue(base, one, one)
    assert lines(found) == [render_line(one)]
    assert found.conflicts == ()


@settings(deadline=None, max_examples=150)
@given(sides())
def test_a_side_that_left_it_alone_takes_what_the_other_did(three: tuple[Issue | None, Issue, Issue]) -> None:
    _, base, changed = three
    for found in (merge_issue(base, base, changed), merge_issue(base, changed, base)):
        assert found == Merged(changed)
        assert lines(found) == [render_line(changed)]


@settings(deadline=None, max_examples=150)
@given(sides())
def test_it_does_not_matter_which_side_is_ours(three: tuple[Issue | None, Issue, Issue]) -> None:
    base, ours, theirs = three
    one, other = merge_issue(base, ours, theirs), merge_issue(base, theirs, ours)
    assert lines(one) == lines(other)
    assert one.conflicts == other.conflicts


@settings(deadline=None, max_examples=150)
@given(sides())
def test_what_was_merged_takes_the_same_side_again_without_a_change(three: tuple[Issue | None, Issue, Issue]) -> None:
    base, ours, theirs = three
    # The same words said twice at one moment are told apart by their order alone, which a new number changes.
    assume(all(len(_words(one)) == len(one.comments) for one in (base or ours, ours, theirs)))
    once = merge_issue(base, ours, theirs)
    for side in (ours, theirs):
        assert content(merge_issue(base, once.issue, side)) == content(once)


@settings(deadline=None, max_examples=150)
@given(sides())
def test_nothing_that_was_not_removed_is_missing(three: tuple[Issue | None, Issue, Issue]) -> None:
    base, ours, theirs = three
    found = merge_issue(base, ours, theirs)
    assert found.issue is not None
    told = {one.field for one in found.conflicts}
    for side, other in ((ours, theirs), (theirs, ours)):
        assert _stays(base, side, other, lambda one: set(one.labels)) <= set(found.issue.labels)
        for parts in (_targets, _keys):
            assert _stays(base, side, other, parts) <= parts(found.issue)
        for words in _stays(base, side, other, _words) - _words(found.issue):
            # Only the text of a comment that was edited on both sides gives way, and is told.
            assert any(one.startswith("comments.") for one in told), words


def _stays(base: Issue | None, side: Issue, other: Issue, parts: Any) -> set[Any]:
    """What a side has and the other one has not removed."""
    return parts(side) - (parts(base) - parts(other) if base else set())


def _targets(one: Issue) -> set[Any]:
    return {dependency.key for dependency in one.dependencies}


def _keys(one: Issue) -> set[Any]:
    return {*one.extra, *(f"metadata.{key}" for key in one.metadata)}


def _words(one: Issue) -> set[Any]:
    return {(comment.author, comment.created_at, comment.text) for comment in one.comments}


@settings(deadline=None, max_examples=150)
@given(sides())
def test_every_value_is_of_a_side_and_a_lost_one_is_told(three: tuple[Issue | None, Issue, Issue]) -> None:
    base, ours, theirs = three
    found = merge_issue(base, ours, theirs)
    assert found.issue is not None
    told = {one.field for one in found.conflicts}
    for name in ("title", "description", "priority", "assignee", "estimated_minutes", "due_at", "status", "closed_at"):
        old = getattr(base, name) if base else None
        values = {getattr(side, name) for side in (ours, theirs)}
        value = getattr(found.issue, name)
        assert value in values
        lost = values - {value, old, "" if base is None else old}
        assert not lost or (name if name != "closed_at" else "status") in told


@settings(deadline=None)
@given(sides())
def test_comments_are_told_apart_by_their_numbers(three: tuple[Issue | None, Issue, Issue]) -> None:
    found = merge_issue(*three).issue
    assert found is not None
    numbers = [one.id for one in found.comments]
    assert sorted(set(numbers)) == numbers
