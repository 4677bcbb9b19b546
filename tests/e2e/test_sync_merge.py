"""Sync merges: what either side changed since the last one stays, whatever the times of change say."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, insert, select
from tests.support.daemons import workspace
from tests.support.syncing import asked, by_hand, created, line_of, meddled, shapes, synced, titles
from tests.support.tracking import done, everything

from issuelens.domain.errors import Refused
from issuelens.domain.operation import AddComment, CreateIssue, DeleteComment, UpdateIssues
from issuelens.ipc import launch, methods, oneshot
from issuelens.storage.database import Database
from issuelens.storage.tables import SYNCED
from issuelens.sync.merge_driver import Files, merge
from issuelens.workspace import Workspace

pytestmark = pytest.mark.usefixtures("patient_daemon")


@pytest.fixture
def space(tmp_path: Path) -> Iterator[Workspace]:
    """A workspace whose daemon ends with the test."""
    found = by_hand(workspace(tmp_path / "p"))
    yield found
    launch.stop(found)


@pytest.fixture
def clone(tmp_path: Path) -> Iterator[Workspace]:
    """Another one."""
    found = by_hand(workspace(tmp_path / "clone"))
    yield found
    launch.stop(found)


def shown(space: Workspace, issue_id: str) -> dict[str, Any]:
    found: dict[str, Any] = oneshot.call_or_start(space, methods.GET, {"ids": [issue_id]})["issues"][0]
    return found


def comments(space: Workspace, issue_id: str) -> list[str]:
    return [one["text"] for one in shown(space, issue_id)["comments"]]


def pulled(space: Workspace, source: Workspace) -> None:
    """Takes the other's file as it is."""
    space.jsonl.write_bytes(source.jsonl.read_bytes())


def shared(space: Workspace, clone: Workspace, title: str = "shared", **fields: Any) -> str:
    """An issue that both have."""
    issue = created(space, title, **fields)
    synced(space, "shared")
    pulled(clone, space)
    synced(clone, "shared")
    return str(issue["id"])


def reworked(space: Workspace, **changes: Any) -> None:
    """Changes the lines of the file, as another program could."""
    space.jsonl.write_bytes(b"".join(line_of(shape | changes) for shape in shapes(space)))


# Two clones


def test_a_change_that_came_by_the_merge_driver_is_not_written_over(
    space: Workspace, clone: Workspace, tmp_path: Path
) -> None:
    issue_id = shared(space, clone)
    base = tmp_path / "base.jsonl"
    base.write_bytes(space.jsonl.read_bytes())
    asked(clone, methods.UPDATE, "notes", ids=[issue_id], notes="theirs")
    synced(clone, "notes")
    asked(space, methods.UPDATE, "priority", ids=[issue_id], priority=0)
    synced(space, "priority")
    merge(Files(base, space.jsonl, clone.jsonl, "issues.jsonl"))
    report = synced(space, "merged")
    assert (report["imported"], report["conflicts"], report["wrote"]) == ({"updated": 1}, [], False)
    assert (shown(space, issue_id)["notes"], shown(space, issue_id)["priority"]) == ("theirs", 0)
    pulled(clone, space)
    assert synced(clone, "merged")["imported"] == {"updated": 1}
    assert shown(clone, issue_id) == shown(space, issue_id)


def test_changes_on_both_sides_without_a_driver_both_stay(space: Workspace, clone: Workspace) -> None:
    issue_id = shared(space, clone)
    asked(clone, methods.UPDATE, "notes", ids=[issue_id], notes="theirs")
    synced(clone, "notes")
    asked(space, methods.UPDATE, "priority", ids=[issue_id], priority=0)
    pulled(space, clone)
    report = synced(space, "again")
    assert (report["imported"], report["conflicts"], report["wrote"]) == ({"updated": 1}, [], True)
    assert (shown(space, issue_id)["notes"], shown(space, issue_id)["priority"]) == ("theirs", 0)
    assert synced(space, "once more")["imported"] == {"unchanged": 1}


def test_a_comment_that_one_deletes_is_gone_for_both(space: Workspace, clone: Workspace) -> None:
    issue_id = shared(space, clone)
    for text in ("stays", "goes"):
        asked(space, methods.COMMENT, text, ids=[issue_id], text=text)
    synced(space, "comments")
    pulled(clone, space)
    synced(clone, "comments")
    asked(clone, methods.UPDATE, "title", ids=[issue_id], title="changed meanwhile")
    [_, goes] = shown(space, issue_id)["comments"]
    asked(space, methods.DELETE_COMMENT, "delete", id=issue_id, comment=goes["id"])
    synced(space, "deleted")
    pulled(clone, space)
    synced(clone, "deleted")
    pulled(space, clone)
    synced(space, "back")
    assert comments(space, issue_id) == comments(clone, issue_id) == ["stays"]
    assert titles(space) == titles(clone) == {issue_id: "changed meanwhile"}


