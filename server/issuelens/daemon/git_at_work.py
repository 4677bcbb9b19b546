"""Whether a shared file is left as git has put it: in the midst of something, and after a switch or a pull."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Final

from issuelens.todos.git import drivers_off, run_git
from issuelens.todos.git_folder import git_folder
from issuelens.workspace import Workspace

_SIGNS: Final = (
    *("index.lock", "rebase-merge", "rebase-apply", "sequencer"),
    *("MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD"),
)
"""What is in git's folder meanwhile (gitrepository-layout(5), git-rebase(1), git-cherry-pick(1))."""


def is_git_at_work(folder: Path) -> bool:
    """Whether a merge, rebase, cherry-pick or revert is under way, or git writes its index, where a folder is."""
    found = git_folder(folder)
    return found is not None and any((found / sign).exists() for sign in _SIGNS)


def is_as_in_git(workspace: Workspace) -> bool:
    """Whether git carries the shared files, and they are as in its index; not where git can't say."""
    folder, paths = workspace.directory, (workspace.jsonl.name, f":(glob){workspace.shards.name}/*.jsonl")
    try:
        if not run_git(folder, "ls-files", "-z", "--", *paths):
            return False
        return not run_git(folder, *drivers_off(folder), "ls-files", "-z", "-m", "-o", "--", *paths)
    except (OSError, subprocess.SubprocessError):
        return False
