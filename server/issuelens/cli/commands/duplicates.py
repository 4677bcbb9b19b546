"""`duplicates`, `merge`."""

from __future__ import annotations

import click

from issuelens.cli.commands.change import changed
from issuelens.cli.context import Cli
from issuelens.cli.options import ISSUE_ID, Selection, json_option, selects_issues
from issuelens.cli.output import as_one_or_list, one_line, write, write_json
from issuelens.cli.progress import progress
from issuelens.ipc import methods


@click.command()
@click.argument("words", nargs=-1, metavar="[QUERY]...")
@click.option(
    "--similarity",
    type=click.FloatRange(0, 1, min_open=True),
    default=0.6,
    show_default=True,
    help="How alike two texts must be; 1 finds those with the same words only.",
)
@json_option
@click.pass_obj
def duplicates(cli: Cli, words: tuple[str, ...], similarity: float, as_json: bool) -> None:
    """Find unfinished issues that say the same, or nearly. `merge` makes them one.

    Example: issuelens duplicates --similarity 0.8
    """
    with progress("Comparing", as_json=as_json) as bar:
        found = cli.asked(methods.DUPLICATES, progress=bar, query=" ".join(words), similarity=similarity)
    if as_json:
        write_json(found)
        return
    for pair in found:
        write("same text" if pair["exact"] else f"{pair['similarity']:.0%} alike")
        for issue in pair["issues"]:
            write(f"  {issue['id']}  {one_line(issue['title'])}")
    if not found:
        write("No duplicates.")


@click.command()
@click.option("--into", required=True, metavar="ID", type=ISSUE_ID, help="The issue that stays.")
@selects_issues()
def merge(cli: Cli, chosen: Selection, into: str) -> None:
    """Make issues one with --into ID, which gets their children, comments, labels and dependencies.

    The merged ids keep naming it, in the code, too.

    Example: issuelens merge app-9f3c --into app-1a2b
    """
    issues = changed(cli, methods.MERGE, chosen, into=into)
    if chosen.as_json:
        write_json(as_one_or_list([one for one in issues if not one.get("merged_into")]))
        return
    verb = "would be" if chosen.dry_run else "is"
    for issue in issues:
        if issue.get("merged_into"):
            write(f"{issue['id']} {verb} part of {issue['merged_into']}: {one_line(issue['title'])}")
