"""Commands that `__main__` chooses before the command line is read; here they have their help."""

from __future__ import annotations

import click

_MISPLACED = "Put it first: issuelens {} …"


@click.command()
@click.argument("folder", required=False)
def demo(folder: str | None) -> None:
    """Play a real session: a TODO becomes an issue.

    FOLDER is a repository of yours to play on; nothing is written there.

    Example: issuelens demo ~/src/project
    """
    del folder
    raise click.UsageError(_MISPLACED.format("demo"))


@click.command()
@click.option("--stdio", is_flag=True, help="Nothing else is spoken; many editors say it.")
def lsp(stdio: bool) -> None:
    """Serve an editor over standard input and output (LSP).

    Example: issuelens lsp
    """
    del stdio
    raise click.UsageError(_MISPLACED.format("lsp"))


@click.command("merge-driver")
@click.argument("files", nargs=4, metavar="BASE OURS THEIRS PATH")
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
def merge_driver(files: tuple[str, ...], as_json: bool) -> None:
    """Merge three versions of issues.jsonl into OURS, as git asks a merge driver to.

    Example: issuelens merge-driver %O %A %B %P
    """
    del files, as_json
    raise click.UsageError(_MISPLACED.format("merge-driver"))
