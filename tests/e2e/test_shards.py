"""Issues of a large workspace are shared in many files, and one change rewrites one of them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from tests.support.cli import run
from tests.support.daemons import workspace
from tests.support.syncing import asked, commit, created, git, line_of, synced, titles

from issuelens.ipc import launch, methods, oneshot
from issuelens.workspace import Workspace

pytestmark = pytest.mark.usefixtures("patient_daemon")
SETTINGS = 'prefix = "app"\n[sync]\nlayout = "{}"\ndelay-seconds = 0.01\n'


@pytest.fixture
def space(tmp_path: Path) -> Iterator[Workspace]:
    """A workspace with shards."""
    found = workspace(tmp_path / "p")
    lay_out(found, "shards")
    yield found
    launch.stop(found)


def lay_out(space: Workspace, layout: str) -> None:
    space.config_file.write_text(SETTINGS.format(layout))


def settled(space: Workspace) -> None:
    """Waits until what is due is done."""
    state: dict[str, Any] = oneshot.call_or_start(space, methods.SETTLE, {})
    assert (state["state"], state["error"]) == ("current", None)


def shard(space: Workspace, issue_id: str) -> Path:
    return space.directory / "issues" / f"{sha256(issue_id.encode()).hexdigest()[:2]}.jsonl"


def contents(space: Workspace) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in space.shared_files}


def ids_in(path: Path) -> list[str]:
    return [json.loads(line)["id"] for line in path.read_bytes().splitlines()]


def test_each_issue_stands_in_the_file_of_its_id_and_git_shares_it(space: Workspace) -> None:
    ids = {created(space, f"issue {number}")["id"] for number in range(30)}
    settled(space)
    assert not space.jsonl.exists()
    for path in contents(space):
        assert ids_in(path) == sorted(one for one in ids if shard(space, one) == path) != []
    assert {one for path in contents(space) for one in ids_in(path)} == ids
    git(space.root, "init", "-q")
    shared = git(space.root, "ls-files", "-o", "--exclude-standard").split()
    assert {space.root / one for one in shared} >= contents(space).keys()
    assert not [one for one in shared if "issues.db" in one]


def test_one_change_rewrites_one_file(space: Workspace) -> None:
    ids = [created(space, f"issue {number}")["id"] for number in range(9)]
    settled(space)
    before = {path: path.stat() for path in contents(space)}
    asked(space, methods.UPDATE, "k", ids=ids[:1], title="else")
    settled(space)
    changed = [
        path
        for path, stat in before.items()
        if (path.stat().st_ino, path.stat().st_mtime_ns) != (stat.st_ino, stat.st_mtime_ns)
    ]
    assert changed == [shard(space, ids[0])]
    assert b'"title":"else"' in changed[0].read_bytes()
    assert synced(space)["wrote"] is False, "all of it, compared, is the same"


def test_a_command_sees_what_was_pulled_before_it(space: Workspace) -> None:
    created(space, "one")
    settled(space)
    path = shard(space, "app-99x1")
    pulled = line_of({"id": "app-99x1", "title": "pulled", "updated_at": "2026-01-01T00:00:00Z"})
    path.write_bytes(path.read_bytes() + pulled if path.exists() else pulled)
    assert titles(space)["app-99x1"] == "pulled"


def test_a_file_that_is_gone_comes_back(space: Workspace) -> None:
    issue = created(space, "one")["id"]
    created(space, "two")
    settled(space)
    before = contents(space)
    shard(space, issue).unlink()
    assert len(titles(space)) == 2
    settled(space)
    assert contents(space) == before


def test_a_line_in_a_wrong_file_is_taken_and_put_right(space: Workspace) -> None:
    issue = created(space, "one")["id"]
    settled(space)
    wrong = next(
        path
        for path in (space.directory / "issues" / f"{n:02x}.jsonl" for n in range(9))
        if path != shard(space, issue)
    )
    line = json.loads(shard(space, issue).read_bytes()) | {"title": "moved", "updated_at": "2099-01-01T00:00:00Z"}
    wrong.write_bytes(line_of(line))
    assert titles(space) == {issue: "moved"}
    settled(space)
    assert (ids_in(shard(space, issue)), wrong.read_bytes()) == ([issue], b"")
    assert b'"title":"moved"' in shard(space, issue).read_bytes()


def test_one_file_becomes_many_and_one_again(space: Workspace) -> None:
    lay_out(space, "file")
    for number in range(20):
        created(space, f"issue {number}")
    settled(space)
    with space.jsonl.open("ab") as file:
        file.write(b"no issue\n")
    settled(space)
    whole = space.jsonl.read_bytes()
    assert whole.endswith(b"no issue\n")
    lay_out(space, "shards")
    asked(space, methods.UPDATE, "k", ids=list(titles(space))[:1], priority=0)
    settled(space)
    assert not space.jsonl.exists()
    lines = sorted(line for content in contents(space).values() for line in content.splitlines())
    assert len(lines) == 21
    assert b"no issue" in lines
    lay_out(space, "file")
    asked(space, methods.UPDATE, "l", ids=list(titles(space))[:1], priority=2)
    settled(space)
    assert space.shared_files == [space.jsonl]
    assert sorted(line for line in space.jsonl.read_bytes().splitlines() if b'"priority":0' in line) == []
    assert len(space.jsonl.read_bytes().splitlines()) == 21
    assert not space.shards.exists()


def test_who_still_writes_one_file_loses_nothing(space: Workspace) -> None:
    ids = [created(space, title)["id"] for title in ("one", "two")]
    settled(space)
    old = json.loads(shard(space, ids[0]).read_bytes().splitlines()[0])
    assert old["id"] == ids[0]
    space.jsonl.write_bytes(
        line_of({"id": "app-99x1", "title": "of an older clone", "updated_at": "2026-01-01T00:00:00Z"})
        + line_of(old | {"notes": "new", "updated_at": "2099-01-01T00:00:00Z"})
    )
    assert titles(space) == dict(zip(ids, ("one", "two"), strict=True)) | {"app-99x1": "of an older clone"}
    settled(space)
    assert not space.jsonl.exists()
    assert b'"notes":"new"' in shard(space, ids[0]).read_bytes()
    assert "app-99x1" in ids_in(shard(space, "app-99x1"))


def test_what_is_rehearsed_is_not_written(space: Workspace) -> None:
    lay_out(space, "file")
    created(space, "one")
    settled(space)
    whole = space.jsonl.read_bytes()
    lay_out(space, "shards")
    assert synced(space, dry_run=True)["wrote"] is True
    assert contents(space) == {space.jsonl: whole}


def test_two_clones_merge_their_files(space: Workspace, tmp_path: Path) -> None:
    issue = created(space, "shared")["id"]
    settled(space)
    git(space.root, "init", "-q")
    assert run(space.root, "init", "--git").returncode == 0
    commit(space.root)
    git(tmp_path, "clone", "-q", str(space.root), "clone")
    clone = Workspace(tmp_path / "clone", tmp_path / "clone" / ".issues")
    assert run(clone.root, "init", "--git").returncode == 0
    try:
        asked(space, methods.UPDATE, "ours", ids=[issue], priority=0)
        asked(clone, methods.UPDATE, "theirs", ids=[issue], notes="new")
        for one in (space, clone):
            settled(one)
            commit(one.root)
        git(clone.root, "pull", "-q", "--no-rebase", "--no-edit")
        [found] = oneshot.call_or_start(clone, methods.GET, {"ids": [issue]})["issues"]
        assert (found["priority"], found["notes"]) == (0, "new")
    finally:
        launch.stop(clone)


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="needs links")
def test_a_link_in_its_place_is_not_followed(space: Workspace, tmp_path: Path) -> None:
    created(space, "one")
    settled(space)
    launch.stop(space)
    space.shards.rename(tmp_path / "elsewhere")
    space.shards.symlink_to(tmp_path / "elsewhere")
    done = run(space.root, "list")
    assert done.returncode != 0
    assert "issues" in done.stderr
    space.shards.unlink()


def test_an_older_gitignore_lets_them_through(space: Workspace) -> None:
    space.gitignore.write_text("*\n!issues.jsonl")
    created(space, "one")
    settled(space)
    assert space.gitignore.read_text() == "*\n!issues.jsonl\n!issues/\n!issues/*.jsonl\n"


def test_doctor_looks_into_each(space: Workspace) -> None:
    issue = created(space, "one")["id"]
    settled(space)
    launch.stop(space)
    with shard(space, issue).open("ab") as file:
        file.write(b"no issue\n")
    found = json.loads(run(space.root, "doctor", "--json").stdout)
    [told] = [one for one in found if one["name"].startswith("issues")]
    assert (told["name"], told["ok"]) == (f"issues/{shard(space, issue).name}", False)
