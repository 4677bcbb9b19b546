"""Clones of a bare repository on the disk whose issues travel by `sync`; in place of the daemon stands a function."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.support.syncing import git

from issuelens.repository.carrying import Step, Wish
from issuelens.repository.own_branch import carrying
from issuelens.repository.running import Git
from issuelens.workspace import Workspace, initialise


def line(issue_id: str, title: str, at: str = "2026-01-01T00:00:00Z", **fields: Any) -> bytes:
    """A line of issues.jsonl."""
    shape = {"id": issue_id, "title": title, "status": "open", "priority": 2, "issue_type": "task"}
    return json.dumps(shape | {"created_at": "2026-01-01T00:00:00Z", "updated_at": at} | fields).encode() + b"\n"


class Clone:
    """A clone with a workspace. `heard` is called with each step, when it is done."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.space = Workspace(root, root / ".issues")
        self.heard: Callable[[Step], None] = lambda _step: None
        self.pauses: list[float] = []
        self.steps: list[Step] = []

    def sync(self, **options: Any) -> list[str]:
        """Does it; each step in a word or two."""
        wish = {one: options.pop(one) for one in ("dry_run", "pushes", "pushes_all") if one in options}
        git_here = Git(self.root, **options)
        self.steps = []
        others: dict[str, Any] = {"bring_together": self._together, "tell": self._hear, "wait": self.pauses.append}
        carrying(git_here, self.space, Wish(**wish), **others).run()
        return [f"{one.name} {one.state}" for one in self.steps]

    def _hear(self, step: Step) -> None:
        self.steps.append(step)
        self.heard(step)

    @staticmethod
    def _together() -> dict[str, Any]:
        return {"wrote": False}

    @property
    def told(self) -> str:
        return "\n".join(one.text for one in self.steps)

    def git(self, *words: str) -> str:
        return git(self.root, *words).strip()

    def write(self, *lines: bytes) -> None:
        self.space.jsonl.write_bytes(b"".join(sorted(lines)))

    def commit_file(self, name: str, text: str, message: str = "code") -> None:
        """Commits another file, and nothing else."""
        (self.root / name).write_text(text)
        self.git("add", "--", name)
        self.git("commit", "-q", "-m", message, "--", name)

    def state(self) -> dict[str, str]:
        """What a refused sync must leave: branches, index, what differs, files."""
        words = {
            "refs": ("for-each-ref",),
            "head": ("symbolic-ref", "-q", "HEAD"),
            "index": ("ls-files", "--stage", "-t"),
            "staged": ("diff", "--cached"),
            "unstaged": ("diff",),
            "status": ("status", "--porcelain", "--untracked-files=all"),
        }
        found = {
            name: subprocess.run(["git", *one], cwd=self.root, capture_output=True, text=True, check=False).stdout
            for name, one in words.items()
        }
        return found | {"issues": self.space.jsonl.read_text() if self.space.jsonl.exists() else ""}


class Team:
    """A bare repository and clones of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bare = folder / "bare"
        git(folder, "init", "-q", "--bare", "-b", "main", str(self.bare))

    def clone(self, name: str, *options: str) -> Clone:
        git(self.folder, "clone", "-q", *options, self.bare.as_uri(), name)
        git(self.folder / name, "symbolic-ref", "HEAD", "refs/heads/main")
        return Clone(self.folder / name)

    def founder(self, name: str = "anna") -> Clone:
        """The first clone, with a workspace and code that everybody gets."""
        one = self.clone(name)
        initialise(one.root, "app")
        one.commit_file("code.txt", "code\n")
        one.write(line("app-1a2b", "one"))
        one.git("add", ".issues")
        one.git("commit", "-q", "-m", "issues")
        one.git("push", "-q", "-u", "origin", "main")
        return one
