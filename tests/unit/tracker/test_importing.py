"""Imports: one operation, done again without a change, and nothing that is newer here is lost."""

from __future__ import annotations

from typing import Any

from tests.support.tracking import (
    brought_in,
    created,
    done,
    revision_of,
    shapes,
)
from tests.unit.tracker.files import EARLY, LATE, imported, line, lines_of, one, read

from issuelens.domain.operation import (
    AddComment,
    DeleteComment,
    DeleteIssues,
    EditComment,
    UndoOperations,
    UpdateIssues,
)
from issuelens.domain.vocabulary import TOMBSTONE
from issuelens.storage import history
from issuelens.storage.database import Database


def test_an_import_is_one_operation(database: Database) -> None:
    here = created(database, "here")
    event, report = brought_in(database, *read(lines_of(line("lib-1"), line("lib-2"), line(here.id))), actor="anna")
    assert event is not None
    assert (event.revision, event.operation, event.actor) == (2, "import", "anna")
    assert event.ids == ("lib-1", "lib-2", here.id)
    assert [(entry["line"], entry["action"], entry["id"]) for entry in report] == [
        (1, "created", "lib-1"),
        (2, "created", "lib-2"),
        (3, "updated", here.id),
    ]
    with database.transaction() as connection:
        [entry] = history.read_operations(connection, [2])
    assert entry.event == event
    assert [(change.issue_id, change.before is None) for change in entry.changes] == [
        *(("lib-1", True), ("lib-2", True)),
        (here.id, False),
    ]


def test_the_same_file_again_changes_nothing(database: Database) -> None:
    file = [
        line("lib-1", comments=[{"id": 1, "text": "a"}, {"id": 1, "text": "b"}], labels=["b", "a", "b"]),
        line("lib-2", dependencies=[{"depends_on_id": "lib-1", "type": "blocks"}] * 2),
        line("lib-3", status="tombstone", deleted_at="2026-01-01T01:00:00+01:00"),
        {"id": "lib-4", "title": "without moments"},
        line("lib-5", status="hooked", issue_type="molecule", theirs={"a": [1.5, None, "ü"]}, metadata="text"),
    ]
    assert imported(database, *file) == ["created"] * 5
    before = shapes(database)
    event, report = brought_in(database, *read(lines_of(*file)))
    assert event is None
    assert [entry["action"] for entry in report] == ["unchanged"] * 5
    assert shapes(database) == before
    assert revision_of(database) == 1


def test_the_newer_file_wins_and_the_history_keeps_the_old_value(database: Database) -> None:
    imported(database, line(title="old", labels=["a"], priority=1))
    assert imported(database, line(title="new", updated_at=LATE)) == ["updated"]
    assert (one(database).title, one(database).labels, one(database).priority) == ("new", (), 0)
    with database.transaction() as connection:
        [entry, _] = history.list_history(connection, "lib-1a", None)
    assert entry.changes[0].before is not None
    assert {name: entry.changes[0].before[name] for name in ("title", "labels", "priority")} == {
        "title": "old",
        "labels": ["a"],
        "priority": 1,
    }


def test_an_older_line_is_kept_out(database: Database) -> None:
    imported(database, line(title="here", updated_at=LATE))
    _, report = brought_in(database, *read(lines_of(line(title="older"), line(title="same time", updated_at=LATE))))
    assert [(entry["action"], entry["reason"]) for entry in report] == [
        ("kept", "the issue here was changed later"),
        ("kept", "the file has this issue twice, and a line before says otherwise"),
    ]
    assert one(database).title == "here"
    assert revision_of(database) == 1


def test_a_change_made_here_is_not_lost(database: Database) -> None:
    imported(database, line(title="theirs"))
    done(database, UpdateIssues(ids=("lib-1a",), title="mine"), now=LATE)
    assert imported(database, line(title="theirs")) == ["kept"]
    assert one(database).title == "mine"


