"""Semantic tokens as numbers (LSP, "Semantic Tokens"): five for each, places relative to the one before. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile
from typing import NamedTuple

from issuelens.lsp.initialize import TOKEN_MODIFIERS, TOKEN_TYPES

NUMBERS = 5
"""Numbers of one token."""
TAG = TOKEN_TYPES.index("keyword")
"""The type of a tag."""
ISSUE_ID = TOKEN_TYPES.index("variable")
"""The type of an issue's id."""
PAST = 1 << TOKEN_MODIFIERS.index("deprecated")
"""The modifier of the id of an issue that was closed, or merged into another."""


class Token(NamedTuple):
    """A word to be coloured; columns in the client's units."""

    line: int
    start: int
    end: int
    kind: int
    modifiers: int = 0


class TokenEdit(NamedTuple):
    """`deleted` numbers from `start` on become `numbers`."""

    start: int
    deleted: int
    numbers: list[int]


def encoded(tokens: Iterable[Token]) -> list[int]:
    """The numbers of some tokens, in any order; of those that overlap the first counts."""
    return [number for five in _fives(sorted(tokens)) for number in five]


def _fives(tokens: Iterable[Token]) -> Iterator[tuple[int, int, int, int, int]]:
    line = start = end = 0
    for one in tokens:
        if one.line != line:
            line, start, end, down = one.line, 0, 0, one.line - line
        else:
            down = 0
        if one.start >= end and one.end > one.start:
            yield down, one.start - start, one.end - one.start, one.kind, one.modifiers
            start, end = one.start, one.end


def difference(before: Sequence[int], now: Sequence[int]) -> list[TokenEdit]:
    """The one edit that makes the numbers of before those of now, in whole tokens; none when they are the same."""
    same = sum(1 for _ in takewhile(_is_same, zip(before, now, strict=False)))
    same -= same % NUMBERS
    left, left_now = before[same:], now[same:]
    ends = sum(1 for _ in takewhile(_is_same, zip(reversed(left), reversed(left_now), strict=False)))
    ends -= ends % NUMBERS
    deleted, numbers = len(left) - ends, list(left_now[: len(left_now) - ends])
    return [TokenEdit(same, deleted, numbers)] if deleted or numbers else []


def _is_same(pair: tuple[int, int]) -> bool:
    return pair[0] == pair[1]
