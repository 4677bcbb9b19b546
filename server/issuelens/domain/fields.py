"""The checks that a value passes before it becomes a field of an issue. Each error names the field and the remedy."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from issuelens.domain.errors import InvalidField
from issuelens.domain.vocabulary import DEPENDENCY_TYPES, ISSUE_TYPES, PRIORITIES, TOMBSTONE, Category

TITLE_LIMIT: Final = 500
"""Characters in a title."""
TEXT_LIMIT: Final = 1_000_000
"""Characters in a description, a reason or a comment."""
NAME_LIMIT: Final = 200
"""Characters in a label or the name of a person."""
METADATA_LIMIT: Final = 200
"""Keys in an issue's metadata."""
ESTIMATE_LIMIT: Final = 10_000_000
"""Minutes."""

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def checked_title(title: str) -> str:
    """The title, stripped.

    Raises:
        InvalidField: when it is empty, too long, or holds a line break or another control character.
    """
    title = title.strip()
    if not title:
        raise InvalidField("title", "it is empty; say in a few words what is to be done")
    if len(title) > TITLE_LIMIT:
        raise InvalidField(
            "title",
            f"it has {len(title):,} characters, {TITLE_LIMIT} are allowed; put the rest into the description",
        )
    if _CONTROL.search(title) or "\n" in title or "\t" in title:
        raise InvalidField("title", "it holds a line break or another control character; use one plain line")
    return title


def checked_text(name: str, text: str) -> str:
    """A longer text: line breaks and tabs are fine, other control characters and excess are not.

    Raises:
        InvalidField: named `name`.
    """
    if len(text) > TEXT_LIMIT:
        raise InvalidField(name, f"it has {len(text):,} characters, {TEXT_LIMIT:,} are allowed")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if _CONTROL.search(text):
        raise InvalidField(name, "it holds a control character; remove it")
    return text


def checked_name(name: str, value: str) -> str:
    """A label, an assignee or an author: one short line without outer spaces.

    Raises:
        InvalidField: named `name`.
    """
    value = value.strip()
    if not value:
        raise InvalidField(name, "it is empty")
    if len(value) > NAME_LIMIT:
        raise InvalidField(name, f"it has {len(value):,} characters, {NAME_LIMIT} are allowed")
    if _CONTROL.search(value) or "\n" in value:
        raise InvalidField(name, "it holds a control character; remove it")
    return value


def checked_labels(labels: Iterable[str]) -> tuple[str, ...]:
    """Labels, each checked, without doubles, sorted.

    Raises:
        InvalidField: for a label that can't be one.
    """
    return tuple(sorted({checked_name("label", label) for label in labels}))


def checked_priority(priority: int) -> int:
    """The priority.

    Raises:
        InvalidField: when it is not 0 to 4.
    """
    if isinstance(priority, bool) or priority not in PRIORITIES:
        raise InvalidField("priority", f"{priority!r} is not one of 0 (most urgent) to 4")
    return priority


def checked_type(issue_type: str) -> str:
    """The issue type.

    Raises:
        InvalidField: when it is unknown.
    """
    if issue_type not in ISSUE_TYPES:
        raise InvalidField("issue_type", f"{issue_type!r} is not one of {', '.join(ISSUE_TYPES)}")
    return issue_type


def checked_dependency_type(dependency_type: str) -> str:
    """The dependency type.

    Raises:
        InvalidField: when it is unknown.
    """
    if dependency_type not in DEPENDENCY_TYPES:
        raise InvalidField("dependency type", f"{dependency_type!r} is not one of {', '.join(DEPENDENCY_TYPES)}")
    return dependency_type


def checked_status(status: str, statuses: Mapping[str, Category]) -> str:
    """The status, one of those that the workspace has.

    Raises:
        InvalidField: when it is unknown, or the one that only deleting gives.
    """
    if status == TOMBSTONE:
        raise InvalidField("status", "tombstone is what deleting gives; use `issuelens delete`")
    if status not in statuses:
        raise InvalidField("status", f"{status!r} is not one of {', '.join(statuses)}")
    return status


def checked_estimate(minutes: int) -> int:
    """An estimate in minutes.

    Raises:
        InvalidField: when it is negative or absurd.
    """
    if not 0 <= minutes <= ESTIMATE_LIMIT:
        raise InvalidField("estimated_minutes", f"{minutes} is not 0 to {ESTIMATE_LIMIT:,}")
    return minutes


def checked_metadata(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Metadata: a JSON object whose keys are short lines.

    Raises:
        InvalidField: when a key can't be one, or there are too many.
    """
    if len(metadata) > METADATA_LIMIT:
        raise InvalidField("metadata", f"it has {len(metadata):,} keys, {METADATA_LIMIT} are allowed")
    for value in metadata.values():
        if isinstance(value, str):
            checked_text("metadata", value)
    return {checked_name("metadata", key): value for key, value in sorted(metadata.items())}
