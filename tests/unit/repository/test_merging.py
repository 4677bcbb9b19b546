"""A merge is done when it is clean; else everything stays, and the reason is told."""

from __future__ import annotations

import json

import pytest
from tests.support.carried import Clone, Team, line

from issuelens.domain.errors import Refused
from issuelens.repository.attributes import PATHS, line_for
from issuelens.repository.carrying import Step
from issuelens.repository.driver import driver_command

EARLY, LATE = "2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z"


def titles(clone: Clone) -> str:
    return clone.git("show", "HEAD:.issues/issues.jsonl")


def diverge(anna: Clone, ben: Clone) -> None:
    """Both change another field of one issue."""
    ben.write(line("app-1a2b", "bens", EARLY), line("app-3e4f", "three"))
    assert ben.sync()[-1] == "push done"
    anna.write(line("app-1a2b", "one", LATE, priority=0), line("app-5g6h", "five"))


def check_merged(clone: Clone) -> None:
    merged = titles(clone)
    assert '"title": "bens"' in merged or '"title":"bens"' in merged
    assert all(one in merged for one in ("app-3e4f", "app-5g6h")), merged
    assert '"priority": 0' in merged or '"priority":0' in merged
    assert "<<<<" not in merged
    assert len(merged.splitlines()) == 3
    assert clone.git("status", "--porcelain") == ""


def test_issues_are_merged_in_a_clone_without_the_set_up(anna: Clone, ben: Clone) -> None:
    diverge(anna, ben)
    assert anna.sync() == ["commit done", "fetch done", "merge done", "commit nothing", "push done"]
    check_merged(anna)
    assert len(anna.git("rev-list", "--parents", "-n", "1", "HEAD").split()) == 3


def check_merged_with(anna: Clone, ben: Clone, attributes: str) -> None:
    """Both change issues where .gitattributes says this, and Anna merges."""
    anna.commit_file(".gitattributes", attributes)
    anna.git("push", "-q")
    ben.sync()
    diverge(anna, ben)
    assert "merge done" in anna.sync()
    check_merged(anna)


@pytest.mark.parametrize("attribute", ["-merge", "merge=binary", "merge=unknown"])
def test_issues_are_merged_when_gitattributes_says_otherwise(anna: Clone, ben: Clone, attribute: str) -> None:
    check_merged_with(anna, ben, f".issues/issues.jsonl {attribute}\n")


def test_what_both_changed_is_told(anna: Clone, ben: Clone) -> None:
    ben.write(line("app-1a2b", "bens", EARLY))
    ben.sync()
    anna.write(line("app-1a2b", "annas", LATE))
    anna.sync()
    assert "annas" in titles(anna)
    assert ". `issuelens conflicts` shows what both sides had changed." in anna.told


def test_a_driver_that_was_set_up_is_used(anna: Clone, ben: Clone) -> None:
    check_merged_with(anna, ben, "".join(line_for(one) + "\n" for one in PATHS))


def test_a_file_that_one_side_removed_is_taken_from_the_other(anna: Clone, ben: Clone) -> None:
    ben.space.shards.mkdir()
    (ben.space.shards / "07.jsonl").write_bytes(line("app-9z9z", "quite another one, so that it is no renaming" * 20))
    ben.space.jsonl.unlink()
    ben.sync()
    anna.write(line("app-1a2b", "other"))
    assert "merge done" in anna.sync()
    assert "other" in titles(anna)
    assert (anna.space.shards / "07.jsonl").exists()


def test_a_conflict_elsewhere_is_refused_and_all_stays(anna: Clone, ben: Clone) -> None:
    ben.commit_file("code.txt", "bens\n")
    ben.git("push", "-q")
    anna.commit_file("code.txt", "annas\n")
    (anna.root / "staged.txt").write_text("staged\n")
    anna.git("add", "staged.txt")
    anna.git("fetch", "-q")
    before = anna.state()
    with pytest.raises(Refused, match=r"both sides changed code\.txt.*git merge origin/main"):
        anna.sync()
    assert anna.state() == before


@pytest.mark.parametrize("is_staged", [True, False])
def test_a_local_change_is_not_overwritten(anna: Clone, ben: Clone, is_staged: bool) -> None:
    ben.commit_file("code.txt", "bens\n")
    ben.git("push", "-q")
    (anna.root / "code.txt").write_text("annas\n")
    if is_staged:
        anna.git("add", "code.txt")
    anna.git("fetch", "-q")
    before = anna.state()
    with pytest.raises(Refused, match=r"would be overwritten: .*code\.txt.*Commit or stash"):
        anna.sync()
    assert anna.state() == before


def test_a_file_that_is_not_tracked_is_not_overwritten(anna: Clone, ben: Clone) -> None:
    ben.commit_file("new.txt", "bens\n")
    ben.git("push", "-q")
    (anna.root / "new.txt").write_text("annas\n")
    with pytest.raises(Refused, match=r"new\.txt"):
        anna.sync()
    assert (anna.root / "new.txt").read_text() == "annas\n"


