"""The TODOs of a workspace by file: those on the disk, and over them those of open documents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator

from issuelens.todos.grammar import TodoComment

Todos = tuple[TodoComment, ...]


class TodoIndex:
    """Plain values, no threads. Paths are relative to the workspace's root, with `/`."""

    def __init__(self) -> None:
        self._scanned: dict[str, Todos] = {}
        self._open: dict[str, tuple[int, Todos]] = {}

    def put_scanned(self, path: str, todos: Todos) -> None:
        """Takes what a file on the disk holds."""
        if todos:
            self._scanned[path] = todos
        else:
            self._scanned.pop(path, None)

    def keep_scanned(self, paths: Collection[str]) -> None:
        """Forgets the files that a whole scan has not seen."""
        for path in self._scanned.keys() - paths:
            del self._scanned[path]

    def put_open(self, path: str, todos: Todos, version: int) -> None:
        """Takes what an open document holds; an older version than the one known is passed over."""
        known = self._open.get(path)
        if known is None or known[0] <= version:
            self._open[path] = (version, todos)

    def forget_open(self) -> None:
        """The files on the disk count again."""
        self._open.clear()

    def of_file(self, path: str) -> Todos:
        """The TODOs of one file."""
        return self._open[path][1] if path in self._open else self._scanned.get(path, ())

    def todos(self) -> Iterator[tuple[str, TodoComment]]:
        """Every TODO with its path, by path and place."""
        for path in sorted(self._scanned.keys() | self._open.keys()):
            for todo in self.of_file(path):
                yield path, todo

    def where(self, issue_id: str) -> list[tuple[str, TodoComment]]:
        """The TODOs that hold an issue's id."""
        return [(path, todo) for path, todo in self.todos() if todo.issue_id == issue_id]

    def counts(self) -> Counter[str]:
        """How many TODOs there are of each tag."""
        return Counter(todo.tag for _, todo in self.todos())
