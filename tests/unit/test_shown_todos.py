"""A lens of an earlier text: which TODO it stood on, told by the words around it."""

from __future__ import annotations

import pytest

from issuelens.lsp.shown_todos import CHANGED_LIMIT, aligned


@pytest.mark.parametrize(
    ("before", "at", "now", "expected"),
    [
        ("abc", 1, "abc", 1),
        ("abc", 0, "xabc", 1),
        ("abc", 2, "abxyc", 4),
        ("abc", 1, "axc", 1),
        ("abc", 1, "ac", None),
        ("abc", 1, "axyc", None),
        ("abcd", 1, "zaxd", None),
        ("abcde", 2, "zacyw", 2),
        ("aabaa", 1, "xaaba", None),
        ("xaay", 2, "zaaw", 2),
        ("abc", 1, "", None),
    ],
)
def test_a_todo_is_the_one_that_stands_where_it_did_among_the_others(
    before: str, at: int, now: str, expected: int | None
) -> None:
    assert aligned(at, before, now) == expected


def test_of_many_that_changed_at_once_none_is_guessed() -> None:
    many = [f"{number}" for number in range(CHANGED_LIMIT + 1)]
    assert aligned(1, ["x", *many, "y"], ["z", *many, "w"]) is None
