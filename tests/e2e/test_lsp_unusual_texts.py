"""Texts that are in no file, in no folder, or cells of a notebook: they are answered, with what is known there."""

from __future__ import annotations

from pathlib import Path

import pytest
from lsprotocol import types
from tests.support.lsp import Editor, editor
from tests.support.workspaces import cli, cli_json, project

TEXT = "# TODO: round half up\n# see app-\n"
START = types.Range(types.Position(0, 0), types.Position(0, 0))


async def _asked(one: Editor, uri: str) -> tuple[list[str], list[str], list[str]]:
    """The titles of lenses and of actions on the first line, and what completes at the end of the second."""
    named, client = types.TextDocumentIdentifier(uri), one.client
    lenses = await client.text_document_code_lens_async(types.CodeLensParams(named))
    context = types.CodeActionContext(diagnostics=[])
    actions = await client.text_document_code_action_async(types.CodeActionParams(named, START, context))
    place = types.Position(1, len("# see app-"))
    completed = await client.text_document_completion_async(types.CompletionParams(named, place))
    items = completed.items if isinstance(completed, types.CompletionList) else completed or []
    shown = [lens.command.title for lens in lenses or [] if lens.command]
    return shown, [one.title for one in actions or []], [item.label for item in items]


@pytest.mark.parametrize("where", ["untitled:Untitled-1", "outside", "cell"])
async def test_texts_of_unusual_places_are_answered(where: str, tmp_path: Path, patient_daemon: None) -> None:
    root = project(tmp_path / "p")
    issue_id = (await cli_json(root, "create", "Round"))["id"]
    uris = {
        "outside": (tmp_path / "outside.py").as_uri(),
        "cell": f"vscode-notebook-cell:{(root / 'book.ipynb').as_uri().removeprefix('file:')}#X1",
    }
    uri = uris.get(where, where)
    async with editor(root) as one:
        await one.titles(one.open(root / "main.py", TEXT))
        item = types.TextDocumentItem(uri, "python", 1, TEXT)
        one.texts[uri], one.versions[uri] = TEXT, 1
        one.client.text_document_did_open(types.DidOpenTextDocumentParams(item))
        lenses, actions, completed = await _asked(one, uri)
        if where == "cell":
            assert lenses == ["Create issue"]
            assert {"Create issue", "Link to an issue"} <= set(actions)
            assert issue_id in completed
            assert f"TODO({await one.create_issue(uri, 0)}): round" in one.texts[uri]
        else:
            assert (lenses, actions, completed) == ([], [], [])
    cli(root, "daemon", "stop")
