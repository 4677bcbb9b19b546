"""What was acknowledged, kept outside of everything that is tried, and what has become of it."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from attrs import define, field

Record = dict[str, Any]
"""An issue as a line of issues.jsonl has it."""
Values = frozenset[str]
STATUS: Final = (
    *("status", "closed_at", "close_reason", "original_status"),
    *("deleted_at", "deleted_by", "delete_reason", "merged_into"),
)
"""Fields that are one value: an issue's status, and what goes with it."""
_APART: Final = frozenset({"id", "updated_at", "labels", "dependencies", "comments", "metadata", *STATUS})
_EMPTY: Final = ("", None, [], {})
"""What is left out of a line."""


class Slot(NamedTuple):
    """A place of a value: an issue's field, or one label, dependency, comment or key."""

    issue: str
    name: str


def slots(record: Record | None) -> dict[Slot, Values]:
    """The values of an issue, each as JSON; of a comment its texts: two when it stands there twice."""
    if record is None:
        return {}
    found: dict[str, set[str]] = defaultdict(set)
    for name, value in record.items():
        if name not in _APART and value not in _EMPTY:
            found[name].add(_text(value))
    found["status"].add(_text({name: record[name] for name in STATUS if name in record}))
    for label in record.get("labels", ()):
        found[f"labels.{label}"].add("")
    for one in record.get("dependencies", ()):
        found[f"dependencies.{one['type']} {one['depends_on_id']}"].add("")
    for key, value in record.get("metadata", {}).items():
        found[f"metadata.{key}"].add(_text(value))
    for one in record.get("comments", ()):
        found[f"comments.{one['author']} {one['created_at']}"].add(_text(one["text"]))
    return {Slot(record["id"], name): frozenset(values) for name, values in found.items()}


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


@define
class Ledger:
    """The acknowledged changes: what was written where, what was removed or overwritten, and what was told."""

    written: dict[Slot, dict[str, str]] = field(factory=lambda: defaultdict(dict))
    """Slot -> value -> who wrote it, and when."""
    replaced: dict[Slot, set[str]] = field(factory=lambda: defaultdict(set))
    told: dict[Slot, set[str]] = field(factory=lambda: defaultdict(set))
    stayed: dict[Slot, set[str]] = field(factory=lambda: defaultdict(set))
    """Values of which a conflict said that they stay, though the other side removed them."""
    removed: dict[Slot, tuple[Values, str]] = field(factory=dict)
    """Slots that were emptied, and are not written again: what they had, and by whom."""
    changes: int = 0
    conflicts: int = 0

    def note(self, before: Record | None, after: Record | None, who: str) -> None:
        """Notes a change of an issue."""
        old, new = slots(before), slots(after)
        self.changes += 1
        for slot in {**old, **new}:
            ones, others = old.get(slot, frozenset()), new.get(slot, frozenset())
            if ones == others:
                continue
            self.written[slot] |= dict.fromkeys(others - ones, who)
            self.replaced[slot] |= ones - others
            if others:
                self.removed.pop(slot, None)
            else:
                self.removed[slot] = ones, who

    def note_replaced(self, before: Record | None, after: Record | None) -> None:
        """Notes what a change has removed or overwritten, when another one has come in before it unseen."""
        new = slots(after)
        for slot, values in slots(before).items():
            self.replaced[slot] |= values - new.get(slot, frozenset())

    def note_conflict(self, issue: str, name: str, kept: Any, other: Any) -> None:
        """Notes that a value was told as one that gives way; None for none. Comments are told by their numbers."""
        self.conflicts += 1
        slot = Slot(issue, "comments" if _is_comment(name, kept, other) else name)
        if slot.name == "comments":
            # What they say is unique.
            kept, other = (one and one.get("text") for one in (kept, other))
        self.told[slot].add(_text(other))
        if other is None:
            self.stayed[slot].add(_text(kept))

    def lost(self, final: Iterable[Record]) -> Iterator[str]:
        """What was acknowledged, and is neither there, nor was replaced by an acknowledged change, nor was told."""
        there: dict[Slot, Values] = {}
        for record in final:
            there |= slots(record)
        for slot, values in sorted(self.written.items()):
            for value, who in values.items():
                if not self._is_accounted(slot, value, there):
                    now = sorted(there.get(slot, ()))
                    yield f"{slot.issue}: {slot.name} = {value or 'there'}, written by {who}, is lost; there is {now}"

    def _is_accounted(self, slot: Slot, value: str, there: Mapping[Slot, Values]) -> bool:
        if value in there.get(slot, ()) or value in self.replaced[slot] or value in self._told(slot):
            return True
        return not value and "null" in self._told(slot)

    def _told(self, slot: Slot) -> set[str]:
        return self.told[Slot(slot.issue, "comments") if slot.name.startswith("comments.") else slot]

    def revived(self, final: Iterable[Record]) -> Iterator[str]:
        """What was removed by an acknowledged change, was not written again, and is there."""
        there: dict[Slot, Values] = {}
        for record in final:
            there |= slots(record)
        for slot, (values, who) in sorted(self.removed.items()):
            if values & there.get(slot, frozenset()) and not self._stayed(slot):
                yield f"{slot.issue}: {slot.name} was removed by {who}, and is there"

    def _stayed(self, slot: Slot) -> bool:
        if slot.name.startswith("comments."):
            return bool(self.stayed[Slot(slot.issue, "comments")].intersection(self.written[slot]))
        return bool(self.told[slot])


def _is_comment(name: str, kept: Any, other: Any) -> bool:
    """Whether a conflict is about what a comment says, not about a field of another tool in it."""
    return name.startswith("comments.") and all(one is None or isinstance(one, Mapping) for one in (kept, other))
