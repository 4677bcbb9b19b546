"""A workspace whose daemon stays until the end of the test, and `issuelens todos` with and without one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.cli import Place, done_here
from tests.support.past import Todos, with_past


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
