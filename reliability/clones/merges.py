"""Ten clones in memory: only the pure merge, over histories that cross as git's do."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from attrs import define, field

from issuelens.domain.imports import Imported
from issuelens.domain.issue import Issue
from issuelens.domain.vocabulary import STATUS_CATEGORIES
from issuelens.sync.jsonl import read_line, render_line
from reliability.clones.edits import Edits
from reliability.clones.graph import EMPTY, Content, Graph
from reliability.clones.ledger import Ledger, Record
from reliability.report import Report

CLONES: Final = 10
ROUNDS: Final = 400
"""Histories of a full trial."""
STEPS: Final = 150
"""Steps of a history."""


@define
class Clone:
    """One clone: where its branches are, and who changes issues in it."""

    edits: Edits
    branches: dict[str, int] = field(factory=lambda: {"main": EMPTY})
    branch: str = "main"

    @property
    def head(self) -> int:
        """The commit of the branch that it is on."""
        return self.branches[self.branch]

    @head.setter
    def head(self, commit: int) -> None:
        self.branches[self.branch] = commit


@define
class History:
    """One history of clones, by its seed; `trace` says what was done.

    Args:
        is_plain: whether histories are only merged, which brings nothing back that was removed.
        without: changes that nobody makes, by the names of their methods.
    """

    seed: int
    is_plain: bool = False
    count: int = CLONES
    without: tuple[str, ...] = ()
    graph: Graph = field(factory=Graph)
    ledger: Ledger = field(factory=Ledger)
    trace: list[str] = field(factory=list)
    _chance: random.Random = field(init=False)
    clones: list[Clone] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._chance = random.Random(self.seed)
        skews = [self._chance.choice((0, 0, 0, -300, 500)) for _ in range(self.count)]
        names = [f"{'abcdefghijklmnopqrstuvwxyz'[one]}" for one in range(self.count)]
        self.clones = [
            Clone(Edits(name, self._chance, skew, self.without)) for name, skew in zip(names, skews, strict=True)
        ]

    def run(self, steps: int) -> list[str]:
        """Does so many steps, then all exchange what they have; the problems."""
        kinds = ["edit"] * 9 + ["create"] + ["merge"] * 5 + ["switch"]
        kinds += [] if self.is_plain else ["rebase", "pick"]
        for step in range(steps):
            clone = self._chance.choice(self.clones)
            clone.edits.clock = step
            getattr(self, f"_{self._chance.choice(kinds)}")(clone, step)
        return [*self._ended()]

    # Steps

    def _create(self, clone: Clone, step: int) -> None:
        self._write(clone, None, clone.edits.created(sorted(self.graph.content(clone.head))), step)

    def _edit(self, clone: Clone, step: int) -> None:
        content = self.graph.content(clone.head)
        if not content:
            self._create(clone, step)
            return
        before = record_of(content[self._chance.choice(sorted(content))])
        self._write(clone, before, clone.edits.changed(before), step)

    def _write(self, clone: Clone, before: Record | None, after: Record, step: int) -> None:
        issue = issue_of(after)
        after = record_of(issue)
        self.ledger.note(before, after, f"{clone.edits.name} in step {step}")
        self._note(step, clone, "writes", json.dumps(after))
        clone.head = self.graph.commit({**self.graph.content(clone.head), issue.id: issue}, clone.head)

    def _merge(self, clone: Clone, step: int) -> None:
        theirs = self._other()
        clone.head = self.graph.merged(clone.head, theirs)
        self._note(step, clone, "merges", f"{theirs} to {clone.head}")

    def _rebase(self, clone: Clone, step: int) -> None:
        theirs = self._other()
        clone.head = self.graph.rebased(clone.head, theirs)
        self._note(step, clone, "rebases onto", f"{theirs} to {clone.head}")

    def _pick(self, clone: Clone, step: int) -> None:
        theirs = self._other()
        if len(self.graph.commits[theirs].parents) == 1:
            clone.head = self.graph.picked(theirs, clone.head)
            self._note(step, clone, "picks", f"{theirs} to {clone.head}")

    def _switch(self, clone: Clone, step: int) -> None:
        clone.branch = self._chance.choice(("main", "side"))
        clone.branches.setdefault(clone.branch, clone.branches["main"])
        self._note(step, clone, "switches to", clone.branch)

    def _other(self) -> int:
        """A commit that a branch of any clone is at."""
        one = self._chance.choice(self.clones)
        return one.branches[self._chance.choice(sorted(one.branches))]

    def _note(self, step: int, clone: Clone, what: str, how: str) -> None:
        self.trace.append(f"{step} {clone.edits.name} ({clone.branch} at {clone.head}) {what} {how}")

    # The end

    def _ended(self) -> Iterator[str]:
        heads = [commit for clone in self.clones for commit in clone.branches.values()]
        ends = [self._gathered(self._chance.sample(heads, len(heads))) for _ in range(2)]
        # Two have gathered in another order: they meet, each on its own.
        met = [self.graph.merged(*ends), self.graph.merged(*reversed(ends))]
        if not _is_same(*map(self.graph.content, met)):
            yield "who merges decides about the content"
        final = self.graph.content(met[0])
        if not _is_same(self.graph.content(self.graph.merged(*met)), final):
            yield "what two have made the same is changed when they meet again"
        for one in self.graph.conflicts:
            self.ledger.note_conflict(one.issue_id, one.field, one.kept, one.other)
        records = [*map(record_of, final.values())]
        yield from self.ledger.lost(records)
        if self.is_plain:
            yield from self.ledger.revived(records)

    def _gathered(self, heads: list[int]) -> int:
        found, *others = heads
        for one in others:
            found = self.graph.merged(found, one)
        return found


def _is_same(one: Content, other: Content) -> bool:
    return one.keys() == other.keys() and all(render_line(one[key]) == render_line(other[key]) for key in one)


def record_of(issue: Issue) -> Record:
    """What the line of an issue holds."""
    found: Record = json.loads(render_line(issue))
    return found


def issue_of(record: Record) -> Issue:
    """The issue of a line."""
    found = read_line(1, json.dumps(record), STATUS_CATEGORIES)
    assert isinstance(found, Imported), found
    return found.issue


async def merges(folder: Path, part: float) -> Report:
    """Runs histories; a part of them are only merged, so that what was removed must stay so."""
    rounds, problems, counts = max(4, round(ROUNDS * part)), [], dict.fromkeys(("changes", "merges", "conflicts"), 0)
    for seed in range(rounds):
        history = History(seed, is_plain=seed % 2 == 0)
        found = history.run(STEPS)
        problems += [f"seed {seed}: {one}" for one in found[:3]]
        counts["changes"] += history.ledger.changes
        counts["merges"] += history.graph.merges
        counts["conflicts"] += history.ledger.conflicts
    return Report(name="merges", counts={"histories": rounds, "clones": CLONES, **counts}, problems=tuple(problems))
