"""Imports: issues of a file become issues here, in one transaction and one operation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from graphlib import CycleError, TopologicalSorter
from typing import Any, Final

from attrs import define, evolve, field
from sqlalchemy import Connection

from issuelens.domain.imports import Imported, Unreadable
from issuelens.domain.issue import Comment, Issue
from issuelens.domain.operation import Event, named_ids
from issuelens.domain.shape import comment_from_json, issue_to_json
from issuelens.storage import history, readiness, reads, writes
from issuelens.tracker.context import Done, OperationContext
from issuelens.tracker.operations import change_of, event_of

BATCH: Final = 500
"""Issues written together."""

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
    _event: Event | None = None
    _changes: int = 0
    _touched: list[str] = field(factory=list)
    _lines: int = 0

    def run(self, records: Iterable[Imported | Unreadable]) -> Event | None:
        """Imports all; the event, or None when nothing was to change."""
        for batch in _batches(records, self._unreadable):
            self._do(batch)
        if self._event is None:
            return None
        readiness.refresh(self.connection, self._touched, set(self._touched))
        return evolve(self._event, **named_ids(self._touched))

    def _unreadable(self, one: Unreadable) -> None:
        self.put_aside(one)
        self.report({"line": one.line, "action": "aside", "reason": one.reason})

    def _do(self, batch: list[Imported]) -> None:
        here = reads.get_issues(self.connection, [one.issue.id for one in batch])
        before: dict[str, Issue | None] = {}
        after: dict[str, Issue] = {}
        for one in batch:
            old = after.get(one.issue.id) or here.get(one.issue.id)
            before.setdefault(one.issue.id, old)
            action, new = self._joined(old, one.issue)
            if new is not old:
                after[new.id] = new
            self.report(_line(one, action))
        self._write([(before[issue_id], issue) for issue_id, issue in after.items()])
        self._lines += len(batch)
        self.progress(self._lines)

    def _joined(self, old: Issue | None, new: Issue) -> tuple[str, Issue]:
        """What is done about an issue of the file, and the issue then; the old one itself when it stays as it is."""
        if old is None:
            created = new.created_at or self.context.now
            return "created", evolve(new, created_at=created, updated_at=new.updated_at or created)
        new = evolve(new, created_at=new.created_at or old.created_at, updated_at=new.updated_at or old.updated_at)
        comments = _all_comments(old, self._unknown_comments(old, new))
        joined = evolve(new if new.updated_at > old.updated_at else old, comments=comments)
        if issue_to_json(joined) != issue_to_json(old):
            return "updated", joined
        is_same = issue_to_json(evolve(new, comments=comments)) == issue_to_json(old)
        return ("unchanged" if is_same else "kept"), old

    def _unknown_comments(self, old: Issue, new: Issue) -> list[Comment]:
        """Comments of the file that are not here and were not deleted here, whatever their numbers."""
        known = set(map(_mark, old.comments))
        found = [one for one in new.comments if _mark(one) not in known]
        if found:
            known = {_mark(comment_from_json(one)) for one in history.deleted_comments(self.connection, old.id)}
        return [one for one in found if _mark(one) not in known]

    def _write(self, pairs: list[tuple[Issue | None, Issue]]) -> None:
        if not pairs:
            return
        if self._event is None:
            self._event = event_of(self.connection, Done(name="import", pairs=()), self.context)
            # Sent again, an import may find more in the file than the first time.
            writes.record_operation(self.connection, self._event, history.free_key(self.connection, self.context.key))
        writes.insert_issues(self.connection, [after for before, after in pairs if before is None])
        for before, after in pairs:
            if before is not None:
                writes.update_issue(self.connection, before, after)
        changes = [change_of(*pair) for pair in pairs]
        writes.record_changes(self.connection, self._event.revision, changes, self._changes)
        self._changes += len(changes)
        self._touched += [after.id for _, after in pairs]


def _batches(
    records: Iterable[Imported | Unreadable], unreadable: Callable[[Unreadable], None]
) -> Iterator[list[Imported]]:
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


def _line(one: Imported, action: str) -> dict[str, Any]:
    shape: dict[str, Any] = {"line": one.line, "action": action, "id": one.issue.id}
    reason = "the issue here was changed later" if action == "kept" else one.note
    return shape | ({"reason": reason} if reason else {})


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
