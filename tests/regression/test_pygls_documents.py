"""Known faults and traps of pygls around documents and what is shown in them: seen on a stock server, absent from ours.

docs/architecture.md, "pygls", has the list.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest
from pygls.workspace import TextDocument
from tests.support.daemons import client
from tests.support.wire import Side, Wire, wire
from tests.support.workspaces import daemon_pid

from issuelens.lsp.documents import Documents
from issuelens.workspace import find_workspace

BOTH = pytest.mark.parametrize("side", Side)
# Two lines to an editor (LSP, "Text Documents"), five to `str.splitlines`.
TEXT = "a\fb\u2028c\x85d\n# TODO: one\n"
REFRESH = "workspace/codeLens/refresh"
PUBLISH = "textDocument/publishDiagnostics"


@BOTH
async def test_characters_that_end_no_line(tmp_path: Path, side: Side) -> None:
    uri = (tmp_path / "x.py").as_uri()
    place = {"start": {"line": 1, "character": 8}, "end": {"line": 1, "character": 11}}
    async with wire(side, tmp_path) as one:
        await one.initialize(tmp_path)
        one.open(uri, TEXT)
        one.change(uri, 2, {"range": place, "text": "two"})
        [todo] = await one.result("issuelens/listTodos", {})
        seen = (todo["line"], todo["text"])
        assert seen == ((5, "one") if side is Side.STOCK else (2, "two"))


@BOTH
def test_splitting_an_unchanged_text(side: Side) -> None:
    if side is Side.STOCK:
        stock = TextDocument("untitled:x", TEXT)
        assert stock.lines is not stock.lines
    else:
        ours = Documents("utf-16").made("untitled:x", TEXT)
        assert ours.lines is ours.lines


async def test_a_later_version_overtakes_an_earlier_one_on_a_stock_server(tmp_path: Path) -> None:
    uri = (tmp_path / "x.py").as_uri()
    async with wire(Side.STOCK, tmp_path) as one:
        await one.initialize(tmp_path)
        one.open(uri, "x")
        # What it refers to must be looked up; the next version refers to nothing.
        one.change(uri, 2, {"text": "# app-9z9z"})
        question = await one.hear("workspace/configuration")
        one.change(uri, 3, {"text": "# nothing"})
        await one.hear(PUBLISH, lambda params: params.get("version") == 3)
        one.send(id=question["id"], result=[None])
        await one.hear(PUBLISH, lambda params: params.get("version") == 2)
        assert [params.get("version") for params in one.heard(PUBLISH)] == [None, 3, 2]


async def test_a_later_version_overtakes_an_earlier_one_and_ours_shows_it_alone(
    workspace: Path, tmp_path: Path
) -> None:
    uri = (workspace / "x.py").as_uri()
    space = find_workspace(workspace)
    assert space is not None
    async with client(space), wire(Side.OURS, tmp_path) as one:
        daemon = daemon_pid(workspace)
        # Nothing can be looked up until the workspace is open, and it can't be opened while the daemon stands.
        os.kill(daemon, signal.SIGSTOP)
        try:
            await one.initialize(workspace)
            one.open(uri, "x")
            for version in (2, 3):
                await one.result("issuelens/status", {})
                one.change(uri, version, {"text": f"# app-{version}z{version}z"})
            await one.result("issuelens/status", {})
            assert one.heard(PUBLISH) == []
        finally:
            os.kill(daemon, signal.SIGCONT)
        await one.hear(PUBLISH)
        await one.result("issuelens/listIssues", {})
        assert {params["version"] for params in one.heard(PUBLISH)} == {3}


@BOTH
@pytest.mark.parametrize("pulls", [True, False])
async def test_diagnostics_are_pulled_or_pushed(tmp_path: Path, side: Side, pulls: bool) -> None:
    capabilities = {"textDocument": {"diagnostic": {}}} if pulls else {}
    uri = (tmp_path / "x.py").as_uri()
    async with wire(side, tmp_path) as one:
        can = await one.initialize(tmp_path, capabilities=capabilities)
        one.open(uri, "# TODO: look\n")
        await one.result("issuelens/listTodos", {})
        both = ("diagnosticProvider" in can, len(one.heard(PUBLISH)))
        assert both == ((True, 1) if side is Side.STOCK else (pulls, 0 if pulls else 1))


@BOTH
async def test_an_editor_that_takes_no_refresh(workspace: Path, tmp_path: Path, side: Side) -> None:
    async with wire(side, tmp_path) as one:
        await one.initialize(workspace)
        if side is Side.STOCK:
            one.notify("textDocument/didSave", {"textDocument": {"uri": "untitled:x"}})
        else:
            await one.answer(one.execute("createIssue", {"title": "x"}))
            await one.hear("issuelens/didChangeIssues")
        await one.result("issuelens/status", {})
        assert len(one.heard(REFRESH)) == (1 if side is Side.STOCK else 0)


@BOTH
async def test_what_a_lens_carries(tmp_path: Path, side: Side) -> None:
    document = {"textDocument": {"uri": (tmp_path / "x.py").as_uri()}}
    async with wire(side, tmp_path) as one:
        await one.initialize(tmp_path)
        one.open(document["textDocument"]["uri"], "# TODO: live\n")
        asked = one.ask("textDocument/codeLens", document)
        await one.result("issuelens/status", {})
        if side is Side.STOCK:
            assert asked not in one.answered
            assert "has no attribute '__dict__'" in one.heard("window/showMessage")[0]["message"]
        else:
            [lens] = (await one.answer(asked))["result"]
            assert "was not initialised" in await clicked(one, lens["command"])


async def clicked(one: Wire, command: dict[str, Any]) -> str:
    """Sends what a lens carries back, refuses to initialise, and gives the error's text."""
    run = one.ask("workspace/executeCommand", {"command": command["command"], "arguments": command["arguments"]})
    question = await one.hear("window/showMessageRequest")
    one.send(id=question["id"], result=None)
    return str((await one.answer(run))["error"]["message"])


# No fault of pygls, which negotiates, too; but what it negotiated, a handler has to count in.
@pytest.mark.parametrize(("encoding", "column"), [("utf-8", 14), ("utf-16", 12), ("utf-32", 11)])
async def test_columns_in_the_encoding_of_the_editor(tmp_path: Path, encoding: str, column: int) -> None:
    capabilities = {"general": {"positionEncodings": ["utf-7", encoding, "utf-16"]}}
    document = {"textDocument": {"uri": (tmp_path / "x.py").as_uri()}}
    async with wire(Side.OURS, tmp_path) as one:
        assert (await one.initialize(tmp_path, capabilities=capabilities))["positionEncoding"] == encoding
        one.open(document["textDocument"]["uri"], "x = '🐍'  # TODO: look\n")
        [lens] = await one.result("textDocument/codeLens", document)
        assert lens["range"]["start"] == {"line": 0, "character": column}
