"""Which lenses are shown is set in config.toml, in the editor, and from where they are seen."""

from __future__ import annotations

from pathlib import Path

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcException
from tests.support.lsp import Editor, editor
from tests.support.workspaces import cli, cli_json, project


async def test_kinds_of_lenses(tmp_path: Path, patient_daemon: None) -> None:
    root = project(tmp_path / "p")
    issue_id = (await cli_json(root, "create", "Round"))["id"]
    config = root / ".issues" / "config.toml"
    config.write_text(f"{config.read_text()}\n".replace("# references = false ", "references = true #"))
    async with editor(root) as one:
        uri = one.open(root / "main.py", f"# TODO: a\n# TODO({issue_id}): b\n\n# see {issue_id} and {issue_id}\n")
        title = f"{issue_id} · open · P2"
        assert await one.titles(uri) == ["Create issue", title, "Start", "Close", title]
        await one.run("hideLenses", {"kind": "tracked"})
        assert await one.titles(uri) == ["Create issue", title]
        told = await one.hear(types.WINDOW_SHOW_MESSAGE)
        assert told.message == (
            "These lenses are hidden until the editor is started again. "
            "For good: tracked = false in [code-lens] of config.toml."
        )
        await one.run("hideLenses", {"kind": "untracked"})
        assert await one.titles(uri) == [title]
        with pytest.raises(JsonRpcException, match="'all' is no kind of lenses"):
            await one.run("hideLenses", {"kind": "all"})
    cli(root, "daemon", "stop")


async def test_lenses_are_hidden_for_good(tmp_path: Path, patient_daemon: None) -> None:
    root = project(tmp_path / "p")
    issue_id = (await cli_json(root, "create", "Round"))["id"]
    config = root / ".issues" / "config.toml"
    before = f"# Ours.\n{config.read_text()}".replace("# references = false ", "references = true #")
    config.write_text(before)
    async with editor(root) as one:
        uri = one.open(root / "main.py", f"# TODO: a\n\n# see {issue_id}\n")
        assert await one.titles(uri) == ["Create issue", f"{issue_id} · open · P2"]
        one.press["for everybody in p"] = "Only now"
        await one.run("hideLenses", {"kind": "untracked"})
        await one.hear(types.WINDOW_SHOW_MESSAGE_REQUEST)
        await _settled(one)
        assert config.read_text() == before
        one.press["for everybody in p"] = "This workspace"
        since = one.mark()
        line = types.Range(types.Position(2, 0), types.Position(2, 0))
        asked = types.CodeActionParams(types.TextDocumentIdentifier(uri), line, types.CodeActionContext([]))
        [hide] = await one.client.text_document_code_action_async(asked) or []
        assert hide.title == "Hide code lenses on ids outside of TODOs"
        assert isinstance(hide, types.CodeAction)
        assert hide.command is not None
        assert list(hide.command.arguments or ()) == [{"kind": "references", "workspace": root.as_uri()}]
        await one.run("hideLenses", hide.command.arguments[0])
        await one.hear(types.WORKSPACE_CODE_LENS_REFRESH, since=since)
        await _settled(one)
        assert await one.titles(uri) == []
        assert config.read_text() == before.replace("references = true #", "references = false #")
    # Only what was written is hidden in the next one.
    async with editor(root) as one:
        uri = one.open(root / "main.py", f"# TODO: a\n\n# see {issue_id}\n")
        assert await one.titles(uri) == ["Create issue"]
    cli(root, "daemon", "stop")


async def test_settings_that_are_being_edited_are_left_alone(tmp_path: Path, patient_daemon: None) -> None:
    root = project(tmp_path / "p")
    config = root / ".issues" / "config.toml"
    before = config.read_text()
    async with editor(root) as one:
        one.open(config, f"{before}# typed\n", "toml")
        one.press["for everybody in p"] = "This workspace"
        await one.run("hideLenses", {"kind": "tracked"})
        told = await one.hear(types.WINDOW_SHOW_MESSAGE)
        assert told.message == (
            "config.toml has changes in the editor that are not saved; nothing was written to it. "
            "The lenses are hidden until the editor is started again."
        )
        assert config.read_text() == before
    cli(root, "daemon", "stop")


async def _settled(one: Editor) -> None:
    """Waits until what was answered was worked on: the same thread answers this."""
    for _ in range(3):
        await one.todos()
