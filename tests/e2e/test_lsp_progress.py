"""Long work of an editor is shown, and stops where nothing is half-done: by its button, or with its request."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcException
from tests.support.lsp import Editor, capabilities, editor
from tests.support.lsp_todos import held_up
from tests.support.workspaces import cli, cli_json, daemon_pid, project

APPLY, MESSAGE, PROGRESS = types.WORKSPACE_APPLY_EDIT, types.WINDOW_SHOW_MESSAGE, types.PROGRESS
COUNT = 5
TOKEN = 7


@contextmanager
def _held(root: Path) -> Iterator[Callable[[], None]]:
    """A daemon that answers nothing until it is let go."""
    pid = daemon_pid(root)
    os.kill(pid, signal.SIGSTOP)
    try:
        yield lambda: os.kill(pid, signal.SIGCONT)
    finally:
        os.kill(pid, signal.SIGCONT)


def _begun(one: Editor, command: str, argument: dict[str, Any], token: int | None = None, number: str = "c") -> Any:
    """A command that was sent."""
    if token is not None:
        one.progress[token] = []
    params = types.ExecuteCommandParams(f"issuelens.server.{command}", [argument], token)
    return asyncio.wrap_future(one.client.protocol.send_request(types.WORKSPACE_EXECUTE_COMMAND, params, msg_id=number))


async def _until_shown(one: Editor, since: int, words: str) -> Any:
    """What the progress with these words began with; what was sent before is worked on by then."""
    told: list[Any] = []
    while not told:
        mark = one.mark()
        await one.hear(PROGRESS, since=since)
        told = [values[0] for values in one.progress.values() if values and words in values[0].get("title", "")]
        since = mark
    await one.status()
    return told[0]


async def _with_todos(one: Editor, root: Path) -> tuple[str, str]:
    """An open file with TODOs without issues: its URI and its text."""
    text = "".join(f"# TODO: number {number}\n" for number in range(COUNT))
    uri = one.open(root / "main.py", text)
    assert len(await one.titles(uri)) == COUNT
    return uri, text


async def test_a_person_stops_between_two_issues(tmp_path: Path, patient_daemon: None) -> None:
    root = project(tmp_path / "p")
    async with editor(root) as one:
        uri, text = await _with_todos(one, root)
        one.cancels_progress = "Creating"
        since = one.mark()
        with _held(root) as let_go:
            asked = _begun(one, "createIssuesFromTodos", {"uri": uri})
            begin = await _until_shown(one, since, "Creating")
            assert (begin["title"], begin["cancellable"], begin["percentage"], begin["message"]) == (
                "Creating issues of main.py", True, 0, f"0 of {COUNT} issues",
            )  # fmt: skip
            let_go()
            [made] = await asked
        await one.hear(APPLY, since=since)
        assert one.texts[uri] == text.replace("TODO: number 0", f"TODO({made['id']}): number 0")
        told = await one.hear(MESSAGE, since=since)
        assert told.message == (
            f"main.py: Stopped. Issues were created from 1 of {COUNT} TODOs. The others are as they were."
        )
        assert [issue["id"] for issue in await cli_json(root, "list")] == [made["id"]]
        assert [value["kind"] for value in one.progress.popitem()[1]] == ["begin", "end"]
        one.cancels_progress = None
        assert len(await one.run("createIssuesFromTodos", {"uri": uri})) == COUNT - 1
    cli(root, "daemon", "stop")


async def test_a_cancelled_request_is_answered_with_what_was_made(tmp_path: Path, patient_daemon: None) -> None:
    root = project(tmp_path / "p")
    offered = capabilities()
    # The token that comes with a request needs no permission to be told of.
    offered.window = None
    async with editor(root, offered=offered) as one:
        uri, text = await _with_todos(one, root)
        since = one.mark()
        with _held(root) as let_go:
            asked = _begun(one, "createIssuesFromTodos", {"uri": uri}, TOKEN)
            await _until_shown(one, since, "Creating")
            one.client.cancel_request(types.CancelParams("c"))
            await one.status()
            let_go()
            [made] = await asked
        await one.hear(APPLY, since=since)
        assert one.texts[uri] == text.replace("TODO: number 0", f"TODO({made['id']}): number 0")
        assert len(await cli_json(root, "list")) == 1
        assert [value["kind"] for value in one.progress[TOKEN]] == ["begin", "end"]
    cli(root, "daemon", "stop")


async def test_a_cancelled_change_of_one_issue_is_done_whole(tmp_path: Path, patient_daemon: None) -> None:
    root = project(tmp_path / "p")
    issue_id = (await cli_json(root, "create", "Round"))["id"]
    async with editor(root) as one:
        uri = one.open(root / "main.py", f"# TODO({issue_id}): x\n#   more\n")
        await one.titles(uri)
        since = one.mark()
        with _held(root) as let_go:
            asked = _begun(one, "extractTodo", {"uri": uri, "line": 0})
            await _until_shown(one, since, "Moving text")
            one.client.cancel_request(types.CancelParams("c"))
            await one.status()
            let_go()
            assert (await asked)["description"] == "more"
        await one.hear(APPLY, since=since)
        assert one.texts[uri] == f"# TODO({issue_id}): x\n"
    cli(root, "daemon", "stop")


async def test_todos_that_are_refused_keep_no_other_from_its_issue(tmp_path: Path, patient_daemon: None) -> None:
    root = project(tmp_path / "p")
    async with editor(root) as one:
        uri = one.open(root / "main.py", "# TODO: a\n# TODO: \x07b\n# FIXME: c\n")
        since = one.mark()
        made = await one.run("createIssuesFromTodos", {"uri": uri})
        await one.hear(APPLY, since=since)
        first, second = (issue["id"] for issue in made)
        assert one.texts[uri] == f"# TODO({first}): a\n# TODO: \x07b\n# FIXME({second}): c\n"
        told = await one.hear(MESSAGE, since=since)
        assert told.message.startswith("main.py: Issues were created from 2 of 3 TODOs. Line 2: title: it holds")
        with pytest.raises(JsonRpcException, match="title: it holds"):
            await one.run("createIssuesFromTodos", {"uri": uri})
    cli(root, "daemon", "stop")


async def test_what_can_not_be_stopped_is_shown_without_a_button(tmp_path: Path, patient_daemon: None) -> None:
    root = project(tmp_path / "p")
    async with editor(root) as one:
        await one.run("sync", {})
        since = one.mark()
        with _held(root) as let_go:
            asked = _begun(one, "sync", {})
            begin = await _until_shown(one, since, "Bringing")
            let_go()
            await asked
        assert (begin["title"], begin["cancellable"]) == ("Bringing issues.jsonl and the tracker together", False)
    cli(root, "daemon", "stop")


def _renaming(one: Editor, uri: str, new: str) -> Any:
    params = types.RenameParams(types.TextDocumentIdentifier(uri), types.Position(0, 9), new)
    return asyncio.wrap_future(one.client.text_document_rename(params))


def _to_be_merged(one: Editor, root: Path, issue_id: str) -> str:
    """A file that is open and names an issue, which the person will say is another one's; its URI."""
    one.press["are two issues"] = "Merge"
    return one.open(root / "main.py", f"# TODO({issue_id}): x\n")


