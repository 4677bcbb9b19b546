"""What git's merge has settled is noted where a workspace of this machine is, and nowhere else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from issuelens.sync.merge import OURS, THEIRS, Conflict
from issuelens.sync.noting import FILES, SIZE, has_notes, note, notes_in, whose
from issuelens.workspace import Workspace, initialise

NAME = ".issues/issues.jsonl"
ONE = Conflict("app-1a2b", "title", "late", "early", kept_from=OURS, other_at="2026-01-01T00:00:00Z")
NOTHING: Mapping[str, str] = {}


@pytest.fixture
def space(tmp_path: Path) -> Workspace:
    """A workspace with a database, as far as that is looked at."""
    (tmp_path / "p").mkdir()
    found = initialise(tmp_path / "p", "app")
    found.database.write_bytes(b"")
    return found


def test_what_is_noted_is_found_again(space: Workspace) -> None:
    note(NAME, [ONE], space.root, {"GIT_REFLOG_ACTION": "pull --no-rebase"})
    [found] = notes_in(space.noted)
    assert (found.mine, found.conflicts) == (OURS, (ONE,))
    assert (found.conflicts[0].kept_from, found.conflicts[0].other_at) == (OURS, ONE.other_at)
    assert has_notes(space.noted)


@pytest.mark.parametrize("name", [".issues/issues.jsonl", ".issues/issues/07.jsonl"])
def test_each_merge_has_a_file_of_its_own(space: Workspace, name: str) -> None:
    for number in range(3):
        note(name, [Conflict("app-1a2b", "title", number, None)], space.root, NOTHING)
    assert [one.conflicts[0].kept for one in notes_in(space.noted)] == [0, 1, 2]


def test_a_workspace_below_the_top_of_the_work_tree(space: Workspace) -> None:
    note("p/.issues/issues.jsonl", [ONE], space.root.parent, NOTHING)
    assert has_notes(space.noted)


@pytest.mark.parametrize(
    "name", ["issues.jsonl", "../p/.issues/issues.jsonl", "else/.issues/issues.jsonl", "/x/.issues/i"]
)
def test_nothing_is_noted_elsewhere(space: Workspace, name: str) -> None:
    note(name, [ONE], space.root, NOTHING)
    assert not space.noted.exists()


def test_nothing_is_noted_without_a_conflict_or_a_database_or_through_a_link(space: Workspace, tmp_path: Path) -> None:
    note(NAME, [], space.root, NOTHING)
    space.database.unlink()
    note(NAME, [ONE], space.root, NOTHING)
    assert not space.noted.exists()
    space.database.write_bytes(b"")
    (tmp_path / "target").mkdir()
    space.noted.symlink_to(tmp_path / "target")
    with pytest.raises(OSError, match="link"):
        note(NAME, [ONE], space.root, NOTHING)
    assert list((tmp_path / "target").iterdir()) == []
    assert notes_in(space.noted) == []


def test_nothing_is_noted_of_a_merge_that_is_only_tried(space: Workspace) -> None:
    note(NAME, [ONE], space.root, {"GIT_OBJECT_DIRECTORY": "/elsewhere", "GIT_REFLOG_ACTION": "merge"})
    assert not space.noted.exists()


def test_there_is_an_end_to_it(space: Workspace) -> None:
    for number in range(FILES + 2):
        note(NAME, [Conflict("app-1a2b", "title", number, None)], space.root, NOTHING)
    assert len(list(space.noted.iterdir())) == FILES
    for path in space.noted.iterdir():
        path.unlink()
    large = Conflict("app-1a2b", "notes", "x" * (SIZE // 2), "")
    note(NAME, [ONE, large, large, large], space.root, NOTHING)
    assert len(notes_in(space.noted)[0].conflicts) == 2


@pytest.mark.parametrize(
    "content", ["", "[]", "{", '{"at": 1, "mine": null, "conflicts": [{}]}', "[" * 100_000, '{"conflicts": 5}']
)
def test_what_is_no_note_is_none(space: Workspace, content: str) -> None:
    space.noted.mkdir()
    (space.noted / "x.json").write_text(content)
    assert notes_in(space.noted) == []


def test_odd_sides_are_not_known(space: Workspace) -> None:
    space.noted.mkdir()
    one = {"issue_id": "a", "field": "title", "kept": 1, "other": 2, "kept_from": "x", "other_at": ""}
    (space.noted / "x.json").write_text(json.dumps({"at": "", "mine": [], "conflicts": [one]}))
    [found] = notes_in(space.noted)
    assert (found.mine, found.conflicts[0].kept_from) == (None, None)


@pytest.mark.parametrize(
    ("folder", "environment", "side"),
    [
        ("rebase-merge", {"GIT_REFLOG_ACTION": "pull --rebase"}, THEIRS),
        ("rebase-apply/rebasing", NOTHING, THEIRS),
        ("rebase-apply", NOTHING, None),
        ("info", {"GIT_REFLOG_ACTION": "merge topic"}, OURS),
        ("info", {"GITHEAD_1234": "topic"}, OURS),
        ("info", NOTHING, None),
    ],
)
def test_whose_side_it_is(tmp_path: Path, folder: str, environment: Mapping[str, str], side: str | None) -> None:
    (tmp_path / ".git" / folder).mkdir(parents=True)
    assert whose(tmp_path, environment) == side
