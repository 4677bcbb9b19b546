"""`init`."""

from __future__ import annotations

import click

from issuelens.cli.context import Cli
from issuelens.cli.options import json_option
from issuelens.cli.output import write, write_json
from issuelens.ipc.methods import HELLO
from issuelens.workspace import initialise


@click.command()
@click.option("--prefix", help="What ids begin with (default: from the folder's name).")
@json_option
@click.pass_obj
def init(cli: Cli, prefix: str | None, as_json: bool) -> None:
    """Make this folder a workspace: .issues/ with its settings and database.

    Example: issuelens init --prefix app
    """
    from issuelens import __version__

    workspace = initialise(cli.folder, prefix)
    # The daemon makes the database; what is wrong with the place is told now and not at the first issue.
    cli.call(workspace, HELLO, {"version": __version__, "client": "cli"}, None)
    found = workspace.read_config()
    if as_json:
        write_json({"workspace": str(workspace.root), "directory": str(workspace.directory), "prefix": found.prefix})
        return
    write(f"{workspace.root} is initialised; its issues begin with {found.prefix}-.")
    write(
        f"Share {workspace.directory.name}/ with git: it keeps settings, templates and issues.jsonl there; "
        "the rest stays on this machine."
    )
