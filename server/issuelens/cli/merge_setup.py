"""Setting up the merge driver in git: a .gitattributes beside `.issues/`, and settings of the repository.

The settings are this machine's, and all work trees of the repository and all workspaces in it share them.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

from attrs import field, frozen

from issuelens.domain.errors import Refused
from issuelens.files import mode_of, remedy, write_atomically
from issuelens.ordinary import open_ordinary
from issuelens.repository import attributes
from issuelens.repository.driver import driver_command
from issuelens.todos.git import run_git
from issuelens.workspace import DIRECTORY_NAME, Workspace

NAME_KEY: Final = f"merge.{attributes.DRIVER}.name"
DRIVER_KEY: Final = f"merge.{attributes.DRIVER}.driver"
NAME: Final = "Issues, one by one and field by field"
_OURS: Final = re.compile(r" -P -m issuelens merge-driver %O %A %B %P$")
_SETTING: Final = re.compile(r"\w+=")
_LIBRARY: Final = "PYTHONPATH="
_SAMPLES: Final = (f"{DIRECTORY_NAME}/issues.jsonl", f"{DIRECTORY_NAME}/issues/00.jsonl")
"""A path for each of `attributes.PATHS`."""


@frozen
class Change:
    """A change: of a line of a file, or of the setting `key`. `before` or `after` is None for what is not there."""

    place: str
    key: str
    before: str | None
    after: str | None

    def __str__(self) -> str:
        if self.key:
            return f"git config, {self.key}: {self.after or 'unset'}"
        return f"{self.place}: {'-' if self.after is None else '+'} {self.after or self.before}"


@frozen
class Plan:
    """What is to be changed in a repository, and what is left as it is, with the reason."""

    root: Path
    attributes: Path
    before: bytes | None
    after: bytes | None
    settings: Mapping[str, str | None] = field(factory=dict)
    changes: tuple[Change, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def shape(self) -> dict[str, Any]:
        """For JSON."""
        names = ("place", "key", "before", "after")
        changes = [{name: getattr(one, name) for name in names} for one in self.changes]
        return {"changes": changes, "remarks": list(self.remarks)}

    def apply(self) -> None:
        """Does it, all or nothing.

        Raises:
            Refused: when the file or git's settings can't be written; it names what could not be put back.
        """
        _put(self.attributes, self.after, self.before)
        steps = [(str(self.attributes), partial(_put, self.attributes, self.before, self.after))]
        try:
            for key, value in self.settings.items():
                back = partial(_set, self.root, key, _setting(self.root, key, "--local"))
                _set(self.root, key, value)
                steps.append((key, back))
        except Refused as error:
            left = [place for place, back in reversed(steps) if not _is_done(back)]
            if not left:
                raise
            raise Refused(
                f"git's settings can't be written in {self.root}, and {', '.join(left)} could not be put back. "
                "Another git may hold the lock of its settings. When it has ended, run the same command again."
            ) from error


def _is_done(step: Callable[[], None]) -> bool:
    try:
        step()
    except Refused:
        return False
    return True


def is_in_git(workspace: Workspace) -> bool:
    """Whether the workspace's folder is in the work tree of a repository, and git is there to say so."""
    try:
        return run_git(workspace.root, "rev-parse", "--is-inside-work-tree").strip() == b"true"
    except (OSError, subprocess.SubprocessError):
        return False


def planned(workspace: Workspace) -> Plan:
    """What setting it up changes; nothing when it is set up.

    Raises:
        Refused: when there is no repository, or somebody else says how the file is merged.
    """
    if workspace.directory != workspace.root / DIRECTORY_NAME:
        raise Refused(f"{workspace.directory} is not in {workspace.root}, so git does not carry its issues.")
    if not is_in_git(workspace):
        raise Refused(
            f"{workspace.root} is in no work tree that git knows of. Run `git init` there, or see what `git status` "
            "says."
        )
    path = workspace.root / ".gitattributes"
    before = _read(path)
    missing = _missing_paths(workspace.root)
    after = attributes.with_lines(before, missing) if missing else before
    lines = [Change(str(path), "", None, attributes.line_for(one)) for one in missing]
    settings, remarks = _wanted_settings(workspace.root)
    return Plan(workspace.root, path, before, after, settings, (*lines, *_changed(workspace.root, settings)), remarks)


