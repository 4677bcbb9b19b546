"""The `issuelens` command: its commands by name, its errors as one line and an exit code."""

from __future__ import annotations

import importlib
import json
import sys
from typing import Any, Final

import click

from issuelens import __version__
from issuelens.domain.errors import IssuelensError

COMMANDS: Final = {
    "init": ("workspace:init", "Make a folder a workspace."),
    "create": ("issues:create", "Create an issue."),
    "show": ("issues:show", "Show issues."),
    "list": ("issues:list_issues", "List issues."),
    "update": ("issues:update", "Change fields of issues."),
    "start": ("issues:start", "Set issues in progress."),
    "close": ("issues:close", "Close issues."),
    "reopen": ("issues:reopen", "Open issues again."),
    "comment": ("comment:comment", "Add and list comments."),
    "history": ("history:history", "Show what happened."),
    "daemon": ("daemon:daemon", "Start, stop and look at the daemon."),
    "doctor": ("doctor:doctor", "Check a workspace, or look for leaks."),
    "demo": ("elsewhere:demo", "Play a real session in an editor."),
    "lsp": ("elsewhere:lsp", "Serve an editor over standard input and output."),
}
"""Name -> where it is, and what it does; nothing is imported to list them."""


class LazyGroup(click.Group):
    """A group that imports a command when it is run."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The names, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """The command, imported now."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(f"issuelens.cli.commands.{module}"), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        """The list in the help, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="issuelens")
@click.option("-C", "--directory", metavar="DIR", help="Run as if started in DIR.")
@click.option("--actor", help="Who acts, for the history (default: ISSUELENS_ACTOR, else your login name).")
@click.pass_context
def root(ctx: click.Context, directory: str | None, actor: str | None) -> None:
    """Issues beside the code: offline, in git, in every editor."""
    from issuelens.cli.context import Cli

    ctx.obj = ctx.obj or Cli.made(directory, actor)


def main(argv: list[str], obj: Any = None) -> int:
    """Runs a command.

    Args:
        argv: the words behind `issuelens`.
        obj: a Cli in place of the usual one; a test swaps its transport.

    Returns:
        0 done, 1 refused, 2 usage, 3 no daemon, 130 interrupted.
    """
    try:
        result = root.main(argv, prog_name="issuelens", standalone_mode=False, obj=obj)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        return 130
    except IssuelensError as error:
        return _told(error, "--json" in argv)
    return result if isinstance(result, int) else 0


def _told(error: IssuelensError, as_json: bool) -> int:
    from issuelens.cli.output import printable

    if as_json:
        shape = {"error": {"kind": error.kind, "message": error.message, **error.details}}
        sys.stdout.write(json.dumps(shape, ensure_ascii=True) + "\n")
    sys.stderr.write(f"issuelens: {printable(error.message)}\n")
    return error.exit_code
