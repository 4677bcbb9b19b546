"""Which way git has led the work tree since its file was looked at last, and what both ways had before they parted.

What sync last read or wrote is the base of a merge as long as the file goes on from there. After a switch of branches
it does not: what the other branch never had would count as removed on it. Git's log of HEAD says so (git-reflog(1)).
"""

from __future__ import annotations

import logging
import re
import subprocess
from collections.abc import Iterable, Mapping
from io import BytesIO
from pathlib import Path
from typing import Final, NamedTuple

from attrs import field, frozen
from sqlalchemy import Connection

from issuelens.daemon.shared_file import id_of, lines_of, text_of
from issuelens.ordinary import open_ordinary
from issuelens.storage import synced, writes
from issuelens.todos.git import run_git
from issuelens.todos.git_folder import git_folder

logger = logging.getLogger(__name__)

_SETTING: Final = "git log of HEAD"
_ENTRY: Final = re.compile(rb"^([0-9a-f]{40,64}) ([0-9a-f]{40,64}) ", re.MULTILINE)
_LIMIT: Final = 1 << 20
"""Bytes of the log that are read, and"""
_COMMITS: Final = 200
"""the commits of it that are compared: the newest."""


class Moves(NamedTuple):
    """How long git's log of HEAD is, and the commits at which HEAD was since it was looked at, the newest last."""

    length: int
    noted: str | None
    commits: tuple[str, ...]

    def note(self, connection: Connection) -> None:
        """Notes that it was looked at so far."""
        if self.noted != str(self.length):
            writes.write_setting(connection, _SETTING, str(self.length))


@frozen
class Fork:
    """What the file had where two branches parted: the ids of its issues, and the lines that are not as their base."""

    ids: frozenset[str] = frozenset()
    lines: Mapping[str, str] = field(factory=dict)


def moves_since(connection: Connection, folder: Path) -> Moves | None:
    """What HEAD has done since it was looked at last; None where git keeps no log."""
    place = git_folder(folder)
    if place is None:
        return None
    noted = writes.read_setting(connection, _SETTING)
    try:
        with open(place / "logs" / "HEAD", "rb", opener=open_ordinary) as file:
            length = file.seek(0, 2)
            begin = length if noted is None else int(noted)
            # A log that was cut says nothing about what is gone: then all of it counts.
            file.seek(max(begin if begin <= length else 0, length - _LIMIT))
            found = _ENTRY.findall(file.read(_LIMIT))
    except OSError:
        return None
    commits = [*(old for old, _ in found[:1]), *(new for _, new in found)]
    return Moves(length, noted, tuple(one.decode() for one in commits if one.strip(b"0")))


def fork_of(connection: Connection, folder: Path, names: Iterable[str], moves: Moves | None) -> Fork | None:
    """What files had where the way of HEAD parted; None when it only went on.

    Args:
        connection: to the database.
        folder: the workspace's.
        names: of the files, relative to it.
        moves: of HEAD.
    """
    now, *before = dict.fromkeys(reversed(moves.commits[-_COMMITS:])) if moves and moves.commits else ("",)
    if not before:
        return None
    try:
        if not run_git(folder, "rev-list", "--max-count=1", *before, "--not", now).strip():
            return None
        commit = _common(folder, now, before)
    except (OSError, subprocess.SubprocessError) as error:
        logger.warning("git does not say how branches parted: %s", error)
        return None
    found: dict[str, str] = {}
    for name in names if commit else ():
        found |= _lines(folder, f"{commit}:./{name}")
    bases = synced.get_lines(connection, found)
    return Fork(frozenset(found), {one: text for one, text in found.items() if bases.get(one) != text})


def _common(folder: Path, now: str, before: Iterable[str]) -> str | None:
    """The commit from which all ways have begun; None when there is none."""
    try:
        return run_git(folder, "merge-base", "--octopus", now, *before).decode().split()[0]
    except subprocess.CalledProcessError as error:
        if error.returncode == 1:
            return None
        raise


def _lines(folder: Path, name: str) -> dict[str, str]:
    """The lines of a file in a commit, by the ids of their issues."""
    try:
        content = run_git(folder, "cat-file", "blob", name)
    except subprocess.CalledProcessError:
        return {}
    found = ((id_of(line.content), text_of(line.content)) for line in lines_of(BytesIO(content)))
    return {issue_id: text for issue_id, text in found if issue_id is not None and text is not None}
