"""What fields may hold: each wrong value gives one line that names the field and what to do."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuelens.domain.errors import InvalidField
from issuelens.domain.fields import (
    METADATA_LIMIT,
    NAME_LIMIT,
    NESTING_LIMIT,
    TEXT_LIMIT,
    TITLE_LIMIT,
    checked_dependency_type,
    checked_estimate,
    checked_labels,
    checked_metadata,
    checked_name,
    checked_priority,
    checked_status,
    checked_text,
    checked_title,
    checked_type,
    is_encodable,
    is_nested_deeper,
)
from issuelens.domain.vocabulary import STATUS_CATEGORIES

HUGE = "x" * 10_000_000
Check = Callable[[Any], Any]


def label(text: str) -> Any:
    return checked_labels([text])


def text_of(text: str) -> Any:
    return checked_text("description", text)


def status(text: str) -> Any:
    return checked_status(text, STATUS_CATEGORIES)


def nested(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("check", "value", "field", "remedy"),
    [
        (checked_title, "", "title", "say in a few words what is to be done"),
        (checked_title, " \t\n", "title", "say in a few words what is to be done"),
        (checked_title, HUGE, "title", "it has 10,000,000 characters, 500 are allowed; put the rest into"),
        *((checked_title, f"a{sign}b", "title", "use one plain line") for sign in "\0\x1b\x7f\x85\x9b\n\r\t\u2028"),
        (checked_title, "a\ud800b", "title", "half of a character (a lone surrogate); remove it"),
        (text_of, HUGE, "description", "1,000,000 are allowed"),
        *((text_of, f"a{sign}b", "description", "control character; remove it") for sign in "\0\x1b\x7f\x9b"),
        (text_of, "\udfff", "description", "lone surrogate); remove it"),
        (label, " ", "label", "it is empty; give it a word, or leave it out"),
        (label, HUGE, "label", "200 are allowed"),
        *((label, f"a{sign}b", "label", "use one plain line") for sign in "\0\n\t\x9b\u2029"),
        (label, "a\udc80", "label", "lone surrogate); remove it"),
        (checked_priority, -1, "priority", "0 (most urgent) to 4"),
        (checked_priority, 2**70, "priority", "0 (most urgent) to 4"),
        (checked_priority, 10**5000, "priority", "0 (most urgent) to 4"),
        (checked_estimate, -1, "estimated_minutes", "is not 0 to 10,000,000"),
        (checked_estimate, True, "estimated_minutes", "is not 0 to 10,000,000"),
        (checked_estimate, 2**70, "estimated_minutes", "is not 0 to 10,000,000"),
        (checked_estimate, 10**5000, "estimated_minutes", "is not 0 to 10,000,000"),
        (status, "done", "status", "is not one of open, in_progress"),
        (status, HUGE, "status", "is not one of open, in_progress"),
        (status, "o\n\ud800", "status", "is not one of open, in_progress"),
        (status, "tombstone", "status", "use `issuelens delete`"),
        (checked_type, HUGE, "issue_type", "is not one of bug, feature"),
        (checked_dependency_type, "likes\n", "dependency type", "is not one of blocks"),
        (checked_metadata, {"a": "\ud800"}, "metadata", "lone surrogate); remove it"),
        (checked_metadata, {"a": [{"\ud800": 1}]}, "metadata", "lone surrogate); remove it"),
        (checked_metadata, {"\ud800": 1}, "metadata", "lone surrogate); remove it"),
        (checked_metadata, {"a": {"b": ["\0"]}}, "metadata", "control character; remove it"),
        (checked_metadata, {" ": 1}, "metadata", "it is empty; give it a word"),
        (checked_metadata, {"a": float("nan")}, "metadata", "can't be kept as JSON"),
        (checked_metadata, {"a": [-float("inf")]}, "metadata", "can't be kept as JSON"),
        (checked_metadata, {"a": 10**5000}, "metadata", "can't be kept as JSON"),
        (checked_metadata, {"a": HUGE}, "metadata", "1,000,000 are allowed"),
        (checked_metadata, {"a": nested(NESTING_LIMIT)}, "metadata", "deeper than 100 levels; make it flatter"),
        (checked_metadata, {"a": nested(100_000)}, "metadata", "deeper than 100 levels; make it flatter"),
        (checked_metadata, {str(n): n for n in range(METADATA_LIMIT + 1)}, "metadata", "201 keys, 200 are allowed"),
    ],
    ids=itertools.count(),
)
def test_a_wrong_value_is_told_in_one_line(check: Check, value: Any, field: str, remedy: str) -> None:
    with pytest.raises(InvalidField) as told:
        check(value)
    assert told.value.field == field
    assert remedy in told.value.message
    assert told.value.message.isprintable()
    assert len(told.value.message) < 300


@pytest.mark.parametrize(
    ("check", "value", "kept"),
    [
        (checked_title, "  עברית و עִבְרִית \u202b 👩‍👩‍👧‍👦 é ", "עברית و עִבְרִית \u202b 👩‍👩‍👧‍👦 é"),
        (checked_title, "100% _ \\ ' \" ; -- %s {}", "100% _ \\ ' \" ; -- %s {}"),
        (checked_title, "x" * TITLE_LIMIT, "x" * TITLE_LIMIT),
        (text_of, "a\n\tb\u2028\U0010ffff", "a\n\tb\u2028\U0010ffff"),
        (text_of, "x" * TEXT_LIMIT, "x" * TEXT_LIMIT),
        (label, "x" * NAME_LIMIT, ("x" * NAME_LIMIT,)),
        (checked_metadata, {"b": None, "a": [1, {"c": "\n"}]}, {"a": [1, {"c": "\n"}], "b": None}),
        (checked_metadata, {"a": nested(NESTING_LIMIT - 1)}, {"a": nested(NESTING_LIMIT - 1)}),
        (checked_estimate, 0, 0),
    ],
    ids=itertools.count(),
)
def test_what_is_fine_is_kept(check: Check, value: Any, kept: Any) -> None:
    assert check(value) == kept


@given(st.text(st.characters(), max_size=30))
def test_whatever_passes_can_be_written_and_is_one_line(text: str) -> None:
    try:
        kept = checked_name("assignee", text)
    except InvalidField:
        return
    assert kept.encode()
    assert kept == kept.strip()
    assert len(kept.splitlines()) == 1


@given(st.text(st.characters(), max_size=30))
def test_only_lone_surrogates_can_not_be_encoded(text: str) -> None:
    assert is_encodable(text) == (not any("\ud800" <= one <= "\udfff" for one in text))


JSON = st.recursive(st.none() | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner))


def levels_of(value: Any) -> int:
    if not isinstance(value, dict | list):
        return 0
    return 1 + max((levels_of(one) for one in (value.values() if isinstance(value, dict) else value)), default=0)


@given(JSON, st.integers(0, 6))
def test_nesting_is_counted_as_recursion_counts_it(value: Any, levels: int) -> None:
    assert is_nested_deeper(value, levels) == (levels_of(value) > levels)
