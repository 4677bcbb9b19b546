"""What is ready and what is blocked, kept with every change; cycles, which are refused with their path."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve
from hypothesis import HealthCheck, event, given, settings
from sqlalchemy import select
from tests.support.tracking import brought_in, created, done, everything, passing_database, revision_of
from tests.unit.tracker.playing import Player, Step, steps

from issuelens.domain.errors import DependencyCycle, InvalidField, Refused
from issuelens.domain.issue import Dependency, Issue
from issuelens.domain.operation import (
    AddDependencies,
    CloseIssues,
    CreateIssue,
    DeleteIssues,
    Operation,
    RemoveDependencies,
    ReopenIssues,
    RestoreIssues,
    UndoOperations,
    UpdateIssues,
)
from issuelens.domain.vocabulary import STATUS_CATEGORIES, Category
from issuelens.storage import checks, lists, readiness
from issuelens.storage.database import Database
from issuelens.storage.tables import ISSUE
from issuelens.tracker.upkeep import adopt_statuses, mend

Flags = dict[str, tuple[int, int]]


def stored(database: Database) -> Flags:
    columns = select(ISSUE.c.id, ISSUE.c.blocked, ISSUE.c.is_ready)
    with database.transaction() as connection:
        return {row[0]: (row[1], row[2]) for row in connection.execute(columns)}


def computed(issues: dict[str, Issue]) -> Flags:
    """From the rules alone: 1 for what waits itself, 2 for what has a blocked ancestor; ready when neither."""

    def waits(issue: Issue) -> bool:
        if issue.category is Category.DONE:
            return False
        blockers = [issues.get(one.depends_on_id) for one in issue.dependencies if one.type == "blocks"]
        return issue.status == "blocked" or any(one and one.category is not Category.DONE for one in blockers)

    def ancestors(issue: Issue, seen: frozenset[str]) -> set[str]:
        there = {one for one in issue.parents if one in issues and issues[one].status != "tombstone"} - seen
        return there.union(*(ancestors(issues[one], seen | there) for one in there))

    found: Flags = {}
    for issue in issues.values():
        blocked = int(waits(issue)) + 2 * any(waits(issues[one]) for one in ancestors(issue, frozenset()))
        is_free = issue.category is not Category.DONE and issue.status not in ("blocked", "deferred")
        found[issue.id] = (blocked, int(is_free and not blocked))
    return found


def check(database: Database) -> None:
    assert stored(database) == computed(everything(database))
    with database.transaction() as connection:
        assert readiness.find_stale(connection) == []


TREE: list[Step] = [("create", 0, 0, 0), ("child", 0, 0, 0), ("child", 1, 0, 0), ("create", 0, 0, 2)]
"""Three generations and an issue that is blocked, to begin with."""


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps(18))
def test_the_columns_equal_a_full_computation(sequence: list[Step]) -> None:
    with passing_database() as database:
        player = Player(database)
        for step in [*TREE, *sequence]:
            if player.play(step) is not None:
                event(step[0])
                assert stored(database) == computed(everything(database)), step
        check(database)


def test_what_is_stale_is_found_and_mended(database: Database) -> None:
    first, second = created(database, "first"), created(database, "second")
    with database.transaction() as connection:
        connection.execute(ISSUE.update().where(ISSUE.c.id == second.id).values(blocked=1, is_ready=0))
        assert readiness.find_stale(connection) == [second.id]
        assert ("readiness", 1) in [found[:2] for found in checks.find_faults(connection)]
        mend(connection, nothing_aside)
    assert stored(database) == {first.id: (0, 1), second.id: (0, 1)}


def nothing_aside(rows: list[dict[str, Any]]) -> None:
    """There are no orphans to keep."""
    raise AssertionError(rows)


# Examples


def reasons(database: Database, issue_id: str) -> list[tuple[str | None, str | None]]:
    with database.transaction() as connection:
        found = lists.reasons(connection, [issue_id])[issue_id]
    return [(one.issue.id if one.issue else None, one.via) for one in found]


def test_a_blocker_holds_back_until_it_is_finished(database: Database) -> None:
    first, second = created(database, "first"), created(database, "second")
    done(database, AddDependencies(ids=(second.id,), depends_on=(first.id,)))
    assert stored(database) == {first.id: (0, 1), second.id: (1, 0)}
    assert reasons(database, second.id) == [(first.id, None)]
    for let_go, hold in (
        (CloseIssues(ids=(first.id,)), ReopenIssues(ids=(first.id,))),
        (DeleteIssues(ids=(first.id,)), RestoreIssues(ids=(first.id,))),
        (UpdateIssues(ids=(first.id,), status="resolved"), UpdateIssues(ids=(first.id,), status="deferred")),
        (RemoveDependencies(ids=(second.id,), depends_on=(first.id,)), UndoOperations()),
    ):
        done(database, let_go)
        assert stored(database)[second.id] == (0, 1), let_go
        assert reasons(database, second.id) == []
        done(database, hold)
        assert stored(database)[second.id] == (1, 0), hold


def test_other_dependencies_hold_nothing_back(database: Database) -> None:
    first, second = created(database, "first"), created(database, "second")
    for kind in ("related", "discovered-from", "duplicates"):
        done(database, AddDependencies(ids=(second.id,), depends_on=(first.id,), type=kind))
    assert stored(database)[second.id] == (0, 1)


def test_descendants_wait_with_their_ancestors(database: Database) -> None:
    blocker, epic = created(database, "blocker"), created(database, "epic")
    child = created(database, "child", parent=epic.id)
    below = created(database, "below", parent=child.id)
    done(database, AddDependencies(ids=(epic.id,), depends_on=(blocker.id,)))
    assert stored(database) == {blocker.id: (0, 1), epic.id: (1, 0), child.id: (2, 0), below.id: (2, 0)}
    assert reasons(database, below.id) == [(blocker.id, epic.id)]
    done(database, UpdateIssues(ids=(child.id,), status="blocked"))
    assert reasons(database, below.id) == [(None, child.id), (blocker.id, epic.id)]
    assert reasons(database, child.id) == [(None, None), (blocker.id, epic.id)]
    done(database, UpdateIssues(ids=(below.id,), parent=""))
    assert stored(database)[below.id] == (0, 1)
    done(database, CloseIssues(ids=(child.id, blocker.id)))
    check(database)


def test_a_subtree_waits_with_its_new_ancestors(database: Database) -> None:
    blocked, free, top = (created(database, name, status=name).id for name in ("blocked", "open", "open"))
    child = created(database, "child", parent=top).id
    below = created(database, "below", parent=child).id
    for parent, flags in ((blocked, (2, 0)), (free, (0, 1)), (blocked, (2, 0)), ("", (0, 1)), (blocked, (2, 0))):
        done(database, UpdateIssues(ids=(child,), parent=parent))
        assert stored(database)[below] == flags
    gone = Issue(id=child, title="x", status="tombstone", category=Category.DONE)
    brought_in(database, evolve(gone, updated_at="2026-03-01T00:00:00.000000Z"))
    assert stored(database)[below] == (0, 1)
    done(database, RestoreIssues(ids=(child,)))
    done(database, UpdateIssues(ids=(child,), parent=blocked))
    assert stored(database)[below] == (2, 0)


def test_a_finished_parent_passes_on_what_holds_its_own_parent(database: Database) -> None:
    blocker, epic = created(database, "blocker"), created(database, "epic")
    child = created(database, "child", parent=epic.id)
    below = created(database, "below", parent=child.id)
    done(database, AddDependencies(ids=(epic.id, child.id), depends_on=(blocker.id,)))
    done(database, CloseIssues(ids=(child.id,)))
    assert stored(database)[below.id] == (2, 0)
    done(database, CloseIssues(ids=(epic.id,)))
    assert stored(database)[below.id] == (0, 1)
    assert reasons(database, below.id) == []


def test_a_deferred_issue_is_neither_ready_nor_blocked(database: Database) -> None:
    issue = created(database, "later", status="deferred")
    assert stored(database) == {issue.id: (0, 0)}
    assert reasons(database, issue.id) == []


def test_categories_of_a_new_configuration_are_adopted(database: Database) -> None:
    statuses = STATUS_CATEGORIES | {"review": Category.DOING}
    first, second = done_with(database, statuses, "review"), created(database, "second")
    done(database, AddDependencies(ids=(second.id,), depends_on=(first,)))
    with database.transaction() as connection:
        adopt_statuses(connection, statuses)
        assert adopt_statuses(connection, statuses) == 0
    assert stored(database) == {first: (0, 1), second.id: (1, 0)}
    with database.transaction() as connection:
        assert adopt_statuses(connection, statuses | {"review": Category.DONE}) == 1
    assert stored(database) == {first: (0, 0), second.id: (0, 1)}
    assert everything(database)[first].is_closed
    with database.transaction() as connection:
        assert adopt_statuses(connection, STATUS_CATEGORIES) == 1
    assert everything(database)[first].category is Category.TODO
    assert revision_of(database) == 4
    check(database)


def done_with(database: Database, statuses: dict[str, Category], status: str) -> str:
    issue = created(database, "first")
    return done(database, UpdateIssues(ids=(issue.id,), status=status), statuses=statuses).issues[0].id


# Cycles


@pytest.fixture
def tree(database: Database) -> dict[str, str]:
    """a; a.1 below it; b, which a.1 waits for; c, a stranger."""
    a, b, c = (created(database, name).id for name in "abc")
    child = created(database, "child", parent=a).id
    done(database, AddDependencies(ids=(child,), depends_on=(b,)))
    return {"a": a, "b": b, "c": c, "child": child}


def refused(database: Database, operation: Operation, error: type[Refused]) -> Refused:
    before = everything(database), stored(database), revision_of(database)
    with pytest.raises(error) as told:
        done(database, operation)
    assert (everything(database), stored(database), revision_of(database)) == before
    assert told.value.message.isprintable()
    return told.value


def cycle(database: Database, operation: Operation, *path: str) -> None:
    told = refused(database, operation, DependencyCycle)
    assert told.details["path"] == list(path)
    assert " → ".join(path) in told.message
    assert told.message.startswith(f"{path[0]} would wait for itself: ")


def test_a_cycle_is_refused_with_its_path(database: Database, tree: dict[str, str]) -> None:
    a, b, c, child = (tree[name] for name in ("a", "b", "c", "child"))
    cycle(database, AddDependencies(ids=(b,), depends_on=(child,)), b, child, b)
    done(database, AddDependencies(ids=(b,), depends_on=(c,)))
    cycle(database, AddDependencies(ids=(c,), depends_on=(child,)), c, child, b, c)
    # A child waits with its parent, so the parent can't wait for it, nor for what waits for it.
    cycle(database, AddDependencies(ids=(a,), depends_on=(child,)), a, child, a)
    done(database, AddDependencies(ids=(c,), depends_on=(a,), type="related"))


def test_an_issue_can_not_depend_on_itself(database: Database, tree: dict[str, str]) -> None:
    told = refused(database, AddDependencies(ids=(tree["b"], tree["c"]), depends_on=(tree["c"],)), InvalidField)
    assert told.message == f"depends_on: {tree['c']} can't depend on itself"
    told = refused(database, UpdateIssues(ids=(tree["c"],), parent=tree["c"]), InvalidField)
    assert told.message == f"parent: {tree['c']} can't be its own parent"


def test_an_issue_can_not_go_below_its_descendant(database: Database, tree: dict[str, str]) -> None:
    below = created(database, "below", parent=tree["child"]).id
    cycle(database, UpdateIssues(ids=(tree["a"],), parent=below), *(tree["a"], below, tree["child"], tree["a"]))
    cycle(database, UpdateIssues(ids=(tree["b"],), parent=below), tree["b"], below, tree["child"], tree["b"])


def test_what_is_deleted_closes_no_cycle_until_it_is_restored(database: Database, tree: dict[str, str]) -> None:
    b, c = tree["b"], tree["c"]
    done(database, AddDependencies(ids=(b,), depends_on=(c,)))
    done(database, DeleteIssues(ids=(b,)))
    done(database, AddDependencies(ids=(c,), depends_on=(tree["child"],)))
    cycle(database, RestoreIssues(ids=(b,)), b, c, tree["child"], b)
    cycle(database, UndoOperations(revision=revision_of(database) - 1), b, c, tree["child"], b)


def test_an_undo_can_not_close_a_cycle(database: Database, tree: dict[str, str]) -> None:
    done(database, RemoveDependencies(ids=(tree["child"],), depends_on=(tree["b"],)))
    removed = revision_of(database)
    done(database, AddDependencies(ids=(tree["b"],), depends_on=(tree["child"],)))
    cycle(database, UndoOperations(revision=removed), tree["child"], tree["b"], tree["child"])


def test_a_new_child_can_not_close_a_cycle_that_an_import_prepared(database: Database) -> None:
    parent = created(database, "parent").id
    brought_in(database, Issue(id="lib-1", title="x", dependencies=(Dependency("lib-1", f"{parent}.1"),)))
    done(database, AddDependencies(ids=(parent,), depends_on=("lib-1",)))
    child = f"{parent}.1"
    cycle(database, CreateIssue(title="child", parent=parent), child, parent, "lib-1", child)


def test_cycles_of_an_import_hold_each_other_back(database: Database) -> None:
    one = Issue(id="lib-1", title="1", dependencies=(Dependency("lib-1", "lib-2"),))
    two = Issue(id="lib-2", title="2", dependencies=(Dependency("lib-2", "lib-1", "parent-child"),))
    brought_in(database, one, two)
    assert stored(database) == {"lib-1": (1, 0), "lib-2": (2, 0)}
    check(database)
    done(database, CloseIssues(ids=("lib-1",)))
    check(database)