def planned_undo(workspace: Workspace) -> Plan:
    """What taking it back changes; nothing when there is nothing of it.

    Raises:
        Refused: when the file can't be read, or git fails.
    """
    path = workspace.root / ".gitattributes"
    before = _read(path)
    after = None if before is None else attributes.without_lines(before)
    lines = [Change(str(path), "", one, None) for one in _lost(before or b"", after or b"")]
    settings, remarks = _unwanted_settings(workspace.root, path) if is_in_git(workspace) else ({}, ())
    return Plan(workspace.root, path, before, after, settings, (*lines, *_changed(workspace.root, settings)), remarks)


def find_fault(workspace: Workspace) -> str | None:
    """What is wrong with the driver that git would run here; None when nothing is, or when none is set up."""
    if not is_in_git(workspace):
        return None
    if _merges_by(workspace.root).get(_SAMPLES[0]) != attributes.DRIVER:
        return None
    command = _setting(workspace.root, DRIVER_KEY)
    if command is None:
        return "git is to merge issues.jsonl with it, but on this machine it is not set up"
    gone = next((path for path in _places(command) if not path.exists()), None)
    return f"git would start it from {gone}, which is not there any more" if gone else None


# Settings of git


def _places(command: str) -> Iterator[Path]:
    """The absolute paths that a command needs: where its modules are, and the program behind settings of variables."""
    try:
        words = shlex.split(command)
    except ValueError:
        return
    program = next((word for word in words if not _SETTING.match(word)), "")
    libraries = (word.removeprefix(_LIBRARY) for word in words if word.startswith(_LIBRARY))
    for one in (*libraries, program):
        path = Path(one.replace("%%", "%"))
        if path.is_absolute():
            yield path


def _wanted_settings(root: Path) -> tuple[dict[str, str | None], tuple[str, ...]]:
    command = _setting(root, DRIVER_KEY)
    if command is not None and not _OURS.search(command):
        return {}, (f"{DRIVER_KEY} is `{command}` already, which was set by hand; it stays.",)
    wanted: dict[str, str | None] = {NAME_KEY: NAME, DRIVER_KEY: driver_command()}
    return {key: value for key, value in wanted.items() if _setting(root, key) != value}, ()


def _unwanted_settings(root: Path, path: Path) -> tuple[dict[str, str | None], tuple[str, ...]]:
    command = _setting(root, DRIVER_KEY, "--local")
    is_ours = {DRIVER_KEY: command is not None, NAME_KEY: _setting(root, NAME_KEY, "--local") == NAME}
    if not any(is_ours.values()):
        return {}, ()
    if command is not None and not _OURS.search(command):
        return {}, (f"{DRIVER_KEY} is `{command}`, which was set by hand; it stays.",)
    other = next(_others(root, path), None)
    if other is not None:
        return {}, (f"{DRIVER_KEY} stays, since {other} needs it, too.",)
    return {key: None for key, is_found in is_ours.items() if is_found}, ()


def _changed(root: Path, settings: Mapping[str, str | None]) -> Iterator[Change]:
    for key, value in settings.items():
        yield Change("git config", key, _setting(root, key, "--local"), value)


def _setting(root: Path, key: str, *scope: str) -> str | None:
    output = _git(root, "config", *scope, "--get", key)
    return None if output is None else output.decode("utf-8", "replace").removesuffix("\n")


def _set(root: Path, key: str, value: str | None) -> None:
    change = ("--unset-all", key) if value is None else ("--replace-all", key, value)
    _git(root, "config", "--local", *change)


