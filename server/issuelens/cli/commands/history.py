"""`history`, `undo`."""

from __future__ import annotations

from typing import Any

import click

from issuelens.cli.context import Cli
from issuelens.cli.differences import differences, settled_field
from issuelens.cli.options import COUNT, ISSUE_ID, dry_run_option, json_option
from issuelens.cli.output import one_line, say, write, write_json
from issuelens.cli.progress import progress
from issuelens.ipc import methods

_NAMED = 5
"""Issues that a line names; of more, the number is told."""
_LAST = 50
"""Operations shown when nobody says how many."""


@click.command()
@click.argument("issue_id", metavar="[ID]", required=False, type=ISSUE_ID)
@click.option("-n", "--limit", type=COUNT, help=f"At most so many operations; {_LAST} when not given.")
@click.option("--all", "everything", is_flag=True, help="All operations.")
@json_option
@click.pass_obj
def history(cli: Cli, issue_id: str | None, limit: int | None, everything: bool, as_json: bool) -> None:
    """Show what happened to an issue, or to all, newest first: when, what, by whom, with which client.

    Example: issuelens history app-1a2b -n 5
    """
    if everything and limit is not None:
        raise click.UsageError("Name -n or --all, not both.")
    is_cut = not everything and limit is None
    # One more, to know whether there are more.
    entries = cli.read(methods.HISTORY, id=issue_id, limit=_LAST + 1 if is_cut else limit)["entries"]
    shown = entries[:_LAST] if is_cut else entries
    if as_json:
        write_json(shown)
    for entry in () if as_json else shown:
        _write_entry(entry)
    if len(shown) < len(entries):
        say(f"These are the last {_LAST} operations; --all shows all, -n 200 more of them.")


def _write_entry(entry: dict[str, Any]) -> None:
    event, count = entry["event"], entry["change_count"]
    who = f"{one_line(event['actor'])} ({one_line(event['client'])})"
    ids = [change["issue_id"] for change in entry["changes"][:_NAMED]]
    named = " ".join(ids) if len(ids) == count else f"{count:,} issues"
    what = event["operation"] if event["undoes"] is None else f"undo of {event['undoes']}"
    undone = f", undone by {entry['undone_by']}" if entry["undone_by"] else ""
    write(f"{event['revision']:>5}  {event['at'][:19]}Z  {what:<14} {named}  {who}{undone}")
    for change in entry["changes"][:_NAMED]:
        for line in differences(change["before"] or {}, change["after"] or {}):
            write(f"         {change['issue_id'] + ' ' if count > 1 else ''}{line}")
    for one in entry["conflicts"][:_NAMED]:
        write(f"         {one['issue_id'] + ' ' if count > 1 else ''}{settled_field(one)}")


@click.command()
@click.argument("revision", type=COUNT, required=False)
@click.option("--steps", type=COUNT, help="Take back so many operations, the last ones.")
@dry_run_option
@json_option
@click.pass_obj
def undo(cli: Cli, revision: int | None, steps: int | None, dry_run: bool, as_json: bool) -> None:
    """Take back the last operation, or the one with REVISION (see `history`). Undoing an undo does it again.

    Example: issuelens undo --steps 2
    """
    if revision is not None and steps is not None:
        raise click.UsageError("Name a REVISION or --steps, not both.")
    with progress("Taking back", as_json=as_json) as bar:
        answer = cli.written(methods.UNDO, progress=bar, revision=revision, steps=steps, dry_run=dry_run or None)
    if as_json:
        write_json(answer["issues"])
        return
    verb = "would be" if dry_run else "is"
    for before, issue in zip(answer["before"] or [None] * len(answer["issues"]), answer["issues"], strict=True):
        write(f"{issue['id']} {verb} as before: {one_line(issue['title'])}")
        for line in differences(before or {}, issue) if dry_run else ():
            write(f"  {line}")