def test_a_field_that_both_changed_is_told(space: Workspace, clone: Workspace) -> None:
    issue_id = shared(space, clone)
    asked(clone, methods.UPDATE, "title", ids=[issue_id], title="theirs")
    synced(clone, "theirs")
    asked(space, methods.UPDATE, "title", ids=[issue_id], title="ours")
    pulled(space, clone)
    conflict = {"issue_id": issue_id, "field": "title", "kept": "ours", "other": "theirs"}
    report = synced(space, "both")
    assert (report["imported"], report["conflicts"]) == ({"kept": 1}, [conflict])
    assert [shape["title"] for shape in shapes(space)] == ["ours"]
    assert synced(space, "again")["conflicts"] == []


def test_a_dependency_on_what_was_merged_here_is_one_on_the_survivor(space: Workspace, clone: Workspace) -> None:
    one, survivor, source = (shared(space, clone, title) for title in ("one", "survivor", "source"))
    asked(clone, methods.ADD_DEPENDENCIES, "depend", ids=[one], depends_on=[source])
    synced(clone, "depend")
    asked(space, methods.MERGE, "merge", ids=[source], into=survivor)
    pulled(space, clone)
    report = synced(space, "merged")
    assert (report["imported"], report["conflicts"]) == ({"updated": 1, "unchanged": 2}, [])
    assert [each["depends_on_id"] for each in shown(space, one)["dependencies"]] == [survivor]
    ready = oneshot.call_or_start(space, methods.LIST, {"query": "is:ready"})["issues"]
    assert [each["id"] for each in ready] == [survivor]
    pulled(clone, space)
    synced(clone, "merged")
    assert shown(clone, one) == shown(space, one)
    assert synced(space, "again")["imported"] == {"unchanged": 3}


# What was taken back here


def test_a_comment_that_was_undone_does_not_come_back(space: Workspace) -> None:
    issue_id = created(space, "one")["id"]
    synced(space, "first")
    asked(space, methods.COMMENT, "comment", ids=[issue_id], text="rash")
    synced(space, "second")
    assert [one["text"] for one in shapes(space)[0]["comments"]] == ["rash"]
    asked(space, methods.UNDO, "undo")
    report = synced(space, "third")
    assert (report["imported"], report["wrote"]) == ({"unchanged": 1}, True)
    assert (comments(space, issue_id), "comments" in shapes(space)[0]) == ([], False)


def test_a_merge_that_was_undone_leaves_no_comment(space: Workspace) -> None:
    survivor, source = created(space, "survivor")["id"], created(space, "source")["id"]
    asked(space, methods.MERGE, "merge", ids=[source], into=survivor)
    synced(space, "merged")
    asked(space, methods.UNDO, "undo")
    synced(space, "undone")
    assert comments(space, survivor) == []
    assert {shape["status"] for shape in shapes(space)} == {"open"}


def test_an_edit_of_a_comment_that_was_undone_stays_undone(space: Workspace) -> None:
    issue_id = created(space, "one")["id"]
    asked(space, methods.COMMENT, "comment", ids=[issue_id], text="first words")
    [comment] = shown(space, issue_id)["comments"]
    asked(space, methods.EDIT_COMMENT, "edit", id=issue_id, comment=comment["id"], text="other words")
    synced(space, "edited")
    asked(space, methods.UNDO, "undo")
    synced(space, "undone")
    assert comments(space, issue_id) == ["first words"]


def test_without_a_base_a_comment_that_was_removed_here_does_not_come_back(space: Workspace) -> None:
    issue_id = created(space, "one")["id"]
    asked(space, methods.COMMENT, "comment", ids=[issue_id], text="rash")
    there = shown(space, issue_id)
    asked(space, methods.UNDO, "undo")
    more = {"id": 9, "author": "eve", "text": "new", "created_at": "2026-01-01T00:00:00.000000Z"}
    space.jsonl.write_bytes(line_of(there | {"comments": [*there["comments"], more]}))
    assert synced(space)["imported"] == {"updated": 1}
    assert comments(space, issue_id) == ["new"]


# What the file does


def test_a_change_in_the_file_with_the_same_moment_is_taken(space: Workspace) -> None:
    issue_id = created(space, "one")["id"]
    synced(space, "first")
    reworked(space, title="by hand")
    assert synced(space, "second")["imported"] == {"updated": 1}
    assert titles(space) == {issue_id: "by hand"}
    [entry, _] = oneshot.call_or_start(space, methods.HISTORY, {"id": issue_id})["entries"]
    assert (entry["event"]["operation"], entry["changes"][0]["before"]["title"]) == ("sync", "one")
    asked(space, methods.UNDO, "undo")
    synced(space, "third")
    assert [shape["title"] for shape in shapes(space)] == ["one"]


@pytest.mark.parametrize("left", [0, 1, None])
def test_lines_that_vanished_come_back(space: Workspace, left: int | None) -> None:
    for title in ("one", "other"):
        created(space, title)
    synced(space, "first")
    content = space.jsonl.read_bytes()
    if left is None:
        space.jsonl.unlink()
    else:
        space.jsonl.write_bytes(b"".join(content.splitlines(keepends=True)[:left]))
    report = synced(space, "second")
    assert (report["wrote"], report["revision"]) == (True, 3)
    assert space.jsonl.read_bytes() == content


