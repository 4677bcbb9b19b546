"""`epic list`, `epic tree`, `epic add`, `epic remove`, `epic close`."""

from __future__ import annotations

import click

from issuelens.cli.commands.change import change
from issuelens.cli.commands.dep import write_tree
from issuelens.cli.context import Cli
from issuelens.cli.options import (
    ISSUE_ID,
    Selection,
    dry_run_option,
    id_argument,
    json_option,
    selects_issues,
)
from issuelens.cli.output import one_line, write, write_json, write_rows
from issuelens.ipc import methods


@click.group()
def epic() -> None:
    """Look at epics and their progress."""


@epic.command("list")
@click.argument("words", nargs=-1, metavar="[QUERY]...")
@click.option("--all", "everything", is_flag=True, help="Finished ones, too.")
@json_option
@click.pass_obj
def list_epics(cli: Cli, words: tuple[str, ...], everything: bool, as_json: bool) -> None:
    """List epics with how many of the issues below each, at any depth, are finished.

    Example: issuelens epic list
    """
    found = cli.asked(methods.EPICS, query=" ".join(words), all=everything or None)
    if as_json:
        write_json(found)
        return
    rows = [[one["id"], one_line(one["status"]), _progress(one), one_line(one["title"])] for one in found]
    write_rows(rows, ("id", "status", "finished", "title"))


def _progress(one: dict[str, int]) -> str:
    percent = f" ({100 * one['finished'] // one['descendants']} %)" if one["descendants"] else ""
    return f"{one['finished']}/{one['descendants']}{percent}"


@epic.command()
@id_argument
@json_option
@click.pass_obj
def tree(cli: Cli, issue_id: str, as_json: bool) -> None:
    """Show an issue with its children, and theirs.

    Example: issuelens epic tree app-1a2b
    """
    write_tree(cli.read(methods.TREE, id=issue_id, direction="children"), as_json)


@epic.command()
@click.argument("epic_id", metavar="EPIC", type=ISSUE_ID)
@selects_issues()
def add(cli: Cli, chosen: Selection, epic_id: str) -> None:
    """Make issues children of EPIC. Their ids stay as they are.

    Example: issuelens epic add app-1a2b app-9f3c app-77ab
    """
    change(cli, methods.UPDATE, chosen, f"a child of {epic_id}", parent=epic_id)


@epic.command()
@selects_issues()
def remove(cli: Cli, chosen: Selection) -> None:
    """Take issues out of their parent.

    Example: issuelens epic remove app-1a2b.1
    """
    change(cli, methods.UPDATE, chosen, "without a parent", parent="")


@epic.command()
@dry_run_option
@json_option
@click.pass_obj
def close(cli: Cli, dry_run: bool, as_json: bool) -> None:
    """Close the epics whose descendants, the issues below them at any depth, are all finished.

    Example: issuelens epic close --dry-run
    """
    found = cli.read(methods.EPICS)
    finished = tuple(one["id"] for one in found if 0 < one["descendants"] == one["finished"])
    if finished:
        chosen = Selection(finished, None, dry_run, as_json)
        change(cli, methods.CLOSE, chosen, "closed", reason="all of its descendants are finished")
    elif as_json:
        write_json([])
    else:
        write("There is no open epic whose descendants are all finished.")
