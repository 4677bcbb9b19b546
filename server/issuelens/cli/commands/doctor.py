"""`doctor`: what is wrong with a workspace, each finding with its remedy; mending; and the leak check."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import click

from issuelens import __version__
from issuelens.cli.context import Cli
from issuelens.cli.options import json_option
from issuelens.cli.output import printable, say, write, write_json
from issuelens.domain.errors import IssuelensError, NotAnswered, Refused, Unreachable
from issuelens.files import write_atomically
from issuelens.ipc import methods
from issuelens.workspace import Workspace, find_workspace

LEAVING_SECONDS: Final = 10.0
"""How long a daemon that is about to end, or to begin, may take before it counts as something wrong."""

Check = dict[str, Any]
"""`name`, `ok`, `found`, `remedy`, which is empty when nothing is wrong, and `count`, how many places are wrong."""


def _check(name: str, ok: bool, found: str, remedy: str = "") -> Check:
    return {"name": name, "ok": ok, "found": found, "remedy": remedy, "count": 0 if ok else 1}


@click.command()
@click.option("--fix", is_flag=True, help="Mend what can be mended without losing anything.")
@click.option("--leaks", is_flag=True, help="Open, use and close a workspace many times, and count what stays.")
@click.option("--report", "as_report", is_flag=True, help="Make a bug report in which nothing private stands.")
@click.option(
    "-o", "--output", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path), help="Where to, with --report."
)
@click.option("--cycles", type=click.IntRange(10), default=5000, show_default=True, help="How often, with --leaks.")
@json_option
@click.pass_obj
def doctor(cli: Cli, fix: bool, leaks: bool, as_report: bool, output: Path | None, cycles: int, as_json: bool) -> int:
    """Check this workspace; exit code 1 when something is wrong.

    Settings, what git merges with, daemon and its endpoint, lock, database (integrity, schema, orphans, derived
    columns), permissions and issues.jsonl are looked at.

    Example: issuelens doctor --fix
    """
    if as_report + fix + leaks > 1 or (output is not None and not as_report):
        raise click.UsageError("--fix, --leaks and --report go alone, and --output goes with --report.")
    if as_report:
        return _report(cli, output, as_json)
    if leaks:
        # Imported here: it plays an editor, which no other command does.
        import gc

        from issuelens.editor_client.leaks import run

        # A command does without (`__main__`), thousands of cycles can't.
        gc.enable()
        return run(cycles, as_json)
    checks = list(_checks(cli, fix))
    if as_json:
        write_json(checks)
    else:
        for check in checks:
            write(f"{'ok     ' if check['ok'] else 'problem'} {check['name']}: {printable(check['found'])}")
            if check["remedy"]:
                write(f"        {printable(check['remedy'])}")
    return 0 if all(check["ok"] for check in checks) else 1


def _report(cli: Cli, output: Path | None, as_json: bool) -> int:
    # Imported here: the other ways need nothing of it.
    from issuelens.cli.report import as_markdown, gather

    report = gather(cli, find_workspace(cli.folder), lambda: _checks(cli, fix=False))
    if output is None:
        if as_json:
            write_json(report)
        else:
            write(as_markdown(report).rstrip())
        return 0
    text = json.dumps(report, indent=2) + "\n" if as_json else as_markdown(report)
    try:
        write_atomically(output.absolute(), text.encode())
    except OSError as error:
        raise Refused(f"{output} can't be written: {error.strerror}.") from error
    say(f"The report is in {output}.")
    return 0


def _checks(cli: Cli, fix: bool) -> Iterator[Check]:
    workspace = find_workspace(cli.folder)
    if workspace is None:
        yield _check("workspace", False, f"{cli.folder} is not in one", "Run `issuelens init` in the project's folder.")
        return
    yield _check("workspace", True, str(workspace.root))
    yield _settings(workspace)
    yield _git(workspace)
    if fix:
        _clear_stale_endpoint(workspace)
    _let_leave(workspace)
    yield _lock(workspace)
    yield _endpoint(workspace)
    yield from _daemon(cli, workspace, fix)


def _settings(workspace: Workspace) -> Check:
    try:
        found = workspace.read_config()
    except IssuelensError as error:
        return _check("settings", False, error.message, f"Correct {workspace.config_file}.")
    return _check("settings", True, f"prefix {found.prefix}")


def _git(workspace: Workspace) -> Check:
    """Whether what git would merge issues.jsonl with is there."""
    # Imported here: the other ways need nothing of it.
    from issuelens.cli.merge_setup import find_fault

    try:
        fault = find_fault(workspace)
    except IssuelensError as error:
        return _check("git", False, error.message, "See what `git status` says.")
    return _check("git", fault is None, fault or "nothing wrong", "Run `issuelens init --git`." if fault else "")


def _clear_stale_endpoint(workspace: Workspace) -> None:
    """Ends what stands in the way of a daemon: an endpoint file that nobody serves, or one that can't be read."""
    from issuelens.ipc.launch import ensure_running

    try:
        ensure_running(workspace)
    except Unreachable as error:
        say(f"The daemon can't be started: {error.message}")
    except IssuelensError as error:
        say(error.message)


