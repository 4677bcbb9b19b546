"""issues.jsonl is written after changes and taken in when it was changed, without being asked."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.daemons import workspace
from tests.support.syncing import asked, created, git, line_of, shapes, synced, titles

from issuelens.ipc import launch, methods, oneshot
from issuelens.workspace import Workspace

pytestmark = pytest.mark.usefixtures("patient_daemon")
SETTINGS = 'prefix = "app"\n[sync]\nautomatic = true\ndelay-seconds = 0.01\n'


@pytest.fixture
def space(tmp_path: Path) -> Iterator[Workspace]:
    """A workspace that shares by itself, whose daemon ends with the test."""
    found = workspace(tmp_path / "p")
    found.config_file.write_text(SETTINGS)
    yield found
    launch.stop(found)


def settled(space: Workspace) -> dict[str, Any]:
    """The state when what is due is done."""
    found: dict[str, Any] = oneshot.call_or_start(space, methods.SETTLE, {})
    return found


def written(space: Workspace) -> dict[str, str]:
    """The titles in the file when what is due is done."""
    assert settled(space)["state"] == "current"
    return titles_in(space)


def titles_in(space: Workspace) -> dict[str, str]:
    return {one["id"]: one["title"] for one in shapes(space)} if space.jsonl.exists() else {}


def test_what_is_created_and_changed_is_in_the_file(space: Workspace) -> None:
    ids = [created(space, title)["id"] for title in ("one", "two")]
    assert written(space) == dict(zip(ids, ("one", "two"), strict=True))
    asked(space, methods.UPDATE, "k", ids=ids[:1], title="else")
    assert written(space)[ids[0]] == "else"
    by_parts = space.jsonl.read_bytes()
    assert synced(space)["wrote"] is False, "all of it, compared, is the same"
    assert space.jsonl.read_bytes() == by_parts


def test_a_command_sees_what_was_pulled_before_it(space: Workspace) -> None:
    created(space, "one")
    assert list(written(space).values()) == ["one"]
    with space.jsonl.open("ab") as file:
        file.write(line_of({"id": "app-99x1", "title": "pulled", "updated_at": "2026-01-01T00:00:00Z"}))
    assert titles(space)["app-99x1"] == "pulled"
    assert list(written(space)) == sorted(titles(space))


def test_what_was_not_written_when_the_daemon_was_killed_is_written_by_the_next(space: Workspace) -> None:
    first = created(space, "one")["id"]
    assert list(written(space)) == [first]
    space.config_file.write_text(space.config_file.read_text().replace("0.01", "3600"))
    second = created(space, "two")["id"]
    pid = oneshot.call_or_start(space, methods.STATUS, {})["pid"]
    os.kill(pid, signal.SIGKILL)
    assert list(titles_in(space)) == [first]
    assert sorted(written(space)) == sorted([first, second])


def test_what_waits_to_be_written_is_written_before_the_daemon_ends(space: Workspace) -> None:
    space.config_file.write_text(space.config_file.read_text().replace("0.01", "3600"))
    issue = created(space, "one")["id"]
    assert titles_in(space) == {}
    launch.stop(space)
    assert titles_in(space) == {issue: "one"}


def test_both_sides_of_a_conflict_are_counted(space: Workspace) -> None:
    issue = created(space, "one")["id"]
    assert list(written(space)) == [issue]
    shape = shapes(space)[0] | {"title": "theirs", "updated_at": "2099-01-01T00:00:00Z"}
    launch.stop(space)
    space.config_file.write_text(space.config_file.read_text().replace("automatic = true", "automatic = false"))
    asked(space, methods.UPDATE, "k", ids=[issue], title="ours")
    launch.stop(space)
    space.jsonl.write_bytes(line_of(shape))
    space.config_file.write_text(space.config_file.read_text().replace("automatic = false", "automatic = true"))
    assert settled(space)["conflicts"] == 1
    assert titles(space) == {issue: "theirs"}


def test_a_file_that_cannot_be_taken_is_told_and_tried_again_when_it_differs(space: Workspace) -> None:
    issue = created(space, "one")["id"]
    assert list(written(space)) == [issue]
    good = space.jsonl.read_bytes()
    space.jsonl.write_bytes(good + b'{"id":"app-99x1","ti')
    assert "ends within a line" in settled(space)["error"]
    space.jsonl.write_bytes(good + line_of({"id": "app-99x1", "title": "whole"}))
    assert "app-99x1" in written(space)
    assert titles(space)["app-99x1"] == "whole"


def test_a_file_that_is_gone_is_written_again(space: Workspace) -> None:
    first = created(space, "one")["id"]
    assert list(written(space)) == [first]
    space.jsonl.unlink()
    second = created(space, "two")["id"]
    assert sorted(written(space)) == sorted([first, second])


def test_lines_that_can_not_be_read_stay_beside_ids_that_can_not_be_looked_for(space: Workspace) -> None:
    first = created(space, "one")["id"]
    written(space)
    with space.jsonl.open("ab") as file:
        file.write(line_of({"id": 'app-"9', "title": "odd"}) + b"no issue\n")
    asked(space, methods.UPDATE, "k1", ids=[first], title="other")
    assert settled(space)["state"] == "current"
    asked(space, methods.UPDATE, "k2", ids=[first], title="another")
    assert settled(space)["state"] == "current"
    lines = space.jsonl.read_bytes().splitlines()
    assert [len(lines), lines[-1]] == [3, b"no issue"]
    assert any(b'"another"' in line for line in lines)


def test_what_git_is_in_the_midst_of_is_left_to_it(space: Workspace) -> None:
    git(space.root, "init", "-q")
    first = created(space, "one")["id"]
    assert list(written(space)) == [first]
    (space.root / ".git" / "rebase-merge").mkdir()
    pulled = line_of({"id": "app-99x1", "title": "pulled"})
    space.jsonl.write_bytes(pulled)
    assert sorted(titles(space)) == sorted([first, "app-99x1"])
    assert settled(space)["state"] == "current"
    assert space.jsonl.read_bytes() == pulled
    (space.root / ".git" / "rebase-merge").rmdir()
    assert sorted(written(space)) == sorted([first, "app-99x1"])


def test_only_a_look_lets_what_is_due_wait(space: Workspace) -> None:
    space.config_file.write_text(space.config_file.read_text().replace("0.01", "3600"))
    first = created(space, "one")["id"]
    oneshot.call_or_start(space, methods.SETTLE, {"only_look": True})
    assert titles_in(space) == {}
    assert list(written(space)) == [first]


def test_what_was_due_is_not_written_when_it_is_not_wanted_any_more(space: Workspace) -> None:
    space.config_file.write_text(space.config_file.read_text().replace("0.01", "3600"))
    created(space, "one")
    space.config_file.write_text(space.config_file.read_text().replace("automatic = true", "automatic = false"))
    settled(space)
    launch.stop(space)
    assert titles_in(space) == {}


def test_it_does_nothing_where_that_is_not_wanted(space: Workspace) -> None:
    space.config_file.write_text(space.config_file.read_text().replace("automatic = true", "automatic = false"))
    created(space, "one")
    launch.stop(space)
    assert not space.jsonl.exists()
    space.jsonl.write_text(json.dumps({"id": "app-99x1", "title": "t"}) + "\n")
    assert list(titles(space).values()) == ["one"]
