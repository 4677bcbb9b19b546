"""The name of the branch that a folder is on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from attrs import define, field, frozen

from issuelens.files import identity
from issuelens.ordinary import open_ordinary
from issuelens.todos.git_folder import git_folder

_REF: Final = "ref: refs/heads/"
LIMIT: Final = 1_000
"""Bytes of the file that tells."""
FOLDERS: Final = 64
"""Folders whose branches are remembered."""


def branch_of(root: Path) -> str:
    """The branch of the work tree that a folder is in; empty when it is on none, or not in git.

    As gitrepository-layout(5) says where it stands.
    """
    head = _head_of(root)
    return _named(head) if head is not None else ""


@frozen
class _Read:
    """A branch as it was read, the file that named it, and what told that everything was as it is."""

    head: Path | None
    repositories: tuple[str, ...]
    """Where one would stand that holds the folder, up to the one that does."""
    signs: tuple[object, ...]
    branch: str


@define(eq=False)
class Branches:
    """Remembers branches: git puts a new file in the place of HEAD, which a few system calls see."""

    _known: dict[Path, _Read] = field(factory=dict)

    def known(self, root: Path) -> str | None:
        """The branch of a folder as `read` found it, while it is the same; else None."""
        one = self._known.get(root)
        return one.branch if one is not None and one.signs == _signs(one.head, one.repositories) else None

    def read(self, root: Path) -> str:
        """The branch of a folder, from the disk."""
        head = _head_of(root)
        # Before it is read: what changes meanwhile is seen the next time.
        repositories = tuple(f"{folder}/.git" for folder in _up_to_repository(root))
        signs = _signs(head, repositories)
        branch = _named(head) if head is not None else ""
        if len(self._known) >= FOLDERS:
            self._known.clear()
        self._known[root] = _Read(head, repositories, signs, branch)
        return branch


def _signs(head: Path | None, repositories: Iterable[str]) -> tuple[object, ...]:
    """What changes with HEAD, and when a folder on the way becomes a work tree or ceases to be one."""
    found = [identity(one) for one in repositories]
    if head is None:
        return tuple(found)
    try:
        now = head.stat()
    except OSError:
        return (None, *found)
    return now.st_ino, now.st_dev, now.st_mtime_ns, now.st_size, *found


def _up_to_repository(root: Path) -> Iterator[Path]:
    for folder in (root, *root.parents):
        yield folder
        if (folder / ".git").exists():
            return


def _head_of(root: Path) -> Path | None:
    git = git_folder(root)
    return git / "HEAD" if git is not None else None


def _named(head: Path) -> str:
    text = _read(head).strip()
    return text.removeprefix(_REF) if text.startswith(_REF) else ""


def _read(path: Path) -> str:
    try:
        with open(path, "rb", opener=open_ordinary) as file:
            return file.read(LIMIT).decode("utf-8", "replace")
    except OSError:
        return ""
