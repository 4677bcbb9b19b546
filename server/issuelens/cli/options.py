"""Options that several commands share."""

from __future__ import annotations

from typing import Any

import click

json_option = click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
ids_argument = click.argument("ids", nargs=-1, required=True, metavar="ID...")
"""One or more issues."""


def checked_word(_ctx: click.Context, _param: click.Parameter, value: Any) -> Any:
    """Words that the shell gave in another encoding are refused, since they could not be kept as they are."""
    for word in value if isinstance(value, tuple) else (value,):
        if isinstance(word, str) and any("\ud800" <= character <= "\udfff" for character in word):
            raise click.BadParameter("it is not valid text in the encoding of this terminal")
    return value
