"""What commands that change issues have in common: the request, and what is shown of its answer."""

from __future__ import annotations

from typing import Any

from issuelens.cli.context import Cli
from issuelens.cli.options import Selection
from issuelens.cli.output import Shape, say, write, write_changed


def change(cli: Cli, method: str, chosen: Selection, what: str, **fields: Any) -> None:
    """Has the issues chosen changed, and prints them.

    Args:
        cli: the run.
        method: the write.
        chosen: which issues, and how to answer.
        what: what is then said of each, for instance `closed`.
        fields: the operation's.
    """
    write_changed(changed(cli, method, chosen, **fields), what, as_json=chosen.as_json, dry_run=chosen.dry_run)


def changed(cli: Cli, method: str, chosen: Selection, **fields: Any) -> list[Shape]:
    """Has the issues chosen changed; as they are then. A dry run prints what would change."""
    answer = sent(cli, method, chosen, **fields)
    issues: list[Shape] = answer["issues"]
    if chosen.as_json:
        return issues
    if chosen.dry_run:
        _write_differences(answer["before"], issues)
    elif answer["event"] is None:
        say("Nothing was to be changed.")
    return issues


def sent(cli: Cli, method: str, chosen: Selection, **fields: Any) -> dict[str, Any]:
    """Sends a change of the issues chosen; the whole answer. A bar is shown where they may be many."""
    params = {"ids": chosen.ids, "query": chosen.query, "dry_run": chosen.dry_run or None, **fields}
    if not chosen.may_be_long:
        return cli.written(method, **params)
    # Imported here: few changes are long.
    from issuelens.cli.progress import progress

    with progress("Changing issues", as_json=chosen.as_json) as bar:
        return cli.written(method, progress=bar, **params)


def _write_differences(before: list[Shape | None], issues: list[Shape]) -> None:
    from issuelens.cli.differences import differences

    for old, new in zip(before, issues, strict=True):
        for line in differences(old or {}, new):
            write(f"{new['id']}  {line}")
