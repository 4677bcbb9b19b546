"""`import` and `export`: issues to and from files."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any, BinaryIO

import click

from issuelens.cli.commands.sync import counted_actions
from issuelens.cli.context import Cli
from issuelens.cli.options import dry_run_option, json_option, query_option
from issuelens.cli.output import counted, one_line, say, told_when_unwritable, write, write_json
from issuelens.cli.progress import progress
from issuelens.domain.errors import Refused
from issuelens.files import PIPE, remedy
from issuelens.ipc import methods

_FILE = click.argument("file", type=click.Path(path_type=Path, allow_dash=True))


@contextmanager
def _own_file(cli: Cli) -> Iterator[Path]:
    """A file of this run in the workspace, for what comes through a pipe."""
    directory = cli.workspace.directory
    try:
        descriptor, name = tempfile.mkstemp(prefix=PIPE, dir=directory)
    except OSError as error:
        raise Refused(f"{directory} can't be written ({error.strerror}); name a file in place of -.") from error
    os.close(descriptor)
    try:
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


def _is_stream(file: Path) -> bool:
    """Whether it is a pipe or a device: the daemon can't read what only this process has, and must not replace it."""
    return str(file) == "-" or (file.exists() and not file.is_file() and not file.is_dir())


def _copy_in(file: Path, copy: Path) -> None:
    try:
        with nullcontext(sys.stdin.buffer) if str(file) == "-" else file.open("rb") as source:
            for content in iter(lambda: source.read(1 << 20), b""):
                _append(copy, content)
    except OSError as error:
        raise Refused(f"{file} can't be read: {error.strerror}. Nothing was imported.") from error


def _append(copy: Path, content: bytes) -> None:
    try:
        with copy.open("ab") as target:
            target.write(content)
    except OSError as error:
        told = f"{copy.parent} can't be written: {error.strerror}. Nothing was imported."
        raise Refused(told + remedy(error)) from error


def _target(file: Path) -> AbstractContextManager[BinaryIO]:
    return nullcontext(sys.stdout.buffer) if str(file) == "-" else file.open("wb")


def _copy_out(copy: Path, file: Path) -> None:
    sys.stdout.flush()
    with told_when_unwritable(), copy.open("rb") as source, _target(file) as target:
        shutil.copyfileobj(source, target)
        target.flush()


@click.command("import")
@_FILE
@click.option(
    "--format", "kind", type=click.Choice(["beads", "ancestor", "todotxt", "github"]), help="Found out when not given."
)
@click.option("--partial", is_flag=True, help="Import the rest of a file that was cut off.")
@click.option("-v", "--verbose", is_flag=True, help="Say of every line what was done.")
@dry_run_option
@json_option
@click.pass_obj
def import_file(cli: Cli, /, file: Path, as_json: bool, verbose: bool, **options: Any) -> None:
    """Import issues from FILE (- is standard input), all or nothing; again changes nothing.

    Lines that can't be read are put aside with the reason. An issue that was changed here later stays as it is.

    Example: issuelens import .beads/issues.jsonl --dry-run
    """
    if _is_stream(file):
        with _own_file(cli) as path:
            _copy_in(file, path)
            name = "standard input" if str(file) == "-" else str(file)
            report = _imported(cli, path, name, as_json, options)
    else:
        report = _imported(cli, file.absolute(), None, as_json, options)
    if as_json:
        write_json(report)
    else:
        _write_report(report, verbose, options["dry_run"])


def _imported(cli: Cli, path: Path, name: str | None, as_json: bool, options: dict[str, Any]) -> dict[str, Any]:
    with progress("Importing", as_json=as_json) as bar:
        return cli.written(
            methods.IMPORT,
            progress=bar,
            path=str(path),
            name=name or str(path),
            format=options["kind"],
            partial=options["partial"],
            dry_run=options["dry_run"] or None,
        )


def _write_report(report: dict[str, Any], verbose: bool, dry_run: bool) -> None:
    for line in report["lines"]:
        if verbose or line["action"] == "aside" or (line.get("reason") and line["action"] != "kept"):
            reason = f": {one_line(line['reason'])}" if line.get("reason") else ""
            write(f"line {line['line']}: {line['action']} {line.get('id', '')}".rstrip() + reason)
    words = counted_actions(report["counts"]) or "none in this file"
    write(f"{'Would be' if dry_run else 'Issues'}: {words} (format {report['format']}).")
    if report["aside"]:
        write(f"What can't be read is in {report['aside']}.")
    for cycle in report["cycles"]:
        say(f"These wait for each other: {' → '.join(cycle)}. `issuelens dep remove` takes one dependency away.")


@click.command()
@_FILE
@query_option
@json_option
@click.pass_obj
def export(cli: Cli, file: Path, query: str | None, as_json: bool) -> None:
    """Write issues to FILE (- is standard output), one a line, as beads does; deleted ones as tombstones.

    Example: issuelens export issues.jsonl
    """
    if _is_stream(file):
        with _own_file(cli) as path:
            _exported(cli, path, query, as_json)
            _copy_out(path, file)
        return
    # Through a link to the file itself, which would be replaced otherwise.
    found = _exported(cli, file.resolve(), query, as_json)
    if as_json:
        write_json(found)
    else:
        verb = "is" if found["issues"] == 1 else "are"
        write(f"{counted(found['issues'])} {verb} in {found['path']}.")


def _exported(cli: Cli, path: Path, query: str | None, as_json: bool) -> dict[str, Any]:
    with progress("Exporting", as_json=as_json) as bar:
        found: dict[str, Any] = cli.asked(methods.EXPORT, progress=bar, path=str(path), query=query)
    return found