def test_an_old_file_takes_nothing_back(space: Workspace) -> None:
    """As after going to an older branch."""
    issue_id = created(space, "old")["id"]
    synced(space, "first")
    old = space.jsonl.read_bytes()
    asked(space, methods.UPDATE, "update", ids=[issue_id], title="new", add_labels=["a"])
    synced(space, "second")
    new = space.jsonl.read_bytes()
    space.jsonl.write_bytes(old)
    report = synced(space, "third")
    assert (report["imported"], report["conflicts"], report["wrote"]) == ({"kept": 1}, [], True)
    assert space.jsonl.read_bytes() == new


def test_a_file_without_our_last_sync_brings_what_is_new_and_takes_nothing_back(
    space: Workspace, clone: Workspace
) -> None:
    """As when the file was put away with `git stash` before a pull."""
    issue_id = shared(space, clone)
    asked(clone, methods.UPDATE, "notes", ids=[issue_id], notes="theirs")
    synced(clone, "notes")
    asked(space, methods.UPDATE, "priority", ids=[issue_id], priority=0)
    synced(space, "priority")
    pulled(space, clone)
    assert synced(space, "again")["conflicts"] == []
    assert (shown(space, issue_id)["notes"], shown(space, issue_id)["priority"]) == ("theirs", 0)


def test_an_issue_twice_in_the_file_is_merged_twice(space: Workspace) -> None:
    """As after git's own union of two sides."""
    issue_id = created(space, "one")["id"]
    synced(space, "first")
    [shape] = shapes(space)
    space.jsonl.write_bytes(line_of(shape | {"notes": "n"}) + line_of(shape | {"design": "d"}))
    assert synced(space, "second")["imported"] == {"updated": 2}
    found = shown(space, issue_id)
    assert (found["notes"], found["design"], len(shapes(space))) == ("n", "d", 1)
    assert synced(space, "third")["imported"] == {"unchanged": 1}


def test_lines_in_another_spelling_are_the_same_issues(space: Workspace) -> None:
    created(space, "one")
    synced(space, "first")
    content = space.jsonl.read_bytes()
    space.jsonl.write_bytes(b"".join(line_of(dict(reversed(shape.items()))) for shape in shapes(space)))
    report = synced(space, "second")
    assert (report["imported"], report["wrote"], report["revision"]) == ({"unchanged": 1}, True, 2)
    assert space.jsonl.read_bytes() == content


# When it is cut short


async def test_after_a_crash_before_the_file_is_noted_nothing_comes_back(tmp_path: Path) -> None:
    space = by_hand(workspace(tmp_path / "p"))
    database = Database.open(space.database)
    [issue] = done(database, CreateIssue(title="one"), now="2026-01-01T00:00:01.000000Z").issues
    async with meddled(space, []) as (sync, _):
        await sync({"key": "first"}, "test")
    with database.transaction() as connection:
        noted = connection.execute(select(SYNCED)).mappings().all()
    [issue] = done(database, AddComment(ids=(issue.id,), text="rash"), now="2026-01-01T00:00:02.000000Z").issues
    async with meddled(space, []) as (sync, _):
        await sync({"key": "second"}, "test")
    with database.transaction() as connection:
        # As if the daemon had ended between the file and this.
        connection.execute(delete(SYNCED))
        connection.execute(insert(SYNCED), [dict(row) for row in noted])
    done(database, DeleteComment(id=issue.id, comment=issue.comments[0].id), now="2026-01-01T00:00:03.000000Z")
    async with meddled(space, []) as (sync, _):
        report = await sync({"key": "third"}, "test")
    assert (report["conflicts"], everything(database)[issue.id].comments) == ([], ())
    assert "comments" not in shapes(space)[0]
    database.close()


async def test_after_a_crash_before_the_file_is_written_nothing_comes_back(tmp_path: Path) -> None:
    space = by_hand(workspace(tmp_path / "p"))
    database = Database.open(space.database)
    [issue] = done(database, CreateIssue(title="one"), now="2026-01-01T00:00:01.000000Z").issues
    async with meddled(space, []) as (sync, _):
        await sync({"key": "first"}, "test")
    theirs = {"id": 7, "author": "eve", "text": "theirs", "created_at": "2026-01-01T00:00:02.000000Z"}
    space.jsonl.write_bytes(line_of(shapes(space)[0] | {"comments": [theirs], "notes": "n"}))
    done(database, UpdateIssues(ids=(issue.id,), priority=0), now="2026-01-01T00:00:03.000000Z")
    async with meddled(space, [b"\n"] * 9) as (sync, _):
        with pytest.raises(Refused, match="another program keeps changing it"):
            await sync({"key": "second"}, "test")
    assert [one.text for one in everything(database)[issue.id].comments] == ["theirs"]
    done(database, DeleteComment(id=issue.id, comment=7), now="2026-01-01T00:00:04.000000Z")
    async with meddled(space, []) as (sync, _):
        await sync({"key": "third"}, "test")
    found = everything(database)[issue.id]
    assert (found.comments, found.notes, found.priority) == ((), "n", 0)
    assert [shape.get("comments") for shape in shapes(space)] == [None]
    database.close()
