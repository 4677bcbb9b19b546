"""The name of the branch that a folder is on."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from issuelens.ordinary import open_ordinary

_REF: Final = "ref: refs/heads/"
LIMIT: Final = 1_000
"""Bytes of the file that tells."""


def branch_of(root: Path) -> str:
    """The branch of the work tree that a folder is in; empty when it is on none, or not in git.

    As gitrepository-layout(5) says where it stands.
    """
    for folder in (root, *root.parents):
        git = folder / ".git"
        if git.is_dir():
            return _head(git)
        if git.is_file():
            return _head((folder / _read(git).removeprefix("gitdir: ").strip()).resolve())
    return ""


def _head(folder: Path) -> str:
    text = _read(folder / "HEAD").strip()
    return text.removeprefix(_REF) if text.startswith(_REF) else ""


def _read(path: Path) -> str:
    try:
        with open(path, "rb", opener=open_ordinary) as file:
            return file.read(LIMIT).decode("utf-8", "replace")
    except OSError:
        return ""
