"""`issuelens sync` says what it did, and nothing that is not so."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.cli import Place
from tests.support.syncing import by_hand


@pytest.fixture
def place(tmp_path: Path, patient_daemon: None) -> Iterator[Place]:
    """A workspace that syncs when it is told to."""
    one = Place(tmp_path / "p")
    by_hand(one.space)
    yield one
    one.close()


def lines(place: Place) -> list[dict[str, object]]:
    return [json.loads(line) for line in place.space.jsonl.read_text().splitlines()]


def test_a_change_made_here_is_no_change_of_the_file(place: Place) -> None:
    issue = place.create("one")
    place.ok("sync")
    place.ok("update", issue, "--title", "other")
    path = place.space.jsonl
    end = f"Nothing is done to git: {place.root} is in no work tree of git.\n"
    assert place.ok("sync") == f"From {path}: 1 unchanged.\nIt was written, with 1 issue.\n{end}"
    assert place.ok("sync") == f"From {path}: 1 unchanged.\nIt is current already, with 1 issue.\n{end}"


def test_what_both_changed_is_told_in_a_line(place: Place) -> None:
    issue = place.create("one")
    place.ok("sync")
    [shape] = lines(place)
    place.ok("update", issue, "--title", "ours", "--priority", "0")
    theirs = shape | {"title": "theirs " * 20, "notes": "n", "updated_at": "2001-01-01T00:00:00Z"}
    place.space.jsonl.write_text(json.dumps(theirs) + "\n")
    told = place.ok("sync")
    assert f'\n{issue}: title was changed here and in the file; "ours" stays, "theirs theirs' in told
    assert max(map(len, told.splitlines())) < 200
    assert "later" not in told
    assert [shape["title"] for shape in lines(place)] == ["ours"]
