"""Runs git so that nothing of a repository runs in turn: for lists, blame and older versions of files."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

GIT_SECONDS: Final = 60
"""How long one run of git may take."""

# A .git/config that came with an archive can name programs: a file monitor, hooks, a way to fetch what is missing. And
# a repository can hold a folder that git takes for another repository, with a config of its own.
_RUNS_NOTHING: Final = (
    *("-c", "core.fsmonitor="),
    *("-c", f"core.hooksPath={os.devnull}"),
    *("-c", "safe.bareRepository=explicit"),
)
# Set by a git that runs us as its hook; the repository meant is that of the folder. See git rev-parse --local-env-vars.
_OTHERS_REPOSITORY: Final = frozenset(
    {
        *("GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_NAMESPACE"),
        *("GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_QUARANTINE_PATH"),
    }
)


class Stop:
    """Ends, from another thread, what runs: programs at once, a walk before its next folder."""

    def __init__(self) -> None:
        self.is_meant = False
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[bytes]] = set()

    def now(self) -> None:
        """Ends what runs, and what is yet to begin."""
        with self._lock:
            self.is_meant = True
            for process in self._running:
                process.kill()

    @contextmanager
    def ending(self, process: subprocess.Popen[bytes]) -> Iterator[None]:
        """As long as this is open, `now` ends the process."""
        with self._lock:
            self._running.add(process)
            if self.is_meant:
                process.kill()
        try:
            yield
        finally:
            with self._lock:
                self._running.discard(process)

    def run(self, command: Sequence[str], environment: dict[str, str], given: bytes = b"") -> bytes:
        """What a program prints, which must take less than GIT_SECONDS; it reads `given`.

        Raises:
            OSError, subprocess.SubprocessError: when it fails, takes longer, or is ended.
        """
        pipe = subprocess.PIPE
        taken = pipe if given else subprocess.DEVNULL
        if self.is_meant:  # killing it as it starts would let a quick one through
            raise subprocess.SubprocessError(f"{command[0]} was not started: it was to end")
        with subprocess.Popen(command, stdin=taken, stdout=pipe, stderr=pipe, env=environment) as process:
            try:
                with self.ending(process):
                    output, _ = process.communicate(given or None, timeout=GIT_SECONDS)
            except BaseException:
                process.kill()
                raise
        if process.returncode:
            raise subprocess.CalledProcessError(process.returncode, command)
        return output


def git_command(root: Path | str, *arguments: str) -> list[str]:
    """The command that runs git in a folder, for those who start it themselves."""
    return ["git", *_RUNS_NOTHING, "-C", str(root), *arguments]


def git_environment() -> dict[str, str]:
    """The environment to run git in: it takes no locks, fetches nothing, and looks for the folder's own repository."""
    kept = {name: value for name, value in os.environ.items() if name not in _OTHERS_REPOSITORY}
    return {**kept, "GIT_OPTIONAL_LOCKS": "0", "GIT_NO_LAZY_FETCH": "1", "GIT_ALLOW_PROTOCOL": "none"}


def run_git(root: Path, *arguments: str, stop: Stop | None = None, given: bytes = b"") -> bytes:
    """What git prints in a folder.

    Args:
        root: the folder.
        arguments: the command of git and what it is given.
        stop: ends it from another thread.
        given: what it reads from its standard input.

    Raises:
        OSError, subprocess.SubprocessError: when it is not there, fails, takes longer than GIT_SECONDS, or is ended.
    """
    return (stop or Stop()).run(git_command(root, *arguments), git_environment(), given)


def drivers_off(root: Path, stop: Stop | None = None) -> tuple[str, ...]:
    """Arguments to stand before a command that compares files of the work tree: their content runs through no program.

    `diff-files`, `diff`, `status` and `blame` else run what the repository's settings name as a filter of contents
    (gitattributes, "filter"), which is the only kind of program that no option of git switches off.

    Raises:
        OSError, subprocess.SubprocessError: when git is not there or fails, or for a name that can't be said to git.
    """
    listed = ("config", "-z", "--name-only", "--get-regexp", r"^filter\.")
    try:
        output = run_git(root, *listed, stop=stop)
    except subprocess.CalledProcessError as error:
        if error.returncode != 1:  # none is named
            raise
        return ()
    drivers = sorted({os.fsdecode(name).rpartition(".")[0] for name in output.split(b"\0") if name})
    if any("=" in one for one in drivers):
        raise subprocess.CalledProcessError(1, listed)
    off = ("clean=", "smudge=", "process=", "required=false")
    return tuple(word for one in drivers for key in off for word in ("-c", f"{one}.{key}"))
