"""The tree of issues that a panel shows: levels page by page, and what dropping on a row does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.support.lsp import Editor, editor
from tests.support.workspaces import project


async def made(one: Editor, title: str, **fields: Any) -> str:
    issue: dict[str, Any] = await one.run("createIssue", {"title": title, **fields})
    return str(issue["id"])


async def tree(one: Editor, *levels: str | None, **params: Any) -> list[list[dict[str, Any]]]:
    """The rows of these levels."""
    answer = await one.request("issuelens/issueTree", {"levels": [{"of": of} for of in levels or (None,)], **params})
    return [level["rows"] for level in answer["levels"]]


def shown(rows: list[dict[str, Any]]) -> list[tuple[str, int]]:
    return [(row["key"], row["count"]) for row in rows]


def titles(rows: list[dict[str, Any]]) -> list[str]:
    return [row["issue"]["title"] for row in rows]


async def test_groups_are_in_reading_order_and_hold_what_the_query_finds(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    async with editor(root) as one:
        first = await made(one, "first", priority=1, assignee="zoe", labels=["ui", "slow"])
        await made(one, "second", assignee="anna", labels=["ui"])
        third = await made(one, "third")
        await one.run("startIssue", {"id": first})
        await one.run("closeIssue", {"id": third})
        [groups, doing] = await tree(one, None, "status=in_progress", groupBy="status")
        assert shown(groups) == [
            ("status=in_progress", 1),
            ("status=open", 1),
            ("status=blocked", 0),
            ("status=deferred", 0),
        ]
        assert titles(doing) == ["first"]
        [groups] = await tree(one, groupBy="status", query="is:any")
        assert shown(groups)[-1] == ("status=closed", 1)
        [groups] = await tree(one, groupBy="priority")
        assert shown(groups) == [
            ("priority=0", 0),
            ("priority=1", 1),
            ("priority=2", 1),
            ("priority=3", 0),
            ("priority=4", 0),
        ]
        [groups, mine] = await tree(one, None, "assignee=", groupBy="assignee", query="is:any")
        assert shown(groups) == [("assignee=anna", 1), ("assignee=zoe", 1), ("assignee=", 1)]
        assert titles(mine) == ["third"]
        [groups, ui] = await tree(one, None, "label=ui", groupBy="label")
        assert shown(groups) == [("label=slow", 1), ("label=ui", 2)]
        assert titles(ui) == ["first", "second"]
        [flat] = await tree(one, query="text:second")
        assert titles(flat) == ["second"]


async def test_epics_hold_what_is_below_them(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    async with editor(root) as one:
        epic = await made(one, "Money", issueType="epic")
        child, alone = await made(one, "round"), await made(one, "alone")
        grandchild = await made(one, "half up")
        await one.run("updateIssue", {"id": child, "parent": epic})
        await one.run("updateIssue", {"id": grandchild, "parent": child})
        [groups, money, none] = await tree(one, None, f"epic={epic}", "epic=", groupBy="epic")
        assert shown(groups) == [(f"epic={epic}", 2), ("epic=", 1)]
        assert groups[0]["issue"]["title"] == "Money"
        assert sorted(titles(money)) == ["half up", "round"]
        assert titles(none) == ["alone"]
        await one.run("addDependency", {"id": child, "dependsOn": alone})
        [below] = await tree(one, child, groupBy="epic")
        assert [(row["relation"], row["key"]) for row in below] == [("blocker", alone), ("child", grandchild)]
        [row] = [row for row in money if row["key"] == child]
        assert (row["children"], row["finished"], row["waits"]) == (1, 0, 0)
        [money] = await tree(one, f"epic={epic}", groupBy="epic")
        [row] = [row for row in money if row["key"] == child]
        assert (row["isBlocked"], row["isReady"], row["waits"]) == (True, False, 1)


async def test_files_hold_the_issues_that_they_name(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    async with editor(root) as one:
        issue, _ = await made(one, "named"), await made(one, "not named")
        (root / "main.py").write_text(f"# TODO({issue}): x\n# see {issue}\n")
        [groups, named, none] = await tree(one, None, "file=main.py", "file=", groupBy="file")
        assert shown(groups) == [("file=main.py", 1), ("file=", 1)]
        assert (titles(named), titles(none)) == (["named"], ["not named"])


async def test_a_level_comes_in_pages(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    async with editor(root) as one:
        for number in range(5):
            await made(one, f"{number}")
        params = {"groupBy": "status", "levels": [{"of": "status=open", "limit": 3}, {"of": "status=open", "limit": 5}]}
        answer = await one.request("issuelens/issueTree", params)
        assert [(len(level["rows"]), level["more"]) for level in answer["levels"]] == [(3, True), (5, False)]
        assert (answer["total"], answer["ready"]) == (5, 5)
        [limited] = await tree(one, "status=open", groupBy="status", query="limit:2")
        assert len(limited) == 2


async def test_dropping_changes_what_the_group_is_of(tmp_path: Path) -> None:
    async with editor(project(tmp_path / "p")) as one:
        first, second = await made(one, "first", labels=["ui"]), await made(one, "second")

        async def drop(onto: str, **params: Any) -> dict[str, Any]:
            await one.request("issuelens/moveIssues", {"ids": [first], "onto": onto, **params})
            issue: dict[str, Any] = await one.request("issuelens/getIssue", {"id": first})
            return issue

        assert (await drop("status=in_progress"))["status"] == "in_progress"
        closed = await drop("status=closed")
        assert closed["status"] == "closed"
        assert closed["closed_at"]
        assert (await drop("priority=0"))["priority"] == 0
        assert (await drop("assignee=anna"))["assignee"] == "anna"
        assert "assignee" not in await drop("assignee=")
        assert (await drop("label=slow", **{"from": "label=ui"}))["labels"] == ["slow"]
        assert (await drop("label=", **{"from": "label=slow"}))["labels"] == []
        assert (await drop(second))["dependencies"][0]["depends_on_id"] == second
        assert (await drop("epic="))["dependencies"] == []
        with pytest.raises(Exception, match="decided in the files"):
            await drop("file=main.py")
        both = await one.request("issuelens/moveIssues", {"ids": [first, second], "onto": "priority=3"})
        assert sorted(both["ids"]) == sorted([first, second])
        # One operation, so that one undo takes it back.
        await one.run("undo", {})
        [rows] = await tree(one, query="is:any")
        assert {row["issue"]["priority"] for row in rows} == {0, 2}


async def test_a_command_for_several_issues_is_one_operation(tmp_path: Path) -> None:
    async with editor(project(tmp_path / "p")) as one:
        ids = [await made(one, title) for title in ("first", "second")]
        closed = await one.run("closeIssue", {"ids": ids, "reason": "done"})
        assert [issue["status"] for issue in closed] == ["closed", "closed"]
        assert await tree(one, groupBy="status") == [[]]
        await one.run("undo", {})
        [rows] = await tree(one)
        assert sorted(titles(rows)) == ["first", "second"]


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"groupBy": "colour"}, "groupBy: it must be one of status"),
        ({"levels": "x"}, "levels: it must be a list"),
        ({"levels": [{"limit": 0}]}, "limit: it must be from 1"),
        ({"levels": [{"of": "colour=red"}]}, "there is no group"),
        ({"levels": [{"of": "priority=9"}]}, "there is no group"),
        ({"query": "statu:open"}, "there is no field"),
    ],
)
async def test_what_a_mistake_says(tmp_path: Path, params: dict[str, Any], message: str) -> None:
    async with editor(project(tmp_path / "p")) as one:
        with pytest.raises(Exception, match=message):
            await one.request("issuelens/issueTree", params)
        # What is gone has nothing below it.
        assert await tree(one, "app-0000") == [[]]


async def test_the_state_of_each_folder_is_told(tmp_path: Path) -> None:
    first, second = project(tmp_path / "first"), project(tmp_path / "second", initialised=False)
    async with editor(first, second) as one:
        found = await one.request("issuelens/workspaces", {})
        assert [(each["name"], each["state"]) for each in found] == [("first", "open"), ("second", "uninitialised")]
        assert found[0]["workspace"] == first.as_uri()


async def test_issues_that_are_gone_when_they_are_dropped_are_named_and_nothing_is_changed(tmp_path: Path) -> None:
    async with editor(project(tmp_path / "p")) as one:
        there, gone = await made(one, "there"), await made(one, "gone")
        await one.run("deleteIssue", {"id": gone})
        drop = {"ids": [there, gone], "onto": "status=in_progress", "from": "status=open"}
        with pytest.raises(Exception, match=gone):
            await one.request("issuelens/moveIssues", drop)
        with pytest.raises(Exception, match=gone):
            await one.request("issuelens/moveIssues", {"ids": [there], "onto": gone})
        [rows] = await tree(one, query="is:any")
        assert [(row["key"], row["issue"]["status"]) for row in rows] == [(there, "open")]
        # One that was closed meanwhile is where it was dropped: that is what the person sees.
        await one.run("closeIssue", {"id": there})
        await one.request("issuelens/moveIssues", drop | {"ids": [there]})
        [rows] = await tree(one)
        assert [row["issue"]["status"] for row in rows] == ["in_progress"]


async def test_unusual_texts_come_as_they_are_and_their_groups_can_be_asked_for(tmp_path: Path) -> None:
    hebrew, label = "\u05e9\u05dc\u05d5\u05dd", "$(flame) [x](command:y) = \u05ea"
    async with editor(project(tmp_path / "p")) as one:
        long = await made(one, "x" * 500)
        odd = await made(one, f"{hebrew} \u202egnp.exe", assignee=f"{hebrew} 7", labels=[label])
        [labels, own] = await tree(one, None, f"label={label}", groupBy="label")
        assert shown(labels) == [(f"label={label}", 1), ("label=", 1)]
        assert [row["key"] for row in own] == [odd]
        [people] = await tree(one, groupBy="assignee")
        assert people[0]["value"] == f"{hebrew} 7"
        [rows] = await tree(one)
        assert {row["key"]: len(row["issue"]["title"]) for row in rows} == {long: 500, odd: 13}
