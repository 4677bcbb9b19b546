"""`config get`, `config set`, `config unset`, `config import-todos`: the settings of config.toml."""

from __future__ import annotations

from typing import Any

import click

from issuelens.cli.commands.import_todos import import_todos
from issuelens.cli.context import Cli
from issuelens.cli.options import SETTING, json_option
from issuelens.cli.output import printable, write, write_json
from issuelens.domain.errors import InvalidField

_KEY = click.argument("key", type=SETTING)


@click.group()
def config() -> None:
    """Read and change this workspace's settings."""


@config.command()
@click.argument("key", required=False, type=SETTING)
@json_option
@click.pass_obj
def get(cli: Cli, key: str | None, as_json: bool) -> None:
    """Print a setting as it holds now, or all of them.

    Example: issuelens config get todos.tags
    """
    found = _flat(cli)
    if key is not None and key not in found:
        raise InvalidField("key", f"{key} is not a setting; known are {', '.join(found)}")
    if as_json:
        write_json(found if key is None else found[key])
    elif key is not None:
        write(_shown(found[key]))
    else:
        for name, value in found.items():
            write(f"{name} = {_shown(value)}")


def _flat(cli: Cli) -> dict[str, Any]:
    from issuelens.domain.config import flat_settings

    return flat_settings(cli.workspace.read_config())


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return printable(", ".join(value) if isinstance(value, list) else str(value))


@config.command("set")
@_KEY
@click.argument("values", nargs=-1, required=True, metavar="VALUE...")
@json_option
@click.pass_obj
def set_value(cli: Cli, key: str, values: tuple[str, ...], as_json: bool) -> None:
    """Change a setting; one that is a list takes several values. What can't be is refused, comments stay.

    Example: issuelens config set statuses.review doing
    """
    from issuelens.domain.config_writer import with_value

    text = with_value(cli.workspace.read_config_text(), key, values)
    _store(cli, text, key, as_json)


@config.command()
@_KEY
@json_option
@click.pass_obj
def unset(cli: Cli, key: str, as_json: bool) -> None:
    """Take a setting out, so that its default holds.

    Example: issuelens config unset todos.tags
    """
    from issuelens.domain.config_writer import without

    _store(cli, without(cli.workspace.read_config_text(), key), key, as_json)


def _store(cli: Cli, text: str, key: str, as_json: bool) -> None:
    cli.workspace.write_config_text(text)
    found = _flat(cli)
    if as_json:
        write_json({"key": key, "value": found.get(key)})
    elif key in found:
        write(f"{key} is {_shown(found[key])}.")
    else:
        write(f"{key} is not set.")


config.add_command(import_todos)
