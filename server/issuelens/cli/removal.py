"""Taking back `.issues/`, where no issue was ever made."""

from __future__ import annotations

import shutil

from issuelens.cli.context import Cli
from issuelens.domain.errors import IssuelensError, Refused
from issuelens.ipc import methods
from issuelens.ordinary import check_folder
from issuelens.workspace import Workspace

_ISSUES = "issues were made there. `issuelens export FILE` writes them to another file; then delete the folder."
_OWN = ("config.toml", ".gitignore", "issues.jsonl", "templates", "edit", "aside")
_MACHINES = ("issues.db", "daemon.")
"""How the names of this machine's files begin."""


def reason_to_stay(cli: Cli, workspace: Workspace) -> str | None:
    """Why the folder is not removed, and what to do; None when there is nothing in it that a person made."""
    try:
        check_folder(workspace.directory)
        if workspace.jsonl.exists() and workspace.jsonl.read_bytes().strip():
            return _ISSUES
        made = sorted(str(one) for one in workspace.directory.iterdir() if not _is_empty(workspace, one.name))
    except OSError as error:
        return f"it can't be looked into: {error.strerror}."
    if made:
        return f"{made[0]} was made there. Move it away, then run `issuelens init --undo` again."
    return _reason_of_daemon(cli, workspace)


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
    # The first revision is that of the database being made.
    return _ISSUES if found["revision"] > 1 else None


def remove(workspace: Workspace) -> None:
    """Ends the daemon and removes the folder.

    Raises:
        Refused: when it can't be removed; what is left is no workspace any more.
        Unreachable: when the daemon does not end.
    """
    # Imported here: only this command ends a daemon on the way.
    from issuelens.ipc import launch

    launch.stop(workspace)
    try:
        # First what makes it a workspace: nobody starts a daemon in the rest.
        workspace.config_file.unlink(missing_ok=True)
        shutil.rmtree(workspace.directory)
    except OSError as error:
        raise Refused(f"{workspace.directory} can't be removed: {error.strerror}. Remove it by hand.") from error
