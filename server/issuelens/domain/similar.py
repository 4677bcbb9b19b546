"""Which texts say the same, or nearly: pairs by the Jaccard index of their words.

Two sets of words can only be as similar as asked when they share one of their rarest words (the prefix filter of
Chaudhuri, Ganti and Kaushik, "A primitive operator for similarity joins", 2006); so only such pairs are compared.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

from attrs import frozen

_WORD = re.compile(r"\w{2,}")


@frozen
class Likeness:
    """Two texts by their names, and how similar they are: from 0 to 1, 1 for the same words."""

    first: str
    second: str
    similarity: float


def find_similar(texts: Mapping[str, str], similarity: float) -> list[Likeness]:
    """The pairs that are at least so similar, the most similar first. Texts without words are like none.

    Args:
        texts: name -> text.
        similarity: above 0, at most 1.

    Raises:
        ValueError: for another similarity.
    """
    if not 0 < similarity <= 1:
        raise ValueError(f"similarity is above 0 and at most 1, not {similarity}")
    words = _rarest_first({name: frozenset(_WORD.findall(text.casefold())) for name, text in texts.items()})
    found = list(_pairs(words, similarity))
    return sorted(found, key=lambda one: (-one.similarity, one.first, one.second))


def _rarest_first(words: Mapping[str, frozenset[str]]) -> dict[str, list[str]]:
    counts = Counter(word for found in words.values() for word in found)
    return {name: sorted(found, key=lambda word: (counts[word], word)) for name, found in words.items() if found}


def _pairs(words: Mapping[str, Sequence[str]], similarity: float) -> Iterator[Likeness]:
    holders: dict[str, list[str]] = defaultdict(list)
    sets = {name: frozenset(found) for name, found in words.items()}
    for name, found in words.items():
        candidates: set[str] = set()
        # The small amount below the ceiling keeps 0.6 * 5 = 3.0000000000000004 from counting as 4.
        shared_at_least = math.ceil(similarity * len(found) - 1e-9)
        for word in found[: len(found) - shared_at_least + 1]:
            candidates |= set(holders[word])
            holders[word].append(name)
        for other in sorted(candidates):
            index = _jaccard(sets[name], sets[other])
            if index >= similarity - 1e-9:
                yield Likeness(other, name, round(index, 4))


def _jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    shared = len(one & other)
    return shared / (len(one) + len(other) - shared)
