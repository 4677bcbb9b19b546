"""The checks that a value passes before it becomes a field of an issue. Each error names the field and the remedy."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
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
NESTING_LIMIT: Final = 100
"""Levels of objects and lists in metadata; SQLite reads 1,000, Python's recursion not many more."""
ESTIMATE_LIMIT: Final = 10_000_000
"""Minutes."""

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_LINE_BREAK = re.compile(r"[\n\t\u2028\u2029]")
_SHOWN: Final = 60
"""Characters of a wrong value that an error repeats."""


def is_encodable(text: str) -> bool:
    """Whether the text can be written as UTF-8: it has no lone surrogates, as `\\ud800` in JSON makes them."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def is_nested_deeper(value: Any, levels: int) -> bool:
    """Whether a JSON value has more levels of objects and lists than this."""
    layer = [value]
    for _ in range(levels + 1):
        layer = [one for one in layer if isinstance(one, dict | list)]
        if not layer:
            return False
        layer = [inner for one in layer for inner in (one.values() if isinstance(one, dict) else one)]
    return True


def _parts_of(value: Any) -> Iterator[Any]:
    """The keys and plain values in a JSON value."""
    if isinstance(value, dict):
        yield from value
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for one in inner:
        yield from _parts_of(one)
    if not isinstance(value, dict | list):
        yield value


def _refuse_signs(name: str, text: str, *, in_line: bool) -> None:
    if not is_encodable(text):
        raise InvalidField(name, "it holds half of a character (a lone surrogate); remove it")
    if in_line and (_CONTROL.search(text) or _LINE_BREAK.search(text)):
        raise InvalidField(name, "it holds a line break or another control character; use one plain line")
    if _CONTROL.search(text):
        raise InvalidField(name, "it holds a control character; remove it")


def _shown(value: object) -> str:
    if isinstance(value, int) and abs(value) >= 10**_SHOWN:
        return "a number of more than 60 digits"
    text = repr(value[:_SHOWN] if isinstance(value, str) else value)
    return text if len(text) <= _SHOWN + 2 else f"{text[:_SHOWN]}…"


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
    _refuse_signs("title", title, in_line=True)
    return title


def checked_text(name: str, text: str) -> str:
    """A longer text: line breaks and tabs are fine, other control characters and excess are not.

    Raises:
        InvalidField: named `name`.
    """
    if len(text) > TEXT_LIMIT:
        raise InvalidField(name, f"it has {len(text):,} characters, {TEXT_LIMIT:,} are allowed")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    _refuse_signs(name, text, in_line=False)
    return text


def checked_name(name: str, value: str) -> str:
    """A label, an assignee or an author: one short line without outer spaces.

    Raises:
        InvalidField: named `name`.
    """
    value = value.strip()
    if not value:
        raise InvalidField(name, "it is empty; give it a word, or leave it out")
    if len(value) > NAME_LIMIT:
        raise InvalidField(name, f"it has {len(value):,} characters, {NAME_LIMIT} are allowed")
    _refuse_signs(name, value, in_line=True)
    return value


def checked_key(key: str) -> str:
    """The key of a write. `#` is kept for the further operations of one request.

    Raises:
        InvalidField: when it is empty, too long, or has a `#`.
    """
    if "#" in key:
        raise InvalidField("key", "it has a #; use letters and digits")
    return checked_name("key", key)


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
        raise InvalidField("priority", f"{_shown(priority)} is not one of 0 (most urgent) to 4")
    return priority


def checked_type(issue_type: str) -> str:
    """The issue type.

    Raises:
        InvalidField: when it is unknown.
    """
    if issue_type not in ISSUE_TYPES:
        raise InvalidField("issue_type", f"{_shown(issue_type)} is not one of {', '.join(ISSUE_TYPES)}")
    return issue_type


def checked_dependency_type(dependency_type: str) -> str:
    """The dependency type.

    Raises:
        InvalidField: when it is unknown.
    """
    if dependency_type not in DEPENDENCY_TYPES:
        raise InvalidField("dependency type", f"{_shown(dependency_type)} is not one of {', '.join(DEPENDENCY_TYPES)}")
    return dependency_type


def checked_status(status: str, statuses: Mapping[str, Category]) -> str:
    """The status, one of those that the workspace has.

    Raises:
        InvalidField: when it is unknown, or the one that only deleting gives.
    """
    if status == TOMBSTONE:
        raise InvalidField("status", "tombstone is what deleting gives; use `issuelens delete`")
    if status not in statuses:
        raise InvalidField("status", f"{_shown(status)} is not one of {', '.join(statuses)}")
    return status


def checked_estimate(minutes: int) -> int:
    """An estimate in minutes.

    Raises:
        InvalidField: when it is negative or absurd.
    """
    if isinstance(minutes, bool) or not 0 <= minutes <= ESTIMATE_LIMIT:
        raise InvalidField("estimated_minutes", f"{_shown(minutes)} is not 0 to {ESTIMATE_LIMIT:,}")
    return minutes


def checked_metadata(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Metadata: a JSON object whose keys are short lines.

    Raises:
        InvalidField: when a key can't be one, there are too many, or a value can't be kept as JSON.
    """
    if len(metadata) > METADATA_LIMIT:
        raise InvalidField("metadata", f"it has {len(metadata):,} keys, {METADATA_LIMIT} are allowed")
    _refuse_unkept(metadata)
    return {checked_name("metadata", key): value for key, value in sorted(metadata.items())}


def _refuse_unkept(metadata: Mapping[str, Any]) -> None:
    if is_nested_deeper(dict(metadata), NESTING_LIMIT):
        raise InvalidField("metadata", f"it is nested deeper than {NESTING_LIMIT} levels; make it flatter")
    try:
        text = json.dumps(dict(metadata), ensure_ascii=False, allow_nan=False)
    except ValueError as error:
        raise InvalidField("metadata", f"it can't be kept as JSON ({error}); use another value") from error
    if len(text) > TEXT_LIMIT:
        raise InvalidField("metadata", f"it has {len(text):,} characters as JSON, {TEXT_LIMIT:,} are allowed")
    for one in _parts_of(dict(metadata)):
        if isinstance(one, str):
            _refuse_signs("metadata", one, in_line=False)
        if isinstance(one, int) and not -(2**63) <= one < 2**63:
            raise InvalidField("metadata", f"{_shown(one)} has more than 64 bits; write it as a text")
