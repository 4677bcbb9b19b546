"""Diagnostics of whole folders: what is told, when a question is held, and what ends that."""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import pytest
from attrs import define, field
from tests.support.conformance import form_problem
from tests.support.workspaces import cli, cli_json, project

from issuelens.editor_client.connection import DEADLINE_SECONDS, Connection, ServerFailed, connected

CLIENT: Final = {
    "workspace": {"workspaceFolders": True, "diagnostics": {"refreshSupport": True}},
    "textDocument": {"diagnostic": {"relatedInformation": True}},
}
DIAGNOSTIC: Final = "workspace/diagnostic"


@define(eq=False)
class Pulling:
    """An editor that asks for the diagnostics of everything, and keeps what it was told."""

    connection: Connection
    known: dict[str, str] = field(factory=dict)
    """URI -> result id."""
    codes: dict[str, list[str]] = field(factory=dict)
    """Name of a file -> the rules of its diagnostics."""

    def ask(self, **more: Any) -> asyncio.Future[Any]:
        """Asks for what differs from what is known."""
        previous = [{"uri": uri, "value": value} for uri, value in self.known.items()]
        return self.connection.start_request(DIAGNOSTIC, {"previousResultIds": previous, **more})

    async def told(self, asked: asyncio.Future[Any]) -> list[dict[str, Any]]:
        """The reports of an answer, which are kept."""
        report = await asyncio.wait_for(asked, DEADLINE_SECONDS)
        assert form_problem(DIAGNOSTIC, report) is None
        self.keep(report["items"])
        return list(report["items"])

    def keep(self, reports: list[dict[str, Any]]) -> None:
        """Keeps what reports say."""
        for one in reports:
            self.known[one["uri"]] = one["resultId"]
            if one["kind"] == "full":
                self.codes[name_of(one)] = [item["code"] for item in one["items"]]

    async def until(self, codes: dict[str, list[str]]) -> None:
        """Asks again, as an editor does, until it is told just this of the files that have something."""
        while {name: rules for name, rules in self.codes.items() if rules} != codes:
            await self.told(self.ask())

    async def must_be_held(self, asked: asyncio.Future[Any]) -> None:
        """Whatever the server does in answering others, this is not answered."""
        for _ in range(5):
            await self.connection.request("issuelens/listTodos", {})
            assert not asked.done()

    def open(self, path: Path, text: str) -> str:
        """Opens a file with a text."""
        item = {"uri": path.as_uri(), "languageId": "python", "version": 1, "text": text}
        self.connection.notify("textDocument/didOpen", {"textDocument": item})
        return path.as_uri()

    def watched(self, *paths: Path) -> None:
        """Tells of files that have changed."""
        changes = [{"uri": path.as_uri(), "type": 2} for path in paths]
        self.connection.notify("workspace/didChangeWatchedFiles", {"changes": changes})


def name_of(report: dict[str, Any]) -> str:
    """The name of a report's file."""
    return str(report["uri"]).rpartition("/")[2]


@asynccontextmanager
async def pulling(*folders: Path, settings: Any = None) -> AsyncIterator[Pulling]:
    """An editor from beginning to end."""
    async with connected({}) as connection:
        await connection.request(
            "initialize",
            {
                "processId": None,
                "rootUri": None,
                "capabilities": CLIENT,
                "workspaceFolders": [{"uri": one.as_uri(), "name": one.name} for one in folders],
                "initializationOptions": {"settings": settings or {}},
            },
        )
        connection.notify("initialized", {})
        yield Pulling(connection)
        await connection.request("shutdown")
        connection.notify("exit")
        assert await asyncio.wait_for(connection.process.wait(), DEADLINE_SECONDS) == 0


@pytest.fixture
def root(tmp_path: Path, patient_daemon: None) -> Iterator[Path]:
    """A workspace in which three files name issues, one of them an unknown one."""
    folder = project(tmp_path / "p")
    (folder / "main.py").write_text("# nothing\n")
    (folder / "bad.py").write_text('"𝐛"  # see app-9z9z\n')
    yield folder
    cli(folder, "daemon", "stop")


def created(folder: Path, title: str) -> str:
    """An issue; its id."""
    return str(json.loads(cli(folder, "create", title, "--json"))["id"])


