"""The tree of TODOs that a panel shows: groups, filter, what is new on a branch, and what issues they would become."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.support.lsp import Editor, editor
from tests.support.lsp_todos import committed
from tests.support.workspaces import project


async def tree(one: Editor, *levels: str | None, **params: Any) -> list[list[dict[str, Any]]]:
    """The rows of these levels."""
    answer = await one.request("issuelens/todoTree", {"levels": [{"of": of} for of in levels or (None,)], **params})
    return [level["rows"] for level in answer["levels"]]


def shown(rows: list[dict[str, Any]]) -> list[tuple[str, int]]:
    return [(row["key"], row["count"]) for row in rows]


def texts(rows: list[dict[str, Any]]) -> list[str]:
    return [row["text"] for row in rows]


async def test_todos_are_grouped_by_what_they_have_in_common(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    (root / "web.js").write_text("// TODO: keep the basket\n")
    async with editor(root) as one:
        issue = (await one.run("createIssue", {"title": "taxes"}))["id"]
        (root / "more.py").write_text(f"# HACK({issue}): x\n# TODO(app-0000): y\n")
        await one.request("issuelens/listTodos", {"refresh": True})
        [files, web] = await tree(one, None, "file=web.js")
        assert shown(files) == [("file=main.py", 2), ("file=more.py", 2), ("file=web.js", 1)]
        assert texts(web) == ["keep the basket"]
        assert web[0]["uri"] == (root / "web.js").as_uri()
        [tags] = await tree(one, groupBy="tag")
        assert shown(tags) == [("tag=FIXME", 1), ("tag=HACK", 1), ("tag=TODO", 3)]
        assert (tags[0]["icon"], tags[0]["color"]) == ("flame", "charts.red")
        [owners, nobody] = await tree(one, None, "owner=", groupBy="owner")
        assert shown(owners) == [("owner=anna", 1), ("owner=", 4)]
        assert len(nobody) == 4
        [tracked] = await tree(one, groupBy="tracked")
        assert shown(tracked) == [("tracked=untracked", 3), ("tracked=tracked", 1), ("tracked=unknown", 1)]
        await one.run("closeIssue", {"id": issue})
        [tracked, finished] = await tree(one, None, "tracked=finished", groupBy="tracked")
        assert shown(tracked)[1] == ("tracked=finished", 1)
        assert (finished[0]["id"], finished[0]["issue"]["status"]) == (issue, "closed")
        [flat] = await tree(one, groupBy="none", filter="BASKET web")
        assert texts(flat) == ["keep the basket"]


async def test_only_what_is_new_on_the_branch(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    committed(root)
    async with editor(root) as one:
        assert await tree(one, onlyNew=True) == [[]]
        (root / "new.py").write_text("# TODO: since then\n")
        await one.request("issuelens/listTodos", {"refresh": True})
        [rows] = await tree(one, onlyNew=True, groupBy="none")
        assert texts(rows) == ["since then"]


async def test_ages_come_bit_by_bit(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    committed(root)
    (root / "new.py").write_text("# TODO: since then\n")
    async with editor(root) as one:
        mark = one.mark()
        await tree(one, groupBy="age")
        await one.hear("issuelens/didChangeTodos", lambda told: told.paths == [], mark)
        [ages] = await tree(one, groupBy="age")
        assert shown(ages) == [("age=uncommitted", 1), ("age=today", 2)]


async def test_a_level_comes_in_pages(tmp_path: Path) -> None:
    root = project(tmp_path / "p", initialised=False)
    (root / "many.py").write_text("# TODO: x\n" * 7)
    async with editor(root) as one:
        params = {"levels": [{"of": "file=many.py", "limit": 3}, {"of": "file=many.py", "limit": 7}]}
        answer = await one.request("issuelens/todoTree", params)
        assert [(len(level["rows"]), level["more"]) for level in answer["levels"]] == [(3, True), (7, False)]
        assert answer["total"] == 9
        assert len({row["key"] for row in answer["levels"][1]["rows"]}) == 7


async def test_what_issues_they_would_become_and_become(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    async with editor(root) as one:
        [rows] = await tree(one, groupBy="none")
        asked = [{"uri": row["uri"], "key": row["key"]} for row in rows]
        previews = await one.request("issuelens/previewIssues", {"todos": [*asked, {**asked[0], "key": "gone"}]})
        assert [(each["title"], each["issue_type"], each["assignee"]) for each in previews[:2]] == [
            ("round half up", "task", None),
            ("taxes", "bug", "anna"),
        ]
        assert "not there any more" in previews[2]["refused"]
        one.open(root / "main.py")
        made = await one.run("createIssuesFromTodos", {"uri": asked[1]["uri"], "keys": [asked[1]["key"]]})
        assert [issue["title"] for issue in made] == ["taxes"]


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"groupBy": "colour"}, "groupBy: it must be one of file"),
        ({"levels": [{"of": "tag=TODO"}]}, "there is no group"),
    ],
)
async def test_what_a_mistake_says(tmp_path: Path, params: dict[str, Any], message: str) -> None:
    async with editor(project(tmp_path / "p")) as one:
        with pytest.raises(Exception, match=message):
            await one.request("issuelens/todoTree", params)
