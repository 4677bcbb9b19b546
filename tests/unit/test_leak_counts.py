"""What the leak check calls a leak, and what not."""

from __future__ import annotations

import pytest

from issuelens.editor_client.counts import (
    CURSORS_SLACK,
    OBJECTS_LIMIT,
    OBJECTS_SLACK,
    SLOPE_CYCLES,
    SLOPE_LIMIT_KB,
    TRACED_LIMIT_KB,
    TRACED_SLACK_KB,
    Counts,
    Growth,
    Reading,
    growth,
    lowest,
    slope,
)


def grown(**changed: object) -> Growth:
    plain: dict[str, object] = {"counted": {"tasks": 0}, "objects": 0, "rss_anon_kb_per_cycle": 0.0}
    return Growth(**(plain | changed))  # type: ignore[arg-type]


def test_one_of_anything_is_a_problem_and_less_is_none() -> None:
    assert grown(counted={"tasks": 1, "fds": 0, "threads": -1}).problems(5000) == ["tasks: 1"]
    assert grown().problems(5000) == []


def test_objects_have_a_limit_a_cycle_and_a_slack() -> None:
    allowed = int(OBJECTS_LIMIT * 100) + OBJECTS_SLACK
    assert grown(objects=allowed).problems(100) == []
    assert grown(objects=allowed + 1).problems(100) == ["objects: 0.71 a cycle"]


def test_traced_memory_has_a_limit_a_cycle_and_a_slack() -> None:
    allowed = TRACED_LIMIT_KB * 100 + TRACED_SLACK_KB
    assert grown(traced_kb=allowed).problems(100) == []
    assert grown(traced_kb=allowed + 0.1).problems(100) == ["traced memory: 0.601 KB a cycle"]
    assert grown(traced_kb=None).problems(100) == []


def test_a_slope_just_over_the_limit_fails() -> None:
    assert grown(rss_anon_kb_per_cycle=SLOPE_LIMIT_KB).problems(SLOPE_CYCLES) == []
    assert grown(rss_anon_kb_per_cycle=SLOPE_LIMIT_KB + 0.001).problems(SLOPE_CYCLES) == ["memory: 0.051 KB a cycle"]


def test_a_slope_over_few_cycles_is_not_judged() -> None:
    assert grown(rss_anon_kb_per_cycle=159.0).problems(SLOPE_CYCLES - 1) == []


def test_the_slope_is_not_moved_by_single_leaps() -> None:
    assert slope([(number, 100) for number in range(10)] + [(10, 9_000)]) == 0
    assert slope([(number, 100 + 3 * number) for number in range(10)]) == 3
    assert slope([(1, 100)]) == 0


def test_growth_is_the_difference_of_readings_and_the_slope_of_memory() -> None:
    before = Reading({"fds": 5, "tasks": 2}, objects=1000, rss_anon_kb=0, traced_kb=100.0)
    after = Reading({"fds": 7, "tasks": 1}, objects=1010, rss_anon_kb=0, traced_kb=103.5)
    found = growth(before, after, [(0, 100), (100, 150), (200, 200)])
    assert found == Growth(
        counted={"fds": 2, "tasks": -1}, objects=10, rss_anon_kb_per_cycle=pytest.approx(0.5), traced_kb=3.5
    )
    assert after.exceeds(before)
    assert not before.exceeds(before)


def test_what_only_one_reading_has_seen_does_not_count() -> None:
    first, second = Reading({"fds": 5, "tasks": 3}, 100, 900), Reading({"fds": 6, "tasks": 2}, 90, 950)
    assert lowest([first, second]) == Reading({"fds": 5, "tasks": 2}, 90, 900)


def test_the_daemon_and_files_are_judged_too() -> None:
    counts = Counts(cycles=20, server=grown(), daemon=grown(counted={"clients": 20}), files=["/t/a", "/t/b"])
    assert counts.problems == ["daemon clients: 20", "files: 2, for instance /t/a"]
    assert counts.figures()["daemon_clients"] == 20


def test_a_daemon_may_keep_references_to_cursors() -> None:
    allowed = int(OBJECTS_LIMIT * 100) + CURSORS_SLACK
    assert Counts(cycles=100, server=grown(), daemon=grown(objects=allowed)).problems == []
    assert Counts(cycles=100, server=grown(), daemon=grown(objects=allowed + 1)).problems == [
        "daemon objects: 4.31 a cycle"
    ]
