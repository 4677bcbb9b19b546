"""The TODOs of a workspace in the editor: read once, kept current, the same as on the command line."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import psutil
import pytest
from lsprotocol import types
from tests.support.daemons import in_thread
from tests.support.hanging import CountingGit
from tests.support.lsp import DEADLINE_SECONDS, Editor, capabilities, connected, editor
from tests.support.workspaces import cli_json, daemon_pid, kill_daemon, project

from issuelens.ipc.framing import frame

CHANGED = "issuelens/didChangeTodos"
MANY = 600
BOTH = pytest.mark.parametrize("initialised", [True, False], ids=["initialised", "uninitialised"])


def git(root: Path, *arguments: str) -> None:
    subprocess.run(["git", "-C", str(root), *arguments], check=True, capture_output=True, timeout=60)


def committed(root: Path) -> Path:
    """The folder as a repository with all of it committed."""
    git(root, "init", "--initial-branch=main")
    git(root, "add", ".")
    git(root, "commit", "--message=all")
    return root


def filled(root: Path, count: int = MANY, words: str = "number") -> Path:
    """A folder with so many files, each with a TODO."""
    (root / "src").mkdir(parents=True, exist_ok=True)
    for number in range(count):
        (root / "src" / f"m{number}.py").write_text(f"# TODO: {words} {number}\n")
    return root


def texts(todos: list[dict[str, Any]]) -> list[str]:
    return [todo["text"] for todo in todos]


def names(path: str) -> Any:
    """Accepts a notification that names this path."""
    return lambda params: params.paths is None or path in params.paths


async def until(one: Editor, expected: list[str]) -> list[dict[str, Any]]:
    """The TODOs, once their texts are these: looked at after each word of a change."""
    while True:
        since = one.mark()
        todos = await one.todos()
        if texts(todos) == expected:
            return todos
        await one.hear(CHANGED, since=since)


# Read once


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


async def held_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, initialised: bool) -> tuple[Path, CountingGit]:
    """A repository with many TODOs, and a git that does not come to the end of listing it."""
    root = committed(filled(project(tmp_path / "p", initialised=initialised)))
    if initialised:
        await cli_json(root, "daemon", "stop")
    slow = CountingGit(tmp_path / "bin", monkeypatch)
    slow.hold()
    return root, slow


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
        one.cancels_progress = True
        await one.initialize([root], capabilities())
        await one.hear(types.PROGRESS, lambda params: _kind(params) == "end")
        [told] = one.progress.values()
        assert [value["kind"] for value in (told[0], told[-1])] == ["begin", "end"]
        assert slow.lists == 1
        await without_children(daemon_pid(root) if initialised else one.pid)
        one.cancels_progress = False
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


# Kept current


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


# Who watches


async def test_the_editor_watches_the_roots_where_it_takes_folders(tmp_path: Path) -> None:
    first, second = project(tmp_path / "a", initialised=False), project(tmp_path / "b", initialised=False)
    async with editor(first, offered=capabilities(relative=True)) as one:
        assert _watched(await one.hear(types.CLIENT_REGISTER_CAPABILITY, _watched)) == [first.as_uri()]
        since = one.mark()
        one.folders(added=[second])
        await one.hear(types.CLIENT_UNREGISTER_CAPABILITY, since=since)
        registered = await one.hear(types.CLIENT_REGISTER_CAPABILITY, _watched, since)
        assert _watched(registered) == [first.as_uri(), second.as_uri()]
        assert (await one.status())["watchers"] == 0


def _watched(params: types.RegistrationParams) -> list[str]:
    """The folders that are watched."""
    options: Any = [one for one in params.registrations if one.method == types.WORKSPACE_DID_CHANGE_WATCHED_FILES]
    found = [_field(watcher, "glob_pattern", "globPattern") for one in options for watcher in _watchers(one)]
    return [_field(one, "base_uri", "baseUri") for one in found if not isinstance(one, str)]


def _watchers(registration: Any) -> Any:
    return _field(registration.register_options, "watchers")


def _field(value: Any, *possible: str) -> Any:
    return next(
        found
        for name in possible
        if (found := value.get(name) if isinstance(value, dict) else getattr(value, name, None)) is not None
    )


@BOTH
async def test_a_session_watches_for_an_editor_that_cannot(tmp_path: Path, initialised: bool) -> None:
    pytest.importorskip("watchfiles")
    root, other = project(tmp_path / "p", initialised=initialised), project(tmp_path / "q", initialised=False)
    async with editor(root, offered=capabilities(watch=False)) as one:
        await one.todos()
        before = await one.status()
        assert before["watchers"] == 1
        (root / "main.py").write_text("# TODO: seen by ourselves\n")
        await until(one, ["seen by ourselves"])
        one.folders(added=[other])
        await one.todos(workspace=other.as_uri())
        assert (await one.status())["watchers"] == 2
        one.folders(removed=[other])
        await one.request("issuelens/settled", {})
        # The library closes its descriptors a moment after it was told to.
        async with asyncio.timeout(DEADLINE_SECONDS):
            while _counted(await one.status()) != _counted(before):
                pass


def _counted(status: dict[str, Any]) -> tuple[int, ...]:
    return tuple(status[name] for name in ("watchers", "threads", "fds", "tasks"))


async def test_initialised_from_outside_is_seen_by_a_session_that_watches(tmp_path: Path) -> None:
    pytest.importorskip("watchfiles")
    root = project(tmp_path / "p", initialised=False)
    async with editor(root, offered=capabilities(watch=False)) as one:
        await one.todos()
        since = one.mark()
        await cli_json(root, "init", "--prefix", "app")
        await one.hear("issuelens/didChangeIssues", since=since)
        assert (await one.run("createIssue", {"title": "x"}))["id"].startswith("app-")


async def test_without_anybody_who_watches_it_is_looked_after_each_save(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "modules").mkdir()
    (tmp_path / "modules" / "watchfiles.py").write_text("raise ImportError('not here')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "modules"))
    root = project(tmp_path / "p", initialised=False)
    async with editor(root, offered=capabilities(watch=False)) as one:
        await one.todos()
        assert (await one.status())["watchers"] == 0
        (root / "other.py").write_text("# TODO: written by another program\n")
        uri = one.open(root / "main.py")
        identified = types.TextDocumentIdentifier(uri)
        one.client.text_document_did_save(types.DidSaveTextDocumentParams(identified))
        await until(one, ["round half up", "taxes", "written by another program"])
        (root / "other.py").unlink()
        await one.run("refreshTodos")
        assert texts(await one.todos()) == ["round half up", "taxes"]


# Issues of TODOs


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
