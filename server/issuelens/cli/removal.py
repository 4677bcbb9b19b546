"""Taking back `.issues/`, where no issue was ever made."""

from __future__ import annotations

import shutil
import sqlite3
import sys
from contextlib import closing

from issuelens.cli.context import Cli
from issuelens.domain.errors import IssuelensError, Refused
from issuelens.ipc import methods
from issuelens.ipc.locks import FileLock
from issuelens.ordinary import check_folder
from issuelens.workspace import Workspace

_ISSUES = "issues were made there. `issuelens export FILE` writes them to another file; then delete the folder."
_OWN = ("config.toml", ".gitignore", "issues.jsonl", "issues", "templates", "edit", "aside", "conflicts")
_MACHINES = ("issues.db", "daemon.")
"""How the names of this machine's files begin."""


def reason_to_stay(cli: Cli, workspace: Workspace) -> str | None:
    """Why the folder is not removed, and what to do; None when there is nothing in it that a person made."""
    return _reason_of_files(workspace) or _reason_of_daemon(cli, workspace) or _reason_of_settings(workspace)


def _reason_of_files(workspace: Workspace) -> str | None:
    try:
        check_folder(workspace.directory)
        if any(path.read_bytes().strip() for path in workspace.shared_files):
            return _ISSUES
        made = sorted(str(one) for one in workspace.directory.iterdir() if not _is_empty(workspace, one.name))
    except OSError as error:
        return f"it can't be looked into: {error.strerror}."
    return f"{made[0]} was made there. Move it away, then run `issuelens init --undo` again." if made else None


def _reason_of_settings(workspace: Workspace) -> str | None:
    try:
        changed = workspace.changed_files()
    except OSError as error:
        return f"it can't be looked into: {error.strerror}."
    return (
        f"{changed[0]} is not as `init` made it. If nobody needs what it says, delete the folder." if changed else None
    )


def _is_empty(workspace: Workspace, name: str) -> bool:
    """Whether an entry is a file of ours, or a folder for such files without any."""
    path = workspace.directory / name
    if path.is_dir():
        return name in _OWN and not path.is_symlink() and not any(path.iterdir())
    return name in _OWN or name.startswith(_MACHINES)


def _reason_of_daemon(cli: Cli, workspace: Workspace) -> str | None:
    try:
        found = cli.call(workspace, methods.STATUS, {}, None)
    except IssuelensError as error:
        return f"nobody can say whether it has issues: {error.message}"
    if found["clients"]:
        return f"{found['clients'][0]} has it open. Close that, then run `issuelens init --undo` again."
    return _reason_of_revision(found["revision"])


def _reason_of_revision(revision: int) -> str | None:
    # The first revision is that of the database being made.
    return _ISSUES if revision > 1 else None


def _reason_of_database(workspace: Workspace) -> str | None:
    """As the daemon would say, for when it has ended and its lock is ours, so that nobody can be asked."""
    if not workspace.database.exists():
        return None
    try:
        with closing(sqlite3.connect(f"{workspace.database.as_uri()}?mode=rw", uri=True)) as connection:
            [revision] = connection.execute("SELECT max(revision) FROM operation").fetchone()
    except sqlite3.Error as error:
        return f"nobody can say whether it has issues: {error}."
    return _reason_of_revision(revision or 0)


def remove(workspace: Workspace) -> None:
    """Ends the daemon, looks once more for what was made since the reasons were asked for, and removes the folder.

    Raises:
        Refused: when something was made, or a daemon was started; nothing is removed then. Also when the folder can't
            be removed; what is left is no workspace any more.
        Unreachable: when the daemon does not end.
    """
    # Imported here: only this command ends a daemon on the way.
    from issuelens.ipc import launch

    launch.stop(workspace)
    # As long as it is ours, no daemon writes there.
    lock = FileLock(workspace.daemon_lock)
    try:
        reason = _reason_of_last_look(workspace, lock)
        if reason is not None:
            raise Refused(f"{workspace.directory} stays: {reason}")
        # First what makes it a workspace: nobody starts a daemon in the rest.
        workspace.config_file.unlink(missing_ok=True)
        if sys.platform == "win32":
            lock.release()  # a file that is open can't be removed there
        shutil.rmtree(workspace.directory)
    except OSError as error:
        raise Refused(f"{workspace.directory} can't be removed: {error.strerror}. Remove it by hand.") from error
    finally:
        lock.release()


def _reason_of_last_look(workspace: Workspace, lock: FileLock) -> str | None:
    if not lock.acquire(wait=False):
        return "a daemon was started for it meanwhile. Run `issuelens init --undo` again."
    return _reason_of_files(workspace) or _reason_of_database(workspace) or _reason_of_settings(workspace)
