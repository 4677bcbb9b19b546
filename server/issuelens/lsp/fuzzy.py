"""How well texts fit the words that somebody types. Pure; time grows linearly with the texts, whatever is in them."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from heapq import nsmallest
from typing import Final

from attrs import frozen

QUERY_LIMIT: Final = 200
"""Characters of a query that count."""
WORDS_LIMIT: Final = 8
"""Words of a query that count."""
GAP: Final = 12
"""Characters between two letters of a word that is typed with some left out, at most."""
LOOSE_FROM: Final = 3
"""Letters that such a word has at least: fewer are in every text."""

AT_START: Final = 0
"""Cost of a word that the text begins with."""
AT_WORD: Final = 1
"""Cost of one that a word in the text begins with."""
INSIDE: Final = 3
"""Cost of one within a word."""
LOOSE: Final = 6
"""Cost of one whose letters are in the text in their order, the first of them at the beginning of a word."""

Search = Callable[[str], object]


def folded(text: str) -> str:
    """The text as `Fuzzy` compares it, in one line."""
    return " ".join(text.casefold().split())


@frozen
class Fuzzy:
    """The words of a query, each of which a text must hold: as they are, or with letters left out."""

    words: tuple[str, ...]

    @classmethod
    def of(cls, query: str) -> Fuzzy:
        """The words of what was typed; a `#` before an id does not count."""
        words = (word.lstrip("#") for word in folded(query[:QUERY_LIMIT]).split())
        return cls(tuple(word for word in words if word)[:WORDS_LIMIT])

    def costs(self, texts: Sequence[str], *, wanted: int | None = None) -> Mapping[int, int]:
        """Which of the texts fit, and at which cost: 0 is the best.

        Args:
            texts: each as `folded` gives it.
            wanted: words with letters left out are looked for only when fewer texts hold the words as they are; None:
                in any case.

        Returns:
            Number of the text -> its cost.
        """
        found: dict[int, int] = dict.fromkeys(range(len(texts)), 0)
        for word in self.words:
            found = _with_word(found, texts, word, is_loose=False)
        if wanted is None or len(found) < wanted:
            found |= self._loose(texts, found)
        return found

    def _loose(self, texts: Sequence[str], known: Collection[int]) -> dict[int, int]:
        found = {number: 0 for number in range(len(texts)) if number not in known}
        for word in self.words:
            found = _with_word(found, texts, word, is_loose=True)
        return found if self.words else {}


def best(costs: Mapping[int, int], limit: int) -> list[int]:
    """The numbers of the texts that cost least; of equal ones, the first."""
    return [number for _, number in nsmallest(limit, ((cost, number) for number, cost in costs.items()))]


def _with_word(found: Mapping[int, int], texts: Sequence[str], word: str, *, is_loose: bool) -> dict[int, int]:
    """Those of the texts that hold one more word, with their costs."""
    kept = dict(_exact(found, texts, word))
    if is_loose and len(word) >= LOOSE_FROM:
        search = _loosely(word)
        for number, cost in found.items():
            if number not in kept and search(texts[number]):
                kept[number] = cost + LOOSE
    return kept


def _exact(found: Mapping[int, int], texts: Sequence[str], word: str) -> Iterable[tuple[int, int]]:
    search: Search = re.compile(_at_word(word)).search if len(word) > 1 else _never
    behind_space = f" {word}"
    for number, cost in found.items():
        text = texts[number]
        if word in text:
            if text.startswith(word):
                yield number, cost + AT_START
            else:
                yield number, cost + (AT_WORD if behind_space in text or search(text) else INSIDE)


def _never(_text: str) -> object:
    """Single letters are in nearly every text, and not worth a second look."""
    return None


def _loosely(word: str) -> Search:
    # What is between two letters holds not the second one, so that there is one way only to read a text.
    first, *others = word[0], *map(re.escape, word[1:])
    between = "".join(f"[^{letter}]{{0,{GAP}}}{letter}" for letter in others)
    return re.compile(_at_word(first) + between).search


def _at_word(word: str) -> str:
    """A pattern for a word at the beginning of one; it begins with a letter, since such patterns are searched fast."""
    plain = re.escape(word)
    return f"{plain}(?<![^\\W_]{plain})"
