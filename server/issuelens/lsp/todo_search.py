"""The TODOs of a workspace by what somebody types: what is looked for in each, kept from one question to the next."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from itertools import accumulate
from typing import Final, NamedTuple

from attrs import define, field

from issuelens.lsp.fuzzy import Fuzzy, Texts, best, folded
from issuelens.todos.found import Marker
from issuelens.todos.index import TodoIndex

WORDS_LIMIT: Final = 200
"""Characters of a TODO's text that are looked through."""


class FoundTodo(NamedTuple):
    """A TODO that fits, the path of its file, and how badly it fits (see `fuzzy`)."""

    cost: int
    path: str
    marker: Marker


@define(eq=False)
class TodoSearch:
    """Texts of the TODOs of one workspace. Used in one thread at a time."""

    _stamps: dict[str, object] = field(factory=dict)
    """What the files held when they were read last."""
    _files: dict[str, str] = field(factory=dict)
    """Path -> the texts of the file's TODOs, a line each."""
    _texts: Texts = field(factory=lambda: Texts.of(()))
    _paths: list[str] = field(factory=list)
    _beginnings: list[int] = field(factory=list)
    """For each of the paths, the place of its first text."""

    def find(self, index: TodoIndex, query: Fuzzy, limit: int) -> list[FoundTodo]:
        """The TODOs of an index that nobody changes meanwhile which fit best, in the order of their files else."""
        self._take(index)
        costs = query.costs(self._texts, wanted=limit)
        return [self._found(index, costs, number) for number in best(costs, limit)]

    def _found(self, index: TodoIndex, costs: Mapping[int, int], number: int) -> FoundTodo:
        at = bisect_right(self._beginnings, number) - 1
        path = self._paths[at]
        return FoundTodo(costs[number], path, index.of_file(path).markers[number - self._beginnings[at]])

    def _take(self, index: TodoIndex) -> None:
        """Reads what differs from what is known."""
        before, self._stamps = self._stamps, index.stamps()
        if before == self._stamps:
            return
        for path in before.keys() - self._stamps.keys():
            del self._files[path]
        for path, stamp in self._stamps.items():
            if path not in before or before[path] != stamp:
                self._files[path] = "\n".join(_text(path, one) for one in index.of_file(path).markers)
        self._arrange()

    def _arrange(self) -> None:
        self._paths = sorted(path for path, lines in self._files.items() if lines)
        chunks = [self._files[path] for path in self._paths]
        self._texts = Texts.of(chunks)
        self._beginnings = list(accumulate((chunk.count("\n") + 1 for chunk in chunks), initial=0))


def _text(path: str, marker: Marker) -> str:
    owner = f" @{marker.owner}" if marker.owner else ""
    return folded(f"{marker.tag} {marker.text[:WORDS_LIMIT]}{owner} {marker.issue_id or marker.external or ''} {path}")
