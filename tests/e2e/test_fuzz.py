"""Short forms of the fuzz trials, with a fixed seed; and that what they check with notices what is wrong."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE
from pathlib import Path
from random import Random

import pytest
from reliability.fuzz import ipc, lsp, parsers
from reliability.fuzz.lsp_traffic import Traffic
from reliability.fuzz.mutation import encoded
from reliability.fuzz.targets import TARGETS, Target
from reliability.fuzz.worker import tried

pytestmark = pytest.mark.usefixtures("patient_daemon")


@pytest.fixture(autouse=True)
def _kept_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is found is kept for a look, not in the repository."""
    monkeypatch.chdir(tmp_path)


async def test_a_language_server_answers_each_request_once(tmp_path: Path) -> None:
    report = await lsp.trial(tmp_path / "t", 0.004)
    assert not report.problems, "\n".join(report.problems)
    assert report.counts["messages"] >= 1_200
    assert report.counts["answers"] > 300
    assert report.counts["servers"] == len(lsp.ENDS)


async def test_a_daemon_answers_each_request_once(tmp_path: Path) -> None:
    report = await ipc.trial(tmp_path / "t", 0.01)
    assert not report.problems, "\n".join(report.problems)
    assert report.counts["inputs"] >= 1_500
    assert report.counts["requests of the good client"] > 0


async def test_parsers_raise_only_what_they_say(tmp_path: Path) -> None:
    report = await parsers.run(tmp_path / "t", 6_000, 2)
    assert not report.problems, "\n".join(report.problems)
    assert report.counts["inputs"] == 6_000
    assert all(report.counts[f"inputs of {name}"] for name in TARGETS)


# The checkers

_DOUBLE = """
import json, sys
from issuelens.ipc.framing import FrameBuffer, message
import os
frames = FrameBuffer()
while chunk := os.read(0, 65536):
    frames.feed(chunk)
    while (content := frames.next()) is not None:
        shape = json.loads(content)
        {}
"""
DOUBLES = {
    "answers twice": ("os.write(1, 2 * message({'id': shape['id'], 'result': None}))", "an answer too many"),
    "answers another": ("os.write(1, message({'id': 'other', 'result': None}))", "an answer too many"),
    "does not answer": ("", "no answer within"),
    "goes": ("sys.exit(3)", "ended"),
    "has a fault": (
        "os.write(1, message({'id': shape['id'], 'error': {'code': -32603, 'message': 'oh'}}))",
        "a fault: oh",
    ),
    "says nonsense": ("os.write(1, b'Content-Length: 3\\r\\n\\r\\nNaN')", "no JSON"),
}


@pytest.mark.parametrize("name", DOUBLES)
async def test_a_server_that_does_wrong_is_noticed(name: str, tmp_path: Path) -> None:
    does, expected = DOUBLES[name]
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", _DOUBLE.format(does), stdin=PIPE, stdout=PIPE)
    life = lsp.Life(process, Traffic(Random(0), tmp_path), deadline_seconds=1 if name == "does not answer" else 30)
    listening = asyncio.get_running_loop().create_task(life.listen())
    life.send(encoded({"id": 1, "method": "x"}))
    with pytest.raises(lsp.Failed):
        await life.settle()
    assert process.stdin is not None
    process.stdin.close()
    await process.wait()
    await listening
    assert expected in life.problems[0]


def test_a_parser_that_does_wrong_is_noticed() -> None:
    def hang(_content: bytes) -> None:
        while True:
            pass

    def slow(_content: bytes) -> None:
        sum(range(5_000_000))

    def wrong(content: bytes) -> None:
        content.decode()

    assert "no end" in str(tried(Target(hang, ()), b"", 0.05)[0])
    assert tried(Target(slow, ()), b"", 0.01)[0] is not None
    assert "UnicodeDecodeError" in str(tried(Target(wrong, ()), b"\xff")[0])
    assert tried(Target(wrong, (), (UnicodeDecodeError,)), b"\xff")[0] is None
