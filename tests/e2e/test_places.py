"""Folders deleted, moved, copied or replaced under a running daemon: no write is lost in a file that is gone."""

from __future__ import annotations

import asyncio
import json
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.cli import run
from tests.support.daemons import DEADLINE_SECONDS, client, in_thread, workspace
from tests.support.preloaded import environment
from tests.support.syncing import by_hand

from issuelens.domain.errors import PlaceChanged, StorageError, Unreachable
from issuelens.domain.operation import CreateIssue
from issuelens.ipc import launch, methods, oneshot
from issuelens.ipc.endpoint import read_endpoint
from issuelens.process import wait_for_exit
from issuelens.workspace import Workspace, initialise, require_workspace


@pytest.fixture
def space(tmp_path: Path, patient_daemon: None) -> Iterator[Workspace]:
    """A workspace with an issue, and its daemon."""
    one = workspace(tmp_path / "p")
    created(one, "first")
    yield one
    launch.stop(one)


def created(space: Workspace, title: str) -> dict[str, Any]:
    """A new issue, as the command line makes one."""
    answer = oneshot.call_or_start(space, methods.CREATE, {"title": title, "key": title})
    issue: dict[str, Any] = answer["issues"][0]
    return issue


def titles(space: Workspace) -> list[str]:
    """The titles of all issues."""
    return sorted(one["title"] for one in oneshot.call_or_start(space, methods.LIST, {"all": True})["issues"])


def pid_of(space: Workspace) -> int:
    """The process of a daemon that runs."""
    return int(oneshot.call(space, methods.STATUS, {})["pid"])


def has_gone(pid: int) -> bool:
    """Whether a daemon goes by itself."""
    return wait_for_exit(pid, DEADLINE_SECONDS)


def backup(space: Workspace, folder: Path) -> Path:
    """A copy of `.issues/` as it stands, with what the daemon that runs keeps there."""
    shutil.copytree(space.directory, folder)
    return folder


# Deleted


@pytest.mark.parametrize("method", [methods.CREATE, methods.LIST])
def test_deleted_under_it(space: Workspace, method: str) -> None:
    endpoint = read_endpoint(space)
    assert endpoint is not None
    shutil.rmtree(space.directory)
    params = {"title": "x", "key": "k"} if method == methods.CREATE else {}
    with pytest.raises(PlaceChanged, match=r"p/\.issues is not there any more: it was deleted or moved") as told:
        oneshot.call_endpoint(endpoint, method, params, oneshot.Way())
    assert "nothing was changed. Put it back, or run `issuelens init`" in told.value.message
    assert has_gone(endpoint.pid)
    assert not Path(endpoint.socket or "").exists()
    with pytest.raises(StorageError, match="is not there any more"):
        created(space, "y")
    done = run(space.root, "create", "z")
    assert done.returncode == 1
    assert "Run `issuelens init`" in done.stderr
    assert titles(initialise(space.root, "new")) == []


async def test_deleted_under_clients_that_write(tmp_path: Path) -> None:
    space = workspace(tmp_path / "p")
    async with client(space) as (one, heard):
        writes = [asyncio.ensure_future(one.write(CreateIssue(title=f"issue {number}"))) for number in range(300)]
        await asyncio.wait(writes, return_when=asyncio.FIRST_COMPLETED)
        aside = tmp_path / "aside"
        space.directory.rename(aside)
        results = await asyncio.wait_for(asyncio.gather(*writes, return_exceptions=True), DEADLINE_SECONDS)
        refused = [one for one in results if isinstance(one, BaseException)]
        assert refused
        assert {type(one) for one in refused} <= {PlaceChanged, StorageError}
        await heard.until(lambda: heard.states)
        aside.rename(space.directory)
        kept = {issue["title"] for issue in (await in_thread(listed, space))["issues"]}
        assert {one.issues[0]["title"] for one in results if not isinstance(one, BaseException)} <= kept


def listed(space: Workspace) -> Any:
    """All issues."""
    return oneshot.call_or_start(space, methods.LIST, {"all": True})


@pytest.mark.parametrize("name", ["issues.db", "issues.db-wal", "daemon.lock"])
def test_one_file_of_it_deleted(space: Workspace, name: str) -> None:
    before = pid_of(space)
    (space.directory / name).unlink()
    # The command line asks the next daemon at once.
    created(space, "second")
    assert titles(space) == (["second"] if name == "issues.db" else ["first", "second"])
    assert pid_of(space) != before
    assert has_gone(before)
    assert endpoint_answers(space)


