"""`edit`: an issue as a Markdown document in $EDITOR."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from issuelens.cli.context import Cli
from issuelens.cli.options import dry_run_option, ids_argument, json_option
from issuelens.cli.output import Shape, as_one_or_list, say, write, write_json
from issuelens.cli.typed import decoded, opened_in_editor, read_text
from issuelens.domain.document import Document, changed_fields, read_document, render_document
from issuelens.domain.errors import ChangedMeanwhile, IssuelensError, Refused
from issuelens.ipc import methods
from issuelens.workspace import write_atomically

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
    """Edit issues in $EDITOR, one after the other, as Markdown with front matter.

    What was changed by others meanwhile stays; when it is the same field, your text is kept and nothing is changed.

    Example: issuelens edit app-1a2b
    """
    if source is not None and len(ids) > 1:
        raise click.UsageError("One document is one issue; name one ID.")
    issues = cli.read(methods.GET, ids=ids)["issues"]
    if only_print:
        _print(issues, as_json)
        return
    edited = [_edited(cli, issue, source, discard, dry_run) for issue in issues]
    if as_json:
        write_json(as_one_or_list(edited))


def _print(issues: list[Shape], as_json: bool) -> None:
    documents = [render_document(issue) for issue in issues]
    if as_json:
        shapes = [{"id": issue["id"], "document": text} for issue, text in zip(issues, documents, strict=True)]
        write_json(as_one_or_list(shapes))
        return
    for text in documents:
        write(text.rstrip("\n"))


def _edited(cli: Cli, issue: Shape, source: Any, discard: bool, dry_run: bool) -> Shape:
    draft = cli.workspace.drafts / f"{issue['id'].replace('/', '_')}.md"
    text = _in_editor(issue, draft, discard) if source is None else read_text(source, "document")
    before = read_document(render_document(issue))
    try:
        after = read_document(text)
        fields = _fields(before, after)
        result = _submitted(cli, issue, before, fields, dry_run) if fields else issue
    except IssuelensError as error:
        if source is None:
            kept = f"Your text is kept: `issuelens edit {issue['id']}` goes on with it, --discard begins anew."
            error.message = f"{error.message.rstrip('.')}. {kept}"
        raise
    if source is None and not (dry_run and fields):
        draft.unlink(missing_ok=True)
    _say(issue, fields, dry_run)
    return result


def _say(issue: Shape, fields: dict[str, Any], dry_run: bool) -> None:
    if not fields:
        say(f"{issue['id']} is unchanged.")
        return
    names = sorted({_PARTS.get(name, name) for name in fields})
    say(f"{issue['id']} {'would get' if dry_run else 'has'} a new {', '.join(names)}.")


def _in_editor(issue: Shape, draft: Path, discard: bool) -> str:
    try:
        if discard or not draft.exists():
            draft.parent.mkdir(exist_ok=True)
            write_atomically(draft, render_document(issue).encode(), 0o600)
        else:
            say(f"This goes on with the text that was kept in {draft}.")
        opened_in_editor(filename=str(draft))
        return decoded(draft.read_bytes(), "document")
    except OSError as error:
        raise Refused(f"{draft} can't be used: {error.strerror}.") from error


def _fields(before: Document, after: Document) -> dict[str, Any]:
    """What to change. A document made from an earlier state is told by its time of change."""
    if "updated_at" in after and after["updated_at"] != before["updated_at"]:
        raise ChangedMeanwhile(
            f"{before['id']} was changed since this text was begun. To put all of it over what is there now, set its "
            f"line `updated:` to '{before['updated_at']}'",
            id=before["id"],
        )
    return changed_fields(before, after)


def _submitted(cli: Cli, issue: Shape, before: Document, fields: dict[str, Any], dry_run: bool) -> Shape:
    """Sends the change; when others have changed other fields meanwhile, on top of theirs."""
    expected = issue["updated_at"]
    for _ in range(_ATTEMPTS):
        try:
            [changed] = cli.write(
                methods.UPDATE, ids=[issue["id"]], expected_updated_at=expected, dry_run=dry_run or None, **fields
            )
        except ChangedMeanwhile:
            [now] = cli.read(methods.GET, ids=[issue["id"]])["issues"]
            _refuse_same_fields(before, read_document(render_document(now)), fields)
            expected = now["updated_at"]
        else:
            return changed
    raise ChangedMeanwhile(f"{issue['id']} is changed by others all the time")


_PARTS = {"add_labels": "labels", "remove_labels": "labels", "set_metadata": "metadata", "unset_metadata": "metadata"}


def _refuse_same_fields(before: Document, now: Document, fields: dict[str, Any]) -> None:
    theirs = {name for name, value in now.items() if value != before.get(name)} - {"updated_at", "labels"}
    both = sorted(theirs & {_PARTS.get(name, name) for name in fields})
    if both:
        raise ChangedMeanwhile(
            f"{before['id']}: {', '.join(both)} was changed by somebody else meanwhile", id=before["id"]
        )
