"""Folders and databases that change under a language server: each request gets one answer, the last state counts."""

from __future__ import annotations

import asyncio
import itertools
import shutil
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcException
from tests.support.lsp import Editor, capabilities, editor
from tests.support.workspaces import cli_json, project

ROUNDS = 20


async def known(one: Editor, root: Path) -> tuple[str, str]:
    """An open file with a comment that names an issue, and the issue's id."""
    issue = await one.run("createIssue", {"title": "x", "workspace": root.as_uri()})
    source = root / "known.py"
    source.write_text(f"# TODO({issue['id']}): round half up\n# TODO: another\n")
    return one.open(source), issue["id"]


async def test_a_folder_removed_and_added_while_requests_run(tmp_path: Path) -> None:
    root, other = project(tmp_path / "p"), project(tmp_path / "q")
    # It asks for diagnostics itself, so that nothing goes on by itself when the tasks are counted.
    async with editor(root, other, offered=capabilities(pull=True)) as one:
        uri, issue_id = await known(one, root)
        await one.titles(uri)
        await at_rest(one, root, other)
        before = await one.status()
        asked: list[asyncio.Future[Any]] = []
        for number in range(ROUNDS):
            asked += requests(one, root, uri, issue_id, number)
            one.folders(removed=[root])
            if number % 3:
                asked += requests(one, root, uri, issue_id, number)
            one.folders(added=[root])
        answers = await asyncio.wait_for(asyncio.gather(*asked, return_exceptions=True), 60)
        assert len(answers) == len(asked)
        told = {str(answer) for answer in answers if isinstance(answer, BaseException)}
        assert all(allowed(text) for text in told), told
        titles = await one.titles(uri)
        assert titles[0].startswith(issue_id)
        assert (await one.run("closeIssue", {"id": issue_id, "workspace": root.as_uri()}))["status"] == "closed"
        await at_rest(one, root, other)
        after = await one.status()
        for name in ("fds", "tasks", "openEngines"):
            assert after[name] == before[name], name
        assert len(after["sessions"]) == 2


async def at_rest(one: Editor, *roots: Path) -> None:
    """Waits until every folder that closes has closed, and those that are open have read their TODOs."""
    await one.request("issuelens/settled", {})
    for root in roots:
        await one.todos(workspace=root.as_uri(), refresh=True)


def requests(one: Editor, root: Path, uri: str, issue_id: str, number: int) -> list[asyncio.Future[Any]]:
    """What an editor and a person ask at the same time."""
    work = (
        one.lenses(uri),
        one.hover(uri, 0, 10),
        one.request("issuelens/listIssues", {"workspace": root.as_uri()}),
        one.run("updateIssue", {"id": issue_id, "workspace": root.as_uri(), "title": f"x {number}"}),
    )
    return [asyncio.ensure_future(each) for each in work]


def allowed(text: str) -> bool:
    """Whether this is what one may be told whose folder has just been closed."""
    return any(words in text for words in ("is not an open folder", "is closed", "was closed here"))


# What stands there changes


async def test_issues_deleted_and_made_anew(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    async with editor(root) as one:
        uri, issue_id = await known(one, root)
        assert (await one.titles(uri))[0].startswith(issue_id)
        shutil.rmtree(root / ".issues")
        assert await one.titles(uri) == ["Create issue"] * 2
        told = await one.hear(types.WINDOW_SHOW_MESSAGE)
        assert ".issues is not there any more, so there are no issues until it is back." in told.message
        [session] = (await one.status())["sessions"]
        assert (session["state"], session["engines"], session["connections"]) == ("uninitialised", 0, 0)
        with pytest.raises(Exception, match="has no issues yet"):
            await one.request("issuelens/listIssues", {})
        await cli_json(root, "init", "--prefix", "new")
        assert await one.request("issuelens/listIssues", {}) == []
        assert (await one.run("createIssue", {"title": "y"}))["id"].startswith("new-")


async def test_issues_moved_away_and_back(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    async with editor(root) as one:
        uri, issue_id = await known(one, root)
        for _ in range(3):
            (root / ".issues").rename(tmp_path / "aside")
            assert await one.titles(uri) == ["Create issue"] * 2
            (tmp_path / "aside").rename(root / ".issues")
            listed = await one.request("issuelens/listIssues", {})
            assert [issue["id"] for issue in listed] == [issue_id]
            assert (await one.titles(uri))[0].startswith(issue_id)
        await one.request("issuelens/settled", {})
        status = await one.status()
        assert status["openEngines"] == 1


async def test_a_database_that_was_replaced(tmp_path: Path) -> None:
    root, other = project(tmp_path / "p"), project(tmp_path / "q")
    theirs = await cli_json(other, "create", "theirs")
    await cli_json(other, "daemon", "stop")
    async with editor(root) as one:
        uri, issue_id = await known(one, root)
        assert (await one.titles(uri))[0].startswith(issue_id)
        for extra in ("-wal", "-shm"):
            (root / ".issues" / f"issues.db{extra}").unlink()
        (other / ".issues" / "issues.db").replace(root / ".issues" / "issues.db")
        assert await one.titles(uri) == ["Create issue"] * 2
        assert [issue["id"] for issue in await one.request("issuelens/listIssues", {})] == [theirs["id"]]
        made = await one.run("createIssue", {"title": "mine"})
        listed = await cli_json(root, "list")
        assert {issue["id"] for issue in listed} == {theirs["id"], made["id"]}


async def test_the_folder_renamed(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    async with editor(root) as one:
        _, issue_id = await known(one, root)
        root.rename(tmp_path / "p2")
        with pytest.raises(Exception, match=r"The folder .*/p is not there any more\. Open the one where it is now"):
            await one.run("createIssue", {"title": "lost?"})
        one.folders(added=[tmp_path / "p2"], removed=[root])
        listed = await one.request("issuelens/listIssues", {})
        assert [issue["id"] for issue in listed] == [issue_id]
        assert (await one.run("createIssue", {"title": "y"}))["title"] == "y"


async def test_deleted_in_the_midst_of_writes(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    async with editor(root) as one:
        await known(one, root)
        written: list[str] = []
        writes = [asyncio.ensure_future(until_refused(one, f"t {number}", written)) for number in range(8)]
        await one.hear("issuelens/didChangeIssues", lambda _: len(written) > 20)
        (root / ".issues").rename(tmp_path / "aside")
        for told in await asyncio.wait_for(asyncio.gather(*writes), 60):
            assert ".issues" in told or "initialised" in told
        (tmp_path / "aside").rename(root / ".issues")
        kept = {issue["title"] for issue in await one.request("issuelens/listIssues", {})}
        assert set(written) <= kept


async def until_refused(one: Editor, name: str, written: list[str]) -> str:
    """Creates issues one after the other, and notes them, until that can't be done any more; why."""
    for number in itertools.count():
        try:
            issue = await one.run("createIssue", {"title": f"{name}.{number}"})
        except JsonRpcException as error:
            return str(error)
        written.append(issue["title"])
    raise AssertionError("it counts for ever")
