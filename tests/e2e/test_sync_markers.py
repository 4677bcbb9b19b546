"""Sync of a file in which git has left conflict markers, since nobody has set up the merge driver."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.daemons import workspace
from tests.support.syncing import asked, by_hand, commit, created, git, line_of, shapes, synced, titles

from issuelens.ipc import launch, methods
from issuelens.workspace import Workspace

pytestmark = pytest.mark.usefixtures("patient_daemon")
MARKER = b"<<<<<<<"


@pytest.fixture
def space(tmp_path: Path) -> Iterator[Workspace]:
    """A workspace in git whose daemon ends with the test."""
    found = by_hand(workspace(tmp_path / "p"))
    git(found.root, "init", "-q", "-b", "main")
    yield found
    launch.stop(found)


@pytest.fixture
def clone(tmp_path: Path) -> Iterator[Workspace]:
    """Another clone of the same repository, which `merged` makes."""
    found = Workspace(tmp_path / "clone", tmp_path / "clone" / ".issues")
    yield found
    launch.stop(found)


def both_changed(space: Workspace, clone: Workspace) -> str:
    """An issue that both have changed and committed; the clone is about to merge."""
    issue_id = str(created(space, "shared", notes="old")["id"])
    synced(space, "shared")
    commit(space.root)
    subprocess.run(["git", "clone", "-q", str(space.root), str(clone.root)], check=True)
    synced(clone, "cloned")
    asked(space, methods.UPDATE, "ours", ids=[issue_id], priority=0, title="early")
    asked(clone, methods.UPDATE, "theirs", ids=[issue_id], notes="new", title="late")
    for one in (space, clone):
        created(one, f"of {one.root.name}")
        synced(one, "changed")
        commit(one.root)
    git(clone.root, "fetch", "-q")
    return issue_id


def stopped(folder: Path, *words: str) -> None:
    """Has git do what stops on a conflict."""
    assert subprocess.run(["git", *words], cwd=folder, capture_output=True, check=False).returncode == 1


@pytest.mark.parametrize("style", ["merge", "diff3", "zdiff3"])
@pytest.mark.parametrize("words", [["merge", "origin/main"], ["rebase", "origin/main"]])
def test_both_sides_are_merged_and_the_file_is_clean(
    space: Workspace, clone: Workspace, style: str, words: list[str]
) -> None:
    issue_id = both_changed(space, clone)
    stopped(clone.root, "-c", f"merge.conflictStyle={style}", *words)
    assert MARKER in clone.jsonl.read_bytes()
    report = synced(clone, "merged")
    conflict = {"issue_id": issue_id, "field": "title", "kept": "late", "other": "early"}
    assert (report["conflicts"], report["wrote"], report["aside"]) == ([conflict], True, None)
    [found] = [one for one in shapes(clone) if one["id"] == issue_id]
    assert (found["title"], found["notes"], found["priority"]) == ("late", "new", 0)
    assert sorted(titles(clone).values()) == ["late", "of clone", "of p"]
    assert sorted(one["title"] for one in shapes(clone)) == ["late", "of clone", "of p"]
    again = synced(clone, "again")
    assert (again["imported"], again["conflicts"], again["wrote"]) == ({"unchanged": 3}, [], False)
    git(clone.root, "add", "-A")
    git(clone.root, "-c", "core.editor=true", words[0], "--continue")
    git(space.root, "pull", "-q", str(clone.root), "HEAD")
    synced(space, "pulled")
    assert titles(space) == titles(clone)


def test_what_both_sides_had_is_not_known_any_more(space: Workspace, clone: Workspace) -> None:
    issue_id = both_changed(space, clone)
    stopped(clone.root, "merge", "origin/main")
    git(clone.root, "add", "-A")
    report = synced(clone, "merged")
    # Without the ancestor, the priority that one side alone had changed meets the old one, and the later side's stays.
    assert {one["field"] for one in report["conflicts"]} == {"title", "notes", "priority"}
    assert {one["issue_id"] for one in report["conflicts"]} == {issue_id}
    assert sorted(one["title"] for one in shapes(clone)) == ["late", "of clone", "of p"]


def test_a_rehearsal_tells_of_the_conflict_and_changes_nothing(space: Workspace, clone: Workspace) -> None:
    both_changed(space, clone)
    stopped(clone.root, "merge", "origin/main")
    before = clone.jsonl.read_bytes()
    report = synced(clone, "rehearsed", dry_run=True)
    assert (len(report["conflicts"]), report["wrote"]) == (1, True)
    assert clone.jsonl.read_bytes() == before
    assert synced(clone, "done")["conflicts"] == report["conflicts"]


def test_lines_in_a_block_that_cannot_be_read_are_put_aside_and_stay(space: Workspace) -> None:
    one = created(space, "one")
    synced(space, "one")
    theirs = shapes(space)[0] | {"notes": "theirs", "updated_at": "2100-01-01T00:00:00.000000Z"}
    block = b"<<<<<<< HEAD\ngarbled\n" + space.jsonl.read_bytes() + b"=======\n" + line_of(theirs) + b">>>>>>> x\n"
    space.jsonl.write_bytes(block)
    report = synced(space, "marked")
    assert report["imported"] == {"updated": 1, "aside": 1}
    assert "garbled" in Path(report["aside"]).read_text()
    [line, garbled] = space.jsonl.read_bytes().splitlines()
    assert garbled == b"garbled"
    assert (titles(space), b"theirs" in line) == ({one["id"]: "one"}, True)
