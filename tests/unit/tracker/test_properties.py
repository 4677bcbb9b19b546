"""Whatever is done in whatever order: the history tells the state, revisions have no gaps, keys are done once."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.support.tracking import NOW, done

from issuelens.domain.errors import Refused
from issuelens.domain.operation import (
    AddComment,
    CloseIssues,
    CreateIssue,
    Operation,
    ReopenIssues,
    StartIssues,
    UpdateIssues,
)
from issuelens.domain.query import parse_query
from issuelens.domain.shape import issue_to_json
from issuelens.storage import history, lists, reads
from issuelens.storage.conditions import Asking
from issuelens.storage.database import Database

NUMBERS = st.integers(0, 6)
TEXTS = st.text(max_size=12)
ASKING = Asking(now=NOW, me="tester")
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["create", "child", "update", "labels", "start", "close", "reopen", "comment", "repeat"]),
        NUMBERS,
        NUMBERS,
        TEXTS,
    ),
    max_size=25,
)


def operation(name: str, ids: list[str], first: int, second: int, text: str) -> Operation:
    named = tuple(ids[number] for number in (first, second) if number < len(ids)) or ("app-none",)
    choices: dict[str, Operation] = {
        "create": CreateIssue(title=text or "x", priority=first, labels=(text,) if text else ()),
        "child": CreateIssue(title="child", parent=named[0]),
        "update": UpdateIssues(ids=named, priority=second, description=text),
        "labels": UpdateIssues(ids=named, add_labels=("a", "b")[:first], remove_labels=("b", "c")[:second]),
        "start": StartIssues(ids=named),
        "close": CloseIssues(ids=named, reason=text),
        "reopen": ReopenIssues(ids=named, reason=text),
        "comment": AddComment(ids=named, text=text),
    }
    return choices[name]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(STEPS)
def test_the_history_tells_the_state(steps: list[tuple[str, int, int, str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        database = Database.open(Path(folder) / "x.db")
        try:
            _play(database, steps)
        finally:
            database.close()


def _play(database: Database, steps: list[tuple[str, int, int, str]]) -> None:
    ids: list[str] = []
    last: tuple[Operation, str] | None = None
    for number, (name, first, second, text) in enumerate(steps):
        if name == "repeat":
            if last is not None:
                before = _state(database)
                assert done(database, last[0], key=last[1]).repeated
                assert _state(database) == before
            continue
        asked, key = operation(name, ids, first, second, text), f"step {number}"
        before = _state(database)
        try:
            outcome = done(database, asked, key=key)
        except Refused:
            assert _state(database) == before
            continue
        if outcome.event is None:
            assert _state(database) == before
        else:
            last = (asked, key)
        ids += [issue.id for issue in outcome.issues if issue.id not in ids]
    _check(database)


def _state(database: Database) -> tuple[int, list[Any]]:
    with database.transaction() as connection:
        issues = lists.list_issues(connection, parse_query("is:any,deleted"), ASKING)
        return reads.current_revision(connection), [issue_to_json(issue) for issue in issues]


def _check(database: Database) -> None:
    told: dict[str, Any] = {}
    with database.transaction() as connection:
        entries = list(reversed(history.list_history(connection, None, None)))
        assert [entry.event.revision for entry in entries] == list(range(1, len(entries) + 1))
        for entry in entries:
            assert entry.event.ids == tuple(change.issue_id for change in entry.changes)
            for change in entry.changes:
                assert change.before == told.get(change.issue_id)
                assert change.before != change.after
                told[change.issue_id] = change.after
    assert told == {shape["id"]: shape for shape in _state(database)[1]}