async def _two_issues(root: Path) -> list[str]:
    """The ids of two new issues."""
    return [(await cli_json(root, "create", title))["id"] for title in ("a", "b")]


async def test_renaming_stops_before_anything_is_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, patient_daemon: None
) -> None:
    root, slow = await held_up(tmp_path, monkeypatch, initialised=True)
    first, second = await _two_issues(root)
    async with editor(root) as one:
        uri = _to_be_merged(one, root, first)
        one.cancels_progress = "Renaming"
        asked = _renaming(one, uri, second)
        assert (await _until_shown(one, 0, "Renaming"))["title"] == f"Renaming {first}"
        slow.let_go()
        with pytest.raises(JsonRpcException, match=r"Stopped\. Nothing was renamed"):
            await asked
        assert (await cli_json(root, "show", first))["id"] == first
    cli(root, "daemon", "stop")


async def test_nothing_is_renamed_where_not_every_place_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, patient_daemon: None
) -> None:
    root, slow = await held_up(tmp_path, monkeypatch, initialised=True)
    first, second = await _two_issues(root)
    async with editor(root) as one:
        uri = _to_be_merged(one, root, first)
        one.cancels_progress = "Reading TODOs"
        with pytest.raises(JsonRpcException, match=r"cancelled.*Nothing was renamed"):
            await asyncio.wait_for(_renaming(one, uri, second), 30)
        assert (await cli_json(root, "show", first))["id"] == first
        one.cancels_progress = None
        slow.let_go()
        assert await asyncio.wait_for(_renaming(one, uri, second), 30) is not None
        assert (await cli_json(root, "show", first))["id"] == second
    cli(root, "daemon", "stop")


async def test_renaming_that_stops_after_the_merge_says_so(tmp_path: Path, patient_daemon: None) -> None:
    root = project(tmp_path / "p")
    first, second = await _two_issues(root)
    async with editor(root) as one:
        uri = one.open(root / "main.py", f"# TODO({first}): x\n")
        await one.todos()
        one.press["are two issues"] = "Merge"
        one.cancels_progress = "Renaming"
        since = one.mark()
        with _held(root) as let_go:
            asked = _renaming(one, uri, second)
            await _until_shown(one, since, "Renaming")
            let_go()
            with pytest.raises(JsonRpcException, match=f"{first} is merged into {second}; the references stay"):
                await asked
        assert (await cli_json(root, "show", first))["id"] == second
    cli(root, "daemon", "stop")