def test_issues_that_change_meanwhile_are_committed_first(anna: Clone, ben: Clone) -> None:
    diverge(anna, ben)
    late = line("app-7i8j", "written by the daemon while it was fetched")

    def heard(step: Step) -> None:
        if step.name == "fetch" and late not in anna.space.jsonl.read_bytes():
            anna.space.jsonl.write_bytes(anna.space.jsonl.read_bytes() + late)

    anna.heard = heard
    steps = ["commit done", "fetch done", "commit done", "merge done", "commit nothing", "push done"]
    assert anna.sync() == steps
    assert "app-7i8j" in titles(anna)
    assert "app-3e4f" in titles(anna)


def test_a_shallow_clone_without_a_common_commit_says_what_to_do(team: Team, anna: Clone) -> None:
    anna.commit_file("a.txt", "a\n")
    anna.git("push", "-q")
    shallow = team.clone("shallow", "--depth", "1")
    shallow.git("checkout", "-q", "--orphan", "other")
    shallow.git("commit", "-q", "-m", "anew")
    shallow.git("branch", "-q", "-M", "other", "main")
    shallow.git("branch", "-q", "-u", "origin/main")
    shallow.write(line("app-1a2b", "other"))
    with pytest.raises(Refused, match=r"shallow.*--unshallow"):
        shallow.sync()


def test_a_shallow_clone_syncs(team: Team, anna: Clone) -> None:
    anna.commit_file("a.txt", "a\n")
    anna.git("push", "-q")
    shallow = team.clone("shallow", "--depth", "1")
    anna.write(line("app-1a2b", "one"), line("app-2c3d", "two"))
    anna.sync()
    shallow.write(line("app-1a2b", "other", LATE))
    assert shallow.sync()[-1] == "push done"
    assert "app-2c3d" in titles(shallow)


def test_another_branch_that_is_checked_out_meanwhile_is_not_touched(anna: Clone, ben: Clone) -> None:
    diverge(anna, ben)
    anna.git("branch", "feature")

    def heard(step: Step) -> None:
        if step.name == "fetch":
            anna.git("switch", "-q", "feature")

    anna.heard = heard
    with pytest.raises(Refused, match="Another branch than main was checked out"):
        anna.sync()
    assert anna.git("status", "--porcelain") == ""
    assert anna.git("log", "-1", "--format=%s", "main") == "Sync issues"


def test_a_merge_that_is_begun_meanwhile_is_not_committed_into(anna: Clone, ben: Clone) -> None:
    anna.git("switch", "-q", "-c", "side")
    anna.commit_file("side.txt", "side\n")
    anna.git("switch", "-q", "main")
    diverge(anna, ben)
    late = line("app-7i8j", "written by the daemon while it was fetched")

    def heard(step: Step) -> None:
        if step.name == "fetch":
            anna.git("merge", "-q", "--no-ff", "--no-commit", "side")
            anna.space.jsonl.write_bytes(anna.space.jsonl.read_bytes() + late)

    anna.heard = heard
    with pytest.raises(Refused, match="in the midst of a merge"):
        anna.sync()
    assert anna.git("log", "--format=%s", "-2").splitlines() == ["Sync issues", "issues"]
    assert anna.git("diff", "--cached", "--name-only") == "side.txt"


def noted(clone: Clone) -> list[str]:
    return sorted(one.name for one in clone.space.noted.glob("*")) if clone.space.noted.exists() else []


@pytest.mark.parametrize("is_set_up", [True, False])
def test_a_merge_that_is_refused_notes_no_conflicts(anna: Clone, ben: Clone, is_set_up: bool) -> None:
    if is_set_up:
        anna.commit_file(".gitattributes", "".join(line_for(one) + "\n" for one in PATHS))
        anna.git("push", "-q")
        ben.git("pull", "-q")
        anna.git("config", "merge.issuelens.driver", driver_command())
    ben.write(line("app-1a2b", "bens", EARLY))
    ben.commit_file("code.txt", "bens\n")
    ben.sync(pushes_all=True)
    anna.space.database.write_bytes(b"")
    anna.write(line("app-1a2b", "annas", LATE))
    (anna.root / "code.txt").write_text("annas\n")
    with pytest.raises(Refused, match=r"would be overwritten: .*code\.txt"):
        anna.sync()
    assert noted(anna) == []
    anna.git("checkout", "-q", "code.txt")
    # The merge is pushed later, when it is looked at once more.
    assert "merge done" in anna.sync(pushes=False)
    [name] = noted(anna)
    shape = json.loads((anna.space.noted / name).read_text())
    assert (shape["mine"], [one["field"] for one in shape["conflicts"]]) == ("ours", ["title"])
    assert anna.sync()[-1] == "push done"
    assert noted(anna) == [name]
