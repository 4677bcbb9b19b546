"""`edit`: an issue as a Markdown document in $EDITOR."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from issuelens.cli.context import Cli
from issuelens.cli.options import dry_run_option, ids_argument, json_option
from issuelens.cli.output import Shape, as_one_or_list, on_terminal, say, write, write_as_it_is, write_json
from issuelens.cli.typed import opened_in_editor, read_text
from issuelens.domain.document import Document, changed_fields, read_document, render_document
from issuelens.domain.errors import ChangedMeanwhile, IssuelensError, Refused
from issuelens.files import remedy, write_atomically
from issuelens.ipc import methods
from issuelens.ordinary import check_folder, check_ordinary, make_private_folder, open_ordinary

_ATTEMPTS = 5
"""How often a change is tried again when the issue was changed at the same time."""


@click.command()
@ids_argument
@click.option(
    "--file",
    "source",
    type=click.File("rb"),
    help="Take the document from here (- is standard input).",
)
@click.option("--print", "only_print", is_flag=True, help="Print the document and change nothing.")
@click.option("--discard", is_flag=True, help="Begin anew, without the text that an earlier try has left.")
@dry_run_option
@json_option
@click.pass_obj
def edit(
    cli: Cli, /, ids: tuple[str, ...], source: Any, only_print: bool, discard: bool, dry_run: bool, as_json: bool
) -> None:
    """Edit issues in $EDITOR, one after the other, as Markdown with front matter; then all are changed or none.

    What was changed by others meanwhile stays; when it is the same field, your text is kept and nothing is changed.

    Example: issuelens edit app-1a2b
    """
    if source is not None and len(ids) > 1:
        raise click.UsageError("One document is one issue; name one ID.")
    found = cli.read(methods.GET, ids=ids)["issues"]
    issues = list({issue["id"]: issue for issue in found}.values())
    if only_print:
        _print(issues, as_json)
        return
    edits = [_taken(cli, issue, source, discard) for issue in issues]
    with _keeping(edits):
        changed = _submitted(cli, [one for one in edits if one.fields], dry_run)
    for one in edits:
        one.finish(dry_run)
    if as_json:
        write_json(as_one_or_list([changed.get(issue["id"], issue) for issue in issues]))


def _print(issues: list[Shape], as_json: bool) -> None:
    documents = [render_document(issue) for issue in issues]
    if as_json:
        shapes = [{"id": issue["id"], "document": text} for issue, text in zip(issues, documents, strict=True)]
        write_json(as_one_or_list(shapes))
        return
    for text in documents:
        show = write if on_terminal() else write_as_it_is
        show(text.rstrip("\n"))


class _Edit:
    """What a person has made of an issue: the fields to change, and the draft where they stand."""

    def __init__(self, issue: Shape, draft: Path | None) -> None:
        self.id: str = issue["id"]
        self.before = read_document(render_document(issue))
        self.expected: str = issue["updated_at"]
        self.draft = draft
        self.fields: dict[str, Any] = {}

    def finish(self, dry_run: bool) -> None:
        """Says what was done, and lets the draft go."""
        if self.draft is not None and not (dry_run and self.fields):
            self.draft.unlink(missing_ok=True)
        if not self.fields:
            say(f"{self.id} is unchanged.")
            return
        names = sorted({_PARTS.get(name, name) for name in self.fields})
        say(f"{self.id} {'would get' if dry_run else 'has'} a new {', '.join(names)}.")


def _taken(cli: Cli, issue: Shape, source: Any, discard: bool) -> _Edit:
    draft = cli.workspace.draft(issue["id"]) if source is None else None
    text = read_text(source, "document") if draft is None else _in_editor(issue, draft, discard)
    one = _Edit(issue, draft)
    with _keeping([one]):
        one.fields = _fields(one.before, read_document(text))
    return one


@contextmanager
def _keeping(edits: list[_Edit]) -> Iterator[None]:
    """Says with an error that what was typed is kept."""
    try:
        yield
    except IssuelensError as error:
        ids = " ".join(one.id for one in edits if one.draft is not None)
        if ids:
            kept = f"Your text is kept: `issuelens edit {ids}` goes on with it, --discard begins anew."
            error.message = f"{error.message.rstrip('.')}. {kept}"
        raise


def _in_editor(issue: Shape, draft: Path, discard: bool) -> str:
    try:
        check_folder(draft.parent)
        check_ordinary(draft)
        if discard or not draft.exists():
            make_private_folder(draft.parent)
            write_atomically(draft, render_document(issue).encode(), 0o600)
        else:
            say(f"This goes on with the text that was kept in {draft}.")
        opened_in_editor(filename=str(draft))
        with open(draft, "rb", opener=open_ordinary) as file:
            return read_text(file, "document")
    except OSError as error:
        raise Refused(f"{draft} can't be used: {error.strerror}.{remedy(error)}") from error


def _fields(before: Document, after: Document) -> dict[str, Any]:
    """What to change. A document made from an earlier state is told by its time of change."""
    if "updated_at" in after and after["updated_at"] != before["updated_at"]:
        if not changed_fields(before, after | {"updated_at": before["updated_at"]}):
            return {}  # all of it was taken, and only its draft outlived a crash
        raise ChangedMeanwhile(
            f"{before['id']} was changed since this text was begun. To put all of it over what is there now, set its "
            f"line `updated:` to '{before['updated_at']}'",
            id=before["id"],
        )
    return changed_fields(before, after)


def _submitted(cli: Cli, edits: list[_Edit], dry_run: bool) -> dict[str, Shape]:
    """Sends the changes, all or none; when others have changed other fields meanwhile, on top of theirs."""
    for _ in range(_ATTEMPTS if edits else 0):
        shapes = [{"ids": [one.id], "expected_updated_at": one.expected, **one.fields} for one in edits]
        try:
            changed = cli.write(methods.EDIT, edits=shapes, dry_run=dry_run or None)
        except ChangedMeanwhile as error:
            _rebase(cli, next(one for one in edits if one.id == error.details["id"]))
        else:
            return {issue["id"]: issue for issue in changed}
    if edits:
        raise ChangedMeanwhile(f"{', '.join(one.id for one in edits)}: others change it all the time")
    return {}


def _rebase(cli: Cli, one: _Edit) -> None:
    [now] = cli.read(methods.GET, ids=[one.id])["issues"]
    _refuse_same_fields(one.before, read_document(render_document(now)), one.fields)
    one.expected = now["updated_at"]


_PARTS = {"add_labels": "labels", "remove_labels": "labels", "set_metadata": "metadata", "unset_metadata": "metadata"}


def _refuse_same_fields(before: Document, now: Document, fields: dict[str, Any]) -> None:
    theirs = {name for name, value in now.items() if value != before.get(name)} - {"updated_at", "labels"}
    both = sorted(theirs & {_PARTS.get(name, name) for name in fields})
    if both:
        raise ChangedMeanwhile(
            f"{before['id']}: {', '.join(both)} was changed by somebody else meanwhile", id=before["id"]
        )
