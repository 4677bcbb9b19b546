"""Possessive repeats match alike in every Python; see todos/regex.py on those that fail at them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuelens.todos.regex import with_atomic_groups

ROOM = Path(__file__).parents[3] / "server" / "issuelens" / "todos"
POSSESSIVE = (
    r"(?:[^a]++|a(?!b))*+",
    r"(?:ab|a)++b",
    r"x(?:(?:a|bc)?+c){1,3}+",
    r"(?:\)|\[(?:[^\]a]++|\\a)*+\]?+)*+",
    r"[)*+a]*+(?P<end>b)?+",
    r"(?:[]a]|[^])b]{2})++",
)


@pytest.mark.parametrize("pattern", POSSESSIVE)
@given(text=st.text("abcx)[]*+\\", max_size=12))
def test_an_atomic_group_means_the_same(pattern: str, text: str) -> None:
    written = with_atomic_groups(pattern)
    assert not re.search(r"\)(?:[*+?]|\{[\d,]+\})\+(?![\]*+])", written.replace("[)*+a]", ""))
    ours, other = re.compile(pattern).match(text), re.compile(written).match(text)
    assert (ours and ours.span()) == (other and other.span())


def test_what_is_not_possessive_stays() -> None:
    for pattern in (r"(a|b)*", r"[)*+]", r"\)*+", r"(?:a)+?", r"[^\])*+]"):
        assert with_atomic_groups(pattern) == pattern


def test_all_patterns_of_the_room_are_made_in_this_way() -> None:
    made = {path.name for path in ROOM.rglob("*.py") if "re.compile(" in path.read_text(encoding="utf-8")}
    assert made == {"regex.py"}
