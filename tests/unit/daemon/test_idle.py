"""The idle exit, with a clock that the test moves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from issuelens.daemon.idle import FIRST_SECONDS, IdleExit


class Clock:
    """Timers that fire when the test says so."""

    def __init__(self) -> None:
        self.now = 0.0
        self.waiting: list[Timer] = []

    def call_later(self, delay: float, callback: Callable[[], None], /) -> Any:
        timer = Timer(self, self.now + delay, callback)
        self.waiting.append(timer)
        return timer

    def move(self, seconds: float) -> None:
        self.now += seconds
        for timer in [one for one in self.waiting if one.at <= self.now]:
            self.waiting.remove(timer)
            timer.callback()


class Timer:
    def __init__(self, clock: Clock, at: float, callback: Callable[[], None]) -> None:
        self.clock, self.at, self.callback = clock, at, callback

    def cancel(self) -> None:
        if self in self.clock.waiting:
            self.clock.waiting.remove(self)


class Life:
    def __init__(self, seconds: float) -> None:
        self.clock, self.clients, self.left = Clock(), 0, 0
        self.idle = IdleExit(seconds, lambda: self.clients == 0, self.leave, self.clock)

    def leave(self) -> None:
        self.left += 1


def test_it_leaves_when_the_last_client_has_been_gone_for_long_enough() -> None:
    life = Life(60)
    life.clients = 1
    life.idle.touched()
    life.clock.move(1_000)
    assert life.left == 0
    life.clients = 0
    life.idle.touched()
    life.clock.move(59)
    life.idle.touched()
    life.clock.move(59)
    assert life.left == 0
    life.clock.move(1)
    assert life.left == 1


def test_the_first_client_has_time_to_come() -> None:
    life = Life(0)
    life.idle.begin()
    life.clock.move(FIRST_SECONDS - 1)
    assert life.left == 0
    life.clock.move(1)
    assert life.left == 1


def test_closing_stops_the_countdown() -> None:
    life = Life(1)
    life.idle.touched()
    life.idle.close()
    assert life.clock.waiting == []
    life.clock.move(10)
    assert life.left == 0