def _git(root: Path, *words: str) -> bytes | None:
    """What git prints; None when it ends with 1, which says that there is no such thing.

    Raises:
        Refused: when it fails otherwise.
    """
    try:
        return run_git(root, *words)
    except subprocess.CalledProcessError as error:
        if error.returncode == 1:
            return None
        told = f"`git {words[0]}` failed in {root} (exit code {error.returncode})"
    except (OSError, subprocess.SubprocessError) as error:
        told = f"git can't be run in {root}: {error}"
    raise Refused(f"{told}; nothing was changed. `git config --local --list` may say why.")


# Attributes


def _missing_paths(root: Path) -> list[str]:
    """Those of the paths that git does not merge with the driver.

    Raises:
        Refused: when it is told to merge one otherwise.
    """
    found = _merges_by(root)
    for sample, value in found.items():
        if value not in (attributes.DRIVER, "unspecified"):
            raise Refused(
                f"{sample} has `{_spelled(value)}` in git's attributes already; nothing was changed. Take that out "
                f"(`git check-attr -a {sample}` shows it), or leave it: `issuelens sync` understands conflict markers."
            )
    pairs = zip(attributes.PATHS, found.values(), strict=True)
    return [path for path, value in pairs if value != attributes.DRIVER]


def _spelled(value: str) -> str:
    return {"unset": "-merge", "set": "merge"}.get(value, f"merge={value}")


def _merges_by(root: Path) -> dict[str, str]:
    """The attribute `merge` of each sample, from wherever git takes it."""
    output = _git(root, "check-attr", "-z", "merge", "--", *_SAMPLES) or b""
    return dict(zip(_SAMPLES, output.decode("utf-8", "replace").split("\0")[2::3], strict=True))


def _others(root: Path, path: Path) -> Iterator[Path]:
    """Other .gitattributes of the repository, in all its work trees, that name the driver."""
    listed = ("ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", ":(top,glob)**/.gitattributes")
    for tree in _work_trees(root):
        for name in (_git(tree, *listed) or b"").split(b"\0"):
            found = tree / os.fsdecode(name)
            if name and found != path and f"merge={attributes.DRIVER}".encode() in (_read_if_can(found) or b""):
                yield found


def _work_trees(root: Path) -> Iterator[Path]:
    own = Path(os.fsdecode((_git(root, "rev-parse", "--show-toplevel") or b"").removesuffix(b"\n")))
    yield own
    for line in (_git(root, "worktree", "list", "--porcelain") or b"").split(b"\n"):
        tree = Path(os.fsdecode(line.removeprefix(b"worktree ")))
        # Of a submodule and of a bare repository, git lists the folder of the repository itself, where no file stands.
        if line.startswith(b"worktree ") and tree.resolve() != own and (tree / ".git").exists():
            yield tree.resolve()


def _lost(before: bytes, after: bytes) -> list[str]:
    """The lines of which there are fewer now."""
    left = after.decode("utf-8", "replace").splitlines()
    lines = before.decode("utf-8", "replace").splitlines()
    return [line for line in dict.fromkeys(lines) if lines.count(line) > left.count(line)]


def _read(path: Path) -> bytes | None:
    try:
        with open(path, "rb", opener=open_ordinary) as file:
            content = file.read(attributes.LIMIT + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Refused(f"{path} can't be read: {error.strerror}. Nothing was changed.") from error
    if len(content) > attributes.LIMIT:
        raise Refused(f"{path} is larger than {attributes.LIMIT:,} bytes. Nothing was changed.")
    return content


def _read_if_can(path: Path) -> bytes | None:
    try:
        return _read(path)
    except Refused:
        return None


def _put(path: Path, content: bytes | None, before: bytes | None) -> None:
    if content == before:
        return
    try:
        if content is None:
            path.unlink()
        else:
            write_atomically(path, content, mode_of(path))
    except OSError as error:
        raise Refused(f"{path} can't be written: {error.strerror}. Nothing was changed.{remedy(error)}") from error
