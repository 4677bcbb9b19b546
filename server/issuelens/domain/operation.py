"""What can be asked of the tracker, one class an operation (imperative), and what came of it (Event, past tense)."""

from __future__ import annotations

from typing import Any

from attrs import field, frozen

from issuelens.domain.issue import DEFAULT_PRIORITY, DEFAULT_TYPE, Issue


@frozen(kw_only=True)
class NewDependency:
    """A dependency of the issue being created on `depends_on_id`."""

    depends_on_id: str
    type: str = "blocks"


@frozen(kw_only=True)
class CreateIssue:
    """Create one issue. With `parent`, its id is the parent's with `.1`, `.2` … and it depends on it (parent-child)."""

    title: str
    description: str = ""
    priority: int = DEFAULT_PRIORITY
    issue_type: str = DEFAULT_TYPE
    assignee: str | None = None
    labels: tuple[str, ...] = ()
    parent: str | None = None
    dependencies: tuple[NewDependency, ...] = ()


@frozen(kw_only=True)
class UpdateIssues:
    """Change fields of the issues named. None leaves a field as it is; an empty assignee clears it."""

    ids: tuple[str, ...]
    title: str | None = None
    description: str | None = None
    status: str | None = None
    priority: int | None = None
    issue_type: str | None = None
    assignee: str | None = None
    add_labels: tuple[str, ...] = ()
    remove_labels: tuple[str, ...] = ()


@frozen(kw_only=True)
class StartIssues:
    """Set the issues in progress, assigned to the actor where nobody is."""

    ids: tuple[str, ...]


@frozen(kw_only=True)
class CloseIssues:
    """Close the issues. One that is closed already stays as it is."""

    ids: tuple[str, ...]
    reason: str | None = None


@frozen(kw_only=True)
class ReopenIssues:
    """Open the issues again. One that is not closed stays as it is."""

    ids: tuple[str, ...]
    reason: str | None = None


@frozen(kw_only=True)
class AddComment:
    """Add a comment to one issue."""

    id: str
    text: str


Operation = CreateIssue | UpdateIssues | StartIssues | CloseIssues | ReopenIssues | AddComment


@frozen(kw_only=True)
class Event:
    """One committed operation. `revision` counts committed operations; `at` is a UTC timestamp."""

    revision: int
    operation: str
    ids: tuple[str, ...]
    actor: str
    client: str
    at: str


@frozen(kw_only=True)
class Change:
    """One issue before and after an operation, as JSON shapes; `before` is None for a new issue."""

    issue_id: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None


@frozen(kw_only=True)
class HistoryEntry:
    """An event with what it changed."""

    event: Event
    changes: tuple[Change, ...]


@frozen(kw_only=True)
class Outcome:
    """What an operation gave: its issues as they are now, and its event.

    `event` is None when nothing was to change. `repeated` says that the key was seen before and nothing was done again.
    """

    issues: tuple[Issue, ...]
    event: Event | None = None
    repeated: bool = field(default=False)
