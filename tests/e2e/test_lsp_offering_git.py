"""An editor that has initialised a folder offers to have git merge the issues."""

from __future__ import annotations

from pathlib import Path

from tests.support.lsp import editor
from tests.support.syncing import git
from tests.support.workspaces import project

QUESTION = "Let git merge issues one by one"


async def test_git_is_set_up_when_the_person_says_so(tmp_path: Path) -> None:
    root = project(tmp_path / "p", initialised=False)
    git(root, "init", "-q")
    async with editor(root) as one:
        one.press[QUESTION] = "Set Up"
        await one.run("initWorkspace", {"workspace": root.as_uri()})
        asked = await one.hear("window/showMessageRequest", lambda told: QUESTION in told.message)
        assert ".gitattributes (.issues/issues.jsonl merge=issuelens" in asked.message
        assert "merge.issuelens.driver" in asked.message
        await one.hear("window/showMessage", lambda told: "Git merges issues one by one" in told.message)
    assert "merge=issuelens" in (root / ".gitattributes").read_text()
    assert "merge-driver" in git(root, "config", "merge.issuelens.driver")


async def test_nothing_is_changed_when_nobody_answers(tmp_path: Path) -> None:
    root = project(tmp_path / "p", initialised=False)
    git(root, "init", "-q")
    async with editor(root) as one:
        await one.run("initWorkspace", {"workspace": root.as_uri()})
        await one.hear("window/showMessageRequest", lambda told: QUESTION in told.message)
        await one.run("createIssue", {"title": "First"})
    assert not (root / ".gitattributes").exists()
    assert "issuelens" not in (root / ".git" / "config").read_text()
