"""What git's merge has settled is noted below .issues/, since no daemon is there: the next sync of one takes it over.

A merge makes one file, whole or not at all, in a folder that git ignores; there is an end to how many and how large.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Any, Final

from attrs import asdict, frozen

from issuelens.domain.moment import timestamp
from issuelens.files import write_atomically
from issuelens.ordinary import make_private_folder, open_ordinary
from issuelens.repository.notes import NOTES_FOLDER
from issuelens.sync.merge import OURS, THEIRS, Conflict
from issuelens.todos.git_folder import is_rebasing
from issuelens.workspace import DIRECTORY_NAME, Workspace, find_workspace

FILES: Final = 100
"""Merges that are noted until somebody takes them over."""
SIZE: Final = 4_000_000
"""Characters of one of them; what is beyond is told only."""
TOTAL_SIZE: Final = 16_000_000
"""Bytes of all of them that are read: they may have come with a repository."""
_END: Final = ".json"
_ACTIONS: Final = ("merge", "pull", "cherry-pick", "revert")


@frozen
class Note:
    """What a merge has settled: which side was this machine's (None: not known), when, and what."""

    path: Path
    mine: str | None
    at: str
    conflicts: tuple[Conflict, ...]


def note(name: str, conflicts: Sequence[Conflict], folder: Path, environment: Mapping[str, str]) -> None:
    """Notes the conflicts of a merge, where a workspace of this machine is that can take them over.

    Args:
        name: the file's path in the work tree, as git gives it.
        conflicts: what was settled.
        folder: the top of the work tree, where git starts its drivers.
        environment: of this process, which git has set.

    Raises:
        OSError, StorageError: when they can't be written.
    """
    # With another place for its objects, git only tries what a merge would be.
    is_real = bool(conflicts) and "GIT_OBJECT_DIRECTORY" not in environment
    workspace = _workspace(name, folder) if is_real else None
    if workspace is None:
        return
    shape = {"at": timestamp(datetime.now(UTC)), "mine": whose(folder, environment), "conflicts": _bounded(conflicts)}
    content = json.dumps(shape, default=dict).encode()
    # A sync takes over from there what is settled, when its merge is done.
    apart = environment.get(NOTES_FOLDER)
    place = Path(apart) if apart else workspace.noted
    make_private_folder(place)
    if len(_names(place)) < FILES:
        path = place / f"{hashlib.sha256(content).hexdigest()[:32]}{_END}"
        write_atomically(path, content, 0o600)


def whose(folder: Path, environment: Mapping[str, str]) -> str | None:
    """Which side of a merge that git does is this machine's; None where that is not known.

    A rebase calls the side ours that the work is put on. For others git says what it does (git(1), GIT_REFLOG_ACTION,
    and GITHEAD_... for the heads that are merged); a stash that is applied says nothing.
    """
    if is_rebasing(folder):
        return THEIRS
    is_merge = any(name.startswith("GITHEAD_") for name in environment)
    return OURS if is_merge or environment.get("GIT_REFLOG_ACTION", "").startswith(_ACTIONS) else None


def notes_in(folder: Path) -> list[Note]:
    """What was noted there, the oldest first; what is no note is left alone."""
    if folder.is_symlink():
        return []
    left, found = TOTAL_SIZE, []
    for name in _names(folder):
        one, size = _read(folder / name, left)
        left -= size
        found += [] if one is None else [one]
    return sorted(found, key=lambda one: one.at)


def has_notes(folder: Path) -> bool:
    """Whether something may be noted there."""
    return bool(_names(folder))


def _names(folder: Path) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            names = (one.name for one in islice(entries, 10 * FILES))
            return sorted(name for name in names if name.endswith(_END) and not name.startswith("."))[:FILES]
    except OSError:
        return []


def _workspace(name: str, folder: Path) -> Workspace | None:
    """The workspace whose file it is, when its folder is really there, and this user's own, with a database."""
    parts = PurePosixPath(name).parts
    if DIRECTORY_NAME not in parts or ".." in parts or PurePosixPath(name).is_absolute():
        return None
    root = folder.joinpath(*parts[: parts.index(DIRECTORY_NAME)]).resolve()
    found = find_workspace(root)
    if found is None or found.root != root or not _is_own(found.directory, stat.S_ISDIR):
        return None
    return found if _is_own(found.database, stat.S_ISREG) else None


def _is_own(path: Path, is_right: Any) -> bool:
    try:
        status = path.lstat()
    except OSError:
        return False
    return bool(is_right(status.st_mode)) and (not hasattr(os, "geteuid") or status.st_uid == os.geteuid())


def _bounded(conflicts: Iterable[Conflict]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    size = 0
    for one in conflicts:
        shape = asdict(one)
        size += len(json.dumps(shape, default=dict))
        if size > SIZE:
            break
        found.append(shape)
    return found


def _read(path: Path, limit: int) -> tuple[Note | None, int]:
    """A note, and how many bytes it has; one that is longer than the limit is none."""
    content = b""
    try:
        with open(path, "rb", opener=open_ordinary) as file:
            content = file.read(limit)
        shape = json.loads(content)
        conflicts = tuple(_conflict(one) for one in shape["conflicts"])
        mine = shape["mine"] if shape["mine"] in (OURS, THEIRS) else None
        return Note(path, mine, str(shape["at"]), conflicts), len(content)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None, len(content)


def _conflict(shape: Mapping[str, Any]) -> Conflict:
    texts = (shape["issue_id"], shape["field"], shape["other_at"])
    if not all(isinstance(one, str) for one in texts):
        raise TypeError
    kept_from = shape["kept_from"] if shape["kept_from"] in (OURS, THEIRS) else None
    rest = {"kept_from": kept_from, "other_at": shape["other_at"]}
    return Conflict(shape["issue_id"], shape["field"], shape["kept"], shape["other"], **rest)
