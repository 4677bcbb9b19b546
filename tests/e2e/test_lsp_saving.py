"""Saving issue documents when something happens at the same time: nothing is lost, and nothing is done twice."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types
from tests.support.lsp import DEADLINE_SECONDS, Editor, capabilities, connected, editor
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


def _showing() -> types.ClientCapabilities:
    offered = capabilities()
    assert offered.window is not None
    offered.window.show_document = types.ShowDocumentClientCapabilities(support=True)
    return offered


async def _made(root: Path) -> str:
    return str((await cli_json(root, "create", "Round half up", "-d", "The description."))["id"])


async def _title(root: Path, issue_id: str) -> str:
    return str((await cli_json(root, "show", issue_id))["title"])


def _file(root: Path, issue_id: str) -> Path:
    return root / ".issues" / "edit" / f"{issue_id}.md"


async def _opened(one: Editor, root: Path, issue_id: str) -> str:
    """Opens an issue's document; of which state it is, is known then."""
    since = one.mark()
    await one.run("showIssue", {"id": issue_id})
    await one.hear(types.WINDOW_SHOW_DOCUMENT, since=since)
    return await _open(one, _file(root, issue_id), issue_id)


async def _open(one: Editor, path: Path, issue_id: str) -> str:
    uri = one.open(path, language_id="markdown")
    for _ in range(2):
        await one.request("issuelens/getIssue", {"id": issue_id})
    return uri


def _write(one: Editor, uri: str, old: str, new: str) -> None:
    """Types, and writes the file as an editor does before it tells of it."""
    assert old in one.texts[uri]
    one.type(uri, one.texts[uri].replace(old, new, 1))
    Path(uri.removeprefix("file://")).write_text(one.texts[uri])


async def _rested(one: Editor, issue_id: str) -> None:
    """Waits for what closing a document has begun: what is asked then is answered by the same threads."""
    for _ in range(3):
        await one.request("issuelens/getIssue", {"id": issue_id})
    await one.todos()


async def _gone(one: Editor, file: Path) -> None:
    """Waits until a file is removed."""
    async with asyncio.timeout(DEADLINE_SECONDS):
        while file.exists():
            await one.todos()


async def _new(one: Editor, title: str) -> str:
    """Opens the document of a new issue and gives it a title."""
    path = Path((await one.run("newIssue", {}))["uri"].removeprefix("file://"))
    uri = one.open(path, language_id="markdown")
    _write(one, uri, "title:", f"title: {title}")
    return uri


# A new issue


async def test_a_new_document_that_is_saved_twice_at_once_makes_one_issue(root: Path) -> None:
    async with editor(root, offered=_showing()) as one:
        uri = await _new(one, "Taxes")
        one.save(uri)
        one.save(uri)
        _write(one, uri, "Taxes", "Taxes and fees")
        one.save(uri)
        await one.hear(CHANGED)
        issue_id = (await cli_json(root, "list"))[0]["id"]
        since = one.mark()
        while await _title(root, issue_id) != "Taxes and fees":
            before, since = since, one.mark()
            await one.hear(CHANGED, since=before)
        assert len(await cli_json(root, "list")) == 1


async def test_a_new_document_that_is_closed_at_once_makes_an_issue_and_so_does_the_next(root: Path) -> None:
    async with editor(root, offered=_showing()) as one:
        for number, title in enumerate(("One", "Two"), 1):
            uri, since = await _new(one, title), one.mark()
            one.save(uri)
            one.close(uri)
            await one.hear(TOLD, lambda told, title=title: told.message.endswith(f"is created: {title}"), since)
            assert len(await cli_json(root, "list")) == number


async def test_the_document_of_a_new_issue_that_is_open_is_not_taken_for_the_next(root: Path) -> None:
    async with editor(root, offered=_showing()) as one:
        uri, since = await _new(one, "One"), one.mark()
        one.save(uri)
        await one.hear(types.WINDOW_SHOW_DOCUMENT, lambda shown: shown.uri != uri, since)
        assert (await one.run("newIssue", {}))["uri"] != uri


async def test_issues_whose_ids_begin_with_new_are_changed(tmp_path: Path, patient_daemon: None) -> None:
    folder = project(tmp_path / "p", prefix="new")
    issue_id = await _made(folder)
    async with editor(folder, offered=_showing()) as one:
        uri = await _opened(one, folder, issue_id)
        since = one.mark()
        _write(one, uri, "Round half up", "Mine")
        one.save(uri)
        await one.hear(CHANGED, since=since)
        assert [each["title"] for each in await cli_json(folder, "list")] == ["Mine"]
    cli(folder, "daemon", "stop")


# The end


