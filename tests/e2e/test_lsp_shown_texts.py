"""What an editor shows of issues as a text follows them: boards in files, texts in no file, untouched documents."""

from __future__ import annotations

from pathlib import Path

from lsprotocol import types
from tests.support.lsp import Editor, capabilities, editor
from tests.support.workspaces import cli, cli_json, project

REFRESH = types.WORKSPACE_TEXT_DOCUMENT_CONTENT_REFRESH


async def _opened_board(one: Editor, query: str = "") -> tuple[str, Path]:
    made = await one.run("showBoard", {"query": query})
    path = Path(made["uri"].removeprefix("file://"))
    return one.open(path, language_id="markdown"), path


async def _until(one: Editor, path: Path, words: str) -> str:
    """The text of a file once it has these words: looked at after each answer, which the same threads give."""
    while words not in (text := path.read_text()):
        await one.request("issuelens/listIssues", {"all": True})
    return text


async def test_an_open_board_follows_its_issues(tmp_path: Path, patient_daemon: None) -> None:
    root = project(tmp_path / "p")
    issue_id = (await cli_json(root, "create", "Round half up"))["id"]
    async with editor(root) as one:
        _, path = await _opened_board(one)
        written = path.stat().st_ino
        await cli_json(root, "create", "Taxes")
        text = await _until(one, path, "## ready (2)")
        assert "P2 Taxes" in text
        assert path.stat().st_ino != written, "it is another file, so that nobody reads half of it"
        assert path.stat().st_mode & 0o777 == 0o600
        # The editor has not read it again so far: what it shows is what stood there, so nobody has written.
        cli(root, "start", issue_id)
        await _until(one, path, "## in progress (1)")
        cli(root, "update", issue_id, "--title", "Round half to even")
        assert "## ready (1)" in await _until(one, path, "half to even")
    cli(root, "daemon", "stop")


async def test_a_board_keeps_its_query(tmp_path: Path, patient_daemon: None) -> None:
    root = project(tmp_path / "p")
    await cli_json(root, "create", "Taxes", "--label", "money")
    async with editor(root) as one:
        await _opened_board(one, "label:money")
    # Another server, which knows only the text.
    async with editor(root) as one:
        path = root / ".issues" / "edit" / "board.md"
        one.open(path, language_id="markdown")
        await cli_json(root, "create", "Something else")
        await cli_json(root, "create", "Prices", "--label", "money")
        text = await _until(one, path, "Prices")
        assert "Query: `label:money`\n\n## ready (2)\n" in text
    cli(root, "daemon", "stop")


def _with_texts() -> types.ClientCapabilities:
    offered = capabilities()
    assert offered.workspace is not None
    offered.workspace.text_document_content = types.TextDocumentContentClientCapabilities()
    return offered


async def _content(one: Editor, uri: str) -> str:
    params = types.TextDocumentContentParams(uri)
    return (await one.client.workspace_text_document_content_async(params)).text


async def test_a_board_that_was_written_into_is_left_alone(tmp_path: Path, patient_daemon: None) -> None:
    root = project(tmp_path / "p")
    await cli_json(root, "create", "Round half up")
    async with editor(root, offered=_with_texts()) as one:
        uri, path = await _opened_board(one)
        before = path.read_text()
        one.type(uri, f"{before}\nMy own remark.\n")
        await _created(one, root, "Taxes")
        assert path.read_text() == before
        # Taken back: what the editor shows is what stands there, and the next change is shown.
        one.type(uri, before)
        await _created(one, root, "Prices")
        before = path.read_text()
        assert "## ready (3)" in before
        one.close(uri)
        await _created(one, root, "Dates")
        assert path.read_text() == before, "nobody looks at it"
    cli(root, "daemon", "stop")


async def _created(one: Editor, root: Path, title: str) -> None:
    """Creates an issue and waits until the open board was looked at, which comes before the one in no file."""
    await _content(one, f"issuelens:{root}/.issues/edit/board.md")
    since = one.mark()
    await cli_json(root, "create", title)
    await one.hear(REFRESH, since=since)


async def test_texts_that_are_shown_are_asked_for_again(tmp_path: Path, patient_daemon: None) -> None:
    root = project(tmp_path / "p")
    first, second = [(await cli_json(root, "create", title))["id"] for title in ("Round", "Taxes")]
    async with editor(root, offered=_with_texts()) as one:
        uris = {name: f"issuelens:{root}/.issues/edit/{name}.md" for name in (first, second, "board")}
        assert "title: Round" in await _content(one, uris[first])
        since = one.mark()
        cli(root, "update", second, "--title", "Prices")
        cli(root, "update", first, "--title", "Round up")
        told = await one.hear(REFRESH, since=since)
        assert told.uri == uris[first]
        # It is told once: the editor has not asked again, so it does not show it any more.
        cli(root, "update", first, "--title", "Round down")
        assert "title: Prices" in await _content(one, uris[second])
        since = one.mark()
        cli(root, "update", second, "--title", "Dates")
        assert (await one.hear(REFRESH, since=since)).uri == uris[second]
        assert "title: Round down" in await _content(one, uris[first])
        # Two boards: the one that is asked for is all of them.
        assert "## ready (2)" in await _content(one, uris["board"])
        since = one.mark()
        cli(root, "close", second)
        assert (await one.hear(REFRESH, since=since)).uri == uris["board"]
        assert "## finished last (1)" in await _content(one, uris["board"])
        assert [params.uri for name, params in one.heard if name == REFRESH] == [
            uris[first],
            uris[second],
            uris["board"],
        ]
    cli(root, "daemon", "stop")
