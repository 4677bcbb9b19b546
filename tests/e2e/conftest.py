"""A workspace whose daemon stays until the end of the test, `issuelens todos` with and without one, a repository."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.cli import Place, done_here
from tests.support.git_setup import Repository
from tests.support.past import Todos, with_past
from tests.support.syncing import commit, git


@pytest.fixture
def place(tmp_path: Path, patient_daemon: None) -> Iterator[Place]:
    """A workspace and its command line."""
    one = Place(tmp_path / "p")
    yield one
    one.close()


@pytest.fixture(params=["workspace", "folder"])
def todos(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Todos]:
    """The command in a repository with a past: with a workspace, and without one."""
    if request.param == "folder":
        root = with_past(tmp_path / "p")
        yield lambda *words, folder=root: done_here(folder, "todos", *words)
        return
    place: Place = request.getfixturevalue("place")
    with_past(place.root)
    yield lambda *words, folder=place.root: done_here(folder, "todos", *words)


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[Repository]:
    """A repository with a file in it."""
    root = tmp_path / "p"
    root.mkdir()
    git(root, "init", "-q", "-b", "main")
    (root / "notes.txt").write_text("text\n")
    commit(root)
    one = Repository(root)
    yield one
    one.close()
