"""Plays sequences of operations, drawn by hypothesis, on a database."""

from __future__ import annotations

from typing import Any

from attrs import define, field
from hypothesis import strategies as st
from tests.support.tracking import brought_in, done

from issuelens.domain.errors import Refused
from issuelens.domain.issue import Comment, Dependency, Issue, category_of
from issuelens.domain.operation import (
    AddComment,
    AddDependencies,
    CloseIssues,
    CreateIssue,
    DeleteIssues,
    Event,
    MergeIssues,
    NewDependency,
    Operation,
    RemoveDependencies,
    ReopenIssues,
    RestoreIssues,
    StartIssues,
    UndoOperations,
    UpdateIssues,
)
from issuelens.storage.database import Database

STATUSES = ("open", "in_progress", "blocked", "deferred", "closed", "tombstone")
TYPES = ("blocks", "parent-child", "related")
NAMES = (
    *("create", "create", "child", "child", "status", "status", "start", "close", "reopen", "delete", "restore"),
    *("depend", "depend", "undepend", "reparent", "merge", "undo", "import", "comment", "labels"),
)
NUMBERS = st.integers(0, 7)
Step = tuple[str, int, int, int]


def steps(count: int) -> st.SearchStrategy[list[Step]]:
    """Sequences of at most so many steps."""
    return st.lists(st.tuples(st.sampled_from(NAMES), NUMBERS, NUMBERS, NUMBERS), min_size=2, max_size=count)


@define
class Player:
    """Does steps; what is refused is left out."""

    database: Database
    ids: list[str] = field(factory=list)
    refused: int = 0
    _moment: int = 0

    def play(self, step: Step) -> Event | None:
        """Does a step; its event, or None when nothing was changed."""
        self._moment += 1
        name, first, second, third = step
        one, other = (self.ids[number % len(self.ids)] if self.ids else "app-none" for number in (first, second))
        if name == "import":
            return self._import(first, second, third)
        try:
            outcome = done(self.database, _operation(name, one, other, third), now=self.now)
        except Refused:
            self.refused += 1
            return None
        self.ids += [issue.id for issue in outcome.issues if issue.id not in self.ids]
        return outcome.event

    @property
    def now(self) -> str:
        """The moment of the step."""
        return f"2026-01-02T00:{self._moment // 60:02}:{self._moment % 60:02}.000000Z"

    def _import(self, first: int, second: int, third: int) -> Event | None:
        known = [*self.ids, "lib-1a", "lib-2b", "lib-1a.1"]
        made = [self._line(known[(first + at) % len(known)], known[second % len(known)], third + at) for at in (0, 1)]
        event, _ = brought_in(self.database, *made, now=self.now)
        self.ids += [issue.id for issue in made if issue.id not in self.ids]
        return event

    def _line(self, issue_id: str, target: str, third: int) -> Issue:
        status = STATUSES[third % len(STATUSES)]
        fields: dict[str, Any] = {"deleted_at": self.now} if status == "tombstone" else {}
        return Issue(
            id=issue_id,
            title=f"imported {third}",
            status=status,
            category=category_of(status),
            dependencies=(Dependency(issue_id, target, TYPES[third % len(TYPES)]),) if third else (),
            comments=(Comment(third, "else", f"comment {third}", self.now),) if third % 2 else (),
            created_at=self.now,
            updated_at=self.now,
            **fields,
        )


def _operation(name: str, one: str, other: str, third: int) -> Operation:
    kind = TYPES[third % len(TYPES)]
    waiting = (NewDependency(depends_on_id=other, type=kind),) if third % 2 and other != "app-none" else ()
    choices: dict[str, Operation] = {
        "create": CreateIssue(title="made", status=STATUSES[third % 5], dependencies=waiting),
        "child": CreateIssue(title="child", parent=one, dependencies=waiting),
        "status": UpdateIssues(ids=(one, other), status=STATUSES[third % 5]),
        "start": StartIssues(ids=(one,)),
        "close": CloseIssues(ids=(one, other), reason="done"),
        "reopen": ReopenIssues(ids=(one,), reason="again" if third % 2 else None),
        "delete": DeleteIssues(ids=(one,), with_children=bool(third % 3)),
        "restore": RestoreIssues(ids=(one, other)),
        "depend": AddDependencies(ids=(one,), depends_on=(other,), type=TYPES[third % 2]),
        "undepend": RemoveDependencies(ids=(one,), depends_on=(other,)),
        "reparent": UpdateIssues(ids=(one,), parent=other if third else ""),
        "merge": MergeIssues(ids=(one,), into=other),
        "undo": UndoOperations(),
        "comment": AddComment(ids=(one, other), text=f"remark {third}"),
        "labels": UpdateIssues(ids=(one,), add_labels=("a", "b")[: third % 3], remove_labels=("b",) * (third % 2)),
    }
    return choices[name]
