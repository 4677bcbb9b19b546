"""The TODOs of versions of a text that lenses were shown for: a lens of an earlier version may be clicked."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from difflib import SequenceMatcher
from operator import eq
from typing import Final, TypeVar

from attrs import define, field

from issuelens.todos.grammar import TodoComment

_One = TypeVar("_One")

VERSIONS: Final = 4
"""Versions of one text that are remembered."""
CHANGED_LIMIT: Final = 100
"""TODOs between the unchanged ones, at most: to compare them takes the square of it."""


@define(eq=False)
class _Version:
    """The TODOs of a version, and their keys once they are known."""

    todos: Sequence[TodoComment]
    keys: tuple[str, ...] = ()


@define(eq=False)
class ShownTodos:
    """The latest versions of one text for which lenses were shown. No key is needed for that: they take their time."""

    _versions: dict[int, _Version] = field(factory=dict)

    def add(self, version: int, todos: Sequence[TodoComment]) -> None:
        """Lenses are shown on these TODOs."""
        self._versions.setdefault(version, _Version(todos))
        while len(self._versions) > VERSIONS:
            del self._versions[min(self._versions)]

    def keyed(self, version: int, todos: Sequence[TodoComment], keys: tuple[str, ...]) -> None:
        """These are the keys of a version's TODOs."""
        known = self._versions.get(version)
        if known is not None and known.todos is todos:
            known.keys = keys

    def again(
        self, version: int, line: int, now: Sequence[TodoComment], keys: Callable[[], Sequence[str]]
    ) -> int | None:
        """Which of the TODOs of now is the one that stood on a line of a version; None when that can't be told.

        Args:
            version: for which a lens was shown.
            line: of the lens.
            now: the TODOs of the text as it is.
            keys: gives their keys.
        """
        shown = self._versions.get(version)
        at = None if shown is None else _on_line(shown.todos, line)
        if shown is None or at is None:
            return None
        if shown.keys:
            present = list(keys())
            return present.index(shown.keys[at]) if shown.keys[at] in present else None
        return aligned(at, [_words(one) for one in shown.todos], [_words(one) for one in now])


def _on_line(todos: Sequence[TodoComment], line: int) -> int | None:
    return next((at for at, one in enumerate(todos) if one.line == line), None)


def _words(one: TodoComment) -> tuple[str, str]:
    # Not the id: to write it is what lenses are clicked for.
    return one.tag, one.text


def unchanged_ends(
    before: Sequence[_One], now: Sequence[_One], is_alike: Callable[[_One, _One], bool]
) -> tuple[int, int]:
    """How many at the beginning, and how many of the others at the end, are alike."""
    shorter = min(len(before), len(now))
    start = next((n for n in range(shorter) if not is_alike(before[n], now[n])), shorter)
    rest = shorter - start
    end = next((n for n in range(rest) if not is_alike(before[-1 - n], now[-1 - n])), rest)
    return start, end


def aligned(at: int, before: Sequence[Hashable], now: Sequence[Hashable]) -> int | None:
    """Where something is now; None when that can't be told. What did not change stands before and behind what did."""
    start, end = unchanged_ends(before, now, eq)
    if at < start:
        return at
    if at >= len(before) - end:
        return at + len(now) - len(before)
    found = _between(at - start, before[start : len(before) - end], now[start : len(now) - end])
    return None if found is None else start + found


def _between(at: int, before: Sequence[Hashable], now: Sequence[Hashable]) -> int | None:
    """The same where much has changed: what is between two that are alike on both sides, one for one, is the same."""
    if max(len(before), len(now)) > CHANGED_LIMIT:
        return None
    for kind, old, last, new, last_new in SequenceMatcher(None, before, now, autojunk=False).get_opcodes():
        if old <= at < last:
            is_told = list(before).count(before[at]) == list(now).count(before[at])
            if (kind == "equal" and is_told) or (kind == "replace" and last - old == last_new - new):
                return new + at - old
    return None
