"""Issues of three sides, and their merge."""

from __future__ import annotations

from typing import Any

from issuelens.domain.issue import Issue
from issuelens.domain.shape import issue_from_json
from issuelens.sync.merge import Merged, merge_issue


def at(day: int) -> str:
    return f"2026-01-{day:02}T00:00:00.000000Z"


def issue(day: int = 1, **fields: Any) -> Issue:
    """An issue that was last changed on a day of January."""
    shape = {"id": "app-1", "title": "t", "created_at": at(1), "updated_at": at(day)} | fields
    return issue_from_json({name: value for name, value in shape.items() if value is not None})


def merged(base: Issue | None, ours: Issue | None, theirs: Issue | None) -> Merged:
    """A merge, which is the same with the sides changed."""
    found = merge_issue(base, ours, theirs)
    assert merge_issue(base, theirs, ours) == found
    return found


def kept(base: Issue | None, ours: Issue | None, theirs: Issue | None) -> Issue:
    found = merged(base, ours, theirs).issue
    assert found is not None
    return found
