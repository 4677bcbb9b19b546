"""Who watches a workspace for changes: the editor, the server, or nobody."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, suppress
from operator import gt
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types
from tests.support.lsp import DEADLINE_SECONDS, capabilities, editor
from tests.support.lsp_todos import BOTH, texts, until
from tests.support.workspaces import cli_json, project

from issuelens.lsp.watcher import Watcher


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
        assert (await one.status())["watchers"] == 1
        (root / "main.py").write_text("# TODO: seen by ourselves\n")
        await until(one, ["seen by ourselves"])
        # Threads that begin with the first work are there by now.
        before = await one.status()
        one.folders(added=[other])
        await one.todos(workspace=other.as_uri())
        assert (await one.status())["watchers"] == 2
        one.folders(removed=[other])
        await one.request("issuelens/settled", {})
        # The library closes its descriptors a moment after it was told to.
        async with asyncio.timeout(DEADLINE_SECONDS):
            while any(map(gt, _counted(await one.status()), _counted(before))):
                pass


def _counted(status: dict[str, Any]) -> tuple[int, ...]:
    return tuple(status[name] for name in ("watchers", "threads", "fds", "tasks"))


async def test_of_git_and_of_issues_only_what_says_something_is_heard(tmp_path: Path) -> None:
    pytest.importorskip("watchfiles")
    for name in (".git/refs", ".issues", "src"):
        (tmp_path / name).mkdir(parents=True)
    heard, news = set[str](), asyncio.Event()

    def told(paths: list[str]) -> None:
        heard.update(paths)
        news.set()

    async def written(name: str) -> None:
        """Writes a file until it is heard of: nothing says from when on the folder is watched."""
        while name not in heard:
            news.clear()
            (tmp_path / name).write_text("x")
            with suppress(TimeoutError):
                await asyncio.wait_for(news.wait(), 2)

    async with asyncio.timeout(DEADLINE_SECONDS), AsyncExitStack() as stack:
        watcher = Watcher(tmp_path, told, lambda: pytest.fail("it can't be watched"))
        stack.push_async_callback(watcher.close)
        await written("src/first")
        for name in (".git/HEAD", ".git/ORIG_HEAD", ".git/refs/x", ".issues/config.toml", ".issues/issues.db"):
            (tmp_path / name).write_text("x")
        await written("src/last")
    assert heard == {"src/first", "src/last", ".git/HEAD", ".issues/config.toml"}


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
