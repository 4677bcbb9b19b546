"""Completion while issues, texts and branches change, with the real server and the real daemon."""

from __future__ import annotations

import asyncio
import json
import subprocess
from pathlib import Path

import attrs
from lsprotocol import types
from tests.support.lsp import Editor, capabilities, editor
from tests.support.workspaces import cli, cli_json, project


async def completed(one: Editor, uri: str, line: int, character: int) -> types.CompletionList | None:
    params = types.CompletionParams(types.TextDocumentIdentifier(uri), types.Position(line, character))
    found = await asyncio.wait_for(one.client.text_document_completion_async(params), 30)
    assert found is None or isinstance(found, types.CompletionList)
    return found


async def labels(one: Editor, uri: str, line: int, character: int) -> list[str]:
    """What is offered, the likeliest first."""
    found = await completed(one, uri, line, character)
    return [item.label for item in sorted(found.items, key=lambda item: item.sort_text or "")] if found else []


def git(folder: Path, *words: str) -> None:
    subprocess.run(["git", *words], cwd=folder, check=True)


async def create(root: Path, *words: str) -> str:
    return str((await cli_json(root, "create", *words))["id"])


async def test_what_is_done_elsewhere_is_offered_at_once(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    first = await create(root, "First")
    async with editor(root) as one:
        uri = one.open(root / "main.py", "# see #\n")
        assert await labels(one, uri, 0, 7) == [first]
        since = one.mark()
        second = await create(root, "Second", "--priority", "0")
        await one.hear("issuelens/didChangeIssues", since=since)
        assert await labels(one, uri, 0, 7) == [second, first]
        since = one.mark()
        await cli_json(root, "close", second)
        await one.hear("issuelens/didChangeIssues", since=since)
        found = await completed(one, uri, 0, 7)
        assert found is not None
        assert [(item.label, list(item.tags or ())) for item in found.items] == [
            (first, []),
            (second, [types.CompletionItemTag.Deprecated]),
        ]


async def test_the_issue_of_the_branch_comes_first_then_those_that_the_file_names(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    git(root, "init", "-q", "-b", "main")
    urgent, named, branch = [
        await create(root, title, "--priority", priority) for title, priority in (("A", "0"), ("B", "3"), ("C", "4"))
    ]
    async with editor(root) as one:
        uri = one.open(root / "main.py", f"# see {named}\n# see #\n")
        assert await labels(one, uri, 1, 7) == [named, urgent, branch]
        git(root, "checkout", "-q", "-b", f"fix/{branch}-now")
        assert await labels(one, uri, 1, 7) == [branch, named, urgent]


async def test_of_more_issues_than_are_sent_those_are_found_that_are_typed_for(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    many = [{"id": f"app-x{number:04}", "title": f"Issue {number}"} for number in range(205)]
    many.append({"id": "app-zebra1", "title": "A striped horse", "priority": 4})
    stamps = {"created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z"}
    (tmp_path / "many.jsonl").write_text("".join(json.dumps(one | stamps) + "\n" for one in many))
    cli(root, "import", str(tmp_path / "many.jsonl"))
    async with editor(root) as one:
        uri = one.open(root / "main.py", "# see #\n# see #strip\n# see app-zeb\n")
        found = await completed(one, uri, 0, 7)
        assert found is not None
        assert (found.is_incomplete, len(found.items)) == (True, 100)
        for line, character in ((1, 12), (2, 13)):
            found = await completed(one, uri, line, character)
            assert found is not None
            assert found.is_incomplete, "with the next key it is asked again"
            assert "app-zebra1" in [item.label for item in found.items]


async def test_outside_of_a_folder_and_without_issues_nothing_is_offered(tmp_path: Path) -> None:
    root, bare = project(tmp_path / "p"), project(tmp_path / "q", initialised=False)
    await create(root, "First")
    async with editor(root, bare) as one:
        assert await labels(one, one.open(root / "main.py", "# #\n"), 0, 3)
        assert await labels(one, one.open(tmp_path / "beside.py", "# #\n"), 0, 3) == []
        assert await labels(one, one.open(bare / "main.py", "# #\n"), 0, 3) == []
        assert await labels(one, one.open(root / "empty.py", ""), 0, 0) == []


async def test_a_position_of_an_older_text_is_taken_as_the_end_of_its_line(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    issue_id = await create(root, "First")
    async with editor(root) as one:
        uri = one.open(root / "main.py", "# a long line, see #\n")
        one.type(uri, "# #\n")
        found = await completed(one, uri, 0, 20)
        assert found is not None
        [item] = found.items
        assert item.text_edit == types.TextEdit(types.Range(types.Position(0, 2), types.Position(0, 3)), issue_id)
        one.type(uri, "")
        assert await labels(one, uri, 0, 20) == []


async def test_an_item_whose_folder_has_gone_stays_as_it_is(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    await create(root, "First")
    async with editor(root) as one:
        uri = one.open(root / "main.py", "# #\n")
        found = await completed(one, uri, 0, 3)
        assert found is not None
        [item] = found.items
        assert (await one.client.completion_item_resolve_async(item)).documentation is not None
        one.folders(removed=[root])
        assert await one.client.completion_item_resolve_async(item) == item


def offering(*defaults: str, item: types.ClientCompletionItemOptions | None = None) -> types.ClientCapabilities:
    """The usual editor, with these fields of a list said once."""
    usual = capabilities()
    assert usual.text_document is not None
    assert usual.text_document.completion is not None
    completion = attrs.evolve(
        usual.text_document.completion,
        completion_item=item or usual.text_document.completion.completion_item,
        completion_list=types.CompletionListCapabilities(item_defaults=list(defaults)),
    )
    return attrs.evolve(usual, text_document=attrs.evolve(usual.text_document, completion=completion))


def span(line: int, start: int, end: int) -> types.Range:
    return types.Range(types.Position(line, start), types.Position(line, end))


async def test_what_items_have_in_common_is_said_once_where_the_editor_takes_that(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    issue_id = await create(root, "First")
    async with editor(root, offered=offering("editRange", "data")) as one:
        uri = one.open(root / "main.py", '"𝐛"  # #\n')
        found = await completed(one, uri, 0, 9)
        assert found is not None
        assert found.item_defaults == types.CompletionItemDefaults(
            edit_range=span(0, 8, 9), data={"workspace": root.as_uri()}
        )
        [item] = found.items
        assert (item.label, item.text_edit, item.data) == (issue_id, None, None)
        # As the editor asks for it.
        item.data = found.item_defaults.data
        assert (await one.client.completion_item_resolve_async(item)).documentation is not None


async def test_the_rest_of_a_word_is_replaced_where_the_person_can_choose(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    issue_id = await create(root, "First")
    text, item = "# see app-zzzz. # FIX\n", types.ClientCompletionItemOptions(insert_replace_support=True)
    insert, replace = span(0, 6, 10), span(0, 6, 14)
    async with editor(root, offered=offering(item=item)) as one:
        found = await completed(one, one.open(root / "main.py", text), 0, 10)
        assert found is not None
        [issue] = found.items
        assert issue.text_edit == types.InsertReplaceEdit(issue_id, insert, replace)
        assert (issue.detail, issue.label_details) == ("First", None)
    async with editor(root, offered=offering("editRange", item=item)) as one:
        found = await completed(one, one.open(root / "main.py", text), 0, 10)
        assert found is not None
        assert found.item_defaults is not None
        assert found.item_defaults.edit_range == types.EditRangeWithInsertReplace(insert, replace)
    async with editor(root) as one:
        found = await completed(one, one.open(root / "main.py", text), 0, 10)
        assert found is not None
        [issue] = found.items
        assert issue.text_edit == types.TextEdit(insert, issue_id)


async def test_what_waits_for_another_comes_after_what_is_ready(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    waiting, ready = [await create(root, "W", "--priority", "0"), await create(root, "R", "--priority", "3")]
    blocker = await create(root, "B", "--priority", "4")
    async with editor(root) as one:
        uri = one.open(root / "main.py", "# #\n")
        assert await labels(one, uri, 0, 3) == [waiting, ready, blocker]
        since = one.mark()
        await cli_json(root, "dep", "add", waiting, blocker)
        await one.hear("issuelens/didChangeIssues", since=since)
        assert await labels(one, uri, 0, 3) == [ready, blocker, waiting]
        since = one.mark()
        await cli_json(root, "close", blocker)
        await one.hear("issuelens/didChangeIssues", since=since)
        assert await labels(one, uri, 0, 3) == [waiting, ready, blocker]
