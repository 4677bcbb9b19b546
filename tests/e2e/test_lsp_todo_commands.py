"""Linking, completing and extracting TODOs: what the person is asked, what happens to the issue and to the text."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcException
from tests.support.lsp import Editor, editor
from tests.support.syncing import by_hand
from tests.support.workspaces import cli, cli_json, project

from issuelens.workspace import require_workspace

APPLY = types.WORKSPACE_APPLY_EDIT


async def _made(root: Path, title: str = "Round half up") -> str:
    return str((await cli_json(root, "create", title))["id"])


async def _changed(one: Editor, uri: str, command: str, **argument: Any) -> str:
    """The text after a command has had it changed."""
    since = one.mark()
    await one.run(command, {"uri": uri, "version": one.versions[uri], **argument})
    await one.hear(APPLY, since=since)
    return one.texts[uri]


async def test_link_by_choice_and_by_id(tmp_path: Path, patient_daemon: None) -> None:
    root = project(tmp_path / "p")
    wanted, other = await _made(root, "Rounding of taxes"), await _made(root, "Something else")
    async with editor(root) as one:
        uri = one.open(root / "main.py", "# TODO: rounding\n# FIXME: b\n")
        one.press["Which issue"] = f"{wanted} Rounding of taxes"
        assert await _changed(one, uri, "linkTodo", line=0) == f"# TODO({wanted}): rounding\n# FIXME: b\n"
        assert (await _changed(one, uri, "linkTodo", line=1, id=other)).endswith(f"# FIXME({other}): b\n")
        with pytest.raises(JsonRpcException, match="has its issue already"):
            await one.run("linkTodo", {"uri": uri, "line": 1, "id": wanted})
        one.type(uri, "# TODO: c\n")
        with pytest.raises(JsonRpcException, match="There is no issue app-zzzz9"):
            await one.run("linkTodo", {"uri": uri, "line": 0, "id": "app-zzzz9"})
        one.press.clear()
        assert await one.run("linkTodo", {"uri": uri, "line": 0}) is None
    cli(root, "daemon", "stop")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a = 1\n# TODO(ID): x\n#   more\nb = 2\n", "a = 1\nb = 2\n"),
        ("a = 1  # TODO(ID): x\nb = 2\n", "a = 1\nb = 2\n"),
        ("# see: TODO(ID): x\nb = 2\n", "# see:\nb = 2\n"),
        ("    # TODO(ID): x\n\n    # another remark\n", "\n    # another remark\n"),
    ],
)
async def test_complete_closes_and_removes_the_comment(
    before: str, after: str, tmp_path: Path, patient_daemon: None
) -> None:
    root = project(tmp_path / "p")
    issue_id = await _made(root)
    async with editor(root) as one:
        text = before.replace("ID", issue_id)
        uri = one.open(root / "main.py", text)
        line = text[: text.index("TODO")].count("\n")
        assert await _changed(one, uri, "completeTodo", line=line, reason="Done.") == after
        shown = await cli_json(root, "show", issue_id)
        assert (shown["status"], shown["close_reason"]) == ("closed", "Done.")
    cli(root, "daemon", "stop")


MEANWHILE = {
    "createIssueFromTodo": ("# TODO: x\n#   more\n", "# TODO(ID): x\n#   more\n"),
    "linkTodo": ("# TODO: x\n#   more\n", "# TODO(OTHER): x\n#   more\n"),
    "completeTodo": ("# TODO(OTHER): x\n#   more\n", ""),
    "extractTodo": ("# TODO(OTHER): x\n#   more\n", "# TODO(OTHER): x\n"),
    "createIssuesFromTodos": ("# TODO: x\n# FIXME(OTHER): y\n", "# TODO(ID): x\n# FIXME(OTHER): y\n"),
}
"""Of each command: the text before and after it."""


async def _run_and_type(one: Editor, root: Path, command: str, typed: Callable[[str], None]) -> tuple[str, str]:
    """Runs a command, in the midst of which something is typed; the URI, and what the text is to be."""
    other = await _made(root)
    before, after = (text.replace("OTHER", other) for text in MEANWHILE[command])
    uri = one.open(root / f"{command}.py", f"{before}y = 2\n")
    await one.titles(uri)
    argument = {"uri": uri, "line": 0, "version": one.versions[uri], "id": other if command == "linkTodo" else None}
    asked = one.client.workspace_execute_command(types.ExecuteCommandParams(f"issuelens.server.{command}", [argument]))
    typed(uri)
    found = await asyncio.wrap_future(asked)
    first = found[0] if isinstance(found, list) else found
    return uri, f"new = 0\n\n{after}y = 2\n".replace("ID", first["id"])


@pytest.mark.parametrize("command", MEANWHILE)
async def test_what_is_typed_while_a_command_works(command: str, tmp_path: Path, patient_daemon: None) -> None:
    root = project(tmp_path / "p")
    async with editor(root) as one:
        since = one.mark()
        uri, wanted = await _run_and_type(one, root, command, lambda uri: one.type(uri, f"new = 0\n\n{one.texts[uri]}"))
        await _until(one, uri, wanted, since)
    cli(root, "daemon", "stop")


@pytest.mark.parametrize("command", MEANWHILE)
async def test_what_is_typed_while_the_edit_is_on_its_way(command: str, tmp_path: Path, patient_daemon: None) -> None:
    root = project(tmp_path / "p")
    async with editor(root) as one:

        def typed(uri: str) -> None:
            one.before_edit = lambda: one.type(uri, f"new = 0\n\n{one.texts[uri]}")

        since = one.mark()
        uri, wanted = await _run_and_type(one, root, command, typed)
        await _until(one, uri, wanted, since)
        assert [name for name, _ in one.heard[since:] if name in (APPLY, types.WINDOW_SHOW_MESSAGE)] == [APPLY, APPLY]
    cli(root, "daemon", "stop")


async def _until(one: Editor, uri: str, wanted: str, since: int) -> None:
    """Waits for edits until the text is this one."""
    while one.texts[uri] != wanted:
        mark = one.mark()
        await one.hear(APPLY, since=since)
        since = mark


async def test_a_refused_removal_can_be_taken_back(tmp_path: Path, patient_daemon: None) -> None:
    root = project(tmp_path / "p")
    issue_id = await _made(root)
    async with editor(root) as one:
        uri = one.open(root / "main.py", f"# TODO({issue_id}): x\n")
        one.refuse_edits = "read only"
        one.press["Reopen"] = "Reopen"
        since = one.mark()
        await one.run("completeTodo", {"uri": uri, "line": 0})
        told = await one.hear(types.WINDOW_SHOW_MESSAGE, since=since)
        assert told.message == f"{issue_id} is closed, but its comment could not be removed (read only)."
        await one.hear(types.WINDOW_SHOW_MESSAGE_REQUEST, since=since)
        while (await cli_json(root, "show", issue_id))["status"] == "closed":
            await one.hear("issuelens/didChangeIssues", since=since)
        one.type(uri, "# TODO: x\n")
        with pytest.raises(JsonRpcException, match="has no issue to be closed"):
            await one.run("completeTodo", {"uri": uri, "line": 0})
    cli(root, "daemon", "stop")


async def test_further_lines_move_into_the_description(tmp_path: Path, patient_daemon: None) -> None:
    root = project(tmp_path / "p")
    issue_id = await _made(root)
    async with editor(root) as one:
        uri = one.open(root / "main.py", f"# TODO({issue_id}): x\n#   second\n#   third\ny = 1\n")
        assert await _changed(one, uri, "extractTodo", line=0) == f"# TODO({issue_id}): x\ny = 1\n"
        assert (await cli_json(root, "show", issue_id))["description"] == "second\nthird"
        with pytest.raises(JsonRpcException, match="no further lines"):
            await one.run("extractTodo", {"uri": uri, "line": 0})
    cli(root, "daemon", "stop")


async def test_issues_of_all_todos_of_a_file(tmp_path: Path, patient_daemon: None) -> None:
    root = project(tmp_path / "p")
    known = await _made(root)
    async with editor(root) as one:
        uri = one.open(root / "main.py", f"# TODO: a\n# TODO({known}): b\n# FIXME: c\n")
        since = one.mark()
        made = await one.run("createIssuesFromTodos", {"uri": uri})
        await one.hear(APPLY, since=since)
        first, second = (issue["id"] for issue in made)
        assert one.texts[uri] == f"# TODO({first}): a\n# TODO({known}): b\n# FIXME({second}): c\n"
        assert await one.run("createIssuesFromTodos", {"uri": uri}) == []
    cli(root, "daemon", "stop")


async def test_sync_brings_the_shared_file_in(tmp_path: Path, patient_daemon: None) -> None:
    root = project(tmp_path / "p")
    by_hand(require_workspace(root))
    issue_id = await _made(root)
    async with editor(root) as one:
        report = await one.run("sync", {})
        assert (report["exported"], report["wrote"]) == (1, True)
        assert issue_id in (root / ".issues" / "issues.jsonl").read_text()
        told = await one.hear(types.WINDOW_SHOW_MESSAGE)
        assert told.message == "From issues.jsonl: no issues. It has 1 now."
    cli(root, "daemon", "stop")
