"""Where TODOs and ids stand in the code, as the daemon tells it: to everybody, after a crash, on another branch."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sqlite3
import subprocess
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import aiohttp
import psutil
import pytest
from tests.support.cli import Place
from tests.support.daemons import DEADLINE_SECONDS, client, in_thread, posted, workspace

from issuelens.domain.errors import InvalidField
from issuelens.ipc import launch, messages, methods, oneshot
from issuelens.ipc.endpoint import read_endpoint
from issuelens.process import wait_for_exit
from issuelens.storage import code
from issuelens.storage.database import Reader
from issuelens.workspace import Workspace


def git(root: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=root, check=True, capture_output=True)


def many(root: Path, files: int, lines: int) -> Counter[str]:
    """Files with so many TODOs each; the paths, counted."""
    for number in range(files):
        path = root / f"d{number % 20}" / f"{number}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text("".join(f"# TODO: {number} and {line}\n" for line in range(lines)))
    return Counter({f"d{number % 20}/{number}.py": lines for number in range(files)})


# Who hears of it


@pytest.mark.usefixtures("patient_daemon")
async def test_everybody_hears_what_has_changed(tmp_path: Path) -> None:
    space = workspace(tmp_path / "p")
    (space.root / "a.py").write_text("# TODO: one\n")
    async with client(space) as (one, heard), client(space) as (_, other):
        todos = await one._request(methods.TODOS, {})
        assert [(todo["path"], todo["text"]) for todo in todos] == [("a.py", "one")]
        odd = os.fsdecode(b"caf\xe9.py")
        (space.root / odd).write_text("# TODO(app-1a2b): two\n")
        paths = ("a.py", '"caf\\351.py"')
        await one.request(methods.TOUCH_CODE, messages.TouchCode(paths=paths), messages.Nothing)
        for each in (heard, other):
            await each.until(lambda each=each: len(each.code) == 2)  # type: ignore[misc]
            assert each.code == [(("a.py",), ()), ((odd,), ("app-1a2b",))]
        reader = await in_thread(Reader.open, space.database)
        found = await in_thread(reader.read, code.read_findings, heard.code[1][0])
        await in_thread(reader.close)
        assert [(here.path, [marker.issue_id for marker in here.markers]) for here in found] == [(odd, ["app-1a2b"])]
        endpoint = read_endpoint(space)
        assert endpoint is not None
        os.kill(endpoint.pid, 9)
        await heard.until(lambda: heard.code[2:] == [(None, None)])
    assert await in_thread(launch.stop, space)


@pytest.mark.usefixtures("patient_daemon")
async def test_paths_that_lead_out_of_the_workspace_are_refused(tmp_path: Path) -> None:
    space = workspace(tmp_path / "p")
    async with client(space) as (one, _):
        for path in ("../a.py", "/etc/passwd", "a//b", "", ".", "a/../b", "a\0b", '"a'):
            with pytest.raises(InvalidField, match="paths"):
                await one.request(methods.TOUCH_CODE, messages.TouchCode(paths=("b.py", path)), messages.Nothing)
    assert await in_thread(launch.stop, space)


# The daemon's end


def stored_rows(space: Workspace) -> tuple[int, int]:
    """How many TODOs are stored, and how many scans came to their end."""
    with closing(sqlite3.connect(f"file:{space.database}?mode=ro", uri=True)) as connection:
        (rows,) = connection.execute("SELECT count(*) FROM code_location").fetchone()
        (whole,) = connection.execute("SELECT count(*) FROM code_scan WHERE length(snapshot) > 0").fetchone()
    return rows, whole


def stored_texts(space: Workspace) -> set[tuple[str, str]]:
    with closing(sqlite3.connect(f"file:{space.database}?mode=ro", uri=True)) as connection:
        return set(connection.execute("SELECT path, text FROM code_location"))


def touched(space: Workspace) -> set[str]:
    """The files that the next scan reads in any case."""
    with closing(sqlite3.connect(f"file:{space.database}?mode=ro", uri=True)) as connection:
        return {path for (path,) in connection.execute("SELECT path FROM code_touched")}


async def killed_amid(space: Workspace, is_amid: Callable[[], bool]) -> None:
    """Asks for the TODOs and kills the daemon when some are stored and others not."""
    await in_thread(launch.ensure_running, space)
    endpoint = read_endpoint(space)
    assert endpoint is not None
    asking = asyncio.create_task(posted(space, request(methods.TODOS)))
    async with asyncio.timeout(DEADLINE_SECONDS):
        while not await in_thread(is_amid):
            assert not asking.done(), "it came too late"
    os.kill(endpoint.pid, 9)
    assert await in_thread(wait_for_exit, endpoint.pid, DEADLINE_SECONDS)
    with pytest.raises(aiohttp.ClientError):
        await asking


def request(method: str) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": {}}).encode()


async def paths_told(space: Workspace) -> Counter[str]:
    found = await in_thread(oneshot.call_or_start, space, methods.TODOS, {})
    return Counter(one["path"] for one in found)


@pytest.mark.usefixtures("patient_daemon")
async def test_a_crash_amid_a_scan_leaves_nothing_wrong(tmp_path: Path) -> None:
    space = workspace(tmp_path / "p")
    expected = many(space.root, 200, 100)
    await killed_amid(space, lambda: 0 < stored_rows(space)[0] < 20_000)
    assert stored_rows(space)[1] == 0, "nothing says that all was read"
    for number in range(40):
        # What was stored of them before the crash must go.
        (space.root / f"d{number % 20}" / f"{number}.py").unlink()
        del expected[f"d{number % 20}/{number}.py"]
    assert await paths_told(space) == expected
    # Now amid a scan of what has changed, all of which changes back.
    await in_thread(launch.stop, space)
    saved = tmp_path / "saved"
    shutil.copytree(space.root, saved)
    for path in space.root.glob("d*/*.py"):
        path.write_text("# TODO: other\n" * 100)
    await killed_amid(space, lambda: any(text == "other" for _, text in stored_texts(space)))
    assert stored_rows(space)[1] == 1
    changed = {path for path in expected if (path, "other") in stored_texts(space)}
    assert 0 < len(changed) < len(expected)
    assert touched(space) >= changed
    for path in space.root.glob("d*/*.py"):
        shutil.copy2(saved / path.relative_to(space.root), path)
    assert await paths_told(space) == expected
    assert await in_thread(launch.stop, space)


async def begun(daemon: int, asking: asyncio.Task[Any]) -> list[psutil.Process]:
    """Waits until a daemon scans for a request; the processes that do it."""
    async with asyncio.timeout(DEADLINE_SECONDS):
        while not (workers := await in_thread(psutil.Process(daemon).children)):
            assert not asking.done(), "it came too late"
    return workers


@pytest.mark.usefixtures("patient_daemon")
async def test_stopping_does_not_wait_for_a_scan(tmp_path: Path) -> None:
    space = workspace(tmp_path / "p")
    many(space.root, 300, 100)
    endpoint = await in_thread(launch.ensure_running, space)
    asking = asyncio.create_task(posted(space, request(methods.TODOS)))
    workers = await begun(endpoint.pid, asking)
    assert await in_thread(launch.stop, space)
    status, answer = await asking
    assert (status, json.loads(answer)["error"]["data"]["kind"]) == (200, "unreachable")
    assert not any(worker.is_running() for worker in workers)


@pytest.mark.usefixtures("patient_daemon")
async def test_who_waits_behind_a_scan_hears_how_far_it_is(tmp_path: Path) -> None:
    """The command line gives a daemon up that says nothing for a minute."""
    space = workspace(tmp_path / "p")
    many(space.root, 300, 100)
    endpoint = await in_thread(launch.ensure_running, space)
    first = asyncio.create_task(posted(space, request(methods.TODOS)))
    await begun(endpoint.pid, first)
    status, answer = await posted(space, request(methods.TODOS), {"Accept": methods.PROGRESS_TYPE})
    lines = [json.loads(line) for line in answer.splitlines()]
    assert (status, len(lines[-1]["result"])) == (200, 30_000)
    assert 300 in {one["progress"][1] for one in lines[:-1]}, "its own scan has nothing to read any more"
    assert (await first)[0] == 200
    assert await in_thread(launch.stop, space)


# Issues that were in the code


@pytest.fixture
def tied(place: Place) -> tuple[Place, str]:
    """A repository with an issue whose id stands in a file."""
    issue_id = place.json("create", "Round half up")["id"]
    (place.root / "src").mkdir()
    (place.root / "src" / "a.py").write_text(f"x = 1\n# TODO({issue_id}): round\n")
    git(place.root, "init", "-q", "-b", "main")
    git(place.root, "add", ".")
    git(place.root, "commit", "-qm", "first")
    assert len(place.json("refs", issue_id)) == 1
    return place, issue_id


def test_an_issue_says_from_where_its_id_has_gone(tied: tuple[Place, str]) -> None:
    place, issue_id = tied
    assert "departures" not in place.json("show", issue_id)
    (place.root / "src" / "a.py").unlink()
    done = place.do("refs", issue_id)
    told = f"Was in the code at src/a.py:2 until {place.json('show', issue_id)['departures'][0]['at'][:10]}"
    assert (done.out, done.err) == ("", f"{told} (the file was deleted).\n")
    assert f"  {told} (the file was deleted)." in place.ok("show", issue_id).splitlines()
    assert place.json("refs", issue_id) == []
    (gone,) = place.json("show", issue_id)["departures"]
    assert {name: gone[name] for name in gone if name != "at"} == {
        "id": issue_id,
        "path": "src/a.py",
        "line": 2,
        "tag": "TODO",
        "text": "round",
        "reason": "file_deleted",
    }
    assert "departures" not in json.dumps(place.json("list")), "it is no field of an issue"
    place.ok("export", str(place.root / "out.jsonl"))
    assert "departures" not in (place.root / "out.jsonl").read_text()


def test_another_branch_writes_no_history(tied: tuple[Place, str]) -> None:
    place, issue_id = tied
    history = place.json("history")
    git(place.root, "checkout", "-qb", "other")
    (place.root / "src" / "a.py").write_text("x = 1\n# TODO: round\n")
    git(place.root, "commit", "-qam", "second")
    assert place.json("refs", issue_id) == []
    assert [one["reason"] for one in place.json("show", issue_id)["departures"]] == ["edited"]
    git(place.root, "checkout", "-q", "main")
    assert [one["line"] for one in place.json("refs", issue_id)] == [2]
    assert "departures" not in place.json("show", issue_id)
    assert place.json("history") == history


def test_queries_see_the_code_as_it_is_now(tied: tuple[Place, str]) -> None:
    place, issue_id = tied
    assert [one["id"] for one in place.json("list", "has:todo")] == [issue_id]
    assert closed(place) == []
    place.ok("close", issue_id)
    assert [one["id"] for one in place.json("list", "has:todo is:closed")] == [issue_id]
    (found,) = closed(place)
    assert {name: found[name] for name in found if name != "key"} == {
        "path": "src/a.py",
        "line": 2,
        "column": 3,
        "tag": "TODO",
        "text": "round",
        "issue": issue_id,
        "status": "closed",
    }
    (place.root / "src" / "a.py").write_text("x = 1\n")
    assert place.json("list", "has:todo is:closed") == []
    assert closed(place) == []


def closed(place: Place) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = oneshot.call_or_start(place.space, methods.CLOSED_REFERENCES, {})
    return found


def test_ids_that_an_import_brings_are_found(place: Place) -> None:
    (place.root / "a.py").write_text("# TODO(lib-1a2b): there\n")
    assert [one["issue"] for one in place.json("todos")] == [None]
    line = {"id": "lib-1a2b", "title": "There", "status": "open", "created_at": "2026-01-01T00:00:00Z"}
    (place.root / "in.jsonl").write_text(json.dumps(line) + "\n")
    place.ok("import", str(place.root / "in.jsonl"))
    assert [one["issue"] for one in place.json("todos")] == ["lib-1a2b"]
