"""Where TODOs and ids stand in the code, for issues and for those merged into them; and where ids have gone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from attrs import evolve
from sqlalchemy import Connection
from tests.support.tracking import NOW, created, done, fresh

from issuelens.domain.operation import CloseIssues, DeleteIssues, MergeIssues
from issuelens.domain.query import parse_query
from issuelens.storage import code, lists
from issuelens.storage.code import Departure
from issuelens.storage.conditions import Asking
from issuelens.storage.database import Database
from issuelens.todos.found import FileFindings, Marker, Mention

LATER = "2026-01-02T00:00:00.000000Z"
ODD = os.fsdecode(b"src/caf\xe9.py")


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    one = fresh(tmp_path)
    yield one
    one.close()


def marker(line: int, issue_id: str | None = None, text: str = "see", key: str = "") -> Marker:
    return Marker("TODO", text, line, 0, issue_id=issue_id, key=key or f"k{line}")


def mention(line: int, issue_id: str, *, certain: bool = True) -> Mention:
    return Mention(issue_id, line, 4, certain, f"see {issue_id}")


def departure(issue_id: str, path: str = "a.py") -> Departure:
    return Departure(issue_id, path, 3, "TODO", "see", "edited", NOW)


def gone(connection: Connection, *ids: str) -> dict[str, list[str]]:
    return {one: [each.issue_id for each in found] for one, found in code.list_departures(connection, ids).items()}


FOUND = [
    FileFindings("a.py", (marker(0), marker(7, "app-1a1a")), (mention(2, "app-2b2b"),)),
    FileFindings("b.py", (Marker("FIXME", "é", 3, 9, "anna", None, "#12", 1, "2027-01-31", "w", "a", "k"),)),
    FileFindings(ODD, (), (mention(0, "app-3c3c", certain=False),)),
]


def test_what_is_written_is_read_again(database: Database) -> None:
    with database.transaction() as connection:
        code.replace_files(connection, FOUND)
        assert {one.path: one for one in code.read_findings(connection, None)} == {one.path: one for one in FOUND}
        assert code.read_findings(connection, [ODD, "none"]) == [FOUND[2]]
        assert code.read_findings(connection, []) == []
        assert sorted(code.known_paths(connection)) == sorted(["a.py", "b.py", ODD])


def test_a_file_takes_the_place_of_what_it_held(database: Database) -> None:
    with database.transaction() as connection:
        code.replace_files(connection, FOUND)
        now = FileFindings("a.py", (marker(1),))
        code.replace_files(connection, [now, FileFindings("b.py")], [ODD])
        assert code.read_findings(connection, None) == [now]


def test_answers_count_from_one_and_show_paths_as_text(database: Database) -> None:
    with database.transaction() as connection:
        code.replace_files(connection, FOUND)
        todos = code.list_todos(connection)
        assert [(one.path, one.line, one.column, one.key) for one in todos] == [
            *(("a.py", 1, 1, "k0"), ("a.py", 8, 1, "k7"), ("b.py", 4, 10, "k"))
        ]
        assert (todos[2].owner, todos[2].external, todos[2].priority, todos[2].due) == ("anna", "#12", 1, "2027-01-31")
        created_id = "app-3c3c"
        assert [one.path for one in code.list_references(connection, created_id)] == ['"src/caf\\351.py"']


def test_halves_of_characters_and_a_place_that_comes_twice_are_taken(database: Database) -> None:
    with database.transaction() as connection:
        code.replace_files(
            connection, [FileFindings("a.ipynb", (marker(0, text="\ud800x"), marker(0, text="\ud800y")))]
        )
        assert [one.text for one in code.list_todos(connection)] == ["?y"]


@pytest.mark.parametrize(
    ("folder", "inside"),
    [("src", ["src/a", "src/b/c", ODD]), ("src/b", ["src/b/c"]), ("src/a", []), ("sr", []), ("none", [])],
)
def test_what_is_below_a_folder(database: Database, folder: str, inside: list[str]) -> None:
    with database.transaction() as connection:
        paths = ["src", "src/a", "src/b/c", "src0", "src-x/a", ODD, os.fsdecode(b"s\xff/x")]
        code.replace_files(connection, [FileFindings(path, (marker(0),)) for path in paths])
        assert sorted(code.paths_below(connection, folder)) == sorted(inside)
        assert code.paths_below(connection, os.fsdecode(b"s\xff")) == [os.fsdecode(b"s\xff/x")]


def test_keys_that_other_files_have(database: Database) -> None:
    with database.transaction() as connection:
        code.replace_files(connection, FOUND)
        assert code.keys_elsewhere(connection, ["k", "k0", "new"], ["a.py"]) == {"k"}


def test_what_a_scan_leaves(database: Database) -> None:
    with database.transaction() as connection:
        assert code.read_scan(connection) == code.StoredScan()
        assert code.current_settings(connection) is None
        code.note_touched(connection, ["a.py", ODD, "a.py"])
        assert sorted(code.read_scan(connection).touched) == sorted(["a.py", ODD])
        code.end_scan(connection, "settings", b"snapshot", 7)
        assert code.read_scan(connection) == code.StoredScan("settings", b"snapshot")
        assert code.current_settings(connection) == "settings"
        code.note_touched(connection, ["b.py"])
        code.begin_anew(connection)
        assert code.read_scan(connection) == code.StoredScan("settings", b"", ("b.py",))
        assert (code.current_settings(connection), code.last_settings(connection)) == (None, "settings")
        code.end_scan(connection, "others", b"next", 8)
        assert code.read_scan(connection) == code.StoredScan("others", b"next")


def test_references_follow_a_chain_of_merges(database: Database) -> None:
    first, second, last, other = (created(database, name).id for name in ("first", "second", "last", "other"))
    done(database, MergeIssues(ids=(first,), into=second))
    done(database, MergeIssues(ids=(second,), into=last))
    markers, mentions = (marker(0, first),), (mention(1, second), mention(2, last), mention(3, other))
    with database.transaction() as connection:
        code.replace_files(connection, [FileFindings("a.py", markers, mentions)])
        assert [one.line for one in code.list_references(connection, last)] == [1, 2, 3]
        assert [one.line for one in code.list_references(connection, other)] == [4]
        for query, found in {"has:todo": [last], "has:reference": [last, other], "-has:todo": [other]}.items():
            asked = lists.list_ids(connection, parse_query(f"{query} sort:id"), Asking(now=NOW, me="tester"))
            assert asked == sorted(found), query


def test_places_of_issues_that_are_finished(database: Database) -> None:
    names = ("open", "closed", "deleted", "into open", "into closed")
    opened, closed, deleted, into_open, into_closed = (created(database, name).id for name in names)
    done(database, CloseIssues(ids=(closed,)))
    done(database, DeleteIssues(ids=(deleted,)))
    done(database, MergeIssues(ids=(into_open,), into=opened))
    done(database, MergeIssues(ids=(into_closed,), into=closed))
    ids = (opened, closed, deleted, into_open, into_closed, "app-none1")
    markers = tuple(marker(line, one) for line, one in enumerate(ids))
    mentions = (mention(10, closed), mention(11, closed, certain=False), mention(12, opened))
    with database.transaction() as connection:
        code.replace_files(connection, [FileFindings("a.py", markers, mentions)])
        assert [(one.line, one.issue_id, one.status, one.tag, one.key) for one in code.list_closed(connection)] == [
            (2, closed, "closed", "TODO", "k1"),
            (3, deleted, "tombstone", "TODO", "k2"),
            (5, into_closed, "closed", "TODO", "k4"),
            (11, closed, "closed", None, None),
        ]
        query = parse_query("has:todo is:closed")
        assert lists.list_ids(connection, query, Asking(now=NOW, me="tester")) == [closed]


def test_a_departure_counts_while_the_id_stands_nowhere(database: Database) -> None:
    issue, merged = created(database, "issue").id, created(database, "merged").id
    done(database, MergeIssues(ids=(merged,), into=issue))
    with database.transaction() as connection:
        code.keep_departures(connection, [departure(issue), departure("app-none1")])
        assert code.list_departures(connection, [issue]) == {issue: [departure(issue)]}
        assert gone(connection, "app-none1") == {"app-none1": []}
        code.keep_departures(connection, [evolve(departure(issue, "b.py"), at=LATER, tag=None)])
        assert [one.path for one in code.list_departures(connection, [issue])[issue]] == ["b.py"]
        code.replace_files(connection, [FileFindings("c.py", (marker(0, merged),))])
        assert gone(connection, issue) == {issue: []}, "what was merged into it stands in the code"
        code.replace_files(connection, [], ["c.py"])
        assert gone(connection, issue) == {issue: [issue]}
        code.replace_files(connection, [FileFindings("c.py", (), (mention(0, issue),))])
        code.forget_returned(connection)
        code.replace_files(connection, [], ["c.py"])
        assert gone(connection, issue) == {issue: []}, "it came back, and is forgotten"
