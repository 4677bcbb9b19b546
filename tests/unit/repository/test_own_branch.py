"""Issues travel on a branch of their own; what is checked out, staged and changed otherwise stays as it is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.support.carried import Clone, Team, line
from tests.support.syncing import git

from issuelens.domain.errors import InvalidConfig, Refused
from issuelens.repository.carrying import PAUSES, Step
from issuelens.workspace import initialise

ISSUES = ".issues/issues.jsonl"
NAMED = '[sync]\nbranch = "{}"\n'


def named(clone: Clone, branch: str = "issuelens") -> None:
    clone.space.config_file.write_text('prefix = "app"\n' + NAMED.format(branch))


@pytest.fixture
def anna(team: Team) -> Clone:
    """A first clone with code and settings, and with issues that no branch has yet."""
    one = team.clone("anna")
    initialise(one.root, "app")
    named(one)
    with one.space.gitignore.open("a") as file:
        file.write("issues.jsonl\nissues/\n")
    one.commit_file("code.txt", "code\n")
    one.write(line("app-1a2b", "one"))
    one.git("add", ".issues")
    one.git("commit", "-q", "-m", "settings")
    one.git("push", "-q", "-u", "origin", "main")
    return one


@pytest.fixture
def ben(team: Team, anna: Clone) -> Clone:
    """A second clone, made after the first one's sync."""
    anna.sync()
    one = team.clone("ben")
    one.sync()
    return one


def titles(content: str | bytes) -> dict[str, str]:
    """The titles by id; a merge writes lines in its own form."""
    return {shape["id"]: shape["title"] for shape in map(json.loads, content.splitlines())}


def there(team: Team, path: str = ISSUES, branch: str = "issuelens") -> str:
    return git(team.bare, "show", f"{branch}:{path}")


def working(clone: Clone) -> dict[str, object]:
    """All of the working branch that a sync must leave, to the byte."""
    words = {"status": ("status", "--porcelain", "--untracked-files=all"), "log": ("log", "-g", "--format=%H %gs")}
    found: dict[str, object] = {name: clone.git(*one) for name, one in words.items()}
    folder = clone.root / ".git"
    files = {name: (folder / name).read_bytes() for name in ("index", "HEAD", "refs/heads/main")}
    return found | files | {"code": (clone.root / "code.txt").read_bytes()}


def test_the_first_sync_makes_the_branch_here_and_there(team: Team, anna: Clone) -> None:
    assert anna.sync() == ["commit done", "fetch done", "merge nothing", "push done"]
    assert there(team) == line("app-1a2b", "one").decode()
    assert git(team.bare, "ls-tree", "-r", "--name-only", "issuelens").split() == [ISSUES]
    assert git(team.bare, "rev-parse", "issuelens").strip() == anna.git("rev-parse", "refs/heads/issuelens")
    assert anna.git("rev-list", "--count", "issuelens") == "1"
    assert anna.sync() == ["commit nothing", "fetch done", "merge nothing", "push nothing"]


def test_a_fresh_clone_gets_the_issues(team: Team, anna: Clone) -> None:
    anna.sync()
    ben = team.clone("ben")
    assert not ben.space.jsonl.exists()
    assert ben.sync()[-1] == "push nothing"
    assert ben.space.jsonl.read_bytes() == line("app-1a2b", "one")
    assert ben.git("rev-parse", "refs/heads/issuelens") == anna.git("rev-parse", "refs/heads/issuelens")
    assert ben.git("status", "--porcelain") == ""


def test_a_fresh_clone_with_issues_of_its_own_joins_both(team: Team, anna: Clone) -> None:
    anna.sync()
    ben = team.clone("ben")
    ben.write(line("app-2c3d", "two"))
    assert ben.sync()[-1] == "push done"
    assert titles(there(team)) == {"app-1a2b": "one", "app-2c3d": "two"}
    assert ben.space.jsonl.read_text() == there(team)
    assert git(team.bare, "rev-list", "--count", "issuelens").strip() == "2"


def test_branches_that_two_clones_have_begun_are_joined(team: Team, anna: Clone) -> None:
    ben = team.clone("ben")
    ben.write(line("app-2c3d", "two"))
    ben.sync(pushes=False)
    anna.sync()
    assert ben.sync()[-1] == "push done"
    assert titles(there(team)) == {"app-1a2b": "one", "app-2c3d": "two"}


def test_what_both_have_changed_is_merged_field_by_field(team: Team, anna: Clone, ben: Clone) -> None:
    ben.write(line("app-1a2b", "one", "2026-02-02T00:00:00Z", priority=0), line("app-2c3d", "bens"))
    ben.sync()
    anna.write(line("app-1a2b", "better", "2026-02-03T00:00:00Z"), line("app-3e4f", "annas"))
    assert "merge done" in anna.sync()
    assert anna.steps[-1].state == "done"
    text = anna.space.jsonl.read_text()
    for part in ('"better"', '"priority":0', '"bens"', '"annas"'):
        assert part in text.replace(": ", ":")
    assert there(team) == text
    ben.sync()
    assert ben.space.jsonl.read_text() == text
    assert ben.git("rev-parse", "issuelens") == anna.git("rev-parse", "issuelens")


