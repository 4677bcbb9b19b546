"""`issuelens sync` in two clones of a bare repository, with their daemons."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.cli import done_here
from tests.support.git_setup import Repository
from tests.support.syncing import git


@pytest.fixture
def clones(tmp_path: Path, patient_daemon: None) -> Iterator[tuple[Repository, Repository]]:
    """Anna has initialised, and nothing is committed; Ben's clone is empty."""
    git(tmp_path, "init", "-q", "--bare", "-b", "main", "bare")
    for name in ("anna", "ben"):
        git(tmp_path, "clone", "-q", "bare", name)
        git(tmp_path / name, "symbolic-ref", "HEAD", "refs/heads/main")
    anna, ben = Repository(tmp_path / "anna"), Repository(tmp_path / "ben")
    anna.ok("init", "--prefix", "app")
    yield anna, ben
    anna.close()
    ben.close()


def test_issues_travel_between_clones(clones: tuple[Repository, Repository]) -> None:
    anna, ben = clones
    issue = anna.json("create", "one")["id"]
    (anna.root / "staged.txt").write_text("x\n")
    git(anna.root, "add", "staged.txt")
    assert "Would commit to main: .issues/.gitignore, .issues/config.toml, .issues/issues.jsonl." in anna.ok(
        "sync", "--dry-run"
    )
    assert "Pushed to origin/main: 1 commit." in anna.ok("sync")
    git(ben.root, "pull", "-q")
    assert [one["id"] for one in ben.json("list")] == [issue]
    other = ben.json("create", "two")["id"]
    ben.ok("sync")
    anna.ok("update", issue, "--title", "renamed")
    shape = anna.json("sync")
    assert [(one["step"], one["state"]) for one in shape["steps"]] == [
        *(("commit", "done"), ("fetch", "done"), ("merge", "done"), ("commit", "nothing"), ("push", "done")),
    ]
    ben.ok("sync")
    for one in (anna, ben):
        assert {issue["id"]: issue["title"] for issue in one.json("list")} == {issue: "renamed", other: "two"}
    assert git(anna.root, "diff", "--cached", "--name-only") == "staged.txt\n"


def test_what_is_refused_is_told_on_one_line_behind_what_was_done(clones: tuple[Repository, Repository]) -> None:
    anna, _ = clones
    anna.json("create", "one")
    git(anna.root, "remote", "set-url", "origin", "nowhere")
    done = done_here(anna.root, "sync")
    assert done.code == 1
    assert "Committed to main" in done.out
    assert len(done.err.splitlines()) == 1
    assert "could not be fetched from" in done.err


def test_without_git_it_says_so(clones: tuple[Repository, Repository]) -> None:
    anna, _ = clones
    anna.json("create", "one")
    assert "Committed" not in anna.ok("sync", "--no-git")
    (anna.root / ".gitignore").write_text(".issues/\n")
    assert f"Nothing is done to git: git ignores {anna.root}/.issues/issues.jsonl." in anna.ok("sync")
    assert done_here(anna.root, "sync", "--no-push", "--push-all").code == 2


def test_the_daemon_commits_and_pushes_by_itself_when_told_so(
    clones: tuple[Repository, Repository], monkeypatch: pytest.MonkeyPatch
) -> None:
    anna, _ = clones
    monkeypatch.setenv("ISSUELENS_GIT_SECONDS", "0")
    anna.close()
    assert "committed and pushed when changes have paused" in anna.ok("sync", "--auto", "push")
    anna.ok("create", "two")
    lines = iter(lambda: anna.json("daemon", "status")["sync"]["git"], None)
    last = next(one for one in lines if one["state"] not in ("off", "running"))
    assert last["state"] in ("done", "nothing"), last
    assert "two" in git(anna.root, "show", "origin/main:.issues/issues.jsonl")


def test_in_the_midst_of_a_merge_the_file_alone_is_synced(clones: tuple[Repository, Repository]) -> None:
    anna, _ = clones
    anna.json("create", "one")
    anna.ok("sync")
    path = anna.root / ".issues" / "issues.jsonl"
    ours = path.read_bytes()
    path.write_bytes(b"<<<<<<< HEAD\n" + ours + b"=======\n>>>>>>> theirs\n")
    (anna.root / ".git" / "MERGE_HEAD").write_text(git(anna.root, "rev-parse", "HEAD"))
    told = anna.ok("sync")
    assert "Nothing is done to git: it is in the midst of a merge. Finish it or give it up, then sync again." in told
    assert path.read_bytes() == ours
    assert git(anna.root, "log", "--format=%s").splitlines() == ["Sync issues"]


def test_after_a_stash_with_a_conflict_the_file_alone_is_synced(
    clones: tuple[Repository, Repository],
) -> None:
    anna, _ = clones
    issue = anna.json("create", "one")["id"]
    anna.ok("sync")
    anna.ok("update", issue, "--title", "stashed")
    anna.ok("sync", "--no-git")
    git(anna.root, "stash", "-q")
    anna.ok("update", issue, "--title", "committed")
    anna.ok("sync")
    popped = subprocess.run(["git", "stash", "pop"], cwd=anna.root, capture_output=True, check=False)
    assert popped.returncode
    told = anna.ok("sync")
    assert "Nothing is done to git: a conflict of issues is not resolved. Both sides were merged; `git add`" in told
    assert "<<<<" not in (anna.root / ".issues" / "issues.jsonl").read_text()
    git(anna.root, "add", ".issues/issues.jsonl")
    assert "Nothing is done to git" not in anna.ok("sync")


@pytest.fixture
def apart(clones: tuple[Repository, Repository]) -> tuple[Repository, Repository]:
    """Both have an issue by a branch of issues, and settings by main."""
    anna, ben = clones
    anna.ok("config", "set", "sync.branch", "issuelens")
    with (anna.root / ".issues" / ".gitignore").open("a") as file:
        file.write("issues.jsonl\nissues/\n")
    git(anna.root, "add", ".issues")
    git(anna.root, "commit", "-q", "-m", "settings")
    git(anna.root, "push", "-q", "-u", "origin", "main")
    anna.json("create", "one", "--label", "urgent")
    anna.ok("sync")
    git(ben.root, "pull", "-q")
    ben.ok("sync")
    return anna, ben


def test_issues_travel_by_a_branch_of_their_own(apart: tuple[Repository, Repository]) -> None:
    anna, ben = apart
    [issue] = [one["id"] for one in ben.json("list")]
    other = ben.json("create", "two")["id"]
    assert "Pushed to origin/issuelens: 1 commit." in ben.ok("sync")
    anna.ok("update", issue, "--title", "renamed")
    steps = [f"{one['step']} {one['state']}" for one in anna.json("sync")["steps"]]
    assert steps[:3] == ["commit done", "fetch done", "merge done"]
    assert steps[-1] == "push done"
    ben.ok("sync")
    for one in (anna, ben):
        assert {issue["id"]: issue["title"] for issue in one.json("list")} == {issue: "renamed", other: "two"}
        assert git(one.root, "status", "--porcelain") == ""
        assert git(one.root, "rev-list", "--count", "main") == "1\n"
