"""`comment add`, `comment list`, `comment edit`, `comment delete`."""

from __future__ import annotations

from typing import Any

import click

from issuelens.cli.commands.change import sent
from issuelens.cli.context import Cli
from issuelens.cli.options import ISSUE_ID, Selection, dry_run_option, id_argument, json_option, query_option
from issuelens.cli.output import as_one_or_list, write, write_json
from issuelens.cli.typed import read_stdin
from issuelens.ipc import methods

_NUMBER = click.argument("number", type=click.IntRange(0, 2**62))
_TEXT = click.argument("text")


def _words(text: str) -> str:
    return read_stdin("text") if text == "-" else text


@click.group()
def comment() -> None:
    """Add, list, edit and delete comments."""


@comment.command()
@click.argument("words", nargs=-1, required=True, metavar="[ID]... TEXT", type=ISSUE_ID)
@query_option
@dry_run_option
@json_option
@click.pass_obj
def add(cli: Cli, words: tuple[str, ...], query: str | None, dry_run: bool, as_json: bool) -> None:
    """Add a comment to issues; TEXT - reads it from standard input.

    Example: issuelens comment add app-1a2b "Seen on 1.2, too"
    """
    *ids, text = words
    if not ids and query is None:
        raise click.UsageError("Name the issue, then the TEXT.")
    chosen = Selection(tuple(ids), query, dry_run, as_json)
    issues = sent(cli, methods.COMMENT, chosen, text=_words(text))["issues"]
    if as_json:
        write_json(as_one_or_list([_latest(issue) for issue in issues]))
        return
    for issue in issues:
        write(f"{issue['id']} {'would have' if dry_run else 'has'} comment {_latest(issue)['id']}.")


def _latest(issue: dict[str, Any]) -> dict[str, Any]:
    latest: dict[str, Any] = max(issue["comments"], key=lambda one: one["id"])
    return latest


@comment.command("list")
@id_argument
@json_option
@click.pass_obj
def list_comments(cli: Cli, issue_id: str, as_json: bool) -> None:
    """List an issue's comments, the oldest first.

    Example: issuelens comment list app-1a2b
    """
    from issuelens.cli.card import write_comment

    [issue] = cli.read(methods.GET, ids=[issue_id])["issues"]
    if as_json:
        write_json(issue["comments"])
        return
    for one in issue["comments"]:
        write_comment(one)


@comment.command()
@id_argument
@_NUMBER
@_TEXT
@dry_run_option
@json_option
@click.pass_obj
def edit(cli: Cli, issue_id: str, number: int, text: str, dry_run: bool, as_json: bool) -> None:
    """Give comment NUMBER another text; TEXT - reads it from standard input.

    Example: issuelens comment edit app-1a2b 3 "Seen on 1.2 and 1.3"
    """
    fields = {"id": issue_id, "comment": number, "text": _words(text), "dry_run": dry_run or None}
    [issue] = cli.write(methods.EDIT_COMMENT, **fields)
    if as_json:
        write_json(next(one for one in issue["comments"] if one["id"] == number))
    else:
        write(f"Comment {number} of {issue['id']} {'would be' if dry_run else 'is'} changed.")


@comment.command()
@id_argument
@_NUMBER
@dry_run_option
@json_option
@click.pass_obj
def delete(cli: Cli, issue_id: str, number: int, dry_run: bool, as_json: bool) -> None:
    """Delete comment NUMBER; the history keeps it.

    Example: issuelens comment delete app-1a2b 3
    """
    [issue] = cli.write(methods.DELETE_COMMENT, id=issue_id, comment=number, dry_run=dry_run or None)
    if as_json:
        write_json(issue)
    else:
        write(f"Comment {number} of {issue['id']} {'would be' if dry_run else 'is'} deleted.")
