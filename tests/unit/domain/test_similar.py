"""Similar texts: the quick way finds what comparing every pair finds."""

from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuelens.domain.similar import Likeness, find_similar

WORDS = st.lists(
    st.sampled_from(["ab", "cd", "ef", "gh", "ij", "kl", "mn", "AB", "Ef", "x", "é", "éé"]), max_size=8
).map(" ".join)
TEXTS = st.dictionaries(st.sampled_from("abcdefghij"), WORDS, max_size=10)


def by_comparing_all(texts: dict[str, str], similarity: float) -> set[tuple[frozenset[str], float]]:
    words = {name: set(re.findall(r"\w\w+", text.casefold())) for name, text in texts.items()}
    found = set()
    for one, other in itertools.combinations(texts, 2):
        both = words[one] | words[other]
        index = len(words[one] & words[other]) / len(both) if both else 0.0
        if index >= similarity - 1e-9:
            found.add((frozenset((one, other)), round(index, 4)))
    return found


@given(TEXTS, st.sampled_from([0.01, 0.2, 1 / 3, 0.5, 0.6, 2 / 3, 0.7, 0.75, 0.8, 0.9, 1.0]))
def test_it_finds_what_comparing_every_pair_finds(texts: dict[str, str], similarity: float) -> None:
    found = find_similar(texts, similarity)
    assert {(frozenset((one.first, one.second)), one.similarity) for one in found} == by_comparing_all(
        texts, similarity
    )
    assert len(found) == len({frozenset((one.first, one.second)) for one in found})
    assert [one.similarity for one in found] == sorted((one.similarity for one in found), reverse=True)


def test_the_same_words_in_another_case_and_order() -> None:
    texts = {"a": "Log in fails!", "b": "fails: log IN", "c": "log out works", "d": "?!", "e": ""}
    assert find_similar(texts, 1.0) == [Likeness("a", "b", 1.0)]
    assert find_similar(texts, 0.2) == [Likeness("a", "b", 1.0), Likeness("a", "c", 0.2), Likeness("b", "c", 0.2)]


@pytest.mark.parametrize("similarity", [0.0, -1.0, 1.1, float("nan")])
def test_a_similarity_that_makes_no_sense(similarity: float) -> None:
    with pytest.raises(ValueError, match="above 0 and at most 1"):
        find_similar({}, similarity)
