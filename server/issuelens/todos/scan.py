"""Reads the files of a workspace and finds their TODOs. Which files those are is git's to say, where there is git."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable, Collection, Generator, Iterator, Sequence
from pathlib import Path
from typing import Final

from attrs import frozen
from pathspec import GitIgnoreSpec

from issuelens.domain.config import is_bounded_pattern
from issuelens.ordinary import open_ordinary
from issuelens.todos.git import Stop, run_git
from issuelens.todos.grammar import TodoComment, find_todos
from issuelens.todos.languages import language_for
from issuelens.todos.settings import SIZE_LIMIT

BINARY_PROBE: Final = 8_192
"""Bytes in which a NUL makes a file binary."""
LEFT_OUT: Final = frozenset({".git", ".hg", ".svn", ".issues"})

Finder = Callable[[bytes], bool]


@frozen
class Skipped:
    """A file that was passed over, and why."""

    path: str
    reason: str


def list_files(root: Path, *, exclude: Sequence[str] = (), stop: Stop | None = None) -> list[str]:
    """The files of a workspace, relative to its root with `/`, sorted: tracked ones and untracked ones not ignored.

    Args:
        root: the workspace's root.
        exclude: patterns as in .gitignore, relative to the root.
        stop: ends it; what was found until then is no list of all.
    """
    stop = stop or Stop()
    left_out = _patterns(exclude)
    found = _git_files(root, stop)
    names = found if found is not None else _walked(root, stop)
    inside = _Inside(root)
    return sorted(
        {
            name
            for name in names
            if not LEFT_OUT & set(name.split("/")) and inside.holds(name) and not left_out.match_file(name)
        }
    )


def _patterns(lines: Sequence[str]) -> GitIgnoreSpec:
    """Those that are patterns and take no time to speak of; others match nothing, as in git."""
    return GitIgnoreSpec.from_lines([line for line in lines if is_bounded_pattern(line) and _is_pattern(line)])


def _is_pattern(line: str) -> bool:
    try:
        GitIgnoreSpec.from_lines([line])
    except ValueError:
        return False
    return True


class _Inside:
    """Says which names stay in a folder: git's own list may name what has become a link to elsewhere."""

    def __init__(self, root: Path) -> None:
        self._root = str(root)
        self._known = {"": True}

    def holds(self, name: str) -> bool:
        """Whether each folder on the way to a file is one, below the root."""
        path = ""
        for part in name.split("/")[:-1]:
            path = f"{path}/{part}"
            if path not in self._known:
                self._known[path] = part not in ("", "..") and not os.path.islink(self._root + path)  # noqa: PTH114 - fast
            if not self._known[path]:
                return False
        return not name.startswith("/")


def _git_files(root: Path, stop: Stop) -> list[str] | None:
    """What git lists; None outside of a work tree or without git."""
    try:
        output = run_git(root, "ls-files", "-z", "--cached", "--others", "--exclude-standard", stop=stop)
    except (OSError, subprocess.SubprocessError):
        return None
    return [os.fsdecode(name) for name in output.split(b"\0") if name]


def _walked(root: Path, stop: Stop) -> Iterator[str]:
    """What a walk finds, without links and without what .gitignore files name."""
    ignores: dict[str, GitIgnoreSpec] = {}
    for folder, folders, files in os.walk(root):
        if stop.is_meant:
            return
        relative = Path(folder).relative_to(root).as_posix()
        if ".gitignore" in files:
            text = read_source(Path(folder) / ".gitignore")
            ignores[relative] = _patterns(text.splitlines() if isinstance(text, str) else [])
        folders[:] = [
            name
            for name in sorted(folders)
            if name not in LEFT_OUT
            and not (Path(folder) / name).is_symlink()
            and not _ignored(ignores, f"{relative}/{name}".removeprefix("./") + "/")
        ]
        for name in files:
            path = f"{relative}/{name}".removeprefix("./")
            if not _ignored(ignores, path):
                yield path


def _ignored(ignores: dict[str, GitIgnoreSpec], path: str) -> bool:
    for folder, spec in ignores.items():
        inner = path if folder == "." else path.removeprefix(f"{folder}/") if path.startswith(f"{folder}/") else ""
        if inner and spec.match_file(inner):
            return True
    return False


def read_source(path: Path) -> str | Skipped:
    """The text of a file as an editor would show it, or why there is none.

    UTF-8, UTF-16 with its mark, else Latin-1. Links are not followed, special files not opened.
    """
    try:
        if path.is_symlink() or not path.is_file():
            return Skipped(str(path), "it is not an ordinary file")
        with open(path, "rb", opener=open_ordinary) as file:
            content = file.read(SIZE_LIMIT + 1)
    except OSError as error:
        return Skipped(str(path), f"it can't be read: {error.strerror}")
    return _decoded(str(path), content)


def _decoded(path: str, content: bytes) -> str | Skipped:
    if len(content) > SIZE_LIMIT:
        return Skipped(path, f"it is larger than {SIZE_LIMIT:,} bytes")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    if b"\0" in content[:BINARY_PROBE]:
        return Skipped(path, "it is binary")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def finder(tags: Sequence[str]) -> Finder:
    """Says whether a file's bytes hold one of the tags; uses a compiled matcher where it is there."""
    try:
        from ahocorasick_rs import BytesAhoCorasick, MatchKind
    except ImportError:
        return plain_finder(tags)
    matcher = BytesAhoCorasick([tag.encode() for tag in tags], matchkind=MatchKind.LeftmostFirst)
    return lambda content: bool(matcher.find_matches_as_indexes(content))


def plain_finder(tags: Sequence[str]) -> Finder:
    """The same without a compiled matcher."""
    wanted = re.compile(b"|".join(re.escape(tag.encode()) for tag in tags))
    return lambda content: wanted.search(content) is not None


def scan_file(
    root: Path, relative: str, *, tags: Sequence[str], prefixes: Collection[str], holds_tag: Finder
) -> list[TodoComment] | Skipped:
    """The TODOs of one file, or why it was passed over."""
    language = language_for(relative)
    if language is None and "." in relative.rpartition("/")[2].lstrip("."):
        return Skipped(relative, "its language is not known")
    text = read_source(root / relative)
    if isinstance(text, Skipped):
        return Skipped(relative, text.reason)
    if not holds_tag(text.encode("utf-8", "replace")):
        return []
    language = language or language_for(relative, first_line=text[:200].partition("\n")[0])
    if language is None:
        return Skipped(relative, "its language is not known")
    return find_todos(text, language, tags=tags, prefixes=prefixes)


def scan_workspace(
    root: Path,
    *,
    tags: Sequence[str],
    prefixes: Collection[str],
    exclude: Sequence[str] = (),
    stop: Stop | None = None,
) -> Generator[tuple[str, list[TodoComment] | Skipped], None, None]:
    """Each file of a workspace with its TODOs or why it was passed over; closing the generator ends the scan."""
    holds_tag = finder(tags)
    for relative in list_files(root, exclude=exclude, stop=stop):
        yield relative, scan_file(root, relative, tags=tags, prefixes=prefixes, holds_tag=holds_tag)
