"""Which files a scan looks at: git's lists, else those of a walk."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from issuelens.todos.git import GIT_SECONDS, git_command, git_environment

if TYPE_CHECKING:
    from issuelens.todos.settings import ScanSettings


class GitLists:
    """The two lists of git, asked for at once; closing ends what still runs."""

    def __init__(self, root: Path) -> None:
        self._tracked = _begun(root, "ls-files", "-z", "--cached", "--deduplicate")
        self._untracked = _begun(root, "ls-files", "-z", "--others", "--exclude-standard")

    def tracked(self) -> list[bytes] | None:
        """The tracked files, sorted; None when git has none to tell."""
        return _names(self._tracked)

    def untracked(self) -> list[bytes] | None:
        """Those that are neither tracked nor ignored, sorted; None when git fails."""
        return _names(self._untracked)

    def close(self) -> None:
        """Ends git."""
        for process in (self._tracked, self._untracked):
            if process is not None:
                process.kill()
                with process:
                    pass


def _begun(root: Path, *arguments: str) -> subprocess.Popen[bytes] | None:
    try:
        return subprocess.Popen(
            git_command(root, *arguments),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=git_environment(),
        )
    except OSError:
        return None


def _names(process: subprocess.Popen[bytes] | None) -> list[bytes] | None:
    if process is None:
        return None
    try:
        output, _ = process.communicate(timeout=GIT_SECONDS)
    except subprocess.SubprocessError:
        return None
    if process.returncode:
        return None
    names = output.split(b"\0")
    names.pop()
    # A name that ends with a slash is a repository of its own.
    return sorted(name for name in names if not name.endswith(b"/"))


def walked(root: Path) -> list[bytes]:
    """What a walk finds, sorted."""
    from issuelens.todos.git import Stop
    from issuelens.todos.scan import _walked

    return sorted(os.fsencode(name) for name in _walked(root, Stop()))


class Excluded:
    """Says which names the settings leave out."""

    def __init__(self, patterns: Sequence[str]) -> None:
        self._spec = None
        if patterns:
            from issuelens.todos.scan import _patterns

            self._spec = _patterns(patterns)

    def kept(self, names: list[bytes]) -> list[bytes]:
        """Those that are not left out."""
        spec = self._spec
        return names if spec is None else [name for name in names if not spec.match_file(os.fsdecode(name))]


def counted(root: Path, paths: Collection[str], settings: ScanSettings) -> list[str]:
    """Which of these paths are in a scan."""
    from issuelens.todos.scan import list_files

    there = set(list_files(root, exclude=settings.exclude))
    return [path for path in paths if path in there]
