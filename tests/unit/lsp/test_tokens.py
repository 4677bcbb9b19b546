"""Semantic tokens as numbers, and the edits between them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from issuelens.lsp.initialize import TOKEN_MODIFIERS, TOKEN_TYPES
from issuelens.lsp.tokens import ISSUE_ID, NUMBERS, PAST, TAG, Token, difference, encoded

NUMBER = st.integers(0, 2)
TOKENS = st.lists(st.tuples(NUMBER, NUMBER, NUMBER, NUMBER, NUMBER), max_size=8)


def test_the_legend_names_what_is_sent() -> None:
    assert TOKEN_TYPES[TAG] == "keyword"
    assert TOKEN_TYPES[ISSUE_ID] == "variable"
    assert [name for at, name in enumerate(TOKEN_MODIFIERS) if PAST >> at & 1] == ["deprecated"]


def test_places_are_relative_to_the_token_before() -> None:
    tokens = [Token(4, 9, 13, ISSUE_ID, PAST), Token(2, 5, 9, TAG), Token(2, 10, 18, ISSUE_ID)]
    assert encoded(tokens) == [2, 5, 4, TAG, 0, 0, 5, 8, ISSUE_ID, 0, 2, 9, 4, ISSUE_ID, PAST]
    assert encoded([]) == []


def test_what_overlaps_or_is_empty_is_left_out() -> None:
    assert encoded([Token(0, 1, 5, TAG), Token(0, 4, 8, TAG), Token(0, 5, 5, TAG), Token(0, 5, 6, ISSUE_ID)]) == [
        *(0, 1, 4, TAG, 0),
        *(0, 4, 1, ISSUE_ID, 0),
    ]


def test_one_edit_of_whole_tokens() -> None:
    before = [0, 1, 4, 0, 0, 1, 1, 4, 0, 0, 1, 1, 4, 0, 0]
    now = [0, 1, 4, 0, 0, 3, 1, 4, 0, 0, 1, 1, 4, 0, 0]
    assert [tuple(one) for one in difference(before, now)] == [(5, 5, [3, 1, 4, 0, 0])]
    assert difference(now, now) == []


@given(TOKENS, TOKENS)
def test_an_edit_makes_the_one_from_the_other(some: list[tuple[int, ...]], others: list[tuple[int, ...]]) -> None:
    before, now = ([number for five in tokens for number in five] for tokens in (some, others))
    changed = list(before)
    for edit in difference(before, now):
        assert edit.start % NUMBERS == edit.deleted % NUMBERS == len(edit.numbers) % NUMBERS == 0
        changed[edit.start : edit.start + edit.deleted] = edit.numbers
    assert changed == now
