"""The JSON of `gh issue list --state all --json number,title,body,state,…` (cli.github.com/manual/gh_issue_list)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from issuelens.domain.ids import new_id
from issuelens.domain.imports import Imported, Unreadable
from issuelens.domain.vocabulary import DEFAULT_PRIORITY, ISSUE_TYPES, Category
from issuelens.sync.jsonl import imported, loaded

HASH_LENGTH: Final = 6
_TAKEN: Final = frozenset(
    {"title", "body", "state", "labels", "assignees", "author", "createdAt", "updatedAt", "closedAt", "comments", "url"}
)
"""Their fields that become ours; all others are kept as they are, under `github`."""
_TYPES: Final = {"bug": "bug", "enhancement": "feature", "feature": "feature", "epic": "epic", "chore": "chore"}


def read_issues(content: bytes, prefix: str, statuses: Mapping[str, Category]) -> Iterator[Imported | Unreadable]:
    """Each issue of the list. Its id is made from its address, so that a second import finds the same; `line` is its
    place in the list.

    Raises:
        ValueError: when it is no list.
    """
    found = loaded(content.decode("utf-8-sig"))
    if not isinstance(found, list):
        raise ValueError("it is no list of issues")
    for number, shape in enumerate(found, 1):
        try:
            yield imported(number, _translated(shape, prefix), statuses)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            reason = f"{error.args[0]} is missing" if isinstance(error, KeyError) else str(error)
            yield Unreadable(number, reason, json.dumps(shape, ensure_ascii=False))


def _translated(shape: dict[str, Any], prefix: str) -> dict[str, Any]:
    reference = shape.get("url") or f"gh-{shape['number']}"
    issue_id = new_id(prefix, f"github\0{reference}".encode(), HASH_LENGTH)
    labels = [one["name"] if isinstance(one, dict) else one for one in shape.get("labels") or ()]
    assignees = [one["login"] for one in shape.get("assignees") or ()]
    translated = {
        "id": issue_id,
        "title": shape["title"].strip(),
        "description": shape.get("body") or "",
        "status": "closed" if str(shape.get("state", "OPEN")).upper() == "CLOSED" else "open",
        "priority": DEFAULT_PRIORITY,
        "issue_type": _type(labels),
        "assignee": assignees[0] if assignees else None,
        "labels": labels,
        "external_ref": reference,
        "created_at": shape.get("createdAt"),
        "created_by": (shape.get("author") or {}).get("login"),
        "updated_at": shape.get("updatedAt") or shape.get("createdAt"),
        "closed_at": shape.get("closedAt"),
        "comments": [_comment(number, one) for number, one in enumerate(shape.get("comments") or (), 1)],
    }
    rest = {name: value for name, value in shape.items() if name not in _TAKEN}
    if len(assignees) > 1:
        rest["assignees"] = assignees
    return {name: value for name, value in translated.items() if value is not None} | {"github": rest}


def _type(labels: list[str]) -> str:
    """What one of its labels says, else task."""
    for label in labels:
        if label.lower() in _TYPES:
            return _TYPES[label.lower()]
    return ISSUE_TYPES[2]


def _comment(number: int, shape: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": number,
        "author": (shape.get("author") or {}).get("login") or "",
        "text": shape.get("body") or "",
        "created_at": shape.get("createdAt") or "",
    }
