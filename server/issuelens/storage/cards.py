"""What is shown of an issue on a card, read in one go: a hover waits for one trip to the thread that reads."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen
from sqlalchemy import Connection

from issuelens.domain.conflict import KeptConflict
from issuelens.domain.issue import Issue, IssueSummary
from issuelens.domain.vocabulary import BLOCKS
from issuelens.storage.conflicts import open_of
from issuelens.storage.lists import reasons
from issuelens.storage.merged import names_of
from issuelens.storage.reads import dependents_of, find_issue, get_summaries


@frozen(kw_only=True)
class IssueOnCard:
    """An issue, every id that means it (its own first), what holds it back and what waits for it."""

    issue: Issue
    names: Sequence[str]
    blockers: Sequence[IssueSummary]
    blocks: Sequence[IssueSummary]
    conflicts: Sequence[KeptConflict] = ()


def read_card(connection: Connection, word: str, prefix: str = "") -> IssueOnCard:
    """The issue that a word means, with what a card shows beside it; raises as `reads.resolve_id`."""
    issue = find_issue(connection, word, prefix)
    names = names_of(connection, issue.id)
    waiting = [one for one, _, kind in dependents_of(connection, names) if kind == BLOCKS]
    # Several ids may have been merged into one that waits: it is named once.
    found = {one.id: one for one in get_summaries(connection, waiting).values()} if waiting else {}
    why = [] if issue.is_closed else reasons(connection, [issue.id])[issue.id]
    return IssueOnCard(
        issue=issue,
        names=names,
        blockers=[one.issue for one in why if one.issue is not None],
        blocks=list(found.values()),
        conflicts=open_of(connection, [issue.id]),
    )
