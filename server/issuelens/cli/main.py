"""The `issuelens` command: its commands by name, its errors as one line and an exit code."""

from __future__ import annotations

import importlib
import json
import os
import sys
from typing import Any, Final

import click

from issuelens import __version__
from issuelens.domain.errors import IssuelensError

COMMANDS: Final = {
    "init": ("workspace:init", "Make a folder a workspace."),
    "create": ("issues:create", "Create an issue."),
    "show": ("issues:show", "Show issues whole."),
    "list": ("lists:list_issues", "List issues by query."),
    "search": ("lists:search", "Find issues by their words."),
    "ready": ("lists:ready", "List what can be worked on now."),
    "blocked": ("lists:blocked", "List what waits, and for what."),
    "stale": ("lists:stale", "List what nobody has touched for long."),
    "update": ("issues:update", "Change fields of issues."),
    "edit": ("edit:edit", "Edit issues as documents in $EDITOR."),
    "start": ("issues:start", "Set issues in progress."),
    "close": ("issues:close", "Close issues."),
    "reopen": ("issues:reopen", "Open finished issues again."),
    "delete": ("issues:delete", "Delete issues, leaving tombstones."),
    "restore": ("issues:restore", "Bring deleted issues back."),
    "comment": ("comment:comment", "Add, list, edit and delete comments."),
    "label": ("label:label", "Put labels on issues and take them off."),
    "dep": ("dep:dep", "Say which issues depend on which."),
    "epic": ("epic:epic", "Look at epics and their progress."),
    "template": ("template:template", "Keep templates for new issues."),
    "duplicates": ("duplicates:duplicates", "Find issues that say the same."),
    "merge": ("duplicates:merge", "Make several issues one."),
    "history": ("history:history", "Show what happened."),
    "undo": ("history:undo", "Take operations back."),
    "todos": ("code:todos", "List the TODO comments of the code."),
    "refs": ("code:refs", "List where an issue stands in the code."),
    "stats": ("lists:stats", "Count the issues."),
    "board": ("lists:board", "Show the work in columns."),
    "import": ("transfer:import_file", "Import issues from a file."),
    "export": ("transfer:export", "Write issues to a file."),
    "sync": ("sync:sync", "Bring issues.jsonl and the tracker together; in git, commit and push."),
    "conflicts": ("conflicts:conflicts", "Look at what merges have settled, and decide otherwise."),
    "merge-driver": ("elsewhere:merge_driver", "Merge issues.jsonl for git."),
    "config": ("config:config", "Read and change the settings."),
    "doctor": ("doctor:doctor", "Check a workspace and mend it."),
    "daemon": ("daemon:daemon", "Start, stop and look at the daemon."),
    "completion": ("completion:completion", "Print the script for a shell's completion."),
    "demo": ("elsewhere:demo", "Play a real session in an editor."),
    "lsp": ("elsewhere:lsp", "Serve an editor over standard input and output."),
}
"""Name -> where it is, and what it does; nothing is imported to list them."""


COMPLETION_VARIABLE: Final = "_ISSUELENS_COMPLETE"
"""Environment variable by which a shell asks (click.palletsprojects.com, "Shell Completion")."""


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

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[Any]:
        """The commands that begin like this, without importing them; else the group's own options."""
        from click.shell_completion import CompletionItem

        if incomplete.startswith("-"):
            return click.Command.shell_complete(self, ctx, incomplete)
        return [CompletionItem(name, help=text) for name, (_, text) in COMMANDS.items() if name.startswith(incomplete)]

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
    if COMPLETION_VARIABLE in os.environ:
        # Imported here: it teaches click our way of completing, which no other run needs.
        import issuelens.cli.commands.completion  # noqa: F401
    wrong = next((word for word in argv if not _is_text(word)), None)
    if wrong is not None:
        sys.stderr.write(f"issuelens: {wrong!a}: it is not valid text in the encoding of this terminal.\n")
        return 2
    _open_missing()
    try:
        result = root.main(argv, prog_name="issuelens", standalone_mode=False, obj=obj)
        _flush()
    except click.ClickException as error:
        if "--json" in argv:
            _write_error({"kind": "usage", "message": error.format_message()})
        error.show()
        return error.exit_code
    except click.Abort:
        return 130
    except IssuelensError as error:
        return _told(error, "--json" in argv)
    return result if isinstance(result, int) else 0


def _open_missing() -> None:
    """Standard streams that the caller has closed lead nowhere, as /dev/null does."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            number = os.open(os.devnull, os.O_RDWR)
            setattr(sys, name, os.fdopen(number, mode, encoding="utf-8", closefd=False))


def _flush() -> None:
    """Has all of the answer written before the command counts as done."""
    from issuelens.cli.output import told_when_unwritable

    with told_when_unwritable():
        sys.stdout.flush()


def _is_text(word: str) -> bool:
    """Whether a word can be kept as it is. The bytes of another encoding arrive as lone surrogates (PEP 383)."""
    return not any("\ud800" <= character <= "\udfff" for character in word)


def _told(error: IssuelensError, as_json: bool) -> int:
    from issuelens.cli.output import printable
    from issuelens.domain.redaction import redacted

    message = redacted(error.message)
    if as_json:
        _write_error({"kind": error.kind, "message": message, **error.details})
    line = " ".join(message.splitlines())
    sys.stderr.write(f"issuelens: {printable(line)}\n")
    return error.exit_code


def _write_error(shape: dict[str, Any]) -> None:
    """An error for scripts, on standard output."""
    sys.stdout.write(json.dumps({"error": shape}, ensure_ascii=True) + "\n")
