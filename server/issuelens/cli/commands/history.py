"""`history`."""

from __future__ import annotations

from typing import Any

import click

from issuelens.cli.context import Cli
from issuelens.cli.options import json_option
from issuelens.cli.output import printable, write, write_json
from issuelens.ipc import methods


@click.command()
@click.argument("issue_id", metavar="[ID]", required=False)
@click.option("--limit", type=click.IntRange(1), help="At most so many operations.")
@json_option
@click.pass_obj
def history(cli: Cli, issue_id: str | None, limit: int | None, as_json: bool) -> None:
    """Show what happened to an issue, or to all, newest first.

    Example: issuelens history app-1a2b --limit 5
    """
    entries = cli.read(methods.HISTORY, id=issue_id, limit=limit)["entries"]
    if as_json:
        write_json(entries)
        return
    for entry in entries:
        _write_entry(entry, issue_id)


def _write_entry(entry: dict[str, Any], issue_id: str | None) -> None:
    event = entry["event"]
    who = f"{printable(event['actor'])} ({printable(event['client'])})"
    write(f"{event['revision']:>5}  {event['at'][:19]}Z  {event['operation']:<8} {' '.join(event['ids'])}  {who}")
    for change in entry["changes"]:
        if issue_id is None or change["issue_id"] == issue_id:
            for line in _differences(change["before"] or {}, change["after"] or {}):
                write(f"         {line}")


def _differences(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    if not before:
        return []
    names = [name for name in {**before, **after} if name != "updated_at" and before.get(name) != after.get(name)]
    return [f"{name}: {_short(before.get(name))} -> {_short(after.get(name))}" for name in names]


def _short(value: Any) -> str:
    if isinstance(value, list):
        return f"{len(value)} of them" if value and isinstance(value[0], dict) else ", ".join(value) or "none"
    text = printable(str(value)) if value is not None else "none"
    return text if len(text) <= 60 else f"{text[:59]}…"
