"""An issue with all that it is tied to, read in one go."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from attrs import frozen
from sqlalchemy import Connection

from issuelens.domain.conflict import KeptConflict
from issuelens.domain.issue import Issue, IssueSummary
from issuelens.domain.vocabulary import TOMBSTONE
from issuelens.storage.conflicts import open_of
from issuelens.storage.lists import Reason, reasons
from issuelens.storage.merged import names_of
from issuelens.storage.reads import current_revision, dependents_of, find_issue, get_summaries

LINKS: Final = 200
"""Issues that are read of one type of dependency and one end; an epic may have thousands of children."""


@frozen
class Link:
    """One end of a dependency: the other issue and the dependency's type."""

    issue: IssueSummary
    type: str


@frozen(kw_only=True)
class IssueDetails:
    """An issue, every id that means it (its own first), what it depends on, who depends on it, why it is blocked.

    `further_on` and `further_dependents`: of each type, how many are beyond LINKS. `revision` is that of all of it.
    """

    issue: Issue
    names: Sequence[str]
    depends_on: Sequence[Link]
    dependents: Sequence[Link]
    further_on: Mapping[str, int]
    further_dependents: Mapping[str, int]
    reasons: Sequence[Reason]
    revision: int
    conflicts: Sequence[KeptConflict] = ()


def read_details(connection: Connection, word: str, prefix: str = "") -> IssueDetails:
    """The issue that a word means; raises as `reads.resolve_id`."""
    issue = find_issue(connection, word, prefix)
    names = names_of(connection, issue.id)
    on, further_on = _first((one.depends_on_id, one.type) for one in issue.dependencies)
    by, further_by = _first((one, kind) for one, _, kind in dependents_of(connection, names))
    summaries = get_summaries(connection, [one for one, _ in (*on, *by)])
    return IssueDetails(
        issue=issue,
        names=names,
        depends_on=_links(on, summaries),
        dependents=_links(by, summaries),
        further_on=further_on,
        further_dependents=further_by,
        reasons=[] if issue.is_closed else reasons(connection, [issue.id])[issue.id],
        revision=current_revision(connection),
        conflicts=open_of(connection, [issue.id]),
    )


def _first(pairs: Iterable[tuple[str, str]]) -> tuple[list[tuple[str, str]], Counter[str]]:
    """The first LINKS pairs of each type, and how many more there are of it."""
    counts: Counter[str] = Counter()
    found = []
    for issue_id, kind in pairs:
        counts[kind] += 1
        if counts[kind] <= LINKS:
            found.append((issue_id, kind))
    return found, Counter({kind: count - LINKS for kind, count in counts.items() if count > LINKS})


def _links(pairs: Sequence[tuple[str, str]], summaries: dict[str, IssueSummary]) -> list[Link]:
    """The links whose other end is there, each once; several ids may have been merged into one."""
    found: dict[tuple[str, str], Link] = {}
    for issue_id, kind in pairs:
        one = summaries.get(issue_id)
        if one is not None and one.status != TOMBSTONE:
            found.setdefault((one.id, kind), Link(one, kind))
    return list(found.values())
