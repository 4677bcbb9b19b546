"""`comment add`, `comment list`."""

from __future__ import annotations

import sys

import click

from issuelens.cli.context import Cli
from issuelens.cli.options import checked_word, json_option
from issuelens.cli.output import write, write_comment, write_json
from issuelens.ipc import methods


@click.group()
def comment() -> None:
    """Add and list comments."""


@comment.command()
@click.argument("issue_id", metavar="ID")
@click.argument("text", callback=checked_word)
@json_option
@click.pass_obj
def add(cli: Cli, issue_id: str, text: str, as_json: bool) -> None:
    """Add a comment; TEXT - reads it from standard input.

    Example: issuelens comment add app-1a2b "Seen on 1.2, too"
    """
    words = sys.stdin.read() if text == "-" else text
    [issue] = cli.write(methods.COMMENT, id=issue_id, text=words)
    if as_json:
        write_json(issue["comments"][-1])
    else:
        write(f"{issue_id} has comment {issue['comments'][-1]['id']}.")


@comment.command("list")
@click.argument("issue_id", metavar="ID")
@json_option
@click.pass_obj
def list_comments(cli: Cli, issue_id: str, as_json: bool) -> None:
    """List an issue's comments, the oldest first.

    Example: issuelens comment list app-1a2b
    """
    [issue] = cli.read(methods.GET, ids=[issue_id])["issues"]
    if as_json:
        write_json(issue["comments"])
        return
    for one in issue["comments"]:
        write_comment(one)
