"""`conflicts`, `conflicts list`, `conflicts settle`."""

from __future__ import annotations

from typing import Any

import click

from issuelens.cli.context import Cli
from issuelens.cli.options import COUNT, ISSUE_ID, IssueId, dry_run_option, json_option
from issuelens.cli.output import counted, on_terminal, one_line, write, write_changed, write_json
from issuelens.domain.conflict import DISMISS, MINE, OTHER, THEIRS, brief_value
from issuelens.ipc import methods


class _Field(click.ParamType):  # type: ignore[type-arg] # generic in newer click only
    """A field of an open conflict; those of the issue are offered."""

    name = "text"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[Any]:  # noqa: ARG002 - click's signature
        """Those that begin like this."""
        from click.shell_completion import CompletionItem

        from issuelens.domain.errors import IssuelensError

        ids = [ctx.params["issue_id"]] if ctx.params.get("issue_id") else None
        try:
            cli = ctx.obj or Cli.made(ctx.find_root().params.get("directory"), None)
            found = cli.read(methods.CONFLICTS, ids=ids)["conflicts"]
        except IssuelensError:
            return []
        return [CompletionItem(one["field"]) for one in found if one["field"].startswith(incomplete)]


@click.group(invoke_without_command=True)
@json_option
@click.pass_context
def conflicts(ctx: click.Context, as_json: bool) -> None:
    """Look at what merges have settled, and decide otherwise. Without a verb, the open ones are listed."""
    if ctx.invoked_subcommand is None:
        _list(ctx.obj, (), everything=False, as_json=as_json)


@conflicts.command("list")
@click.argument("ids", nargs=-1, metavar="[ID]...", type=ISSUE_ID)
@click.option("--all", "everything", is_flag=True, help="Those that are settled, too.")
@json_option
@click.pass_obj
def list_conflicts(cli: Cli, ids: tuple[str, ...], everything: bool, as_json: bool) -> None:
    """List the fields that both sides of a merge had changed: the value that stays, and the other one.

    Example: issuelens conflicts list app-1a2b --all
    """
    _list(cli, ids, everything=everything, as_json=as_json)


def _list(cli: Cli, ids: tuple[str, ...], *, everything: bool, as_json: bool) -> None:
    found = cli.read(methods.CONFLICTS, ids=ids or None, settled=everything or None)["conflicts"]
    if as_json:
        write_json(found)
        return
    for one in found:
        _write_conflict(one)
    if not found and on_terminal():
        write("No conflicts.")


def _write_conflict(one: dict[str, Any]) -> None:
    settled = f", settled by {one['settled_by']} ({one['settled']})" if one["settled_by"] else ""
    write(f"{one['issue_id']}  {one_line(one['field'])}  {one_line(one.get('title', ''))}{settled}")
    for name, text in (("kept", "stays"), ("other", "does not")):
        write(f"    {brief_value(one[name])} {text}{_side(one['mine'], name)}")


def _side(mine: str | None, name: str) -> str:
    if mine is None:
        return ""
    return " (mine)" if mine == name else " (theirs)"


@conflicts.command()
@click.argument("issue_id", metavar="ID", type=IssueId())
@click.argument("field", required=False, type=_Field())
@click.option("--mine", "take", flag_value=MINE, help="Take this machine's value.")
@click.option("--theirs", "take", flag_value=THEIRS, help="Take the file's value.")
@click.option("--other", "take", flag_value=OTHER, help="Take the value that did not stay, whose it may be.")
@click.option("--dismiss", "take", flag_value=DISMISS, help="Leave the issue as it is.")
@click.option("--number", type=COUNT, help="The one with this number, where a field has several.")
@dry_run_option
@json_option
@click.pass_obj
def settle(cli: Cli, /, issue_id: str, take: str | None, dry_run: bool, as_json: bool, **which: Any) -> None:
    """Settle the open conflicts of an issue, or that of one FIELD. `issuelens undo` opens them again.

    Example: issuelens conflicts settle app-1a2b title --theirs
    """
    if take is None:
        raise click.UsageError("Say how: --mine, --theirs, --other or --dismiss.")
    issues = cli.write(methods.SETTLE_CONFLICTS, id=issue_id, take=take, dry_run=dry_run or None, **which)
    write_changed(issues, "settled", as_json=as_json, dry_run=dry_run)
    left = 0 if as_json or dry_run else cli.read(methods.CONFLICTS, limit=1)["open"]
    if left:
        write(f"{counted(left, 'conflict')} left.")
