"""Lenses of a large file are resolved when they are seen, where the editor says that it does that."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs
from lsprotocol import types
from tests.support.lsp import Editor, capabilities, editor
from tests.support.workspaces import cli, cli_json, project

from issuelens.lsp.features.code_lens import WHOLE


def resolving(*properties: str) -> types.ClientCapabilities:
    """The usual editor, which resolves these properties of lenses."""
    usual = capabilities()
    assert usual.text_document is not None
    lens = types.CodeLensClientCapabilities(resolve_support=types.ClientCodeLensResolveOptions(list(properties)))
    return attrs.evolve(usual, text_document=attrs.evolve(usual.text_document, code_lens=lens))


async def resolved(one: Editor, lens: types.CodeLens) -> types.Command:
    """What is shown of a lens that came into view."""
    found = await one.client.code_lens_resolve_async(lens)
    assert found.command is not None
    assert found.range == lens.range
    return found.command


def lens(data: Any) -> types.CodeLens:
    return types.CodeLens(types.Range(types.Position(0, 0), types.Position(0, 1)), data=data)


def text_of(issue_id: str) -> str:
    """A text with one lens too many, then those of a TODO with an issue and of one without."""
    return "# TODO: a\n" * WHOLE + f"# TODO({issue_id}): b\n# TODO: last\n"


async def test_what_is_far_down_is_resolved_when_it_is_seen(tmp_path: Path, patient_daemon: None) -> None:
    root = project(tmp_path / "p")
    issue_id = (await cli_json(root, "create", "Round"))["id"]
    async with editor(root, offered=resolving("command")) as one:
        uri = one.open(root / "main.py", text_of(issue_id))
        lenses = await one.lenses(uri)
        assert [found.command is not None for found in lenses] == [True] * WHOLE + [False] * 4
        assert [found.range.start.line for found in lenses[WHOLE:]] == [WHOLE] * 3 + [WHOLE + 1]
        commands = [await resolved(one, found) for found in lenses[WHOLE:]]
        assert [found.title for found in commands] == [f"{issue_id} · open · P2", "Start", "Close", "Create issue"]
        since = one.mark()
        await one.run(commands[1].command, *(commands[1].arguments or ()))
        await one.hear("issuelens/didChangeIssues", since=since)
        # What was not yet looked at says what has become of its issue.
        assert (await resolved(one, lenses[WHOLE])).title.startswith(f"{issue_id} · in progress · P2")
        assert await resolved(one, lenses[0]) == lenses[0].command
    cli(root, "daemon", "stop")


async def test_a_lens_of_an_earlier_text_acts_on_its_own_todo(tmp_path: Path, patient_daemon: None) -> None:
    root = project(tmp_path / "p")
    issue_id = (await cli_json(root, "create", "Round"))["id"]
    async with editor(root, offered=resolving("command")) as one:
        uri = one.open(root / "main.py", text_of(issue_id))
        last = (await one.lenses(uri))[-1]
        one.type(uri, f"# TODO: new\n\n{text_of(issue_id)}")
        command = await resolved(one, last)
        since = one.mark()
        made = await one.run(command.command, *(command.arguments or ()))
        await one.hear(types.WORKSPACE_APPLY_EDIT, since=since)
        assert made["title"] == "last"
        assert one.texts[uri].splitlines()[-1] == f"# TODO({made['id']}): last"
    cli(root, "daemon", "stop")


async def test_all_lenses_are_whole_for_an_editor_that_does_not_say_so(tmp_path: Path, patient_daemon: None) -> None:
    root = project(tmp_path / "p")
    issue_id = (await cli_json(root, "create", "Round"))["id"]
    for offered in (capabilities(), resolving("range")):
        async with editor(root, offered=offered) as one:
            lenses = await one.lenses(one.open(root / "main.py", text_of(issue_id)))
            assert len(lenses) == WHOLE + 4
            assert all(found.command for found in lenses)
    cli(root, "daemon", "stop")


async def test_a_lens_has_a_command_whatever_has_become_of_its_folder(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    async with editor(root) as one:
        shown = {"workspace": (tmp_path / "gone").as_uri(), "id": "app-1a2b", "verb": "showIssue"}
        assert (await resolved(one, lens(shown))).title == "app-1a2b"
        others: list[Any] = [{"verb": "deleteIssue"}, {"verb": []}, {"workspace": 1}]
        wrong: list[Any] = [None, [], {}, *(shown | other for other in others)]
        for odd in wrong:
            found = await one.client.code_lens_resolve_async(lens(odd))
            assert found.command is None
