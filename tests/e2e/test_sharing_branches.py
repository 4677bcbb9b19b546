"""A file that git has put there is taken in, and left as it is until something is changed here."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.daemons import workspace
from tests.support.syncing import asked, commit, created, git, line_of, shapes, titles

from issuelens.ipc import launch, methods, oneshot
from issuelens.workspace import Workspace

pytestmark = pytest.mark.usefixtures("patient_daemon")


@pytest.fixture(params=["file", "shards"])
def space(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Workspace]:
    """A repository with an issue on its main branch, and another one on the branch `work`, where it is."""
    found = workspace(tmp_path / "p")
    found.config_file.write_text(f'prefix = "app"\n[sync]\ndelay-seconds = 0.01\nlayout = "{request.param}"\n')
    git(found.root, "init", "-q", "-b", "main")
    one = created(found, "one")
    settled(found)
    commit(found.root)
    git(found.root, "switch", "-q", "-c", "work")
    created(found, "two")
    asked(found, methods.UPDATE, "priority", ids=[one["id"]], priority=0)
    settled(found)
    commit(found.root)
    yield found
    launch.stop(found)


def settled(space: Workspace) -> None:
    """Waits until what is due is done."""
    state: dict[str, Any] = oneshot.call_or_start(space, methods.SETTLE, {})
    assert (state["state"], state["error"]) == ("current", None)


def changed(space: Workspace) -> str:
    return git(space.root, "status", "--porcelain")


def in_file(space: Workspace) -> set[str]:
    return {line for path in space.shared_files for line in path.read_text().splitlines()}


def test_a_switch_of_branches_leaves_no_changes_and_loses_nothing(space: Workspace) -> None:
    for branch in ("main", "work", "main"):
        git(space.root, "switch", "-q", branch)
        assert sorted(titles(space).values()) == ["one", "two"]
        settled(space)
        assert changed(space) == ""
    launch.stop(space)
    assert sorted(titles(space).values()) == ["one", "two"]
    settled(space)
    assert changed(space) == ""


def test_the_next_change_here_writes_all_of_it(space: Workspace) -> None:
    git(space.root, "switch", "-q", "main")
    created(space, "three")
    settled(space)
    lines = {one["title"]: one for one in map(json.loads, in_file(space))}
    assert sorted(lines) == ["one", "three", "two"]
    assert lines["one"]["priority"] == 0, "what is newer here, too"
    assert changed(space) != ""
    before = in_file(space)
    oneshot.call_or_start(space, methods.SYNC, {"key": "all of it"})
    assert in_file(space) == before


def test_a_change_that_was_not_written_is_written_after_a_switch(space: Workspace) -> None:
    space.config_file.write_text(space.config_file.read_text().replace("0.01", "3600"))
    created(space, "three")
    there = git(space.root, "ls-tree", "-r", "--name-only", "main").splitlines()
    git(space.root, "checkout", "-q", "main", "--", *(one for one in there if one.startswith(".issues/issues")))
    settled(space)
    assert len(in_file(space)) == 3


def test_what_was_stashed_comes_back(space: Workspace) -> None:
    [issue] = [one for one, title in titles(space).items() if title == "one"]
    asked(space, methods.UPDATE, "k", ids=[issue], title="else")
    settled(space)
    git(space.root, "stash", "-q")
    assert sorted(titles(space).values()) == ["else", "two"]
    settled(space)
    assert changed(space) == ""
    git(space.root, "stash", "pop", "-q")
    assert sorted(titles(space).values()) == ["else", "two"]


def test_lines_that_another_program_has_taken_out_come_back_at_once(space: Workspace) -> None:
    before = in_file(space)
    space.shared_files[0].write_bytes(b"")
    titles(space)
    settled(space)
    assert in_file(space) == before


@pytest.mark.parametrize("space", ["file"], indirect=True)
def test_a_pull_that_brings_an_issue_leaves_no_changes(space: Workspace, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", str(space.root), "clone")
    clone = Workspace(tmp_path / "clone", tmp_path / "clone" / ".issues")
    try:
        assert len(titles(clone)) == 2
        lines = [line_of(one) for one in shapes(space)]
        # As beads writes it, in an order of its own.
        lines.insert(0, line_of({"title": "pulled", "id": "app-99x1", "updated_at": "2026-01-01T00:00:00Z"}))
        launch.stop(space)
        space.jsonl.write_bytes(b"".join(lines))
        commit(space.root)
        git(clone.root, "pull", "-q")
        assert titles(clone)["app-99x1"] == "pulled"
        settled(clone)
        launch.stop(clone)
        assert len(titles(clone)) == 3
        settled(clone)
        assert changed(clone) == ""
    finally:
        launch.stop(clone)
