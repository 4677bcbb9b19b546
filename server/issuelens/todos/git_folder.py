"""Where git keeps what is about a work tree, and whether it rebases there: by looking only, no git is started."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from issuelens.ordinary import open_ordinary

_POINTER_LIMIT: Final = 4_096
_REBASING: Final = ("rebase-merge", "rebase-apply/rebasing")


def git_folder(folder: Path) -> Path | None:
    """Where git keeps what is about the work tree that a folder is in; None outside of one."""
    for above in (folder, *folder.parents):
        place = above / ".git"
        if place.is_dir():
            return place
        if place.is_file():
            return _led_to(place)
    return None


def common_folder(folder: Path) -> Path | None:
    """Where git keeps what all work trees of the repository share, such as branches; None outside of one."""
    found = git_folder(folder)
    if found is None:
        return None
    try:
        with open(found / "commondir", "rb", opener=open_ordinary) as file:
            return found / file.read(_POINTER_LIMIT).decode("utf-8", "surrogateescape").strip()
    except (OSError, ValueError):
        return found


def is_rebasing(folder: Path) -> bool:
    """Whether a rebase is under way where a folder is: then git calls upstream's side ours, and one's own theirs."""
    found = git_folder(folder)
    return found is not None and any((found / sign).exists() for sign in _REBASING)


def is_merging(folder: Path) -> bool:
    """Whether a merge is under way where a folder is: the files are those of it, and HEAD is still where it was."""
    found = git_folder(folder)
    return found is not None and (found / "MERGE_HEAD").exists()


def _led_to(place: Path) -> Path | None:
    """The folder that the file of a linked work tree or a submodule names."""
    try:
        with open(place, "rb", opener=open_ordinary) as file:
            text = file.read(_POINTER_LIMIT).decode("utf-8", "surrogateescape")
    except OSError:
        return None
    return place.parent / text.removeprefix("gitdir:").strip() if text.startswith("gitdir:") else None
