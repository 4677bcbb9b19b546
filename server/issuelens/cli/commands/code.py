"""`todos`, `refs`: where TODOs and ids stand in the code."""

from __future__ import annotations

from typing import Any

import click

from issuelens.cli.context import Cli
from issuelens.cli.options import id_argument, json_option
from issuelens.cli.output import one_line, write_json, write_rows
from issuelens.ipc import methods


@click.command()
@click.option("--tag", "tags", multiple=True, help="Only this tag, for instance FIXME.")
@click.option("--owner", "owners", multiple=True, help="Only of this person.")
@click.option("--untracked", is_flag=True, help="Only those without an issue.")
@json_option
@click.pass_obj
def todos(cli: Cli, /, as_json: bool, **chosen: Any) -> None:
    """List the TODO comments of the work tree.

    Example: issuelens todos --untracked --tag FIXME
    """
    found = [one for one in cli.read(methods.TODOS) if _is_wanted(one, **chosen)]
    _write_places(found, as_json)


def _is_wanted(one: dict[str, Any], tags: tuple[str, ...], owners: tuple[str, ...], untracked: bool) -> bool:
    return (
        (not tags or one["tag"] in tags)
        and (not owners or one["owner"] in owners)
        and not (untracked and one["issue"] is not None)
    )


@click.command()
@id_argument
@json_option
@click.pass_obj
def refs(cli: Cli, issue_id: str, as_json: bool) -> None:
    """List where an issue stands in the code, by its id or that of one merged into it.

    Example: issuelens refs app-1a2b
    """
    _write_places(cli.read(methods.REFERENCES, id=issue_id), as_json)


def _write_places(found: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        write_json(found)
        return
    rows = [
        [
            f"{one_line(one['path'])}:{one['line']}:{one['column']}",
            one["tag"] or "",
            one["issue"] or "",
            one_line(one["text"]),
        ]
        for one in found
    ]
    write_rows(rows, ("place", "tag", "issue", "text"))
