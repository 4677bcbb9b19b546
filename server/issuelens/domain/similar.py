"""Which texts say the same, or nearly: pairs by the Jaccard index of their words.

Two sets of words can only be as similar as asked when they share one of their rarest words, when neither is much larger
than the other, and when enough words are left behind those that they share (PPJoin: Xiao, Wang, Lin and Yu, "Efficient
similarity joins for near duplicate detection", 2008); so only such pairs are compared.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from attrs import frozen

_WORD = re.compile(r"\w{2,}")
_STEP: Final = 500
"""Texts between two words about progress."""
_ROUNDING: Final = 1e-9
"""Keeps 0.6 * 5 = 3.0000000000000004 from counting as 4."""


@frozen
class Likeness:
    """Two texts by their names, and how similar they are: from 0 to 1, 1 for the same words."""

    first: str
    second: str
    similarity: float


def find_similar(
    texts: Mapping[str, str], similarity: float, progress: Callable[[int, int], None] | None = None
) -> list[Likeness]:
    """The pairs that are at least so similar, the most similar first. Texts without words are like none.

    Args:
        texts: name -> text.
        similarity: above 0, at most 1.
        progress: told now and then how many texts are compared, and of how many.

    Raises:
        ValueError: for another similarity.
    """
    if not 0 < similarity <= 1:
        raise ValueError(f"similarity is above 0 and at most 1, not {similarity}")
    words = _rarest_first({name: frozenset(_WORD.findall(text.casefold())) for name, text in texts.items()})
    found = list(_pairs(words, similarity, progress))
    return sorted(found, key=lambda one: (-one.similarity, one.first, one.second))


def _rarest_first(words: Mapping[str, frozenset[str]]) -> dict[str, list[str]]:
    """The words of each text, the rarest first; texts of fewer words first."""
    counts = Counter(word for found in words.values() for word in found)
    ranks = {word: rank for rank, word in enumerate(sorted(counts, key=lambda word: (counts[word], word)))}
    few_first = sorted((name for name, found in words.items() if found), key=lambda name: len(words[name]))
    return {name: sorted(words[name], key=ranks.__getitem__) for name in few_first}


def _pairs(
    words: Mapping[str, list[str]], similarity: float, progress: Callable[[int, int], None] | None
) -> Iterator[Likeness]:
    places = {name: place for place, name in enumerate(words)}
    sets = {name: frozenset(found) for name, found in words.items()}
    holders: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for name, found in words.items():
        if progress is not None and places[name] % _STEP == 0:
            progress(places[name], len(words))
        for other in _candidates(found, holders, words, similarity):
            index = _jaccard(sets[name], sets[other])
            if index >= similarity - _ROUNDING:
                yield Likeness(min(other, name), max(other, name), round(index, 4))
        for position, word in enumerate(_telling(found, similarity)):
            holders[word].append((name, position))


def _telling(found: list[str], similarity: float) -> list[str]:
    """So many of the rarest words that a text as similar shares one of them."""
    return found[: len(found) - math.ceil(similarity * len(found) - _ROUNDING) + 1]


def _candidates(
    found: list[str], holders: Mapping[str, list[tuple[str, int]]], words: Mapping[str, list[str]], similarity: float
) -> list[str]:
    """Those that may be as similar, of the texts that have no more words."""
    shared: dict[str, int] = {}
    size, least = len(found), similarity * len(found) - _ROUNDING
    for position, word in enumerate(_telling(found, similarity)):
        for other, place in holders.get(word, ()):
            other_size = len(words[other])
            if other_size < least or shared.get(other) == 0:
                continue
            needed = similarity / (1 + similarity) * (size + other_size) - _ROUNDING
            possible = shared.get(other, 0) + 1 + min(size - position - 1, other_size - place - 1)
            # 0 says that there are not enough words left.
            shared[other] = shared.get(other, 0) + 1 if possible >= needed else 0
    return [other for other, count in shared.items() if count]


def _jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    shared = len(one & other)
    return shared / (len(one) + len(other) - shared)
