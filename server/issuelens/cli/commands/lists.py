"""`list`, `search`, `ready`, `blocked`, `stale`: issues by query."""

from __future__ import annotations

from typing import Any

import click

from issuelens.cli.context import Cli
from issuelens.cli.options import COUNT, PRIORITY, STATUS, json_option
from issuelens.cli.output import cells, one_line, write, write_json, write_list, write_rows
from issuelens.ipc import methods

_QUERY = click.argument("words", nargs=-1, metavar="[QUERY]...")
_LIMIT = click.option("-n", "--limit", type=COUNT, help="At most so many; all when not given.")


def _quoted(text: str) -> str:
    """As `domain.query.quoted`, without loading the whole language for it."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _either(field: str, values: tuple[Any, ...]) -> list[str]:
    return [f"{field}:" + ",".join(_quoted(str(value)) for value in values)] if values else []


@click.command("list")
@_QUERY
@click.option("--all", "everything", is_flag=True, help="Finished ones, too.")
@click.option("-s", "--status", "statuses", multiple=True, type=STATUS, help="Only this status.")
@click.option("-p", "--priority", "priorities", multiple=True, type=PRIORITY, help="Only this priority.")
@click.option("-t", "--type", "issue_types", multiple=True, help="Only this type.")
@click.option("-l", "--label", "labels", multiple=True, help="Only with this label.")
@click.option("-a", "--assignee", "assignees", multiple=True, help="Only of this person; or me.")
@click.option("--text", help="Only with these words.")
@click.option("--sort", metavar="KEY", help="For instance updated, or -updated for newest first.")
@_LIMIT
@json_option
@click.pass_obj
def list_issues(cli: Cli, /, words: tuple[str, ...], as_json: bool, **chosen: Any) -> None:
    """List issues that are not finished, the most urgent first. An option given twice means either.

    QUERY is in the language of docs/user/queries.md.

    Example: issuelens list "priority:<=1 label:auth -label:wontfix sort:-updated"
    """
    parts = [*words, *_either("status", chosen["statuses"]), *_either("priority", chosen["priorities"])]
    parts += [*_either("type", chosen["issue_types"]), *_either("label", chosen["labels"])]
    parts += _either("assignee", chosen["assignees"])
    parts += [f"text:{_quoted(chosen['text'])}"] if chosen["text"] else []
    parts += [f"sort:{chosen['sort']}"] if chosen["sort"] else []
    _write_found(cli, " ".join(parts), as_json, all=chosen["everything"] or None, limit=chosen["limit"])


def _write_found(cli: Cli, query: str, as_json: bool, **options: Any) -> None:
    found = cli.asked(methods.LIST, query=query, brief=not as_json, **options)["issues"]
    if as_json:
        write_json(found)
    else:
        write_list(found)


@click.command()
@click.argument("words", nargs=-1, required=True, metavar="TEXT...")
@_LIMIT
@json_option
@click.pass_obj
def search(cli: Cli, /, words: tuple[str, ...], limit: int | None, as_json: bool) -> None:
    """Find issues by their words, finished ones too, the best match first. TEXT may hold any query.

    Example: issuelens search login timeout is:open
    """
    _write_found(cli, " ".join(words), as_json, all=True, limit=limit)


@click.command()
@_QUERY
@_LIMIT
@json_option
@click.pass_obj
def ready(cli: Cli, /, words: tuple[str, ...], limit: int | None, as_json: bool) -> None:
    """List issues that can be worked on now: neither finished nor held back by status, blockers, parents or date.

    Example: issuelens ready label:backend -n 5
    """
    _write_found(cli, " ".join((*words, "is:ready")), as_json, limit=limit)


@click.command()
@_QUERY
@_LIMIT
@json_option
@click.pass_obj
def blocked(cli: Cli, /, words: tuple[str, ...], limit: int | None, as_json: bool) -> None:
    """List issues that wait, and for what.

    Example: issuelens blocked assignee:me
    """
    found = cli.asked(methods.BLOCKED, query=" ".join(words), limit=limit)["issues"]
    if as_json:
        write_json(found)
        return
    if not found:
        write("Nothing is blocked.")
        return
    from issuelens.cli.card import reason

    rows = [[*cells(issue), "; ".join(map(reason, issue["blocked_by"]))] for issue in found]
    write_rows(rows, ("id", "status", "priority", "type", "title", "waits for"))


@click.command()
@_QUERY
@click.option(
    "--days", type=click.IntRange(1, 99_999), default=30, show_default=True, help="Without a change for so long."
)
@_LIMIT
@json_option
@click.pass_obj
def stale(cli: Cli, /, words: tuple[str, ...], days: int, limit: int | None, as_json: bool) -> None:
    """List unfinished issues that nobody has touched for long, the longest first.

    Example: issuelens stale --days 90
    """
    # The person's words first, so that an error points at their columns.
    query = " ".join((*words, f"updated:>{days}d", *_unless_given("sort:updated", words)))
    found = cli.asked(methods.LIST, query=query, limit=limit)["issues"]
    if as_json:
        write_json(found)
    elif not found:
        write(f"Every unfinished issue was changed within {days} days.")
    else:
        rows = [[issue["id"], issue["updated_at"][:10], *cells(issue)[1:]] for issue in found]
        write_rows(rows, ("id", "last change", "status", "priority", "type", "title"))


def _unless_given(direction: str, words: tuple[str, ...]) -> list[str]:
    name = direction.partition(":")[0]
    return [] if f"{name}:" in " ".join(words) else [direction]


@click.command()
@json_option
@click.pass_obj
def stats(cli: Cli, /, as_json: bool) -> None:
    """Count the issues: by status, type, priority, assignee and label.

    Example: issuelens stats
    """
    found = cli.read(methods.STATS)
    if as_json:
        write_json(found)
        return
    for name, value in found.items():
        if not isinstance(value, dict):
            write(f"{name.replace('_', ' '):<24}{'-' if value is None else value}")
    for name, counts in found.items():
        if isinstance(counts, dict) and counts:
            write("")
            write(f"{name.replace('_', ' ')}")
            for word, count in counts.items():
                write(f"  {one_line(word):<22}{count}")


@click.command()
@click.argument("words", nargs=-1, metavar="[QUERY]...")
@click.option(
    "--finished", type=click.IntRange(0, 1_000_000_000), default=10, show_default=True, help="Finished issues shown."
)
@json_option
@click.pass_obj
def board(cli: Cli, /, words: tuple[str, ...], finished: int, as_json: bool) -> None:
    """Show the work in columns: ready, in progress, blocked, deferred, finished last. In a pipe it is Markdown.

    Example: issuelens board label:backend > board.md
    """
    from issuelens.domain.board import COLUMNS, FINISHED, board_lines, finished_query

    columns = {name: _column(cli, query, words) for name, query in COLUMNS.items()}
    columns[FINISHED] = _column(cli, finished_query(finished), words) if finished else []
    if as_json:
        write_json(columns)
        return
    from issuelens.cli.output import on_terminal

    if on_terminal():
        from issuelens.cli.pictures import print_board

        print_board(list(columns.items()))
        return
    for line in board_lines(columns):
        write(line)


def _column(cli: Cli, query: str, words: tuple[str, ...]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = cli.asked(methods.LIST, query=" ".join((*words, query)), brief=True)["issues"]
    return found
