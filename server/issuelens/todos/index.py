"""The TODOs and the mentions of issues in a workspace, both ways: by file and by issue.

What the files on the disk hold is in a layer, and over it what open documents hold. Plain values, no threads of its
own; a layer that nobody has yet may be filled in any thread.
"""

from __future__ import annotations

import marshal
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from attrs import define, field, frozen

from issuelens.todos.anchors import carried, with_keys
from issuelens.todos.found import FileFindings, Marker, Mention, findings_from_row, findings_row

ALIAS_LIMIT: Final = 20_000
"""Keys that are known by another one, at most; beyond it all of them count as they come."""

CLOSED_LIMIT: Final = 100
"""Closed documents whose markers are remembered until their files were read."""

_Issues = dict[str, str | list[str]]
"""Issue id -> the paths where it stands; most stand in one."""


@define(eq=False)
class Layer:
    """What files on the disk hold, packed: there may be 20,000 markers, and as an object each takes 450 bytes."""

    aliases: dict[str, str] = field(factory=dict)
    """Keys under which others know a marker that was shown with another one before: theirs -> ours."""
    _files: dict[str, bytes] = field(factory=dict)
    _issues: _Issues = field(factory=dict)

    def __len__(self) -> int:
        return len(self._files)

    def __contains__(self, path: str) -> bool:
        return path in self._files

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def copy(self) -> Layer:
        """The same files, for another thread; where issues stand is not in it."""
        return Layer(self.aliases, dict(self._files))

    def put(self, found: FileFindings) -> None:
        """Takes what a file holds, in the place of what it held; one that holds nothing is not kept."""
        self.put_packed(packed(self.as_shown(found)))

    def put_packed(self, one: Packed) -> None:
        """The same of what was packed before, perhaps in another thread."""
        self.drop(one.path)
        if one.content:
            self._files[one.path] = one.content
            for issue_id in one.issues:
                _add(self._issues, issue_id, one.path)

    def as_shown(self, found: FileFindings) -> FileFindings:
        """What a file holds, its markers with the keys that they were shown with."""
        if not self.aliases or not any(one.key in self.aliases for one in found.markers):
            return found
        markers = (one._replace(key=self.aliases.get(one.key, one.key)) for one in found.markers)
        return found._replace(markers=tuple(markers))

    def drop(self, path: str) -> None:
        """Forgets a file."""
        if path not in self._files:
            return
        for issue_id in issues_of(self.of_file(path)):
            _remove(self._issues, issue_id, path)
        del self._files[path]

    def of_file(self, path: str) -> FileFindings:
        """What a file holds."""
        content = self._files.get(path)
        # Packed by this process, in this memory: `marshal` reads nothing of others here.
        return FileFindings(path) if content is None else findings_from_row([path, *marshal.loads(content)])

    def packed_files(self) -> Mapping[str, bytes]:
        """What each file holds, packed."""
        return self._files

    def paths_of(self, issue_id: str) -> list[str]:
        """Where an issue stands."""
        paths = self._issues.get(issue_id, [])
        return [paths] if isinstance(paths, str) else list(paths)

    def below(self, folder: str) -> list[str]:
        """The files in a folder and in those within it."""
        return [path for path in self._files if path.startswith(f"{folder}/")]


@frozen
class Packed:
    """What a file holds, packed, and the issues in it; nothing for one that holds nothing."""

    path: str
    content: bytes
    issues: frozenset[str]


def packed(found: FileFindings) -> Packed:
    """Packs what a file holds."""
    if not found.markers and not found.mentions:
        return Packed(found.path, b"", frozenset())
    return Packed(found.path, marshal.dumps(findings_row(found)[1:]), frozenset(issues_of(found)))


def issues_of(found: FileFindings) -> set[str]:
    """The issues whose ids a file holds."""
    return {one.issue_id for one in found.markers if one.issue_id} | {one.id for one in found.mentions}


def _add(issues: _Issues, issue_id: str, path: str) -> None:
    paths = issues.get(issue_id)
    if paths is None:
        issues[issue_id] = path
    else:
        issues[issue_id] = [*([paths] if isinstance(paths, str) else paths), path]


def _remove(issues: _Issues, issue_id: str, path: str) -> None:
    paths = issues.get(issue_id)
    left = [one for one in paths if one != path] if isinstance(paths, list) else []
    if left:
        issues[issue_id] = left
    else:
        issues.pop(issue_id, None)


@frozen
class _Open:
    """What an open document holds, in one version of it."""

    version: int
    found: FileFindings


@frozen
class Place:
    """Where an issue's id stands: in a marker's parentheses, or as a mention."""

    path: str
    one: Marker | Mention


