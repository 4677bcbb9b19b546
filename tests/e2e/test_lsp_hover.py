"""What a hover says of who wrote a TODO, and what it says while texts and issues change."""

from __future__ import annotations

import asyncio
import subprocess
from pathlib import Path

import pytest
from lsprotocol import types
from tests.support.lsp import Editor, editor
from tests.support.workspaces import SOURCE, TODO_LINE, cli, cli_json, project

AT = SOURCE.splitlines()[TODO_LINE].index("TODO") + 1


def git(folder: Path, *words: str) -> str:
    done = subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def committed(folder: Path, *, initialised: bool) -> tuple[Path, str]:
    """A project in git; its root, and what is said of the author of its lines."""
    root = project(folder, initialised=initialised)
    git(root, "init", "-q")
    git(root, "add", "main.py")
    author = ("--author", "Anna *A* <anna@example.invalid>", "--date", "2026-01-31T12:00:00+0000")
    git(root, "commit", "-q", "-m", "Begin", *author)
    return root, f"Written by Anna \\*A\\*, 2026-01-31, {git(root, 'rev-parse', 'HEAD')[:7]}"


async def settled_hover(one: Editor, uri: str, line: int, character: int) -> str | None:
    """What is shown once the files on the disk are known."""
    await one.todos()
    return await one.hover(uri, line, character)


@pytest.mark.parametrize("initialised", [True, False])
async def test_a_todo_says_who_wrote_it(tmp_path: Path, initialised: bool) -> None:
    root, author = committed(tmp_path / "p", initialised=initialised)
    async with editor(root) as one:
        uri = one.open(root / "main.py")
        assert await settled_hover(one, uri, TODO_LINE, AT) == author
        # In the buffer it is further down than on the disk, which is what git knows.
        one.type(uri, "\n\n" + SOURCE)
        assert await settled_hover(one, uri, TODO_LINE + 2, AT) == author
        one.type(uri, SOURCE.replace("round half up", "truncate"))
        assert await settled_hover(one, uri, TODO_LINE, AT) is None, "what was not saved has no author"


async def test_a_commit_is_seen_though_the_file_stays_as_it_is(tmp_path: Path) -> None:
    root, _ = committed(tmp_path / "p", initialised=True)
    text = f"# TODO: new\n{SOURCE}"
    (root / "main.py").write_text(text)
    async with editor(root) as one:
        uri = one.open(root / "main.py")
        assert await settled_hover(one, uri, 0, 3) == "Not committed yet"
        git(root, "commit", "-q", "-a", "-m", "Go on", "--date", "2026-02-01T12:00:00+0000")
        assert "2026-02-01" in (await settled_hover(one, uri, 0, 3) or "")


async def test_hovers_at_once_are_each_answered(tmp_path: Path) -> None:
    root, author = committed(tmp_path / "p", initialised=True)
    other, theirs = committed(tmp_path / "q", initialised=False)
    async with editor(root, other) as one:
        uris = [one.open(folder / "main.py") for folder in (root, other)]
        for folder in (root, other):
            await one.todos(workspace=folder.as_uri())
        asked = [(uri, line, column) for uri in uris for line, column in ((TODO_LINE, AT), (TODO_LINE + 1, 28)) * 5]
        found = await asyncio.gather(*(one.hover(*place) for place in asked))
        assert found[::2] == [author] * 5 + [theirs] * 5
        assert found[1::2] == [f"FIXME · for anna  \n{author}"] * 5 + [f"FIXME · for anna  \n{theirs}"] * 5