def test_who_is_outrun_fetches_merges_and_pushes_again(team: Team, anna: Clone, ben: Clone) -> None:
    left = [0, 1]

    def heard(step: Step) -> None:
        if step.name == "merge" and left:
            number = left.pop()
            ben.write(line("app-1a2b", "one"), line(f"app-9z9{number}", "bens"))
            ben.sync()

    anna.heard, anna.pauses = heard, []
    anna.write(line("app-1a2b", "one"), line("app-2c3d", "annas"))
    assert anna.sync()[-1] == "push done"
    assert anna.pauses == [*PAUSES[:3]]
    assert anna.told.count("others have pushed to origin/issuelens meanwhile") == 2
    assert {"annas", "bens"} <= {*titles(there(team)).values()}


def test_the_working_branch_stays_as_it_is(team: Team, anna: Clone, ben: Clone) -> None:
    ben.write(line("app-1a2b", "one"), line("app-2c3d", "bens"))
    ben.sync()
    (anna.root / "code.txt").write_text("staged\n")
    anna.git("add", "code.txt")
    (anna.root / "code.txt").write_text("not staged\n")
    before, main = working(anna), git(team.bare, "rev-parse", "main")
    anna.write(line("app-1a2b", "one"), line("app-3e4f", "annas"))
    assert anna.sync()[-1] == "push done"
    assert "bens" in anna.space.jsonl.read_text()
    assert working(anna) == before
    assert git(team.bare, "rev-parse", "main") == main


def test_it_is_of_no_matter_what_git_is_in_the_midst_of(team: Team, anna: Clone) -> None:
    anna.git("switch", "-q", "--detach")
    (anna.root / ".git" / "MERGE_HEAD").write_text(anna.git("rev-parse", "HEAD") + "\n")
    (anna.root / ".git" / "index.lock").write_text("")
    assert anna.sync()[-1] == "push done"
    assert "one" in there(team)


