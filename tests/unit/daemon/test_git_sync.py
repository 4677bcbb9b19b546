"""Issues are committed and pushed by themselves only where this person has said so, and when nobody need look on."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from tests.support.carried import Clone, Team, line
from tests.support.syncing import git

from issuelens.daemon.git_sync import GitSync
from issuelens.ipc.sync_messages import GitState
from issuelens.repository.consent import Automatic, consent, consent_file, consent_for


@pytest.fixture
def team(tmp_path: Path) -> Team:
    return Team(tmp_path)


@pytest.fixture
def anna(team: Team) -> Clone:
    return team.founder("anna")


async def after_a_change(clone: Clone) -> list[GitState]:
    """The states that are told when issues were changed, until nothing is due."""
    told: list[GitState] = []
    over = asyncio.Event()

    async def together() -> dict[str, Any]:
        return {"wrote": False}

    def heard() -> None:
        told.append(one.state)
        if not one.is_due:
            over.set()

    one = GitSync(clone.space, together, heard, pause_seconds=0.0)
    one.changed()
    if one.is_due:
        async with asyncio.timeout(60):
            await over.wait()
    await one.close()
    return told


async def test_without_a_word_nothing_is_done(anna: Clone) -> None:
    anna.write(line("app-1a2b", "other"))
    before = anna.state()
    assert await after_a_change(anna) == []
    assert anna.state() == before


async def test_a_repository_can_not_say_it(anna: Clone) -> None:
    anna.git("config", "issuelens.auto", "push")
    anna.git("config", "sync.auto", "push")
    (anna.space.directory / "sync.json").write_text(f'{{"{anna.space.directory}": ["push", 0]}}')
    anna.write(line("app-1a2b", "other"))
    assert await after_a_change(anna) == []


async def test_it_commits_and_does_not_push(team: Team, anna: Clone) -> None:
    before = git(team.bare, "rev-parse", "main")
    consent(anna.space, Automatic.COMMIT)
    (anna.root / "staged.txt").write_text("x\n")
    anna.git("add", "staged.txt")
    anna.write(line("app-1a2b", "other"))
    assert [one.state for one in await after_a_change(anna)] == ["running", "done"]
    assert "other" in anna.git("show", "HEAD:.issues/issues.jsonl")
    assert anna.git("diff", "--cached", "--name-only") == "staged.txt"
    assert git(team.bare, "rev-parse", "main") == before


async def test_it_pushes_and_merges_issues_of_others(team: Team, anna: Clone) -> None:
    ben = team.clone("ben")
    ben.write(line("app-1a2b", "one"), line("app-2c3d", "two"))
    ben.sync()
    consent(anna.space, Automatic.PUSH)
    anna.write(line("app-1a2b", "other", "2026-02-02T00:00:00Z"))
    told = await after_a_change(anna)
    assert (told[-1].state, told[-1].text) == ("done", "Pushed to origin/main: 2 commits.")
    assert git(team.bare, "rev-parse", "main").strip() == anna.git("rev-parse", "HEAD")


async def test_other_files_are_not_changed_while_nobody_looks_on(team: Team, anna: Clone) -> None:
    ben = team.clone("ben")
    ben.commit_file("bens.txt", "b\n")
    ben.git("push", "-q")
    consent(anna.space, Automatic.PUSH)
    anna.write(line("app-1a2b", "other"))
    told = await after_a_change(anna)
    assert told[-1].state == "refused"
    assert "changes of other files than issues" in str(told[-1].text)
    assert not (anna.root / "bens.txt").exists()


async def test_in_the_midst_of_something_and_where_commits_are_signed_it_is_refused(anna: Clone) -> None:
    consent(anna.space, Automatic.COMMIT)
    anna.write(line("app-1a2b", "other"))
    anna.git("bisect", "start")
    before = anna.state()
    told = await after_a_change(anna)
    assert (told[-1].state, "in the midst of a bisect" in str(told[-1].text)) == ("refused", True)
    anna.git("bisect", "reset")
    anna.git("config", "commit.gpgSign", "true")
    assert "signed" in str((await after_a_change(anna))[-1].text)
    assert anna.state() == before


async def test_a_branch_of_issues_is_pushed_whatever_is_checked_out(team: Team, anna: Clone) -> None:
    anna.git("rm", "-q", "-r", "--cached", ".issues/issues.jsonl")
    anna.space.config_file.write_text('prefix = "app"\n[sync]\nbranch = "issuelens"\n')
    anna.space.gitignore.write_text("*\n")
    consent(anna.space, Automatic.PUSH)
    anna.git("bisect", "start")
    head = anna.git("rev-parse", "HEAD")
    told = await after_a_change(anna)
    assert (told[-1].state, told[-1].text) == ("done", "Pushed to origin/issuelens: 1 commit.")
    assert "one" in git(team.bare, "show", "issuelens:.issues/issues.jsonl")
    assert anna.git("rev-parse", "HEAD") == head


async def test_a_commit_whose_message_is_being_written_is_not_disturbed(anna: Clone, tmp_path: Path) -> None:
    consent(anna.space, Automatic.COMMIT)
    (anna.root / "code.txt").write_text("mine\n")
    anna.git("add", "code.txt")
    begun, end = tmp_path / "begun", tmp_path / "end"
    os.mkfifo(begun)
    os.mkfifo(end)
    editor = f"sh -c 'echo mine > \"$0\"; echo > {begun}; cat {end}'"
    environment = {**os.environ, "GIT_EDITOR": editor}
    commit = await asyncio.create_subprocess_exec("git", "commit", "-q", cwd=anna.root, env=environment)
    begun.read_text()
    anna.write(line("app-1a2b", "other"))
    told = await after_a_change(anna)
    end.write_text("\n")
    assert await commit.wait() == 0
    assert "message of a commit" in str(told[-1].text)
    assert anna.git("show", "--format=%s", "--name-only").split() == ["mine", "code.txt"]
    assert (await after_a_change(anna))[-1].state == "done"


async def test_what_is_off_again_and_what_came_into_the_place_of_another_is_left_alone(anna: Clone) -> None:
    consent(anna.space, Automatic.PUSH)
    assert consent_file().stat().st_mode & 0o077 == 0
    assert consent_for(anna.space) is Automatic.PUSH
    consent(anna.space, Automatic.OFF)
    assert consent_for(anna.space) is Automatic.OFF
    consent(anna.space, Automatic.PUSH)
    shutil.copytree(anna.root, anna.root.parent / "copy")
    anna.root.rename(anna.root.parent / "moved")
    (anna.root.parent / "copy").rename(anna.root)
    assert consent_for(anna.space) is Automatic.OFF
    consent(anna.space, Automatic.PUSH)
    consent_file().write_text("no JSON")
    assert consent_for(anna.space) is Automatic.OFF


async def test_another_repository_in_the_same_place_has_to_be_told_anew(team: Team, anna: Clone) -> None:
    consent(anna.space, Automatic.PUSH)
    assert anna.space.consent_token.stat().st_mode & 0o077 == 0
    assert anna.git("status", "--porcelain") == ""
    for _ in range(20):
        # On ext4 and others, the number of a folder that was removed is given to the next one.
        shutil.rmtree(anna.root)
        team.clone("anna")
        assert consent_for(anna.space) is Automatic.OFF
    said = json.loads(consent_file().read_text())
    said[str(anna.space.directory)][1] = anna.space.directory.stat().st_ino
    consent_file().write_text(json.dumps(said))
    assert consent_for(anna.space) is Automatic.OFF
    anna.space.consent_token.write_text("0" * 64)
    assert consent_for(anna.space) is Automatic.OFF
    anna.space.consent_token.write_text(said[str(anna.space.directory)][2])
    assert consent_for(anna.space) is Automatic.PUSH


async def test_a_token_that_is_in_git_counts_for_nothing(anna: Clone) -> None:
    consent(anna.space, Automatic.COMMIT)
    anna.git("add", "-f", ".issues/daemon.consent")
    anna.write(line("app-1a2b", "other"))
    before = anna.state()
    told = await after_a_change(anna)
    assert (told[-1].state, "daemon.consent is in git" in str(told[-1].text)) == ("refused", True)
    assert anna.state() == before


async def test_settings_are_not_committed_while_nobody_looks_on(anna: Clone) -> None:
    consent(anna.space, Automatic.COMMIT)
    anna.space.config_file.write_text(anna.space.config_file.read_text() + "# half edi")
    anna.write(line("app-1a2b", "other"))
    assert (await after_a_change(anna))[-1].state == "done"
    assert anna.git("show", "--format=", "--name-only") == ".issues/issues.jsonl"
    assert anna.git("diff", "--name-only") == ".issues/config.toml"
    assert anna.sync()[0] == "commit done"
