"""Only commits of issues are pushed unasked; who is outrun tries again, with an end; what can't be done is told."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from tests.support.carried import Clone, Team, line
from tests.support.syncing import git

from issuelens.domain.errors import Refused
from issuelens.repository.carrying import PAUSES, Step
from issuelens.repository.committing import Committing
from issuelens.repository.looking import Upstream, look, upstream_of
from issuelens.repository.pushing import Pushing
from issuelens.repository.running import Git


def bare_head(team: Team) -> str:
    return git(team.bare, "rev-parse", "main").strip()


def test_commits_about_other_files_are_not_pushed_unasked(team: Team, anna: Clone) -> None:
    before = bare_head(team)
    anna.commit_file("code.txt", "unfinished\n", "unfinished work")
    anna.write(line("app-1a2b", "other"))
    assert anna.sync()[-1] == "push left out"
    assert "1 commit of yours is about other files than issues" in anna.told
    assert "unfinished work" in anna.told
    assert "--push-all" in anna.told
    assert bare_head(team) == before
    assert anna.sync(pushes_all=True)[-1] == "push done"
    assert bare_head(team) == anna.git("rev-parse", "HEAD")


def test_an_empty_commit_and_a_commit_of_both_are_no_commits_of_issues(anna: Clone) -> None:
    anna.git("commit", "-q", "--allow-empty", "-m", "build again")
    assert anna.sync()[-1] == "push left out"
    anna.git("reset", "-q", "--hard", "origin/main")
    anna.write(line("app-1a2b", "other"))
    (anna.root / "code.txt").write_text("other\n")
    anna.git("commit", "-q", "-a", "-m", "both")
    assert anna.sync()[-1] == "push left out"


def test_a_merge_of_others_work_is_pushed_with_the_issues(team: Team, anna: Clone, ben: Clone) -> None:
    ben.commit_file("bens.txt", "b\n")
    ben.git("push", "-q")
    anna.write(line("app-1a2b", "other"))
    assert anna.sync()[-1] == "push done"
    assert bare_head(team) == anna.git("rev-parse", "HEAD")


def test_push_is_left_out_when_asked(team: Team, anna: Clone) -> None:
    before = bare_head(team)
    anna.write(line("app-1a2b", "other"))
    assert anna.sync(pushes=False)[-1] == "push left out"
    assert bare_head(team) == before


def outrun(anna: Clone, ben: Clone, times: int) -> None:
    """Ben pushes between Anna's fetch and her push, so often."""
    left = [*range(times)]

    def heard(step: Step) -> None:
        if step.name == "merge" and left:
            number = left.pop()
            ben.git("pull", "-q", "--no-rebase", "--no-edit")
            ben.commit_file("bens.txt", f"{number}\n")
            ben.git("push", "-q")

    anna.heard = heard


def test_who_is_outrun_fetches_merges_and_pushes_again(team: Team, anna: Clone, ben: Clone) -> None:
    outrun(anna, ben, 2)
    anna.write(line("app-1a2b", "other"))
    assert anna.sync()[-1] == "push done"
    assert bare_head(team) == anna.git("rev-parse", "HEAD")
    assert anna.pauses == [*PAUSES[:3]]
    assert anna.told.count("others have pushed to origin/main meanwhile") == 2


def test_who_is_outrun_each_time_is_told_so(team: Team, anna: Clone, ben: Clone) -> None:
    outrun(anna, ben, 100)
    anna.write(line("app-1a2b", "other"))
    with pytest.raises(Refused, match=r"changed by others each time.*5 times.*sync again"):
        anna.sync()
    assert anna.pauses == [*PAUSES]
    assert "other" in anna.git("show", "HEAD:.issues/issues.jsonl")


def test_a_remote_that_takes_nothing_gives_the_reason(team: Team, anna: Clone) -> None:
    hook = team.bare / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho main is protected >&2\nexit 1\n")
    hook.chmod(0o755)
    anna.write(line("app-1a2b", "other"))
    with pytest.raises(Refused, match=r"origin did not take the push: .*pre-receive hook declined.*main is protected"):
        anna.sync()
    assert anna.pauses == [0.0]


def test_without_a_remote_it_is_committed_and_told(anna: Clone) -> None:
    anna.git("remote", "remove", "origin")
    anna.write(line("app-1a2b", "other"))
    assert anna.sync() == ["commit done", "push left out"]
    assert "there is no remote; `git remote add origin ADDRESS` names one" in anna.told


def test_without_an_upstream_it_is_committed_and_told(anna: Clone) -> None:
    anna.git("switch", "-q", "-c", "feature")
    anna.write(line("app-1a2b", "other"))
    assert anna.sync() == ["commit done", "push left out"]
    assert "feature has no upstream branch; `git push -u REMOTE feature` makes one" in anna.told


