"""Folders with TODOs, and an editor that lists them."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.support.hanging import CountingGit
from tests.support.lsp import Editor
from tests.support.workspaces import cli_json, project

CHANGED = "issuelens/didChangeTodos"
"""Tells an editor that TODOs have changed."""
MANY = 600
"""Files, each with a TODO: enough for a progress to be shown."""
BOTH = pytest.mark.parametrize("initialised", [True, False], ids=["initialised", "uninitialised"])
"""For a test that holds with a daemon and without one."""


def git(root: Path, *arguments: str) -> None:
    """Runs git in a folder."""
    subprocess.run(["git", "-C", str(root), *arguments], check=True, capture_output=True, timeout=60)


def committed(root: Path) -> Path:
    """The folder as a repository with all of it committed."""
    git(root, "init", "--initial-branch=main")
    git(root, "add", ".")
    git(root, "commit", "--message=all")
    return root


def filled(root: Path, count: int = MANY, words: str = "number") -> Path:
    """A folder with so many files, each with a TODO."""
    (root / "src").mkdir(parents=True, exist_ok=True)
    for number in range(count):
        (root / "src" / f"m{number}.py").write_text(f"# TODO: {words} {number}\n")
    return root


def texts(todos: list[dict[str, Any]]) -> list[str]:
    """The texts of TODOs."""
    return [todo["text"] for todo in todos]


def names(path: str) -> Any:
    """Accepts a notification that names this path."""
    return lambda params: params.paths is None or path in params.paths


async def until(one: Editor, expected: list[str]) -> list[dict[str, Any]]:
    """The TODOs, once their texts are these: looked at after each word of a change."""
    while True:
        since = one.mark()
        todos = await one.todos()
        if texts(todos) == expected:
            return todos
        await one.hear(CHANGED, since=since)


async def held_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, initialised: bool) -> tuple[Path, CountingGit]:
    """A repository with many TODOs, and a git that does not come to the end of listing it."""
    root = committed(filled(project(tmp_path / "p", initialised=False)))
    slow = CountingGit(tmp_path / "bin", monkeypatch)
    # Held up before the first daemon, whose scan would be known to the next one.
    slow.hold()
    if initialised:
        await cli_json(root, "init", "--prefix", "app")
        await cli_json(root, "daemon", "stop")
    return root, slow