def endpoint_answers(space: Workspace) -> bool:
    """Whether the end of the one before has taken nothing from its successor."""
    endpoint = read_endpoint(space)
    return endpoint is not None and pid_of(space) == endpoint.pid


# Replaced


def test_replaced_by_a_backup(space: Workspace, tmp_path: Path) -> None:
    saved = backup(space, tmp_path / "saved")
    created(space, "lost with what it was in")
    before = pid_of(space)
    space.directory.rename(tmp_path / "broken")
    saved.rename(space.directory)
    assert titles(space) == ["first"]
    created(space, "after")
    assert titles(space) == ["after", "first"]
    assert has_gone(before)
    assert endpoint_answers(space)
    check = sqlite3.connect(tmp_path / "broken" / "issues.db")
    assert check.execute("SELECT title FROM issue ORDER BY title").fetchall() == [
        ("first",),
        ("lost with what it was in",),
    ]
    check.close()


def test_replaced_by_a_backup_of_an_earlier_daemon(space: Workspace, tmp_path: Path) -> None:
    saved = backup(space, tmp_path / "saved")
    launch.stop(space)
    created(space, "later")
    before = pid_of(space)
    assert read_pid(Workspace(tmp_path, saved)) != before
    space.directory.rename(tmp_path / "broken")
    saved.rename(space.directory)
    done = run(space.root, "create", "after")
    assert (done.returncode, done.stderr) == (0, "")
    assert titles(space) == ["after", "first"]
    assert has_gone(before)
    assert endpoint_answers(space)


def test_replaced_by_another_workspace(space: Workspace, tmp_path: Path) -> None:
    other = workspace(tmp_path / "q", "qq")
    created(other, "theirs")
    launch.stop(other)
    before = pid_of(space)
    shutil.rmtree(space.directory)
    other.directory.rename(space.directory)
    assert created(space, "mine")["id"].startswith("qq-")
    assert titles(space) == ["mine", "theirs"]
    assert has_gone(before)
    assert endpoint_answers(space)


def test_only_the_database_replaced(space: Workspace, tmp_path: Path) -> None:
    by_hand(space)  # else the file, which stays, would bring the first issue into the other database
    other = by_hand(workspace(tmp_path / "q"))
    created(other, "theirs")
    launch.stop(other)
    before = pid_of(space)
    other.database.replace(space.database)
    space.database.with_name("issues.db-wal").unlink()
    space.database.with_name("issues.db-shm").unlink()
    assert titles(space) == ["theirs"]
    assert has_gone(before)


# Moved and copied


def test_moved_while_it_runs(space: Workspace, tmp_path: Path) -> None:
    created(space, "second")
    before = pid_of(space)
    space.root.rename(tmp_path / "p2")
    moved = require_workspace(tmp_path / "p2")
    done = run(moved.root, "create", "third")
    assert (done.returncode, done.stderr) == (0, "")
    assert has_gone(before)
    assert titles(moved) == ["first", "second", "third"]
    assert oneshot.call(moved, methods.STATUS, {})["workspace"] == str(moved.root)
    assert not space.root.exists()
    launch.stop(moved)


def test_moved_and_another_one_begun_in_its_place(space: Workspace, tmp_path: Path) -> None:
    space.root.rename(tmp_path / "p2")
    moved, fresh = require_workspace(tmp_path / "p2"), workspace(space.root, "new")
    created(fresh, "here")
    assert pid_of(fresh) != read_pid(moved)
    done = run(moved.root, "create", "there")
    assert (done.returncode, done.stderr) == (0, "")
    assert titles(moved) == ["first", "there"]
    assert titles(fresh) == ["here"]
    launch.stop(moved)


def read_pid(space: Workspace) -> int:
    """What daemon.json says, whosever it is."""
    return int(json.loads(space.endpoint_file.read_text())["pid"])


