"""`init` sets git up to merge issues.jsonl, and takes it back: in real repositories, with a real git."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.support.cli import done_here, on_terminal, run
from tests.support.git_setup import Repository
from tests.support.syncing import commit, git

from issuelens.cli import removal
from issuelens.cli.context import Cli
from issuelens.domain.errors import Refused
from issuelens.ipc import launch
from issuelens.repository.attributes import ADDED, MADE, PATHS, line_for
from issuelens.workspace import Workspace

pytestmark = pytest.mark.usefixtures("patient_daemon")
LINES = [line_for(path) for path in PATHS]
HINT = "`issuelens init --git` sets git up to merge issues.jsonl issue by issue."


# There and back


def test_it_is_set_up_and_taken_back_to_the_byte(repository: Repository) -> None:
    before = repository.state()
    shown = repository.ok("init", "--prefix", "app", "--git").splitlines()
    assert shown[2] == "Git merges issues.jsonl from now on:"
    assert [line.strip() for line in shown[3:5]] == [f"{repository.attributes}: + {line}" for line in LINES]
    assert repository.merges() == ["issuelens", "issuelens"]
    assert repository.driver().endswith(" -P -m issuelens merge-driver %O %A %B %P")
    after = repository.state()
    assert repository.ok("init", "--git") == "Git is set up to merge issues.jsonl.\n"
    assert repository.state() == after
    assert "would be removed" in repository.ok("init", "--undo", "--dry-run")
    assert repository.state() == after
    assert repository.ok("init", "--undo").endswith("/.issues is removed.\n")
    assert repository.state() == before
    assert git(repository.root, "status", "--porcelain") == ""
    assert "there is nothing to take back" in repository.ok("init", "--undo")
    assert repository.json("init", "--undo")["git"]["changes"] == []


@pytest.mark.parametrize("content", [b"", b"*.png binary\n", b"*.png binary\r\n", b"*.png binary"])
def test_a_file_that_was_there_is_as_it_was(repository: Repository, content: bytes) -> None:
    repository.attributes.write_bytes(content)
    git(repository.root, "config", "merge.other.name", "other")
    before = repository.state()
    repository.ok("init", "--git")
    assert repository.merges() == ["issuelens", "issuelens"]
    assert ADDED in repository.attributes.read_text()
    repository.ok("init", "--undo")
    assert repository.state() == before


def test_a_rehearsal_changes_nothing(repository: Repository) -> None:
    before = repository.state()
    told = repository.ok("init", "--prefix", "app", "--git", "--dry-run")
    assert "would be initialised; its issues would begin with app-." in told
    assert f"{repository.attributes}: + {LINES[1]}" in told
    assert "git config, merge.issuelens.driver: " in told
    shape = repository.json("init", "--git", "--dry-run")
    assert (shape["prefix"], len(shape["git"]["changes"]), shape["git"]["done"]) == ("p", 4, False)
    assert repository.state() == before


def test_without_a_terminal_nothing_is_set_up_and_it_is_said_how(repository: Repository) -> None:
    before = repository.state() | {"issues": b""}
    assert repository.ok("init").splitlines()[2:] == [HINT]
    assert repository.state() == before
    assert HINT in repository.refused("init")
    assert repository.json("init", "--git")["git"]["done"] is True
    assert repository.refused("init").endswith(f"{repository.root}/.issues/config.toml is there.\n")


def test_who_does_not_want_it_is_not_told(repository: Repository) -> None:
    assert len(repository.ok("init", "--no-git").splitlines()) == 2
    assert repository.merges() == ["unspecified", "unspecified"]


def test_a_json_answer_says_what_could_be_set_up(repository: Repository) -> None:
    shape = repository.json("init")
    assert (shape["git"]["done"], len(shape["git"]["changes"])) == (False, 4)
    assert shape["git"]["changes"][0] == {
        "place": str(repository.attributes), "key": "", "before": None, "after": LINES[0],
    }  # fmt: skip
    undone = repository.json("init", "--undo")
    assert undone == {
        "workspace": str(repository.root), "git": {"changes": [], "remarks": []}, "removed": True, "reason": None,
    }  # fmt: skip


@pytest.mark.parametrize(("typed", "is_set_up"), [("y\n", True), ("\n", True), ("n\n", False)])
def test_a_person_is_asked(repository: Repository, typed: str, is_set_up: bool) -> None:
    shown = on_terminal(repository.root, "init", columns=200, typed=typed)
    assert shown.code == 0
    assert f"{repository.attributes}: + {LINES[0]}" in shown.screen
    assert "Set it up? [Y/n]" in shown.screen
    assert (repository.merges() == ["issuelens", "issuelens"]) == is_set_up


def test_what_cannot_be_asked_together(repository: Repository) -> None:
    for words in (["--undo", "--git"], ["--undo", "--prefix", "x"], ["--undo", "--no-git"]):
        assert done_here(repository.root, "init", *words).code == 2


# What stays


def test_issues_stay(repository: Repository) -> None:
    repository.ok("init", "--git")
    issue = repository.json("create", "x")["id"]
    repository.ok("delete", issue)
    told = repository.ok("init", "--undo")
    assert f"{repository.root}/.issues stays: issues were made there. `issuelens export FILE`" in told
    assert repository.merges() == ["unspecified", "unspecified"]
    assert repository.json("show", issue)["status"] == "tombstone"
    shape = repository.json("init", "--undo")
    assert (shape["removed"], shape["git"]["changes"]) == (False, [])
    assert shape["reason"].startswith("issues were made there")


@pytest.mark.parametrize("name", ["templates/bug.md", "aside/x.jsonl", "mine.txt", "edit/app-1.md"])
def test_what_a_person_made_stays(repository: Repository, name: str) -> None:
    repository.ok("init")
    path = repository.root / ".issues" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("text\n")
    assert "Move it away, then run `issuelens init --undo` again." in repository.ok("init", "--undo")
    path.unlink()
    assert repository.json("init", "--undo")["removed"]


@pytest.mark.parametrize("name", ["config.toml", ".gitignore"])
def test_settings_that_a_person_changed_stay(repository: Repository, name: str) -> None:
    repository.ok("init", "--prefix", "app")
    path = repository.root / ".issues" / name
    made = path.read_bytes()
    path.write_bytes(made + b"# mine\n")
    told = f"{repository.root}/.issues stays: {path} is not as `init` made it."
    assert told in repository.ok("init", "--undo", "--dry-run")
    assert told in repository.ok("init", "--undo")
    assert path.read_bytes() == made + b"# mine\n"
    path.write_bytes(made)
    assert repository.json("init", "--undo")["removed"]


def test_a_status_written_before_the_first_issue_stays(repository: Repository) -> None:
    repository.ok("init")
    repository.ok("config", "set", "statuses.review", "doing")
    shape = repository.json("init", "--undo")
    assert (shape["removed"], "is not as `init` made it" in shape["reason"]) == (False, True)
    repository.ok("create", "x")
    assert repository.json("init", "--undo")["reason"].startswith("issues were made there")


@pytest.mark.parametrize("is_stopped", [False, True])
def test_an_issue_made_after_the_first_look_stays(repository: Repository, is_stopped: bool) -> None:
    repository.ok("init")
    workspace = Workspace(repository.root, repository.root / ".issues")
    assert removal.reason_to_stay(Cli(repository.root), workspace) is None
    issue = repository.json("create", "x")["id"]
    if is_stopped:
        launch.stop(workspace)
    with pytest.raises(Refused, match=r"stays: issues were made there\. `issuelens export FILE`"):
        removal.remove(workspace)
    assert repository.json("show", issue)["title"] == "x"


def test_a_file_made_after_the_first_look_stays(repository: Repository) -> None:
    repository.ok("init")
    workspace = Workspace(repository.root, repository.root / ".issues")
    (workspace.directory / "mine.txt").write_text("text\n")
    with pytest.raises(Refused, match=r"mine\.txt was made there"):
        removal.remove(workspace)
    assert workspace.is_initialised


def test_issues_that_were_pulled_and_not_read_yet_stay(repository: Repository) -> None:
    repository.ok("init")
    (repository.root / ".issues" / "issues.jsonl").write_text('{"id":"app-1","title":"x"}\n')
    assert "stays: issues were made there" in repository.ok("init", "--undo")


def test_it_is_taken_back_in_its_own_folder_only(repository: Repository) -> None:
    repository.ok("init", "--git")
    below = repository.root / "below"
    below.mkdir()
    before = repository.state()
    done = done_here(below, "init", "--undo")
    assert (done.code, f"The workspace is {repository.root}." in done.err) == (1, True)
    assert repository.state() == before


def test_settings_that_another_work_tree_needs_stay(repository: Repository, tmp_path: Path) -> None:
    repository.ok("init", "--git")
    commit(repository.root)
    git(repository.root, "worktree", "add", "-q", str(tmp_path / "tree"))
    tree = Repository(tmp_path / "tree")
    assert tree.merges() == ["issuelens", "issuelens"]
    assert tree.json("init", "--git")["git"]["changes"] == []
    told = repository.ok("init", "--undo")
    assert f"merge.issuelens.driver stays, since {tree.attributes} needs it, too." in told
    assert not repository.attributes.exists()
    tree.ok("init", "--undo")
    assert git(repository.root, "config", "--local", "--list").count("issuelens") == 0


def test_two_workspaces_of_a_repository_share_the_settings(repository: Repository) -> None:
    one, other = (Repository(repository.root / name) for name in ("one", "two words"))
    for each in (one, other):
        each.root.mkdir()
        each.ok("init", "--git")
        assert each.merges() == ["issuelens", "issuelens"]
    assert "needs it, too" in one.ok("init", "--undo")
    assert "unset" in other.ok("init", "--undo")
    assert git(repository.root, "status", "--porcelain") == ""


def test_a_submodule_has_settings_of_its_own(repository: Repository, tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "top")
    git(tmp_path / "top", "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(repository.root), "sub")
    module = Repository(tmp_path / "top" / "sub")
    settings = tmp_path / "top" / ".git" / "modules" / "sub" / "config"
    before = settings.read_bytes()
    module.ok("init", "--git")
    assert module.merges() == ["issuelens", "issuelens"]
    assert git(tmp_path / "top", "config", "--local", "--list").count("issuelens") == 0
    module.ok("init", "--undo")
    assert settings.read_bytes() == before
    assert git(module.root, "status", "--porcelain") == ""


# What is refused


@pytest.mark.parametrize("content", ["*.jsonl merge=union", "*.jsonl -merge", ".issues/** binary"])
@pytest.mark.parametrize("place", [".gitattributes", ".git/info/attributes", "global"])
def test_who_merges_it_otherwise_already_is_not_overruled(repository: Repository, content: str, place: str) -> None:
    path = repository.root / (".git/everywhere" if place == "global" else place)
    path.parent.mkdir(exist_ok=True)
    path.write_text(content + "\n")
    git(repository.root, "config", "core.attributesFile", str(repository.root / ".git" / "everywhere"))
    word = "merge=union" if "union" in content else "-merge"
    assert f".issues/issues.jsonl has `{word}` in git's attributes already" in repository.refused("init", "--git")
    done = done_here(repository.root, "init")
    assert (done.code, word in done.err) == (0, True)


def test_there_has_to_be_a_work_tree(tmp_path: Path) -> None:
    plain = Repository(tmp_path / "plain")
    plain.root.mkdir()
    assert "Run `git init` there" in plain.refused("init", "--git")
    git(tmp_path, "init", "-q", "--bare", "bare.git")
    bare = Repository(tmp_path / "bare.git")
    assert "is in no work tree" in bare.refused("init", "--git")
    assert len(plain.ok("init").splitlines()) == 2
    assert plain.json("init", "--undo")["removed"]


def test_without_git_it_is_as_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    one = Repository(tmp_path / "p")
    one.root.mkdir()
    assert "is in no work tree that git knows of" in one.refused("init", "--git")
    assert one.json("init")["git"] is None
    assert one.json("init", "--undo")["removed"]


def test_issues_outside_of_the_repository(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ISSUELENS_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("ISSUELENS_WORK_TREE", str(repository.root))
    assert "so git does not carry its issues" in repository.refused("init", "--git")


def test_attributes_that_are_a_link(repository: Repository, tmp_path: Path) -> None:
    (tmp_path / "victim").write_text("untouched\n")
    repository.attributes.symlink_to(tmp_path / "victim")
    assert "it is a link" in repository.refused("init", "--git")
    assert (tmp_path / "victim").read_text() == "untouched\n"


def test_settings_that_cannot_be_written(repository: Repository) -> None:
    (repository.root / ".git" / "config.lock").touch()
    repository.ok("init")
    assert "`git config` failed" in repository.refused("init", "--git")


# The command


def test_a_command_that_was_set_by_hand_stays(repository: Repository) -> None:
    git(repository.root, "config", "merge.issuelens.driver", "issuelens merge-driver %O %A %B %P")
    before = repository.state()
    assert "set by hand; it stays" in repository.ok("init", "--git")
    assert repository.driver() == "issuelens merge-driver %O %A %B %P"
    assert MADE in repository.attributes.read_text()
    assert "set by hand; it stays" in repository.ok("init", "--undo")
    assert repository.state() == before


def test_other_settings_of_the_driver_stay(repository: Repository) -> None:
    git(repository.root, "config", "merge.issuelens.recursive", "binary")
    before = repository.state()
    repository.ok("init", "--git")
    repository.ok("init", "--undo")
    assert repository.state() == before


def test_doctor_notices_a_python_that_is_gone(repository: Repository, tmp_path: Path) -> None:
    def found() -> tuple[bool, str, str]:
        checks = json.loads(done_here(repository.root, "doctor", "--json").out)
        [one] = [one for one in checks if one["name"] == "git"]
        return one["ok"], one["found"], one["remedy"]

    repository.ok("init")
    assert found() == (True, "nothing wrong", "")
    repository.ok("init", "--git")
    assert found() == (True, "nothing wrong", "")
    program = tmp_path / "a folder" / "100%Off" / "python"
    command = f"PYTHONPATH='{tmp_path}' '{str(program).replace('%', '%%')}' -P -m issuelens merge-driver %O %A %B %P"
    git(repository.root, "config", "merge.issuelens.driver", command)
    remedy = "Run `issuelens init --git`."
    assert found() == (False, f"git would start it from {program}, which is not there any more", remedy)
    library = tmp_path / "an extension of yesterday" / "libs"
    words = "-P -m issuelens merge-driver %O %A %B %P"
    git(repository.root, "config", "merge.issuelens.driver", f"PYTHONPATH='{library}' '{sys.executable}' {words}")
    assert found() == (False, f"git would start it from {library}, which is not there any more", remedy)
    assert "merge.issuelens.driver" in repository.ok("init", "--git")
    assert found()[0]
    git(repository.root, "config", "--remove-section", "merge.issuelens")
    assert found() == (False, "git is to merge issues.jsonl with it, but on this machine it is not set up", remedy)


def test_a_python_with_a_strange_path_is_found(repository: Repository, tmp_path: Path) -> None:
    strange = tmp_path / 'it\'s a "folder"' / "100%Off $HOME"
    strange.mkdir(parents=True)
    repository.ok("init", "--git")
    program = repository.driver().partition(" -P ")[0]
    (strange / "python").write_text(f'#!/bin/sh\nexec {program} "$@"\n')
    (strange / "python").chmod(0o755)
    code = (
        "import sys; from issuelens import process; from issuelens.repository import driver\n"
        "driver.PYTHON = (sys.argv[1], '-P'); sys.stdout.write(driver.driver_command())"
    )
    asked = subprocess.run(
        [program, "-c", code, str(strange / "python")], capture_output=True, text=True, check=True, timeout=60
    )
    git(repository.root, "config", "merge.issuelens.driver", asked.stdout)
    issue = repository.json("create", "x")["id"]
    repository.ok("sync", "--no-git")
    commit(repository.root)
    git(repository.root, "switch", "-q", "-c", "side")
    repository.ok("update", issue, "--notes", "n")
    repository.ok("sync", "--no-git")
    commit(repository.root)
    git(repository.root, "switch", "-q", "main")
    path = repository.root / ".issues" / "issues.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"priority":2', b'"priority":1'))
    commit(repository.root)
    git(repository.root, "merge", "-q", "--no-edit", "side")
    [found] = [json.loads(line) for line in path.read_bytes().splitlines()]
    assert (found["notes"], found["priority"]) == ("n", 1)


def test_libraries_that_only_a_variable_names_are_named_to_git(repository: Repository, tmp_path: Path) -> None:
    library = Path(__file__).parents[2] / "server"
    done = run(repository.root, "init", "--git", env={**os.environ, "PYTHONPATH": str(library)})
    assert done.returncode == 0, done.stderr
    assert repository.driver().startswith(f"PYTHONPATH={library} /")
