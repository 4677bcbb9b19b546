"""`create`, `show`, `update`, `start`, `close`, `reopen`, `delete`, `restore`."""

from __future__ import annotations

import json
from typing import Any

import click

from issuelens.cli.commands.change import change
from issuelens.cli.context import Cli
from issuelens.cli.options import (
    DEPENDENCY,
    ISSUE_ID,
    PRIORITY,
    STATUS,
    TEMPLATE,
    Selection,
    dry_run_option,
    ids_argument,
    json_option,
    selects_issues,
)
from issuelens.cli.output import as_one_or_list, say, write, write_changed, write_json
from issuelens.cli.typed import read_stdin
from issuelens.domain.vocabulary import ISSUE_TYPES
from issuelens.ipc import methods


def field_options(command: Any) -> Any:
    """The options of `create` and `update` that set a field."""
    for option in reversed(
        [
            click.option("-d", "--description", help="More about it; - reads standard input."),
            click.option("--design", help="How it is to be done."),
            click.option("--acceptance", "acceptance_criteria", help="When it is done."),
            click.option("--notes", help="What else is to be known."),
            click.option("-s", "--status", type=STATUS, help="One of the workspace's statuses."),
            click.option("-p", "--priority", type=PRIORITY, help="0 (most urgent) to 4; a new issue has 2."),
            click.option("-t", "--type", "issue_type", type=click.Choice(ISSUE_TYPES), help="A new issue is a task."),
            click.option("-a", "--assignee", help="Who works on it."),
            click.option(
                "--estimate", "estimated_minutes", type=click.IntRange(0, 10_000_000), help="Minutes of work."
            ),
            click.option("--due", "due_at", help="A date, or a span such as 3d or 2w."),
            click.option("--defer", "defer_until", help="Not ready before; as --due."),
            click.option("--external", "external_ref", help="An address or key elsewhere."),
            click.option("--parent", metavar="ID", type=ISSUE_ID, help="Make it a child of this issue."),
        ]
    ):
        command = option(command)
    return command


@click.command()
@click.argument("title", required=False)
@field_options
@click.option("-l", "--label", "labels", multiple=True, help="May be given several times.")
@click.option(
    "--dep", "dependencies", multiple=True, metavar="[TYPE:]ID", type=DEPENDENCY, help="What it depends on (blocks:ID)."
)
@click.option("--meta", "metadata", multiple=True, metavar="KEY=VALUE", help="A field of yours.")
@click.option("--template", metavar="NAME", type=TEMPLATE, help="Begin with this template; see `issuelens template`.")
@dry_run_option
@json_option
@click.pass_obj
def create(cli: Cli, /, as_json: bool, dry_run: bool, template: str | None, **fields: Any) -> None:
    """Create an issue and print it.

    Example: issuelens create "Round half up" -t bug -p 1 -l money
    """
    fields["metadata"] = _pairs(fields["metadata"])
    fields["dependencies"] = [_dependency(word) for word in fields["dependencies"]]
    _read_input(fields)
    if template is not None:
        from issuelens.cli.templates import completed

        fields = completed(cli.workspace, template, fields)
    if fields["title"] is None:
        raise click.UsageError("Give the issue a TITLE.")
    issues = cli.write(methods.CREATE, dry_run=dry_run or None, **fields)
    write_changed(issues, "created", as_json=as_json, dry_run=dry_run)


def _dependency(word: str) -> dict[str, str]:
    kind, colon, issue_id = word.rpartition(":")
    return {"depends_on_id": issue_id, "type": kind if colon else "blocks"}


def _pairs(words: tuple[str, ...]) -> dict[str, Any]:
    """KEY=VALUE words as an object; a value that is JSON is taken as such."""
    found: dict[str, Any] = {}
    for word in words:
        key, sign, value = word.partition("=")
        if not sign:
            raise click.BadParameter(f"{word!r} is not KEY=VALUE", param_hint="--meta")
        try:
            found[key] = json.loads(value)
            # Python reads NaN and Infinity, which no other JSON knows: these stay words.
            json.dumps(found[key], allow_nan=False)
        except ValueError:
            found[key] = value
    return found


