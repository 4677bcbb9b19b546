"""Known faults of pygls in what it does with messages: each is seen on a stock server, and absent from ours.

docs/architecture.md, "pygls", has the list.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from lsprotocol.types import ErrorCodes, LSPErrorCodes
from tests.support.wire import Side, Wire, wire

BOTH = pytest.mark.parametrize("side", Side)
WRONG_PARAMS = {"textDocument": 3, "position": "here"}


@BOTH
async def test_a_request_before_initialize(tmp_path: Path, side: Side) -> None:
    async with wire(side, tmp_path) as one:
        answer = await one.answer(one.ask("issuelens/status", {}))
        if side is Side.STOCK:
            assert "futures" in answer["result"]
        else:
            assert answer["error"]["code"] == ErrorCodes.ServerNotInitialized
        await one.initialize()
        assert await one.leave() == 0


@BOTH
async def test_params_of_a_wrong_form(tmp_path: Path, side: Side) -> None:
    async with wire(side, tmp_path) as one:
        await one.initialize()
        wrong = one.ask("textDocument/hover", WRONG_PARAMS)
        await one.leave()
        await one.to_the_end()
        if side is Side.STOCK:
            assert wrong not in one.answered
        else:
            assert one.answered.count(wrong) == 1
            error = (await one.answer(wrong))["error"]
            assert error["code"] == ErrorCodes.InvalidParams
            assert "textDocument/hover" in error["message"]


@BOTH
async def test_a_fault_of_a_notification(tmp_path: Path, side: Side) -> None:
    async with wire(side, tmp_path) as one:
        await one.initialize()
        for _ in range(3):
            one.notify("textDocument/didChange", WRONG_PARAMS)
        await one.result("issuelens/status", {})
        assert len(one.heard("window/showMessage")) == (3 if side is Side.STOCK else 0)


@BOTH
async def test_what_a_notification_leaves(tmp_path: Path, side: Side) -> None:
    rounds = 200
    counter = "futures" if side is Side.STOCK else "objects"
    async with wire(side, tmp_path) as one:
        await one.initialize()
        one.open("untitled:x", "x")
        for version in range(2, 20):
            one.change("untitled:x", version, {"text": f"text {version}"})
        before = await counted(one, counter)
        for version in range(20, 20 + rounds):
            one.change("untitled:x", version, {"text": f"text {version}"})
        left = await counted(one, counter) - before
        assert left >= rounds if side is Side.STOCK else left < rounds / 10


async def counted(one: Wire, counter: str) -> int:
    # The first answer says that what came before is done, the second one counts.
    await one.result("issuelens/status", {"trim": True})
    return int((await one.result("issuelens/status", {"trim": True}))[counter])


@BOTH
async def test_params_of_a_method_of_our_own(tmp_path: Path, side: Side) -> None:
    async with wire(side, tmp_path) as one:
        await one.initialize(tmp_path)
        answer = await one.answer(one.ask("issuelens/listIssues", {"query": 3, "class": 1}))
        if side is Side.STOCK:
            assert "'Object' object has no attribute 'get'" in answer["error"]["message"]
            renamed = await one.result("issuelens/getIssue", {"query": 3, "class": 1})
            assert renamed["title"] == "query,_1"
        else:
            assert answer["error"]["message"] == "query: it must be a text, not int"


@BOTH
async def test_names_and_default_values_of_an_answer(workspace: Path, tmp_path: Path, side: Side) -> None:
    async with wire(side, tmp_path) as one:
        await one.initialize(workspace)
        if side is Side.STOCK:
            issue = await one.result("issuelens/getIssue", {})
            assert issue == {"issueType": "task"}
        else:
            issue = (await one.answer(one.execute("createIssue", {"title": "x"})))["result"]
            assert (issue["issue_type"], issue["description"], issue["labels"]) == ("task", "", [])


# Commands


@BOTH
async def test_a_command_that_was_cancelled(tmp_path: Path, side: Side) -> None:
    async with wire(side, tmp_path) as one:
        await one.initialize(tmp_path)
        command = one.execute("createIssue", {"title": "x"})
        question = await one.hear("window/showMessageRequest")
        one.cancel(command)
        answer = await one.answer(command)
        one.send(id=question["id"], result={"title": "Initialise"})
        await one.result("issuelens/status", {})
        assert await one.leave() == 0
    assert answer["error"]["code"] == LSPErrorCodes.RequestCancelled
    assert (tmp_path / ".issues").exists() == (side is Side.STOCK), "whether it went on"


@BOTH
async def test_shutdown_with_a_command_in_flight(tmp_path: Path, side: Side) -> None:
    async with wire(side, tmp_path) as one:
        await one.initialize(tmp_path)
        command = one.execute("createIssue", {"title": "x"})
        question = await one.hear("window/showMessageRequest")
        shutdown = one.ask("shutdown")
        one.send(id=question["id"], result=None)
        answer = await one.answer(shutdown)
        if side is Side.STOCK:
            assert answer["error"]["code"] == ErrorCodes.InternalError
            assert "dictionary changed size" in answer["error"]["message"]
        else:
            assert answer["result"] is None
            assert one.answered[-2:] == [command, shutdown]
            assert "was not initialised" in (await one.answer(command))["error"]["message"]


# What runs beside what


@BOTH
async def test_progress(tmp_path: Path, side: Side) -> None:
    async with wire(side, tmp_path) as one:
        await one.initialize()
        for _ in range(3):
            settled = one.ask("issuelens/settled", {"workDoneToken": "mine"})
            if side is Side.STOCK:
                created = len(one.said)
                question = await one.until(
                    lambda shape: shape.get("method") == "window/workDoneProgress/create", created
                )
                one.send(id=question["id"], result=None)
            await one.answer(settled)
        status = await one.result("issuelens/status", {})
        if side is Side.STOCK:
            assert status["progress"] == 3
        else:
            assert [shape for shape in one.said if "method" in shape] == []