def _let_leave(workspace: Workspace) -> None:
    """Waits for a daemon that answers no more and is about to end: it holds its lock and its endpoint until then."""
    from issuelens.ipc.locks import FileLock
    from issuelens.ipc.oneshot import Way, call

    lock = FileLock(workspace.daemon_lock)
    try:
        call(workspace, methods.STATUS, {}, Way(timeout=5.0))
    except NotAnswered:
        return
    except Unreachable:
        # What is wrong with the lock is told by the check of it.
        with suppress(IssuelensError):
            lock.acquire(wait=True, seconds=LEAVING_SECONDS)
    except IssuelensError:
        return  # told by the checks
    finally:
        lock.release()


def _lock(workspace: Workspace) -> Check:
    """Whether locks work here: the daemon's is held exactly while one runs."""
    from issuelens.ipc.endpoint import read_endpoint
    from issuelens.ipc.locks import FileLock
    from issuelens.ipc.oneshot import Way, call

    lock = FileLock(workspace.daemon_lock)
    try:
        is_free = lock.acquire(wait=False)
        lock.release()
        runs = (
            read_endpoint(workspace) is not None and call(workspace, methods.STATUS, {}, Way(timeout=5.0)) is not None
        )
    except Unreachable:
        runs = False
    except IssuelensError as error:
        return _check("lock", False, error.message, "Move the project to a local disk.")
    if is_free and runs:
        found = "a daemon answers that does not hold its lock"
        return _check("lock", False, found, "Run `issuelens daemon restart`; a file system without locks needs moving.")
    if not is_free and not runs:
        found = "a process holds the lock and does not answer"
        return _check("lock", False, found, f"Wait a moment; then look into {workspace.daemon_log}.")
    return _check("lock", True, "held by the daemon" if runs else "free; no daemon runs")


def _endpoint(workspace: Workspace) -> Check:
    """Whether daemon.json names a daemon that answers. One that was killed leaves it behind."""
    from issuelens.ipc.endpoint import noted_endpoint, read_endpoint
    from issuelens.ipc.oneshot import Way, call_endpoint

    try:
        endpoint = read_endpoint(workspace)
        if endpoint is None:
            is_left = workspace.endpoint_file.exists()
            found = "daemon.json can't be understood" if is_left else "there is none, since no daemon runs"
            found = "daemon.json names the daemon of another folder" if noted_endpoint(workspace) else found
            return _check("endpoint", not is_left, found, _MENDED if is_left else "")
        call_endpoint(endpoint, methods.STATUS, {}, Way(timeout=5.0))
    except IssuelensError as error:
        return _check("endpoint", False, f"daemon.json is out of date: {error.message}", _MENDED)
    return _check("endpoint", True, f"process {endpoint.pid} answers")


_MENDED = "Run `issuelens doctor --fix`; any command that starts a daemon replaces it, too."


def _daemon(cli: Cli, workspace: Workspace, fix: bool) -> Iterator[Check]:
    try:
        found: dict[str, Any] = cli.call(workspace, methods.STATUS, {}, None)
    except IssuelensError as error:
        yield _check("daemon", False, error.message, f"Look into {workspace.daemon_log}.")
        return
    yield _check("daemon", True, f"process {found['pid']}, {len(found['clients'])} clients")
    same = found["version"] == __version__
    remedy = "" if same else "Run `issuelens daemon restart`."
    yield _check("version", same, f"daemon {found['version']}, this command {__version__}", remedy)
    yield _check("database", True, f"{found['database']}, revision {found['revision']}")
    method = methods.REPAIR if fix else methods.CHECK
    for finding in cli.call(workspace, method, {}, lambda _done, _all: None)["findings"]:
        check = _check(finding["name"], finding["ok"], finding["found"], finding["remedy"])
        yield check | {"count": finding.get("count") or check["count"]}
