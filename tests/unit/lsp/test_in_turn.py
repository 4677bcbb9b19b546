"""Work by name, one piece at a time."""

from __future__ import annotations

import asyncio
import logging

import pytest

from issuelens.lsp.in_turn import InTurn, Work
from issuelens.lsp.tasks import Tasks


class Played:
    """Pieces of work that end when they are told to."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.ends = asyncio.Event()
        self.has_begun = asyncio.Event()

    def piece(self, word: str) -> Work:
        async def work(later: asyncio.Event) -> None:
            self.begun.append(word)
            self.has_begun.set()
            if word == "gives way":
                await later.wait()
            else:
                await self.ends.wait()

        return work


async def test_the_last_of_what_comes_meanwhile_is_next_and_other_names_go_on_beside_it() -> None:
    played, turns = Played(), InTurn(Tasks())
    turns.start("a", played.piece("one"))
    await played.has_begun.wait()
    for word in ("two", "three"):
        turns.start("a", played.piece(word))
    played.has_begun.clear()
    turns.start("b", played.piece("other"))
    await played.has_begun.wait()
    await turns.finish(0)
    assert played.begun == ["one", "other"]
    assert turns.is_busy("a")
    played.ends.set()
    await turns.settled("a")
    assert played.begun == ["one", "other", "three"]
    assert not turns.is_busy("a")
    await turns.finish(30)
    assert not turns.is_busy("b")


async def test_a_piece_is_told_that_another_waits() -> None:
    played, turns = Played(), InTurn(Tasks())
    turns.start("a", played.piece("gives way"))
    await played.has_begun.wait()
    played.ends.set()
    turns.start("a", played.piece("next"))
    await turns.settled("a")
    assert played.begun == ["gives way", "next"]


async def test_after_a_fault_the_name_is_free(caplog: pytest.LogCaptureFixture) -> None:
    async def fault(_later: asyncio.Event) -> None:
        raise ValueError("a fault")

    played, turns = Played(), InTurn(Tasks())
    with caplog.at_level(logging.ERROR):
        turns.start("a", fault)
        await turns.settled("a")
    assert "a failed" in caplog.text
    played.ends.set()
    turns.start("a", played.piece("next"))
    await turns.settled("a")
    assert played.begun == ["next"]