async def test_closed_files_are_told_of_and_a_question_is_held_until_something_changes(root: Path) -> None:
    issue_id = created(root, "One")
    (root / "good.py").write_text(f"# TODO({issue_id}): look\n")
    async with pulling(root) as one:
        [report] = await one.told(one.ask())
        assert (name_of(report), report["version"], report["kind"]) == ("bad.py", None, "full")
        [item] = report["items"]
        assert item["range"] == {"start": {"line": 0, "character": 12}, "end": {"line": 0, "character": 20}}
        held = one.ask()
        await one.must_be_held(held)
        await cli_json(root, "close", issue_id)
        reports = await one.told(held)
        assert {name_of(each): each["kind"] for each in reports} == {"bad.py": "unchanged", "good.py": "full"}
        assert one.codes["good.py"] == ["closed-todo"]
        held = one.ask()
        await cli_json(root, "reopen", issue_id)
        [over] = [each for each in await one.told(held) if each["kind"] == "full"]
        assert (name_of(over), over["items"]) == ("good.py", [])
        await one.must_be_held(one.ask())


async def test_a_held_question_can_be_cancelled_and_a_new_one_ends_it(root: Path) -> None:
    async with pulling(root) as one:
        await one.told(one.ask())
        held = one.ask()
        await one.must_be_held(held)
        one.connection.notify("$/cancelRequest", {"id": one.connection._next_id - 5})
        with pytest.raises(ServerFailed, match="cancelled"):
            await asyncio.wait_for(held, DEADLINE_SECONDS)
        before = await one.connection.request("issuelens/status", {})
        held, another = one.ask(), one.ask()
        assert await one.told(held) == []
        await one.must_be_held(another)
        assert (await one.connection.request("issuelens/status", {}))["tasks"] == before["tasks"] + 1
    # The end of the server, too, answers what is held.
    assert (await another)["items"] == []


async def test_open_documents_are_told_of_by_their_text_and_hints_only_there(root: Path) -> None:
    twice = "# TODO: the same words\n# TODO: the same words\n"
    (root / "twice.py").write_text(twice)
    async with pulling(root) as one:
        await one.until({"bad.py": ["unknown-reference"]})
        uri = one.open(root / "twice.py", twice)
        document = await one.connection.request("textDocument/diagnostic", {"textDocument": {"uri": uri}})
        assert [item["code"] for item in document["items"]] == ["duplicate-todo"]
        one.known[uri], one.codes["twice.py"] = document["resultId"], ["duplicate-todo"]
        held = one.ask()
        await one.must_be_held(held)
        change = {"textDocument": {"uri": uri, "version": 2}, "contentChanges": [{"text": "# app-9y9y\n"}]}
        one.connection.notify("textDocument/didChange", change)
        [report] = [each for each in await one.told(held) if each["kind"] == "full"]
        assert (report["uri"], report["version"], one.codes["twice.py"]) == (uri, 2, ["unknown-reference"])
        params = {"textDocument": {"uri": uri}, "previousResultId": report["resultId"]}
        again = await one.connection.request("textDocument/diagnostic", params)
        assert again == {"kind": "unchanged", "resultId": report["resultId"]}
        one.connection.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
        await one.until({"bad.py": ["unknown-reference"]})


async def test_a_todo_that_another_file_has_names_the_place(root: Path) -> None:
    (root / "a.py").write_text("\n# FIXME: the same  words\n")
    async with pulling(root) as one:
        await one.until({"bad.py": ["unknown-reference"]})
        uri = one.open(root / "b.py", "# TODO: The same words\n# TODO: the same words\n")
        first = await one.connection.request("textDocument/diagnostic", {"textDocument": {"uri": uri}})
        assert [item["message"] for item in first["items"]] == [
            "The FIXME in a.py:2 says the same.",
            "The TODO on line 1 says the same.",
        ]
        [place] = first["items"][0]["relatedInformation"]
        assert (name_of(place["location"]), place["location"]["range"]["start"]["line"]) == ("a.py", 1)
        one.known[uri], one.codes["b.py"] = first["resultId"], ["duplicate-todo"] * 2
        held = one.ask()
        (root / "a.py").unlink()
        one.watched(root / "a.py")
        await one.told(held)
        assert one.codes["b.py"] == ["duplicate-todo"]


