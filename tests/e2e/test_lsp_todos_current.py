"""The TODOs of a workspace in the editor are kept current, whatever changes."""

from __future__ import annotations

import asyncio
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types
from tests.support.hanging import CountingGit
from tests.support.lsp import editor
from tests.support.lsp_todos import BOTH, CHANGED, MANY, committed, filled, git, held_up, names, texts, until
from tests.support.workspaces import cli_json, daemon_pid, kill_daemon, project

from issuelens.ipc.framing import frame


@BOTH
async def test_a_changed_file_is_read_again(tmp_path: Path, initialised: bool) -> None:
    root = project(tmp_path / "p", initialised=initialised)
    async with editor(root) as one:
        await one.todos()
        (root / "main.py").write_text("# TODO: another\n")
        since = one.mark()
        one.watched(root / "main.py")
        params = await one.hear(CHANGED, since=since)
        assert params.paths == ["main.py"]
        assert texts(await one.todos()) == ["another"]
        (root / "main.py").unlink()
        one.watched(root / "main.py", kind=types.FileChangeType.Deleted)
        await until(one, [])


@BOTH
async def test_a_checkout_of_1000_files_is_one_look(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, initialised: bool
) -> None:
    root = filled(project(tmp_path / "p", initialised=initialised), 1_000)
    committed(root)
    git(root, "checkout", "-b", "other")
    filled(root, 1_000, "other")
    git(root, "commit", "--all", "--message=other")
    counting = CountingGit(tmp_path / "bin", monkeypatch)
    if initialised:
        await cli_json(root, "daemon", "stop")
    async with editor(root) as one:
        todos = await one.todos(refresh=True)
        assert len(todos) == 1_002
        before = counting.lists
        git(root, "checkout", "main")
        paths = [root / ".git" / "HEAD", *(root / "src" / f"m{number}.py" for number in range(1_000))]
        since = one.mark()
        for start in range(0, len(paths), 100):
            one.watched(*paths[start : start + 100])
        await one.hear(CHANGED, since=since)
        todos = await one.todos()
        assert {text.split()[0] for text in texts(todos) if text[-1].isdigit()} == {"number"}
        assert counting.lists == before + 1
        assert len([method for method, _ in one.heard[since:] if method == CHANGED]) == 1


@BOTH
async def test_a_renamed_file_keeps_its_keys(tmp_path: Path, initialised: bool) -> None:
    root = project(tmp_path / "p", initialised=initialised)
    async with editor(root) as one:
        before = await one.todos()
        (root / "main.py").rename(root / "moved.py")
        since = one.mark()
        renamed = types.FileRename((root / "main.py").as_uri(), (root / "moved.py").as_uri())
        one.client.workspace_did_rename_files(types.RenameFilesParams([renamed]))
        await one.hear(CHANGED, names("moved.py"), since)
        after = await one.todos()
        assert {todo["path"] for todo in after} == {"moved.py"}
        assert [todo["key"] for todo in after] == [todo["key"] for todo in before]


@BOTH
async def test_a_folder_that_goes_takes_its_todos_along(tmp_path: Path, initialised: bool) -> None:
    root = filled(project(tmp_path / "p", initialised=initialised), 3)
    async with editor(root) as one:
        before = await one.todos()
        (root / "src").rename(root / "lib")
        one.watched(root / "src", kind=types.FileChangeType.Deleted)
        one.watched(root / "lib", kind=types.FileChangeType.Created)
        after = await until(one, ["number 0", "number 1", "number 2", "round half up", "taxes"])
        assert [todo["path"] for todo in after][:3] == ["lib/m0.py", "lib/m1.py", "lib/m2.py"]
        assert {todo["key"] for todo in after} == {todo["key"] for todo in before}


@BOTH
async def test_an_open_buffer_wins_until_it_is_closed(tmp_path: Path, initialised: bool) -> None:
    root = project(tmp_path / "p", initialised=initialised)
    async with editor(root) as one:
        keys = {todo["text"]: todo["key"] for todo in await one.todos()}
        uri = one.open(root / "main.py")
        one.type(uri, "# FIXME(anna): taxes\n# TODO: typed\n")
        [taxes, typed] = await one.todos()
        assert (taxes["text"], taxes["key"], typed["text"]) == ("taxes", keys["taxes"], "typed")
        (root / "main.py").write_text("# TODO: written elsewhere\n")
        since = one.mark()
        one.watched(root / "main.py")
        (root / "other.py").write_text("# TODO: read after it\n")
        one.watched(root / "other.py")
        await one.hear(CHANGED, names("other.py"), since)
        assert texts(await one.todos()) == ["taxes", "typed", "read after it"]
        one.client.text_document_did_close(types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(uri)))
        await until(one, ["written elsewhere", "read after it"])


@BOTH
async def test_a_saved_todo_keeps_the_key_that_it_was_typed_with(tmp_path: Path, initialised: bool) -> None:
    root = project(tmp_path / "p", initialised=initialised)
    async with editor(root) as one:
        await one.todos()
        uri = one.open(root / "new.py", "# TODO: n\n")
        [typed] = [todo for todo in await one.todos() if todo["path"] == "new.py"]
        one.type(uri, "# TODO: new and longer\n")
        (root / "new.py").write_text("# TODO: new and longer\n")
        identified = types.TextDocumentIdentifier(uri)
        one.client.text_document_did_save(types.DidSaveTextDocumentParams(identified))
        one.client.text_document_did_close(types.DidCloseTextDocumentParams(identified))
        todos = await until(one, ["round half up", "taxes", "new and longer"])
        assert todos[-1]["key"] == typed["key"]


