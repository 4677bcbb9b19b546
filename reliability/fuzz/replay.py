"""`python -m reliability.fuzz.replay FILE`: plays an input again that a trial has kept."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any, Final

from issuelens.ipc.limits import read_request
from reliability.fuzz import ipc, lsp
from reliability.fuzz.findings import kept
from reliability.fuzz.lsp_traffic import Traffic, answer_due_to_editor
from reliability.fuzz.targets import TARGETS
from reliability.fuzz.worker import tried

Player = Callable[[Path, list[bytes], dict[str, Any]], Awaitable[list[str]]]


async def _lsp(folder: Path, inputs: list[bytes], about: dict[str, Any]) -> list[str]:
    """Sends the messages in small batches; what is asked in between is answered by the trial's editor."""
    root = lsp.project(folder)
    moved = [one.replace(about["root"].encode(), str(root).encode()) for one in inputs]
    async with lsp.server(folder, Traffic(Random(0), root)) as life:
        begin = next((at for at, one in enumerate(moved) if b'"first"' in one), 0) + 1
        try:
            life.send(*moved[:begin], loads=read_request)
            for start in range(begin, len(moved), 20):
                life.send(*(one for one in moved[start : start + 20] if not _is_answer(one)))
                await life.settle()
        except lsp.Failed:
            life.process.kill()
        return life.problems + lsp.faults(folder)


def _is_answer(content: bytes) -> bool:
    return b'"method"' not in content and answer_due_to_editor(content) is None


PLAYERS: Final[Mapping[str, Player]] = {"lsp": _lsp, "ipc": ipc.replayed}


def main(argv: Sequence[str]) -> int:
    """Plays the inputs of a file.

    Returns:
        0 when nothing is wrong with them any more, else 1.
    """
    name, inputs, about = kept(Path(argv[0]))
    if name in TARGETS:
        problems = [problem for one in inputs if (problem := tried(TARGETS[name], one)[0])]
    else:
        with tempfile.TemporaryDirectory(prefix="il-") as folder:
            problems = asyncio.run(PLAYERS[name](Path(folder) / "t", inputs, about))
    sys.stdout.write("".join(f"{one}\n" for one in problems) or "nothing is wrong with it\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
