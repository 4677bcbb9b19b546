"""Only files of issues are committed; what else is in the index is in it afterwards, to the letter."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.carried import Clone, Team, line
from tests.support.syncing import git

from issuelens.domain.errors import Refused
from issuelens.workspace import initialise

ISSUES = ".issues/issues.jsonl"


def paths(clone: Clone, commit: str = "HEAD") -> list[str]:
    return clone.git("show", "--format=", "--name-only", commit).split()


def others(clone: Clone) -> dict[str, str]:
    """What is staged, and what is not, but for issues."""
    elsewhere = ("--", ".", ":!.issues")
    words = {"index": ("ls-files", "--stage", "-t"), "staged": ("diff", "--cached"), "unstaged": ("diff",)}
    return {name: clone.git(*one, *elsewhere) for name, one in words.items()}


def make_a_mess(clone: Clone) -> None:
    """Staged, staged in part, to be added, deleted in the index, not staged, not tracked."""
    for name in ("part.txt", "gone.txt", "open.txt"):
        clone.commit_file(name, "1\n2\n3\n")
    clone.git("push", "-q")
    (clone.root / "staged.txt").write_text("staged\n")
    (clone.root / "part.txt").write_text("1\nstaged\n3\n")
    clone.git("add", "staged.txt", "part.txt")
    clone.git("rm", "-q", "--cached", "gone.txt")
    (clone.root / "part.txt").write_text("1\nstaged\n3\nnot staged\n")
    (clone.root / "open.txt").write_text("not staged\n")
    (clone.root / "meant.txt").write_text("meant\n")
    clone.git("add", "--intent-to-add", "meant.txt")
    (clone.root / "unknown.txt").write_text("unknown\n")


def test_what_is_staged_stays_so(anna: Clone) -> None:
    make_a_mess(anna)
    before = others(anna)
    assert before["staged"]
    assert before["unstaged"]
    anna.write(line("app-1a2b", "one"), line("app-2c3d", "two"))
    assert anna.sync() == ["commit done", "fetch done", "merge nothing", "push done"]
    assert paths(anna) == [ISSUES]
    assert others(anna) == before
    assert anna.git("diff", "HEAD", "--", ".issues") == ""


@pytest.mark.parametrize("is_forward", [True, False])
def test_what_is_staged_stays_so_through_a_merge(anna: Clone, ben: Clone, is_forward: bool) -> None:
    make_a_mess(anna)
    ben.git("pull", "-q")
    ben.commit_file("bens.txt", "b\n")
    ben.git("push", "-q")
    anna.write(line("app-1a2b", "one" if is_forward else "other"))
    before = others(anna)
    assert "merge done" in anna.sync()
    now = others(anna)
    assert [one for one in now["index"].splitlines() if "bens.txt" not in one] == before["index"].splitlines()
    assert (now["staged"], now["unstaged"]) == (before["staged"], before["unstaged"])
    assert (anna.root / "bens.txt").read_text() == "b\n"


def test_a_file_that_was_staged_in_part_is_left_alone_and_told(anna: Clone) -> None:
    config = anna.space.config_file
    text = config.read_text()
    config.write_text(text + "# staged\n")
    anna.git("add", ".issues/config.toml")
    config.write_text(text + "# staged\n# not staged\n")
    before = anna.git("diff", "--cached", "--", ".issues/config.toml")
    anna.write(line("app-1a2b", "other"))
    anna.sync()
    assert paths(anna) == [ISSUES]
    assert anna.git("diff", "--cached", "--", ".issues/config.toml") == before
    assert "Not committed: .issues/config.toml, of which another state is staged." in anna.told


def test_settings_go_along_and_templates_do_not(anna: Clone) -> None:
    anna.space.config_file.write_text(anna.space.config_file.read_text() + "# more\n")
    anna.space.templates.mkdir()
    (anna.space.templates / "bug.md").write_text("x\n")
    anna.sync()
    assert paths(anna) == [".issues/config.toml"]


def test_of_gitattributes_only_our_line_goes_along(anna: Clone) -> None:
    from issuelens.repository.attributes import PATHS, with_lines

    path = anna.root / ".gitattributes"
    path.write_bytes(with_lines(None, PATHS))
    anna.sync()
    assert paths(anna) == [".gitattributes"]
    path.write_bytes(path.read_bytes() + b"*.png binary\n")
    assert anna.sync()[0] == "commit nothing"


def test_shards_and_their_removal_go_along(anna: Clone) -> None:
    anna.space.shards.mkdir()
    (anna.space.shards / "07.jsonl").write_bytes(line("app-1a2b", "one"))
    anna.space.jsonl.unlink()
    anna.sync()
    assert anna.git("ls-tree", "-r", "--name-only", "HEAD", ".issues/").split() == [
        *(".issues/.gitignore", ".issues/config.toml", ".issues/issues/07.jsonl"),
    ]


def test_the_first_commit_of_a_branch(team: Team) -> None:
    one = team.clone("first")
    initialise(one.root, "app")
    one.write(line("app-1a2b", "one"))
    (one.root / "mine.txt").write_text("mine\n")
    one.git("add", "mine.txt")
    assert one.sync() == ["commit done", "fetch done", "merge nothing", "push done"]
    assert one.git("diff", "--cached", "--name-only") == "mine.txt"
    assert git(team.bare, "rev-parse", "main").strip() == one.git("rev-parse", "HEAD")


def test_without_a_name_nothing_is_committed(anna: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    for role in ("AUTHOR", "COMMITTER"):
        for part in ("NAME", "EMAIL"):
            monkeypatch.delenv(f"GIT_{role}_{part}")
    anna.git("config", "user.useConfigOnly", "true")
    anna.write(line("app-1a2b", "other"))
    before = anna.state()
    with pytest.raises(Refused, match=r"git does not know who commits.*user\.name"):
        anna.sync()
    assert anna.state() == before


def test_no_hook_runs_and_those_that_would_are_named(anna: Clone) -> None:
    ran = anna.root / ".git" / "ran"
    for name in ("pre-commit", "commit-msg", "post-commit", "pre-push", "reference-transaction"):
        hook = anna.root / ".git" / "hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f"#!/bin/sh\necho {name} >> '{ran}'\n")
        hook.chmod(0o755)
    anna.write(line("app-1a2b", "other"))
    assert anna.sync()[-1] == "push done"
    assert not ran.exists()
    assert "The repository's hooks were not run: pre-commit, commit-msg, post-commit." in anna.told
    anna.git("-c", "core.hooksPath=/dev/null", "commit", "-q", "--allow-empty", "-m", "mine")
    assert anna.sync(pushes_all=True)[-1] == "push done"
    assert "pre-push" in ran.read_text()


def test_a_branch_that_moved_meanwhile_is_not_moved_back(anna: Clone) -> None:
    from issuelens.repository.committing import Committing
    from issuelens.repository.looking import look
    from issuelens.repository.running import Git

    run = Git(anna.root)
    committing = Committing(run, anna.space, look(run, anna.space))
    anna.write(line("app-1a2b", "other"))
    content = committing.content()
    anna.git("commit", "-q", "--allow-empty", "-m", "meanwhile")
    before = anna.state()
    with pytest.raises(Refused):
        committing.commit(content, "Sync issues")
    assert anna.state() == before


def test_a_dry_run_changes_nothing(anna: Clone, ben: Clone) -> None:
    ben.write(line("app-1a2b", "one"), line("app-2c3d", "two"))
    ben.sync()
    anna.write(line("app-1a2b", "other"))
    before, objects = anna.state(), anna.git("count-objects", "-v")
    assert anna.sync(dry_run=True) == ["commit would", "fetch would", "push nothing"]
    assert anna.state() == before
    assert anna.git("count-objects", "-v") == objects


def test_a_link_in_the_place_of_the_file_is_not_committed(anna: Clone, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("confidential\n")
    anna.space.jsonl.unlink()
    anna.space.jsonl.symlink_to(secret)
    assert anna.sync()[0] == "commit nothing"
    assert anna.git("ls-tree", "HEAD", ".issues/issues.jsonl").startswith("100644")


@pytest.mark.parametrize("flag", ["--skip-worktree", "--assume-unchanged"])
def test_a_file_that_git_is_told_to_leave_alone_is_not_committed(anna: Clone, flag: str) -> None:
    anna.git("update-index", flag, ".issues/config.toml")
    anna.space.config_file.write_text(anna.space.config_file.read_text() + "# this machine's\n")
    anna.write(line("app-1a2b", "other"))
    assert anna.sync()[-1] == "push done"
    assert paths(anna) == [ISSUES]
    assert anna.git("ls-files", "-v", ".issues/config.toml")[0] in "Sh"


def test_shards_that_a_sparse_checkout_leaves_out_are_not_removed(anna: Clone) -> None:
    anna.space.shards.mkdir()
    (anna.space.shards / "07.jsonl").write_bytes(line("app-9z9z", "one"))
    anna.sync()
    anna.git("update-index", "--skip-worktree", ".issues/issues/07.jsonl")
    (anna.space.shards / "07.jsonl").unlink()
    assert anna.sync()[0] == "commit nothing"


def test_a_file_that_is_excluded_in_this_clone_is_not_committed(anna: Clone) -> None:
    anna.git("rm", "-q", "--cached", ".issues/config.toml")
    anna.git("commit", "-q", "-m", "each has its own")
    (anna.root / ".git" / "info").mkdir(exist_ok=True)
    (anna.root / ".git" / "info" / "exclude").write_text("config.toml\n")
    anna.write(line("app-1a2b", "other"))
    assert anna.sync(pushes_all=True)[-1] == "push done"
    assert paths(anna) == [ISSUES]


@pytest.mark.parametrize("name", ["zz", "0A", "0a0"])
def test_a_file_beside_the_shards_is_none_of_them(anna: Clone, name: str) -> None:
    anna.space.shards.mkdir()
    (anna.space.shards / f"{name}.jsonl").write_bytes(line("app-1a2b", "other"))
    (anna.space.shards / "0a.jsonl").write_bytes(line("app-1a2b", "other"))
    assert anna.space.shared_files == [anna.space.jsonl, anna.space.shards / "0a.jsonl"]
    anna.sync()
    assert paths(anna) == [".issues/issues/0a.jsonl"]
