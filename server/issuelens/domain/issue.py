"""What an issue is: its fields, their allowed values, its id and its JSON shape."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

from attrs import field, frozen

from issuelens.domain.errors import InvalidField

TITLE_LIMIT: Final = 500
"""Characters in a title."""
TEXT_LIMIT: Final = 1_000_000
"""Characters in a description, a reason or a comment."""
NAME_LIMIT: Final = 200
"""Characters in a label or the name of a person."""

_BASE36: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
_PREFIX = re.compile(r"[A-Za-z][A-Za-z0-9_]*(?:-[A-Za-z0-9_]+)*\Z")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


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
"""The stored statuses and their categories. A "closed" reference means category done."""

PRIORITIES: Final = range(5)
"""0 is the most urgent."""
DEFAULT_PRIORITY: Final = 2
ISSUE_TYPES: Final = ("bug", "feature", "task", "epic", "chore")
DEFAULT_TYPE: Final = "task"


@frozen
class Comment:
    """One remark on an issue. `created_at` is a UTC timestamp (see `timestamp`)."""

    id: int
    author: str
    text: str
    created_at: str


@frozen
class Dependency:
    """`issue_id` depends on `depends_on_id`; `type` is spelt as in beads' JSONL."""

    issue_id: str
    depends_on_id: str
    type: str = "blocks"


DEPENDENCY_TYPES: Final = ("blocks", "parent-child", "related", "discovered-from", "duplicates")


@frozen(kw_only=True)
class Issue:
    """One issue, with all that belongs to it. Timestamps are UTC texts (see `timestamp`)."""

    id: str
    title: str
    description: str = ""
    status: str = "open"
    priority: int = DEFAULT_PRIORITY
    issue_type: str = DEFAULT_TYPE
    assignee: str | None = None
    labels: tuple[str, ...] = ()
    dependencies: tuple[Dependency, ...] = ()
    comments: tuple[Comment, ...] = ()
    created_at: str = ""
    created_by: str = ""
    updated_at: str = ""
    closed_at: str | None = None
    close_reason: str | None = None

    @property
    def category(self) -> Category:
        """The category of the status; a status that is not ours counts as not begun."""
        return category_of(self.status)

    @property
    def is_closed(self) -> bool:
        """Whether the work is finished (category done)."""
        return self.category is Category.DONE


@frozen
class IssueSummary:
    """What an editor shows of an issue in one line, cheap to read in bulk."""

    id: str
    title: str
    status: str
    priority: int
    issue_type: str
    assignee: str | None = field(default=None)

    @property
    def is_closed(self) -> bool:
        """Whether the work is finished (category done)."""
        return category_of(self.status) is Category.DONE


def category_of(status: str) -> Category:
    """The category of a status; an unknown one counts as not begun."""
    return STATUS_CATEGORIES.get(status, Category.TODO)


def timestamp(moment: datetime) -> str:
    """The one form in which moments are kept: RFC 3339, UTC, microseconds, ending in Z; it sorts as text.

    Raises:
        ValueError: for a naive datetime.
    """
    if moment.tzinfo is None:
        raise ValueError("a moment needs its time zone")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


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


def checked_status(status: str) -> str:
    """The status.

    Raises:
        InvalidField: when it is unknown.
    """
    if status not in STATUS_CATEGORIES:
        raise InvalidField("status", f"{status!r} is not one of {', '.join(STATUS_CATEGORIES)}")
    return status


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


def checked_prefix(prefix: str) -> str:
    """The prefix of a workspace's ids, for instance `app`.

    Raises:
        InvalidField: when it is not letters, digits, `_` and inner `-`, beginning with a letter, at most 40 characters.
    """
    if len(prefix) > 40 or not _PREFIX.match(prefix):
        raise InvalidField(
            "prefix",
            f"{prefix!r} can't begin an id; use letters, digits and inner dashes, beginning with a letter",
        )
    return prefix


def prefix_from_name(name: str) -> str:
    """A prefix made from a folder's name; `issue` when nothing of it can be used."""
    parts = [part for part in re.split(r"[^A-Za-z0-9]+", name.lower()) if part]
    prefix = "-".join(parts).lstrip("0123456789-")[:20].rstrip("-")
    return prefix or "issue"


def id_length(count: int) -> int:
    """How long the hash of a new id should be (4 to 8) in a workspace of `count` issues.

    The length keeps the chance that a new id meets an existing one below about 1 %.
    """
    length = 4
    while length < 8 and count * 100 > 36**length:
        length += 1
    return length


def new_id(prefix: str, seed: bytes, length: int) -> str:
    """An id such as `app-1a2b`, the same for the same arguments. Its hash has a digit, so that no word looks like one.

    Args:
        prefix: the workspace's prefix.
        seed: what makes it unlike others; random bytes.
        length: of the base36 hash, 4 to 8.
    """
    attempt = 0
    while True:
        digest = hashlib.sha256(seed + attempt.to_bytes(4, "big")).digest()
        hash_text = _base36(int.from_bytes(digest[:8], "big"), length)
        if any(character.isdigit() for character in hash_text):
            return f"{prefix}-{hash_text}"
        attempt += 1


def _base36(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        number, digit = divmod(number, 36)
        digits.append(_BASE36[digit])
    return "".join(digits)


def prefix_of(issue_id: str) -> str:
    """The part of an id before its last dash: `app` of `app-1a2b.1`."""
    return issue_id.rpartition("-")[0]


def issue_to_json(issue: Issue) -> dict[str, Any]:
    """The issue with the field names of issues.jsonl (beads' JSONL). Fields without a value are left out."""
    shape: dict[str, Any] = {
        "id": issue.id,
        "title": issue.title,
        "description": issue.description,
        "status": issue.status,
        "priority": issue.priority,
        "issue_type": issue.issue_type,
        "assignee": issue.assignee,
        "labels": list(issue.labels),
        "dependencies": [
            {"issue_id": d.issue_id, "depends_on_id": d.depends_on_id, "type": d.type} for d in issue.dependencies
        ],
        "comments": [
            {"id": c.id, "issue_id": issue.id, "author": c.author, "text": c.text, "created_at": c.created_at}
            for c in issue.comments
        ],
        "created_at": issue.created_at,
        "created_by": issue.created_by,
        "updated_at": issue.updated_at,
        "closed_at": issue.closed_at,
        "close_reason": issue.close_reason,
    }
    return {name: value for name, value in shape.items() if value is not None}


def issue_from_json(shape: Mapping[str, Any]) -> Issue:
    """The issue of such an object, as `issue_to_json` makes it.

    Raises:
        KeyError, TypeError: when the object has another shape.
    """
    return Issue(
        id=shape["id"],
        title=shape["title"],
        description=shape.get("description", ""),
        status=shape.get("status", "open"),
        priority=shape.get("priority", DEFAULT_PRIORITY),
        issue_type=shape.get("issue_type", DEFAULT_TYPE),
        assignee=shape.get("assignee"),
        labels=tuple(shape.get("labels", ())),
        dependencies=tuple(
            Dependency(d["issue_id"], d["depends_on_id"], d["type"]) for d in shape.get("dependencies", ())
        ),
        comments=tuple(Comment(c["id"], c["author"], c["text"], c["created_at"]) for c in shape.get("comments", ())),
        created_at=shape.get("created_at", ""),
        created_by=shape.get("created_by", ""),
        updated_at=shape.get("updated_at", ""),
        closed_at=shape.get("closed_at"),
        close_reason=shape.get("close_reason"),
    )
