"""Ids: how long new ones are, and that they meet few others."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuelens.domain.errors import InvalidField
from issuelens.domain.ids import checked_prefix, id_length, new_id, prefix_from_name, prefix_of


@given(st.integers(0, 10**14))
def test_the_length_keeps_a_meeting_below_a_hundredth(count: int) -> None:
    length = id_length(count)
    assert 4 <= length <= 8
    assert length == 8 or count * 100 <= 36**length
    assert length == 4 or count * 100 > 36 ** (length - 1)


@given(st.binary(max_size=20), st.integers(4, 8))
def test_a_new_id_is_base36_with_a_digit(seed: bytes, length: int) -> None:
    issue_id = new_id("my-app", seed, length)
    assert re.fullmatch(rf"my-app-[0-9a-z]{{{length}}}", issue_id)
    assert re.search(r"-[a-z]*[0-9][0-9a-z]*\Z", issue_id)
    assert prefix_of(f"{issue_id}.1.2") == "my-app"


def test_new_ids_differ() -> None:
    made = {new_id("app", number.to_bytes(4, "big"), 8) for number in range(2000)}
    assert len(made) == 2000


@pytest.mark.parametrize("prefix", ["app", "my-app", "A_1-2b", "x" * 40])
def test_prefixes(prefix: str) -> None:
    assert checked_prefix(prefix) == prefix


@pytest.mark.parametrize("prefix", ["", "1a", "a-", "-a", "a--b", "a b", "a.b", "ä", "a\n", "a\ud800", "x" * 41])
def test_what_is_no_prefix(prefix: str) -> None:
    with pytest.raises(InvalidField, match="use letters, digits and inner dashes, beginning with a letter"):
        checked_prefix(prefix)


@given(st.text(max_size=60))
def test_every_name_gives_a_prefix(name: str) -> None:
    assert checked_prefix(prefix_from_name(name))


def test_an_id_without_a_dash_has_no_prefix() -> None:
    assert prefix_of("12345") == ""
