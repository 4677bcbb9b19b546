"""Commits that say so close issues when they come to the default branch, where `[git] closes` is on."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.cli import done_here
from tests.support.daemons import workspace
from tests.support.syncing import asked, commit, created, git

from issuelens.ipc import launch, methods, oneshot
from issuelens.workspace import Workspace

pytestmark = pytest.mark.usefixtures("patient_daemon")
SETTINGS = 'prefix = "app"\n[sync]\nautomatic = {}\ndelay-seconds = 0.01\n[git]\ncloses = {}\n'


def settings(space: Workspace, *, closes: bool = True, automatic: bool = False) -> None:
    space.config_file.write_text(SETTINGS.format(str(automatic).lower(), str(closes).lower()))


@pytest.fixture(params=["automatic", "by hand"])
def space(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Workspace]:
    """A repository without a remote, with one commit on main, whose commits close issues."""
    found = workspace(tmp_path / "p")
    settings(found, automatic=request.param == "automatic")
    git(found.root, "init", "-q", "-b", "main")
    commit(found.root)
    settled(found)
    yield found
    launch.stop(found)


def settled(space: Workspace) -> None:
    """Waits until what is due is done."""
    state: dict[str, Any] = oneshot.call_or_start(space, methods.SETTLE, {})
    assert state["error"] is None


def said(root: Path, message: str, *words: str) -> str:
    """An empty commit with a message; its id."""
    git(root, "commit", "-q", "--allow-empty", "-m", message, *words)
    return git(root, "rev-parse", "HEAD").strip()


def new(space: Workspace, title: str = "x") -> str:
    return str(created(space, title)["id"])


def shown(space: Workspace, issue: str) -> dict[str, Any]:
    """The issue, as a command sees it that comes now."""
    [found] = oneshot.call_or_start(space, methods.GET, {"ids": [issue]})["issues"]
    return dict(found)


def is_open(space: Workspace, issue: str) -> bool:
    return bool(shown(space, issue)["status"] == "open")


def entries(space: Workspace, issue: str) -> list[dict[str, Any]]:
    return list(oneshot.call_or_start(space, methods.HISTORY, {"id": issue})["entries"])


def kill(space: Workspace) -> None:
    os.kill(oneshot.call_or_start(space, methods.STATUS, {})["pid"], signal.SIGKILL)


@pytest.fixture
def clones(space: Workspace, tmp_path: Path) -> Iterator[tuple[Workspace, Workspace, str]]:
    """Two clones of a bare repository with an issue that both have."""
    issue = new(space, "shared")
    asked(space, methods.SYNC, "share")
    commit(space.root)
    git(tmp_path, "clone", "-q", "--bare", str(space.root), "bare.git")
    git(space.root, "remote", "add", "origin", str(tmp_path / "bare.git"))
    git(space.root, "fetch", "-q")
    git(space.root, "branch", "-q", "-u", "origin/main")
    git(tmp_path, "clone", "-q", "bare.git", "other")
    other = Workspace(tmp_path / "other", tmp_path / "other" / ".issues")
    asked(other, methods.SYNC, "take")
    for one in (space, other):
        assert is_open(one, issue)
        settled(one)
    yield space, other, issue
    launch.stop(other)


def test_a_commit_on_the_default_branch_closes_and_is_in_the_history(space: Workspace) -> None:
    issue = new(space)
    done = said(space.root, f"Dates are read whole\n\nCloses {issue}.", "--author=Ada Lovelace <ada@example.org>")
    found = shown(space, issue)
    assert (found["status"], found["close_reason"]) == ("closed", f"Closed by commit {done}: Dates are read whole")
    event = entries(space, issue)[0]["event"]
    assert (event["operation"], event["actor"], event["client"]) == ("close", "Ada Lovelace", "daemon")
    for words in (("history", issue), ("history", issue, "--json"), ("show", issue)):
        assert done in done_here(space.root, *words).out
    assert done_here(space.root, "undo").code == 0
    settled(space)
    assert is_open(space, issue)


def test_a_feature_branch_closes_when_it_is_merged(space: Workspace) -> None:
    issue, other = new(space), new(space, "y")
    git(space.root, "switch", "-q", "-c", "work")
    done = said(space.root, f"Fixes: {issue} and {other}")
    settled(space)
    assert is_open(space, issue)
    git(space.root, "switch", "-q", "main")
    said(space.root, "else")
    settled(space)
    assert is_open(space, issue)
    git(space.root, "merge", "-q", "--no-edit", "work")
    for one in (issue, other):
        assert shown(space, one)["close_reason"] == f"Closed by commit {done}: Fixes: {issue} and {other}"


def test_what_was_said_before_it_was_turned_on_or_while_it_was_off_closes_nothing(space: Workspace) -> None:
    issue = new(space)
    settings(space, closes=False)
    settled(space)
    said(space.root, f"Closes {issue}")
    settled(space)
    settings(space)
    settled(space)
    assert is_open(space, issue)
    git(space.root, "switch", "-q", "-c", "work", "HEAD~")
    said(space.root, f"Resolves {issue}")
    git(space.root, "switch", "-q", "main")
    git(space.root, "merge", "-q", "--no-edit", "work")
    assert not is_open(space, issue)


def test_a_reopened_issue_stays_open_however_the_branch_moves(space: Workspace) -> None:
    issue = new(space)
    begin = git(space.root, "rev-parse", "HEAD").strip()
    done = said(space.root, f"Closes {issue}")
    assert not is_open(space, issue)
    asked(space, methods.REOPEN, "again", ids=[issue])
    git(space.root, "reset", "-q", "--hard", begin)
    settled(space)
    git(space.root, "reset", "-q", "--hard", done)
    settled(space)
    # Rewritten: another commit by the same author at the same time.
    said(space.root, f"Closes {issue} at last", "--amend")
    settled(space)
    assert is_open(space, issue)
    revert = said(space.root, f'Revert "Closes {issue}"')
    settled(space)
    assert is_open(space, issue)
    assert revert != said(space.root, f"Closes {issue}, now")
    assert not is_open(space, issue)
    assert [one["event"]["operation"] for one in entries(space, issue)] == ["close", "reopen", "close", "create"]


def test_an_amended_commit_that_says_more_closes_more(space: Workspace) -> None:
    one, other = new(space), new(space, "y")
    said(space.root, f"Closes {one}")
    assert not is_open(space, one)
    asked(space, methods.REOPEN, "again", ids=[one])
    said(space.root, f"Closes {one}, {other}", "--amend")
    assert not is_open(space, other)
    assert is_open(space, one)


def test_a_history_whose_old_commits_are_gone_closes_nothing_twice(space: Workspace) -> None:
    issue = new(space)
    old = {"GIT_COMMITTER_DATE": "2020-01-01T00:00:00Z", **os.environ}
    message = ("commit", "-q", "--allow-empty", "-m", f"Closes {issue}", "--date", "2020-01-01T00:00:00Z")
    subprocess.run(["git", *message], cwd=space.root, check=True, env=old)
    assert not is_open(space, issue)
    asked(space, methods.REOPEN, "again", ids=[issue])
    launch.stop(space)
    git(space.root, "checkout", "-q", "--orphan", "fresh")
    subprocess.run(["git", *message], cwd=space.root, check=True, env=old)
    git(space.root, "branch", "-q", "-M", "fresh", "main")
    git(space.root, "reflog", "expire", "--expire=now", "--all")
    git(space.root, "gc", "-q", "--prune=now")
    settled(space)
    assert is_open(space, issue)
    said(space.root, f"Closes {issue}")
    assert not is_open(space, issue)


def test_unknown_ids_words_and_closed_issues_are_passed_over(space: Workspace) -> None:
    issue, other = new(space), new(space, "y")
    asked(space, methods.CLOSE, "k", ids=[other], reason="done")
    before = shown(space, other)
    said(space.root, f"Closes app-0zz0, app-test, {other}, {issue}; closes {issue[:-1]}")
    assert not is_open(space, issue)
    assert shown(space, other) == before


def test_packed_branches_are_seen_to_move(space: Workspace) -> None:
    issue, other = new(space), new(space, "y")
    git(space.root, "pack-refs", "--all")
    said(space.root, f"Closes {issue}")
    git(space.root, "pack-refs", "--all", "--prune")
    assert not is_open(space, issue)
    said(space.root, f"Closes {other}")
    assert not is_open(space, other)


def test_a_branch_of_another_name_and_a_linked_work_tree(space: Workspace, tmp_path: Path) -> None:
    issue = new(space)
    git(space.root, "config", "init.defaultBranch", "release/one")
    git(space.root, "branch", "-q", "release/one")
    settled(space)
    said(space.root, f"Closes {issue}")
    settled(space)
    assert is_open(space, issue)
    asked(space, methods.SYNC, "share")
    git(space.root, "add", ".issues")
    git(space.root, "commit", "-q", "-m", "issues")
    git(space.root, "worktree", "add", "-q", "-b", "tree", str(tmp_path / "tree"))
    tree = Workspace(tmp_path / "tree", tmp_path / "tree" / ".issues")
    try:
        asked(tree, methods.SYNC, "take")
        settled(tree)
        git(space.root, "switch", "-q", "release/one")
        said(space.root, f"Fixes {issue}")
        assert not is_open(tree, issue)
    finally:
        launch.stop(tree)


def test_what_came_while_no_daemon_was_there_and_after_one_was_killed(space: Workspace) -> None:
    one, other = new(space), new(space, "y")
    kill(space)
    said(space.root, f"Closes {one}")
    assert not is_open(space, one)
    asked(space, methods.REOPEN, "again", ids=[one])
    kill(space)
    settled(space)
    assert is_open(space, one)
    launch.stop(space)
    said(space.root, f"Closes {other}")
    settled(space)
    assert not is_open(space, other)


def test_a_push_and_a_pull_in_another_clone_count_a_local_commit_does_not(
    clones: tuple[Workspace, Workspace, str],
) -> None:
    one, other, issue = clones
    said(one.root, f"Closes {issue}")
    settled(one)
    assert is_open(one, issue)
    git(one.root, "push", "-q")
    assert not is_open(one, issue)
    assert is_open(other, issue)
    git(other.root, "pull", "-q")
    assert not is_open(other, issue)


def test_a_fetch_counts_and_both_clones_agree_without_a_conflict(clones: tuple[Workspace, Workspace, str]) -> None:
    one, other, issue = clones
    said(one.root, f"Closes {issue}")
    git(one.root, "push", "-q")
    assert not is_open(one, issue)
    git(other.root, "fetch", "-q")
    assert not is_open(other, issue)
    asked(one, methods.SYNC, "share again")
    shutil.copy(one.jsonl, other.jsonl)
    asked(other, methods.SYNC, "take again")
    assert json.loads(done_here(other.root, "conflicts", "--json").out) == []
    assert shown(one, issue)["close_reason"] == shown(other, issue)["close_reason"]


def test_a_repository_without_commits_or_git_closes_from_its_first_commit_on(tmp_path: Path) -> None:
    space = workspace(tmp_path / "q")
    settings(space)
    try:
        issue = new(space)
        settled(space)
        git(space.root, "init", "-q", "-b", "main")
        settled(space)
        said(space.root, f"Closes {issue}")
        assert not is_open(space, issue)
    finally:
        launch.stop(space)
