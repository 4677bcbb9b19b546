"""`sync`: issues to and from their files, and those through git."""

from __future__ import annotations

import sys
from collections import Counter
from typing import Any

import click

from issuelens.cli.context import Cli
from issuelens.cli.differences import settled_field
from issuelens.cli.options import dry_run_option, json_option
from issuelens.cli.output import counted, write, write_json
from issuelens.cli.progress import progress
from issuelens.domain.errors import IssuelensError
from issuelens.ipc import methods

ACTIONS = {
    "created": "created",
    "updated": "updated",
    "unchanged": "unchanged",
    "kept": "kept as they are here",
    "aside": "put aside, since they can't be read",
}


@click.command()
@click.option("--partial", is_flag=True, help="Take what is there of a file that was cut off.")
@click.option("--no-git", is_flag=True, help="Read and write the file only.")
@click.option("--no-push", is_flag=True, help="Commit and merge, but do not push.")
@click.option("--push-all", is_flag=True, help="Push commits about other files, too.")
@click.option("--timeout", type=click.FloatRange(min=0.1), default=300.0, help="Seconds for one fetch or push (300).")
@click.option(
    "--auto",
    type=click.Choice(["off", "commit", "push"]),
    help="Say what the daemon does by itself here when changes have paused.",
)
@dry_run_option
@json_option
@click.pass_obj
def sync(cli: Cli, /, no_git: bool, no_push: bool, push_all: bool, **options: Any) -> None:
    """Bring issues.jsonl and the tracker together; in git, commit, fetch, merge and push issues.

    Only files of issues are committed, and what you have staged stays as it is.

    Example: issuelens sync
    """
    if options["auto"] is not None:
        _consent(cli, options["auto"], options["dry_run"], options["as_json"])
        return
    if no_push and push_all:
        raise click.UsageError("--no-push and --push-all exclude each other.")
    run = _Run(cli, options["partial"], options["dry_run"], options["as_json"])
    why = "" if no_git else run.carry(options["timeout"], pushes=not no_push, pushes_all=push_all)
    if no_git or why:
        run.bring_together()
    if why:
        run.tell({"step": "commit", "state": "left out", "text": f"Nothing is done to git: {why}."})
    if options["as_json"]:
        write_json({**run.report, "steps": run.steps})


def _consent(cli: Cli, mode: str, dry_run: bool, as_json: bool) -> None:
    """Keeps what the person wants of this workspace."""
    from issuelens.repository.consent import Automatic, consent, consent_file

    if not dry_run:
        consent(cli.workspace, Automatic(mode))
    if as_json:
        write_json({"auto": mode, "path": str(consent_file())})
        return
    verb = "would be" if dry_run else "are from now on"
    what = {"off": "left alone in git", "commit": "committed", "push": "committed and pushed"}[mode]
    when = "" if mode == "off" else " when changes have paused"
    write(f"Issues of {cli.workspace.root} {verb} {what}{when}. ({consent_file()})")


class _Run:
    """What was done, told as it is done, or at the end as JSON."""

    def __init__(self, cli: Cli, partial: bool, dry_run: bool, as_json: bool) -> None:
        self._cli = cli
        self._partial = partial
        self._dry_run = dry_run
        self._as_json = as_json
        self.report: dict[str, Any] = {}
        self.steps: list[dict[str, str]] = []

    def carry(self, timeout: float, *, pushes: bool, pushes_all: bool) -> str:
        """Does all of it; or nothing, and says why git has no part in it."""
        # Imported here, since no other command needs git.
        from issuelens.repository.carrying import Step, Wish
        from issuelens.repository.looking import has_unresolved_issues, midst_of, why_without_git
        from issuelens.repository.own_branch import carrying
        from issuelens.repository.running import Git

        def tell(step: Step) -> None:
            self.tell({"step": step.name, "state": step.state, "text": step.text})

        is_asked = not self._as_json and sys.stdin.isatty() and sys.stderr.isatty()
        git = Git(self._cli.workspace.root, is_asked=is_asked, network_seconds=timeout)
        why = why_without_git(git, self._cli.workspace)
        is_apart = bool(self._cli.workspace.read_config().sync.branch)
        name = midst_of(git) if why is None and not is_apart else None
        if name is not None:
            # The file may be what stops it: it is merged, for the person to go on.
            why = f"it is in the midst of {name}. Finish it or give it up, then sync again"
        elif why is None and not is_apart and has_unresolved_issues(git, self._cli.workspace):
            why = "a conflict of issues is not resolved. Both sides were merged; `git add` the file, then sync again"
        if why is None:
            asked = Wish(dry_run=self._dry_run, pushes=pushes, pushes_all=pushes_all)
            others: dict[str, Any] = {"bring_together": self.bring_together, "tell": tell}
            try:
                carrying(git, self._cli.workspace, asked, **others).run()
            except IssuelensError as error:
                # What the steps before it did stays: a script is told, too.
                error.details["steps"] = self.steps
                raise
        return why or ""

    def tell(self, step: dict[str, str]) -> None:
        """A step of git."""
        self.steps.append(step)
        if not self._as_json:
            write(step["text"])

    def bring_together(self) -> dict[str, Any]:
        """The daemon's part."""
        with progress("Bringing together", as_json=self._as_json) as bar:
            report = self._cli.written(methods.SYNC, progress=bar, partial=self._partial, dry_run=self._dry_run or None)
        is_news = not self.report or report["wrote"] or set(report["imported"]) - {"unchanged"}
        if not self._as_json and is_news:
            _write_report(report, self._dry_run)
        self.report = _joined(self.report, report)
        return report


def _joined(before: dict[str, Any], now: dict[str, Any]) -> dict[str, Any]:
    """One report of two: what was done adds up, what is found is as of now."""
    if not before:
        return now
    done = Counter({name: before["imported"].get(name, 0) for name in ("created", "updated")}) + Counter(
        now["imported"]
    )
    conflicts = before["conflicts"] + now["conflicts"]
    return {**now, "imported": dict(done), "conflicts": conflicts, "wrote": before["wrote"] or now["wrote"]}


def _write_report(report: dict[str, Any], dry_run: bool) -> None:
    write(f"From {report['path']}: {counted_actions(report['imported']) or 'no issues'}.")
    for conflict in report["conflicts"]:
        write(f"{conflict['issue_id']}: {settled_field(conflict)}")
    if report["conflicts"] and not dry_run:
        write("`issuelens conflicts` shows both values, and takes the other one where that is better.")
    written = "would be written" if dry_run else "was written"
    write(f"It {written if report['wrote'] else 'is current already'}, with {counted(report['exported'])}.")
    if report["aside"]:
        write(f"Lines that can't be read stay at its end; the reasons are in {report['aside']}.")


def counted_actions(counts: dict[str, int]) -> str:
    """How many issues met what, in words; empty for none."""
    return "; ".join(f"{counts[name]:,} {text}" for name, text in ACTIONS.items() if counts.get(name))