def _read_input(fields: dict[str, Any]) -> None:
    """Replaces the text `-` by what stands on standard input."""
    named = [name for name in ("description", "design", "acceptance_criteria", "notes") if fields[name] == "-"]
    if len(named) > 1:
        raise click.UsageError("Only one text can be read from standard input.")
    for name in named:
        fields[name] = read_stdin(name)


@click.command()
@ids_argument
@json_option
@click.pass_obj
def show(cli: Cli, /, ids: tuple[str, ...], as_json: bool) -> None:
    """Show issues whole, with what blocks them, their children, and who waits for them.

    Example: issuelens show app-1a2b
    """
    issues = cli.read(methods.GET, ids=ids, details=True)["issues"]
    for word, issue in zip(ids, issues, strict=True):
        if word not in issue["id"]:
            say(f"{word} was merged into {issue['id']}.")
    if as_json:
        write_json(as_one_or_list(issues))
        return
    from issuelens.cli.card import write_card

    for number, issue in enumerate(issues):
        if number:
            write("")
        write_card(issue)


@click.command()
@field_options
@click.option("--title", help="Of one issue only.")
@click.option("--add-label", "add_labels", multiple=True, help="May be given several times.")
@click.option("--remove-label", "remove_labels", multiple=True, help="As --add-label.")
@click.option("--meta", "set_metadata", multiple=True, metavar="KEY=VALUE", help="A field of yours.")
@click.option("--unset-meta", "unset_metadata", multiple=True, metavar="KEY", help="Without it.")
@click.option("--no-estimate", is_flag=True, help="Clear the estimate.")
@selects_issues()
def update(cli: Cli, chosen: Selection, no_estimate: bool, **fields: Any) -> None:
    """Change fields of issues. An empty text ("") clears a field.

    Example: issuelens update app-1a2b -p 0 --add-label urgent
    """
    fields["set_metadata"] = _pairs(fields["set_metadata"])
    if no_estimate:
        fields["estimated_minutes"] = -1
    if not any(value is not None and value not in ((), {}) for value in fields.values()):
        raise click.UsageError("Name a field to change, for instance --priority 1.")
    _read_input(fields)
    change(cli, methods.UPDATE, chosen, "updated", **fields)


@click.command()
@selects_issues()
def start(cli: Cli, chosen: Selection) -> None:
    """Set issues in progress, assigned to you where nobody is.

    Example: issuelens start app-1a2b
    """
    change(cli, methods.START, chosen, "in progress")


@click.command()
@click.option("-r", "--reason", help="Why, for the history.")
@selects_issues()
def close(cli: Cli, chosen: Selection, reason: str | None) -> None:
    """Close issues.

    Example: issuelens close app-1a2b --reason "fixed in 1.2"
    """
    change(cli, methods.CLOSE, chosen, "closed", reason=reason)


@click.command()
@click.option("-r", "--reason", help="Why; kept as a comment.")
@selects_issues()
def reopen(cli: Cli, chosen: Selection, reason: str | None) -> None:
    """Open finished issues again.

    Example: issuelens reopen app-1a2b --reason "it is back"
    """
    change(cli, methods.REOPEN, chosen, "open", reason=reason)


@click.command()
@click.option("-r", "--reason", help="Why, for the history.")
@click.option("--with-children", is_flag=True, help="Delete all below them, too.")
@selects_issues()
def delete(cli: Cli, chosen: Selection, reason: str | None, with_children: bool) -> None:
    """Delete issues. A tombstone stays, from which `restore` brings them back.

    Example: issuelens delete --query "is:closed closed:>365d" --dry-run
    """
    change(cli, methods.DELETE, chosen, "deleted", reason=reason, with_children=with_children)


@click.command()
@selects_issues(deleted=True)
def restore(cli: Cli, chosen: Selection) -> None:
    """Bring deleted issues back as they were.

    Example: issuelens restore app-1a2b
    """
    change(cli, methods.RESTORE, chosen, "restored")
