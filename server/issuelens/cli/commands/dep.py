"""`dep add`, `dep remove`, `dep list`, `dep tree`."""

from __future__ import annotations

from typing import Any

import click

from issuelens.cli.commands.change import change
from issuelens.cli.context import Cli
from issuelens.cli.options import ISSUE_ID, Selection, id_argument, json_option, selects_issues
from issuelens.cli.output import on_terminal, one_line, write, write_json, write_rows
from issuelens.domain.vocabulary import DEPENDENCY_TYPES
from issuelens.ipc import methods

_ON = click.option("--on", "targets", multiple=True, metavar="ID", type=ISSUE_ID, help="What they depend on.")


@click.group()
def dep() -> None:
    """Say which issues depend on which."""


@dep.command()
@_ON
@click.option(
    "-t",
    "--type",
    "kind",
    type=click.Choice(DEPENDENCY_TYPES),
    default="blocks",
    show_default=True,
    help="In which way.",
)
@selects_issues()
def add(cli: Cli, chosen: Selection, targets: tuple[str, ...], kind: str) -> None:
    """Make issues depend on others. Without --on, the last ID is what the others depend on.

    Example: issuelens dep add app-1a2b app-9f3c
    """
    chosen, targets = _split(chosen, targets)
    what = f"dependent on {', '.join(targets)}"
    change(cli, methods.ADD_DEPENDENCIES, chosen, what, depends_on=targets, type=kind)


@dep.command()
@_ON
@click.option("-t", "--type", "kind", help="Only this type; every type when not given.")
@selects_issues()
def remove(cli: Cli, chosen: Selection, targets: tuple[str, ...], kind: str | None) -> None:
    """Take dependencies away. Without --on, the last ID is what the others depend on.

    Example: issuelens dep remove app-1a2b app-9f3c
    """
    chosen, targets = _split(chosen, targets)
    what = f"independent of {', '.join(targets)}"
    change(cli, methods.REMOVE_DEPENDENCIES, chosen, what, depends_on=targets, type=kind)


def _split(chosen: Selection, targets: tuple[str, ...]) -> tuple[Selection, tuple[str, ...]]:
    """The issues, and what they depend on."""
    if targets:
        return chosen, targets
    if len(chosen.ids) + (chosen.query is not None) < 2:
        raise click.UsageError("Name the issue and what it depends on: ID ID, or ID --on ID.")
    return chosen._replace(ids=chosen.ids[:-1]), chosen.ids[-1:]


@dep.command("list")
@id_argument
@json_option
@click.pass_obj
def list_dependencies(cli: Cli, issue_id: str, as_json: bool) -> None:
    """List what an issue depends on, and who depends on it.

    Example: issuelens dep list app-1a2b
    """
    down, up = (cli.read(methods.TREE, id=issue_id, direction=one) for one in ("dependencies", "dependents"))
    found = {"id": down["id"], "depends_on": _flat(down), "dependents": _flat(up)}
    if as_json:
        write_json(found)
        return
    rows = [[word, *_row(one)] for word, name in _DIRECTIONS.items() for one in found[name]]
    write_rows(rows, ("direction", "type", "id", "status", "title"))


_DIRECTIONS = {"depends on": "depends_on", "is needed by": "dependents"}


def _flat(shape: dict[str, Any]) -> list[dict[str, Any]]:
    return [{name: value for name, value in one.items() if name != "branches"} for one in shape["branches"]]


def _row(one: dict[str, Any]) -> list[str]:
    return [one_line(one["type"]), one_line(one["id"]), one_line(one["status"]), one_line(one["title"])]


@dep.command()
@id_argument
@click.option(
    "--direction",
    type=click.Choice(["dependencies", "dependents", "children"]),
    default="dependencies",
    show_default=True,
    help="What hangs on it.",
)
@json_option
@click.pass_obj
def tree(cli: Cli, issue_id: str, direction: str, as_json: bool) -> None:
    """Show what an issue depends on, what that depends on, and so on.

    Example: issuelens dep tree app-1a2b --direction dependents
    """
    write_tree(cli.read(methods.TREE, id=issue_id, direction=direction), as_json)


def write_tree(shape: dict[str, Any], as_json: bool) -> None:
    """Prints an issue with its branches; in a pipe they are indented by two spaces each."""
    if as_json:
        write_json(shape)
    elif on_terminal():
        from issuelens.cli.pictures import print_tree

        print_tree(shape)
    else:
        _write_branch(shape, 0)


def _write_branch(shape: dict[str, Any], depth: int) -> None:
    kind = f"{one_line(shape['type'])} " if shape.get("type", "parent-child") != "parent-child" else ""
    again = " (shown above)" if shape.get("repeated") else ""
    write(f"{'  ' * depth}{kind}{one_line(shape['id'])} {one_line(shape['status'])} {one_line(shape['title'])}{again}")
    for branch in shape["branches"]:
        _write_branch(branch, depth + 1)
