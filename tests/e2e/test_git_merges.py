"""Two clones change the same issues, and a real git merges them by `init --git`, without a stop."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.cli import Place
from tests.support.git_setup import Repository
from tests.support.syncing import commit, git

pytestmark = pytest.mark.usefixtures("patient_daemon")


class Clones:
    """Two clones of a repository with an issue, both set up, and both changed."""

    def __init__(self, folder: Path) -> None:
        self.one = Place(folder / "one")
        git(self.one.root, "init", "-q", "-b", "main")
        self.one.ok("init", "--git")
        self.issue = self.one.create("shared")
        self._share(self.one)
        git(folder, "clone", "-q", "one", "other")
        self.other = Repository(folder / "other")
        self.other.ok("init", "--git")
        self.other.ok("sync", "--no-git")
        self.one.ok("update", self.issue, "--title", "early", "-p", "0")
        self.other.ok("update", self.issue, "--title", "late", "--notes", "new")
        self.other.ok("create", "another")
        self._share(self.one)
        self._share(self.other)
        git(self.other.root, "fetch", "-q")

    def _share(self, place: Place | Repository) -> None:
        place.ok("sync", "--no-git")
        commit(place.root)

    def close(self) -> None:
        self.one.close()
        self.other.close()

    def merged(self) -> dict[str, Any]:
        """The issue, as it is in the other clone's file."""
        lines = (self.other.root / ".issues" / "issues.jsonl").read_bytes().splitlines()
        found: list[dict[str, Any]] = [json.loads(line) for line in lines]
        assert sorted(one["title"] for one in found) == ["another", "late"]
        return next(one for one in found if one["id"] == self.issue)


@pytest.fixture
def clones(tmp_path: Path) -> Iterator[Clones]:
    """See the class; `issuelens` is nowhere in PATH, as for a git that an editor's window has started."""
    found = Clones(tmp_path)
    yield found
    found.close()


@pytest.mark.parametrize(
    ("words", "mine"),
    [
        (["merge", "--no-edit", "origin/main"], "kept"),
        (["rebase", "origin/main"], "kept"),
        (["cherry-pick", "origin/main"], None),
        (["pull", "--no-rebase", "--no-edit"], "kept"),
        (["pull", "--rebase"], "kept"),
    ],
)
def test_git_does_not_stop(clones: Clones, words: list[str], mine: str | None, tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("git", "sh"):
        (tools / name).symlink_to(str(shutil.which(name)))
    environment = {**os.environ, "PATH": str(tools)}
    done = subprocess.run(
        ["git", *words], cwd=clones.other.root, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert git(clones.other.root, "status", "--porcelain") == ""
    found = clones.merged()
    assert (found["title"], found["notes"], found["priority"]) == ("late", "new", 0)
    report = clones.other.json("sync", "--no-git")
    assert (report["conflicts"], report["wrote"]) == ([], False)
    assert clones.other.json("show", clones.issue)["priority"] == 0
    [told] = clones.other.json("conflicts")
    assert (told["field"], told["kept"], told["other"], told["mine"]) == ("title", "late", "early", mine)
    assert list((clones.other.root / ".issues" / "conflicts").iterdir()) == []
    assert clones.other.json("conflicts", "settle", clones.issue, "--other")["title"] == "early"
    assert clones.other.json("conflicts") == []


def test_what_git_has_settled_is_there_without_a_change_of_the_file(clones: Clones) -> None:
    root, file = clones.other.root, clones.other.root / ".issues" / "issues.jsonl"
    clones.one.ok("update", clones.issue, "--notes", "theirs")
    clones.one.ok("sync", "--no-git")
    commit(clones.one.root)
    clones.other.ok("config", "set", "sync.automatic", "true")
    commit(root)
    git(root, "pull", "-q", "--no-rebase", "--no-edit")
    clones.other.ok("conflicts", "settle", clones.issue, "--dismiss")
    # The earlier change of the same field, once more: nothing of it is taken, and the file stays as it is.
    clones.one.ok("update", clones.issue, "--title", "earlier again")
    clones.other.ok("update", clones.issue, "--title", "later again")
    clones.one.ok("sync", "--no-git")
    commit(clones.one.root)
    clones.other.ok("sync", "--no-git")
    commit(root)
    before = file.read_bytes()
    git(root, "pull", "-q", "--no-rebase", "--no-edit")
    assert file.read_bytes() == before
    [told] = clones.other.json("conflicts")
    assert (told["kept"], told["other"], told["mine"]) == ("later again", "earlier again", "kept")