def test_an_upstream_of_another_name_or_place_is_not_pushed_to(team: Team, anna: Clone) -> None:
    before = bare_head(team)
    anna.git("switch", "-q", "-c", "feature", "--track", "origin/main")
    anna.write(line("app-1a2b", "other"))
    assert anna.sync()[-1] == "push left out"
    assert "feature has another name in origin (main)" in anna.told
    anna.git("switch", "-q", "main")
    anna.git("config", "remote.pushDefault", "fork")
    anna.write(line("app-1a2b", "third"))
    assert anna.sync()[-1] == "push left out"
    assert "main comes from origin and is pushed to fork" in anna.told
    assert bare_head(team) == before


def test_a_branch_that_is_gone_there_is_not_made_anew(team: Team, anna: Clone) -> None:
    git(team.bare, "branch", "-q", "-m", "main", "trunk")
    anna.write(line("app-1a2b", "other"))
    with pytest.raises(Refused, match="main is not in origin any more"):
        anna.sync()
    assert git(team.bare, "branch").split() == ["*", "trunk"]


def test_a_remote_that_is_not_there_is_told(anna: Clone, tmp_path: Path) -> None:
    anna.git("remote", "set-url", "origin", str(tmp_path / "nowhere"))
    anna.write(line("app-1a2b", "other"))
    with pytest.raises(Refused, match=r"origin could not be fetched from: .*nowhere.*git remote -v.*"):
        anna.sync()
    assert "other" in anna.git("show", "HEAD:.issues/issues.jsonl")


def test_a_remote_that_says_nothing_ends_the_wait(anna: Clone) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        anna.git("remote", "set-url", "origin", f"git://127.0.0.1:{silent.getsockname()[1]}/x")
        anna.write(line("app-1a2b", "other"))
        with pytest.raises(Refused, match=r"`git fetch` had not ended after 0\.5 s, so it was stopped"):
            anna.sync(network_seconds=0.5)
    assert not (anna.root / ".git" / "index.lock").exists()


def test_nobody_is_asked_for_credentials(anna: Clone, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked, program = tmp_path / "asked", tmp_path / "ask"
    program.write_text(f"#!/bin/sh\ntouch '{asked}'\n")
    program.chmod(0o755)
    monkeypatch.setenv("GIT_ASKPASS", str(program))
    monkeypatch.setenv("SSH_ASKPASS", str(program))
    ssh = tmp_path / "ssh"
    ssh.write_text(
        f"#!/bin/sh\necho \"$@\" > '{tmp_path / 'words'}'\necho 'Permission denied (publickey).' >&2\nexit 255\n"
    )
    ssh.chmod(0o755)
    monkeypatch.setenv("GIT_SSH_COMMAND", str(ssh))
    anna.git("remote", "set-url", "origin", "ssh://example.invalid/x")
    with pytest.raises(Refused, match=r"Permission denied.*without asking"):
        anna.sync()
    assert "BatchMode=yes" in (tmp_path / "words").read_text()
    assert not asked.exists()


def test_passwords_in_addresses_are_not_told(anna: Clone) -> None:
    anna.git("remote", "set-url", "origin", "file://anna:hush@nowhere.invalid/x")
    with pytest.raises(Refused) as refused:
        anna.sync()
    assert "hush" not in str(refused.value)


def test_of_many_commits_the_newest_are_named(anna: Clone) -> None:
    for number in range(8):
        anna.commit_file("code.txt", f"{number}\n", f"work {number}")
    assert anna.sync()[-1] == "push left out"
    assert "8 commits of yours are about other files" in anna.told
    assert "work 7" in anna.told
    assert "and 3 more)" in anna.told


def test_a_commit_that_came_after_the_look_is_not_pushed(team: Team, anna: Clone) -> None:
    run = Git(anna.root)
    checkout = look(run, anna.space)
    pushing = Pushing(run, checkout, Committing(run, anna.space, checkout))
    upstream = upstream_of(run, checkout)
    assert isinstance(upstream, Upstream)
    anna.write(line("app-1a2b", "other"))
    anna.sync(pushes=False)
    looked_at = pushing.outgoing(upstream)
    anna.commit_file("code.txt", "unfinished\n")
    assert pushing.push(upstream, looked_at)
    assert bare_head(team) == anna.git("rev-parse", "HEAD~1")


def test_a_merge_that_takes_one_side_for_all_is_not_pushed_unasked(team: Team, anna: Clone, ben: Clone) -> None:
    ben.commit_file("bens.txt", "b\n")
    ben.git("push", "-q")
    anna.write(line("app-1a2b", "other"))
    anna.sync(pushes=False)
    anna.git("reset", "-q", "--hard", "HEAD~1")
    anna.git("fetch", "-q")
    anna.git("merge", "-q", "-s", "ours", "-m", "ours alone", "origin/main")
    before = bare_head(team)
    assert anna.sync()[-1] == "push left out"
    assert "ours alone" in anna.told
    assert bare_head(team) == before


def test_a_merge_of_issues_in_conflict_is_pushed(team: Team, anna: Clone, ben: Clone) -> None:
    ben.write(line("app-1a2b", "bens", "2026-02-01T00:00:00Z"))
    ben.sync()
    anna.write(line("app-1a2b", "annas", "2026-03-01T00:00:00Z"))
    assert anna.sync()[-1] == "push done"
    assert len(anna.git("rev-list", "--parents", "-n", "1", bare_head(team)).split()) == 3
