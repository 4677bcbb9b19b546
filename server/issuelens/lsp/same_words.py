"""Which files of a workspace have TODOs that say the same, kept current by what changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from attrs import define, field

from issuelens.todos.found import Marker
from issuelens.todos.index import TodoIndex

FEWEST: Final = 2
"""Words that a TODO has at least for it to count as the same as another one."""
FEW_FILES: Final = 50
"""Files that are read at once without anybody noticing."""


class Elsewhere(NamedTuple):
    """A TODO in another file: the path below the root, the 0-based line, and the tag."""

    path: str
    line: int
    tag: str


def words_of(text: str) -> str:
    """What a TODO says, whatever its capitals and spaces; empty where that is too little to be compared."""
    words = text.casefold().split()
    return " ".join(words) if len(words) >= FEWEST else ""


@define(eq=False)
class SameWords:
    """Words of TODOs without an issue, as numbers, and the files where they stand. Used in one thread at a time.

    `changes` is another number as soon as an answer may be another one.
    """

    changes: int = 0
    _stamps: Mapping[str, object] = field(factory=dict)
    _words: dict[str, frozenset[int]] = field(factory=dict)
    _paths: dict[int, set[str]] = field(factory=dict)

    def differing(self, index: TodoIndex) -> list[str]:
        """The files that hold something else than when they were read."""
        now, before = index.stamps(), self._stamps
        changed = [path for path, stamp in now.items() if path not in before or before[path] != stamp]
        return changed + [path for path in before if path not in now]

    def take(self, index: TodoIndex, paths: Iterable[str]) -> None:
        """Reads these files of an index that nobody changes meanwhile."""
        self._stamps = index.stamps()
        for path in paths:
            now = frozenset(hash(words) for _, words in _compared(index.of_file(path).markers))
            before = self._words.pop(path, frozenset())
            if now:
                self._words[path] = now
            if now != before:
                self._note(path, before, now)
            self.changes += 1

    def _note(self, path: str, before: frozenset[int], now: frozenset[int]) -> None:
        for word in before - now:
            self._paths[word].discard(path)
            if not self._paths[word]:
                del self._paths[word]
        for word in now - before:
            self._paths.setdefault(word, set()).add(path)

    def first(self, index: TodoIndex, text: str, path: str) -> Elsewhere | None:
        """The first TODO that says the same in a file whose path comes before this one; None when there is none."""
        words = words_of(text)
        for other in sorted(one for one in self._paths.get(hash(words), ()) if words and one < path):
            for marker, its in _compared(index.of_file(other).markers):
                if its == words:
                    return Elsewhere(other, marker.line, marker.tag)
        return None


def _compared(markers: Iterable[Marker]) -> Iterator[tuple[Marker, str]]:
    return ((one, words) for one in markers if one.issue_id is None and (words := words_of(one.text)))
