"""The JSON shape of an issue, with the field names of issues.jsonl, which are those of beads' JSONL."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from issuelens.domain.issue import MOMENTS, Comment, Dependency, Issue, IssueSummary, category_of
from issuelens.domain.moment import normal_moment
from issuelens.domain.vocabulary import DEFAULT_PRIORITY, DEFAULT_TYPE, STATUS_CATEGORIES, Category

TEXTS: Final = ("description", "design", "acceptance_criteria", "notes", "created_by")
OPTIONAL_TEXTS: Final = (
    "assignee",
    "external_ref",
    "close_reason",
    "deleted_by",
    "delete_reason",
    "original_status",
    "merged_into",
)
ORIGINAL_ID: Final = "original_id"
"""Beside a comment's number: the id that it came with, when that is a text; a line of issues.jsonl has that as id."""
_ALWAYS: Final = ("description", "labels", "dependencies", "comments")
"""Shown even when empty, so that scripts need not ask whether they are there."""
KNOWN: Final = frozenset(
    {
        *("id", "title", "status", "priority", "issue_type", "estimated_minutes", "labels", "dependencies", "comments"),
        *("metadata", *TEXTS, *OPTIONAL_TEXTS, *MOMENTS),
    }
)
"""The names of an issue's own fields."""
_DEPENDENCY: Final = frozenset({"issue_id", "depends_on_id", "type", "created_at", "created_by"})
_COMMENT: Final = frozenset({"id", "issue_id", "author", "text", "created_at", "updated_at"})


def issue_to_json(issue: Issue) -> dict[str, Any]:
    """The issue as an object. Empty fields are left out, but for those that scripts may count on."""
    shape: dict[str, Any] = {
        "id": issue.id,
        "title": issue.title,
        "description": issue.description,
        "design": issue.design,
        "acceptance_criteria": issue.acceptance_criteria,
        "notes": issue.notes,
        "status": issue.status,
        "priority": issue.priority,
        "issue_type": issue.issue_type,
        "assignee": issue.assignee,
        "estimated_minutes": issue.estimated_minutes,
        "due_at": issue.due_at,
        "defer_until": issue.defer_until,
        "external_ref": issue.external_ref,
        "labels": list(issue.labels),
        "dependencies": [_dependency_to_json(one) for one in issue.dependencies],
        "comments": [_comment_to_json(issue.id, one) for one in issue.comments],
        "created_at": issue.created_at,
        "created_by": issue.created_by,
        "updated_at": issue.updated_at,
        "closed_at": issue.closed_at,
        "close_reason": issue.close_reason,
        "deleted_at": issue.deleted_at,
        "deleted_by": issue.deleted_by,
        "delete_reason": issue.delete_reason,
        "original_status": issue.original_status,
        "merged_into": issue.merged_into,
        "metadata": dict(issue.metadata),
    }
    for name, written in issue.as_written.items():
        if shape.get(name) == normal_moment(written):
            shape[name] = written
    kept = {name: value for name, value in shape.items() if name in _ALWAYS or value not in (None, "", {})}
    return kept | {name: value for name, value in issue.extra.items() if name not in kept}


def brief_to_json(one: Issue | IssueSummary) -> dict[str, Any]:
    """A brief issue: what a line in a list needs (docs/protocol.md)."""
    shape: dict[str, Any] = {
        "id": one.id,
        "title": one.title,
        "status": one.status,
        "category": str(one.category),
        "priority": one.priority,
        "issue_type": one.issue_type,
    }
    return shape | ({"assignee": one.assignee} if one.assignee else {})


def is_same(one: Issue, other: Issue) -> bool:
    """Whether both are the same to the letter: `1`, `1.0` and `true` differ, though Python takes them for equal."""
    return one == other and all(same_json(getattr(one, name), getattr(other, name)) for name in ("metadata", "extra"))


def same_json(one: Any, other: Any) -> bool:
    """Whether two values are the same JSON, in whatever order their keys are."""
    return bool(one == other) and (one is other or _sorted_text(one) == _sorted_text(other))


def _sorted_text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=dict)


def issue_to_record(issue: Issue) -> dict[str, Any]:
    """The issue as a line of issues.jsonl holds it: as `issue_to_json`, with every empty field left out.

    What the fields of other tools and the metadata hold has its keys in order: clones that merged it in different ways
    have the same line.
    """
    record = {name: value for name, value in issue_to_json(issue).items() if name not in _ALWAYS or value}
    if issue.comments:
        record["comments"] = [_others_in_order(_as_it_came(one), _COMMENT) for one in record["comments"]]
    if issue.dependencies:
        record["dependencies"] = [_others_in_order(one, _DEPENDENCY) for one in record["dependencies"]]
    if issue.metadata:
        record["metadata"] = _in_order(record["metadata"])
    return _others_in_order(record, KNOWN) if issue.extra else record