def test_filters_of_a_repository_do_not_run(team: Team, anna: Clone, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    anna.git("config", "filter.own.clean", f"touch '{ran}'; cat")
    anna.git("config", "filter.own.smudge", f"touch '{ran}'; cat")
    (anna.root / ".gitattributes").write_text("*.jsonl filter=own text eol=crlf\n")
    anna.sync()
    assert not ran.exists()
    assert there(team).encode() == line("app-1a2b", "one")


def test_linked_work_trees_share_the_branch_and_take_nothing_back(anna: Clone) -> None:
    anna.sync()
    anna.git("worktree", "add", "-q", "-b", "feature", "../linked")
    linked = Clone(anna.root.parent / "linked")
    linked.sync()
    anna.write(line("app-1a2b", "better", "2026-02-02T00:00:00Z"))
    anna.sync()
    linked.write(line("app-1a2b", "one"), line("app-2c3d", "linked"))
    assert linked.sync()[-1] == "push done"
    assert titles(linked.space.jsonl.read_bytes()) == {"app-1a2b": "better", "app-2c3d": "linked"}
    anna.sync()
    assert anna.space.jsonl.read_bytes() == linked.space.jsonl.read_bytes()


def test_shards_travel_as_the_one_file_does(team: Team, anna: Clone, ben: Clone) -> None:
    ben.space.jsonl.unlink()
    ben.space.shards.mkdir()
    (ben.space.shards / "00.jsonl").write_bytes(line("app-1a2b", "one"))
    assert ben.sync()[-1] == "push done"
    assert git(team.bare, "ls-tree", "-r", "--name-only", "issuelens").split() == [".issues/issues/00.jsonl"]
    anna.sync()
    assert [one.name for one in anna.space.shared_files] == ["00.jsonl"]


def test_a_dry_run_changes_nothing(team: Team, anna: Clone, ben: Clone) -> None:
    ben.write(line("app-1a2b", "one"), line("app-2c3d", "bens"))
    ben.sync()
    anna.write(line("app-1a2b", "one"), line("app-3e4f", "annas"))
    before, branch = anna.state(), git(team.bare, "rev-parse", "issuelens")
    objects = anna.git("count-objects")
    assert anna.sync(dry_run=True) == ["commit would", "fetch would", "push nothing"]
    assert "Would commit to issuelens: .issues/issues.jsonl." in anna.told
    assert anna.state() == before
    assert anna.git("count-objects") == objects
    assert git(team.bare, "rev-parse", "issuelens") == branch


def test_a_dry_run_before_the_first_sync_changes_nothing(team: Team, anna: Clone) -> None:
    before = anna.state()
    assert anna.sync(dry_run=True)[0] == "commit would"
    assert anna.state() == before
    assert git(team.bare, "branch", "--list", "issuelens") == ""


def test_it_is_not_pushed_when_asked_and_without_a_remote(team: Team, anna: Clone) -> None:
    assert anna.sync(pushes=False)[-1] == "push left out"
    assert git(team.bare, "branch", "--list", "issuelens") == ""
    anna.git("remote", "remove", "origin")
    anna.write(line("app-1a2b", "other"))
    assert anna.sync() == ["commit done", "push left out"]
    assert "there is no remote" in anna.told


def test_the_remote_of_the_working_branch_has_the_issues(team: Team, anna: Clone) -> None:
    anna.git("remote", "rename", "origin", "work")
    git(team.folder, "init", "-q", "--bare", "other")
    anna.git("remote", "add", "origin", str(team.folder / "other"))
    anna.sync()
    assert "one" in there(team)
    assert git(team.folder / "other", "branch") == ""


@pytest.mark.parametrize("is_here", [True, False])
def test_a_branch_with_other_files_is_refused(team: Team, anna: Clone, is_here: bool) -> None:
    anna.git("branch", "feature")
    if not is_here:
        anna.git("push", "-q", "origin", "feature")
        anna.git("branch", "-q", "-D", "feature")
    named(anna, "feature")
    before = anna.state()
    with pytest.raises(Refused, match=r"The branch feature has something else than the issues .*\.issues/\.gitignore"):
        anna.sync()
    assert anna.state() == before
    assert git(team.bare, "branch", "--list", "issuelens") == ""


@pytest.mark.parametrize(("mode", "name"), [("120000", "issues.jsonl"), ("100644", "issues/..jsonl")])
def test_a_remote_that_sends_something_else_is_refused(
    team: Team, anna: Clone, ben: Clone, mode: str, name: str
) -> None:
    blob = git(team.bare, "rev-parse", f"issuelens:{ISSUES}").strip()
    ben.git("read-tree", "--empty")
    ben.git("update-index", "--add", "--cacheinfo", f"{mode},{blob},.issues/{name}")
    commit = ben.git("commit-tree", ben.git("write-tree"), "-p", "issuelens", "-m", "evil")
    ben.git("push", "-q", "origin", f"{commit}:refs/heads/issuelens")
    before = anna.space.jsonl.read_bytes()
    branch = anna.git("rev-parse", "issuelens")
    with pytest.raises(Refused, match="something else than the issues"):
        anna.sync()
    assert anna.space.jsonl.read_bytes() == before
    assert not anna.space.jsonl.is_symlink()
    assert anna.git("rev-parse", "issuelens") == branch


@pytest.mark.parametrize("name", ["main", "Main", "feature"])
def test_a_branch_that_is_checked_out_is_refused(anna: Clone, name: str) -> None:
    anna.git("worktree", "add", "-q", "-b", "feature", "../linked")
    named(anna, name)
    before = anna.state()
    with pytest.raises(Refused, match=rf"The branch {name}, .* is checked out in a work tree"):
        anna.sync()
    assert anna.state() == before


@pytest.mark.parametrize(
    "name",
    ["-f", "a..b", "a b", "a~1", "a^", "a:b", "a?", "a*", "a[", "/a", "a/", "a//b", ".a", "a/.b", "a.lock", "a.lock/b",
     "a.", "@", "@{u}", "HEAD", "a\\\\b", "a\\n", "+a", "x" * 101],
)  # fmt: skip
def test_what_can_be_no_branch_is_refused(anna: Clone, name: str) -> None:
    named(anna, name)
    before = anna.state()
    with pytest.raises(InvalidConfig, match="line 3: branch: it must be the name of a branch"):
        anna.sync()
    assert anna.state() == before


def test_issues_that_the_working_branch_carries_are_refused_with_the_remedy(anna: Clone) -> None:
    anna.git("add", "-f", ISSUES)
    anna.git("commit", "-q", "-m", "issues")
    before = anna.state()
    with pytest.raises(Refused, match=r"run `git rm -r --cached -- \.issues/issues\.jsonl`"):
        anna.sync()
    assert anna.state() == before
    anna.git("rm", "-q", "-r", "--cached", "--", ISSUES)
    anna.git("commit", "-q", "-m", "issues have a branch of their own")
    assert anna.sync()[-1] == "push done"
    assert anna.git("status", "--porcelain") == ""


def test_issues_that_git_does_not_ignore_are_refused_with_the_remedy(anna: Clone) -> None:
    ignored = anna.space.gitignore.read_text()
    anna.space.gitignore.write_text(ignored.removesuffix("issues.jsonl\nissues/\n"))
    with pytest.raises(Refused, match=r"Add two lines at the end of .*\.gitignore: `issues\.jsonl` and `issues/`"):
        anna.sync()
    assert anna.git("branch", "--list", "issuelens") == ""


def test_a_file_that_is_written_meanwhile_is_committed_first(anna: Clone, ben: Clone) -> None:
    ben.write(line("app-1a2b", "one"), line("app-2c3d", "bens"))
    ben.sync()

    def heard(step: Step) -> None:
        if step.name == "merge" and step.state == "done":
            anna.write(line("app-1a2b", "one"), line("app-3e4f", "late"))

    anna.heard = heard
    assert anna.sync()[-1] == "push done"
    assert titles(anna.space.jsonl.read_bytes()) == {"app-1a2b": "one", "app-2c3d": "bens", "app-3e4f": "late"}
