"""What can be asked of the tracker, one class an operation (imperative), and what came of it (Event, past tense)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from attrs import field, frozen

from issuelens.domain.conflict import KeptConflict
from issuelens.domain.ids import prefix_of
from issuelens.domain.issue import Issue
from issuelens.domain.vocabulary import BLOCKS, DEFAULT_PRIORITY, DEFAULT_TYPE


@frozen(kw_only=True)
class NewDependency:
    """A dependency of the issue being created on `depends_on_id`."""

    depends_on_id: str
    type: str = BLOCKS


@frozen(kw_only=True)
class CreateIssue:
    """Create one issue. With `parent`, its id is the parent's with `.1`, `.2` … and it depends on it (parent-child).

    `due_at` and `defer_until` take a date, a span from now on (`3d`) or an RFC 3339 moment.
    """

    title: str
    description: str = ""
    design: str = ""
    acceptance_criteria: str = ""
    notes: str = ""
    status: str = "open"
    priority: int = DEFAULT_PRIORITY
    issue_type: str = DEFAULT_TYPE
    assignee: str | None = None
    estimated_minutes: int | None = None
    due_at: str | None = None
    defer_until: str | None = None
    external_ref: str | None = None
    metadata: dict[str, Any] = field(factory=dict)
    labels: tuple[str, ...] = ()
    parent: str | None = None
    dependencies: tuple[NewDependency, ...] = ()


@frozen(kw_only=True)
class _Selection:
    """Which issues: those named (an id or a unique beginning of one), and those that a query finds."""

    ids: tuple[str, ...] = ()
    query: str | None = None


@frozen(kw_only=True)
class UpdateIssues(_Selection):
    """Change fields of the issues chosen. None leaves a field as it is; an empty text clears one that may be empty.

    `estimated_minutes` -1 clears it. `parent` names the new parent, an empty one takes the issue out of its parent.
    With `expected_updated_at`, an issue that was changed at another time is refused.
    """

    title: str | None = None
    description: str | None = None
    design: str | None = None
    acceptance_criteria: str | None = None
    notes: str | None = None
    status: str | None = None
    priority: int | None = None
    issue_type: str | None = None
    assignee: str | None = None
    estimated_minutes: int | None = None
    due_at: str | None = None
    defer_until: str | None = None
    external_ref: str | None = None
    parent: str | None = None
    add_labels: tuple[str, ...] = ()
    remove_labels: tuple[str, ...] = ()
    set_metadata: dict[str, Any] = field(factory=dict)
    unset_metadata: tuple[str, ...] = ()
    expected_updated_at: str | None = None


@frozen(kw_only=True)
class EditIssues:
    """Several updates as one operation; no issue may be in two of them."""

    edits: tuple[UpdateIssues, ...]


@frozen(kw_only=True)
class StartIssues(_Selection):
    """Set the issues in progress, assigned to the actor where nobody is."""


@frozen(kw_only=True)
class CloseIssues(_Selection):
    """Close the issues. One that is closed already stays as it is."""

    reason: str | None = None


@frozen(kw_only=True)
class ReopenIssues(_Selection):
    """Open the issues again. One that is not closed stays as it is."""

    reason: str | None = None


@frozen(kw_only=True)
class DeleteIssues(_Selection):
    """Delete the issues; a tombstone stays, from which they can be restored.

    Without `with_children`, an issue whose children stay behind is refused.
    """

    reason: str | None = None
    with_children: bool = False


@frozen(kw_only=True)
class RestoreIssues(_Selection):
    """Bring deleted issues back as they were."""


@frozen(kw_only=True)
class AddComment(_Selection):
    """Add a comment to each of the issues."""

    text: str


@frozen(kw_only=True)
class EditComment:
    """Give a comment another text. With `seen`, one that says something else by now is refused."""

    id: str
    comment: int
    text: str
    seen: str | None = None


@frozen(kw_only=True)
class DeleteComment:
    """Remove a comment; the history keeps it."""

    id: str
    comment: int


@frozen(kw_only=True)
class AddDependencies(_Selection):
    """Make each of the issues depend on those in `depends_on`. One that does already stays as it is."""

    depends_on: tuple[str, ...]
    type: str = BLOCKS


@frozen(kw_only=True)
class RemoveDependencies(_Selection):
    """Take dependencies on those in `depends_on` from each of the issues; `type` None means of every type."""

    depends_on: tuple[str, ...]
    type: str | None = None


@frozen(kw_only=True)
class MergeIssues(_Selection):
    """Make the issues one with `into`, which gets all that they have; their ids name it from then on."""

    into: str


@frozen(kw_only=True)
class UndoOperations:
    """Take back the operation with this revision, or (None) the last `steps` ones that are neither undone nor undos."""

    revision: int | None = None
    steps: int = 1


@frozen(kw_only=True)
class SettleConflicts:
    """Settle the open conflicts of an issue, those of one field (`field`), or the one with a `number`.

    `take` is `mine` or `theirs`, the value of that side; `other`, the one that does not stay; or `dismiss`.
    """

    id: str
    take: str
    field: str | None = None
    number: int | None = None


Operation = (
    CreateIssue
    | UpdateIssues
    | EditIssues
    | StartIssues
    | CloseIssues
    | ReopenIssues
    | DeleteIssues
    | RestoreIssues
    | AddComment
    | EditComment
    | DeleteComment
    | AddDependencies
    | RemoveDependencies
    | MergeIssues
    | UndoOperations
    | SettleConflicts
)


@frozen(kw_only=True)
class Event:
    """One committed operation. `revision` counts committed operations; `at` is a timestamp.

    `undoes` is the revision that it took back. With more than EVENT_IDS issues, `ids` is empty, `is_large` set and
    `prefixes` holds those of the ids: whoever keeps issues reads all of them again.
    """

    revision: int
    operation: str
    ids: tuple[str, ...]
    actor: str
    client: str
    at: str
    undoes: int | None = None
    is_large: bool = False
    prefixes: tuple[str, ...] = ()


EVENT_IDS = 5_000
"""Ids that an event names at most."""


def named_ids(ids: Iterable[str]) -> dict[str, Any]:
    """The fields of an event that say which issues it is about, each once."""
    unique = tuple(dict.fromkeys(ids))
    if len(unique) <= EVENT_IDS:
        return {"ids": unique}
    return {"ids": (), "is_large": True, "prefixes": tuple(sorted({prefix_of(one) for one in unique} - {""}))}


@frozen(kw_only=True)
class Change:
    """One issue before and after an operation, as JSON shapes; `before` is None for a new issue."""

    issue_id: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None


@frozen(kw_only=True)
class HistoryEntry:
    """An event with what it changed, or a part of that. `undone_by` is the revision that took it back.

    `conflicts` are those that it has settled as it merged, with the values that did not stay.
    """

    event: Event
    changes: tuple[Change, ...]
    change_count: int
    """How many changes there were in all."""
    undone_by: int | None = None
    conflicts: tuple[KeptConflict, ...] = ()


@frozen(kw_only=True)
class Outcome:
    """What an operation gave: its issues as they are now, and its events (one, or one for each step of an undo).

    `events` is empty when nothing was to change. `repeated` says that the key was seen before and nothing was done
    again. `before` holds the issues as they were, in the same order, None for new ones.
    """

    issues: tuple[Issue, ...]
    events: tuple[Event, ...] = ()
    repeated: bool = field(default=False)
    before: tuple[Issue | None, ...] = ()

    @property
    def event(self) -> Event | None:
        """The last of its events."""
        return self.events[-1] if self.events else None
