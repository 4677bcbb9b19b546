"""Repositories in which git is set up to merge issues, and may be set back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.support.cli import done_here
from tests.support.syncing import git

from issuelens.ipc import launch
from issuelens.workspace import Workspace


class Repository:
    """A folder in git, which may become a workspace."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.attributes = root / ".gitattributes"

    def ok(self, *words: str) -> str:
        done = done_here(self.root, *words)
        assert done.code == 0, done.err
        return done.out

    def json(self, *words: str) -> Any:
        return json.loads(self.ok(*words, "--json"))

    def refused(self, *words: str) -> str:
        before = self.state()
        done = done_here(self.root, *words)
        assert (done.code, done.out) == (1, "")
        assert self.state() == before
        return done.err

    def state(self) -> dict[str, bytes | None]:
        """What a set-up may change: the bytes of both files, and whether `.issues/` is there."""
        files = [self.attributes, *self.root.glob(".git/config")]
        found: dict[str, bytes | None] = {one.name: one.read_bytes() if one.exists() else None for one in files}
        return found | {"issues": b"" if (self.root / ".issues").exists() else None}

    def driver(self) -> str:
        return git(self.root, "config", "merge.issuelens.driver").strip()

    def merges(self) -> list[str]:
        told = git(self.root, "check-attr", "merge", ".issues/issues.jsonl", ".issues/issues/07.jsonl")
        return [line.rpartition(" ")[2] for line in told.splitlines()]

    def close(self) -> None:
        launch.stop(Workspace(self.root, self.root / ".issues"))
