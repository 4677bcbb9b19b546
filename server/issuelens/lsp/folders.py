"""The editor's folders that belong to one Session."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

from attrs import define, field


@define(eq=False)
class Folders:
    """Each folder by its URI, with its path as it was named and with links resolved."""

    _paths: dict[str, frozenset[Path]] = field(factory=dict)

    def __len__(self) -> int:
        return len(self._paths)

    def __iter__(self) -> Iterator[str]:
        return iter(tuple(self._paths))

    def add(self, uri: str, path: Path) -> None:
        """Takes a folder."""
        self._paths[unquote(uri)] = frozenset((path, path.resolve()))

    def remove(self, uri: str) -> None:
        """Forgets a folder; one that is not there is passed over."""
        self._paths.pop(unquote(uri), None)

    def paths(self) -> Iterator[tuple[str, Path]]:
        """Each folder's URI with each of its paths."""
        return ((uri, path) for uri, paths in self._paths.items() for path in paths)

    def uri_of(self, path: Path) -> str | None:
        """The URI under which a path was opened itself."""
        return next((uri for uri, paths in self._paths.items() if path in paths), None)

    def depth_of(self, path: Path) -> int:
        """How many parts the folder that holds the path has; -1 when none does."""
        holding = (root for _, root in self.paths() if path == root or path.is_relative_to(root))
        return max((len(root.parts) for root in holding), default=-1)
