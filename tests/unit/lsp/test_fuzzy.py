"""Which texts fit what is typed, and in which order."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuelens.lsp.fuzzy import (
    AT_START,
    AT_WORD,
    GAP,
    INSIDE,
    LOOSE,
    MANY,
    QUERY_LIMIT,
    WORDS_LIMIT,
    Fuzzy,
    Texts,
    best,
    folded,
)

TEXTS = [
    folded(text)
    for text in (
        "app-1a2b Round half up, not half down",
        "app-3e4f Keep prices as decimals @ben",
        "app-7k8m The surround sound, straße",
        "HACK by hand  in_between src/prices.py",
    )
]


def found(query: str) -> list[str]:
    costs = Fuzzy.of(query).costs(Texts.of(TEXTS))
    return [TEXTS[number].split()[0] for number in best(costs, 10)]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["app-1a2b", "app-3e4f", "app-7k8m", "hack"]),
        ("app-1a", ["app-1a2b"]),
        ("#app-3e4f", ["app-3e4f"]),
        ("1a2b", ["app-1a2b"]),
        ("ROUND", ["app-1a2b", "app-7k8m"]),
        ("prices", ["app-3e4f", "hack"]),
        ("between", ["hack"]),
        ("STRASSE", ["app-7k8m"]),
        ("@ben", ["app-3e4f"]),
        ("half round", ["app-1a2b"]),
        ("rnd", ["app-1a2b"]),
        ("rndhlf", ["app-1a2b"]),
        ("kpdec round", []),
        ("xyz", []),
        ("###", ["app-1a2b", "app-3e4f", "app-7k8m", "hack"]),
        ("(", []),
        ("[^r]*", []),
    ],
)
def test_what_is_found(query: str, expected: list[str]) -> None:
    assert found(query) == expected


@pytest.mark.parametrize(
    ("query", "text", "cost"),
    [
        ("app", "app-1 x", AT_START),
        ("1", "app-1 x", AT_WORD),
        ("x", "app-1 x", AT_WORD),
        ("1x", "app-1x y", AT_WORD),
        ("below", "a_below", AT_WORD),
        ("pp", "app-1 x", INSIDE),
        ("app x", "app-1 x", AT_START + AT_WORD),
        ("abc", f"a{'-' * GAP}bc", LOOSE),
        ("abc x", "a-b-c x", LOOSE + AT_WORD),
    ],
)
def test_costs(query: str, text: str, cost: int) -> None:
    assert Fuzzy.of(query).costs(Texts.of([text])) == {0: cost}


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("abc", f"a{'-' * (GAP + 1)}bc"),
        ("bcd", "abxcxd"),
        ("ab", "a-b"),
        ("a1b", "a-1-b"),
        ("acb", "abc"),
    ],
)
def test_letters_left_out_have_limits(query: str, text: str) -> None:
    assert not Fuzzy.of(query).costs(Texts.of([text]))


def test_letters_may_be_left_out_only_when_few_texts_have_the_words() -> None:
    texts = Texts.of(["abc", "a-b-c"])
    assert Fuzzy.of("abc").costs(texts, wanted=1) == {0: AT_START}
    assert Fuzzy.of("abc").costs(texts, wanted=2) == {0: AT_START, 1: LOOSE}


def test_what_was_typed_is_cut() -> None:
    assert len(Fuzzy.of("a " * QUERY_LIMIT).words) == WORDS_LIMIT
    assert len(Fuzzy.of("a" * 1_000_000).words[0].letters) == QUERY_LIMIT


def test_equals_keep_their_order() -> None:
    assert best({3: 1, 0: 1, 2: 0, 1: 1}, 3) == [2, 0, 1]


@given(st.text(max_size=12), st.lists(st.text(max_size=30), max_size=5))
def test_as_a_plain_reading_says(query: str, raw: list[str]) -> None:
    texts = [folded(text) for text in raw]
    words = Fuzzy.of(query).words
    costs = Fuzzy.of(query).costs(Texts.of(texts))
    for number, text in enumerate(texts):
        assert (number in costs) == all(word.letters in text or _is_loose(word.letters, text) for word in words)


def _is_loose(word: str, text: str) -> bool:
    """Whether the letters follow each other, each where it comes first, from the beginning of some word on."""
    if len(word) < 3 or not word.isalpha():
        return False
    for begin in range(len(text)):
        is_begun = begin > 0 and re.match(r"[^\W_]", text[begin - 1])
        if text[begin] == word[0] and not is_begun:
            at = begin
            for letter in word[1:]:
                at = text.find(letter, at + 1, at + 2 + GAP)
                if at < 0:
                    break
            else:
                return True
    return False


def test_a_rare_word_is_found_among_many_texts_with_a_frequent_one() -> None:
    texts = Texts.of([*["app x"] * (MANY + 10), "app zebra"])
    assert Fuzzy.of("app zebra").costs(texts) == {MANY + 10: AT_START + AT_WORD}
    assert len(Fuzzy.of("app").costs(texts)) == MANY