def _others_in_order(shape: dict[str, Any], known: frozenset[str]) -> dict[str, Any]:
    """The object with the fields that are not ours at the end, in the order of their names."""
    others = {name: _in_order(shape[name]) for name in sorted(shape.keys() - known)}
    return {name: value for name, value in shape.items() if name in known} | others if others else shape


def _in_order(value: Any) -> Any:
    """A value with the keys of all its objects in order, so that the same content is the same line for everybody."""
    if isinstance(value, Mapping):
        return {name: _in_order(value[name]) for name in sorted(value)}
    return [_in_order(one) for one in value] if isinstance(value, list | tuple) else value


def _as_it_came(comment: dict[str, Any]) -> dict[str, Any]:
    return {
        name: comment.get(ORIGINAL_ID, value) if name == "id" else value
        for name, value in comment.items()
        if name != ORIGINAL_ID
    }


def issue_from_json(shape: Mapping[str, Any], statuses: Mapping[str, Category] = STATUS_CATEGORIES) -> Issue:
    """The issue of such an object, as `issue_to_json` makes it. Fields that are not ours become `extra`.

    Args:
        shape: the object.
        statuses: the workspace's statuses and their categories.

    Raises:
        KeyError, TypeError, ValueError: when the object has another shape.
    """
    moments: dict[str, Any] = {name: normal_moment(shape[name]) for name in MOMENTS if shape.get(name)}
    fields: dict[str, Any] = {
        **{name: shape.get(name) or "" for name in TEXTS},
        **{name: shape.get(name) or None for name in OPTIONAL_TEXTS},
        "created_at": "",
        "updated_at": "",
        **moments,
    }
    status = shape.get("status") or "open"
    metadata = shape.get("metadata") or {}
    return Issue(
        id=shape["id"],
        title=shape["title"],
        status=status,
        category=category_of(status, statuses),
        priority=shape.get("priority", DEFAULT_PRIORITY),
        issue_type=shape.get("issue_type") or DEFAULT_TYPE,
        estimated_minutes=shape.get("estimated_minutes"),
        labels=tuple(sorted(set(shape.get("labels") or ()))),
        dependencies=tuple(dependency_from_json(one, shape["id"]) for one in shape.get("dependencies") or ()),
        comments=tuple(comment_from_json(one) for one in shape.get("comments") or ()),
        metadata=metadata if isinstance(metadata, Mapping) else {},
        extra={name: value for name, value in shape.items() if name not in KNOWN or _is_foreign(name, value)},
        as_written={name: shape[name] for name, value in moments.items() if value != shape[name]},
        **fields,
    )


def _is_foreign(name: str, value: object) -> bool:
    """Whether another tool uses the name of a field of ours for something else."""
    return name == "metadata" and value is not None and not isinstance(value, Mapping)


def dependency_from_json(shape: Mapping[str, Any], issue_id: str) -> Dependency:
    """A dependency of such an object.

    Args:
        shape: the object.
        issue_id: whose it is, when the object does not say.
    """
    return Dependency(
        issue_id=shape.get("issue_id") or issue_id,
        depends_on_id=shape["depends_on_id"],
        type=shape.get("type") or "blocks",
        created_at=shape.get("created_at"),
        created_by=shape.get("created_by"),
        extra={name: value for name, value in shape.items() if name not in _DEPENDENCY},
    )


def comment_from_json(shape: Mapping[str, Any]) -> Comment:
    """A comment of such an object."""
    return Comment(
        id=shape["id"],
        author=shape.get("author") or "",
        text=shape["text"],
        created_at=shape.get("created_at") or "",
        updated_at=shape.get("updated_at"),
        extra={name: value for name, value in shape.items() if name not in _COMMENT},
    )


def _dependency_to_json(one: Dependency) -> dict[str, Any]:
    shape: dict[str, Any] = {"issue_id": one.issue_id, "depends_on_id": one.depends_on_id, "type": one.type}
    if one.created_at is not None:
        shape["created_at"] = one.created_at
    if one.created_by is not None:
        shape["created_by"] = one.created_by
    return shape | dict(one.extra)


def _comment_to_json(issue_id: str, one: Comment) -> dict[str, Any]:
    shape: dict[str, Any] = {
        "id": one.id,
        "issue_id": issue_id,
        "author": one.author,
        "text": one.text,
        "created_at": one.created_at,
    }
    if one.updated_at is not None:
        shape["updated_at"] = one.updated_at
    return shape | dict(one.extra)
