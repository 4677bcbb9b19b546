"""Whether git is in the midst of something in a work tree: then its files are left as git has put them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from issuelens.ordinary import open_ordinary

_SIGNS: Final = (
    *("index.lock", "rebase-merge", "rebase-apply", "sequencer"),
    *("MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD"),
)
"""What is in git's folder meanwhile (gitrepository-layout(5), git-rebase(1), git-cherry-pick(1))."""
_POINTER_LIMIT: Final = 4_096


def is_git_at_work(folder: Path) -> bool:
    """Whether a merge, rebase, cherry-pick or revert is under way, or git writes its index, where a folder is."""
    found = git_folder(folder)
    return found is not None and any((found / sign).exists() for sign in _SIGNS)


def git_folder(folder: Path) -> Path | None:
    """Where git keeps what is about the work tree that a folder is in; None outside of one."""
    for above in (folder, *folder.parents):
        place = above / ".git"
        if place.is_dir():
            return place
        if place.is_file():
            return _led_to(place)
    return None


def _led_to(place: Path) -> Path | None:
    """The folder that the file of a linked work tree or a submodule names."""
    try:
        with open(place, "rb", opener=open_ordinary) as file:
            text = file.read(_POINTER_LIMIT).decode("utf-8", "surrogateescape")
    except OSError:
        return None
    return place.parent / text.removeprefix("gitdir:").strip() if text.startswith("gitdir:") else None
