"""Which files a scan looks at: git's lists, else those of a walk."""

from __future__ import annotations

import os
import stat
import subprocess
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from issuelens.todos.git import GIT_SECONDS, Stop, git_command, git_environment, run_git
from issuelens.todos.ignoring import Ignore
from issuelens.todos.reading import Inside
from issuelens.todos.walk import Rules

if TYPE_CHECKING:
    from issuelens.todos.settings import ScanSettings

ARGUMENTS: Final = 200
"""Names that git is given as arguments; for more it lists all."""


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


class Excluded:
    """Says which names the settings leave out."""

    def __init__(self, patterns: Sequence[str]) -> None:
        self._ignore = Ignore([os.fsencode(pattern) for pattern in patterns])
        self._folders: dict[bytes, bool] = {b"": False}

    def kept(self, names: list[bytes]) -> list[bytes]:
        """Those that are not left out."""
        return names if self._ignore.is_empty else [name for name in names if not self.holds(name)]

    def holds(self, name: bytes) -> bool:
        """Whether a file, or a folder above it, is left out."""
        return self._holds_folder(name[: name.rfind(b"/") + 1]) or self._ignore.says(name) is True

    def _holds_folder(self, folder: bytes) -> bool:
        found = self._folders.get(folder)
        if found is None:
            above = folder[: folder.rfind(b"/", 0, -1) + 1]
            found = self._holds_folder(above) or self._ignore.says(folder[:-1] + b"\0") is True
            self._folders[folder] = found
        return found


def counted(root: Path, paths: Collection[str], settings: ScanSettings, stop: Stop | None = None) -> list[str]:
    """Which of these paths a scan would look at; see `engine.counted`."""
    inside = Inside(os.fsencode(root) + b"/")
    excluded = Excluded(settings.exclude)
    there = {name: path for path in paths if _is_there(root, name := os.fsencode(path), inside, excluded)}
    ignored = _ignored(root, list(there), stop) if there else set()
    return [path for name, path in there.items() if name not in ignored]


def _is_there(root: Path, name: bytes, inside: Inside, excluded: Excluded) -> bool:
    if not inside.holds(name) or excluded.holds(name):
        return False
    try:
        return stat.S_ISREG(os.lstat(os.fsencode(root) + b"/" + name).st_mode)
    except OSError:
        return False


def _ignored(root: Path, names: Sequence[bytes], stop: Stop | None) -> set[bytes]:
    """Those of the names that are ignored and not tracked."""
    given = b"\0".join(names) + b"\0"
    try:
        run_git(root, "rev-parse", "--is-inside-work-tree", stop=stop)
        ignored = _listed(root, ("check-ignore", "-z", "--stdin", "--no-index"), stop, given)
        if not ignored:
            return set()
        # What is tracked counts, whatever .gitignore says.
        return ignored - _tracked_of(root, sorted(ignored), stop)
    except (OSError, subprocess.SubprocessError):
        rules = Rules(str(root))
        return {name for name in names if rules.ignores(name)}


def _tracked_of(root: Path, names: Sequence[bytes], stop: Stop | None) -> set[bytes]:
    if len(names) > ARGUMENTS:
        return _listed(root, ("ls-files", "-z"), stop)
    literally = ("--literal-pathspecs", "ls-files", "-z", "--", *map(os.fsdecode, names))
    return _listed(root, literally, stop)


def _listed(root: Path, arguments: Sequence[str], stop: Stop | None, given: bytes = b"") -> set[bytes]:
    try:
        output = run_git(root, *arguments, stop=stop, given=given)
    except subprocess.CalledProcessError as error:
        if error.returncode != 1:
            raise
        return set()  # check-ignore ends so when nothing is ignored
    return set(output.split(b"\0")) - {b""}
