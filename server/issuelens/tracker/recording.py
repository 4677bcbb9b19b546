"""One operation whose changes come in batches, since there may be more of them than memory holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import define, evolve, field
from sqlalchemy import Connection

from issuelens.domain.conflict import KeptConflict
from issuelens.domain.issue import Dependency, Issue
from issuelens.domain.operation import Event, named_ids
from issuelens.storage import conflicts as kept
from issuelens.storage import history, merged, readiness, reads, writes
from issuelens.tracker import conflicts
from issuelens.tracker.context import Done, OperationContext, Pair
from issuelens.tracker.operations import change_of, event_of


@define
class Recording:
    """An operation under way.

    Args:
        connection: with its transaction.
        context: the operation's.
        name: what the history calls it.
    """

    connection: Connection
    context: OperationContext
    name: str
    _event: Event | None = None
    _changes: int = 0
    _touched: dict[str, None] = field(factory=dict)

    def write(self, pairs: Sequence[Pair]) -> None:
        """Writes issues and adds them to the history; an issue may come again."""
        if not pairs:
            return
        event = self._begun()
        writes.insert_issues(self.connection, [after for before, after in pairs if before is None])
        for before, after in pairs:
            if before is not None:
                writes.update_issue(self.connection, before, after)
        conflicts.follow(self.connection, event.revision, pairs)
        changes = [change_of(*pair) for pair in pairs]
        writes.record_changes(self.connection, event.revision, changes, self._changes)
        self._changes += len(changes)
        self._touched |= dict.fromkeys(after.id for _, after in pairs)

    def keep(self, found: Sequence[KeptConflict], here: Mapping[str, Issue]) -> None:
        """Keeps the conflicts among these that were not met before.

        Args:
            found: conflicts of a merge.
            here: their issues as they are now, of which some may not have been changed.
        """
        new = kept.unknown(self.connection, found)
        if new:
            quiet = {one.issue_id for one in new} - self._touched.keys()
            self.write([(here[one], here[one]) for one in sorted(quiet)])
            event = self._begun()
            kept.insert_conflicts(self.connection, new, event.revision, event.at)

    def finish(self) -> Event | None:
        """Repoints what depends on merged issues, brings up to date what is derived; None when nothing was changed."""
        if self._event is None:
            return None
        for chunk in reads.chunks(merged.dependents_on_merged(self.connection, list(self._touched))):
            self._repoint(reads.get_issues(self.connection, chunk))
        readiness.refresh(self.connection, self._touched, set(self._touched))
        return evolve(self._event, **named_ids(list(self._touched)))

    def _begun(self) -> Event:
        if self._event is None:
            self._event = event_of(self.connection, Done(name=self.name, pairs=()), self.context)
            # Sent again, the request may find more in its file than the first time.
            writes.record_operation(self.connection, self._event, history.free_key(self.connection, self.context.key))
        return self._event

    def _repoint(self, issues: Mapping[str, Issue]) -> None:
        survivors = survivors_for(self.connection, *issues.values())
        pairs = [(one, repointed(one, survivors)) for one in issues.values()]
        self.write([(before, after) for before, after in pairs if after != before])


def survivors_for(connection: Connection, *issues: Issue) -> dict[str, str]:
    """The survivors of all merged issues that these depend on."""
    return merged.survivors_of(connection, [one.depends_on_id for issue in issues for one in issue.dependencies])


def repointed(issue: Issue, survivors: Mapping[str, str]) -> Issue:
    """The issue, depending on the survivors of merged issues; one that was merged itself stays as it is.

    Its time of change stays, too: every clone does the same.
    """
    if issue.merged_into is not None or not any(one.depends_on_id in survivors for one in issue.dependencies):
        return issue
    found: dict[tuple[str, str], Dependency] = {}
    # Those that stay come first: they are kept as they are when a merged one says the same.
    for one in sorted(issue.dependencies, key=lambda one: one.depends_on_id in survivors):
        moved = evolve(one, depends_on_id=survivors.get(one.depends_on_id, one.depends_on_id))
        if moved.depends_on_id != issue.id:
            found.setdefault(moved.key, moved)
    return evolve(issue, dependencies=tuple(found[key] for key in sorted(found)))
