"""The language server's commands that change issues, and lists by query, as an editor asks for them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.support.lsp import Editor, editor
from tests.support.workspaces import cli_json, project


async def made(one: Editor, title: str, **fields: Any) -> str:
    issue: dict[str, Any] = await one.run("createIssue", {"title": title, **fields})
    return str(issue["id"])


async def titles(one: Editor, query: str, **params: Any) -> list[str]:
    return [issue["title"] for issue in await one.request("issuelens/listIssues", {"query": query, **params})]


async def test_every_change_from_an_editor(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    async with editor(root) as one:
        first, second = await made(one, "first"), await made(one, "second")
        updated = await one.run(
            "updateIssue",
            {"id": first, "issueType": "bug", "dueAt": "3d", "addLabels": ["ui"], "setMetadata": {"team": "red"}},
        )
        assert (updated["issue_type"], updated["labels"], updated["metadata"]) == ("bug", ["ui"], {"team": "red"})
        assert (await one.run("updateIssue", {"id": first, "dueAt": "", "removeLabels": ["ui"]}))["labels"] == []
        commented = await one.run("addComment", {"id": first, "text": "seen"})
        assert [comment["text"] for comment in commented["comments"]] == ["seen"]
        await one.run("addDependency", {"id": first, "dependsOn": second})
        assert await titles(one, "is:blocked") == ["first"]
        with pytest.raises(Exception, match=f"{second} would wait for itself: {second} → {first} → {second}"):
            await one.run("addDependency", {"id": second, "dependsOn": first})
        await one.run("removeDependency", {"id": first, "dependsOn": second})
        assert await titles(one, "is:blocked") == []
        assert (await one.run("deleteIssue", {"id": second, "reason": "double"}))["status"] == "tombstone"
        assert (await one.run("undo", {}))["status"] == "open"
        assert len(await cli_json(root, "list")) == 2


@pytest.mark.parametrize(
    ("verb", "argument", "message"),
    [
        ("updateIssue", {"priority": "high"}, "priority: it must be a whole number"),
        ("updateIssue", {"addLabels": "ui"}, "addLabels: it must be a list of texts"),
        ("updateIssue", {"setMetadata": [1]}, "setMetadata: it must be an object"),
        ("updateIssue", {"expectedUpdatedAt": "2001-01-01T00:00:00Z", "title": "y"}, "was changed meanwhile"),
        ("updateIssue", {"status": "done"}, "status: 'done' is not one of open"),
        ("addComment", {}, "text: it is missing"),
        ("addDependency", {"dependsOn": "app-0000"}, "There is no issue app-0000"),
        ("undo", {"revision": 99}, "There is no revision 99"),
        ("undo", {"steps": True}, "steps: it must be a whole number"),
    ],
)
async def test_what_a_mistake_says(tmp_path: Path, verb: str, argument: dict[str, Any], message: str) -> None:
    root = project(tmp_path / "p")
    async with editor(root) as one:
        issue_id = await made(one, "x")
        with pytest.raises(Exception, match=message):
            await one.run(verb, {"id": issue_id, **argument})


async def test_lists_by_query_and_issues_by_the_beginning_of_their_id(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    async with editor(root) as one:
        urgent = await made(one, "urgent", priority=0, labels=["ui"])
        await made(one, "later", priority=3)
        await one.run("closeIssue", {"id": await made(one, "finished")})
        assert await titles(one, "") == ["urgent", "later"]
        assert await titles(one, "priority:<=1 label:ui") == ["urgent"]
        assert await titles(one, "is:closed") == ["finished"]
        assert await titles(one, "", all=True, limit=2) == ["urgent", "finished"]
        assert (await one.request("issuelens/getIssue", {"id": urgent[:-1]}))["title"] == "urgent"
        with pytest.raises(Exception, match="query, column 10: there is no field 'labell'"):
            await titles(one, "is:ready  labell:ui".replace("  ", " "))


async def test_a_query_about_the_code_sees_what_was_just_written(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    async with editor(root) as one:
        issue_id = await made(one, "x")
        assert await titles(one, "has:todo") == []
        (root / "new.py").write_text(f"# TODO({issue_id}): now it stands here\n")
        assert await titles(one, "has:todo") == ["x"]
        (root / "new.py").unlink()
        assert await titles(one, "has:reference") == []
