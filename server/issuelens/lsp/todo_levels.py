"""The rows of a tree of TODOs: which group each is in, groups in their order, and the TODOs themselves."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import quote

from attrs import define, field, frozen

from issuelens.domain.issue import IssueSummary
from issuelens.domain.moment import read_moment
from issuelens.domain.shape import brief_to_json
from issuelens.domain.tags import TagStyle
from issuelens.lsp.fuzzy import folded
from issuelens.todos.found import Marker
from issuelens.todos.index import TodoIndex
from issuelens.todos.paths import shown_path

FIELDS: Final = ("file", "tag", "owner", "tracked", "age")
"""What TODOs can be grouped by."""
TRACKED: Final = ("untracked", "tracked", "finished", "unknown")
AGES: Final = ("uncommitted", "today", "week", "month", "year", "older")
UNCOMMITTED: Final = ""
"""In the place of a time: the line is not committed yet."""
_SPANS: Final = (("today", 1), ("week", 7), ("month", 30), ("year", 365))
_ORDERED: Final = {"tracked": TRACKED, "age": AGES}

Row = dict[str, Any]
Place = tuple[str, int]
"""A path, and the number of a marker in its file."""


@frozen(kw_only=True)
class Asked:
    """What a tree of TODOs shows.

    `words` (folded) must all be in a TODO or its path, `keys` are those of the TODOs that count (None: all of them).
    """

    field: str
    words: tuple[str, ...] = ()
    keys: frozenset[str] | None = None


@frozen(kw_only=True)
class Known:
    """What is known beside the code.

    `issues` by id, `times` at which lines were written by the TODO's key, the time `now`, and how a tag is shown.
    """

    issues: Mapping[str, IssueSummary]
    times: Mapping[str, str]
    now: datetime
    style: Callable[[str], TagStyle]


@define(eq=False)
class TodoLevels:
    """Groups of the TODOs of one workspace, kept until something changes. Used in one thread at a time."""

    _made_of: tuple[Any, ...] = ()
    _groups: dict[str | None, list[Place]] = field(factory=dict)

    def groups(self, index: TodoIndex, asked: Asked, known: Known) -> dict[str | None, list[Place]]:
        """Each group's value with the places of its TODOs, by path and line."""
        made_of = (index.stamps(), asked, known.issues, known.times, known.now.date())
        if self._made_of != made_of:
            self._groups = _grouped(index, asked, known)
            self._made_of = made_of
        return self._groups


def _grouped(index: TodoIndex, asked: Asked, known: Known) -> dict[str | None, list[Place]]:
    value_of = _VALUES[asked.field]
    groups: dict[str | None, list[Place]] = defaultdict(list)
    for found in index.files():
        for number, marker in enumerate(found.markers):
            if _fits(found.path, marker, asked):
                groups[value_of(found.path, marker, known)].append((found.path, number))
    return dict(groups)


def _fits(path: str, marker: Marker, asked: Asked) -> bool:
    if asked.keys is not None and marker.key not in asked.keys:
        return False
    if not asked.words:
        return True
    told = (marker.tag, marker.text, marker.owner, marker.issue_id, marker.external, shown_path(path))
    text = folded(" ".join(one for one in told if one))
    return all(word in text for word in asked.words)


def _tracked(_path: str, marker: Marker, known: Known) -> str:
    if marker.issue_id is None:
        return "untracked"
    issue = known.issues.get(marker.issue_id)
    if issue is None:
        return "unknown"
    return "finished" if issue.is_closed else "tracked"


def _age(_path: str, marker: Marker, known: Known) -> str | None:
    time = known.times.get(marker.key)
    if time is None:
        return None
    if time == UNCOMMITTED:
        return "uncommitted"
    age = known.now - read_moment(time)
    return next((name for name, days in _SPANS if age < timedelta(days=days)), "older")


_VALUES: Final[dict[str, Callable[[str, Marker, Known], str | None]]] = {
    "file": lambda path, _marker, _known: shown_path(path),
    "tag": lambda _path, marker, _known: marker.tag,
    "owner": lambda _path, marker, _known: marker.owner,
    "tracked": _tracked,
    "age": _age,
    "none": lambda _path, _marker, _known: None,
}


def group_rows(field: str, groups: Mapping[str | None, Sequence[Place]], known: Known) -> list[Row]:
    """The rows of groups, in the order in which they are read."""
    ordered = sorted(groups, key=lambda value: _order(field, value))
    return [_group_row(field, value, len(groups[value]), known) for value in ordered]


def _group_row(field: str, value: str | None, count: int, known: Known) -> Row:
    row = {"kind": "group", "key": f"{field}={value or ''}", "field": field, "value": value, "count": count}
    return row | _look(value, known) if field == "tag" and value is not None else row


def _look(tag: str, known: Known) -> Row:
    style = known.style(tag)
    return {"icon": style.icon, "color": style.color}


def _order(field: str, value: str | None) -> tuple[Any, ...]:
    if value is None:
        return (1,)
    names = _ORDERED.get(field)
    return (0, names.index(value)) if names else (0, value.casefold(), value)


def todo_rows(index: TodoIndex, root_uri: str, places: Sequence[Place], known: Known) -> Iterator[Row]:
    """The rows of TODOs."""
    beginning = root_uri.rstrip("/")
    for path, number in places:
        marker = index.of_file(path).markers[number]
        issue = known.issues.get(marker.issue_id) if marker.issue_id is not None else None
        yield {
            "kind": "todo",
            "key": marker.key,
            "uri": f"{beginning}/{quote(os.fsencode(path))}",
            "path": shown_path(path),
            "line": marker.line + 1,
            "column": marker.column + 1,
            "tag": marker.tag,
            "text": marker.text,
            "owner": marker.owner,
            "id": marker.issue_id,
            "issue": brief_to_json(issue) if issue is not None else None,
            "external": marker.external,
            "priority": marker.priority,
            "due": marker.due,
            **_look(marker.tag, known),
        }