class TodoIndex:
    """What a workspace's files hold; open documents count before the disk. Paths are relative to the root, with `/`.

    A marker has the key that it was first shown with, for as long as it can be told again.
    """

    def __init__(self) -> None:
        self._disk = Layer()
        self._open: dict[str, _Open] = {}
        self._closed: dict[str, FileFindings] = {}
        """What documents held that were closed before the disk was read again, the latest CLOSED_LIMIT of them."""
        self._moved: set[str] = set()
        """Keys that went to another file: where they were made, the same text would get them again."""

    # The disk

    @property
    def disk(self) -> Layer:
        """What the files on the disk hold, to be read only."""
        return self._disk

    def fresh_layer(self) -> Layer:
        """An empty layer for `replace`."""
        return Layer(self._disk.aliases)

    def take(self, found: Iterable[FileFindings]) -> set[str]:
        """Takes what some files on the disk hold, markers with their keys; the paths that hold something else now."""
        changed = set()
        for one in found:
            self._learn(one)
            keyed = self._disk.as_shown(one)
            if self._disk.of_file(one.path) != keyed:
                self._disk.put(keyed)
                changed.add(one.path)
        return changed

    def take_packed(self, found: Iterable[Packed]) -> None:
        """Takes what files hold that nobody has seen so far; open documents are taken as by `take`."""
        for one in found:
            self._disk.put_packed(one)
            if one.path in self._open or one.path in self._closed:
                self.take([self._disk.of_file(one.path)])

    def replace(self, layer: Layer) -> None:
        """Takes what all files on the disk hold, in a layer that `fresh_layer` gave."""
        for path in {*self._open, *self._closed}:
            found = layer.of_file(path)
            self._learn(found)
            layer.put(found)
        self._disk = layer

    def carry(self, found: Mapping[str, FileFindings]) -> list[FileFindings]:
        """Files that changed together and have no keys, with keys: of a marker that moved between them, its own.

        Args:
            found: path -> what the file holds now; nothing, when it is gone.
        """
        before = {path: self._disk.of_file(path).markers for path in found}
        keyed = carried(before, {path: one.markers for path, one in found.items()}, self._moved)
        self._note_moved(before, keyed)
        return [one._replace(markers=keyed[path]) for path, one in found.items()]

    def _note_moved(self, before: Mapping[str, Sequence[Marker]], now: Mapping[str, Sequence[Marker]]) -> None:
        known = {one.key for markers in before.values() for one in markers}
        if len(self._moved) > ALIAS_LIMIT:
            self._moved.clear()
        for path, markers in now.items():
            own = {one.key for one in before.get(path, ())}
            self._moved |= {one.key for one in markers if one.key in known and one.key not in own}

    def _learn(self, found: FileFindings) -> None:
        """Notes which markers of a file were shown with another key, when a document was written to it."""
        known = self._open.get(found.path)
        shown = known.found if known is not None else self._closed.pop(found.path, None)
        if shown is None:
            return
        aliases = self._disk.aliases
        if len(aliases) > ALIAS_LIMIT:
            aliases.clear()
        keys = {one.key for one in shown.markers}
        ours = with_keys(found.path, shown.markers, [one._replace(key="") for one in found.markers])
        for theirs, one in zip(found.markers, ours, strict=True):
            if theirs.key not in ("", one.key) and one.key in keys and theirs.key not in keys:
                aliases[theirs.key] = one.key

    # Open documents

    def put_open(self, found: FileFindings, version: int) -> bool:
        """Takes what an open document holds, markers with their keys.

        Returns:
            Whether that is something else than the file held before. An older version than the known one never is.
        """
        known = self._open.get(found.path)
        if known is not None and known.version > version:
            return False
        before = self.of_file(found.path)
        self._open[found.path] = _Open(version, found)
        return before != found

    def close(self, path: str) -> bool:
        """The file on the disk counts again; whether it holds something else than the document did."""
        known = self._open.pop(path, None)
        if known is None or known.found == self._disk.of_file(path):
            return False
        self._closed[path] = known.found
        if len(self._closed) > CLOSED_LIMIT:
            del self._closed[next(iter(self._closed))]
        return True

    # Answers

    def of_file(self, path: str) -> FileFindings:
        """What one file holds."""
        known = self._open.get(path)
        return known.found if known is not None else self._disk.of_file(path)

    def stamps(self) -> dict[str, object]:
        """Each file with a value that is another one as soon as the file holds something else."""
        return {**self._disk.packed_files(), **{path: known.found for path, known in self._open.items()}}

    def key_of(self, key: str) -> str:
        """The key that a marker is shown with, from the one that others know it by."""
        return self._disk.aliases.get(key, key)

    def files(self) -> Iterator[FileFindings]:
        """What each file holds, by path."""
        for path in sorted({*self._disk, *self._open}):
            yield self.of_file(path)

    def todos(self) -> Iterator[tuple[str, Marker]]:
        """Every TODO with its path, by path and place."""
        for found in self.files():
            for one in found.markers:
                yield found.path, one

    def places(self, issue_id: str) -> list[Place]:
        """Where an issue's id stands, by path and place."""
        paths = {*self._disk.paths_of(issue_id), *self._open}
        return [place for path in sorted(paths) for place in _places(self.of_file(path), issue_id)]

    def snapshot(self) -> TodoIndex:
        """The index as it is now, for another thread."""
        copy = TodoIndex()
        copy._disk = self._disk.copy()
        copy._open = dict(self._open)
        return copy

    def counts(self) -> Counter[str]:
        """How many TODOs there are of each tag."""
        return Counter(one.tag for _, one in self.todos())


def _places(found: FileFindings, issue_id: str) -> list[Place]:
    held: Sequence[Marker | Mention] = [
        *(one for one in found.markers if one.issue_id == issue_id),
        *(one for one in found.mentions if one.id == issue_id),
    ]
    return [Place(found.path, one) for one in sorted(held, key=lambda one: (one.line, one.column))]