def test_an_id_twice_in_a_file(database: Database) -> None:
    file = [line(title="first"), line(title="second", updated_at=LATE), line(title="third", updated_at=EARLY)]
    event, report = brought_in(database, *read(lines_of(*file)))
    assert [entry["action"] for entry in report] == ["created", "updated", "kept"]
    assert one(database).title == "second"
    assert event is not None
    assert event.ids == ("lib-1a",)
    done(database, UndoOperations())
    assert one(database).is_deleted


# Comments and labels


def comment(number: int, text: str, author: str = "anna", **fields: Any) -> dict[str, Any]:
    return {"id": number, "author": author, "text": text, "created_at": EARLY} | fields


def comments(database: Database) -> list[tuple[int, str]]:
    return [(entry.id, entry.text) for entry in one(database).comments]


def test_comments_of_two_clones_with_the_same_number_both_stay(database: Database) -> None:
    imported(database, line(comments=[comment(1, "mine"), comment(2, "mine, too")], updated_at=LATE))
    older = line(comments=[comment(1, "theirs", "bob"), comment(2, "mine, too"), comment(3, "third", "bob")])
    assert imported(database, older) == ["updated"]
    assert comments(database) == [(1, "mine"), (2, "mine, too"), (3, "third"), (4, "theirs")]
    assert one(database).updated_at == LATE
    assert imported(database, older) == ["kept"]
    done(database, AddComment(ids=("lib-1a",), text="next"))
    assert comments(database)[-1] == (5, "next")


def test_a_comment_that_was_edited_here_does_not_come_back(database: Database) -> None:
    file = line(comments=[comment(1, "first words")])
    imported(database, file)
    done(database, EditComment(id="lib-1a", comment=1, text="better words"), now=LATE)
    assert imported(database, file) == ["kept"]
    assert comments(database) == [(1, "better words")]


def test_a_comment_that_was_edited_there_has_its_new_text(database: Database) -> None:
    imported(database, line(comments=[comment(1, "first words")]))
    edited = line(comments=[comment(1, "better words", updated_at=LATE)], updated_at=LATE)
    assert imported(database, edited) == ["updated"]
    assert comments(database) == [(1, "better words")]
    assert imported(database, edited) == ["unchanged"]


def test_a_comment_that_was_deleted_here_does_not_come_back(database: Database) -> None:
    file = line(comments=[comment(1, "no"), comment(2, "yes")])
    imported(database, file)
    done(database, DeleteComment(id="lib-1a", comment=1), now=LATE)
    assert imported(database, file) == ["kept"]
    assert comments(database) == [(2, "yes")]
    done(database, UndoOperations())
    assert imported(database, file) == ["kept"]
    assert comments(database) == [(1, "no"), (2, "yes")]


def test_labels_are_those_of_the_newer_side(database: Database) -> None:
    imported(database, line(labels=["a", "b"]))
    imported(database, line(labels=["b", "c"], updated_at=LATE))
    assert one(database).labels == ("b", "c")
    assert imported(database, line(labels=["a"])) == ["kept"]
    assert one(database).labels == ("b", "c")


# Tombstones


def test_a_newer_tombstone_deletes_and_an_older_one_does_not(database: Database) -> None:
    imported(database, line("lib-1"), line("lib-2", updated_at=LATE))
    gone = {"status": TOMBSTONE, "deleted_by": "bob"}
    assert imported(database, line("lib-1", updated_at=LATE, **gone), line("lib-2", **gone)) == ["updated", "kept"]
    assert (one(database, "lib-1").is_deleted, one(database, "lib-2").is_deleted) == (True, False)


def test_a_tombstone_here_goes_only_before_newer_work(database: Database) -> None:
    imported(database, line("lib-1"), line("lib-2"))
    done(database, DeleteIssues(ids=("lib-1", "lib-2")), now="2026-02-15T00:00:00.000000Z")
    assert imported(database, line("lib-1"), line("lib-2", updated_at=LATE)) == ["kept", "updated"]
    assert (one(database, "lib-1").is_deleted, one(database, "lib-2").is_deleted) == (True, False)