async def test_the_place_is_that_of_the_text_that_was_asked_about(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    issue_id = (await cli_json(root, "create", "Round half up"))["id"]
    async with editor(root) as one:
        uri = one.open(root / "main.py", text=f'"𝐛"  # see {issue_id}\n')
        params = types.HoverParams(types.TextDocumentIdentifier(uri), types.Position(0, 13))
        asked = asyncio.ensure_future(one.client.text_document_hover_async(params))
        await asyncio.wait([asked], timeout=0)
        one.type(uri, "x = 1\n")
        found = await asyncio.wait_for(asked, 30)
        # The edit may have come first: then there is nothing to show.
        if found is not None:
            assert (found.range.start.character, found.range.end.character) == (12, 12 + len(issue_id))
        assert await one.hover(uri, 0, 1) is None


async def test_a_card_follows_what_is_done_elsewhere(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    first, second = [(await cli_json(root, "create", title))["id"] for title in ("First", "Second")]
    async with editor(root) as one:
        uri = one.open(root / "main.py", text=f"# see {first}\n")
        assert "open · " in (await one.hover(uri, 0, 8) or "")
        since = one.mark()
        await cli_json(root, "dep", "add", first, second)
        await one.hear("issuelens/didChangeIssues", since=since)
        blocker = second
        assert f"Blocked by {blocker} \\(open\\)" in (await one.hover(uri, 0, 8) or "")
        since = one.mark()
        await cli_json(root, "close", second)
        await one.hear("issuelens/didChangeIssues", since=since)
        assert "Blocked by" not in (await one.hover(uri, 0, 8) or "Blocked by")


async def test_what_a_card_says_is_never_older_than_what_was_heard(tmp_path: Path, patient_daemon: None) -> None:
    root = project(tmp_path / "p")
    first, second = [(await cli_json(root, "create", title))["id"] for title in ("First", "Second")]

    async def changed(*words: str) -> None:
        since = one.mark()
        await cli_json(root, *words)
        await one.hear("issuelens/didChangeIssues", since=since)

    async with editor(root) as one:
        uri = one.open(root / "main.py", text=f"# see {first}\n# and {second}\n")
        await one.todos()
        card, other = [await one.hover(uri, line, 8) or "" for line in (0, 1)]
        assert (card, other) == (await one.hover(uri, 0, 8), await one.hover(uri, 1, 8))
        assert "In main\\.py\\:1" in card
        await changed("comment", "add", first, "Look at it.")
        assert "Look at it\\." in (await one.hover(uri, 0, 8) or "")
        await changed("update", first, "--due", "2099-01-31")
        assert "due 2099-01-31" in (await one.hover(uri, 0, 8) or "")
        await changed("dep", "add", second, first)
        assert f"Blocks {second} \\(open\\)" in (await one.hover(uri, 0, 8) or "")
        await changed("merge", second, "--into", first)
        assert "was merged into" in (await one.hover(uri, 1, 8) or "")
    cli(root, "daemon", "stop")


async def test_a_card_says_where_its_issue_stands_by_now(tmp_path: Path, patient_daemon: None) -> None:
    root = project(tmp_path / "p")
    issue_id = (await cli_json(root, "create", "First"))["id"]
    async with editor(root) as one:
        uri = one.open(root / "main.py", text=f"# see {issue_id}\n")
        await one.todos()
        assert "In main\\.py\\:1" in (await one.hover(uri, 0, 8) or "")
        beside = one.open(root / "beside.py", text=f"\n# TODO({issue_id}): that\n")
        await one.todos()
        assert "In beside\\.py\\:2, main\\.py\\:1" in (await one.hover(uri, 0, 8) or "")
        one.type(beside, "\n")
        one.type(uri, f"\n\n# see {issue_id}\n")
        await one.todos()
        assert (await one.hover(uri, 2, 8) or "").splitlines()[-1] == "In main\\.py\\:3"
    cli(root, "daemon", "stop")


async def test_outside_of_a_folder_and_without_a_file_nothing_is_shown(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    issue_id = (await cli_json(root, "create", "Round half up"))["id"]
    async with editor(root) as one:
        text = f"# see {issue_id}\n"
        assert await one.hover(one.open(root / "main.py", text), 0, 8)
        assert await one.hover(one.open(tmp_path / "beside.py", text), 0, 8) is None
        assert await one.hover(one.open(root / "empty.py", ""), 0, 0) is None
