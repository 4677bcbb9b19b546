"""Files that are imported again, after changes here or there: what was removed stays so, what is new there is taken."""

from __future__ import annotations

from typing import Any

import pytest
from tests.support.importing import todo
from tests.support.tracking import brought_in, done, everything, revision_of
from tests.unit.tracker.files import EARLY, LATE, imported, line, lines_of, one, read

from issuelens.domain.operation import (
    AddComment,
    DeleteComment,
    EditComment,
    MergeIssues,
    UndoOperations,
    UpdateIssues,
)
from issuelens.domain.shape import issue_to_json
from issuelens.storage import readiness
from issuelens.storage.database import Database
from issuelens.sync.importers import Format

AT_NOON = "2026-02-15T12:00:00.000000Z"


def actions(database: Database, *objects: dict[str, Any], **changes: Any) -> list[tuple[str, str]]:
    """What is said of each line, and why."""
    _, report = brought_in(database, *read(lines_of(*objects)), **changes)
    return [(entry["action"], entry.get("reason", "")) for entry in report]


# Comments


def texts(database: Database) -> list[str]:
    return [comment.text for comment in one(database).comments]


def as_it_is(database: Database) -> dict[str, Any]:
    """The line that an export would have."""
    return issue_to_json(one(database))


def test_a_comment_whose_adding_was_undone_does_not_come_back(database: Database) -> None:
    imported(database, line())
    done(database, AddComment(ids=("lib-1a",), text="rash"), now=AT_NOON)
    file = as_it_is(database)
    done(database, UndoOperations())
    assert imported(database, file | {"updated_at": "2020-01-01T00:00:00Z"}) == ["kept"]
    assert texts(database) == []
    assert imported(database, file | {"updated_at": "2090-01-01T00:00:00Z", "title": "new"}) == ["updated"]
    assert (texts(database), one(database).title) == ([], "new")


def test_the_comment_of_a_merge_that_was_undone_does_not_come_back(database: Database) -> None:
    imported(database, line(), line("lib-2b"))
    done(database, MergeIssues(ids=("lib-2b",), into="lib-1a"))
    file = as_it_is(database)
    done(database, UndoOperations())
    assert imported(database, file) == ["kept"]
    assert texts(database) == []


def test_the_text_that_an_undone_edit_had_does_not_come_back(database: Database) -> None:
    imported(database, line())
    done(database, AddComment(ids=("lib-1a",), text="first words"), now=AT_NOON)
    number = one(database).comments[0].id
    done(database, EditComment(id="lib-1a", comment=number, text="other words"), now=LATE)
    file = as_it_is(database)
    done(database, UndoOperations())
    assert imported(database, file) == ["kept"]
    assert texts(database) == ["first words"]


def test_a_comment_of_the_file_that_is_new_comes_beside_those_removed(database: Database) -> None:
    imported(database, line())
    done(database, AddComment(ids=("lib-1a",), text="rash"), now=AT_NOON)
    file = as_it_is(database)
    done(database, DeleteComment(id="lib-1a", comment=one(database).comments[0].id))
    more = {"id": 8, "author": "eve", "text": "new", "created_at": EARLY}
    assert imported(database, file | {"comments": [*file["comments"], more]}) == ["updated"]
    assert texts(database) == ["new"]


# Files that do not say when


def todos(database: Database, *lines: str, **changes: Any) -> list[tuple[str, str]]:
    _, report = brought_in(database, *read("\n".join(lines).encode(), Format.TODOTXT), **changes)
    return [(entry["action"], entry.get("reason", "")) for entry in report]


CALL = todo("Call Bob").id


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ("Call Bob", "x Call Bob"),
        ("2026-01-02 Call Bob", "x 2026-01-02 2026-01-02 Call Bob"),
        ("2026-01-02 Call Bob", "x Call Bob"),
        # Its day is before the moment of the import, which was nobody's change.
        ("Call Bob", "x 2026-02-15 Call Bob"),
    ],
)
def test_a_task_that_is_done_there_is_done_here(database: Database, first: str, then: str) -> None:
    assert todos(database, first, now=AT_NOON) == [("created", "")]
    assert todos(database, then, now=LATE) == [("updated", "")]
    assert one(database, CALL).status == "closed"
    revision = revision_of(database)
    assert todos(database, then) == [("unchanged", "")]
    assert revision_of(database) == revision


