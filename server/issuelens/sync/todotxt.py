"""todo.txt (github.com/todotxt/todo.txt, its format): one task a line."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any, Final

from issuelens.domain.fields import NAME_LIMIT, TITLE_LIMIT
from issuelens.domain.ids import new_id
from issuelens.domain.imports import Imported, Unreadable
from issuelens.domain.issue import Issue
from issuelens.domain.moment import normal_moment
from issuelens.domain.vocabulary import DEFAULT_PRIORITY, Category

HASH_LENGTH: Final = 6
_DATE: Final = r"\d{4}-\d\d-\d\d"
_HEAD = re.compile(rf"(?P<done>x )?(?:\((?P<priority>[A-Z])\) )?(?P<first>{_DATE} )?(?P<second>{_DATE} )?")
_TAG = re.compile(r"(?:^|(?<=\s))([+@])(\S+)")
_KEY = re.compile(r"(?:^|(?<=\s))([A-Za-z][\w.-]*):([^\s:/]\S*)")


class Reader:
    """Reads the lines of one file; a line that stands there twice is two issues.

    Args:
        prefix: of the ids, which are made from the words of a task, so that a second import finds the same.
    """

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._seen: Counter[str] = Counter()

    def read_line(self, number: int, text: str) -> Imported | Unreadable | None:
        """The issue of a line, why there is none, or None for an empty line."""
        line = text.strip()
        if not line:
            return None
        try:
            return Imported(number, self._issue(line))
        except ValueError as error:
            return Unreadable(number, str(error), text.rstrip("\n"))

    def _issue(self, line: str) -> Issue:
        head = _HEAD.match(line)
        assert head is not None
        words = line[head.end() :].strip()
        keys = dict(_KEY.findall(words))
        title = " ".join(re.sub(r"(?:^|(?<=\s))(?:due|t|pri):\S+", "", words).split())
        if not title or len(title) > TITLE_LIMIT:
            raise ValueError(f"title: it has {len(title):,} characters, 1 to {TITLE_LIMIT} are allowed")
        labels = sorted({name if sign == "+" else f"@{name}" for sign, name in _TAG.findall(words)})
        if any(len(label) > NAME_LIMIT for label in labels):
            raise ValueError(f"labels: one has more than {NAME_LIMIT} characters")
        created = head["second"] or (None if head["done"] else head["first"])
        closed = head["first"] if head["done"] else None
        return Issue(
            id=self._id(title),
            title=title,
            status="closed" if head["done"] else "open",
            category=Category.DONE if head["done"] else Category.TODO,
            priority=_priority(head["priority"] or keys.get("pri")),
            labels=tuple(labels),
            due_at=_day("due", keys.get("due"), "T23:59:59Z"),
            defer_until=_day("t", keys.get("t"), "T00:00:00Z"),
            metadata={name: value for name, value in sorted(keys.items()) if name not in ("due", "t", "pri")},
            created_at=_day("created", created, "T00:00:00Z") or "",
            closed_at=_day("closed", closed, "T00:00:00Z"),
            updated_at=_day("updated", closed or created, "T00:00:00Z") or "",
        )

    def _id(self, title: str) -> str:
        self._seen[title] += 1
        seed = f"todo.txt\0{title}\0{self._seen[title]}"
        return new_id(self._prefix, seed.encode("utf-8", "surrogatepass"), HASH_LENGTH)


def _priority(letter: str | None) -> int:
    """A to E are 0 to 4, later letters 4; other words say nothing."""
    if not letter or not "A" <= letter[0].upper() <= "Z":
        return DEFAULT_PRIORITY
    return min(4, ord(letter[0].upper()) - ord("A"))


def _day(name: str, date: str | None, time: str) -> Any:
    if date is None:
        return None
    try:
        return normal_moment(date.strip() + time)
    except ValueError as error:
        raise ValueError(f"{name}: {date.strip()!r} is no date such as 2027-01-31") from error
