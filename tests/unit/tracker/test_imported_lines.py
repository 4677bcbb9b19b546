"""Imports: what a file may hold, what is put aside, and what comes out again as it went in."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from sqlalchemy import text
from tests.support.tracking import (
    NOW,
    brought_in,
    context,
    created,
    done,
    everything,
    passing_database,
    revision_of,
)
from tests.unit.tracker.files import EARLY, Report, imported, line, lines_of, one, read
from tests.unit.tracker.playing import Player, Step, steps

from issuelens.domain.imports import Imported, Unreadable
from issuelens.domain.issue import Comment, Dependency, Issue
from issuelens.domain.operation import (
    DeleteIssues,
    UpdateIssues,
)
from issuelens.domain.shape import issue_to_record
from issuelens.storage import history, readiness, reads
from issuelens.storage.database import Database
from issuelens.sync.jsonl import render_line
from issuelens.tracker.importing import Import, find_cycle


def test_a_cycle_in_a_file_is_kept_and_told(database: Database) -> None:
    wait = [
        line(f"lib-{a}", dependencies=[{"depends_on_id": f"lib-{b}", "type": kind}])
        for a, b, kind in (
            ("1", "2", "blocks"),
            ("2", "3", "parent-child"),
            ("3", "1", "blocks"),
            ("4", "4", "related"),
        )
    ]
    assert imported(database, *wait) == ["created"] * 4
    with database.transaction() as connection:
        path = find_cycle(connection)
        assert path[0] == path[-1]
        assert {*pairwise(path)} == {("lib-1", "lib-2"), ("lib-2", "lib-3"), ("lib-3", "lib-1")}
        assert readiness.find_stale(connection) == []
    done(database, DeleteIssues(ids=("lib-1",)))
    with database.transaction() as connection:
        assert find_cycle(connection) == []


def test_an_issue_that_waits_for_itself_is_told(database: Database) -> None:
    imported(database, line("lib-4", dependencies=[{"depends_on_id": "lib-4", "type": "blocks"}]))
    with database.transaction() as connection:
        assert find_cycle(connection) == ["lib-4", "lib-4"]


def test_prefixes_of_a_file_become_known(database: Database) -> None:
    created(database, "here")
    imported(database, line("my-lib-1a2"), line("bd-2"), line("12345"), line("-x"))
    with database.transaction() as connection:
        assert reads.id_prefixes(connection) == {"app", "my-lib", "bd"}


HALF = "it holds half of a character (a lone surrogate)"
LARGE = "it holds a number that is too large: "


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ('{"id":"lib-1","title":"\\ud800"}', HALF),
        ('{"id":"lib-\\uDFFF","title":"x"}', "id: 'lib-\\udfff' can't be one"),
        ('{"id":"lib-1","title":"x","labels":["\\udc00a"]}', HALF),
        ('{"id":"lib-1","title":"x","comments":[{"id":1,"text":"\\ud83d"}]}', HALF),
        ('{"id":"lib-1","title":"x","metadata":{"\\ud800":1}}', HALF),
        ('{"id":"lib-1","title":"x","theirs":[{"a":"\\ud800"}]}', HALF),
        ('{"id":"lib-1","title":"x","status":"\\ud800"}', HALF),
        ('{"id":"lib-1","title":"x","dependencies":[{"depends_on_id":"\\ud800"}]}', HALF),
        ('{"id":"lib-1","title":"x","estimated_minutes":' + "9" * 30 + "}", LARGE + "9" * 30),
        ('{"id":"lib-1","title":"x","estimated_minutes":' + str(2**63 - 1) + "}", "estimated_minutes: it is too large"),
        ('{"id":"lib-1","title":"x","estimated_minutes":' + "9" * 5000 + "}", LARGE + "9" * 40),
        ('{"id":"lib-1","title":"x","theirs":1e999}', LARGE + "1e999"),
        ('{"id":"lib-1","title":"x","metadata":{"a":NaN}}', "it is no JSON: NaN is no number"),
        ('{"id":"lib-1","title":"x","priority":2.0}', "priority: 2.0 is not 0 (most urgent) to 4"),
        ('{"id":"lib-1","title":"x","priority":' + str(2**63) + "}", f"priority: {2**63} is not 0 (most urgent) to 4"),
        ('{"id":"lib-1","title":"x","theirs":' + "[" * 300 + "]" * 300 + "}", "it is nested too deeply"),
        ('{"id":"lib-1","title":"x","theirs":' + "[" * 99_999 + "]" * 99_999 + "}", "it is nested too deeply"),
        (
            '{"id":"lib-1","title":"x","created_at":"0001-01-01T00:00:00+05:00"}',
            "created_at: '0001-01-01T00:00:00+05:00' is out of the range of moments",
        ),
        (
            '{"id":"lib-1","title":"x","dependencies":[{"issue_id":"lib-2","depends_on_id":"lib-3"}]}',
            "dependencies: one is of another issue, lib-2",
        ),
        ('{"id":"lib-1","title":"' + "x" * 10_000_000 + '"}', "title: it has 10,000,000 characters, 500 are allowed"),
    ],
    ids=range(20),
)
def test_a_line_that_can_not_be_kept_is_put_aside_whole(database: Database, written: str, reason: str) -> None:
    records = read(written.encode() + b"\n" + lines_of(line("lib-9")))
    aside: list[Unreadable] = []
    report: Report = []
    with database.transaction() as connection:
        Import(connection, context(), report.append, aside.append, lambda _: None).run(records)
    assert [(entry["line"], entry["action"]) for entry in report] == [(1, "aside"), (2, "created")]
    assert aside == [Unreadable(1, reason, written)]
    assert everything(database).keys() == {"lib-9"}
    assert reason.isprintable()


def test_pairs_of_surrogates_are_one_character(database: Database) -> None:
    brought_in(database, *read(b'{"id":"lib-1a","title":"\\ud83d\\ude00 \\u05d0 \\u202e \\u0000"}\n'))
    assert one(database).title == "😀 א \u202e \0"


def test_gos_zero_moment_sorts_before_all_others(database: Database) -> None:
    imported(database, line(created_at="0001-01-01T00:00:00Z", updated_at="0001-01-01T00:00:00Z", title="never"))
    assert one(database).created_at < NOW
    assert imported(database, line(title="changed")) == ["updated"]
    assert issue_to_record(one(database))["title"] == "changed"


def test_half_of_the_lines_can_be_unreadable(database: Database) -> None:
    file = b"".join(lines_of(line(f"lib-{number}")) + b'{"id": "cut\n' for number in range(400))
    progress: list[int] = []
    report: Report = []
    aside: list[Unreadable] = []
    with database.transaction() as connection:
        Import(connection, context(), report.append, aside.append, progress.append).run(read(file))
    assert Counter(entry["action"] for entry in report) == {"created": 400, "aside": 400}
    assert [entry.line for entry in aside] == list(range(2, 801, 2))
    assert {entry.text for entry in aside} == {'{"id": "cut'}
    assert progress == [400]
    assert len(everything(database)) == 400


def test_thousands_of_lines_come_in_batches_as_one_operation(database: Database) -> None:
    made = [Issue(id=f"lib-{number:05}", title=str(number), updated_at=EARLY) for number in range(5600)]
    waits = Dependency("lib-00000", "lib-05599")
    event, report = brought_in(database, Issue(id="lib-00000", title="0", dependencies=(waits,)), *made[1:])
    assert event is not None
    assert (event.is_large, event.ids, event.prefixes) == (True, (), ("lib",))
    assert len(report) == 5600
    with database.transaction() as connection:
        [entry] = history.read_operations(connection, [1])
        assert entry.event == event
        assert [change.issue_id for change in entry.changes] == [issue.id for issue in made]
        assert readiness.find_stale(connection) == []
        count = text("SELECT count(*) FROM issue WHERE is_ready = 1 AND blocked = 0")
        assert connection.execute(count).scalar() == 5599


def test_an_interrupted_import_leaves_nothing(database: Database) -> None:
    def broken() -> Any:
        yield from (Imported(number, Issue(id=f"lib-{number}", title="x")) for number in range(700))
        raise ValueError("the file went away")

    with pytest.raises(ValueError, match="went away"), database.transaction() as connection:
        Import(connection, context(), lambda _: None, lambda _: None, lambda _: None).run(broken())
    assert everything(database) == {}
    assert revision_of(database) == 0


# Export and import


def exported(database: Database) -> bytes:
    return b"".join(map(render_line, everything(database).values()))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps(14))
def test_what_was_exported_is_imported_the_same(sequence: list[Step]) -> None:
    with passing_database() as database, passing_database() as other:
        player = Player(database)
        for step in sequence:
            player.play(step)
        done(
            database,
            UpdateIssues(query="is:open", set_metadata={"ü": [1, {"a": None}]}, notes="a\n\tb"),
            now=player.now,
        )
        _, report = brought_in(other, *read(exported(database)))
        assert {entry["action"] for entry in report} <= {"created"}
        assert {issue.id: issue_to_record(issue) for issue in everything(other).values()} == {
            issue.id: issue_to_record(issue) for issue in everything(database).values()
        }
        assert exported(other) == exported(database)
        event, report = brought_in(database, *read(exported(other)))
        assert event is None
        assert {entry["action"] for entry in report} <= {"unchanged"}


def test_fields_of_other_tools_are_exported_to_the_letter(database: Database) -> None:
    shape = {
        "id": "bd-abc",
        "title": "x",
        "status": "hooked",
        "priority": 0,
        "issue_type": "molecule",
        "created_at": "2026-01-01T01:02:03.123456789+01:00",
        "updated_at": "2026-01-01T01:02:03Z",
        "comments": [{"id": 2, "author": "", "text": "a", "created_at": "2026-01-01T01:02:03Z", "kind": "x"}],
        "dependencies": [{"depends_on_id": "bd-x", "type": "waits-for", "thread_id": "", "metadata": "{}"}],
        "owner": None,
        "wisp": False,
        "nested": {"b": [1, 2.5], "a": {}},
        "metadata": {"k": 18446744073709551615},
    }
    brought_in(database, *read(lines_of(shape)))
    written = issue_to_record(everything(database)["bd-abc"])
    assert written["comments"] == [shape["comments"][0] | {"issue_id": "bd-abc"}]  # type: ignore[index]
    assert written["dependencies"] == [shape["dependencies"][0] | {"issue_id": "bd-abc"}]  # type: ignore[index]
    rest = shape.keys() - {"comments", "dependencies"}
    assert {name: written.get(name) for name in rest} == {name: shape[name] for name in rest}
    assert Comment(2, "", "a", "2026-01-01T01:02:03Z", extra={"kind": "x"}) in everything(database)["bd-abc"].comments