def test_what_was_changed_here_stays_and_the_reason_is_true(database: Database) -> None:
    todos(database, "Call Bob", "2026-01-02 Pay", now=AT_NOON)
    done(database, UpdateIssues(ids=(CALL,), priority=0), now=LATE)
    assert todos(database, "x Call Bob", now="2026-04-01T00:00:00.000000Z") == [
        ("kept", "the issue was changed here, and the file does not say when it was changed there")
    ]
    assert (one(database, CALL).status, one(database, CALL).priority) == ("open", 0)
    file = line("lib-1", title="theirs", updated_at=LATE)
    imported(database, line("lib-1"))
    done(database, UpdateIssues(ids=("lib-1",), title="ours"), now=LATE)
    assert actions(database, file) == [
        ("kept", "the issue was changed here, and the file has it as of the same moment")
    ]


def test_comments_that_an_import_added_do_not_make_the_issue_its_own(database: Database) -> None:
    imported(database, line(title="theirs"))
    done(database, UpdateIssues(ids=("lib-1a",), title="ours"), now=LATE)
    comment = {"id": 1, "author": "eve", "text": "new", "created_at": EARLY}
    file = line(title="theirs", updated_at=LATE, comments=[comment])
    assert actions(database, file) == [("updated", "")]
    assert [action for action, _ in actions(database, file)] == ["kept"]
    assert (one(database).title, texts(database)) == ("ours", ["new"])


def test_of_two_lines_without_a_moment_the_first_is_taken(database: Database) -> None:
    first, second = ({"id": "lib-1a", "title": title} for title in ("first", "second"))
    why = "the file has this issue twice, and a line before says otherwise"
    assert actions(database, first, second) == [("created", ""), ("kept", why)]
    assert actions(database, first, second) == [("unchanged", ""), ("kept", why)]
    assert revision_of(database) == 1


# Merged ids


def merged_line(issue_id: str = "lib-m", into: str = "lib-s", **fields: Any) -> dict[str, Any]:
    return line(issue_id, status="tombstone", merged_into=into, **fields)


def on(target: str, kind: str = "blocks") -> dict[str, Any]:
    return {"dependencies": [{"depends_on_id": target, "type": kind, "created_at": EARLY}]}


def targets(database: Database, issue_id: str) -> list[tuple[str, str]]:
    return [dependency.key for dependency in everything(database)[issue_id].dependencies]


@pytest.mark.parametrize("kind", ["blocks", "parent-child", "related"])
@pytest.mark.parametrize("is_first", [True, False])
def test_what_depends_on_a_merged_issue_depends_on_its_survivor(database: Database, kind: str, is_first: bool) -> None:
    dependent = line("lib-d", **on("lib-m", kind))
    file = [merged_line(), line("lib-s")]
    file = [*file, dependent] if is_first else [dependent, *file]
    assert imported(database, *file) == ["created"] * 3
    assert targets(database, "lib-d") == [("lib-s", kind)]
    with database.transaction() as connection:
        assert readiness.find_stale(connection) == []
    assert imported(database, *file) == ["unchanged"] * 3
    assert revision_of(database) == 1
    done(database, UndoOperations())
    assert all(issue.is_deleted for issue in everything(database).values())


def test_a_tombstone_of_the_file_moves_what_depends_on_it_here(database: Database) -> None:
    imported(database, line("lib-m"), line("lib-s"))
    imported(database, line("lib-d", **on("lib-m")), line("lib-2", **on("lib-d")))
    assert imported(database, merged_line(updated_at=LATE)) == ["updated"]
    assert (targets(database, "lib-d"), targets(database, "lib-2")) == ([("lib-s", "blocks")], [("lib-d", "blocks")])
    done(database, UndoOperations())
    assert targets(database, "lib-d") == [("lib-m", "blocks")]


def test_dependencies_that_become_the_same_are_one_and_none_is_on_itself(database: Database) -> None:
    both = [{"depends_on_id": target, "type": "blocks", "created_by": target} for target in ("lib-m", "lib-s")]
    imported(database, merged_line(), line("lib-s", **on("lib-m")), line("lib-d", dependencies=both))
    assert (targets(database, "lib-s"), targets(database, "lib-d")) == ([], [("lib-s", "blocks")])
    assert everything(database)["lib-d"].dependencies[0].created_by == "lib-s"


def test_merged_issues_that_name_each_other_or_nobody_change_nothing(database: Database) -> None:
    file = [
        merged_line("lib-a", "lib-b"),
        merged_line("lib-b", "lib-a"),
        merged_line("lib-c", "gone"),
        *(line(f"lib-{number}", **on(target)) for number, target in enumerate(("lib-a", "lib-c"))),
    ]
    imported(database, *file)
    assert targets(database, "lib-1") == [("lib-c", "blocks")]
    assert imported(database, *file) == ["unchanged"] * 5
