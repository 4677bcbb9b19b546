"""The files that issues are shared in: issues.jsonl, or shards of it; which issue belongs where; how they were left."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from typing import Final

from attrs import frozen

from issuelens.domain.config import Layout
from issuelens.domain.errors import Refused
from issuelens.domain.shared_names import SHARDS, WHOLE
from issuelens.files import remedy, sync_folder, write_atomically
from issuelens.ordinary import check_folder, check_ordinary
from issuelens.workspace import Workspace

# A part is named by its path below the workspace's folder.
_LAYOUTS: Final = {Layout.FILE: (WHOLE,), Layout.SHARDS: SHARDS}
_SHARDS: Final = frozenset(SHARDS)

Stamp = tuple[int, int, int, int]
Stamps = dict[str, Stamp]
"""The parts that are there, by name."""


def parts_of(layout: Layout) -> tuple[str, ...]:
    """The parts that issues are written to."""
    return _LAYOUTS[layout]


def shard_of(issue_id: str) -> str:
    """The shard of an issue: named for the first byte of its id's SHA-256, so that it is the same in each clone."""
    return SHARDS[sha256(issue_id.encode("utf-8", "surrogatepass")).digest()[0]]


def grouped(layout: Layout, ids: Iterable[str]) -> dict[str, list[str]]:
    """Ids by the part that they belong in, in their order; a part without any is left out."""
    if layout is Layout.FILE:
        return {WHOLE: [*ids]}
    found: dict[str, list[str]] = {}
    for one in ids:
        found.setdefault(shard_of(one), []).append(one)
    return found


# What is there


def stamps_of(workspace: Workspace) -> Stamps:
    """What each part that is there is known by, of either layout.

    Raises:
        Refused: when one can't be looked at, or is no file.
    """
    whole = stamp_of(workspace.jsonl)
    return ({WHOLE: whole} if whole else {}) | _stamps_of_shards(workspace.shards)


def _stamps_of_shards(folder: Path) -> Stamps:
    try:
        if not stat.S_ISDIR(folder.lstat().st_mode):
            raise Refused(f"{folder} is no folder; nothing was changed. Move it away and sync again.")
        with os.scandir(folder) as entries:
            named = ((f"{folder.name}/{one.name}", one) for one in entries)
            return {name: _stamp_of_shard(one) for name, one in named if name in _SHARDS}
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise Refused(f"{folder} can't be read: {error.strerror}. Nothing was changed.") from error


def _stamp_of_shard(entry: os.DirEntry[str]) -> Stamp:
    found = entry.stat(follow_symlinks=False)
    if not stat.S_ISREG(found.st_mode):
        raise Refused(f"{entry.path} is no file; nothing was changed. Move it away and sync again.")
    return stamp_in(found)


def stamp_of(path: Path) -> Stamp | None:
    """What changes when another program writes a file; None when it is not there.

    Raises:
        Refused: when it can't be looked at, or is no file.
    """
    try:
        # Not what a link leads to: its lines would come back as lines of a file that git carries.
        found = path.lstat()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Refused(f"{path} can't be read: {error.strerror}. Nothing was changed.") from error
    if not stat.S_ISREG(found.st_mode):
        raise Refused(f"{path} is no file; nothing was changed. Move it away and sync again.")
    return stamp_in(found)


def stamp_in(found: os.stat_result) -> Stamp:
    """The stamp of a file that was looked at."""
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


# How it was left


@frozen
class Left:
    """A part as it was left: its issues sorted by id, up to a byte; behind it what can't be read."""

    stamp: Stamp
    end: int


@frozen
class Known:
    """All parts as they were left, with all issues of a revision."""

    revision: int
    parts: dict[str, Left]

    @property
    def stamps(self) -> Stamps:
        """What the parts had."""
        return {name: left.stamp for name, left in self.parts.items()}

    def to_text(self) -> str:
        """As it is stored."""
        return json.dumps([self.revision, {name: [list(one.stamp), one.end] for name, one in self.parts.items()}])

    @classmethod
    def from_text(cls, text: str | None) -> Known | None:
        """What was stored; None for nothing."""
        if text is None:
            return None
        revision, parts = json.loads(text)
        return cls(revision, {name: Left(tuple(stamp), end) for name, (stamp, end) in parts.items()})


def share_shards(workspace: Workspace) -> None:
    """Makes the folder of the shards, which git is to share: a workspace of an older version ignores it.

    Raises:
        Refused: when it can't be made.
    """
    try:
        check_folder(workspace.shards)
        if not workspace.shards.is_dir():
            workspace.shards.mkdir(mode=0o775)
            sync_folder(workspace.shards)
        _unignore(workspace.gitignore)
    except OSError as error:
        raise Refused(f"{workspace.shards} can't be used: {error.strerror}.{remedy(error)}") from error


def _unignore(path: Path) -> None:
    check_ordinary(path)
    text = path.read_text("utf-8", "surrogateescape") if path.exists() else None
    if text is None or "!issues/\n" in text or "*\n" not in text:
        return
    whole = text if text.endswith("\n") else f"{text}\n"
    write_atomically(path, f"{whole}!issues/\n!issues/*.jsonl\n".encode("utf-8", "surrogateescape"))
