"""The default branch of a repository: when it may have moved, where it is, and what has come to it since.

Whether it may have moved is seen by looking at git's folder only. git's log prints messages and starts nothing:
signatures, which `log.showSignature` of a repository would have looked at by a program, are left alone.
"""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from issuelens.todos.git import GIT_SECONDS, Stop, git_command, git_environment, run_git
from issuelens.todos.git_folder import common_folder

COMMITS: Final = 10_000
"""Commits that may name an issue, of which the newest are read, with"""
BYTES: Final = 32_000_000
"""bytes of messages in all."""
RefStamps = tuple[tuple[int, int], ...]

_REMOTE: Final = tuple(f"refs/remotes/origin/{name}" for name in ("HEAD", "main", "master"))
# A folder changes with each branch in it, since git renames what it has written into its place.
_PLACES: Final = (
    *("packed-refs", "config", "reftable/tables.list", "refs/heads", "refs/heads/main", "refs/heads/master"),
    *("refs/remotes", "refs/remotes/origin", *_REMOTE),
)
_GREP: Final = ("--regexp-ignore-case", "--extended-regexp", "--grep=close|fix|resolve")
_FORMAT: Final = ("-z", "--no-show-signature", "--encoding=UTF-8", "--format=tformat:%m%x00%H%x00%an%x00%at%x00%B")
_FIELDS: Final = 5


class Commit(NamedTuple):
    """A commit that has come to the branch or, when `is_dropped`, was taken from it by a rewritten history."""

    id: str
    author: str
    authored: int
    """Seconds since 1970; a rewritten commit keeps them."""
    message: str
    is_dropped: bool


class Tip(NamedTuple):
    """Where the default branch is: its newest commit and its whole name."""

    commit: str
    branch: str


def ref_stamps(folder: Path, known: Tip | None) -> RefStamps | None:
    """What differs when the default branch may have moved, in the repository that a folder is in; None outside of one.

    Args:
        folder: in the repository.
        known: where it was last.
    """
    common = common_folder(folder)
    places = _PLACES if known is None else (*_PLACES, known.branch)
    return None if common is None else tuple(_stamp(os.path.join(common, place)) for place in places)  # noqa: PTH118


def _stamp(path: str) -> tuple[int, int]:
    try:
        found = os.stat(path)  # noqa: PTH116 - a dozen at each request
    except OSError:
        return (0, 0)
    return found.st_mtime_ns, found.st_ino


def default_tip(folder: Path, stop: Stop) -> Tip | None:
    """Where the default branch is; None where there is none.

    It is that of origin; without any remote, the local one that `init.defaultBranch` names, main or master.

    Raises:
        OSError, subprocess.SubprocessError: when git is not there, fails or is ended.
    """
    return _first(folder, _REMOTE, stop) or _first(folder, _local(folder, stop), stop)


def _first(folder: Path, names: tuple[str, ...], stop: Stop) -> Tip | None:
    if not names:
        return None
    # A name without the last, symref, is that of the branch itself.
    output = run_git(folder, "for-each-ref", "--format=%(refname) %(objectname) %(symref)", *names, stop=stop)
    found = {name: (commit, symref) for name, commit, symref in (one.split(" ") for one in _lines(output))}
    return next((Tip(found[name][0], found[name][1] or name) for name in names if name in found), None)


def _lines(output: bytes) -> list[str]:
    return os.fsdecode(output).removesuffix("\n").split("\n") if output else []


def _local(folder: Path, stop: Stop) -> tuple[str, ...]:
    """The local branches that may be it, none where there is a remote."""
    try:
        listed = ("config", "-z", "--get-regexp", r"^(remote\..*\.url|init\.defaultbranch)$")
        output = run_git(folder, *listed, stop=stop)
    except subprocess.CalledProcessError as error:
        if error.returncode != 1:  # none is set
            raise
        output = b""
    values = dict(one.partition("\n")[::2] for one in os.fsdecode(output).split("\0"))
    if any(name.startswith("remote.") for name in values):
        return ()
    names = (values.get("init.defaultbranch"), "main", "master")
    return tuple(f"refs/heads/{name}" for name in names if name)


def is_commit(folder: Path, name: str, stop: Stop) -> bool:
    """Whether a commit is there."""
    try:
        return bool(run_git(folder, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}", stop=stop))
    except subprocess.CalledProcessError:
        return False


def commits_to(folder: Path, old: str | None, new: str, stop: Stop, limit: int = BYTES) -> list[Commit]:
    """The commits that may name an issue, newest first: what came with `new`, and what is gone, since `old`.

    Args:
        folder: in the repository.
        old: a commit that is there; None: all that led to `new` counts as having come.
        new: the commit at which the branch is.
        stop: ends it from another thread.
        limit: bytes that are read.

    Raises:
        OSError, subprocess.SubprocessError: when git is not there, fails, takes too long or is ended.
    """
    span = (new,) if old is None else ("--left-right", f"{old}...{new}")
    command = git_command(folder, "log", *_FORMAT, *_GREP, f"--max-count={COMMITS}", *span, "--")
    return list(_commits(_bounded(command, stop, limit)))


def _commits(output: bytes) -> Iterator[Commit]:
    fields = output.decode("utf-8", "replace").split("\0")
    for at in range(0, len(fields) - _FIELDS, _FIELDS):
        mark, commit, author, authored, message = fields[at : at + _FIELDS]
        yield Commit(commit, author, int(authored) if authored.isdecimal() else 0, message, mark == "<")


def _bounded(command: list[str], stop: Stop, limit: int) -> bytes:
    """The first bytes of what a program prints."""
    if stop.is_meant:
        raise subprocess.SubprocessError(f"{command[0]} was not started: it was to end")
    pipe, nothing = subprocess.PIPE, subprocess.DEVNULL
    with subprocess.Popen(command, stdin=nothing, stdout=pipe, stderr=nothing, env=git_environment()) as process:
        late = threading.Timer(GIT_SECONDS, process.kill)
        late.start()
        try:
            with stop.ending(process):
                assert process.stdout is not None
                output = process.stdout.read(limit)
                if len(output) == limit:
                    process.kill()
                    return output
                process.wait()
        finally:
            late.cancel()
            late.join()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return output
