"""Which issues a list shows, and in which order."""

from __future__ import annotations

from attrs import frozen

from issuelens.domain.issue import Category


@frozen(kw_only=True)
class IssueFilter:
    """Every field that is set must hold; within a field, one of its values. Empty means all.

    `text` is found in id, title or description, whatever its case. `limit` None means no limit.
    Order: priority, then newest first, then id.
    """

    statuses: tuple[str, ...] = ()
    categories: tuple[Category, ...] = ()
    priorities: tuple[int, ...] = ()
    issue_types: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    assignees: tuple[str, ...] = ()
    text: str | None = None
    limit: int | None = None


OPEN_ISSUES = IssueFilter(categories=(Category.TODO, Category.DOING))
"""What a list shows when nothing else is asked: all that is not finished."""
