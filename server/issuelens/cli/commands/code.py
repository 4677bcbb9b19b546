"""`todos`, `refs`: where TODOs and ids stand in the code."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

import click

from issuelens.cli.context import Cli
from issuelens.cli.options import id_argument, json_option
from issuelens.cli.output import SHOWN, counted, on_terminal, one_line, say, write, write_json, write_rows
from issuelens.cli.progress import progress
from issuelens.cli.todo_sources import Shape, Source, source_of
from issuelens.domain.errors import Refused
from issuelens.ipc import methods

UNTRACKED: Final = "untracked"
CLOSED: Final = "closed-ref"
_KINDS: Final = (UNTRACKED, CLOSED)
_MAIN: Final = "\0"
"""Given for a ref that is not named; nobody can say this on a command line."""
NOT_COMMITTED: Final = "not committed yet"
"""Stands for the author of a line that no commit has."""


def _kinds(_ctx: click.Context, param: click.Parameter, given: str | None) -> tuple[str, ...]:
    words = tuple(word.strip() for word in given.split(",")) if given is not None else ()
    for word in words:
        if word not in _KINDS:
            raise click.BadParameter(f"{word!r} is not one of {', '.join(_KINDS)}.", param=param)
    return words


def _span(_ctx: click.Context, param: click.Parameter, given: str | None) -> str | None:
    """The moment that lies so far back."""
    if given is None:
        return None
    from issuelens.domain.moment import parse_span, timestamp

    span = parse_span(given.strip())
    if span is None:
        raise click.BadParameter(f"{given!r} is no span such as 90d, 12w, 6m or 1y.", param=param)
    try:
        return timestamp(datetime.now(UTC) - span)
    except OverflowError:
        return timestamp(datetime.min.replace(tzinfo=UTC))


class Wanted(NamedTuple):
    """What `issuelens todos` was asked for; see its options. `older_than` is a moment."""

    paths: tuple[str, ...]
    tags: tuple[str, ...]
    owners: tuple[str, ...]
    untracked: bool
    new_since: str | None
    removed_since: str | None
    older_than: str | None
    blame: bool
    fail_on: tuple[str, ...]
    as_json: bool
    as_sarif: bool

    def check(self) -> None:
        """Raises click.UsageError when options exclude each other."""
        if self.as_json and self.as_sarif:
            raise click.UsageError("Choose one of --json and --sarif.")
        if any(ref is not None and not ref.strip() for ref in (self.new_since, self.removed_since)):
            raise click.UsageError("REF is empty; name a branch, tag or commit, or leave the = out, too.")
        if self.removed_since is None:
            return
        if self.new_since is not None:
            raise click.UsageError("Choose one of --new-since and --removed-since.")
        if self.older_than is not None or self.blame or CLOSED in self.fail_on:
            raise click.UsageError("What --removed-since lists is not there any more: it has no age and no author.")


_REF: Final[dict[str, Any]] = {"is_flag": False, "flag_value": _MAIN, "metavar": "[REF]"}


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=click.Path())
@click.option("--tag", "tags", multiple=True, help="Only this tag, for instance FIXME.")
@click.option("--owner", "owners", multiple=True, help="Only of this person.")
@click.option("--untracked", is_flag=True, help="Only those without an issue.")
@click.option("--new-since", **_REF, help="Only those that are new since REF (default: where the branch began).")
@click.option("--removed-since", **_REF, help="Those that are gone since REF (default: where the branch began).")
@click.option("--older-than", callback=_span, metavar="SPAN", help="Only those written so long ago, such as 90d.")
@click.option("--blame", is_flag=True, help="Say who wrote them, and when.")
@click.option("--fail-on", callback=_kinds, metavar="KINDS", help="End with 1 when untracked,closed-ref are listed.")
@click.option("--sarif", "as_sarif", is_flag=True, help="Answer as SARIF 2.1.0.")
@json_option
@click.pass_obj
def todos(cli: Cli, /, **given: Any) -> int:
    """List the TODO comments of the work tree, or of some of its files and folders.

    Example: issuelens todos --untracked --tag FIXME
    """
    wanted = Wanted(**given)
    wanted.check()
    source = source_of(cli)
    found = _chosen(cli, source, wanted)
    closed = _closed(source, wanted, found)
    _write(source, wanted, found, closed)
    return _verdict(wanted, found, closed)


# Which ones


def _chosen(cli: Cli, source: Source, wanted: Wanted) -> list[Shape]:
    is_inside = _inside(cli.folder, source.root, wanted)
    found = [one for one in _all(cli, source, wanted) if is_inside(one["path"]) and _is_wanted(one, wanted)]
    return _blamed(source, wanted, found) if found and (wanted.blame or wanted.older_than) else found


def _all(cli: Cli, source: Source, wanted: Wanted) -> list[Shape]:
    ref = wanted.new_since if wanted.new_since is not None else wanted.removed_since
    with progress("Reading the code", as_json=wanted.as_json) as bar:
        if ref is None:
            return source.todos(bar)
        try:
            return source.since(None if ref == _MAIN else ref, wanted.removed_since is not None, bar)
        except Refused as error:
            if ref != _MAIN and os.path.lexists(cli.folder / ref):
                raise Refused(f"{error.message} To name a path, write -- before it.", **error.details) from error
            raise


def _is_wanted(one: Shape, wanted: Wanted) -> bool:
    return (
        (not wanted.tags or one["tag"] in wanted.tags)
        and (not wanted.owners or one["owner"] in wanted.owners)
        and not (wanted.untracked and one["issue"] is not None)
    )


def _inside(folder: Path, root: Path, wanted: Wanted) -> Callable[[str], bool]:
    """Says whether a path (as it is shown) is one of those that were named, or below one."""
    names = [_below(folder.resolve(), root, word, must_exist=wanted.removed_since is None) for word in wanted.paths]
    if not names or "" in names:
        return lambda _path: True
    files, folders = frozenset(names), tuple(f"{name}/" for name in names)
    from issuelens.todos.paths import real_path

    return lambda path: real_path(path) in files or real_path(path).startswith(folders)


def _below(folder: Path, root: Path, word: str, *, must_exist: bool) -> str:
    """The path from the root of what a word names; empty for the root itself."""
    path = Path(os.path.normpath(folder / word))
    if not path.is_relative_to(root):
        # A link may lead to the root; one that is below it is itself what is meant.
        path = path.resolve() if path.resolve() == root else path.parent.resolve() / path.name
    if not path.is_relative_to(root):
        raise click.UsageError(f"{word} is not in {root}.")
    if must_exist and not os.path.lexists(path):
        raise click.UsageError(f"{word} is not there.")
    name = path.relative_to(root).as_posix()
    return "" if name == "." else name


def _blamed(source: Source, wanted: Wanted, found: Sequence[Shape]) -> list[Shape]:
    """With who wrote them, when that is asked for; those that are old enough."""
    # The exact answer takes longer than whether it is old enough.
    since = None if wanted.blame else wanted.older_than
    with progress("Asking git", as_json=wanted.as_json) as bar:
        blames = source.blame(found, since, bar)
    _tell_unknown(wanted, blames)
    pairs = [
        (one, said)
        for one, said in zip(found, blames, strict=True)
        if wanted.older_than is None or _is_older(said, wanted.older_than)
    ]
    if not wanted.blame:
        return [one for one, _ in pairs]
    return [one | _blame_fields(said) for one, said in pairs]


def _blame_fields(said: Shape | None) -> Shape:
    known = said or {"author": None, "time": None, "commit": None}
    is_committed = said["commit"] is not None if said is not None else None
    return {"author": known["author"], "time": known["time"], "commit": known["commit"], "committed": is_committed}


def _is_older(said: Shape | None, than: str) -> bool:
    return said is not None and said["time"] is not None and said["time"] < than


def _tell_unknown(wanted: Wanted, blames: Sequence[Shape | None]) -> None:
    """Says of how many the age is not known, since nothing else would show it."""
    unknown = sum(said is None for said in blames)
    if unknown:
        say(f"issuelens: of {counted(unknown, 'TODO')} git can't say who wrote them, and when.")
    cut = sum(said is not None and said["boundary"] and not _is_older(said, wanted.older_than or "") for said in blames)
    if cut:
        say(
            f"issuelens: {counted(cut, 'TODO')} may be older than it seems: the history here goes back no further. "
            "`git fetch --unshallow` fetches the whole of it."
        )


# What is wrong with them


def _closed(source: Source, wanted: Wanted, found: Sequence[Shape]) -> Mapping[int, Shape]:
    """Number in the list -> where its finished issue is named; of those of an issue, when that is asked for."""
    if CLOSED in wanted.fail_on:
        known = source.closed()
    elif wanted.as_sarif and wanted.removed_since is None and any(one["issue"] for one in found):
        known = source.closed_if_known()
    else:
        return {}
    places = {(one["path"], one["line"], one["column"]): one for one in known if one["tag"] is not None}
    numbered = ((number, places.get((one["path"], one["line"], one["column"]))) for number, one in enumerate(found))
    return {number: place for number, place in numbered if place is not None}


def _verdict(wanted: Wanted, found: Sequence[Shape], closed: Mapping[int, Shape]) -> int:
    """The exit code, after a line that says why."""
    reasons = []
    untracked = sum(one["issue"] is None for one in found)
    if UNTRACKED in wanted.fail_on and untracked:
        reasons.append(f"{counted(untracked, 'TODO')} without an issue")
    if CLOSED in wanted.fail_on and closed:
        _say_closed(found, closed)
        reasons.append(f"{counted(len(closed), 'TODO')} whose issue is finished")
    if reasons:
        say(f"issuelens: found {' and '.join(reasons)}.")
    return 1 if reasons else 0


def _say_closed(found: Sequence[Shape], closed: Mapping[int, Shape]) -> None:
    """Says which they are: in the list nothing tells them from the others."""
    for number, place in list(closed.items())[:SHOWN]:
        one = found[number]
        say(f"issuelens: {one_line(one['path'])}:{one['line']}: {one['issue']} is {one_line(place['status'])}.")
    if len(closed) > SHOWN:
        say(f"issuelens: … and {counted(len(closed) - SHOWN, 'TODO')} more.")


# How they are shown


def _write(source: Source, wanted: Wanted, found: list[Shape], closed: Mapping[int, Shape]) -> None:
    if wanted.as_sarif:
        from issuelens.cli.sarif import sarif

        write_json(sarif(found, closed, source.config(), _prefix(source.root)))
    else:
        _write_places(found, wanted.as_json, "No TODOs.", with_blame=wanted.blame)


def _prefix(root: Path) -> str:
    """The way from the repository's top to the root, with a slash at its end; empty without git."""
    import subprocess

    from issuelens.todos.git import run_git

    try:
        return os.fsdecode(run_git(root, "rev-parse", "--show-prefix")).removesuffix("\n")
    except (OSError, subprocess.SubprocessError):
        return ""


