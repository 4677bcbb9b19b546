"""Options and arguments that several commands share, and how issue ids are completed."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import Any, Final, NamedTuple, TypeVar

import click

from issuelens.domain.vocabulary import STATUS_CATEGORIES

_Command = TypeVar("_Command", bound=Callable[..., Any])
COMPLETIONS: Final = 200
"""Ids offered at most."""


def _checked_query(_ctx: click.Context, _param: click.Parameter, value: str | None) -> str | None:
    """An empty query would mean all; it is more likely to be a variable of a script that was not set."""
    if value is not None and not value.strip():
        raise click.BadParameter("it is empty; to mean all unfinished issues, write is:open")
    return value


class IssueId(click.ParamType):  # type: ignore[type-arg] # generic in newer click only
    """An id or a beginning of one; completed with titles.

    Args:
        deleted: whether tombstones are meant.
    """

    name = "id"

    def __init__(self, *, deleted: bool = False) -> None:
        self._deleted = deleted

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[Any]:  # noqa: ARG002 - click's signature
        """The ids that begin like this. Nothing is offered outside of a workspace or without a daemon."""
        # Imported here: only a shell's request for completion needs them.
        from click.shell_completion import CompletionItem

        from issuelens.cli.context import Cli
        from issuelens.cli.output import one_line
        from issuelens.domain.errors import IssuelensError
        from issuelens.ipc import methods

        directory = ctx.find_root().params.get("directory")
        try:
            cli = ctx.obj or Cli.made(directory, None)
            found = cli.read(methods.COMPLETE, beginning=incomplete, limit=COMPLETIONS, deleted=self._deleted)
        except IssuelensError:
            return []
        return [CompletionItem(issue_id, help=one_line(title)) for issue_id, title in found]


class _Dependency(IssueId):
    """`ID` or `TYPE:ID`."""

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[Any]:
        """The ids that begin like what stands behind the colon."""
        kind, colon, beginning = incomplete.rpartition(":")
        found = super().shell_complete(ctx, param, beginning)
        for item in found:
            item.value = f"{kind}{colon}{item.value}"
        return found


class _FromWorkspace(click.ParamType):  # type: ignore[type-arg] # as IssueId
    """Any text; words of the workspace are offered.

    Args:
        words: gives them.
    """

    name = "text"

    def __init__(self, words: Callable[[Any], Iterable[str]]) -> None:
        self._words = words

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[Any]:  # noqa: ARG002 - click's signature
        """Those that begin like this."""
        from click.shell_completion import CompletionItem

        from issuelens.cli.context import Cli
        from issuelens.domain.errors import IssuelensError

        try:
            found = list(self._words(Cli.made(ctx.find_root().params.get("directory"), None).workspace))
        except IssuelensError:
            return []
        return [CompletionItem(one) for one in found if one.startswith(incomplete)]


def _setting_names(workspace: Any) -> Iterable[str]:
    from issuelens.domain.config import flat_settings

    return flat_settings(workspace.read_config())


class _Status(click.ParamType):  # type: ignore[type-arg] # as IssueId
    """Any text, which the daemon checks, since a workspace may have statuses of its own."""

    name = "text"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[Any]:  # noqa: ARG002 - click's signature
        """The workspace's statuses that begin like this; those of every workspace where it has no settings."""
        from click.shell_completion import CompletionItem

        from issuelens.cli.context import Cli
        from issuelens.domain.errors import IssuelensError

        try:
            statuses = Cli.made(ctx.find_root().params.get("directory"), None).workspace.read_config().statuses
        except IssuelensError:
            statuses = STATUS_CATEGORIES
        return [CompletionItem(one) for one in statuses if one.startswith(incomplete)]


STATUS: Final = _Status()

PRIORITY: Final = click.IntRange(0, 4)
COUNT: Final = click.IntRange(1, 1_000_000_000)
"""How many, or a number that was given to something."""

LEVELS: Final = ("debug", "info", "warning", "error", "critical")
"""Of a log's records, from the least."""

ISSUE_ID: Final = IssueId()
DEPENDENCY: Final = _Dependency()
TEMPLATE: Final = _FromWorkspace(lambda workspace: workspace.template_names())
SETTING: Final = _FromWorkspace(_setting_names)

json_option: Final = click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
dry_run_option: Final = click.option("--dry-run", is_flag=True, help="Change nothing; show what would be changed.")
query_option: Final = click.option("--query", "-q", callback=_checked_query, help="All that this query finds.")
ids_argument: Final = click.argument("ids", nargs=-1, required=True, metavar="ID...", type=ISSUE_ID)
"""One or more issues."""
id_argument: Final = click.argument("issue_id", metavar="ID", type=ISSUE_ID)
"""One issue."""


class Selection(NamedTuple):
    """Which issues a command changes, and how it answers."""

    ids: tuple[str, ...]
    query: str | None
    dry_run: bool
    as_json: bool

    @property
    def may_be_long(self) -> bool:
        """Whether it may be about many issues."""
        return self.query is not None or len(self.ids) > 100


def selects_issues(*, deleted: bool = False) -> Callable[[_Command], _Command]:
    """Gives a command the arguments of all that change several issues: ID..., --query, --dry-run and --json.

    The command is called with the Cli, a Selection, and what else it declares.
    """

    def decorate(command: _Command) -> _Command:
        @click.argument("ids", nargs=-1, metavar="[ID]...", type=IssueId(deleted=deleted))
        @query_option
        @dry_run_option
        @json_option
        @click.pass_obj
        @functools.wraps(command)
        def selecting(cli: Any, /, ids: Any, query: Any, dry_run: bool, as_json: bool, **rest: Any) -> Any:
            if not ids and query is None:
                raise click.UsageError("Name the issues, or choose them with --query.")
            return command(cli, Selection(ids, query, dry_run, as_json), **rest)

        return selecting  # type: ignore[return-value]

    return decorate
