"""Which TODOs came and went since a commit: its files that differ from the work tree are read and compared by anchors.

Git says which files may differ, by its index and the files' times; nothing of the work tree goes through its filters.
What it names too much does no harm: the TODOs are the same then.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from attrs import frozen

from issuelens.domain.errors import Refused
from issuelens.todos.anchors import carried, with_keys
from issuelens.todos.found import FileFindings, Marker, findings_from_row
from issuelens.todos.git import GIT_SECONDS, Stop, drivers_off, run_git
from issuelens.todos.listing import LEFT_OUT, Excluded
from issuelens.todos.paths import shown_path
from issuelens.todos.reading import Reader
from issuelens.todos.settings import ScanSettings

MAIN_BRANCHES: Final = (
    "refs/remotes/origin/HEAD",
    *(f"refs/heads/{name}" for name in ("main", "master", "trunk")),
    *(f"refs/remotes/origin/{name}" for name in ("main", "master", "trunk")),
)
"""What is taken for the main branch, the first that there is."""
_BYTES: Final = 8_000_000
"""Of older contents that are held at once."""
_OWN: Final = frozenset(map(os.fsdecode, LEFT_OUT))
_FAILED: Final = (OSError, subprocess.SubprocessError)
_Sized = tuple[bytes, bytes, int]
"""A file's name, how git names its content, and its bytes."""


@frozen
class Differing:
    """Where the work tree may differ from a commit.

    `old` has, for each of these files that the commit has, how git names its content; `paths` has all of them.
    """

    commit: str
    old: Mapping[str, str]
    paths: frozenset[str]


@frozen
class Since:
    """The TODOs that are new since a commit, and those that were removed (their places are those in the commit)."""

    new: tuple[tuple[str, Marker], ...]
    removed: tuple[tuple[str, Marker], ...]


# Which commit


def since_commit(root: Path, ref: str | None, stop: Stop | None = None) -> str:
    """The commit that a branch, tag or commit names; None: where HEAD has left the main branch.

    Raises:
        Refused: when there is none, or no git.
        subprocess.SubprocessError: when `stop` ends it.
    """
    stop = stop or Stop()
    if not _is_work_tree(root, stop):
        raise Refused(f"{root} is in no repository that git can read (`git status` says why): it has no history here.")
    if ref is None:
        return _fork(root, stop)
    found = _commit(root, ref, stop) if ref.isprintable() else None
    if found is None:
        raise Refused(f"ref: {ref[:100]!a} is no commit here; name a branch, tag or commit.")
    return found


def _is_work_tree(root: Path, stop: Stop) -> bool:
    return _said(root, stop, "rev-parse", "--is-inside-work-tree") == "true"


