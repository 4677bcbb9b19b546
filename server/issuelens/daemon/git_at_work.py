"""Whether git is in the midst of something in a work tree: then its files are left as git has put them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from issuelens.todos.git_folder import git_folder

_SIGNS: Final = (
    *("index.lock", "rebase-merge", "rebase-apply", "sequencer"),
    *("MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD"),
)
"""What is in git's folder meanwhile (gitrepository-layout(5), git-rebase(1), git-cherry-pick(1))."""


def is_git_at_work(folder: Path) -> bool:
    """Whether a merge, rebase, cherry-pick or revert is under way, or git writes its index, where a folder is."""
    found = git_folder(folder)
    return found is not None and any((found / sign).exists() for sign in _SIGNS)