async def test_a_parent_below_the_issue_itself_is_told_of_before_it_is_saved(root: Path) -> None:
    above = created(root, "Above")
    below = json.loads(cli(root, "create", "Below", "--parent", above, "--json"))["id"]
    async with pulling(root) as one:
        await one.until({"bad.py": ["unknown-reference"]})
        found = []
        for issue_id, parent in ((above, below), (below, above), (above, "app-9z9z")):
            path = root / ".issues" / "edit" / f"{issue_id}.md"
            uri = one.open(path, f"---\nid: {issue_id}\ntitle: Any\nparent: {parent}\n---\n")
            answer = await one.connection.request("textDocument/diagnostic", {"textDocument": {"uri": uri}})
            found.append([(item["code"], item["range"]["start"]["line"]) for item in answer["items"]])
        assert found == [[("cycle", 3)], [], [("unknown-reference", 3)]]


async def test_files_that_go_and_a_branch_with_others(root: Path) -> None:
    git(root, "init", "-q", "-b", "main")
    (root / ".gitignore").write_text(".issues/\n")
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "One")
    git(root, "checkout", "-q", "-b", "other")
    for number in range(30):
        (root / f"more{number}.py").write_text(f"# see app-{number}x9z\n")
    (root / "bad.py").unlink()
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "Two")
    git(root, "checkout", "-q", "main")
    async with pulling(root) as one:
        await one.until({"bad.py": ["unknown-reference"]})
        held = one.ask()
        await one.must_be_held(held)
        git(root, "checkout", "-q", "other")
        one.watched(root / ".git" / "HEAD", root / "bad.py")
        reports = [each for each in await one.told(held) if each["kind"] == "full"]
        assert len(reports) == 31, "one answer to all that a branch brings"
        assert one.codes.pop("bad.py") == []
        assert set(map(tuple, one.codes.values())) == {("unknown-reference",)}
        held = one.ask()
        (root / "more1.py").unlink()
        one.watched(root / "more1.py")
        reports = await one.told(held)
        assert [name_of(each) for each in reports if each["kind"] == "full"] == ["more1.py"]
        assert one.codes["more1.py"] == []


async def test_many_files_come_in_parts(root: Path) -> None:
    for number in range(450):
        (root / f"part{number}.py").write_text(f"# see app-{number}x9z\n")
    async with pulling(root) as one:
        # Until the scan has come to its end nothing is said of closed files.
        report = await asyncio.wait_for(one.ask(partialResultToken="parts"), DEADLINE_SECONDS)
        parts = [params["value"]["items"] for method, params in one.connection.notifications if method == "$/progress"]
        assert report == {"items": []}
        assert max(map(len, parts)) <= 200
        for part in parts:
            assert form_problem(DIAGNOSTIC, {"items": part}) is None
            one.keep(part)
        await one.must_be_held(one.ask())
        assert len(one.codes) == 451
        # An editor that knows nothing is told everything again.
        one.known.clear()
        assert len(await one.told(one.ask())) == 451


async def test_every_folder_is_told_of(root: Path, tmp_path: Path) -> None:
    other = tmp_path / "q"
    other.mkdir()
    (other / "late.py").write_text("# TODO (due 2020-01-31): late\n")
    async with pulling(root, other) as one:
        await one.until({"bad.py": ["unknown-reference"], "late.py": ["overdue"]})
        held = one.ask()
        gone = {"added": [], "removed": [{"uri": other.as_uri(), "name": "q"}]}
        one.connection.notify("workspace/didChangeWorkspaceFolders", {"event": gone})
        await one.told(held)
        assert one.codes["late.py"] == []


async def test_it_can_be_turned_off_for_everybody_and_for_one_person(root: Path) -> None:
    config = root / ".issues" / "config.toml"
    async with pulling(root) as one:
        await one.until({"bad.py": ["unknown-reference"]})
        held = one.ask()
        config.write_text('prefix = "app"\n[diagnostics]\nworkspace = false\n')
        one.watched(config)
        await one.told(held)
        assert one.codes["bad.py"] == []
        held = one.ask()
        await one.must_be_held(held)
        settings = {"settings": {"issuelens": {"diagnostics": {"workspace": True}}}}
        one.connection.notify("workspace/didChangeConfiguration", settings)
        await one.told(held)
        assert one.codes["bad.py"] == ["unknown-reference"]


def git(folder: Path, *words: str) -> None:
    """Runs git."""
    name = ["-c", "user.name=Anna", "-c", "user.email=anna@localhost"]
    subprocess.run(["git", *name, *words], cwd=folder, check=True, timeout=60)