async def test_what_is_saved_and_closed_at_once_is_taken(root: Path) -> None:
    issue_id = await _made(root)
    async with editor(root, offered=_showing()) as one:
        uri = await _opened(one, root, issue_id)
        for title in ("Mine", "Mine again"):
            since = one.mark()
            _write(one, uri, one.texts[uri].split("\n")[2], f"title: {title}")
            one.save(uri)
            if title == "Mine":
                await one.hear(CHANGED, since=since)
        one.close(uri)
        await one.hear(CHANGED, since=since)
        assert await _title(root, issue_id) == "Mine again"
        await _gone(one, _file(root, issue_id))
        assert QUESTION not in [method for method, _ in one.heard], "nobody else has changed it"


async def test_what_is_saved_in_the_moment_before_the_editor_leaves_is_taken(root: Path) -> None:
    issue_id = await _made(root)
    async with editor(root, offered=_showing()) as one:
        uri = await _opened(one, root, issue_id)
        _write(one, uri, "Round half up", "Mine")
        one.save(uri)
    assert await _title(root, issue_id) == "Mine"


async def test_what_is_saved_is_taken_when_the_editor_is_gone(root: Path) -> None:
    issue_id = await _made(root)
    async with connected() as one:
        await one.initialize([root], _showing())
        uri = await _opened(one, root, issue_id)
        _write(one, uri, "Round half up", "Mine")
        one.save(uri)
    assert await _title(root, issue_id) == "Mine"


async def test_an_open_question_holds_no_editor_that_leaves(root: Path) -> None:
    issue_id = await _made(root)
    async with connected() as one:
        await one.initialize([root], _showing())
        chosen = _never_answers(one)
        uri = await _opened(one, root, issue_id)
        _write(one, uri, "Round half up", "Mine")
        cli(root, "update", issue_id, "--title", "Theirs")
        since = one.mark()
        one.save(uri)
        await one.hear(QUESTION, since=since)
        await asyncio.wait_for(one.client.shutdown_async(None), DEADLINE_SECONDS)
        chosen.set()
    assert await _title(root, issue_id) == "Theirs"
    assert "title: Mine" in _file(root, issue_id).read_text()


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
    issue_id = await _made(root)
    async with editor(root, offered=_showing()) as one:
        chosen = _never_answers(one)
        uri = await _opened(one, root, issue_id)
        _write(one, uri, "Round half up", "Mine")
        cli(root, "update", issue_id, "--title", "Theirs")
        for words in ("Mine, at last", None):
            since = one.mark()
            one.save(uri)
            await one.hear(QUESTION, since=since)
            if words:
                _write(one, uri, "Mine", words)
        since = one.mark()
        chosen.set()
        await one.hear(CHANGED, since=since)
        assert await _title(root, issue_id) == "Mine, at last"
        assert len(await cli_json(root, "history", issue_id)) == 3


async def test_what_was_saved_is_taken_and_not_what_is_typed_since(root: Path) -> None:
    issue_id = await _made(root)
    async with editor(root, offered=_showing()) as one:
        uri = await _opened(one, root, issue_id)
        since = one.mark()
        _write(one, uri, "Round half up", "Saved")
        one.save(uri)
        one.type(uri, one.texts[uri].replace("Saved", "Only typed"))
        await one.hear(CHANGED, since=since)
        assert await _title(root, issue_id) == "Saved"
        assert "title: Only typed" in one.texts[uri]


async def test_a_document_without_its_moment_is_saved_again_and_again(root: Path) -> None:
    issue_id = await _made(root)
    async with editor(root, offered=_showing()) as one:
        uri = await _opened(one, root, issue_id)
        one.type(uri, "".join(line for line in one.texts[uri].splitlines(True) if not line.startswith("updated:")))
        before = "Round half up"
        for title in ("One", "Two", "Three"):
            since = one.mark()
            _write(one, uri, before, title)
            one.save(uri)
            await one.hear(CHANGED, since=since)
            assert await _title(root, issue_id) == title
            before = title


async def test_a_document_of_which_nobody_knows_the_moment_takes_nothing_back(root: Path) -> None:
    issue_id = await _made(root)
    async with editor(root, offered=_showing()) as one:
        uri = await _opened(one, root, issue_id)
        text = "".join(line for line in one.texts[uri].splitlines(True) if not line.startswith("updated:"))
        _write(one, uri, one.texts[uri], text.replace("The description.", "Mine."))
        one.close(uri)
        await _rested(one, issue_id)
        cli(root, "update", issue_id, "--title", "Theirs")
        uri, since = await _open(one, _file(root, issue_id), issue_id), one.mark()
        one.press["does not say of when"] = "Take theirs"
        one.save(uri)
        asked = await one.hear(QUESTION, since=since)
        assert asked.message.startswith(f"{issue_id} has another description, title, and the document")
        await _rested(one, issue_id)
        assert await _title(root, issue_id) == "Theirs"


