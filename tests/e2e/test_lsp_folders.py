"""Folders that come and go in one session: Sessions are shared, opened and closed with them, and hold what they may."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from lsprotocol import types
from tests.support.lsp import editor
from tests.support.workspaces import cli_json, project


async def test_several_folders_have_a_session_each(tmp_path: Path) -> None:
    first, second = project(tmp_path / "a", prefix="aa"), project(tmp_path / "b", prefix="bb")
    async with editor(first, second) as one:
        made = [await one.run("createIssue", {"title": "x", "workspace": root.as_uri()}) for root in (first, second)]
        assert [issue["id"][:3] for issue in made] == ["aa-", "bb-"]
        with pytest.raises(Exception, match="2 folders are open; say in `workspace`"):
            await one.run("createIssue", {"title": "where?"})
        held = (await one.status())["sessions"]
        assert [(one["engines"], one["poolConnections"], one["connections"]) for one in held] == [(1, 1, 1)] * 2


async def test_two_folders_of_one_workspace_share_a_session(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    for name in ("lib", "app"):
        (root / name).mkdir()
    async with editor(root / "lib", root / "app") as one:
        await one.request("issuelens/listIssues", {})
        [session] = (await one.status())["sessions"]
        assert len(session["folders"]) == 2
        one.folders(removed=[root / "lib"])
        [session] = (await one.status())["sessions"]
        assert len(session["folders"]) == 1
        assert (await one.run("createIssue", {"title": "still open"}))["title"] == "still open"


async def test_a_folder_added_and_removed_in_mid_session(tmp_path: Path) -> None:
    first, second = project(tmp_path / "a"), project(tmp_path / "b")
    async with editor(first) as one:
        one.folders(added=[second])
        uri = one.open(second / "main.py")
        assert await one.titles(uri) == ["Create issue"] * 2
        await one.request("issuelens/listIssues", {"workspace": second.as_uri()})
        one.folders(removed=[second])
        [session] = (await one.status())["sessions"]
        assert session["workspace"] == str(first)
        assert await one.lenses(uri) == []
        one.folders(added=[second])
        assert await one.titles(uri) == ["Create issue"] * 2


async def test_the_last_folder_closed_leaves_nothing(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    async with editor() as one:
        before = await one.status()
        one.folders(added=[root])
        await one.request("issuelens/listIssues", {})
        one.folders(removed=[root])
        one.folders(added=[root])
        await one.request("issuelens/listIssues", {})
        one.folders(removed=[root])
        await one.request("issuelens/settled", {})
        after = await one.status()
        assert after["sessions"] == []
        assert after["fds"] <= before["fds"] + 1


async def test_folders_that_go_while_they_are_opened_leave_nothing(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    async with editor() as one:
        one.folders(added=[root])
        await one.request("issuelens/listIssues", {})
        one.folders(removed=[root])
        await one.request("issuelens/settled", {})
        before = await one.status()
        for _ in range(20):
            one.folders(added=[root])
            one.folders(removed=[root])
        for _ in range(20):
            one.folders(added=[root])
            await one.request("issuelens/status", {})
            one.folders(removed=[root])
        await one.request("issuelens/settled", {})
        after = await one.status()
        assert (after["fds"], after["tasks"], after["openEngines"]) == (before["fds"], before["tasks"], 0)


async def test_an_uninitialised_folder_holds_no_engine(tmp_path: Path) -> None:
    root = project(tmp_path / "p", initialised=False)
    async with editor(root) as one:
        uri = one.open(root / "main.py")
        assert await one.titles(uri) == ["Create issue"] * 2
        [session] = (await one.status())["sessions"]
        assert (session["state"], session["engines"], session["connections"]) == ("uninitialised", 0, 0)


async def test_initialised_from_outside_is_noticed(tmp_path: Path) -> None:
    root = project(tmp_path / "p", initialised=False)
    async with editor(root) as one:
        await cli_json(root, "init", "--prefix", "app")
        config = root / ".issues" / "config.toml"
        change = types.FileEvent(config.as_uri(), types.FileChangeType.Created)
        since = one.mark()
        one.client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([change]))
        await one.hear("issuelens/didChangeIssues", since=since)
        assert (await one.run("createIssue", {"title": "now it works"}))["id"].startswith("app-")


async def test_a_broken_config_is_told_and_the_rest_goes_on(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    config = root / ".issues" / "config.toml"
    config.write_text('prefix = "app"\n[todos]\ntags = "TODO"\n')
    async with editor(root) as one:
        told = await one.hear(types.WINDOW_SHOW_MESSAGE)
        assert told.message.startswith("config.toml, line 3: tags: it must be a list of texts")
        uri = one.open(config, language_id="toml")
        [finding] = await one.diagnostics(uri)
        assert (finding.range.start.line, finding.code) == (2, "invalid-config")
        source = one.open(root / "main.py")
        assert await one.titles(source) == ["Create issue"] * 2


async def test_a_corrupt_database_is_told_and_todos_are_still_shown(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    await cli_json(root, "daemon", "stop")
    for extra in ("issues.db-wal", "issues.db-shm"):
        (root / ".issues" / extra).unlink(missing_ok=True)
    (root / ".issues" / "issues.db").write_bytes(b"this is not a database, not at all" * 100)
    async with editor(root) as one:
        told = await one.hear(types.WINDOW_SHOW_MESSAGE)
        assert "issues.db" in told.message
        uri = one.open(root / "main.py")
        assert await one.titles(uri) == ["Create issue"] * 2
        with pytest.raises(Exception, match=r"issues\.db"):
            await one.run("createIssue", {"title": "x"})
    assert (root / ".issues" / "issues.db").read_bytes().startswith(b"this is not")


async def test_a_folder_that_disappears(tmp_path: Path) -> None:
    root, other = project(tmp_path / "p"), project(tmp_path / "q")
    async with editor(root, other) as one:
        await one.request("issuelens/listIssues", {"workspace": root.as_uri()})
        shutil.rmtree(root)
        with pytest.raises(Exception, match=r"The folder .* is not there any more"):
            await one.run("createIssue", {"title": "x", "workspace": root.as_uri()})
        made = await one.run("createIssue", {"title": "x", "workspace": other.as_uri()})
        assert made["title"] == "x"


async def test_a_file_outside_of_every_folder_has_no_lenses(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    async with editor(root) as one:
        uri = one.open(tmp_path / "elsewhere.py", "# TODO: not ours\n")
        assert await one.lenses(uri) == []
        with pytest.raises(Exception, match="is in no open folder"):
            await one.run("createIssueFromTodo", {"uri": uri, "line": 0})


async def test_files_that_are_not_text_do_no_harm(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    (root / "latin.py").write_bytes("# TODO: caf\xe9\n".encode("latin-1"))
    (root / "binary.py").write_bytes(b"# TODO: no\x00\x01\x02")
    (root / "closed.py").write_text("# TODO: secret\n")
    (root / "closed.py").chmod(0)
    async with editor(root) as one:
        todos = await one.request("issuelens/listTodos", {})
        assert ("latin.py", "café") in [(todo["path"], todo["text"]) for todo in todos]
        assert "binary.py" not in [todo["path"] for todo in todos]
