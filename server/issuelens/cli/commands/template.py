"""`template list`, `template show`, `template create`, `template edit`, `template delete`."""

from __future__ import annotations

import click

from issuelens.cli.context import Cli
from issuelens.cli.options import ISSUE_ID, TEMPLATE, json_option
from issuelens.cli.output import printable, write, write_json
from issuelens.cli.typed import opened_in_editor
from issuelens.domain.document import read_document, render_document
from issuelens.domain.errors import AlreadyExists, Refused
from issuelens.ipc import methods

_NAME = click.argument("name", type=TEMPLATE)
_OWN = ("assignee", "status", "due_at", "defer_until", "dependencies", "external_ref")
"""What a template does not take over from an issue."""


@click.group()
def template() -> None:
    """Keep templates for new issues in .issues/templates/; `create --template NAME` begins with one."""


@template.command("list")
@json_option
@click.pass_obj
def list_templates(cli: Cli, as_json: bool) -> None:
    """List the templates.

    Example: issuelens template list
    """
    names = cli.workspace.template_names()
    if as_json:
        write_json(names)
        return
    for name in names:
        write(printable(name))


@template.command()
@_NAME
@json_option
@click.pass_obj
def show(cli: Cli, name: str, as_json: bool) -> None:
    """Print a template.

    Example: issuelens template show bug
    """
    text = cli.workspace.read_template(name)
    if as_json:
        write_json({"name": name, **read_document(text)})
    else:
        write(printable(text.rstrip("\n")))


@template.command()
@_NAME
@click.option("--from", "issue_id", metavar="ID", type=ISSUE_ID, help="Begin with what this issue has.")
@click.option("--edit", "opens_editor", is_flag=True, help="Open it in $EDITOR.")
@json_option
@click.pass_obj
def create(cli: Cli, name: str, issue_id: str | None, opens_editor: bool, as_json: bool) -> None:
    """Create a template, which git carries to everyone.

    Example: issuelens template create bug --from app-1a2b
    """
    if cli.workspace.template(name).exists():
        raise AlreadyExists(f"There is a template {name} already. `issuelens template edit {name}` changes it.")
    issue = cli.read(methods.GET, ids=[issue_id])["issues"][0] if issue_id else {}
    kept = {key: value for key, value in issue.items() if key not in _OWN}
    text = render_document(kept, is_new=True)
    _store(cli, name, _edited(text) if opens_editor else text, as_json)


@template.command()
@_NAME
@json_option
@click.pass_obj
def edit(cli: Cli, name: str, as_json: bool) -> None:
    """Open a template in $EDITOR.

    Example: issuelens template edit bug
    """
    _store(cli, name, _edited(cli.workspace.read_template(name)), as_json)


def _edited(text: str) -> str:
    return opened_in_editor(text, extension=".md", require_save=False) or text


def _store(cli: Cli, name: str, text: str, as_json: bool) -> None:
    found = read_document(text)
    cli.workspace.write_template(name, text)
    if as_json:
        write_json({"name": name, **found})
    else:
        write(f"{cli.workspace.template(name)} is written.")


@template.command()
@_NAME
@json_option
@click.pass_obj
def delete(cli: Cli, name: str, as_json: bool) -> None:
    """Delete a template.

    Example: issuelens template delete bug
    """
    cli.workspace.read_template(name)
    try:
        cli.workspace.template(name).unlink()
    except OSError as error:
        raise Refused(f"{cli.workspace.template(name)} can't be deleted: {error.strerror}.") from error
    if as_json:
        write_json({"name": name, "deleted": True})
    else:
        write(f"Template {name} is deleted.")
