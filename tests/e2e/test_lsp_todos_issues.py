"""Issues made from TODOs in the editor, also after these have moved."""

from __future__ import annotations

from pathlib import Path

import pytest
from lsprotocol import types
from tests.support.lsp import editor
from tests.support.workspaces import project


async def test_a_todo_is_found_by_its_key_after_it_has_moved(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    async with editor(root) as one:
        uri = one.open(root / "main.py")
        [lens] = [one for one in await one.lenses(uri) if one.range.start.line == 7]
        assert lens.command is not None
        one.type(uri, "import math\n\n\n" + one.texts[uri])
        issue = await one.run(lens.command.command, *(lens.command.arguments or []))
        assert issue["title"] == "taxes"
        await one.hear(types.WORKSPACE_APPLY_EDIT)
        assert f"# FIXME({issue['id']}, anna): taxes" in one.texts[uri]
        one.type(uri, "# TODO: round half up\n")
        with pytest.raises(Exception, match=r"Line 8 of main\.py: the text has changed since"):
            await one.run(lens.command.command, *(lens.command.arguments or []))


async def test_a_lens_of_an_earlier_text_means_the_todo_that_it_stood_on(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    async with editor(root) as one:
        uri = one.open(root / "b.py", "# TODO: first\nx = 1\n# TODO: second\nx = 2\n# TODO: third\n")
        lenses = [lens.command.arguments for lens in await one.lenses(uri) if lens.command]
        one.type(uri, "# TODO: zero\n\n# TODO: first\nx = 1\n# TODO: second, in other words\n# TODO: third\n")
        for [argument], title in zip(lenses, ("first", "second, in other words", "third"), strict=True):
            since = one.mark()
            assert (await one.run("createIssueFromTodo", argument))["title"] == title
            await one.hear(types.WORKSPACE_APPLY_EDIT, since=since)
        for _ in range(5):
            one.type(uri, "\n" + one.texts[uri])
            await one.lenses(uri)
        with pytest.raises(Exception, match=r"Line 1 of b\.py: the text has changed since"):
            await one.run("createIssueFromTodo", *lenses[0])


async def test_a_listed_todo_becomes_an_issue_by_its_key_alone(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    async with editor(root) as one:
        [_, taxes] = await one.todos()
        uri = one.open(root / "main.py")
        issue = await one.run("createIssueFromTodo", {"uri": uri, "key": taxes["key"]})
        assert issue["title"] == "taxes"
        await one.hear(types.WORKSPACE_APPLY_EDIT)
        [_, after] = await one.todos()
        assert (after["issue"], after["key"]) == (issue["id"], taxes["key"])
        with pytest.raises(Exception, match="line: it is missing; name the line or the key"):
            await one.run("createIssueFromTodo", {"uri": uri})


async def test_a_refused_edit_is_repeated_for_the_same_todo_after_it_has_moved(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    async with editor(root) as one:
        uri = one.open(root / "main.py")
        [first, _] = await one.todos()
        one.refuse_edits = "not now"
        issue = await one.run("createIssueFromTodo", {"uri": uri, "key": first["key"]})
        await one.hear(types.WINDOW_SHOW_MESSAGE_REQUEST)
        one.type(uri, "# TODO: round half up to tens\n\n" + one.texts[uri].replace("half up", "half up, always"))
        one.refuse_edits = None
        moved = next(todo for todo in await one.todos() if todo["key"] == first["key"])
        assert moved["text"] == "round half up, always"
        again = await one.run("createIssueFromTodo", {"uri": uri, "key": first["key"]})
        assert again["id"] == issue["id"]
        await one.hear(types.WORKSPACE_APPLY_EDIT, lambda params: issue["id"] in str(params))
        assert len(await one.request("issuelens/listIssues", {})) == 1
