"""The TODOs of a workspace in the editor are read once, the same as on the command line."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import psutil
import pytest
from lsprotocol import types
from tests.support.daemons import in_thread
from tests.support.hanging import CountingGit
from tests.support.lsp import DEADLINE_SECONDS, capabilities, connected, editor
from tests.support.lsp_todos import BOTH, CHANGED, MANY, committed, filled, held_up, names, texts, until
from tests.support.workspaces import cli_json, daemon_pid, project


@BOTH
async def test_the_editor_and_the_command_line_give_the_same(tmp_path: Path, initialised: bool) -> None:
    root = project(tmp_path / "p", initialised=initialised)
    (root / "more").mkdir()
    (root / "more" / "web.js").write_text("// TODO(#12): [p1] keep the basket (due 2027-01-31)\n// FIXME @anna look\n")
    (root / "notes.md").write_text("- [ ] TODO: write it down\n")
    (root / "caf\u00e9 %.py").write_text("# TODO: umlaut\n")
    (root / ".gitignore").write_text("build/\n")
    (root / "build").mkdir()
    (root / "build" / "made.py").write_text("# TODO: never\n")
    committed(root)
    async with editor(root) as one:
        listed = await one.todos()
        for todo in listed:
            assert Path(root / todo["path"]).as_uri() == todo.pop("uri")
    assert listed == [{name: todo[name] for name in listed[0]} for todo in await cli_json(root, "todos")]
    assert [todo["path"] for todo in listed].count("more/web.js") == 2
    assert "never" not in texts(listed)


async def test_a_first_scan_is_shown_and_its_progress_ended(tmp_path: Path) -> None:
    root = filled(tmp_path / "p")
    async with editor(root) as one:
        assert len(await one.todos()) == MANY
        [told] = one.progress.values()
        assert told[0] == {
            "kind": "begin", "title": "Reading TODOs", "cancellable": True, "percentage": 0,
            "message": f"0 of {MANY} files",
        }  # fmt: skip
        assert told[-1] == {"kind": "end"}
        shown = [value["percentage"] for value in told[1:-1]]
        assert shown == sorted(set(shown))
        status = await one.status()
        assert (status["questions"], status["children"], status["progress"]) == (0, 0, 0)


async def test_few_files_are_read_without_a_word(tmp_path: Path) -> None:
    root = project(tmp_path / "p", initialised=False)
    async with editor(root) as one:
        assert len(await one.todos()) == 2
        assert not one.progress


async def test_an_editor_without_progress_is_not_asked_for_it(tmp_path: Path) -> None:
    root = filled(tmp_path / "p")
    offered = capabilities()
    offered.window = None
    async with editor(root, offered=offered) as one:
        assert len(await one.todos()) == MANY
        assert not one.progress


async def without_children(pid: int) -> None:
    """Waits until a process has none any more."""
    async with asyncio.timeout(DEADLINE_SECONDS):
        while await in_thread(psutil.Process(pid).children):
            pass


@BOTH
async def test_a_cancelled_first_scan_ends_and_begins_again_when_it_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, initialised: bool
) -> None:
    root, slow = await held_up(tmp_path, monkeypatch, initialised=initialised)
    async with connected() as one:
        one.cancels_progress = "Reading TODOs"
        await one.initialize([root], capabilities())
        await one.hear(types.PROGRESS, lambda params: _kind(params) == "end")
        [told] = one.progress.values()
        assert [value["kind"] for value in (told[0], told[-1])] == ["begin", "end"]
        assert slow.lists == 1
        await without_children(daemon_pid(root) if initialised else one.pid)
        one.cancels_progress = None
        slow.let_go()
        assert len(await one.todos()) == MANY + 2
        assert slow.lists == 2
        assert (await one.status())["children"] == 0
        await one.client.shutdown_session()


@BOTH
async def test_what_a_first_scan_has_found_so_far_is_there_before_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, initialised: bool
) -> None:
    root, slow = await held_up(tmp_path, monkeypatch, initialised=initialised)
    async with editor(root) as one:
        await one.hear(CHANGED)
        found = await one.todos(partial=True)
        assert 0 < len(found) <= MANY + 2
        slow.let_go()
        assert len(await one.todos()) == MANY + 2
        assert {todo["key"] for todo in found} <= {todo["key"] for todo in await one.todos()}


def _kind(params: types.ProgressParams) -> Any:
    return params.value["kind"] if isinstance(params.value, dict) else getattr(params.value, "kind", None)


@BOTH
async def test_a_restart_shows_at_once_what_was_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, initialised: bool
) -> None:
    root = committed(project(tmp_path / "p", initialised=initialised))
    async with editor(root) as one:
        before = await one.todos()
        assert texts(before) == ["round half up", "taxes"]
    (root / "new.py").write_text("# TODO: made meanwhile\n")
    slow = CountingGit(tmp_path / "bin", monkeypatch)
    slow.hold()
    if initialised:
        await cli_json(root, "daemon", "stop")
    async with editor(root) as one:
        # The scan that looks for changes waits for git.
        assert await one.todos() == before
        since = one.mark()
        slow.let_go()
        await one.hear(CHANGED, names("new.py"), since)
        assert texts(await until(one, ["round half up", "taxes", "made meanwhile"]))[:2] == texts(before)
        assert [todo["key"] for todo in await one.todos()][:2] == [todo["key"] for todo in before]


async def test_a_damaged_memory_is_passed_over(tmp_path: Path, own_environment: Path) -> None:
    root = project(tmp_path / "p", initialised=False)
    async with editor(root) as one:
        before = await one.todos()
    [kept] = (own_environment / ".cache" / "issuelens" / "todos").glob("*.jsonl")
    kept.write_bytes(kept.read_bytes().replace(b"taxes", b"taxed"))
    async with editor(root) as one:
        assert await one.todos() == before
