"""Issues: what their fields may hold, their ids, their JSON shape, and the errors' names."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuelens.domain import errors
from issuelens.domain.fields import (
    checked_labels,
    checked_name,
    checked_priority,
    checked_status,
    checked_text,
    checked_title,
    checked_type,
)
from issuelens.domain.ids import checked_prefix, id_length, new_id, prefix_from_name, prefix_of
from issuelens.domain.issue import Comment, Dependency, Issue
from issuelens.domain.moment import timestamp
from issuelens.domain.reference import find_references, is_issue_id
from issuelens.domain.shape import issue_from_json, issue_to_json
from issuelens.domain.vocabulary import STATUS_CATEGORIES, Category


def test_an_issue_survives_its_json_shape() -> None:
    issue = Issue(
        id="app-1a2b.1",
        title="t",
        description="d",
        status="closed",
        category=Category.DONE,
        priority=0,
        issue_type="bug",
        assignee="anna",
        labels=("a", "b"),
        dependencies=(Dependency("app-1a2b.1", "app-1a2b", "parent-child"),),
        comments=(Comment(3, "bob", "text", "2026-01-01T00:00:00.000000Z"),),
        created_at="2026-01-01T00:00:00.000000Z",
        created_by="bob",
        updated_at="2026-01-02T00:00:00.000000Z",
        closed_at="2026-01-02T00:00:00.000000Z",
        close_reason="done",
    )
    assert issue_from_json(issue_to_json(issue)) == issue
    assert issue.is_closed


def test_fields_without_a_value_are_left_out() -> None:
    shape = issue_to_json(Issue(id="a-1b1b", title="t"))
    assert not {"assignee", "closed_at", "close_reason"} & shape.keys()


@pytest.mark.parametrize(
    ("check", "value", "message"),
    [
        (checked_title, "  ", "title: it is empty"),
        (checked_title, "a\nb", "title: it holds a line break"),
        (checked_title, "a\x00b", "title: it holds a line break or another control character"),
        (checked_title, "x" * 501, "title: it has 501 characters, 500 are allowed"),
        (checked_priority, 5, "priority: 5 is not one of 0"),
        (checked_priority, True, "priority: True is not one of 0"),
        (
            lambda text: checked_status(text, STATUS_CATEGORIES),
            "done",
            "'done' is not one of open, in_progress",
        ),
        (checked_type, "story", "issue_type: 'story' is not one of bug"),
        (checked_prefix, "-x", "prefix: '-x' can't begin an id"),
        (checked_prefix, "x" * 41, "can't begin an id"),
        (checked_labels, ["ok", " "], "label: it is empty"),
    ],
)
def test_what_a_field_may_not_hold(check: object, value: object, message: str) -> None:
    with pytest.raises(errors.InvalidField) as told:
        check(value)  # type: ignore[operator]
    assert message in told.value.message
    assert told.value.details["field"] == told.value.field


def test_longer_texts_keep_their_lines_and_nothing_else() -> None:
    assert checked_text("text", "a\r\nb\rc\td") == "a\nb\nc\td"
    with pytest.raises(errors.InvalidField, match="text: it holds a control character"):
        checked_text("text", "a\x1b[31m")
    with pytest.raises(errors.InvalidField, match="assignee: it holds a line break or another control character"):
        checked_name("assignee", "a\x07")


def test_ids_grow_with_the_number_of_issues() -> None:
    assert [id_length(count) for count in (0, 16_796, 16_797, 604_661, 604_662, 10**12)] == [4, 4, 5, 5, 6, 8]


@given(st.binary(max_size=40), st.integers(4, 8))
def test_a_new_id_is_found_again_in_text_and_is_certain(seed: bytes, length: int) -> None:
    issue_id = new_id("app", seed, length)
    assert issue_id == new_id("app", seed, length)
    assert len(issue_id) == 4 + length
    [found] = find_references(f"see ({issue_id}), please", {"app"})
    assert (found.id, found.is_certain) == (issue_id, True)
    assert is_issue_id(issue_id, {"app"})


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("app-1a2b", ["app-1a2b"]),
        ("app-1a2b.1.2.3", ["app-1a2b.1.2.3"]),
        ("app-1a2b.", ["app-1a2b"]),
        ("my-app-1a2b", []),
        ("app-1a2b-c", []),
        ("app-1A2B", []),
        ("app-12", []),
        ("xapp-1a2b app_app-1a2b", []),
        ("lib-1a2b app-9z9z", ["app-9z9z"]),
    ],
)
def test_which_words_are_ids(text: str, found: list[str]) -> None:
    assert [one.id for one in find_references(text, {"app"})] == found


def test_the_longer_of_two_prefixes_is_tried_first() -> None:
    assert [one.id for one in find_references("my-app-1a2b", {"my", "my-app"})] == ["my-app-1a2b"]
    assert list(find_references("app-1a2b", ())) == []


def test_prefixes_from_names() -> None:
    assert prefix_from_name("My Project!") == "my-project"
    assert prefix_from_name("2024-notes") == "notes"
    assert prefix_from_name("日本") == "issue"
    assert prefix_of("my-app-1a2b.1") == "my-app"


def test_moments_are_kept_in_one_form_that_sorts() -> None:
    moment = datetime(2026, 1, 1, 1, 0, 0, 5, tzinfo=timezone(timedelta(hours=1)))
    assert timestamp(moment) == "2026-01-01T00:00:00.000005Z"
    assert timestamp(moment) < timestamp(datetime(2026, 1, 1, 0, 0, 1, tzinfo=UTC))
    with pytest.raises(ValueError, match="time zone"):
        timestamp(datetime(2026, 1, 1))  # noqa: DTZ001 - that is the mistake


def test_an_error_keeps_its_class_on_the_way_through_json() -> None:
    told = errors.InvalidField("priority", "no")
    again = errors.from_kind(told.kind, told.message, told.details)
    assert type(again) is errors.InvalidField
    assert (again.message, again.details) == (told.message, told.details)
    assert type(errors.from_kind("unheard_of", "x", {})) is errors.IssuelensError
