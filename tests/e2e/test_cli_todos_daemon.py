"""The daemon's answers about the past of the code, while git takes its time and when nobody waits for them any more."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.support.cli import COMMAND
from tests.support.daemons import DEADLINE_SECONDS, client, in_thread, posted, workspace

from issuelens.domain.errors import InvalidField, Refused, Unreachable
from issuelens.ipc import launch, methods
from issuelens.ipc.methods import PROGRESS_TYPE
from issuelens.process import wait_for_exit
from issuelens.workspace import Workspace

pytestmark = pytest.mark.usefixtures("patient_daemon")
WHO = {f"GIT_{role}_{key}": "anna" for role in ("AUTHOR", "COMMITTER") for key in ("NAME", "EMAIL")}


def git(root: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=root, check=True, capture_output=True, env=os.environ | WHO)


@pytest.fixture
def space(tmp_path: Path) -> Workspace:
    """A workspace with two files in one commit."""
    one = workspace(tmp_path / "p")
    git(one.root, "init", "-q", "-b", "main")
    for name in ("a.py", "b.py"):
        (one.root / name).write_text("# TODO: x\n")
    git(one.root, "add", "a.py", "b.py")
    git(one.root, "commit", "-q", "-m", "x")
    return one


def places(*names: str) -> dict[str, Any]:
    return {"places": [{"path": name, "line": 1} for name in names]}


@pytest.fixture
def hanging(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A pipe into which a git writes its process id when it is to blame a file, before it waits for ever."""
    (folder := tmp_path / "bin").mkdir()
    for name in ("begun", "never"):
        os.mkfifo(folder / name)
    script = folder / "git"
    script.write_text(f"""#!/bin/sh
for word in "$@"; do
    if [ "$word" = blame ]; then
        echo $$ > "{folder}/begun"
        read line < "{folder}/never"
    fi
done
exec "{shutil.which("git")}" "$@"
""")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return folder / "begun"


async def begun(pipe: Path) -> int:
    """The process id of a git that waits."""
    async with asyncio.timeout(DEADLINE_SECONDS):
        return int(await in_thread(pipe.read_text))


async def test_answers_and_refusals(space: Workspace) -> None:
    async with client(space) as (one, _):
        first, gone, high = await one._request(methods.CODE_BLAME, places("a.py", "gone.py", "../a.py"))
        assert (first["path"], first["line"], first["author"], first["boundary"]) == ("a.py", 1, "anna", False)
        assert gone is high is None
        (space.root / "c.py").write_text("# TODO: new\n")
        (space.root / "a.py").unlink()
        for removed, path in ((False, "c.py"), (True, "a.py")):
            [found] = await one._request(methods.CODE_SINCE, {"ref": "HEAD", "removed": removed})
            assert (found["path"], found["line"], found["column"]) == (path, 1, 3)
        todos = await one._request(methods.TODOS, {})
        assert await one._request(methods.CODE_SINCE, {}) == [todo for todo in todos if todo["path"] == "c.py"]
        with pytest.raises(Refused, match="ref: 'x' is no commit here; name a branch, tag or commit"):
            await one._request(methods.CODE_SINCE, {"ref": "x"})
        wrong: list[dict[str, Any]] = [
            {"places": [{"path": '"\\777"', "line": 1}]},
            {"places": [{"path": "a.py"}]},
            {"places": [{"path": "a.py", "line": "1"}]},
            places("a.py") | {"since": "yesterday"},
            {},
        ]
        for params in wrong:
            with pytest.raises(InvalidField):
                await one._request(methods.CODE_BLAME, params)
        for line in (0, -5, 2**62):
            assert await one._request(methods.CODE_BLAME, {"places": [{"path": "b.py", "line": line}]}) == [None]
    assert await in_thread(launch.stop, space)


async def test_git_does_not_hold_up_the_daemons_end(space: Workspace, hanging: Path) -> None:
    async with client(space) as (one, _):
        asked = asyncio.create_task(one._request(methods.CODE_BLAME, places("a.py", "b.py")))
        pid = await begun(hanging)
        assert await in_thread(launch.stop, space)
        with pytest.raises(Unreachable):
            await asked
        assert await in_thread(wait_for_exit, pid, DEADLINE_SECONDS)


async def test_git_is_ended_when_nobody_waits_for_it(space: Workspace, hanging: Path) -> None:
    async with client(space) as (one, _):
        async with client(space) as (other, _):
            asked = asyncio.create_task(other._request(methods.CODE_BLAME, places("a.py", "b.py")))
            pid = await begun(hanging)
        with pytest.raises(Unreachable):
            await asked
        assert await in_thread(wait_for_exit, pid, DEADLINE_SECONDS)
        # The thread is free again, though git would still wait.
        async with asyncio.timeout(DEADLINE_SECONDS):
            assert await one._request(methods.CODE_SINCE, {"ref": "HEAD"}) == []
    assert await in_thread(launch.stop, space)


@pytest.mark.parametrize("accept", ["application/json", PROGRESS_TYPE])
async def test_who_posts_and_goes_away_leaves_no_work_behind(space: Workspace, hanging: Path, accept: str) -> None:
    await in_thread(launch.ensure_running, space)
    message = {"jsonrpc": "2.0", "id": 1, "method": methods.CODE_BLAME, "params": places("a.py")}
    asked = asyncio.create_task(posted(space, json.dumps(message).encode(), {"Accept": accept}))
    pid = await begun(hanging)
    asked.cancel()
    assert await in_thread(wait_for_exit, pid, DEADLINE_SECONDS)
    assert await in_thread(launch.stop, space)


async def test_a_command_that_is_killed_leaves_no_work_behind(space: Workspace, hanging: Path) -> None:
    command = await asyncio.create_subprocess_exec(*COMMAND, "todos", "--blame", cwd=space.root)
    pid = await begun(hanging)
    command.kill()
    await command.wait()
    assert await in_thread(wait_for_exit, pid, DEADLINE_SECONDS)
    assert await in_thread(launch.stop, space)
