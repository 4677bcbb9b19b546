"""`label add`, `label remove`, `label list`."""

from __future__ import annotations

import click

from issuelens.cli.commands.change import change
from issuelens.cli.context import Cli
from issuelens.cli.options import Selection, json_option, selects_issues
from issuelens.cli.output import one_line, write_json, write_rows
from issuelens.ipc import methods

_LABEL = click.argument("label")


@click.group()
def label() -> None:
    """Put labels on issues and take them off."""


@label.command()
@_LABEL
@selects_issues()
def add(cli: Cli, chosen: Selection, label: str) -> None:
    """Put a label on issues.

    Example: issuelens label add backend app-1a2b app-9f3c
    """
    change(cli, methods.UPDATE, chosen, f"labelled {one_line(label)}", add_labels=[label])


@label.command()
@_LABEL
@selects_issues()
def remove(cli: Cli, chosen: Selection, label: str) -> None:
    """Take a label off issues.

    Example: issuelens label remove backend --query label:backend
    """
    change(cli, methods.UPDATE, chosen, f"without label {one_line(label)}", remove_labels=[label])


@label.command("list")
@json_option
@click.pass_obj
def list_labels(cli: Cli, as_json: bool) -> None:
    """List the labels in use, and on how many issues each is.

    Example: issuelens label list
    """
    found = cli.read(methods.STATS)["by_label"]
    if as_json:
        write_json([{"label": name, "issues": count} for name, count in found.items()])
    else:
        write_rows([[one_line(name), str(count)] for name, count in found.items()], ("label", "issues"))