@click.command()
@id_argument
@json_option
@click.pass_obj
def refs(cli: Cli, issue_id: str, as_json: bool) -> None:
    """List where an issue stands in the code, by its id or that of one merged into it.

    Example: issuelens refs app-1a2b
    """
    found = cli.read(methods.REFERENCES, id=issue_id)
    _write_places(found, as_json, "It stands nowhere in the code.")
    if not found and not as_json:
        _say_departures(cli, issue_id)


def _say_departures(cli: Cli, issue_id: str) -> None:
    """Says from where the id has gone, when it stood in the code."""
    from issuelens.cli.card import departure

    for one in cli.read(methods.GET, ids=[issue_id], details=True)["issues"][0].get("departures", ()):
        say(departure(one))


def _write_places(found: list[Shape], as_json: bool, nothing: str, *, with_blame: bool = False) -> None:
    """Prints places, a line each; to a person also that there is none."""
    if as_json:
        write_json(found)
        return
    if not found and on_terminal():
        write(nothing)
        return
    names = ("place", "tag", "issue", "text", *(("author", "date") if with_blame else ()))
    write_rows([list(_cells(one, with_blame)) for one in found], names)


def _cells(one: Shape, with_blame: bool) -> Iterator[str]:
    yield f"{one_line(one['path'])}:{one['line']}:{one['column']}"
    yield from (one["tag"] or "", one["issue"] or "", one_line(one["text"]))
    if with_blame:
        yield from _said(one)


def _said(one: Shape) -> Iterable[str]:
    if one["committed"] is False:
        return NOT_COMMITTED, ""
    return one_line(one["author"] or ""), (one["time"] or "")[:10]
