"""Changes an issue as a form or a document has it: a merge by field; what both sides have changed is given back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from attrs import frozen

from issuelens.domain.document import read_document, render_document
from issuelens.domain.errors import ChangedMeanwhile, InvalidField
from issuelens.domain.issue import Issue
from issuelens.domain.operation import UpdateIssues
from issuelens.domain.shape import issue_to_json
from issuelens.domain.vocabulary import PARENT_CHILD
from issuelens.lsp.issue_documents import states
from issuelens.lsp.merge_document import Fields, merged
from issuelens.lsp.session import Session

MINE: Final = "mine"
THEIRS: Final = "theirs"
ATTEMPTS: Final = 5
"""How often a change is sent again when the issue was changed at the same time."""


@frozen
class Settled:
    """What a person says of a conflict: which side counts (`MINE`, `THEIRS`), and of which state they have seen."""

    keep: str
    seen: str


@frozen
class Outcome:
    """The issue as it is now. With conflicts (`{field, mine, theirs}`), nothing of it was changed."""

    issue: Issue
    conflicts: tuple[dict[str, Any], ...] = ()


async def change_issue(
    session: Session, issue_id: str, base: str | None, text: str, settled: Settled | None = None
) -> Outcome:
    """Changes an issue as its document says.

    Args:
        session: that of the issue.
        issue_id: which one.
        base: the document as it was when the issue had all of it; None: nobody knows.
        text: the document as it is to be.
        settled: how fields count that others have changed, too; None: nothing is changed then.

    Raises:
        InvalidField: when the document can't be read, or changes what can't be changed.
        ChangedMeanwhile: when others change the issue again and again.
    """
    for _ in range(ATTEMPTS):
        issue = await session.issue(issue_id)
        now = issue_to_json(issue)
        found = merged(base, now, text)
        keep = settled.keep if settled is not None and settled.seen == now["updated_at"] else None
        if found.both and keep is None:
            return Outcome(issue, tuple(_conflicts(found.both, now, text)))
        try:
            await _send(session, issue.id, now["updated_at"], found.without_both if keep == THEIRS else found.fields)
        except ChangedMeanwhile:
            continue
        return Outcome(await session.issue(issue.id))
    raise ChangedMeanwhile(f"{issue_id}: others change it all the time. Try again.", id=issue_id)


def _conflicts(names: tuple[str, ...], now: Mapping[str, Any], text: str) -> list[dict[str, Any]]:
    mine, theirs = read_document(text), read_document(render_document(now))
    return [{"field": name, "mine": mine.get(name), "theirs": theirs.get(name)} for name in names]


async def _send(session: Session, issue_id: str, moment: str, fields: Fields) -> None:
    if fields:
        values: dict[str, Any] = {name: tuple(one) if isinstance(one, list) else one for name, one in fields.items()}
        await session.write(UpdateIssues(ids=(issue_id,), expected_updated_at=moment, **values))


async def document_at(session: Session, issue_id: str, moment: str | None) -> str | None:
    """The document of an issue as it was at a moment; None when it was not there then."""
    now = issue_to_json(await session.issue(issue_id))
    if now["updated_at"] == moment:
        return render_document(now)
    past = await states(session, now["id"])
    return next((render_document(one) for one in past if one.get("updated_at") == moment), None)


def with_fields(document: str, fields: Fields) -> str:
    """A document with other values in some fields.

    Raises:
        InvalidField: when a value has another form than its field.
    """
    shape = read_document(document)
    for name, value in fields.items():
        if name != "labels" and not isinstance(value, str | int):
            raise InvalidField(name, "it must be a text or a whole number")
        shape[name] = value
    parent = shape.pop("parent", "")
    links = [{"depends_on_id": parent, "type": PARENT_CHILD}] if parent else []
    return render_document(shape | {"dependencies": links})
