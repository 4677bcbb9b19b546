"""`create`, `show`, `list`, `update`, `start`, `close`, `reopen`."""

from __future__ import annotations

from typing import Any

import click

from issuelens.cli.context import Cli
from issuelens.cli.options import checked_word, ids_argument, json_option
from issuelens.cli.output import write_done, write_issues
from issuelens.domain.vocabulary import ISSUE_TYPES, STATUS_CATEGORIES, Category
from issuelens.ipc import methods

_TYPE = click.Choice(ISSUE_TYPES)
_STATUS = click.Choice(list(STATUS_CATEGORIES))
_PRIORITY = click.IntRange(0, 4)


@click.command()
@click.argument("title", callback=checked_word)
@click.option("-d", "--description", default="", callback=checked_word, help="More about it.")
@click.option("-t", "--type", "issue_type", type=_TYPE, default="task", show_default=True)
@click.option("-p", "--priority", type=_PRIORITY, default=2, show_default=True, help="0 is the most urgent.")
@click.option("-l", "--label", "labels", multiple=True, callback=checked_word, help="May be given several times.")
@click.option("-a", "--assignee", callback=checked_word, help="Who works on it.")
@click.option("--parent", metavar="ID", help="Make it a child of this issue.")
@click.option("--dep", "dependencies", multiple=True, metavar="[TYPE:]ID", help="What it depends on (blocks:ID).")
@json_option
@click.pass_obj
def create(cli: Cli, /, as_json: bool, dependencies: tuple[str, ...], **fields: Any) -> None:
    """Create an issue and print it.

    Example: issuelens create "Round half up" -t bug -p 1 -l money
    """
    fields["labels"] = list(fields["labels"])
    fields["dependencies"] = [_dependency(word) for word in dependencies]
    issues = cli.write(methods.CREATE, **fields)
    write_done(issues, "is created", as_json)


def _dependency(word: str) -> dict[str, str]:
    kind, colon, issue_id = word.rpartition(":")
    return {"depends_on_id": issue_id, "type": kind if colon else "blocks"}


@click.command()
@ids_argument
@json_option
@click.pass_obj
def show(cli: Cli, /, ids: tuple[str, ...], as_json: bool) -> None:
    """Show issues whole.

    Example: issuelens show app-1a2b
    """
    write_issues(cli.read(methods.GET, ids=list(ids))["issues"], as_json)


@click.command("list")
@click.option("--status", "statuses", multiple=True, type=_STATUS, help="Only this status.")
@click.option("--all", "everything", is_flag=True, help="Finished ones, too.")
@click.option("-p", "--priority", "priorities", multiple=True, type=_PRIORITY, help="Only this priority.")
@click.option("-t", "--type", "issue_types", multiple=True, type=_TYPE, help="Only this type.")
@click.option("-l", "--label", "labels", multiple=True, callback=checked_word, help="Only with this label.")
@click.option("-a", "--assignee", "assignees", multiple=True, callback=checked_word, help="Only of this person.")
@click.option("--text", callback=checked_word, help="Only with these words in id, title or description.")
@click.option("--limit", type=click.IntRange(1), help="At most so many.")
@json_option
@click.pass_obj
def list_issues(cli: Cli, /, as_json: bool, everything: bool, **chosen: Any) -> None:
    """List issues that are not finished, the most urgent first. An option given twice means either.

    Example: issuelens list -p 0 -p 1 --label money
    """
    shape = {name: list(value) if isinstance(value, tuple) else value for name, value in chosen.items()}
    if not everything and not chosen["statuses"]:
        shape["categories"] = [Category.TODO.value, Category.DOING.value]
    found = cli.read(methods.LIST, filter=shape)
    write_issues(found["issues"], as_json, always_list=True)


@click.command()
@ids_argument
@click.option("--title", callback=checked_word, help="Of one issue only.")
@click.option("-d", "--description", callback=checked_word)
@click.option("--status", type=_STATUS)
@click.option("-p", "--priority", type=_PRIORITY)
@click.option("-t", "--type", "issue_type", type=_TYPE)
@click.option("-a", "--assignee", callback=checked_word, help='An empty one ("") clears it.')
@click.option("--add-label", "add_labels", multiple=True, callback=checked_word)
@click.option("--remove-label", "remove_labels", multiple=True, callback=checked_word)
@json_option
@click.pass_obj
def update(cli: Cli, /, ids: tuple[str, ...], as_json: bool, **fields: Any) -> None:
    """Change fields of issues.

    Example: issuelens update app-1a2b -p 0 --add-label urgent
    """
    if not any(value is not None and value != () for value in fields.values()):
        raise click.UsageError("Name a field to change, for instance --priority 1.")
    shape = {name: list(value) if isinstance(value, tuple) else value for name, value in fields.items()}
    write_done(cli.write(methods.UPDATE, ids=list(ids), **shape), "is updated", as_json)


@click.command()
@ids_argument
@json_option
@click.pass_obj
def start(cli: Cli, /, ids: tuple[str, ...], as_json: bool) -> None:
    """Set issues in progress, assigned to you where nobody is.

    Example: issuelens start app-1a2b
    """
    write_done(cli.write(methods.START, ids=list(ids)), "is in progress", as_json)


@click.command()
@ids_argument
@click.option("-r", "--reason", callback=checked_word, help="Why, for the history.")
@json_option
@click.pass_obj
def close(cli: Cli, /, ids: tuple[str, ...], reason: str | None, as_json: bool) -> None:
    """Close issues.

    Example: issuelens close app-1a2b --reason "fixed in 1.2"
    """
    write_done(cli.write(methods.CLOSE, ids=list(ids), reason=reason), "is closed", as_json)


@click.command()
@ids_argument
@click.option("-r", "--reason", callback=checked_word, help="Why; kept as a comment.")
@json_option
@click.pass_obj
def reopen(cli: Cli, /, ids: tuple[str, ...], reason: str | None, as_json: bool) -> None:
    """Open issues again.

    Example: issuelens reopen app-1a2b --reason "it is back"
    """
    write_done(cli.write(methods.REOPEN, ids=list(ids), reason=reason), "is open", as_json)
