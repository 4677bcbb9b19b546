"""The words that fields may hold. Nothing is imported here but enum: the command line needs them before all else."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Category(StrEnum):
    """What a status means for the work: not begun, under way, or finished."""

    TODO = "todo"
    DOING = "doing"
    DONE = "done"


STATUS_CATEGORIES: Final[Mapping[str, Category]] = {
    "open": Category.TODO,
    "in_progress": Category.DOING,
    "blocked": Category.TODO,
    "deferred": Category.TODO,
    "resolved": Category.DONE,
    "closed": Category.DONE,
    "archived": Category.DONE,
}
"""The statuses that every workspace has, and their categories. A "closed" reference means category done."""

TOMBSTONE: Final = "tombstone"
"""The status of a deleted issue, as in beads' JSONL; it can't be set by hand."""
FIXED_STATUSES: Final = ("open", "in_progress", "closed")
"""Statuses whose category a workspace can't change, since operations rely on it."""
HELD_STATUSES: Final = ("blocked", "deferred")
"""Statuses that keep an issue from being ready."""

PRIORITIES: Final = range(5)
"""0 is the most urgent."""
DEFAULT_PRIORITY: Final = 2
ISSUE_TYPES: Final = ("bug", "feature", "task", "epic", "chore")
DEFAULT_TYPE: Final = "task"

BLOCKS: Final = "blocks"
PARENT_CHILD: Final = "parent-child"
DEPENDENCY_TYPES: Final = (BLOCKS, PARENT_CHILD, "related", "discovered-from", "duplicates")
WAITING_TYPES: Final = (BLOCKS, PARENT_CHILD)
"""Dependencies that hold an issue back; those of other types only say something."""

CHILD_LEVELS: Final = 3
"""How deep children may be: `app-1a2b.1.2.3`."""