async def test_open_files_that_are_ignored_are_not_listed(tmp_path: Path) -> None:
    root = project(tmp_path / "p", initialised=False)
    (root / ".gitignore").write_text("build/\n")
    (root / "build").mkdir()
    (root / "build" / "made.py").write_text("# TODO: made\n")
    committed(root)
    async with editor(root) as one:
        uri = one.open(root / "build" / "made.py")
        assert texts(await one.todos()) == ["round half up", "taxes"]
        assert await one.titles(uri) == ["Create issue"]


async def test_an_initialised_folder_goes_over_to_the_daemon(tmp_path: Path) -> None:
    root = project(tmp_path / "p", initialised=False)
    async with editor(root) as one:
        before = await one.todos()
        await one.run("initWorkspace", {"prefix": "app"})
        assert await one.todos() == before
        issue = await one.run("createIssue", {"title": "x"})
        (root / "main.py").write_text(f"# TODO({issue['id']}): round half up\n")
        since = one.mark()
        one.watched(root / "main.py")
        await one.hear(CHANGED, names("main.py"), since)
        [todo] = await one.todos()
        assert (todo["issue"], todo["key"]) == (issue["id"], before[0]["key"])
        assert (await one.status())["children"] == 0


async def test_a_folder_that_is_initialised_while_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root, slow = await held_up(tmp_path, monkeypatch, initialised=False)
    async with editor(root) as one:
        await one.hear(CHANGED)
        asked = asyncio.ensure_future(one.todos())
        await one.run("initWorkspace", {"prefix": "app"})
        slow.let_go()
        assert len(await one.todos()) == MANY + 2
        await asyncio.wait([asked])
        assert asked.exception() is None or "closed" in str(asked.exception())
        assert (await one.status())["children"] == 0


async def test_a_daemon_that_is_killed_takes_no_todos_along(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    async with editor(root) as one:
        before = await one.todos()
        uri = one.open(root / "main.py")
        assert await one.titles(uri) == ["Create issue"] * 2
        pid, since = daemon_pid(root), one.mark()
        kill_daemon(root)
        assert await one.todos() == before
        assert await one.titles(uri) == ["Create issue"] * 2
        (root / "new.py").write_text("# TODO: written meanwhile\n")
        one.watched(root / "new.py")
        await until(one, [*texts(before), "written meanwhile"])
        assert daemon_pid(root) != pid
        assert not [method for method, _ in one.heard[since:] if method == types.WINDOW_SHOW_MESSAGE]


async def test_a_daemon_that_is_killed_while_it_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root, slow = await held_up(tmp_path, monkeypatch, initialised=True)
    async with editor(root) as one:
        await one.hear(CHANGED)
        asked = asyncio.ensure_future(one.todos())
        kill_daemon(root)
        slow.let_go()
        assert len(await asked) == MANY + 2
        assert not [method for method, _ in one.heard if method == types.WINDOW_SHOW_MESSAGE]


@BOTH
async def test_a_folder_that_is_deleted_has_no_todos(tmp_path: Path, initialised: bool) -> None:
    root = project(tmp_path / "p", initialised=initialised)
    async with editor(root) as one:
        await one.todos()
        shutil.rmtree(root)
        one.watched(root / "main.py", kind=types.FileChangeType.Deleted)
        await until(one, [])
        project(root, initialised=initialised)
        one.watched(root / "main.py", kind=types.FileChangeType.Created)
        await until(one, ["round half up", "taxes"])


async def test_an_open_plain_text_counts_where_the_settings_say_so(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    (root / "list.unknown").write_text("TODO: buy bread\n")
    config = root / ".issues" / "config.toml"
    async with editor(root) as one:
        uri = one.open(root / "list.unknown", language_id="plaintext")
        assert await one.titles(uri) == []
        config.write_text('prefix = "app"\n[todos]\nplain-text = true\n')
        one.watched(config)
        assert await one.titles(uri) == ["Create issue"]
        await until(one, ["buy bread", "round half up", "taxes"])
        one.type(uri, "TODO: buy butter\n")
        await until(one, ["buy butter", "round half up", "taxes"])


async def test_what_is_not_looked_for_any_more_goes(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    async with editor(root) as one:
        await one.todos()
        config = root / ".issues" / "config.toml"
        config.write_text('prefix = "app"\n[todos]\ntags = ["FIXME"]\n')
        one.watched(config)
        await until(one, ["taxes"])


async def test_events_that_name_no_file_of_ours_do_no_harm(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    (tmp_path / "secret.py").write_text("# TODO: not ours\n")
    uris: list[Any] = [
        f"{root.as_uri()}/../secret.py", f"{root.as_uri()}/%00.py", root.as_uri(), "untitled:x", "", 5, None,
        f"{root.as_uri()}//main.py", f"{root.as_uri()}/.issues/issues.db-wal", (tmp_path / "secret.py").as_uri(),
    ]  # fmt: skip
    async with editor(root) as one:
        before = await one.todos()
        alone = [{"changes": [{"uri": uri, "type": 2}]} for uri in uris]
        many = {"changes": [{"uri": uri, "type": 2} for uri in uris * 100]}
        assert one.process.stdin is not None
        for params in (*alone, many, {"changes": [None, 7]}, {"changes": 7}, [], 7, None):
            shape = {"jsonrpc": "2.0", "method": types.WORKSPACE_DID_CHANGE_WATCHED_FILES, "params": params}
            one.process.stdin.write(frame(json.dumps(shape).encode()))
        assert await one.todos(refresh=True) == before
