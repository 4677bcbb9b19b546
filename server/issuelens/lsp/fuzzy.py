"""How well texts fit the words that somebody types. Pure; time grows linearly with the texts, whatever is in them."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from heapq import nsmallest
from itertools import islice
from typing import Final

from attrs import define, field, frozen

QUERY_LIMIT: Final = 200
"""Characters of a query that count."""
WORDS_LIMIT: Final = 8
"""Words of a query that count."""
GAP: Final = 12
"""Characters between two letters of a word that is typed with some left out, at most."""
LOOSE_FROM: Final = 3
"""Letters that such a word has at least: fewer are in every text."""
MANY: Final = 2_000
"""Texts that are looked at when all words of a query are in more of them: the first ones."""

AT_START: Final = 0
"""Cost of a word that the text begins with."""
AT_WORD: Final = 1
"""Cost of one that a word in the text begins with."""
INSIDE: Final = 3
"""Cost of one within a word."""
LOOSE: Final = 6
"""Cost of one whose letters are in the text in their order, the first of them at the beginning of a word."""


def folded(text: str) -> str:
    """The text as `Fuzzy` compares it, in one line."""
    return " ".join(text.casefold().split())


@define(eq=False)
class Texts:
    """Texts that are looked through together: as one text, in which most words are found by a single search."""

    _joined: str
    _starts: list[int] = field(init=False)
    """Where each text begins, and where one more would."""

    def __attrs_post_init__(self) -> None:
        self._starts = [found.end() for found in re.finditer("\n", self._joined)]

    @classmethod
    def of(cls, texts: Iterable[str]) -> Texts:
        """These texts, each as `folded` gives it; in one that has line ends, each line is a text."""
        return cls("".join(f"\n{text}" for text in texts) + "\n")

    def __len__(self) -> int:
        return len(self._starts) - 1

    def count(self, word: Word) -> int:
        """How often a word stands in the texts."""
        return self._joined.count(word.letters)

    def among(self, word: Word, numbers: Iterable[int], *, is_loose: bool) -> Iterator[tuple[int, int]]:
        """Those of the texts with these numbers that hold a word, each with its cost."""
        for number in numbers:
            start, end = self._starts[number], self._starts[number + 1] - 1
            at = self._joined.find(word.letters, start, end)
            if at >= 0:
                yield number, self._cost(word, start, at, end)
            elif is_loose and word.is_in_order(self._joined, start, end):
                yield number, LOOSE

    def holding(self, word: Word) -> Iterator[tuple[int, int]]:
        """All texts that hold a word as it is, each with its cost."""
        at = self._joined.find(word.letters)
        while at >= 0:
            number = bisect_right(self._starts, at) - 1
            end = self._starts[number + 1] - 1
            yield number, self._cost(word, self._starts[number], at, end)
            at = self._joined.find(word.letters, end)

    def holding_loosely(self, word: Word) -> Iterator[tuple[int, int]]:
        """All texts that hold a word's letters in their order, each with its cost."""
        at = word.is_in_order(self._joined, 0, len(self._joined))
        while at is not None:
            number = bisect_right(self._starts, at) - 1
            yield number, LOOSE
            at = word.is_in_order(self._joined, self._starts[number + 1], len(self._joined))

    def _cost(self, word: Word, start: int, at: int, end: int) -> int:
        """The cost of a word that is found first at a place in a text."""
        if at == start:
            return AT_START
        is_begun = self._joined[at - 1].isalnum()
        return INSIDE if is_begun and not word.begins_one(self._joined, at + 1, end) else AT_WORD


@frozen(slots=False)
class Word:
    """One word of a query."""

    letters: str

    def begins_one(self, text: str, start: int, end: int) -> bool:
        """Whether a word begins with it between two places; of single letters it is seen behind a space only."""
        if len(self.letters) == 1:
            return text.find(f" {self.letters}", start, end) >= 0
        return self._at_word.search(text, start, end) is not None

    def is_in_order(self, text: str, start: int, end: int) -> int | None:
        """Where its letters begin to stand in their order between two places, with some more between them."""
        # Of an id no sign is left out.
        if len(self.letters) < LOOSE_FROM or not self.letters.isalpha():
            return None
        found = self._in_order.search(text, start, end)
        return None if found is None else found.start()

    @cached_property
    def _at_word(self) -> re.Pattern[str]:
        return re.compile(_beginning(self.letters))

    @cached_property
    def _in_order(self) -> re.Pattern[str]:
        # What is between two letters holds not the second one, so that there is one way only to read a text.
        others = map(re.escape, self.letters[1:])
        between = "".join(f"[^\n{letter}]{{0,{GAP}}}{letter}" for letter in others)
        return re.compile(_beginning(self.letters[0]) + between)


def _beginning(word: str) -> str:
    """A pattern for a word at the beginning of one; it begins with a letter, since such patterns are searched fast."""
    plain = re.escape(word)
    return f"{plain}(?<![^\\W_]{plain})"


@frozen
class Fuzzy:
    """The words of a query, each of which a text must hold: as they are, or with letters left out."""

    words: tuple[Word, ...]

    @classmethod
    def of(cls, query: str) -> Fuzzy:
        """The words of what was typed; a `#` before an id does not count."""
        words = (word.lstrip("#") for word in folded(query[:QUERY_LIMIT]).split())
        return cls(tuple(Word(word) for word in words if word)[:WORDS_LIMIT])

    def costs(self, texts: Texts, *, wanted: int | None = None) -> Mapping[int, int]:
        """Which of the texts fit, and at which cost: 0 is the best.

        Args:
            texts: what is looked through.
            wanted: words with letters left out are looked for only when fewer texts hold the words as they are; None:
                in any case.

        Returns:
            Number of the text -> its cost.
        """
        if not self.words:
            return dict.fromkeys(range(len(texts)), 0)
        # The rarest first, which most texts do not hold.
        first, *others = sorted(self.words, key=texts.count)
        exact = dict(islice(texts.holding(first), MANY))
        found = _with_all(exact, texts, others, is_loose=False)
        if wanted is None or len(found) < wanted:
            loose = dict(islice(texts.holding_loosely(first), MANY))
            found |= _with_all(loose | exact, texts, others, is_loose=True)
        return found


def _with_all(found: dict[int, int], texts: Texts, words: Iterable[Word], *, is_loose: bool) -> dict[int, int]:
    """Those of the texts that hold these words, too."""
    for word in words:
        found = {number: found[number] + cost for number, cost in texts.among(word, found, is_loose=is_loose)}
    return found


def best(costs: Mapping[int, int], limit: int) -> list[int]:
    """The numbers of the texts that cost least; of equal ones, the first."""
    return [number for _, number in nsmallest(limit, ((cost, number) for number, cost in costs.items()))]
