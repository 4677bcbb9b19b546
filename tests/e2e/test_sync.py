"""Sync: issues.jsonl and the database are brought together by a real daemon, and nothing in the file is lost."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.daemons import workspace
from tests.support.syncing import asked, by_hand, commit, created, git, line_of, meddled, shapes, synced, titles

from issuelens.daemon.syncing import ATTEMPTS
from issuelens.domain.errors import Refused
from issuelens.ipc import launch, methods
from issuelens.workspace import Workspace

pytestmark = pytest.mark.usefixtures("patient_daemon")


@pytest.fixture
def space(tmp_path: Path) -> Iterator[Workspace]:
    """A workspace whose daemon ends with the test."""
    found = by_hand(workspace(tmp_path / "p"))
    yield found
    launch.stop(found)


def test_the_first_sync_writes_the_file(space: Workspace) -> None:
    one, other = created(space, "one"), created(space, "other")
    asked(space, methods.DELETE, "delete", ids=[other["id"]])
    report = synced(space)
    assert report == {
        "imported": {},
        "conflicts": [],
        "exported": 2,
        "wrote": True,
        "path": str(space.jsonl),
        "revision": 4,
        "aside": None,
    }
    found = {shape["id"]: shape["status"] for shape in shapes(space)}
    assert found == {one["id"]: "open", other["id"]: "tombstone"}
    assert list(found) == sorted(found)


def test_a_file_that_says_the_same_is_not_written_again(space: Workspace) -> None:
    created(space, "one")
    synced(space)
    before = space.jsonl.stat()
    report = synced(space, "again")
    assert (report["wrote"], report["imported"], report["revision"]) == (False, {"unchanged": 1}, 2)
    assert (space.jsonl.stat().st_ino, space.jsonl.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_what_came_by_the_file_is_imported_and_what_is_new_here_exported(space: Workspace) -> None:
    mine = created(space, "mine")
    synced(space)
    theirs = {"id": "app-99x9", "title": "theirs", "created_at": "2026-01-01T01:00:00+01:00", "x": {"b": 1, "a": None}}
    space.jsonl.write_bytes(line_of(theirs) + space.jsonl.read_bytes())
    more = created(space, "more")
    report = synced(space, "again")
    assert report["imported"] == {"created": 1, "unchanged": 1}
    assert (report["exported"], report["wrote"]) == (3, True)
    wanted = {mine["id"]: "mine", more["id"]: "more", "app-99x9": "theirs"}
    assert titles(space) == wanted
    found = {shape["id"]: shape for shape in shapes(space)}
    assert {name: shape["title"] for name, shape in found.items()} == wanted
    assert {name: found["app-99x9"][name] for name in theirs} == theirs


def test_a_later_change_in_the_file_is_taken_and_an_earlier_one_is_not(space: Workspace) -> None:
    one, other = created(space, "one"), created(space, "other")
    synced(space)
    changed = {one["id"]: "2099-01-01T00:00:00Z", other["id"]: "2020-01-01T00:00:00Z"}
    lines = [shape | {"title": "new", "updated_at": changed[shape["id"]]} for shape in shapes(space)]
    space.jsonl.write_bytes(b"".join(map(line_of, lines)))
    assert synced(space, "again")["imported"] == {"updated": 1, "kept": 1}
    assert titles(space) == {one["id"]: "new", other["id"]: "other"}
    assert {shape["id"]: shape["title"] for shape in shapes(space)} == titles(space)


def test_a_rehearsal_changes_nothing_and_says_what_would_be(space: Workspace) -> None:
    created(space, "one")
    report = synced(space, "first", dry_run=True)
    assert (report["exported"], report["wrote"], report["revision"]) == (1, True, 2)
    assert not space.jsonl.exists()
    content = line_of({"id": "app-99x9", "title": "theirs"}) + b"garbled\n"
    space.jsonl.write_bytes(content)
    report = synced(space, "second", dry_run=True)
    assert (report["imported"], report["exported"], report["revision"]) == ({"created": 1, "aside": 1}, 2, 2)
    assert space.jsonl.read_bytes() == content
    assert list(titles(space).values()) == ["one"]
    assert not space.aside.exists() or list(space.aside.iterdir()) == []


def test_lines_that_cannot_be_read_stay_in_the_file(space: Workspace) -> None:
    garbled = [b"\xff\n", b'{"_type":"memory", "key": 1}\n']
    space.jsonl.write_bytes(garbled[0] + line_of({"id": "app-99x9", "title": "t"}) + garbled[1])
    created(space, "one")
    for key in ("first", "second"):
        report = synced(space, key)
        assert report["imported"]["aside"] == 2
        assert report["wrote"] is (key == "first")
        assert space.jsonl.read_bytes().endswith(garbled[1] + garbled[0])
        assert len(space.jsonl.read_bytes().splitlines()) == 4
        assert len(Path(report["aside"]).read_bytes().splitlines()) == 2


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda path: path.write_bytes(b'{"id":"app-99x9","tit'), "the file ends within a line"),
        (lambda path: path.mkdir(), "is no file"),
        (os.mkfifo, "is no file"),
        (lambda path: path.symlink_to("config.toml"), "is no file"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused(space: Workspace, spoil: Callable[[Path], Any], reason: str) -> None:
    created(space, "one")
    spoil(space.jsonl)
    before = space.jsonl.read_bytes() if space.jsonl.is_file() else None
    with pytest.raises(Refused, match=reason):
        synced(space)
    assert (space.jsonl.read_bytes() if space.jsonl.is_file() else None) == before
    assert len(titles(space)) == 1


def test_a_file_that_was_cut_off_is_taken_in_part_when_asked(space: Workspace) -> None:
    space.jsonl.write_bytes(line_of({"id": "app-99x9", "title": "t"}) + b'{"id":"app-88x8","tit')
    assert synced(space, partial=True)["imported"] == {"created": 1, "aside": 1}
    assert space.jsonl.read_bytes().endswith(b'{"id":"app-88x8","tit\n')


def test_the_same_key_syncs_what_came_meanwhile(space: Workspace) -> None:
    for number in range(3):
        with space.jsonl.open("ab") as file:
            file.write(line_of({"id": f"app-99x{number}", "title": "t", "updated_at": "2026-01-01T00:00:00Z"}))
        assert synced(space, "same")["imported"]["created"] == 1
    assert len(titles(space)) == 3


async def test_what_another_program_adds_meanwhile_is_imported_too(tmp_path: Path) -> None:
    space = by_hand(workspace(tmp_path / "p"))
    lines = [line_of({"id": f"app-99x{number}", "title": "t"}) for number in range(3)]
    space.jsonl.write_bytes(lines[0])
    async with meddled(space, lines[1:]) as (sync, events):
        report = await sync({"key": "sync"}, "test")
    assert (report["exported"], report["wrote"], len(events)) == (3, True, 3)
    assert [shape["id"] for shape in shapes(space)] == ["app-99x0", "app-99x1", "app-99x2"]


async def test_a_file_that_never_rests_is_left_alone(tmp_path: Path) -> None:
    space = by_hand(workspace(tmp_path / "p"))
    lines = [line_of({"id": f"app-99x{number}", "title": "t"}) for number in range(ATTEMPTS)]
    async with meddled(space, list(lines)) as (sync, events):
        with pytest.raises(Refused, match=r"issues\.jsonl was read, but another program keeps changing it"):
            await sync({"key": "sync"}, "test")
    assert space.jsonl.read_bytes() == b"".join(lines)
    assert list(space.directory.glob(".issues.jsonl.*")) == []
    assert len(events) == ATTEMPTS - 1


def test_two_clones_come_together_bygit(space: Workspace, tmp_path: Path) -> None:
    """Both sync, git merges by the driver, both sync again: both hold the same."""
    created(space, "shared")
    synced(space)
    git(space.root, "init", "-q", "-b", "main")
    (space.root / ".gitattributes").write_text(".issues/issues.jsonl merge=issuelens\n")
    commit(space.root)
    git(tmp_path, "clone", "-q", str(space.root), "clone")
    other = Workspace(tmp_path / "clone", tmp_path / "clone" / ".issues")
    git(other.root, "config", "merge.issuelens.driver", f"'{sys.executable}' -m issuelens merge-driver %O %A %B %P")
    try:
        synced(other)
        for clone, title in ((space, "here"), (other, "there")):
            created(clone, title)
            synced(clone, "before")
            commit(clone.root)
        git(other.root, "pull", "-q", "--no-rebase", "--no-edit")
        assert synced(other, "after")["imported"] == {"created": 1, "unchanged": 2}
        git(space.root, "pull", "-q", "--ff-only", str(other.root), "main")
        assert synced(space, "after")["imported"] == {"created": 1, "unchanged": 2}
        assert sorted(titles(space).values()) == ["here", "shared", "there"]
        assert titles(space) == titles(other)
        assert space.jsonl.read_bytes() == other.jsonl.read_bytes()
        assert git(space.root, "status", "--porcelain") == git(other.root, "status", "--porcelain") == ""
    finally:
        launch.stop(other)
