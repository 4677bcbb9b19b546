"""Conflicts: those that merges meet are made ready to be kept, and clients ask for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import define, evolve, field
from sqlalchemy import Connection

from issuelens.daemon.reading import Handler, Reading
from issuelens.domain.conflict import KEPT, OTHER, KeptConflict, conflict_to_json, is_same_value, shape_of, value_at
from issuelens.domain.issue import Issue, IssueSummary
from issuelens.ipc import methods
from issuelens.ipc.converter import Messages
from issuelens.ipc.sync_messages import Conflicts, ListConflicts
from issuelens.storage import conflicts, reads
from issuelens.sync.merge import Conflict


def to_be_kept(one: Conflict, issue: Issue, mine: str | None) -> KeptConflict | None:
    """A conflict that a merge has settled, as it is to be kept; None when the issue has the other value after all.

    Args:
        one: the conflict.
        issue: as it is after the merge; another value that it has is the one that stays.
        mine: which side is this machine's, as the merge calls them; None: not known.
    """
    shape = shape_of(issue)
    name = _name_now(one, shape)
    found = KeptConflict(
        number=0,
        issue_id=one.issue_id,
        field=name,
        kept=one.kept,
        other=one.other,
        mine=None if mine is None or one.kept_from is None else KEPT if one.kept_from == mine else OTHER,
        other_at=one.other_at,
        revision=0,
        at="",
    )
    now = value_at(shape, name)
    if is_same_value(name, now, one.kept):
        return found
    return None if is_same_value(name, now, one.other) else evolve(found, kept=now, mine=None)


def _name_now(one: Conflict, shape: Mapping[str, Any]) -> str:
    """The name of the field, since a comment may have got another number in the merge."""
    is_comment = one.field.startswith("comments.") and isinstance(one.kept, Mapping)
    if not is_comment or value_at(shape, one.field) == one.kept:
        return one.field
    names = [f"comments.{comment['id']}" for comment in shape.get("comments", ())]
    return next((name for name in names if value_at(shape, name) == one.kept), one.field)


@define(eq=False)
class ConflictReading:
    """The method that lists conflicts; settling one is a write like others."""

    reading: Reading
    _messages: Messages = field(factory=Messages)

    def table(self) -> dict[str, Handler]:
        """Method -> handler."""
        return {methods.CONFLICTS: self._list}

    async def _list(self, params: Any, _client: str) -> Any:
        request = self._messages.read(params, ListConflicts)
        prefix = self.reading.configuration.prefix_or_none()

        def read(connection: Connection) -> Conflicts:
            ids = [reads.resolve_deleted(connection, word, prefix) for word in request.ids] if request.ids else None
            found = conflicts.list_conflicts(connection, ids, settled=request.settled, limit=request.limit)
            issues = reads.get_summaries(connection, {one.issue_id for one in found})
            return Conflicts(
                conflicts=[conflict_to_json(one) | _title(issues.get(one.issue_id)) for one in found],
                open=conflicts.count_open(connection),
                revision=reads.current_revision(connection),
            )

        return self._messages.write(await self.reading.read(read))


def _title(issue: IssueSummary | None) -> dict[str, Any]:
    return {} if issue is None else {"title": issue.title}
