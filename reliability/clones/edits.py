"""Random changes of an issue, as any tool makes them in a line of issues.jsonl; every value is unique."""

from __future__ import annotations

import random
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from attrs import define, field

from issuelens.domain.moment import later, timestamp
from reliability.clones.ledger import STATUS, Record

TEXTS: Final = ("title", "description", "design", "notes", "acceptance_criteria", "assignee", "external_ref")
_BEGIN: Final = datetime(2026, 3, 1, tzinfo=UTC)
BY_HAND: Final = 0.1
"""Share of changes whose tool does not say when it was."""


@define
class Edits:
    """Makes issues, and changes of them.

    Args:
        name: of the clone; parts of all values.
        chance: what decides.
        skew: by how many seconds the clone's clock is wrong.
        without: changes that are not made, by the names of their methods.
    """

    name: str
    chance: random.Random
    skew: float = 0.0
    without: tuple[str, ...] = ()
    count: int = 0
    clock: int = 0
    known: list[str] = field(factory=list)
    """Ids of issues, of which some may not have come here yet."""
    _changes: list[Callable[[Record], None]] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._changes = [
            *(self._text,) * 6,
            *(self._label, self._no_label, self._dependency, self._no_dependency) * 2,
            *(self._comment, self._comment, self._comment_text, self._no_comment),
            *(self._key, self._no_key, self._extra, self._no_extra, self._priority),
            *(self._close, self._reopen, self._delete),
        ]
        self._changes = [one for one in self._changes if one.__name__ not in self.without]

    def unique(self) -> str:
        """A word that no other change has."""
        self.count += 1
        return f"{self.name}{self.count}"

    def now(self) -> str:
        """A moment after all that this clone gave."""
        return timestamp(_BEGIN + timedelta(seconds=self.clock + self.skew, microseconds=self.count))

    def created(self, known: list[str]) -> Record:
        """A new issue, of an id that is free."""
        word = self.unique()
        record: Record = {"id": f"app-{word}", "title": word, "status": "open", "priority": 2, "issue_type": "task"}
        record |= {"created_at": self.now(), "created_by": self.name, "updated_at": self.now()}
        if known and self.chance.random() < 0.3:
            record["dependencies"] = [self._target(record, self.chance.choice(known))]
        return record

    def changed(self, before: Record) -> Record:
        """The issue after one to three changes."""
        record = deepcopy(before)
        for _ in range(self.chance.choice((1, 1, 1, 2, 3))):
            self.chance.choice(self._changes)(record)
        if self.chance.random() >= BY_HAND:
            # As daemons do: never before what it was.
            record["updated_at"] = later(self.now(), record["updated_at"])
        return record

    # Changes

    def _text(self, record: Record) -> None:
        record[self.chance.choice(TEXTS)] = self.unique()

    def _priority(self, record: Record) -> None:
        record["estimated_minutes"] = self.chance.randrange(1, 1_000_000_000)

    def _label(self, record: Record) -> None:
        record["labels"] = sorted([*record.get("labels", ()), self.unique()])

    def _no_label(self, record: Record) -> None:
        self._removed(record, "labels")

    def _dependency(self, record: Record) -> None:
        record.setdefault("dependencies", []).append(self._target(record, f"app-{self.unique()}"))
        record["dependencies"].sort(key=lambda one: (one["depends_on_id"], one["type"]))

    def _target(self, record: Record, target: str) -> Record:
        kind = self.chance.choice(("blocks", "related", "discovered-from"))
        return {"issue_id": record["id"], "depends_on_id": target, "type": kind, "created_at": self.now()}

    def _no_dependency(self, record: Record) -> None:
        self._removed(record, "dependencies")

    def _comment(self, record: Record) -> None:
        comments = record.setdefault("comments", [])
        number = max((one["id"] for one in comments), default=0) + 1
        comment = {"id": number, "issue_id": record["id"], "author": self.name, "text": self.unique()}
        comments.append(comment | {"created_at": self.now()})

    def _comment_text(self, record: Record) -> None:
        if record.get("comments"):
            one = self.chance.choice(record["comments"])
            one |= {"text": self.unique(), "updated_at": self.now()}

    def _no_comment(self, record: Record) -> None:
        self._removed(record, "comments")

    def _key(self, record: Record) -> None:
        record.setdefault("metadata", {})[self.chance.choice("abcd")] = self.unique()

    def _no_key(self, record: Record) -> None:
        metadata = record.get("metadata", {})
        if metadata:
            del metadata[self.chance.choice(sorted(metadata))]
        if not metadata:
            record.pop("metadata", None)

    def _extra(self, record: Record) -> None:
        record[self.chance.choice(("x_one", "x_two"))] = {"said": self.unique()}

    def _no_extra(self, record: Record) -> None:
        record.pop(self.chance.choice(("x_one", "x_two")), None)

    def _close(self, record: Record) -> None:
        self._status(record, status="closed", closed_at=self.now(), close_reason=self.unique())

    def _reopen(self, record: Record) -> None:
        self._status(record, status=self.chance.choice(("open", "in_progress")))

    def _delete(self, record: Record) -> None:
        self._status(record, status="tombstone", deleted_at=self.now(), deleted_by=self.name, original_status="open")

    def _status(self, record: Record, **fields: Any) -> None:
        for name in STATUS:
            record.pop(name, None)
        record |= fields

    def _removed(self, record: Record, name: str) -> None:
        """Takes one of a list out."""
        there = record.get(name)
        if there:
            there.pop(self.chance.randrange(len(there)))
        if not there:
            record.pop(name, None)
