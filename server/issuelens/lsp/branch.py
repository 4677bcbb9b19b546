"""The name of the branch that a folder is on."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from attrs import define, field, frozen

from issuelens.files import identity
from issuelens.ordinary import open_ordinary

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
class _Head:
    """A file that names a branch, and what told that it is the same one when it was read."""

    path: Path
    signs: tuple[object, ...]
    branch: str


@define(eq=False)
class Branches:
    """Remembers branches: git puts a new file in the place of HEAD, which two system calls see."""

    _known: dict[Path, _Head] = field(factory=dict)

    def known(self, root: Path) -> str | None:
        """The branch of a folder as `read` found it, while it is the same; else None."""
        one = self._known.get(root)
        return one.branch if one is not None and one.signs == _signs(root, one.path) else None

    def read(self, root: Path) -> str:
        """The branch of a folder, from the disk."""
        head = _head_of(root)
        if head is None:
            self._known.pop(root, None)
            return ""
        # Before it is read: what changes meanwhile is seen the next time.
        signs = _signs(root, head)
        if len(self._known) >= FOLDERS:
            self._known.clear()
        self._known[root] = _Head(head, signs, _named(head))
        return self._known[root].branch


def _signs(root: Path, head: Path) -> tuple[object, ...]:
    """What changes with HEAD, and when the folder becomes a work tree of its own."""
    try:
        now = head.stat()
    except OSError:
        return (object(),)
    return now.st_ino, now.st_dev, now.st_mtime_ns, now.st_size, identity(root / ".git")


def _head_of(root: Path) -> Path | None:
    for folder in (root, *root.parents):
        git = folder / ".git"
        if git.is_dir():
            return git / "HEAD"
        if git.is_file():
            return (folder / _read(git).removeprefix("gitdir: ").strip()).resolve() / "HEAD"
    return None


def _named(head: Path) -> str:
    text = _read(head).strip()
    return text.removeprefix(_REF) if text.startswith(_REF) else ""


def _read(path: Path) -> str:
    try:
        with open(path, "rb", opener=open_ordinary) as file:
            return file.read(LIMIT).decode("utf-8", "replace")
    except OSError:
        return ""
