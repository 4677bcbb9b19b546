"""Issues as documents: opened, saved, changed by others, made anew."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcException
from tests.support.issue_documents import showing
from tests.support.lsp import DEADLINE_SECONDS, Editor, editor
from tests.support.workspaces import cli, cli_json, project

APPLY = types.WORKSPACE_APPLY_EDIT


async def _made(root: Path, title: str = "Round half up") -> Any:
    return await cli_json(root, "create", title, "-d", "The description.")


async def _opened(one: Editor, root: Path, issue_id: str) -> str:
    """Opens the document of an issue as an editor does that is told to show it."""
    since = one.mark()
    await one.run("showIssue", {"id": issue_id})
    shown = await one.hear(types.WINDOW_SHOW_DOCUMENT, since=since)
    path = root / ".issues" / "edit" / f"{issue_id}.md"
    assert shown.uri == path.as_uri()
    assert path.stat().st_mode & 0o777 == 0o600
    uri = one.open(path, language_id="markdown")
    await one.request("issuelens/settled", {})
    return uri


def _saved(one: Editor, uri: str, text: str, root: Path) -> None:
    one.type(uri, text)
    Path(uri.removeprefix("file://")).write_text(text)
    one.save(uri)


async def _closed(one: Editor, uri: str, issue_id: str) -> None:
    """Closes a document and waits until its file was looked at: what is asked then is answered by the same threads."""
    one.close(uri)
    for _ in range(3):
        await one.request("issuelens/getIssue", {"id": issue_id})
    await one.todos()


async def test_a_saved_document_changes_its_issue(tmp_path: Path, patient_daemon: None) -> None:
    root = project(tmp_path / "p")
    issue = await _made(root)
    async with editor(root, offered=showing()) as one:
        uri = await _opened(one, root, issue["id"])
        since = one.mark()
        _saved(
            one,
            uri,
            one.texts[uri].replace("Round half up", "Round half to even").replace("labels: []", "labels: [a]"),
            root,
        )
        await one.hear("issuelens/didChangeIssues", since=since)
        now = await cli_json(root, "show", issue["id"])
        assert (now["title"], now["labels"]) == ("Round half to even", ["a"])
        # Twice, since the document still has the moment it was made at.
        since = one.mark()
        _saved(one, uri, one.texts[uri].replace("half to even", "down"), root)
        await one.hear("issuelens/didChangeIssues", since=since)
        assert (await cli_json(root, "show", issue["id"]))["title"] == "Round down"
        one.close(uri)
        async with asyncio.timeout(DEADLINE_SECONDS):
            while (root / ".issues" / "edit" / f"{issue['id']}.md").exists():
                await one.todos()
    cli(root, "daemon", "stop")


async def test_what_others_change_comes_into_an_open_document(tmp_path: Path, patient_daemon: None) -> None:
    root = project(tmp_path / "p")
    issue = await _made(root)
    async with editor(root, offered=showing()) as one:
        uri = await _opened(one, root, issue["id"])
        since = one.mark()
        cli(root, "update", issue["id"], "--priority", "0")
        await one.hear(APPLY, since=since)
        assert "\npriority: 0\n" in one.texts[uri]
    cli(root, "daemon", "stop")


async def test_changes_of_different_fields_are_merged(tmp_path: Path, patient_daemon: None) -> None:
    root = project(tmp_path / "p")
    issue = await _made(root)
    async with editor(root, offered=showing()) as one:
        uri = await _opened(one, root, issue["id"])
        one.type(uri, one.texts[uri].replace("The description.", "Mine."))
        since = one.mark()
        cli(root, "update", issue["id"], "--title", "Theirs")
        await one.hear("issuelens/didChangeIssues", since=since)
        since = one.mark()
        _saved(one, uri, one.texts[uri], root)
        await one.hear(APPLY, since=since)
        now = await cli_json(root, "show", issue["id"])
        assert (now["title"], now["description"]) == ("Theirs", "Mine.")
        assert "title: Theirs" in one.texts[uri]
    cli(root, "daemon", "stop")


async def test_the_same_field_is_asked_about(tmp_path: Path, patient_daemon: None) -> None:
    root = project(tmp_path / "p")
    issue = await _made(root)
    async with editor(root, offered=showing()) as one:
        uri = await _opened(one, root, issue["id"])
        text = one.texts[uri].replace("Round half up", "Mine")
        one.type(uri, text)
        cli(root, "update", issue["id"], "--title", "Theirs")
        since = one.mark()
        _saved(one, uri, text, root)
        asked = await one.hear(types.WINDOW_SHOW_MESSAGE_REQUEST, since=since)
        assert asked.message == (
            f"{issue['id']}: title was changed by somebody else meanwhile. Your text is kept until you choose."
        )
        await one.request("issuelens/settled", {})
        assert (await cli_json(root, "show", issue["id"]))["title"] == "Theirs"
        assert one.texts[uri] == text
        one.press["somebody else"] = "Keep mine"
        since = one.mark()
        _saved(one, uri, text, root)
        await one.hear("issuelens/didChangeIssues", since=since)
        assert (await cli_json(root, "show", issue["id"]))["title"] == "Mine"
    cli(root, "daemon", "stop")


async def test_what_can_not_be_taken_is_told_and_kept(tmp_path: Path, patient_daemon: None) -> None:
    root = project(tmp_path / "p")
    issue = await _made(root)
    async with editor(root, offered=showing()) as one:
        uri = await _opened(one, root, issue["id"])
        for old, new, told in (
            ("priority: 2", "priority: 9", "priority"),
            ("title: Round half up", "title:", "title: it is empty"),
            (f"id: {issue['id']}", "id: app-zzzz", "app-zzzz"),
        ):
            since = one.mark()
            _saved(one, uri, one.texts[uri].replace(old, new), root)
            message = (await one.hear(types.WINDOW_SHOW_MESSAGE, since=since)).message
            assert told in message
            assert message.endswith("Your text is kept; save it again.")
            one.type(uri, one.texts[uri].replace(new, old))
        one.type(uri, one.texts[uri].replace("Round half up", "A draft"))
        Path(uri.removeprefix("file://")).write_text(one.texts[uri])
        await _closed(one, uri, issue["id"])
        assert (root / ".issues" / "edit" / f"{issue['id']}.md").exists(), "a draft is never removed"
        assert (await cli_json(root, "show", issue["id"]))["title"] == "Round half up"
    cli(root, "daemon", "stop")


async def test_a_new_document_makes_an_issue(tmp_path: Path, patient_daemon: None) -> None:
    root = project(tmp_path / "p")
    async with editor(root, offered=showing()) as one:
        made = await one.run("newIssue", {})
        path = Path(made["uri"].removeprefix("file://"))
        uri = one.open(path, language_id="markdown")
        since = one.mark()
        _saved(one, uri, one.texts[uri], root)
        assert "write one to create the issue" in (await one.hear(types.WINDOW_SHOW_MESSAGE, since=since)).message
        since = one.mark()
        _saved(one, uri, one.texts[uri].replace("title:", "title: Taxes").replace("priority: 2", "priority: 1"), root)
        shown = await one.hear(types.WINDOW_SHOW_DOCUMENT, since=since)
        [issue] = await cli_json(root, "list")
        assert (issue["title"], issue["priority"]) == ("Taxes", 1)
        assert shown.uri.endswith(f"/{issue['id']}.md")
        async with asyncio.timeout(DEADLINE_SECONDS):
            while path.exists():
                await one.todos()
        # Whoever goes on in the same document, writes of the same issue.
        since = one.mark()
        _saved(one, uri, one.texts[uri].replace("Taxes", "Taxes and fees"), root)
        await one.hear("issuelens/didChangeIssues", since=since)
        assert [one["title"] for one in await cli_json(root, "list")] == ["Taxes and fees"]
    cli(root, "daemon", "stop")


async def test_the_board_is_a_document(tmp_path: Path, patient_daemon: None) -> None:
    root = project(tmp_path / "p")
    issue = await _made(root)
    async with editor(root) as one:
        made = await one.run("showBoard", {})
        text = Path(made["uri"].removeprefix("file://")).read_text()
        assert f"## ready (1)\n\n- `{issue['id']}` P2 Round half up\n" in text
        assert "Open file://" in (await one.hear(types.WINDOW_SHOW_MESSAGE)).message
    cli(root, "daemon", "stop")


async def test_nothing_is_written_through_a_link(tmp_path: Path, patient_daemon: None) -> None:
    root = project(tmp_path / "p")
    issue = await _made(root)
    (tmp_path / "elsewhere").mkdir()
    (root / ".issues" / "edit").symlink_to(tmp_path / "elsewhere")
    async with editor(root, offered=showing()) as one:
        uri = one.open(root / "main.py", f"# {issue['id']}\n")
        params = types.DefinitionParams(types.TextDocumentIdentifier(uri), types.Position(0, 4))
        with pytest.raises(JsonRpcException, match="can't be used"):
            await one.client.text_document_definition_async(params)
        assert list((tmp_path / "elsewhere").iterdir()) == []
    cli(root, "daemon", "stop")


async def test_an_edit_that_the_editor_refuses_takes_nothing_back(tmp_path: Path, patient_daemon: None) -> None:
    root = project(tmp_path / "p")
    issue = await _made(root)
    async with editor(root, offered=showing()) as one:
        uri = await _opened(one, root, issue["id"])
        one.refuse_edits = "read only"
        one.type(uri, one.texts[uri].replace("The description.", "Mine."))
        since = one.mark()
        cli(root, "update", issue["id"], "--title", "Theirs")
        await one.hear("issuelens/didChangeIssues", since=since)
        for words in ("Mine.", "Mine, again."):
            since = one.mark()
            _saved(one, uri, one.texts[uri].replace("Mine.", words), root)
            await one.hear(APPLY, since=since)
            now = await cli_json(root, "show", issue["id"])
            assert (now["title"], now["description"]) == ("Theirs", words)
    cli(root, "daemon", "stop")


async def test_what_is_typed_while_the_question_is_open_stays(tmp_path: Path, patient_daemon: None) -> None:
    root = project(tmp_path / "p")
    issue = await _made(root)
    async with editor(root, offered=showing()) as one:
        uri = await _opened(one, root, issue["id"])
        text = one.texts[uri].replace("Round half up", "Mine")
        one.type(uri, text)
        since = one.mark()
        cli(root, "update", issue["id"], "--title", "Theirs")
        await one.hear("issuelens/didChangeIssues", since=since)
        longer = text.replace("The description.", "The description, and what is typed meanwhile.")
        one.press["somebody else"] = "Take theirs"
        one.when_asked = lambda: one.type(uri, longer)
        since = one.mark()
        _saved(one, uri, text, root)
        await one.hear(types.WINDOW_SHOW_MESSAGE_REQUEST, since=since)
        one.when_asked = lambda: None
        since = one.mark()
        _saved(one, uri, longer, root)
        await one.hear("issuelens/didChangeIssues", since=since)
        now = await cli_json(root, "show", issue["id"])
        assert (now["title"], now["description"]) == ("Theirs", "The description, and what is typed meanwhile.")
    cli(root, "daemon", "stop")
