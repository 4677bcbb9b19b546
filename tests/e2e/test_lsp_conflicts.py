"""What both sides of a merge had changed is told in issues.jsonl, and settled there."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types
from tests.support.lsp import Editor, editor
from tests.support.workspaces import cli, cli_json, project

from issuelens.ipc import methods, oneshot
from issuelens.workspace import Workspace

SETTINGS = 'prefix = "app"\n[sync]\nautomatic = false\n'


def in_conflict(root: Path) -> str:
    """A workspace with an issue of which both sides have changed the title."""
    project(root)
    (root / ".issues" / "config.toml").write_text(SETTINGS)
    issue = str(json.loads(cli(root, "create", "one", "--json"))["id"])
    cli(root, "create", "another")
    cli(root, "sync")
    cli(root, "update", issue, "--title", "ours")
    file = root / ".issues" / "issues.jsonl"
    old = file.read_text()
    shapes = [json.loads(line) for line in old.splitlines()]
    theirs = {"title": "theirs", "updated_at": "2001-01-01T00:00:00Z"}
    changed = [one | theirs if one["id"] == issue else one for one in shapes]
    file.write_text("".join(json.dumps(one) + "\n" for one in changed))
    cli(root, "sync")
    return issue


@asynccontextmanager
async def opened(root: Path) -> AsyncIterator[tuple[Editor, str, int]]:
    """An editor with the file, and the line of the first issue of which something is said."""
    async with editor(root) as one:
        uri = one.open(root / ".issues" / "issues.jsonl", language_id="jsonl")
        [told] = await one.diagnostics(uri, count=1)
        yield one, uri, told.range.start.line
    cli(root, "daemon", "stop")


async def actions(one: Editor, uri: str, line: int, *kinds: types.CodeActionKind) -> dict[str, types.CodeAction]:
    place = types.Range(types.Position(line, 0), types.Position(line, 0))
    context = types.CodeActionContext(diagnostics=await one.diagnostics(uri), only=list(kinds) or None)
    params = types.CodeActionParams(types.TextDocumentIdentifier(uri), place, context)
    found = await one.client.text_document_code_action_async(params) or []
    return {action.title: action for action in found if isinstance(action, types.CodeAction)}


async def test_a_conflict_is_told_on_its_line_and_settled_there(tmp_path: Path) -> None:
    root = tmp_path / "p"
    issue = in_conflict(root)
    async with opened(root) as (one, uri, line):
        assert json.loads(one.texts[uri].splitlines()[line])["id"] == issue
        [told] = await one.diagnostics(uri)
        assert (told.code, told.severity) == ("conflict", types.DiagnosticSeverity.Information)
        assert told.message == (
            f'{issue}: both sides had changed title; "ours" (mine) stays, "theirs" (theirs) does not.'
        )
        found = await actions(one, uri, line)
        assert list(found) == [
            'Keep mine: title "ours"',
            'Take theirs: title "theirs"',
            "Dismiss the conflict about title",
            f"Edit {issue}",
        ]
        assert await actions(one, uri, 1 - line) == {}
        assert await actions(one, uri, line, types.CodeActionKind.Source) == {}
        taken = found['Take theirs: title "theirs"'].command
        assert taken is not None
        assert [each.code for each in found['Take theirs: title "theirs"'].diagnostics or ()] == ["conflict"]
        since = one.mark()
        changed = await one.run(taken.command, *(taken.arguments or ()))
        assert changed["title"] == "theirs"
        await one.hear("issuelens/didChangeIssues", since=since)
        assert await one.diagnostics(uri, since) == []
        assert await actions(one, uri, line) == {}
        since = one.mark()
        await one.run("undo", {})
        assert [each.code for each in await one.diagnostics(uri, since)] == ["conflict"]


async def test_what_was_settled_elsewhere_is_told_no_more(tmp_path: Path) -> None:
    root = tmp_path / "p"
    issue = in_conflict(root)
    async with opened(root) as (one, uri, _):
        source = one.open(root / "main.py", f"# TODO({issue}): x\n")
        assert r"Changed on both sides of a merge\: title" in str(await one.hover(source, 0, 9))
        since = one.mark()
        await cli_json(root, "conflicts", "settle", issue, "--dismiss")
        await one.hear("issuelens/didChangeIssues", since=since)
        assert await one.diagnostics(uri, since) == []
        assert "Changed on both sides" not in str(await one.hover(source, 0, 9))


async def test_the_panel_the_tab_and_the_state_have_it_until_it_is_settled(tmp_path: Path) -> None:
    root = tmp_path / "p"
    issue = in_conflict(root)

    async def rows(one: Editor, of: str | None = None, group_by: str = "status") -> list[dict[str, Any]]:
        asked = {"groupBy": group_by, "levels": [{"of": of}]}
        found = await one.request("issuelens/issueTree", asked)
        return list(found["levels"][0]["rows"])

    async def open_ones(one: Editor) -> int:
        [found] = await one.request("issuelens/workspaces", {})
        return int(found["sync"]["conflicts"])

    async with opened(root) as (one, _, _):
        for group_by in ("status", "none"):
            first, *others = await rows(one, group_by=group_by)
            assert first == {"kind": "conflicts", "key": "conflicts", "count": 1}
            assert {each["kind"] for each in others} <= {"group", "issue"}
        [row] = await rows(one, "conflicts")
        expected = {"kind": "conflict", "key": f"conflict {row['number']}", "title": "ours", "id": issue}
        expected |= {"field": "title", "kept": "ours", "other": "theirs", "mine": "kept"}
        assert {name: row[name] for name in expected} == expected
        details = await one.request("issuelens/issueDetails", {"id": issue})
        assert [(each["number"], each["other"]) for each in details["conflicts"]] == [(row["number"], "theirs")]
        assert await open_ones(one) == 1
        since = one.mark()
        await one.run("settleConflict", {"id": issue, "number": row["number"], "take": "theirs"})
        await one.hear("issuelens/didChangeWorkspaces", since=since)
        assert await open_ones(one) == 0
        assert [each["kind"] for each in await rows(one) if each["kind"] == "conflicts"] == []
        assert await rows(one, "conflicts") == []
        assert (await one.request("issuelens/issueDetails", {"id": issue}))["conflicts"] == []


async def test_an_editor_that_comes_later_knows_when_it_was_synced(tmp_path: Path, patient_daemon: None) -> None:
    root = project(tmp_path / "p")
    (root / ".issues" / "config.toml").write_text('prefix = "app"\n[sync]\ndelay-seconds = 0.01\n')
    cli(root, "create", "one")
    space = Workspace(root, root / ".issues")
    at = oneshot.call_or_start(space, methods.SETTLE, {})["at"]
    assert at is not None
    async with editor(root) as one:
        [found] = await one.request("issuelens/workspaces", {})
        assert found["sync"] == {"running": False, "at": at, "conflicts": 0, "problem": None}
    cli(root, "daemon", "stop")


@pytest.mark.parametrize("level", ["off", "warning"])
async def test_how_it_is_told_is_a_setting(tmp_path: Path, level: str) -> None:
    root = tmp_path / "p"
    in_conflict(root)
    (root / ".issues" / "config.toml").write_text(f'{SETTINGS}[diagnostics]\nconflict = "{level}"\n')
    async with editor(root) as one:
        uri = one.open(root / ".issues" / "issues.jsonl", language_id="jsonl")
        found = [each.severity for each in await one.diagnostics(uri)]
        assert found == ([] if level == "off" else [types.DiagnosticSeverity.Warning])
    cli(root, "daemon", "stop")


async def test_what_git_has_left_is_merged_by_an_action(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    (root / ".issues" / "config.toml").write_text(SETTINGS)
    cli(root, "create", "one")
    cli(root, "sync")
    file = root / ".issues" / "issues.jsonl"
    [line] = file.read_text().splitlines()
    ours, theirs = (
        json.dumps(json.loads(line) | {"title": title, "updated_at": at})
        for title, at in (("mine", "2097-01-01T00:00:00Z"), ("theirs", "2098-01-01T00:00:00Z"))
    )
    file.write_text(f"<<<<<<< HEAD\n{ours}\n=======\n{theirs}\n>>>>>>> topic\n")
    async with editor(root) as one:
        uri = one.open(file, language_id="jsonl")
        told = await one.diagnostics(uri)
        assert "“Merge both sides” (`issuelens sync --no-git`)" in told[0].message
        found = await actions(one, uri, 0)
        assert list(found) == ["Merge both sides"]
        command = found["Merge both sides"].command
        assert command is not None
        report = await one.run(command.command, *(command.arguments or ()))
        assert (report["wrote"], len(report["conflicts"])) == (True, 1)
    assert [json.loads(one)["title"] for one in file.read_text().splitlines()] == ["theirs"]
    assert [one["other"] for one in await cli_json(root, "conflicts")] == ["mine"]
    cli(root, "daemon", "stop")
