"""`init`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from issuelens.cli.context import Cli
from issuelens.cli.options import dry_run_option, json_option
from issuelens.cli.output import on_terminal, printable, say, write, write_json
from issuelens.domain.errors import AlreadyExists, Refused
from issuelens.ipc.methods import HELLO
from issuelens.workspace import DIRECTORY_NAME, Workspace, find_workspace, initialise, workspace_at

if TYPE_CHECKING:
    from issuelens.cli.merge_setup import Plan

_HOW = "`issuelens init --git` sets git up to merge issues.jsonl issue by issue."


@click.command()
@click.option("--prefix", help="What ids begin with (default: from the folder's name).")
@click.option("--git/--no-git", "git", default=None, help="Set up git to merge issues.jsonl, or don't ask.")
@click.option("--undo", is_flag=True, help="Take back what init made, but for issues.")
@dry_run_option
@json_option
@click.pass_obj
def init(cli: Cli, prefix: str | None, git: bool | None, undo: bool, dry_run: bool, as_json: bool) -> None:
    """Make this folder a workspace: .issues/ with its settings and database.

    Example: issuelens init --prefix app --git
    """
    if undo:
        if git is not None or prefix is not None:
            raise click.UsageError("--undo goes with --dry-run and --json only.")
        _undo(cli, dry_run, as_json)
        return
    workspace = _own(cli)
    # What can't be set up is told before anything is made.
    plan = _planned(workspace, git)
    is_made = not workspace.is_initialised or prefix is not None or not git
    if is_made:
        workspace = _made(cli, workspace, prefix, plan, dry_run)
    found = _prefix(workspace, prefix)
    if is_made and not as_json:
        _tell(workspace, found, dry_run)
    is_done = _set_up(plan, git, dry_run, as_json)
    if as_json:
        shape: dict[str, Any] = {"workspace": str(workspace.root), "directory": str(workspace.directory)}
        write_json(shape | {"prefix": found, "git": None if plan is None else plan.shape | {"done": is_done}})


def _own(cli: Cli) -> Workspace:
    """The workspace of the folder itself, not that of one above it."""
    folder = cli.folder.resolve()
    found = workspace_at(folder)
    is_its = found.root == folder or found.directory.parent != found.root
    return found if is_its else Workspace(folder, folder / DIRECTORY_NAME)


def _planned(workspace: Workspace, git: bool | None) -> Plan | None:
    """What is to be set up; None when nobody wants that, or it can't be."""
    # Imported here: no other command needs it.
    from issuelens.cli.merge_setup import is_in_git, planned

    if git is False or (git is None and not is_in_git(workspace)):
        return None
    try:
        return planned(workspace)
    except Refused as error:
        if git:
            raise
        if not workspace.is_initialised:
            say(error.message)
        return None


def _made(cli: Cli, workspace: Workspace, prefix: str | None, plan: Plan | None, dry_run: bool) -> Workspace:
    if dry_run and not workspace.is_initialised:
        return workspace
    try:
        made = initialise(cli.folder, prefix)
    except AlreadyExists as error:
        raise AlreadyExists(
            f"{error.message} {_HOW}" if plan is not None and plan.changes else error.message
        ) from error
    from issuelens import __version__

    # The daemon makes the database; what is wrong with the place is told now and not at the first issue.
    cli.call(made, HELLO, {"version": __version__, "client": "cli"}, None)
    return made


def _set_up(plan: Plan | None, git: bool | None, dry_run: bool, as_json: bool) -> bool:
    """Sets git up, if that is wanted; whether it is."""
    if plan is None:
        return False
    is_wanted = git or (not as_json and _agreed(plan, dry_run))
    if is_wanted and not dry_run:
        plan.apply()
    if git and not as_json:
        _show(plan, dry_run)
    return bool(is_wanted) and not dry_run


def _prefix(workspace: Workspace, prefix: str | None) -> str | None:
    if workspace.is_initialised:
        return workspace.read_config().prefix
    # Imported here: only a rehearsal has to say what would be.
    from issuelens.domain.ids import checked_prefix, prefix_from_name

    return checked_prefix(prefix) if prefix is not None else prefix_from_name(workspace.root.name)


def _tell(workspace: Workspace, prefix: str | None, dry_run: bool) -> None:
    if dry_run and not workspace.is_initialised:
        write(f"{workspace.root} would be initialised; its issues would begin with {prefix}-.")
        return
    write(f"{workspace.root} is initialised; its issues begin with {prefix}-.")
    write(
        f"Share {workspace.directory.name}/ with git: it keeps settings, templates and issues.jsonl there; "
        "the rest stays on this machine."
    )


def _agreed(plan: Plan, dry_run: bool) -> bool:
    """Asks a person whether to do it; tells others how it is done."""
    if not plan.changes:
        return False
    if dry_run or not (on_terminal() and sys.stdin.isatty()):
        write(_HOW)
        return False
    write("Git can merge issues.jsonl issue by issue, so that no pull stops on it. This would be changed:")
    _list(plan)
    return click.confirm("Set it up?", default=True)


def _show(plan: Plan, dry_run: bool) -> None:
    if not plan.changes:
        write("Git is set up to merge issues.jsonl.")
    else:
        write("Git would be set up to merge issues.jsonl:" if dry_run else "Git merges issues.jsonl from now on:")
    _list(plan)


def _list(plan: Plan) -> None:
    for one in (*plan.changes, *plan.remarks):
        write(f"  {printable(str(one))}")


def _undo(cli: Cli, dry_run: bool, as_json: bool) -> None:
    from issuelens.cli.merge_setup import planned_undo
    from issuelens.cli.removal import reason_to_stay, remove

    workspace = _own(cli)
    above = None if workspace.is_initialised else find_workspace(cli.folder)
    if above is not None:
        raise Refused(f"The workspace is {above.root}. Run `issuelens init --undo` there.")
    plan = planned_undo(workspace)
    reason = reason_to_stay(cli, workspace) if workspace.is_initialised else None
    is_removed = workspace.is_initialised and reason is None
    if not dry_run:
        plan.apply()
        if is_removed:
            remove(workspace)
    if as_json:
        write_json({"workspace": str(workspace.root), "git": plan.shape, "removed": is_removed, "reason": reason})
    else:
        _show_undone(workspace, plan, is_removed, reason, dry_run)


def _show_undone(workspace: Workspace, plan: Plan, is_removed: bool, reason: str | None, dry_run: bool) -> None:
    if plan.changes or plan.remarks:
        write("This would be taken back:" if dry_run else "This was taken back:")
        _list(plan)
    if reason is not None:
        write(f"{workspace.directory} stays: {reason}")
    elif is_removed:
        write(f"{workspace.directory} {'would be' if dry_run else 'is'} removed.")
    elif not plan.changes:
        write(f"In {workspace.root} there is nothing to take back.")
