"""Saving issue documents when something happens at the same time: nothing is lost, and nothing is done twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types
from tests.support.issue_documents import (
    document_file,
    gone,
    made,
    new_document,
    open_document,
    opened,
    rested,
    showing,
    title_of,
    write,
)
from tests.support.lsp import DEADLINE_SECONDS, Editor, connected, editor
from tests.support.workspaces import cli, cli_json, kill_daemon, project

APPLY = types.WORKSPACE_APPLY_EDIT
CHANGED = "issuelens/didChangeIssues"
QUESTION = types.WINDOW_SHOW_MESSAGE_REQUEST
TOLD = types.WINDOW_SHOW_MESSAGE


@pytest.fixture
def root(tmp_path: Path, patient_daemon: None) -> Any:
    """A workspace whose daemon stays until the end of the test."""
    folder = project(tmp_path / "p")
    yield folder
    cli(folder, "daemon", "stop")


# A new issue


async def test_a_new_document_that_is_saved_twice_at_once_makes_one_issue(root: Path) -> None:
    async with editor(root, offered=showing()) as one:
        uri = await new_document(one, "Taxes")
        one.save(uri)
        one.save(uri)
        write(one, uri, "Taxes", "Taxes and fees")
        one.save(uri)
        await one.hear(CHANGED)
        issue_id = (await cli_json(root, "list"))[0]["id"]
        since = one.mark()
        while await title_of(root, issue_id) != "Taxes and fees":
            before, since = since, one.mark()
            await one.hear(CHANGED, since=before)
        assert len(await cli_json(root, "list")) == 1


async def test_a_new_document_that_is_closed_at_once_makes_an_issue_and_so_does_the_next(root: Path) -> None:
    async with editor(root, offered=showing()) as one:
        for number, title in enumerate(("One", "Two"), 1):
            uri, since = await new_document(one, title), one.mark()
            one.save(uri)
            one.close(uri)
            await one.hear(TOLD, lambda told, title=title: told.message.endswith(f"is created: {title}"), since)
            assert len(await cli_json(root, "list")) == number


async def test_the_document_of_a_new_issue_that_is_open_is_not_taken_for_the_next(root: Path) -> None:
    async with editor(root, offered=showing()) as one:
        uri, since = await new_document(one, "One"), one.mark()
        one.save(uri)
        await one.hear(types.WINDOW_SHOW_DOCUMENT, lambda shown: shown.uri != uri, since)
        assert (await one.run("newIssue", {}))["uri"] != uri


async def test_issues_whose_ids_begin_with_new_are_changed(tmp_path: Path, patient_daemon: None) -> None:
    folder = project(tmp_path / "p", prefix="new")
    issue_id = await made(folder)
    async with editor(folder, offered=showing()) as one:
        uri = await opened(one, folder, issue_id)
        since = one.mark()
        write(one, uri, "Round half up", "Mine")
        one.save(uri)
        await one.hear(CHANGED, since=since)
        assert [each["title"] for each in await cli_json(folder, "list")] == ["Mine"]
    cli(folder, "daemon", "stop")


# The end


async def test_what_is_saved_and_closed_at_once_is_taken(root: Path) -> None:
    issue_id = await made(root)
    async with editor(root, offered=showing()) as one:
        uri = await opened(one, root, issue_id)
        for title in ("Mine", "Mine again"):
            since = one.mark()
            write(one, uri, one.texts[uri].split("\n")[2], f"title: {title}")
            one.save(uri)
            if title == "Mine":
                await one.hear(CHANGED, since=since)
        one.close(uri)
        await one.hear(CHANGED, since=since)
        assert await title_of(root, issue_id) == "Mine again"
        await gone(one, document_file(root, issue_id))
        assert QUESTION not in [method for method, _ in one.heard], "nobody else has changed it"


@asynccontextmanager
async def _killed(root: Path, *, offered: types.ClientCapabilities) -> AsyncIterator[Editor]:
    """An editor that goes without a word."""
    async with connected() as one:
        await one.initialize([root], offered)
        yield one


@pytest.mark.parametrize("leaving", [editor, _killed])
async def test_what_is_saved_in_the_moment_before_the_editor_leaves_is_taken(root: Path, leaving: Any) -> None:
    issue_id = await made(root)
    async with leaving(root, offered=showing()) as one:
        uri = await opened(one, root, issue_id)
        write(one, uri, "Round half up", "Mine")
        one.save(uri)
    assert await title_of(root, issue_id) == "Mine"


async def test_an_open_question_holds_no_editor_that_leaves(root: Path) -> None:
    issue_id = await made(root)
    async with connected() as one:
        await one.initialize([root], showing())
        chosen = _never_answers(one)
        uri = await opened(one, root, issue_id)
        write(one, uri, "Round half up", "Mine")
        cli(root, "update", issue_id, "--title", "Theirs")
        since = one.mark()
        one.save(uri)
        await one.hear(QUESTION, since=since)
        await asyncio.wait_for(one.client.shutdown_async(None), DEADLINE_SECONDS)
        chosen.set()
    assert await title_of(root, issue_id) == "Theirs"
    assert "title: Mine" in document_file(root, issue_id).read_text()


def _never_answers(one: Editor) -> asyncio.Event:
    """An editor whose questions stay open until the event is set; then “Keep mine” is chosen in each."""
    chosen = asyncio.Event()

    async def ask(params: types.ShowMessageRequestParams) -> types.MessageActionItem:
        await one._tell(QUESTION, params)
        await chosen.wait()
        return types.MessageActionItem("Keep mine")

    one.client.protocol.fm.features.pop(QUESTION)
    one.client.feature(QUESTION)(ask)
    return chosen


# The same document


async def test_of_two_saves_the_later_one_counts_whichever_question_is_answered(root: Path) -> None:
    issue_id = await made(root)
    async with editor(root, offered=showing()) as one:
        chosen = _never_answers(one)
        uri = await opened(one, root, issue_id)
        write(one, uri, "Round half up", "Mine")
        cli(root, "update", issue_id, "--title", "Theirs")
        for words in ("Mine, at last", None):
            since = one.mark()
            one.save(uri)
            await one.hear(QUESTION, since=since)
            if words:
                write(one, uri, "Mine", words)
        since = one.mark()
        chosen.set()
        await one.hear(CHANGED, since=since)
        assert await title_of(root, issue_id) == "Mine, at last"
        assert len(await cli_json(root, "history", issue_id)) == 3


async def test_what_was_saved_is_taken_and_not_what_is_typed_since(root: Path) -> None:
    issue_id = await made(root)
    async with editor(root, offered=showing()) as one:
        uri = await opened(one, root, issue_id)
        since = one.mark()
        write(one, uri, "Round half up", "Saved")
        one.save(uri)
        one.type(uri, one.texts[uri].replace("Saved", "Only typed"))
        await one.hear(CHANGED, since=since)
        assert await title_of(root, issue_id) == "Saved"
        assert "title: Only typed" in one.texts[uri]


async def test_a_document_without_its_moment_is_saved_again_and_again(root: Path) -> None:
    issue_id = await made(root)
    async with editor(root, offered=showing()) as one:
        uri = await opened(one, root, issue_id)
        one.type(uri, "".join(line for line in one.texts[uri].splitlines(True) if not line.startswith("updated:")))
        before = "Round half up"
        for title in ("One", "Two", "Three"):
            since = one.mark()
            write(one, uri, before, title)
            one.save(uri)
            await one.hear(CHANGED, since=since)
            assert await title_of(root, issue_id) == title
            before = title


async def test_a_document_of_which_nobody_knows_the_moment_takes_nothing_back(root: Path) -> None:
    issue_id = await made(root)
    async with editor(root, offered=showing()) as one:
        uri = await opened(one, root, issue_id)
        text = "".join(line for line in one.texts[uri].splitlines(True) if not line.startswith("updated:"))
        write(one, uri, one.texts[uri], text.replace("The description.", "Mine."))
        one.close(uri)
        await rested(one, issue_id)
        cli(root, "update", issue_id, "--title", "Theirs")
        uri, since = await open_document(one, document_file(root, issue_id), issue_id), one.mark()
        one.press["does not say of when"] = "Take theirs"
        one.save(uri)
        asked = await one.hear(QUESTION, since=since)
        assert asked.message.startswith(f"{issue_id} has another description, title, and the document")
        await rested(one, issue_id)
        assert await title_of(root, issue_id) == "Theirs"


async def test_a_state_of_before_that_somebody_wants_back_is_a_draft(root: Path) -> None:
    issue_id = await made(root)
    cli(root, "update", issue_id, "--title", "Better")
    async with editor(root, offered=showing()) as one:
        uri = await opened(one, root, issue_id)
        write(one, uri, "Better", "Round half up")
        one.close(uri)
        await rested(one, issue_id)
        assert "title: Round half up" in document_file(root, issue_id).read_text()


async def test_a_document_that_was_saved_and_left_behind_is_written_anew(root: Path) -> None:
    issue_id = await made(root)
    async with editor(root, offered=showing()) as one:
        uri = await opened(one, root, issue_id)
        since = one.mark()
        write(one, uri, "Round half up", "Mine")
        one.save(uri)
        await one.hear(CHANGED, since=since)
    # The editor is gone without closing it, and its file says of when it was opened.
    assert document_file(root, issue_id).exists()
    cli(root, "update", issue_id, "--title", "Theirs")
    async with editor(root, offered=showing()) as one:
        assert "title: Theirs" in one.texts[await opened(one, root, issue_id)]


# Others


@pytest.mark.parametrize("command", ["delete", "merge"])
async def test_an_issue_that_goes_meanwhile_is_told_and_the_text_kept(root: Path, command: str) -> None:
    issue_id, other = await made(root), await made(root)
    async with editor(root, offered=showing()) as one:
        uri = await opened(one, root, issue_id)
        words = ["delete", issue_id] if command == "delete" else ["merge", issue_id, "--into", other]
        since = one.mark()
        cli(root, *words)
        await one.hear(CHANGED, since=since)
        write(one, uri, "The description.", "Mine.")
        text, since = one.texts[uri], one.mark()
        one.save(uri)
        told = await one.hear(TOLD, since=since)
        assert issue_id in told.message
        assert ("deleted" if command == "delete" else f"was merged into {other}") in told.message
        assert "Your text is kept" in told.message
        assert one.texts[uri] == text
        one.close(uri)
        await rested(one, other)
        assert document_file(root, issue_id).read_text() == text
        assert (await cli_json(root, "show", other))["description"] == "The description."


async def test_what_others_change_twice_at_once_comes_into_the_document(root: Path) -> None:
    issue_id = await made(root)
    async with editor(root, offered=showing()) as one:
        uri = await opened(one, root, issue_id)
        for number in range(6):
            cli(root, "update", issue_id, "--title", f"Title {number}")
        while "title: Title 5" not in one.texts[uri]:
            await one.hear(APPLY, since=one.mark())


async def test_a_document_with_other_ends_of_lines_follows_its_issue(root: Path) -> None:
    issue_id = await made(root)
    async with editor(root, offered=showing()) as one:
        uri = await opened(one, root, issue_id)
        one.close(uri)
        text = one.texts[uri].replace("\n", "\r\n")
        one.open(Path(uri.removeprefix("file://")), text, language_id="markdown")
        for _ in range(2):
            await one.request("issuelens/getIssue", {"id": issue_id})
        for title in ("One", "Two"):
            since = one.mark()
            cli(root, "update", issue_id, "--title", title)
            await one.hear(APPLY, since=since)
            assert f"\r\ntitle: {title}\r\n" in one.texts[uri]
            assert "\n" not in one.texts[uri].replace("\r\n", "")


async def test_a_folder_that_is_opened_by_a_link_takes_what_is_saved(root: Path, tmp_path: Path) -> None:
    issue_id = await made(root)
    (tmp_path / "link").symlink_to(root)
    async with editor(tmp_path / "link", offered=showing()) as one:
        since = one.mark()
        await one.run("showIssue", {"id": issue_id})
        shown = await one.hear(types.WINDOW_SHOW_DOCUMENT, since=since)
        assert "/link/" in shown.uri
        uri = await open_document(one, Path(shown.uri.removeprefix("file://")), issue_id)
        since = one.mark()
        write(one, uri, "Round half up", "Mine")
        one.save(uri)
        await one.hear(CHANGED, since=since)
        assert await title_of(root, issue_id) == "Mine"
        one.close(uri)
        await gone(one, document_file(root, issue_id))


async def test_a_daemon_that_dies_while_a_document_is_saved_is_started_again(root: Path) -> None:
    issue_id = await made(root)
    async with editor(root, offered=showing()) as one:
        uri = await opened(one, root, issue_id)
        since = one.mark()
        write(one, uri, "Round half up", "Mine")
        kill_daemon(root)
        one.save(uri)
        await asyncio.wait_for(one.hear(CHANGED, since=since), DEADLINE_SECONDS)
        assert await title_of(root, issue_id) == "Mine"


async def test_two_editors_with_the_same_document_lose_nothing(root: Path) -> None:
    issue_id = await made(root)
    async with editor(root, offered=showing()) as one, editor(root, offered=showing()) as other:
        uri = await opened(one, root, issue_id)
        await opened(other, root, issue_id)
        other.type(uri, other.texts[uri].replace("The description.", "The other's."))
        since = one.mark(), other.mark()
        write(one, uri, "Round half up", "The one's")
        one.save(uri)
        await one.hear(CHANGED, since=since[0])
        await other.hear(CHANGED, since=since[1])
        since = one.mark(), other.mark()
        other.save(uri)
        await one.hear(APPLY, since=since[0])
        await other.hear(APPLY, since=since[1])
        now = await cli_json(root, "show", issue_id)
        assert (now["title"], now["description"]) == ("The one's", "The other's.")
        assert one.texts[uri] == other.texts[uri]
