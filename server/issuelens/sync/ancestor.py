"""The JSONL of Issuelens' ancestor: `type`, `epic_id`, `project_id`, times without a zone (UTC)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from issuelens.domain.imports import Imported, Unreadable
from issuelens.domain.issue import MOMENTS
from issuelens.domain.moment import normal_moment
from issuelens.domain.vocabulary import DEFAULT_PRIORITY, PARENT_CHILD, Category
from issuelens.sync.jsonl import imported, read_object


def is_ancestors(shape: Mapping[str, Any]) -> bool:
    """Whether an object has the ancestor's fields."""
    return "issue_type" not in shape and ("type" in shape or "epic_id" in shape or "project_id" in shape)


def read_line(number: int, text: str, statuses: Mapping[str, Category]) -> Imported | Unreadable:
    """The issue of a line, or why there is none. `project_id` and unknown fields are kept to the letter."""
    try:
        return imported(number, _translated(read_object(text)), statuses)
    except ValueError as error:
        return Unreadable(number, str(error), text.rstrip("\n"))


def _translated(shape: dict[str, Any]) -> dict[str, Any]:
    shape.setdefault("priority", DEFAULT_PRIORITY)
    if "issue_type" not in shape and "type" in shape:
        shape["issue_type"] = shape.pop("type")
    epic = shape.pop("epic_id", None)
    if isinstance(epic, str) and epic:
        parent = {"issue_id": shape.get("id"), "depends_on_id": epic, "type": PARENT_CHILD}
        others = shape.get("dependencies") or []
        # What is no list is told where all fields are checked.
        shape["dependencies"] = [*others, parent] if isinstance(others, list) else others
    for name in MOMENTS:
        if isinstance(shape.get(name), str) and shape[name]:
            shape[name] = normal_moment(shape[name])
    comments = shape.get("comments")
    for comment in comments if isinstance(comments, list) else ():
        if isinstance(comment, dict) and "text" not in comment and "content" in comment:
            comment["text"] = comment.pop("content")
    return shape
