"""Two git work trees of one repository: each has a database and a daemon of its own; git brings them together."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.syncing import created, synced, titles

from issuelens.ipc import launch, methods, oneshot
from issuelens.workspace import Workspace, initialise, require_workspace


def git(folder: Path, *words: str) -> str:
    """Runs git."""
    done = subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def committed(space: Workspace, message: str) -> None:
    """Syncs and commits what is tracked."""
    synced(space, message)
    git(space.root, "add", "-A")
    git(space.root, "commit", "-q", "-m", message)


@pytest.fixture
def pair(tmp_path: Path, patient_daemon: None) -> Iterator[tuple[Workspace, Workspace, Any]]:
    """A repository with an issue, a second work tree of it, and the issue."""
    root = tmp_path / "main"
    root.mkdir()
    git(root, "init", "-q", "-b", "main")
    main = initialise(root, "app")
    first = created(main, "first")
    committed(main, "first")
    git(root, "worktree", "add", "-q", "-b", "feature", str(tmp_path / "feature"))
    feature = require_workspace(tmp_path / "feature")
    yield main, feature, first
    launch.stop(main)
    launch.stop(feature)


def test_each_work_tree_has_issues_of_its_own(pair: tuple[Workspace, Workspace, Any]) -> None:
    main, feature, first = pair
    assert feature.directory != main.directory
    # What git checked out is there after a sync, with the ids it had.
    synced(feature, "begin")
    assert titles(feature) == {first["id"]: "first"}
    here, there = created(main, "in main"), created(feature, "in feature")
    assert titles(main) == {first["id"]: "first", here["id"]: "in main"}
    assert titles(feature) == {first["id"]: "first", there["id"]: "in feature"}
    pids = {oneshot.call(space, methods.STATUS, {})["pid"] for space in (main, feature)}
    assert len(pids) == 2


def test_merging_brings_them_together_with_the_same_ids(pair: tuple[Workspace, Workspace, Any]) -> None:
    main, feature, first = pair
    synced(feature, "begin")
    params = {"ids": [first["id"]], "key": "close", "reason": "done in the feature"}
    oneshot.call_or_start(feature, methods.CLOSE, params)
    there = created(feature, "in feature")
    committed(feature, "work in feature")
    here = created(main, "in main")
    synced(main, "before merging")
    git(main.root, "stash", "-q")
    git(main.root, "merge", "-q", "feature")
    synced(main, "after merging")
    assert titles(main) == {first["id"]: "first", here["id"]: "in main", there["id"]: "in feature"}
    [closed] = oneshot.call(main, methods.GET, {"ids": [first["id"]]})["issues"]
    assert (closed["status"], closed["close_reason"]) == ("closed", "done in the feature")


def test_a_work_tree_below_another_one_is_its_own(pair: tuple[Workspace, Workspace, Any]) -> None:
    main, _, first = pair
    git(main.root, "worktree", "add", "-q", "-b", "below", str(main.root / ".trees" / "below"))
    below = require_workspace(main.root / ".trees" / "below")
    assert below.root == main.root / ".trees" / "below"
    synced(below, "begin")
    assert titles(below) == {first["id"]: "first"}
    launch.stop(below)


def test_a_work_tree_that_is_removed_under_its_daemon(pair: tuple[Workspace, Workspace, Any]) -> None:
    main, feature, first = pair
    created(feature, "in feature")
    git(main.root, "worktree", "remove", "--force", str(feature.root))
    git(main.root, "worktree", "add", "-q", str(feature.root), "feature")
    again = require_workspace(feature.root)
    synced(again, "begin")
    assert titles(again) == {first["id"]: "first"}
