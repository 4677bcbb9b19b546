"""Conflicts that a merge has settled: kept once, settled by somebody, over with a change of the field."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve
from tests.support.tracking import brought_in, context, created, done, everything

from issuelens.domain.conflict import KEPT, OTHER, KeptConflict
from issuelens.domain.errors import InvalidField, Refused
from issuelens.domain.operation import (
    AddComment,
    AddDependencies,
    DeleteIssues,
    EditComment,
    SettleConflicts,
    UndoOperations,
    UpdateIssues,
)
from issuelens.storage import conflicts, history, reads
from issuelens.storage.database import Database
from issuelens.tracker.operations import rehearse
from issuelens.tracker.recording import Recording


def met(database: Database, issue_id: str, field: str, kept: Any, other: Any, **more: Any) -> int:
    """Has a sync meet a conflict; its revision."""
    fields: dict[str, Any] = {"mine": KEPT, "other_at": "2026-01-01T00:00:00Z", **more}
    found = KeptConflict(number=0, issue_id=issue_id, field=field, kept=kept, other=other, revision=0, at="", **fields)
    with database.transaction() as connection:
        recording = Recording(connection, context(), "sync")
        recording.keep([found], reads.get_issues(connection, [issue_id]))
        event = recording.finish()
    return event.revision if event is not None else 0


def open_ones(database: Database) -> list[tuple[str, Any, Any]]:
    with database.transaction() as connection:
        found = conflicts.list_conflicts(connection)
    return [(one.field, one.kept, one.other) for one in found]


def settled(database: Database) -> list[str | None]:
    with database.transaction() as connection:
        return [one.settled for one in conflicts.list_conflicts(connection, settled=True)]


def test_one_that_is_met_again_is_kept_once(database: Database) -> None:
    issue = created(database, "mine").id
    assert met(database, issue, "title", "mine", "theirs") > 0
    assert met(database, issue, "title", "mine", "theirs") == 0
    assert met(database, issue, "title", "theirs", "mine") == 0
    assert met(database, issue, "title", "mine", "a third") > 0
    assert open_ones(database) == [("title", "mine", "theirs"), ("title", "mine", "a third")]


def test_one_that_was_decided_does_not_come_again_but_with_another_change(database: Database) -> None:
    issue = created(database, "mine").id
    met(database, issue, "title", "mine", "theirs")
    done(database, SettleConflicts(id=issue, take="dismiss"))
    assert met(database, issue, "title", "mine", "theirs") == 0
    assert open_ones(database) == []
    assert met(database, issue, "title", "mine", "theirs", other_at="2026-02-01T00:00:00Z") > 0
    assert open_ones(database) == [("title", "mine", "theirs")]


def test_the_other_value_is_in_the_history_of_its_issue(database: Database) -> None:
    issue, another = created(database, "mine").id, created(database, "another").id
    revision = met(database, issue, "title", "mine", "theirs")
    with database.transaction() as connection:
        [entry, _] = history.list_history(connection, issue, None)
        assert [(one.event.revision, one.conflicts) for one in history.list_history(connection, another, None)] == [
            (revision - 1, ())
        ]
    assert (entry.event.revision, entry.event.ids) == (revision, (issue,))
    assert [(one.kept, one.other, one.revision) for one in entry.conflicts] == [("mine", "theirs", revision)]


@pytest.mark.parametrize(
    ("take", "mine", "title"),
    [
        ("mine", KEPT, "stays"),
        ("theirs", KEPT, "other"),
        ("mine", OTHER, "other"),
        ("theirs", OTHER, "stays"),
        ("other", None, "other"),
        ("dismiss", None, "stays"),
    ],
)
def test_settling_gives_the_value_that_was_meant(database: Database, take: str, mine: str | None, title: str) -> None:
    issue = created(database, "stays").id
    met(database, issue, "title", "stays", "other", mine=mine)
    outcome = done(database, SettleConflicts(id=issue, take=take))
    assert (outcome.issues[0].title, open_ones(database), settled(database)) == (title, [], [take])
    assert outcome.event is not None
    assert (outcome.event.operation, outcome.event.ids) == ("settle", (issue,))


def test_whose_value_it_was_must_be_known(database: Database) -> None:
    issue = created(database, "stays").id
    met(database, issue, "title", "stays", "other", mine=None)
    for take in ("mine", "theirs"):
        with pytest.raises(Refused, match=r"Which value of title of .* was mine is not known"):
            done(database, SettleConflicts(id=issue, take=take))
    assert open_ones(database) == [("title", "stays", "other")]


def test_what_is_not_there_is_not_settled(database: Database) -> None:
    issue = created(database, "stays").id
    with pytest.raises(Refused, match="has no conflict open"):
        done(database, SettleConflicts(id=issue, take="mine"))
    met(database, issue, "title", "stays", "other")
    with pytest.raises(Refused, match="has no conflict about notes"):
        done(database, SettleConflicts(id=issue, take="mine", field="notes"))
    with pytest.raises(InvalidField, match="take: 'both' is not one of"):
        done(database, SettleConflicts(id=issue, take="both"))


def test_one_of_several_about_a_field_is_named_by_its_number(database: Database) -> None:
    issue = created(database, "mine").id
    for other in ("theirs", "a third"):
        met(database, issue, "title", "mine", other)
    with pytest.raises(Refused, match="Several other values of title"):
        done(database, SettleConflicts(id=issue, take="theirs"))
    with database.transaction() as connection:
        [first, _] = conflicts.list_conflicts(connection)
    outcome = done(database, SettleConflicts(id=issue, take="theirs", number=first.number))
    # The other one is over, too: the title says something else now.
    assert (outcome.issues[0].title, settled(database)) == ("theirs", ["theirs", "edited"])
    done(database, UndoOperations())
    done(database, SettleConflicts(id=issue, take="mine"))
    assert settled(database) == ["mine", "mine"]


def test_one_field_is_settled_and_the_other_stays_open(database: Database) -> None:
    issue = created(database, "stays", notes="n").id
    met(database, issue, "title", "stays", "other")
    met(database, issue, "notes", "n", "m")
    done(database, SettleConflicts(id=issue, take="theirs", field="notes"))
    assert open_ones(database) == [("title", "stays", "other")]
    assert everything(database)[issue].notes == "m"


@pytest.mark.parametrize("take", ["theirs", "dismiss"])
def test_an_undo_opens_it_again_and_its_undo_settles_it(database: Database, take: str) -> None:
    issue = created(database, "stays").id
    met(database, issue, "title", "stays", "other")
    event = done(database, SettleConflicts(id=issue, take=take)).event
    assert event is not None
    undone = done(database, UndoOperations()).event
    assert undone is not None
    assert undone.undoes == event.revision
    assert (open_ones(database), everything(database)[issue].title) == ([("title", "stays", "other")], "stays")
    done(database, UndoOperations(revision=undone.revision))
    assert (open_ones(database), settled(database)) == ([], [take])


def test_the_undo_of_a_merge_ends_what_it_met_and_is_no_dead_end(database: Database) -> None:
    issue = created(database, "stays").id
    met(database, issue, "title", "stays", "other")
    done(database, UndoOperations())
    assert settled(database) == ["undone"]
    done(database, UndoOperations())
    assert everything(database)[issue].is_deleted


def test_a_change_of_the_field_ends_it_and_its_undo_opens_it(database: Database) -> None:
    issue = created(database, "stays").id
    met(database, issue, "title", "stays", "other")
    done(database, UpdateIssues(ids=(issue,), notes="something else"))
    assert len(open_ones(database)) == 1
    done(database, UpdateIssues(ids=(issue,), title="edited"))
    assert (open_ones(database), settled(database)) == ([], ["edited"])
    done(database, UndoOperations())
    assert len(open_ones(database)) == 1


def test_a_value_that_comes_with_an_import_ends_it(database: Database) -> None:
    issue = created(database, "stays")
    met(database, issue.id, "title", "stays", "other")
    brought_in(database, evolve(issue, title="decided elsewhere", updated_at="2027-01-01T00:00:00.000000Z"))
    assert settled(database) == ["edited"]


def test_parts_of_an_issue_are_settled(database: Database) -> None:
    issue, other = created(database, "one", metadata={"a": 1, "b": 1}).id, created(database, "two").id
    done(database, AddComment(ids=(issue,), text="stays"))
    done(database, AddDependencies(ids=(issue,), depends_on=(other,)))
    comment = everything(database)[issue].comments[0].id
    dependency = {"issue_id": issue, "depends_on_id": other, "type": "blocks", "created_by": "else"}
    met(database, issue, "metadata.a", 1, 2)
    met(database, issue, "metadata.b", 1, None)
    met(database, issue, f"comments.{comment}", {"text": "stays"}, {"text": "other"})
    met(database, issue, f"dependencies.blocks {other}", dependency, None)
    assert len(open_ones(database)) == 4
    done(database, SettleConflicts(id=issue, take="theirs"))
    found = everything(database)[issue]
    assert (dict(found.metadata), found.dependencies, found.comments[0].text) == ({"a": 2}, (), "other")
    assert found.comments[0].updated_at is not None
    done(database, UndoOperations())
    assert len(open_ones(database)) == 4


def test_a_comment_that_is_gone_ends_it(database: Database) -> None:
    issue = created(database, "one").id
    done(database, AddComment(ids=(issue,), text="stays"))
    met(database, issue, "comments.1", {"text": "stays"}, {"text": "other"})
    done(database, EditComment(id=issue, comment=1, text="edited"))
    assert settled(database) == ["edited"]


def test_a_status_is_settled_with_all_that_belongs_to_it(database: Database) -> None:
    issue = created(database, "one").id
    closed = {"status": "closed", "closed_at": "2026-01-02T00:00:00.000000Z", "close_reason": "done"}
    met(database, issue, "status", {"status": "open"}, closed)
    done(database, SettleConflicts(id=issue, take="theirs"))
    found = everything(database)[issue]
    assert (found.status, found.is_closed, found.close_reason) == ("closed", True, "done")


def test_an_issue_that_one_side_removed_is_deleted_when_that_is_taken(database: Database) -> None:
    issue = created(database, "one").id
    met(database, issue, "issue", "changed", "removed")
    done(database, SettleConflicts(id=issue, take="theirs"))
    assert everything(database)[issue].is_deleted
    done(database, UndoOperations())
    assert not everything(database)[issue].is_deleted
    done(database, DeleteIssues(ids=(issue,)))
    assert settled(database) == ["edited"]


def test_a_dry_run_settles_nothing(database: Database) -> None:
    issue = created(database, "stays").id
    met(database, issue, "title", "stays", "other")
    with database.transaction() as connection:
        outcome = rehearse(connection, SettleConflicts(id=issue, take="theirs"), context())
    assert outcome.issues[0].title == "other"
    assert (len(open_ones(database)), everything(database)[issue].title) == (1, "stays")


def test_there_is_an_end_to_what_is_kept(database: Database) -> None:
    issue = created(database, "mine").id
    found = [
        KeptConflict(
            number=0, issue_id=issue, field="title", kept="mine", other=f"their {number}", mine=KEPT, other_at="",
            revision=0, at="",
        )
        for number in range(conflicts.LIMIT + 3)
    ]  # fmt: skip
    with database.transaction() as connection:
        conflicts.insert_conflicts(connection, found[:2], 1, "")
        conflicts.settle(connection, {2: "mine"}, 1)
        conflicts.insert_conflicts(connection, found[2:], 1, "")
        left = conflicts.list_conflicts(connection, settled=True)
    assert len(left) == conflicts.LIMIT
    # The settled one went first, then the oldest.
    assert [one.other for one in left[:2]] == ["their 3", "their 4"]
    assert left[-1].other == f"their {conflicts.LIMIT + 2}"


def test_one_that_is_too_large_does_not_take_the_place_of_the_others(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    issue = created(database, "mine").id
    small, large = (
        KeptConflict(
            number=0, issue_id=issue, field="title", kept="mine", other=other, mine=KEPT, other_at="",
            revision=0, at="",
        )
        for other in ("their", "x" * conflicts.SIZE_LIMIT)
    )  # fmt: skip
    with database.transaction() as connection:
        conflicts.insert_conflicts(connection, [small], 1, "")
        conflicts.insert_conflicts(connection, [large], 1, "")
        left = conflicts.list_conflicts(connection)
    assert [one.other for one in left] == ["their"]
    assert f"a conflict of {issue} (title) is too large to be kept" in caplog.text
