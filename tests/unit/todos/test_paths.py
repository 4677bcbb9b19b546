"""Paths as text and back."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuelens.domain.fields import is_encodable
from issuelens.todos.paths import real_path, shown_path


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (b"src/a b.py", "src/a b.py"),
        ("ä/ö.py".encode(), "ä/ö.py"),
        (b"caf\xe9.py", '"caf\\351.py"'),
        (b'"quoted"', '"\\"quoted\\""'),
        (b'"\\\xff\n', '"\\"\\\\\\377\\012"'),
        (b'in"side', 'in"side'),
    ],
)
def test_a_path_and_how_it_is_shown(name: bytes, shown: str) -> None:
    path = os.fsdecode(name)
    assert (shown_path(path), real_path(shown)) == (shown, path)


@given(st.binary(max_size=30))
def test_every_path_comes_back(name: bytes) -> None:
    path = os.fsdecode(name)
    assert is_encodable(shown_path(path))
    assert real_path(shown_path(path)) == path


@given(st.text(alphabet='"\\0123789aé\n', max_size=12))
def test_no_two_texts_mean_the_same_path(text: str) -> None:
    try:
        path = real_path(text)
    except ValueError:
        assert text.startswith('"')
    else:
        assert shown_path(path) == text


@pytest.mark.parametrize("shown", ['"', '"a', '"a"b"', '"a\\"', '"\\400"', '"\\x41"', '"plain"', '"é"', '"a\nb"'])
def test_what_shows_no_path_is_refused(shown: str) -> None:
    with pytest.raises(ValueError, match="quotes"):
        real_path(shown)