@pytest.mark.parametrize("transport", ["unix", "tcp"])
def test_a_copy_has_a_daemon_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, transport: str) -> None:
    monkeypatch.setenv("ISSUELENS_TRANSPORT", transport)
    monkeypatch.setenv("ISSUELENS_IDLE_SECONDS", "60")
    space = workspace(tmp_path / "p")
    created(space, "first")
    shutil.copytree(space.root, tmp_path / "copy")
    copy = require_workspace(tmp_path / "copy")
    assert read_pid(copy) == pid_of(space)
    found = {one["name"]: one["found"] for one in json.loads(run(copy.root, "doctor", "--json").stdout)}
    assert found["endpoint"] == "daemon.json names the daemon of another folder"
    assert launch.stop(copy)
    shutil.copy(space.endpoint_file, copy.endpoint_file)
    assert not launch.stop(copy)
    with pytest.raises(Unreachable, match="No daemon runs"):
        oneshot.call(copy, methods.LIST, {})
    created(copy, "in the copy")
    created(space, "in the original")
    assert titles(copy) == ["first", "in the copy"]
    assert titles(space) == ["first", "in the original"]
    assert pid_of(copy) != pid_of(space)
    assert launch.stop(copy)
    assert launch.stop(space)


async def test_an_editors_client_of_a_copy(tmp_path: Path) -> None:
    space = workspace(tmp_path / "p")
    async with client(space) as (one, heard):
        await one.write(CreateIssue(title="first"))
        await in_thread(shutil.copytree, space.root, tmp_path / "copy")
        async with client(require_workspace(tmp_path / "copy")) as (other, _):
            await other.write(CreateIssue(title="in the copy"))
            assert (other.revision, one.revision) == (3, 2)
        assert [event.revision for event in heard.events] == [2]


def test_a_folder_mounted_twice_has_one_daemon(space: Workspace, tmp_path: Path) -> None:
    there = tmp_path / "there"
    there.mkdir()
    mounted = subprocess.run(["mount", "--bind", space.root, there], capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip(f"nothing can be mounted here: {mounted.stderr.decode().strip()}")
    try:
        other = require_workspace(there)
        created(other, "through the other name")
        assert pid_of(other) == pid_of(space)
        assert titles(space) == ["first", "through the other name"]
    finally:
        subprocess.run(["umount", there], check=True)


@pytest.mark.parametrize("content", [None, "{", "another's"])
def test_where_it_listens_was_lost(space: Workspace, content: str | None) -> None:
    pid = pid_of(space)
    if content is None:
        space.endpoint_file.unlink()
    else:
        shape = space.endpoint_file.read_text().replace(str(space.directory), "/somewhere/else/.issues")
        space.endpoint_file.write_text(shape if content == "another's" else content)
    created(space, "second")
    assert titles(space) == ["first", "second"]
    assert pid_of(space) == pid


# The clock


@pytest.mark.parametrize("days", [5000.0])
def test_a_clock_that_is_set_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, days: float) -> None:
    monkeypatch.setenv("ISSUELENS_IDLE_SECONDS", "60")
    space = workspace(tmp_path / "p")
    issue = json_of(space, "create", "x", ahead=environment(tmp_path, clock_days=days))
    assert issue["updated_at"] > json_of(space, "show", issue["id"])["created_at"][:10]
    assert launch.stop(space)
    for words in (("update", "-p", "0"), ("close",), ("reopen", "-r", "again"), ("delete",)):
        verb, *options = words
        before = issue
        issue = json_of(space, verb, issue["id"], *options)
        assert issue["updated_at"] > before["updated_at"], verb
        moments = [issue[name] for name in ("closed_at", "deleted_at") if issue.get(name)]
        moments += [one["created_at"] for one in issue["comments"]]
        assert all(moment >= issue["created_at"] for moment in moments), verb
    other = json_of(space, "create", "y")
    assert other["created_at"] < issue["created_at"]
    revisions = [one["event"]["revision"] for one in json_of(space, "history")]
    assert revisions == sorted(revisions, reverse=True)
    launch.stop(space)


def json_of(space: Workspace, *words: str, ahead: dict[str, str] | None = None) -> Any:
    """What a command answers; the daemon that it starts may have another clock."""
    done = run(space.root, *words, "--json", env=ahead)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_idle_time_is_not_that_of_the_wall_clock(tmp_path: Path) -> None:
    space = workspace(tmp_path / "p")
    for days in (-4000.0, 4000.0):
        json_of(space, "create", "x", ahead=environment(tmp_path, clock_days=days))
        endpoint = read_endpoint(space)
        assert endpoint is None or has_gone(endpoint.pid)
    assert space.daemon_log.read_text().count("nobody was connected") >= 2
