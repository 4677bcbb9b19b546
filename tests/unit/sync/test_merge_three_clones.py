"""Three clones change an issue that they had in common: what does not hang on who merges with whom first."""

from __future__ import annotations

import random
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st
from reliability.clones.edits import Edits
from reliability.clones.ledger import Ledger, Record, Slot, Values, slots
from reliability.clones.merges import History, issue_of, record_of

from issuelens.sync.merge import Conflict, merge_issue

_SET = ("labels.", "dependencies.", "comments.")


class Three(NamedTuple):
    """An issue, and what three clones have made of it."""

    base: Record
    sides: tuple[Record, Record, Record]


@st.composite
def three(draw: st.DrawFn) -> Three:
    chance = random.Random(draw(st.integers(0, 2**32)))
    first, *clones = (Edits(name, chance) for name in "oxyz")
    base = first.created([])
    for _ in range(chance.randrange(6)):
        base = first.changed(base)
    if base["status"] == "tombstone":
        base = {**base, "status": "open"}
    base = record_of(issue_of(base))
    made = []
    for clone in clones:
        clone.clock, side = chance.randrange(1, 1_000), base
        for _ in range(chance.randrange(4)):
            side = clone.changed(side)
        made.append(record_of(issue_of(side)))
    return Three(base, (made[0], made[1], made[2]))


class _Orders:
    """An issue merged in each order in which three can meet."""

    def __init__(self, found: Three) -> None:
        self.base = issue_of(found.base)
        self.sides = [issue_of(one) for one in found.sides]
        self.told: list[list[Conflict]] = []
        self.records = [self._merged(*order) for order in ((0, 1, 2), (1, 2, 0), (2, 0, 1))]

    def _merged(self, one: int, other: int, last: int) -> Record:
        once = merge_issue(self.base, self.sides[one], self.sides[other])
        twice = merge_issue(self.base, once.issue, self.sides[last])
        assert twice.issue is not None
        self.told.append([*once.conflicts, *twice.conflicts])
        return record_of(twice.issue)

    def values(self, slot: Slot) -> set[Values]:
        """What the orders give for a place."""
        return {slots(one).get(slot, frozenset()) for one in self.records}


def _changers(found: Three, slot: Slot) -> list[int]:
    """The clones that have changed a place."""
    before = slots(found.base).get(slot)
    return [number for number, one in enumerate(found.sides) if slots(one).get(slot) != before]


def _places(found: Three) -> set[Slot]:
    return {slot for one in (found.base, *found.sides) for slot in slots(one)}


def _is_deleted(found: Three) -> bool:
    return any(one["status"] == "tombstone" for one in found.sides)


def _last(found: Three) -> set[int]:
    """Who changed the issue last: several only when their clocks say the same."""
    moment = max(one["updated_at"] for one in found.sides)
    return {number for number, one in enumerate(found.sides) if one["updated_at"] == moment}


@settings(deadline=None, max_examples=60)
@given(three())
def test_labels_dependencies_and_comments_are_the_same_in_any_order(found: Three) -> None:
    orders = _Orders(found)
    for slot in _places(found):
        if slot.name.startswith(_SET):
            assert len(orders.values(slot)) == 1, slot


@settings(deadline=None, max_examples=60)
@given(three())
def test_a_field_that_one_clone_or_also_the_last_one_changed_is_the_same_in_any_order(found: Three) -> None:
    orders = _Orders(found)
    for slot in _places(found):
        changers = _changers(found, slot)
        is_status = slot.name == "status" and _is_deleted(found)
        if not is_status and (len(changers) < 2 or _last(found) <= {*changers}):
            assert len(orders.values(slot)) == 1, slot


@settings(deadline=None, max_examples=60)
@given(three())
def test_the_moment_is_the_last_one_in_any_order(found: Three) -> None:
    assert {one["updated_at"] for one in _Orders(found).records} == {max(one["updated_at"] for one in found.sides)}


@settings(deadline=None, max_examples=60)
@given(three())
def test_nothing_is_lost_in_any_order(found: Three) -> None:
    orders = _Orders(found)
    for record, told in zip(orders.records, orders.told, strict=True):
        ledger = Ledger()
        ledger.note(None, found.base, "all")
        for side in found.sides:
            ledger.note(found.base, side, "a clone")
        for one in told:
            ledger.note_conflict(one.issue_id, one.field, one.kept, one.other)
        assert [*ledger.lost([record])] == []


def test_a_field_of_two_early_clones_hangs_on_the_order() -> None:
    """What docs/user/sync.md says: the moment is the issue's, so that a merge makes early values late."""
    base = {"id": "app-1", "title": "t", "priority": 2, "created_at": _at(1), "updated_at": _at(1)}
    one = base | {"notes": "first", "updated_at": _at(2)}
    two = base | {"notes": "second", "updated_at": _at(3)}
    three = base | {"title": "new", "updated_at": _at(4)}
    orders = _Orders(Three(base, (three, one, two)))
    assert [one["notes"] for one in orders.records] == ["first", "second", "second"]
    assert [len(one) for one in orders.told] == [1, 1, 1]


def _at(day: int) -> str:
    return f"2026-01-{day:02}T00:00:00.000000Z"


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 2**32))
def test_clones_whose_histories_cross_agree_and_lose_nothing(seed: int) -> None:
    """With virtual ancestors, rebases and cherry-picks; the trial `merges` is the same, larger."""
    assert History(seed, is_plain=seed % 2 == 0, count=4).run(40) == []
