"""What only one branch has stays on this machine when git goes to another one, and comes back with it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.daemons import workspace
from tests.support.syncing import asked, by_hand, commit, created, git, synced

from issuelens.ipc import launch, methods, oneshot

pytestmark = pytest.mark.usefixtures("patient_daemon")


class Branches:
    """A workspace in git with an issue that both branches have, each of which has changed it since."""

    def __init__(self, folder: Path) -> None:
        self.space = by_hand(workspace(folder))
        git(self.space.root, "init", "-q", "-b", "main")
        self.issue = created(self.space, "shared", labels=["old"], notes="before")["id"]
        self.commit()
        self.switch("-b", "side")
        self.update("side", title="side", add_labels=["side"])
        self.commit()
        self.switch("main")
        self.update("main", notes="main", add_labels=["main"])

    def update(self, key: str, **fields: Any) -> None:
        asked(self.space, methods.UPDATE, key, ids=[self.issue], **fields)

    def commit(self) -> None:
        synced(self.space)
        commit(self.space.root)

    def switch(self, *words: str) -> None:
        git(self.space.root, "checkout", "-q", *words)
        synced(self.space)

    def edit_file(self, *changes: tuple[bytes, bytes]) -> None:
        """As somebody else does it."""
        content = self.space.jsonl.read_bytes()
        for old, new in changes:
            assert old in content
            content = content.replace(old, new)
        self.space.jsonl.write_bytes(content)

    def shown(self) -> tuple[str, str, list[str]]:
        found = oneshot.call_or_start(self.space, methods.GET, {"ids": [self.issue]})["issues"][0]
        return found["title"], found["notes"], found["labels"]


@pytest.fixture
def branches(tmp_path: Path) -> Iterator[Branches]:
    """See the class."""
    found = Branches(tmp_path / "p")
    yield found
    launch.stop(found.space)


def test_what_another_branch_never_had_is_not_removed(branches: Branches) -> None:
    branches.commit()
    # Somebody has gone on there, so that the other branch's file is no state of here.
    git(branches.space.root, "checkout", "-q", "side")
    branches.edit_file((b'"title":"side"', b'"title":"there"'), (b'"updated_at":"2', b'"updated_at":"3'))
    commit(branches.space.root)
    synced(branches.space)
    assert branches.shown() == ("there", "main", ["main", "old", "side"])
    commit(branches.space.root)
    branches.switch("main")
    assert branches.shown() == ("there", "main", ["main", "old", "side"])


def test_what_was_not_committed_stays_as_well(branches: Branches) -> None:
    git(branches.space.root, "checkout", "-q", "-f", "side")
    synced(branches.space)
    assert branches.shown() == ("side", "main", ["main", "old", "side"])


def test_what_a_pull_removes_is_removed(branches: Branches) -> None:
    branches.commit()
    git(branches.space.root, "checkout", "-q", "-b", "theirs")
    branches.edit_file((b'"labels":["main","old"', b'"labels":["main"'))
    commit(branches.space.root)
    git(branches.space.root, "checkout", "-q", "main")
    git(branches.space.root, "merge", "-q", "theirs")
    synced(branches.space)
    assert branches.shown() == ("side", "main", ["main", "side"])


def test_what_the_other_branch_has_removed_since_they_parted_is_removed(branches: Branches) -> None:
    branches.commit()
    git(branches.space.root, "checkout", "-q", "side")
    branches.edit_file((b'"labels":["old",', b'"labels":['), (b'"updated_at":"2', b'"updated_at":"3'))
    commit(branches.space.root)
    synced(branches.space)
    assert branches.shown() == ("side", "main", ["main", "side"])


def test_a_log_of_git_that_was_cut_or_is_gone_loses_nothing(branches: Branches) -> None:
    branches.commit()
    log = branches.space.root / ".git/logs/HEAD"
    log.write_bytes(b"".join(log.read_bytes().splitlines(keepends=True)[-1:]))
    git(branches.space.root, "checkout", "-q", "side")
    branches.edit_file((b'"title":"side"', b'"title":"there"'), (b'"updated_at":"2', b'"updated_at":"3'))
    commit(branches.space.root)
    synced(branches.space)
    assert branches.shown() == ("there", "main", ["main", "old", "side"])
    log.unlink()
    branches.update("again", notes="again")
    assert synced(branches.space, "again")["conflicts"] == []