async def test_a_state_of_before_that_somebody_wants_back_is_a_draft(root: Path) -> None:
    issue_id = await _made(root)
    cli(root, "update", issue_id, "--title", "Better")
    async with editor(root, offered=_showing()) as one:
        uri = await _opened(one, root, issue_id)
        _write(one, uri, "Better", "Round half up")
        one.close(uri)
        await _rested(one, issue_id)
        assert "title: Round half up" in _file(root, issue_id).read_text()


async def test_a_document_that_was_saved_and_left_behind_is_written_anew(root: Path) -> None:
    issue_id = await _made(root)
    async with editor(root, offered=_showing()) as one:
        uri = await _opened(one, root, issue_id)
        since = one.mark()
        _write(one, uri, "Round half up", "Mine")
        one.save(uri)
        await one.hear(CHANGED, since=since)
    # The editor is gone without closing it, and its file says of when it was opened.
    assert _file(root, issue_id).exists()
    cli(root, "update", issue_id, "--title", "Theirs")
    async with editor(root, offered=_showing()) as one:
        assert "title: Theirs" in one.texts[await _opened(one, root, issue_id)]


# Others


@pytest.mark.parametrize("command", ["delete", "merge"])
async def test_an_issue_that_goes_meanwhile_is_told_and_the_text_kept(root: Path, command: str) -> None:
    issue_id, other = await _made(root), await _made(root)
    async with editor(root, offered=_showing()) as one:
        uri = await _opened(one, root, issue_id)
        words = ["delete", issue_id] if command == "delete" else ["merge", issue_id, "--into", other]
        since = one.mark()
        cli(root, *words)
        await one.hear(CHANGED, since=since)
        _write(one, uri, "The description.", "Mine.")
        text, since = one.texts[uri], one.mark()
        one.save(uri)
        told = await one.hear(TOLD, since=since)
        assert issue_id in told.message
        assert ("deleted" if command == "delete" else f"was merged into {other}") in told.message
        assert "Your text is kept" in told.message
        assert one.texts[uri] == text
        one.close(uri)
        await _rested(one, other)
        assert _file(root, issue_id).read_text() == text
        assert (await cli_json(root, "show", other))["description"] == "The description."


async def test_what_others_change_twice_at_once_comes_into_the_document(root: Path) -> None:
    issue_id = await _made(root)
    async with editor(root, offered=_showing()) as one:
        uri = await _opened(one, root, issue_id)
        for number in range(6):
            cli(root, "update", issue_id, "--title", f"Title {number}")
        while "title: Title 5" not in one.texts[uri]:
            await one.hear(APPLY, since=one.mark())


async def test_a_document_with_other_ends_of_lines_follows_its_issue(root: Path) -> None:
    issue_id = await _made(root)
    async with editor(root, offered=_showing()) as one:
        uri = await _opened(one, root, issue_id)
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
    issue_id = await _made(root)
    (tmp_path / "link").symlink_to(root)
    async with editor(tmp_path / "link", offered=_showing()) as one:
        since = one.mark()
        await one.run("showIssue", {"id": issue_id})
        shown = await one.hear(types.WINDOW_SHOW_DOCUMENT, since=since)
        assert "/link/" in shown.uri
        uri = await _open(one, Path(shown.uri.removeprefix("file://")), issue_id)
        since = one.mark()
        _write(one, uri, "Round half up", "Mine")
        one.save(uri)
        await one.hear(CHANGED, since=since)
        assert await _title(root, issue_id) == "Mine"
        one.close(uri)
        await _gone(one, _file(root, issue_id))


async def test_a_daemon_that_dies_while_a_document_is_saved_is_started_again(root: Path) -> None:
    issue_id = await _made(root)
    async with editor(root, offered=_showing()) as one:
        uri = await _opened(one, root, issue_id)
        since = one.mark()
        _write(one, uri, "Round half up", "Mine")
        kill_daemon(root)
        one.save(uri)
        await asyncio.wait_for(one.hear(CHANGED, since=since), DEADLINE_SECONDS)
        assert await _title(root, issue_id) == "Mine"


async def test_two_editors_with_the_same_document_lose_nothing(root: Path) -> None:
    issue_id = await _made(root)
    async with editor(root, offered=_showing()) as one, editor(root, offered=_showing()) as other:
        uri = await _opened(one, root, issue_id)
        await _opened(other, root, issue_id)
        other.type(uri, other.texts[uri].replace("The description.", "The other's."))
        since = one.mark(), other.mark()
        _write(one, uri, "Round half up", "The one's")
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
