"""Two clones that were in each other's state come to the same one, instead of taking turns for ever."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.daemons import workspace
from tests.support.syncing import by_hand, commit, git, line_of, shapes, synced

from issuelens.ipc import launch, methods, oneshot
from issuelens.workspace import Workspace

pytestmark = pytest.mark.usefixtures("patient_daemon")
AT = "2026-01-02T00:00:00Z"
ISSUE = {"id": "app-1a2b", "title": "one", "created_at": "2026-01-01T00:00:00Z", "updated_at": AT}
THIS = ISSUE | {"title": "this", "labels": ["this"], "metadata": {"a": 1}}
THAT = ISSUE | {"title": "that", "labels": ["that"], "metadata": {"b": 2}}


@pytest.fixture
def clones(tmp_path: Path) -> Iterator[list[Workspace]]:
    """One has gone from this state to that one, the other one from that to this, at the same moment of change."""
    git(tmp_path, "init", "-q", "--bare", "-b", "main", "bare")
    first = by_hand(workspace(tmp_path / "a"))
    git(first.root, "init", "-q", "-b", "main")
    git(first.root, "remote", "add", "origin", "../bare")
    commit(first.root)
    git(first.root, "push", "-q", "-u", "origin", "main")
    git(tmp_path, "clone", "-q", "bare", "b")
    found = [first, Workspace(tmp_path / "b", tmp_path / "b" / ".issues")]
    for clone, states in zip(found, ((THIS, THAT), (THAT, THIS)), strict=True):
        for number, state in enumerate(states):
            clone.jsonl.write_bytes(line_of(state))
            synced(clone, f"state {number}")
    yield found
    for clone in found:
        launch.stop(clone)


def exchange(clone: Workspace, key: str) -> dict[str, Any]:
    """Commits, pulls what is shared as it is there, syncs and pushes; the issue then."""
    synced(clone, f"{key} before")
    commit_all(clone)
    git(clone.root, "fetch", "-q")
    # As a merge gives it that knows of no change on this side.
    git(clone.root, "merge", "-q", "-s", "ours", "--no-edit", "--allow-unrelated-histories", "origin/main")
    git(clone.root, "checkout", "-q", "origin/main", "--", ".issues")
    synced(clone, f"{key} after")
    commit_all(clone)
    git(clone.root, "push", "-q", "origin", "HEAD:main")
    [shape] = shapes(clone)
    return shape


def commit_all(clone: Workspace) -> None:
    git(clone.root, "add", "-A")
    git(clone.root, "-c", "user.name=a", "-c", "user.email=a@b.example", "commit", "-q", "--allow-empty", "-m", "x")


def test_they_come_to_rest_with_all_that_both_have(clones: list[Workspace]) -> None:
    a, b = clones
    synced(a, "first")
    commit_all(a)
    git(a.root, "push", "-q", "origin", "main")
    found = [exchange(clone, f"{number}") for number, clone in enumerate((b, a, b, a))]
    assert found[1:] == found[:1] * 3
    assert found[0]["labels"] == ["that", "this"]
    assert found[0]["metadata"] == {"a": 1, "b": 2}
    assert found[0]["title"] == "this"
    told = [one for clone in clones for one in oneshot.call_or_start(clone, methods.CONFLICTS, {})["conflicts"]]
    assert {(one["field"], one["kept"], one["other"]) for one in told} == {("title", "this", "that")}
