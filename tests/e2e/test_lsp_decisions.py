"""Questions about issues that an editor shows until they are answered; and how a sync went, for whoever shows it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcException
from tests.support.lsp import Editor, capabilities, editor
from tests.support.workspaces import cli, cli_json, project


def patient() -> types.ClientCapabilities:
    offered = capabilities()
    offered.experimental = {"issuelens": {"choose": True}}
    return offered


def answering(one: Editor, answers: list[Any]) -> list[Any]:
    """Answers the questions one after the other; what was asked."""
    asked: list[Any] = []

    def choose(params: Any) -> Any:
        asked.append(params)
        answer = answers.pop(0)
        return params.choices[answer] if isinstance(answer, int) else answer

    one.client.feature("issuelens/choose")(choose)
    return asked


async def test_two_issues_are_made_one_only_when_that_is_chosen(tmp_path: Path, patient_daemon: None) -> None:
    root = project(tmp_path / "p")
    async with editor(root, offered=patient()) as one:
        first, second = [(await one.run("createIssue", {"title": title}))["id"] for title in ("Prices", "Taxes")]
        uri = one.open(root / "a.py", f"# TODO({first}): prices\n")
        asked = answering(one, [None, "Cancel", "something else", "Only the references", "Merge"])
        rename = types.RenameParams(types.TextDocumentIdentifier(uri), types.Position(0, 9), second)
        # Closed, or answered with what is no choice, it changes nothing.
        for _ in range(3):
            assert await one.client.text_document_rename_async(rename) is None
        assert await one.client.text_document_rename_async(rename) is not None
        assert (await cli_json(root, "show", first))["id"] == first
        assert await one.client.text_document_rename_async(rename) is not None
        assert (await cli_json(root, "show", first))["id"] == second
        assert asked[0].choices == ["Merge", "Only the references"]
        assert asked[0].leave == "Cancel"
        assert asked[0].isList is False
    cli(root, "daemon", "stop")


async def test_which_issue_a_todo_is_about_is_chosen_from_a_list(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    async with editor(root, offered=patient()) as one:
        first = (await one.run("createIssue", {"title": "Round half up"}))["id"]
        uri = one.open(root / "a.py", "# TODO: round half up\n")
        asked = answering(one, [None, 0])
        assert await one.run("linkTodo", {"uri": uri, "line": 0}) is None
        assert one.texts[uri] == "# TODO: round half up\n"
        assert (await one.run("linkTodo", {"uri": uri, "line": 0}))["id"] == first
        await one.hear(types.WORKSPACE_APPLY_EDIT)
        assert one.texts[uri] == f"# TODO({first}): round half up\n"
        assert [one.isList for one in asked] == [True, True]


async def test_it_is_told_when_the_tracker_and_issues_jsonl_were_brought_together(tmp_path: Path) -> None:
    root = project(tmp_path / "p")

    async def state(one: Editor) -> Any:
        [found] = await one.request("issuelens/workspaces", {})
        return found["sync"]

    async with editor(root) as one:
        assert await state(one) == {"running": False, "at": None, "conflicts": 0, "problem": None}
        mark = one.mark()
        await one.run("sync", {})
        await one.hear("issuelens/didChangeWorkspaces", since=mark)
        done = await state(one)
        assert done == {"running": False, "at": done["at"], "conflicts": 0, "problem": None}
        assert done["at"].endswith("Z")
        # Somebody else changes the file, and brings it in.
        made = await one.run("createIssue", {"title": "Prices"})
        cli(root, "sync")
        text = (root / ".issues" / "issues.jsonl").read_text()
        (root / ".issues" / "issues.jsonl").write_text(text.replace("Prices", "Prices in euro"))
        mark = one.mark()
        cli(root, "sync")
        await one.hear("issuelens/didChangeWorkspaces", since=mark)
        later = await state(one)
        assert later["at"] > done["at"]
        assert (await one.request("issuelens/getIssue", {"id": made["id"]}))["title"] == "Prices in euro"


async def test_a_sync_that_failed_says_why_until_one_is_done(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    file = root / ".issues" / "issues.jsonl"
    async with editor(root) as one:
        file.unlink(missing_ok=True)
        file.mkdir()
        with pytest.raises(JsonRpcException, match="it is no ordinary file"):
            await one.run("sync", {})
        [found] = await one.request("issuelens/workspaces", {})
        assert str(file) in found["sync"]["problem"]
        assert found["sync"]["running"] is False
        file.rmdir()
        await one.run("sync", {})
        [found] = await one.request("issuelens/workspaces", {})
        assert found["sync"]["problem"] is None


async def test_places_of_an_issue_are_in_the_columns_of_the_editor(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    async with editor(root) as one:
        first = (await one.run("createIssue", {"title": "Prices"}))["id"]
        (root / "closed.py").write_text(f"x = '😀'  # see {first}\n")
        uri = one.open(root / "open.py", f"# 😀 TODO({first}): prices\n")
        found = await one.request("issuelens/issuePlaces", {"id": first})
        places = {(place["uri"], place["range"]["start"]["character"]) for place in found}
        # The face counts twice.
        assert places == {((root / "closed.py").as_uri(), 16), (uri, 10)}
