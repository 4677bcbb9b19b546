"""What an issue is. Its fields' checks are in `fields`, its JSON shape in `shape`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import field, frozen

from issuelens.domain.vocabulary import (
    BLOCKS,
    DEFAULT_PRIORITY,
    DEFAULT_TYPE,
    PARENT_CHILD,
    STATUS_CATEGORIES,
    TOMBSTONE,
    Category,
)


def _empty() -> Mapping[str, Any]:
    return {}


@frozen
class Comment:
    """One remark on an issue. `id` is unique within the issue; imported ones may clash between issues.

    `created_at` and `updated_at` (of the last edit) are timestamps. `extra` holds other tools' fields to the letter.
    """

    id: int
    author: str
    text: str
    created_at: str
    updated_at: str | None = None
    extra: Mapping[str, Any] = field(factory=_empty, hash=False)


@frozen
class Dependency:
    """`issue_id` depends on `depends_on_id`; `type` is spelt as in beads' JSONL.

    `created_at` may be missing in imports. `extra` holds other tools' fields to the letter.
    """

    issue_id: str
    depends_on_id: str
    type: str = BLOCKS
    created_at: str | None = None
    created_by: str | None = None
    extra: Mapping[str, Any] = field(factory=_empty, hash=False)

    @property
    def key(self) -> tuple[str, str]:
        """What tells it from the issue's other dependencies."""
        return self.depends_on_id, self.type


@frozen(kw_only=True)
class Issue:
    """One issue, with all that belongs to it. Moments are texts in the form of `domain.moment.timestamp`.

    `metadata` is the user's own JSON object. `extra` holds the fields of other tools to the letter, `as_written` the
    moments of an import that were written in another form; both are given out again where they came from.
    """

    id: str
    title: str
    description: str = ""
    design: str = ""
    acceptance_criteria: str = ""
    notes: str = ""
    status: str = "open"
    category: Category = Category.TODO
    priority: int = DEFAULT_PRIORITY
    issue_type: str = DEFAULT_TYPE
    assignee: str | None = None
    estimated_minutes: int | None = None
    due_at: str | None = None
    defer_until: str | None = None
    external_ref: str | None = None
    labels: tuple[str, ...] = ()
    dependencies: tuple[Dependency, ...] = ()
    comments: tuple[Comment, ...] = ()
    created_at: str = ""
    created_by: str = ""
    updated_at: str = ""
    closed_at: str | None = None
    close_reason: str | None = None
    deleted_at: str | None = None
    deleted_by: str | None = None
    delete_reason: str | None = None
    original_status: str | None = None
    merged_into: str | None = None
    metadata: Mapping[str, Any] = field(factory=_empty)
    extra: Mapping[str, Any] = field(factory=_empty)
    as_written: Mapping[str, str] = field(factory=_empty)

    @property
    def is_closed(self) -> bool:
        """Whether the work is finished (category done)."""
        return self.category is Category.DONE

    @property
    def is_deleted(self) -> bool:
        """Whether only its tombstone is left."""
        return self.status == TOMBSTONE

    @property
    def parents(self) -> tuple[str, ...]:
        """The issues that it is a child of; more than one in some imports."""
        return tuple(one.depends_on_id for one in self.dependencies if one.type == PARENT_CHILD)


MOMENTS = ("created_at", "updated_at", "closed_at", "due_at", "defer_until", "deleted_at")
"""The fields of an issue that hold a moment."""


@frozen
class IssueSummary:
    """What an editor shows of an issue in one line, cheap to read in bulk."""

    id: str
    title: str
    status: str
    priority: int
    issue_type: str
    assignee: str | None = None
    category: Category = Category.TODO

    @property
    def is_closed(self) -> bool:
        """Whether the work is finished (category done)."""
        return self.category is Category.DONE


def category_of(status: str, statuses: Mapping[str, Category] = STATUS_CATEGORIES) -> Category:
    """The category of a status; a tombstone is done, an unknown status counts as not begun."""
    return Category.DONE if status == TOMBSTONE else statuses.get(status, Category.TODO)
