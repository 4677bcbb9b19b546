"""Which files a scan looks at: git's lists, else those of a walk.

What only some scans need is imported late.
"""

from __future__ import annotations

import os
import stat
import subprocess
import threading
from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from issuelens.todos.git import GIT_SECONDS, Stop, git_command, git_environment, run_git

if TYPE_CHECKING:
    from pathlib import Path

    from issuelens.todos.ignoring import Ignore
    from issuelens.todos.reading import Inside
    from issuelens.todos.settings import ScanSettings

ARGUMENTS: Final = 200
"""Names that git is given as arguments; for more it lists all."""
LEFT_OUT: Final = frozenset((b".git", b".hg", b".svn", b".issues"))
"""Names of folders in which nothing is looked for."""


class GitLists:
    """The two lists of git, asked for at once. A list is its names joined by NUL; see `searched` and `names_of`."""

    def __init__(self, root: Path | str) -> None:
        self._tracked = _Listing(root, "--cached", "--deduplicate")
        self._untracked = _Listing(root, "--others", "--exclude-standard")

    def tracked(self) -> bytes | None:
        """The tracked files; None when git has none to tell."""
        return self._tracked.result()

    def untracked(self) -> bytes | None:
        """Those that are neither tracked nor ignored; None when git fails."""
        return self._untracked.result()


class _Listing:
    """One run of git, and the thread that reads what it prints while others work; it ends with this process."""

    def __init__(self, root: Path | str, *arguments: str) -> None:
        self._output: bytes | None = None
        self._process = _begun(root, "ls-files", "-z", *arguments)
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def result(self) -> bytes | None:
        """The list, which is not kept; waits for it."""
        self._thread.join()
        output, self._output = self._output, None
        return output

    def _read(self) -> None:
        if self._process is None:
            return
        try:
            output, _ = self._process.communicate(timeout=GIT_SECONDS)
        except subprocess.SubprocessError:
            self._process.kill()
            return
        if not self._process.returncode:
            self._output = output.removesuffix(b"\0")


def _begun(root: Path | str, *arguments: str) -> subprocess.Popen[bytes] | None:
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


def searched(listed: bytes) -> bytes:
    """A list of git's without what lies in a folder in which nothing is looked for."""
    for name in LEFT_OUT:
        listed = b"".join(_outside(listed, name + b"/"))
    return listed


def _outside(listed: bytes, folder: bytes) -> Iterator[bytes]:
    """The parts of a list between the files that are in such a folder: few lists have any, and none has many."""
    kept = at = 0
    while (at := listed.find(folder, at)) >= 0:
        if at > 0 and listed[at - 1] not in b"/\0":
            at += len(folder)  # only the end of a folder's name
            continue
        yield listed[kept : listed.rfind(b"\0", 0, at) + 1]
        kept = at = listed.find(b"\0", at) + 1 or len(listed)
    yield listed[kept:]


def names_of(listed: bytes) -> list[bytes]:
    """The files of a list of git's, sorted."""
    # A name that ends with a slash is a repository of its own.
    return sorted(name for name in listed.split(b"\0") if name and not name.endswith(b"/"))


class Excluded:
    """Says which names the settings leave out."""

    def __init__(self, patterns: Sequence[str]) -> None:
        self._ignore = _ignore(patterns) if patterns else None
        self._folders: dict[bytes, bool] = {b"": False}

    def kept(self, names: list[bytes]) -> list[bytes]:
        """Those that are not left out."""
        return names if self._ignore is None else [name for name in names if not self.holds(name)]

    def holds(self, name: bytes) -> bool:
        """Whether a file, or a folder above it, is left out."""
        if self._ignore is None:
            return False
        return self._holds_folder(name[: name.rfind(b"/") + 1], self._ignore) or self._ignore.says(name) is True

    def _holds_folder(self, folder: bytes, ignore: Ignore) -> bool:
        found = self._folders.get(folder)
        if found is None:
            above = folder[: folder.rfind(b"/", 0, -1) + 1]
            found = self._holds_folder(above, ignore) or ignore.says(folder[:-1] + b"\0") is True
            self._folders[folder] = found
        return found


def _ignore(patterns: Sequence[str]) -> Ignore:
    from issuelens.todos.ignoring import Ignore

    return Ignore([os.fsencode(pattern) for pattern in patterns])


def counted(root: Path, paths: Collection[str], settings: ScanSettings, stop: Stop | None = None) -> list[str]:
    """Which of these paths a scan would look at; see `engine.counted`."""
    from issuelens.todos.reading import Inside

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
    # Else git takes a colon at a name's beginning for a word of its own, and no option has it leave that here.
    given = b"".join(b"./" + name + b"\0" for name in names)
    try:
        run_git(root, "rev-parse", "--is-inside-work-tree", stop=stop)
        listed = _listed(root, ("check-ignore", "-z", "--stdin", "--no-index"), stop, given)
        ignored = {name.removeprefix(b"./") for name in listed}
        if not ignored:
            return set()
        # What is tracked counts, whatever .gitignore says.
        return ignored - _tracked_of(root, sorted(ignored), stop)
    except (OSError, subprocess.SubprocessError):
        from issuelens.todos.walk import Rules

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
