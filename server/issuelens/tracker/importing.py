"""Imports: issues of a file become issues here, in one transaction and one operation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from graphlib import CycleError, TopologicalSorter
from typing import Any, Final

from attrs import define, evolve, field
from sqlalchemy import Connection

from issuelens.domain.imports import Imported, Unreadable
from issuelens.domain.issue import Comment, Issue
from issuelens.domain.moment import is_later, later
from issuelens.domain.operation import Event
from issuelens.domain.shape import issue_to_json, same_json
from issuelens.storage import past, reads
from issuelens.tracker.context import OperationContext
from issuelens.tracker.recording import Recording, repointed, survivors_for

BATCH: Final = 500
"""Issues written together."""

LATER: Final = "the issue here was changed later"
SAME_MOMENT: Final = "the issue was changed here, and the file has it as of the same moment"
NO_MOMENT: Final = "the issue was changed here, and the file does not say when it was changed there"
TWICE: Final = "the file has this issue twice, and a line before says otherwise"

Report = Callable[[dict[str, Any]], None]
"""Told what was done about each line: `{line, action, id?, reason?}`."""


@define
class Import:
    """An import under way.

    Args:
        connection: with its transaction.
        context: the operation's.
        report: told of each line.
        put_aside: told of each line that can't be read.
        progress: told how many lines are done.
    """

    connection: Connection
    context: OperationContext
    report: Report
    put_aside: Callable[[Unreadable], None]
    progress: Callable[[int], None]
    _recording: Recording = field(init=False)
    _lines: int = 0
    _seen: set[str] = field(factory=set)

    def __attrs_post_init__(self) -> None:
        self._recording = Recording(self.connection, self.context, "import")

    def run(self, records: Iterable[Imported | Unreadable]) -> Event | None:
        """Imports all; the event, or None when nothing was to change."""
        for batch in batches(records, self._unreadable):
            self._do(batch)
        return self._recording.finish()

    def _unreadable(self, one: Unreadable) -> None:
        self.put_aside(one)
        self.report({"line": one.line, "action": "aside", "reason": one.reason})

    def _do(self, batch: list[Imported]) -> None:
        here = reads.get_issues(self.connection, [one.issue.id for one in batch])
        survivors = survivors_for(self.connection, *(one.issue for one in batch))
        before: dict[str, Issue | None] = {}
        after: dict[str, Issue] = {}
        for one in batch:
            old = after.get(one.issue.id) or here.get(one.issue.id)
            before.setdefault(one.issue.id, old)
            action, new, reason = self._joined(old, repointed(one.issue, survivors))
            if new is not old:
                after[new.id] = new
            self._seen.add(new.id)
            self.report(_line(one, action, reason))
        self._recording.write([(before[issue_id], issue) for issue_id, issue in after.items()])
        self._lines += len(batch)
        self.progress(self._lines)

    def _joined(self, old: Issue | None, new: Issue) -> tuple[str, Issue, str]:
        """What is done about an issue of the file, the issue then (the old one itself when it stays), and why."""
        if old is None:
            return "created", as_new(new, self.context), ""
        filled = evolve(new, created_at=new.created_at or old.created_at, updated_at=new.updated_at or old.updated_at)
        theirs = evolve(filled, comments=_all_comments(old, self._unknown_comments(old, new)))
        if says_same(theirs, old):
            return "unchanged", old, ""
        reason = self._reason_to_keep(old, new)
        if not reason:
            moment = new.updated_at or later(self.context.now, old.updated_at)
            return "updated", evolve(theirs, updated_at=moment), ""
        joined = evolve(old, comments=theirs.comments)
        return ("kept", old, reason) if says_same(joined, old) else ("updated", joined, "")

    def _reason_to_keep(self, old: Issue, new: Issue) -> str:
        """Why the fields here stay; empty when those of the file are taken."""
        if is_later(new.updated_at, old.updated_at):
            return ""
        if old.id in self._seen:
            return TWICE
        imported_at = past.import_moment(self.connection, old.id)
        # What was imported without a moment got that of the import, which says nothing about the file.
        if imported_at is not None and (new.updated_at in ("", old.updated_at) or imported_at == old.updated_at):
            return ""
        if new.updated_at and is_later(old.updated_at, new.updated_at):
            return LATER
        return SAME_MOMENT if new.updated_at else NO_MOMENT

    def _unknown_comments(self, old: Issue, new: Issue) -> list[Comment]:
        """Comments of the file that are not here and were not removed here, whatever their numbers."""
        known = set(map(_mark, old.comments))
        if all(_mark(one) in known for one in new.comments):
            return []
        known |= past.removed_comments(self.connection, old.id)
        return [one for one in new.comments if _mark(one) not in known]


def says_same(one: Issue, other: Issue) -> bool:
    """Whether both are the same for whoever reads them, to the letter."""
    return same_json(issue_to_json(one), issue_to_json(other))


def as_new(issue: Issue, context: OperationContext) -> Issue:
    """An issue that is not here yet, with the moments that its file does not say."""
    created = issue.created_at or context.now
    return evolve(issue, created_at=created, updated_at=issue.updated_at or created)


def without_removed(connection: Connection, ours: Issue, theirs: Issue) -> Issue:
    """Their issue without the comments that were removed from ours here."""
    known = past.removed_comments(connection, ours.id) - set(map(_mark, ours.comments))
    return evolve(theirs, comments=tuple(one for one in theirs.comments if _mark(one) not in known))


def batches(
    records: Iterable[Imported | Unreadable], unreadable: Callable[[Unreadable], None]
) -> Iterator[list[Imported]]:
    """The issues among these, BATCH at a time; what can't be read is told."""
    batch: list[Imported] = []
    for one in records:
        if isinstance(one, Unreadable):
            unreadable(one)
            continue
        batch.append(one)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _mark(one: Comment) -> tuple[str, str, str]:
    """The same author, time and text mean the same comment: numbers clash between clones."""
    return one.author, one.created_at, one.text


def _line(one: Imported, action: str, reason: str) -> dict[str, Any]:
    shape: dict[str, Any] = {"line": one.line, "action": action, "id": one.issue.id}
    return shape | ({"reason": reason or one.note} if reason or one.note else {})


def _all_comments(old: Issue, new: Iterable[Comment]) -> tuple[Comment, ...]:
    """The comments of both, those of the file being others than those here, or other texts of them."""
    found = {one.id: one for one in old.comments}
    new = list(new)
    highest = max([*found, *(one.id for one in new), 0])
    for one in new:
        mine = found.get(one.id)
        if mine is None or _is_edit(mine, one):
            found[one.id] = max((mine or one), one, key=lambda it: it.updated_at or "")
        else:
            highest += 1
            found[highest] = evolve(one, id=highest)
    return tuple(sorted(found.values(), key=lambda one: one.id))


def _is_edit(mine: Comment, other: Comment) -> bool:
    """Whether both are one comment, which got another text on one side at least; the later text is kept."""
    is_edited = mine.updated_at is not None or other.updated_at is not None
    return is_edited and (mine.author, mine.created_at) == (other.author, other.created_at)


def find_cycle(connection: Connection) -> list[str]:
    """Ids of issues that wait for each other, the first one again at the end; empty when there are none.

    Imports keep such dependencies, since the file has them.
    """
    graph: dict[str, list[str]] = {}
    for one, target in reads.all_waits(connection):
        graph.setdefault(one, []).append(target)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        # It goes from what is waited for to who waits.
        return list(reversed(error.args[1]))
    return []