def _commit(root: Path, ref: str, stop: Stop) -> str | None:
    return _said(root, stop, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")


def _fork(root: Path, stop: Stop) -> str:
    """Raises Refused when there is no main branch, or HEAD has nothing in common with it."""
    branch = next((one for one in MAIN_BRANCHES if _commit(root, one, stop) is not None), None)
    if branch is None:
        names = "origin/HEAD, main, master or trunk"
        raise Refused(f"ref: no main branch was found here ({names}); name a branch, tag or commit.")
    found = _said(root, stop, "merge-base", "HEAD", branch)
    if found is None:
        name = branch.removeprefix("refs/heads/").removeprefix("refs/remotes/")
        told = f"ref: HEAD and {name} have no commit in common here"
        raise Refused(f"{told}; fetch the whole history (`git fetch --unshallow`), or name a branch, tag or commit.")
    return found


def _said(root: Path, stop: Stop, *arguments: str) -> str | None:
    """What git says in a line; None when it says no."""
    try:
        said = os.fsdecode(run_git(root, *arguments, stop=stop)).strip()
    except _FAILED:
        if stop.is_meant:
            raise
        return None
    return said or None


# Which files


def differing(root: Path, commit: str, stop: Stop | None = None) -> Differing:
    """The files of the work tree that may differ from those of a commit.

    Args:
        root: the workspace's root, which may be below the work tree's top.
        commit: the commit's full name.
        stop: ends git from another thread.

    Raises:
        Refused: when git fails.
        subprocess.SubprocessError: when `stop` ends it.
    """
    stop = stop or Stop()
    raw = ("--raw", "-z", "--relative", "--no-renames", "--no-abbrev", "--ignore-submodules=all")
    try:
        index = run_git(root, "diff-index", "--cached", *raw, commit, stop=stop)
        files = run_git(root, *drivers_off(root, stop), "diff-files", *raw, stop=stop)
        others = run_git(root, "ls-files", "-z", "--others", "--exclude-standard", stop=stop)
    except _FAILED as error:
        if stop.is_meant:
            raise
        raise _refused(error, commit) from error
    old: dict[str, str] = {}
    paths = {os.fsdecode(name) for name in others.split(b"\0") if name}
    for path, name in (*_raw(files, commit), *_raw(index, commit)):
        paths.add(path)
        # The index's word counts: it was compared with the commit, the other only with the index.
        old[path] = name
    return Differing(commit, {path: name for path, name in old.items() if name}, frozenset(paths))


def _raw(output: bytes, commit: str) -> Iterator[tuple[str, str]]:
    """Each path with the name of its older content; empty when it was no ordinary file (git-diff(1), "RAW OUTPUT")."""
    words = iter(output.split(b"\0"))
    for said, name in zip(words, words, strict=False):
        mode, _, old, _, status = said.decode("ascii", "replace").removeprefix(":").split(" ")
        path = os.fsdecode(name)
        if status.startswith("U"):
            yield path, f"{commit}:./{path}" if "\n" not in path else ""
        else:
            yield path, old if mode.startswith("100") else ""


def _refused(error: Exception, commit: str) -> Refused:
    if isinstance(error, subprocess.TimeoutExpired):
        return Refused(f"git took longer than {GIT_SECONDS} s for the files of {commit[:12]}. Try again.")
    return Refused(
        f"The files of {commit[:12]} can't be read from git. `git fsck` finds what is damaged; in a partial clone, "
        f"`git diff {commit[:12]}` fetches what is missing. Then try again."
    )


# What they held


def old_findings(
    root: Path, found: Differing, settings: ScanSettings, stop: Stop | None = None
) -> dict[str, tuple[Marker, ...]]:
    """The TODOs that the files held in the commit, as a scan would have found them there, with keys.

    Raises:
        Refused: when git fails, or lacks the contents.
        subprocess.SubprocessError: when `stop` ends it.
    """
    stop, reader = stop or Stop(), Reader(settings)
    wanted = [path for path in sorted(found.old) if not _OWN & set(path.split("/"))]
    names = Excluded(settings.exclude).kept([os.fsencode(path) for path in wanted])
    held: dict[str, tuple[Marker, ...]] = {}
    try:
        for name, content in _contents(root, names, found, settings.size_limit, stop):
            row = reader.of_content(name, content)
            one = findings_from_row(row) if row is not None else FileFindings("")
            if one.markers:
                held[one.path] = with_keys(one.path, (), one.markers)
    except _FAILED as error:
        if stop.is_meant:
            raise
        raise _refused(error, found.commit) from error
    return held


def _contents(
    root: Path, names: Iterable[bytes], found: Differing, limit: int, stop: Stop
) -> Iterator[tuple[bytes, bytes]]:
    """Each file with its older content, those that are too large left out."""
    asked = [(name, os.fsencode(found.old[os.fsdecode(name)])) for name in names]
    if not asked:
        return
    given = b"".join(old + b"\n" for _, old in asked)
    output = run_git(root, "cat-file", "--batch-check=%(objectsize) %(objecttype)", stop=stop, given=given)
    sized = []
    for (name, old), said in zip(asked, output.split(b"\n"), strict=False):
        size, _, kind = said.rpartition(b" ")
        if kind == b"missing" and b":" not in old:
            raise subprocess.CalledProcessError(1, "git cat-file", said)
        if kind == b"blob" and int(size) <= limit:
            sized.append((name, old, int(size)))
    for part in _parts(sized):
        yield from _read(root, part, stop)


def _parts(sized: Iterable[_Sized]) -> Iterator[list[_Sized]]:
    part: list[_Sized] = []
    held = 0
    for one in sized:
        part.append(one)
        held += one[2]
        if held >= _BYTES:
            yield part
            part, held = [], 0
    if part:
        yield part


def _read(root: Path, part: Sequence[_Sized], stop: Stop) -> Iterator[tuple[bytes, bytes]]:
    output = run_git(root, "cat-file", "--batch", stop=stop, given=b"".join(old + b"\n" for _, old, _ in part))
    place = 0
    for name, _, size in part:
        place = output.index(b"\n", place) + 1
        yield name, output[place : place + size]
        place += size + 1


# What came and went


def compared(before: Mapping[str, Sequence[Marker]], now: Mapping[str, Sequence[Marker]]) -> Since:
    """What is new and what was removed, wherever it moved, by path as it is shown and line.

    Args:
        before: what the files held, with keys; see `old_findings`.
        now: what they hold; the keys don't matter.
    """
    matched = carried(before, now)
    known = {one.key for markers in before.values() for one in markers}
    there = {one.key for markers in matched.values() for one in markers}
    new = [
        (path, one)
        for path in sorted(now, key=shown_path)
        for one, keyed in zip(now[path], matched[path], strict=True)
        if keyed.key not in known
    ]
    removed = [(path, one) for path in sorted(before, key=shown_path) for one in before[path] if one.key not in there]
    return Since(tuple(new), tuple(removed))


def todos_since(
    root: Path, ref: str | None, settings: ScanSettings, now: Mapping[str, Sequence[Marker]], stop: Stop | None = None
) -> Since:
    """All of it, for one who has the TODOs of all files at hand.

    Raises:
        Refused: for a `ref` that is none, or when git can't tell.
    """
    found = differing(root, since_commit(root, ref, stop), stop)
    return compared(old_findings(root, found, settings, stop), chosen(now, found.paths))


def chosen(now: Mapping[str, Sequence[Marker]], paths: Collection[str]) -> dict[str, Sequence[Marker]]:
    """What these files hold."""
    return {path: now[path] for path in paths if path in now}
