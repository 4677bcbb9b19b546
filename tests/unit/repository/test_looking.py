"""What git is in the midst of, and where no branch is checked out, is refused with the reason, and nothing changes."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from tests.support.carried import Clone, Team, line
from tests.support.syncing import git

from issuelens.domain.errors import Refused
from issuelens.repository.looking import why_without_git
from issuelens.repository.running import Git
from issuelens.workspace import Workspace, initialise

MIDST = {
    "a merge": ("merge", "side"),
    "a rebase": ("rebase", "side"),
    "a cherry-pick": ("cherry-pick", "side"),
    "a revert": ("revert", "--no-edit", "HEAD~1"),
}


@pytest.mark.parametrize("name", MIDST)
def test_in_the_midst_of_something_nothing_is_done(anna: Clone, name: str) -> None:
    anna.git("switch", "-q", "-c", "side")
    anna.commit_file("code.txt", "side\n")
    anna.git("switch", "-q", "main")
    anna.commit_file("code.txt", "main\n")
    anna.commit_file("code.txt", "once more\n")
    stopped = subprocess.run(["git", *MIDST[name]], cwd=anna.root, capture_output=True, check=False)
    assert stopped.returncode != 0
    before = anna.state()
    with pytest.raises(Refused, match=f"in the midst of {name} in .*sync again"):
        anna.sync()
    assert anna.state() == before


def test_a_bisect_and_a_lock_are_seen(anna: Clone) -> None:
    anna.git("bisect", "start")
    with pytest.raises(Refused, match="a bisect"):
        anna.sync()
    anna.git("bisect", "reset")
    lock = anna.root / ".git" / "index.lock"
    lock.touch()
    with pytest.raises(Refused, match=r"Another git is at work: .*index\.lock"):
        anna.sync()
    lock.unlink()
    assert anna.sync()[-1] == "push nothing"


def test_without_a_branch_nothing_is_done(anna: Clone) -> None:
    anna.git("switch", "-q", "--detach")
    anna.write(line("app-1a2b", "other"))
    before = anna.state()
    with pytest.raises(Refused, match=r"detached HEAD.*git switch.*--no-git"):
        anna.sync()
    assert anna.state() == before


def test_a_linked_work_tree_syncs_its_own_branch(anna: Clone, tmp_path: Path) -> None:
    anna.git("worktree", "add", "-q", "-b", "feature", str(tmp_path / "linked"))
    linked = Clone(tmp_path / "linked")
    linked.git("push", "-q", "-u", "origin", "feature")
    linked.write(line("app-1a2b", "other"))
    before = anna.state()
    assert linked.sync()[-1] == "push done"
    now = anna.state()
    assert {one: now[one] for one in ("index", "staged", "status", "head")} == {
        one: before[one] for one in ("index", "staged", "status", "head")
    }
    assert "other" in linked.git("show", "origin/feature:.issues/issues.jsonl")


def test_a_workspace_in_a_submodule_is_the_submodules(anna: Clone, team: Team, tmp_path: Path) -> None:
    outer = tmp_path / "outer"
    git(tmp_path, "init", "-q", "-b", "main", "outer")
    git(outer, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(team.bare), "inner")
    git(outer, "commit", "-q", "-m", "with a submodule")
    inner = Clone(outer / "inner")
    inner.write(line("app-1a2b", "other"))
    before = git(outer, "rev-parse", "HEAD")
    assert inner.sync()[-1] == "push done"
    assert git(outer, "rev-parse", "HEAD") == before
    assert git(outer, "diff", "--cached", "--name-only") == ""
    git(outer, "submodule", "--quiet", "update")
    with pytest.raises(Refused, match="detached HEAD"):
        inner.sync()


def test_a_workspace_below_the_top_commits_its_own(team: Team, anna: Clone) -> None:
    folder = anna.root / "a folder" / "with ünïts"
    folder.mkdir(parents=True)
    space = initialise(folder, "sub")
    one = Clone(folder)
    assert one.space == space
    one.write(line("sub-1a2b", "one"))
    anna.write(line("app-1a2b", "not committed"))
    assert one.sync()[-1] == "push done"
    assert "not committed" in anna.git("diff")
    assert len(anna.git("show", "--format=", "--name-only", "-z", "HEAD").strip("\0").split("\0")) == 3


def test_where_git_has_no_part_the_reason_is_given(anna: Clone, tmp_path: Path) -> None:
    assert why_without_git(Git(anna.root), anna.space) is None
    outside = tmp_path / "outside"
    outside.mkdir()
    space = initialise(outside, "out")
    assert "is in no work tree of git" in str(why_without_git(Git(outside), space))
    elsewhere = Workspace(anna.root, outside / ".issues")
    assert f"is not in {anna.root}" in str(why_without_git(Git(anna.root), elsewhere))
    ignored = anna.root / "ignored"
    ignored.mkdir()
    (anna.root / ".gitignore").write_text("ignored/\n")
    space = initialise(ignored, "ign")
    space.jsonl.touch()
    assert "git ignores" in str(why_without_git(Git(ignored), space))


@pytest.mark.parametrize("name", [".issues/issues.jsonl", "code.txt"])
def test_a_conflict_that_a_stash_has_left_is_told(anna: Clone, name: str) -> None:
    (anna.root / name).write_bytes(line("app-1a2b", "stashed"))
    anna.git("stash", "-q")
    (anna.root / name).write_bytes(line("app-1a2b", "committed"))
    anna.git("commit", "-q", "-a", "-m", "meanwhile")
    popped = subprocess.run(["git", "stash", "pop"], cwd=anna.root, capture_output=True, check=False)
    assert popped.returncode
    before = anna.state()
    with pytest.raises(Refused, match=rf"not resolved in {re.escape(name)} .*git add.*sync again.*--no-git"):
        anna.sync()
    assert anna.state() == before
