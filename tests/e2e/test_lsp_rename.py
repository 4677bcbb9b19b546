"""Another id in place of an issue's: what is asked, what is merged, and which texts change."""

from __future__ import annotations

from pathlib import Path

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcException
from tests.support.lsp import Editor, capabilities, editor
from tests.support.workspaces import cli, cli_json, project

CODE = "# TODO(ID): one\n'𝐛'; x = 1  # see ID\n"


async def _renamed(one: Editor, uri: str, new: str) -> types.WorkspaceEdit | None:
    params = types.RenameParams(types.TextDocumentIdentifier(uri), types.Position(0, 9), new)
    return await one.client.text_document_rename_async(params)


def _made(tmp_path: Path) -> tuple[Path, str, str]:
    root = project(tmp_path / "p")
    first, second = (cli(root, "create", title, "--json").split('"id": "')[1].split('"')[0] for title in ("a", "b"))
    (root / "main.py").write_text(CODE.replace("ID", first))
    # What stands in the string is no reference, though one is on the same line.
    (root / "other.py").write_text(f"pass  # {first} in a closed file\nx = '{first}'  # {first}\n")
    (root / "notes.md").write_text(f"{first}\n")
    return root, first, second


def _shown(edit: types.WorkspaceEdit | None, root: Path) -> dict[str, list[tuple[int, int, str]]]:
    assert edit is not None
    assert edit.document_changes is not None
    found = {}
    for one in edit.document_changes:
        assert isinstance(one, types.TextDocumentEdit)
        places = [(each.range.start.line, each.range.start.character, each.new_text) for each in one.edits]  # type: ignore[union-attr]
        found[one.text_document.uri.removeprefix(root.as_uri() + "/")] = places
    return found


async def test_issues_are_merged_and_every_text_changes(tmp_path: Path, patient_daemon: None) -> None:
    root, first, second = _made(tmp_path)
    async with editor(root) as one:
        one.press["are two issues"] = "Merge"
        uri = one.open(root / "main.py")
        found = _shown(await _renamed(one, uri, second), root)
        assert found == {
            "main.py": [(0, 7, second), (1, 19, second)],
            "notes.md": [(0, 0, second)],
            "other.py": [(0, 8, second), (1, 18, second)],
        }
        assert (await cli_json(root, "show", first))["id"] == second
    cli(root, "daemon", "stop")


async def test_the_references_alone_or_nothing(tmp_path: Path, patient_daemon: None) -> None:
    root, first, second = _made(tmp_path)
    async with editor(root) as one:
        uri = one.open(root / "main.py")
        one.press["are two issues"] = "Only the references"
        assert len(_shown(await _renamed(one, uri, second), root)) == 3
        one.press["are two issues"] = "Cancel"
        assert await _renamed(one, uri, second) is None
        assert await _renamed(one, uri, first) is None
        assert (await cli_json(root, "show", first))["id"] == first
    cli(root, "daemon", "stop")


async def test_what_is_no_issue_is_refused(tmp_path: Path, patient_daemon: None) -> None:
    root, first, second = _made(tmp_path)
    async with editor(root) as one:
        uri = one.open(root / "main.py")
        with pytest.raises(JsonRpcException, match="There is no issue app-zzzz9"):
            await _renamed(one, uri, "app-zzzz9")
        with pytest.raises(JsonRpcException, match="no issue id here"):
            await one.client.text_document_rename_async(
                types.RenameParams(types.TextDocumentIdentifier(uri), types.Position(1, 0), second)
            )
        params = types.PrepareRenameParams(types.TextDocumentIdentifier(uri), types.Position(0, 9))
        prepared = await one.client.text_document_prepare_rename_async(params)
        assert isinstance(prepared, types.PrepareRenamePlaceholder)
        assert prepared.placeholder == first
        nowhere = types.PrepareRenameParams(types.TextDocumentIdentifier(uri), types.Position(1, 0))
        assert await one.client.text_document_prepare_rename_async(nowhere) is None
    cli(root, "daemon", "stop")


async def test_a_file_that_has_changed_is_read_anew(tmp_path: Path, patient_daemon: None) -> None:
    root, first, second = _made(tmp_path)
    async with editor(root) as one:
        uri = one.open(root / "main.py")
        await one.todos()
        (root / "other.py").write_text(f"pass  # now {first} is further on\n")
        one.press["are two issues"] = "Only the references"
        found = _shown(await _renamed(one, uri, second), root)
        assert found["other.py"] == [(0, 12, second)]
    cli(root, "daemon", "stop")


async def test_edits_say_what_they_are_about(tmp_path: Path, patient_daemon: None) -> None:
    root, first, second = _made(tmp_path)
    offered = capabilities()
    assert offered.workspace is not None
    assert offered.text_document is not None
    offered.workspace.workspace_edit = types.WorkspaceEditClientCapabilities(
        document_changes=True, change_annotation_support=types.ChangeAnnotationsSupportOptions()
    )
    offered.text_document.rename = types.RenameClientCapabilities(honors_change_annotations=True)
    async with editor(root, offered=offered) as one:
        one.press["are two issues"] = "Only the references"
        uri = one.open(root / "main.py")
        one.open(root / ".issues" / "edit" / f"{second}.md", f"See {first}.\n", "markdown")
        edit = await _renamed(one, uri, second)
        assert edit is not None
        assert edit.document_changes is not None
        assert edit.change_annotations is not None
        found = {}
        for change in edit.document_changes:
            assert isinstance(change, types.TextDocumentEdit)
            names = {each.annotation_id for each in change.edits if isinstance(each, types.AnnotatedTextEdit)}
            found[change.text_document.uri.rpartition("/")[2]] = [edit.change_annotations[name] for name in names]
        closed = types.ChangeAnnotation(f"References to {first}", description="in files that are not open")
        assert found == {
            "main.py": [types.ChangeAnnotation(f"References to {first}")],
            "notes.md": [closed],
            "other.py": [closed],
            f"{second}.md": [types.ChangeAnnotation(f"{first} in issue documents")],
        }
    cli(root, "daemon", "stop")
