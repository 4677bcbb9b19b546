"""`daemon start`, `stop`, `restart`, `status`, `list`, `logs`. (`daemon run` is chosen in `__main__`.)"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import click

from issuelens.cli.context import Cli
from issuelens.cli.options import COUNT, LEVELS, json_option
from issuelens.cli.output import printable, write, write_json, write_rows
from issuelens.domain.errors import Unreachable
from issuelens.ipc import launch, methods
from issuelens.ipc.endpoint import announced, withdraw
from issuelens.ipc.oneshot import Way, call

_STATUS_SECONDS: Final = 5.0
"""How long each daemon may take to answer when all are asked."""


@click.group()
def daemon() -> None:
    """Look at the process that writes this workspace's issues. It starts and ends by itself."""


@daemon.command()
@json_option
@click.pass_obj
def start(cli: Cli, as_json: bool) -> None:
    """Start it, unless it runs.

    Example: issuelens daemon start
    """
    endpoint = launch.ensure_running(cli.workspace)
    _say(as_json, {"running": True, "pid": endpoint.pid}, f"The daemon runs (process {endpoint.pid}).")


@daemon.command()
@json_option
@click.pass_obj
def stop(cli: Cli, as_json: bool) -> None:
    """Stop it, after it has finished what it took.

    Example: issuelens daemon stop
    """
    stopped = launch.stop(cli.workspace)
    _say(as_json, {"stopped": stopped}, "The daemon has ended." if stopped else "No daemon runs here.")


@daemon.command()
@json_option
@click.pass_obj
def restart(cli: Cli, as_json: bool) -> None:
    """Stop it and start it again.

    Example: issuelens daemon restart
    """
    launch.stop(cli.workspace)
    endpoint = launch.ensure_running(cli.workspace)
    _say(as_json, {"running": True, "pid": endpoint.pid}, f"The daemon runs (process {endpoint.pid}).")


def _in_words(sync: dict[str, Any]) -> str:
    """How issues.jsonl and the database stand to each other."""
    since = f", {sync['at']}" if sync["at"] else ""
    settled = f", {sync['conflicts']} conflicts settled" if sync["conflicts"] else ""
    git = "" if sync["git"]["state"] == "off" else f"; git: {sync['git']['text'] or sync['git']['state']}"
    return f"{sync['error'] or sync['state']}{since}{settled}{git}"


@daemon.command()
@json_option
@click.pass_obj
def status(cli: Cli, as_json: bool) -> None:
    """Show what it is and holds; exit code 3 when none runs.

    Example: issuelens daemon status --json
    """
    found = call(cli.workspace, methods.STATUS, {})
    if as_json:
        write_json(found)
        return
    for name, value in found.items():
        if value is None:
            continue  # this platform does not tell it
        shown = ", ".join(value) if isinstance(value, list) else _in_words(value) if isinstance(value, dict) else value
        write(f"{name.replace('_', ' '):<16} {printable(str(shown))}")


@daemon.command("list")
@json_option
def list_daemons(as_json: bool) -> None:
    """List the daemons of all of your workspaces.

    Example: issuelens daemon list
    """
    found = list(_running())
    if as_json:
        write_json(found)
        return
    rows = [
        [one["workspace"], str(one["pid"]), one["version"], str(len(one["clients"])), str(one["revision"])]
        for one in found
    ]
    write_rows(
        [[printable(cell) for cell in row] for row in rows], ("workspace", "pid", "version", "clients", "revision")
    )


def _running() -> Iterator[dict[str, Any]]:
    for workspace in announced():
        try:
            yield call(workspace, methods.STATUS, {}, Way(timeout=_STATUS_SECONDS))
        except Unreachable:
            # It was killed before it could take its note back.
            withdraw(workspace)


@daemon.command()
@click.option("-n", "--lines", type=COUNT, default=50, show_default=True, help="How many records.")
@click.option("--level", type=click.Choice(LEVELS, case_sensitive=False), help="Only those of this level or above.")
@json_option
@click.pass_obj
def logs(cli: Cli, lines: int, level: str | None, as_json: bool) -> None:
    """Print the end of its log.

    Example: issuelens daemon logs -n 100
    """
    # Imported here: the other commands need neither logs nor logging.
    from issuelens.cli.log import newest, shown

    records = newest(cli.workspace, lines, level)
    if as_json:
        write_json(records)
        return
    for record in records:
        for line in shown(record):
            write(printable(line))


@daemon.command()
@click.option("--root", metavar="DIR", help="The work tree (default: that of the current folder).")
@click.option("--directory", metavar="DIR", help="Its .issues/, with --root (default: the one in the work tree).")
def run(root: str | None, directory: str | None) -> None:
    """Be the daemon of this workspace, in the foreground (what `start` starts).

    Example: issuelens daemon run
    """
    del root, directory
    raise click.UsageError("Put it first: issuelens daemon run …")


def _say(as_json: bool, shape: dict[str, Any], text: str) -> None:
    if as_json:
        write_json(shape)
    else:
        write(text)
