"""`doctor`: what is wrong with a workspace, each finding with its remedy; and the leak check."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from typing import Any

import click
from attrs import frozen

from issuelens import __version__
from issuelens.cli.context import Cli
from issuelens.cli.options import json_option
from issuelens.cli.output import printable, write, write_json
from issuelens.domain.errors import IssuelensError
from issuelens.ipc import methods
from issuelens.workspace import Workspace, find_workspace


@frozen
class Check:
    """One thing looked at. `remedy` is empty when nothing is wrong."""

    name: str
    is_fine: bool
    found: str
    remedy: str = ""


@click.command()
@click.option("--leaks", is_flag=True, help="Open, use and close a workspace many times, and count what stays.")
@click.option("--cycles", type=click.IntRange(10), default=5000, show_default=True, help="How often, with --leaks.")
@json_option
@click.pass_obj
def doctor(cli: Cli, leaks: bool, cycles: int, as_json: bool) -> int:
    """Check this workspace; exit code 1 when something is wrong.

    Example: issuelens doctor
    """
    if leaks:
        # Imported here: it plays an editor, which no other command does.
        from issuelens.editor_client.leaks import run

        return run(cycles, as_json)
    checks = list(_checks(cli))
    if as_json:
        write_json([{"name": c.name, "ok": c.is_fine, "found": c.found, "remedy": c.remedy} for c in checks])
    else:
        for check in checks:
            write(f"{'ok     ' if check.is_fine else 'problem'} {check.name}: {printable(check.found)}")
            if check.remedy:
                write(f"        {printable(check.remedy)}")
    return 0 if all(check.is_fine for check in checks) else 1


def _checks(cli: Cli) -> Iterator[Check]:
    workspace = find_workspace(cli.folder)
    if workspace is None:
        yield Check("workspace", False, f"{cli.folder} is not in one", "Run `issuelens init` in the project's folder.")
        return
    yield Check("workspace", True, str(workspace.root))
    yield _config(workspace)
    yield from _status(cli, workspace)
    yield _permissions(workspace)


def _config(workspace: Workspace) -> Check:
    try:
        found = workspace.read_config()
    except IssuelensError as error:
        return Check("settings", False, error.message, f"Correct {workspace.config_file}.")
    return Check("settings", True, f"prefix {found.prefix}")


def _status(cli: Cli, workspace: Workspace) -> Iterator[Check]:
    try:
        found: dict[str, Any] = cli.call(workspace, methods.STATUS, {})
    except IssuelensError as error:
        yield Check("daemon", False, error.message, f"Look into {workspace.daemon_log}.")
        return
    yield Check("daemon", True, f"process {found['pid']}, {len(found['clients'])} clients")
    same = found["version"] == __version__
    remedy = "" if same else "Run `issuelens daemon restart`."
    yield Check("version", same, f"daemon {found['version']}, this command {__version__}", remedy)
    yield Check("database", True, f"{found['database']}, revision {found['revision']}")


def _permissions(workspace: Workspace) -> Check:
    try:
        mode = stat.S_IMODE(workspace.endpoint_file.stat().st_mode)
    except OSError as error:
        return Check(
            "endpoint", False, f"{workspace.endpoint_file}: {error.strerror}", "Run `issuelens daemon restart`."
        )
    if mode & 0o077:
        return Check("endpoint", False, f"others can read {workspace.endpoint_file}", "Run `issuelens daemon restart`.")
    return Check("endpoint", True, f"{workspace.endpoint_file} is yours alone")
