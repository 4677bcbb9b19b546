"""What commands that change issues have in common: the request, and what is shown of its answer."""

from __future__ import annotations

from typing import Any

from issuelens.cli.context import Cli
from issuelens.cli.options import Selection
from issuelens.cli.output import Shape, write, write_changed


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
    dry_run = True if chosen.dry_run else None
    params = {"ids": chosen.ids, "query": chosen.query, "dry_run": dry_run, **fields}
    if not chosen.may_be_long:
        return _told(cli.written(method, **params), chosen)
    # Imported here: few changes are long.
    from issuelens.cli.progress import progress

    with progress("Changing issues", as_json=chosen.as_json) as bar:
        answer = cli.written(method, progress=bar, **params)
    return _told(answer, chosen)


def _told(answer: dict[str, Any], chosen: Selection) -> list[Shape]:
    issues: list[Shape] = answer["issues"]
    if chosen.dry_run and not chosen.as_json:
        from issuelens.cli.differences import differences

        for before, after in zip(answer["before"], issues, strict=True):
            for line in differences(before or {}, after):
                write(f"{after['id']}  {line}")
    return issues
