"""Where the default branch is, what has come to it, and that nothing of a repository is run for that."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from tests.support.syncing import git

from issuelens.todos.default_branch import commits_to, default_tip, is_commit, ref_stamps
from issuelens.todos.git import Stop


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository with one commit on main."""
    (found := tmp_path / "p").mkdir()
    git(found, "init", "-q", "-b", "main")
    said(found, "one")
    return found


def said(root: Path, message: str) -> str:
    git(root, "commit", "-q", "--allow-empty", "--allow-empty-message", "-m", message)
    return git(root, "rev-parse", "HEAD").strip()


def branch_of(root: Path) -> str | None:
    tip = default_tip(root, Stop())
    return None if tip is None else tip.branch


def messages(root: Path, old: str | None) -> list[tuple[str, bool]]:
    tip = default_tip(root, Stop())
    assert tip is not None
    return [(one.message.strip(), one.is_dropped) for one in commits_to(root, old, tip.commit, Stop())]


def test_without_a_remote_it_is_a_local_branch(root: Path, tmp_path: Path) -> None:
    assert branch_of(root) == "refs/heads/main"
    git(root, "branch", "trunk")
    git(root, "config", "init.defaultBranch", "trunk")
    assert branch_of(root) == "refs/heads/trunk"
    git(root, "config", "init.defaultBranch", "not-there")
    assert branch_of(root) == "refs/heads/main"
    git(root, "branch", "-m", "main", "master")
    assert branch_of(root) == "refs/heads/master"
    git(root, "branch", "-m", "master", "else")
    assert branch_of(root) is None
    git(tmp_path, "init", "-q", "empty")
    assert branch_of(tmp_path / "empty") is None


def test_with_a_remote_it_is_that_of_origin(root: Path, tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "--bare", "bare.git")
    git(root, "remote", "add", "origin", str(tmp_path / "bare.git"))
    assert branch_of(root) is None
    git(root, "push", "-q", "origin", "main:master", "main:release/one")
    assert branch_of(root) == "refs/remotes/origin/master"
    git(root, "push", "-q", "origin", "main")
    assert branch_of(root) == "refs/remotes/origin/main"
    git(root, "remote", "set-head", "origin", "release/one")
    tip = default_tip(root, Stop())
    assert tip is not None
    assert tip.branch == "refs/remotes/origin/release/one"
    before = ref_stamps(root, tip)
    said(root, "two")
    git(root, "push", "-q", "origin", "HEAD:release/one")
    assert ref_stamps(root, tip) != before


def test_each_move_is_seen_and_nothing_else(root: Path, tmp_path: Path) -> None:
    assert ref_stamps(tmp_path, None) is None
    tip = default_tip(root, Stop())
    before = ref_stamps(root, tip)
    (root / "a.py").write_text("x")
    git(root, "add", "a.py")
    assert ref_stamps(root, tip) == before
    said(root, "two")
    moved = ref_stamps(root, tip)
    assert moved != before
    git(root, "pack-refs", "--all", "--prune")
    assert ref_stamps(root, tip) != moved


def test_what_has_come_and_what_is_gone(root: Path) -> None:
    old = said(root, "Closes app-1a2b")
    assert messages(root, None) == [("Closes app-1a2b", False)]
    said(root, "else")
    said(root, "")
    said(root, "FIXED: ü app-3c4d\n\nwith more")
    assert messages(root, old) == [("FIXED: ü app-3c4d\n\nwith more", False)]
    git(root, "reset", "-q", "--hard", f"{old}~")
    said(root, "Closes app-5e6f")
    assert sorted(messages(root, old)) == [("Closes app-1a2b", True), ("Closes app-5e6f", False)]
    assert is_commit(root, old, Stop())
    assert not is_commit(root, "0" * 40, Stop())


def test_of_too_long_messages_the_newest_are_read(root: Path) -> None:
    for number in range(5):
        said(root, f"Closes app-{number}a2b " + "x" * 1_000)
    found = commits_to(root, None, "HEAD", Stop(), limit=3_000)
    assert [one.message[:15] for one in found] == ["Closes app-4a2b", "Closes app-3a2b"]


def test_what_fails_is_raised_and_what_is_to_end_does_not_begin(root: Path) -> None:
    with pytest.raises(subprocess.CalledProcessError):
        commits_to(root, None, "0" * 40, Stop())
    (stop := Stop()).now()
    with pytest.raises(subprocess.SubprocessError):
        commits_to(root, None, "HEAD", stop)


def test_nothing_that_a_repository_names_is_run(root: Path, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    (program := root / "program").write_text(f"#!/bin/sh\ntouch '{ran}'\n")
    program.chmod(0o755)
    signed = git(root, "cat-file", "commit", "HEAD").replace("\n\n", "\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n\n", 1)
    command = ["git", "hash-object", "-t", "commit", "-w", "--stdin"]
    text = signed.replace("one", "Closes app-1a2b")
    made = subprocess.run(command, cwd=root, input=text, capture_output=True, text=True, check=True)
    git(root, "reset", "-q", "--hard", made.stdout.strip())
    for name in ("core.fsmonitor", "core.pager", "pager.log", "gpg.program", "diff.external", "core.sshCommand"):
        git(root, "config", name, str(program))
    for name in ("log.showSignature", "log.diffMerges"):
        git(root, "config", name, "true" if name == "log.showSignature" else "on")
    assert messages(root, None) == [("Closes app-1a2b", False)]
    assert not ran.exists()
    # This is what happens otherwise.
    subprocess.run(["git", "log", "-1"], cwd=root, capture_output=True, check=False)
    assert ran.exists()
