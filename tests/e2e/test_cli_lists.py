"""Commands that show issues: what they print in a pipe, and as JSON."""

from __future__ import annotations

import json
import os
import sqlite3
from pathlib import Path

from tests.support.cli import Place

from issuelens.storage.database import Database
from issuelens.storage.search import index_pending


def ids(answer: list[dict[str, object]]) -> list[object]:
    return [one["id"] for one in answer]


def test_list_by_query_and_by_options(place: Place) -> None:
    urgent = place.create("Round half up", "-t", "bug", "-p", "0", "-l", "money", "-a", "anna")
    later = place.create("Round half down", "-p", "3", "-l", "money", "-l", "ui")
    other = place.create("Paint it blue", "-p", "1", "--due", "2d", "--meta", "team=red")
    closed = place.create("Long done")
    place.ok("close", closed)
    assert place.ok("list") == (
        f"{urgent}\topen\tP0\tbug\tRound half up\n"
        f"{other}\topen\tP1\ttask\tPaint it blue\n"
        f"{later}\topen\tP3\ttask\tRound half down\n"
    )
    assert ids(place.json("list", "label:money -label:ui")) == [urgent]
    assert ids(place.json("list", "label:money", "-p", "3", "-p", "1")) == [later]
    assert ids(place.json("list", "-l", "ui", "-l", "money", "--sort", "-priority")) == [later, urgent]
    assert ids(place.json("list", "-a", "anna", "-t", "bug", "--text", "round half")) == [urgent]
    assert ids(place.json("list", "due:<3d meta.team:red")) == [other]
    assert ids(place.json("list", "-s", "closed")) == [closed]
    assert ids(place.json("list", "--all", "title:done")) == [closed]
    assert ids(place.json("list", "sort:id limit:2")) == sorted([urgent, later, other])[:2]
    assert ids(place.json("list", "-n", "1", "limit:3")) == [urgent]
    assert place.ok("list", "label:unheard-of") == ""


def test_me_is_who_acts(place: Place) -> None:
    mine = place.create("mine", "-a", "me-myself")
    place.create("theirs", "-a", "anna")
    done = place.process("--actor", "me-myself", "list", "assignee:me", "--json")
    assert ids(json.loads(done.stdout)) == [mine]


WRONG = {
    "priority:9": "query, column 10: priority is 0 (most urgent) to 4 (at 'priority:9",
    "label:x colour:red": "query, column 9: there is no field 'colour'; known are id, status",
    '"open': "query, column 1: the closing quotation mark is missing",
    "updated:soon": "query, column 9: 'soon' is not a date such as 2027-01-31, a span such as <7d, or today",
    "is:nice": "query, column 4: is knows no 'nice'; known are open, closed",
    "label:": "query, column 7: a value is missing after 'label:'",
    "sort:beauty": "query, column 6: can't sort by 'beauty'; known are priority, created",
}


def test_a_wrong_query_points_at_the_column(place: Place) -> None:
    for words, message in WRONG.items():
        assert place.refused("list", *words.split()).startswith(message)
    for command in ("ready", "blocked", "stale", "search", "board", "epic list", "duplicates"):
        assert place.refused(*command.split(), "label:x", "colour:red").startswith("query, column 9: there is no field")
    told = place.do("list", "is:nice", "--json")
    assert (told.code, json.loads(told.out)["error"]["column"]) == (1, 4)


def test_no_list_is_cut_off_silently(place: Place) -> None:
    lines = [json.dumps({"id": f"app-{number:04}", "title": f"issue {number}"}) for number in range(250)]
    place.ok("import", "-", given="\n".join(lines))
    assert len(place.ok("list").splitlines()) == 250
    assert len(place.json("list")) == 250
    assert len(place.json("ready")) == 250
    assert len(place.json("search", "issue")) == 250
    assert len(place.ok("ready", "-n", "7").splitlines()) == 7
    assert len(place.json("search", "issue", "-n", "7")) == 7
    assert len(place.json("board")["ready"]) == 250


def index_all(place: Place) -> None:
    """What the daemon does when the writing has paused."""
    place.close()
    database = Database.open(place.space.database)
    with database.transaction() as connection:
        while index_pending(connection):
            pass
    database.close()


def test_search_finds_words_in_all_texts_best_first(place: Place) -> None:
    place.create("noise", "-d", "nothing to see")
    described = place.create("second", "-d", "the login is mentioned once among many other words of a long text")
    titled = place.create("Login login")
    place.ok("close", titled)
    commented = place.create("third")
    place.ok("comment", "add", commented, "the Login, too")
    assert set(ids(place.json("search", "login"))) == {titled, described, commented}
    index_all(place)
    assert ids(place.json("search", "login")) == [titled, described, commented]
    assert ids(place.json("search", "login", "is:closed")) == [titled]
    assert place.process("search").returncode == 2


def test_ready_blocked_and_why(place: Place) -> None:
    base = place.create("base")
    waiting = place.create("waiting", "--dep", base)
    child = place.create("child", "--parent", waiting)
    held = place.create("held", "-s", "blocked")
    put_off = place.create("put off", "--defer", "5d")
    assert ids(place.json("ready")) == [base]
    blocked = {one["id"]: one["blocked_by"] for one in place.json("blocked")}
    assert blocked[waiting] == [{"id": base, "title": "base"}]
    assert blocked[child] == [{"id": base, "title": "base", "via": waiting}]
    assert blocked[held] == [{"status": "blocked"}]
    assert put_off not in blocked
    lines = place.ok("blocked").splitlines()
    assert f"{waiting}\topen\tP2\ttask\twaiting\twaits for {base}: base" in lines
    assert f"{child}\topen\tP2\ttask\tchild\twaits for {base}: base (by its ancestor {waiting})" in lines
    assert f"{held}\tblocked\tP2\ttask\theld\thas the status blocked" in lines
    assert place.ok("blocked", "title:put") == "Nothing is blocked.\n"
    place.ok("close", base)
    assert set(ids(place.json("ready"))) == {waiting, child}


def test_stale_looks_at_the_last_change(place: Place) -> None:
    old, new = place.create("old"), place.create("new")
    assert place.ok("stale") == "Every unfinished issue was changed within 30 days.\n"
    place.close()
    with sqlite3.connect(place.space.database) as database:
        database.execute("UPDATE issue SET updated_at = '2020-02-03T04:05:06.000000Z' WHERE id = ?", (old,))
    database.close()
    assert place.ok("stale") == f"{old}\t2020-02-03\topen\tP2\ttask\told\n"
    assert ids(place.json("stale", "--days", "90")) == [old]
    place.ok("close", old)
    assert place.json("stale") == []
    assert ids(place.json("list")) == [new]


def test_stats_count_everything(place: Place) -> None:
    place.create("a", "-p", "0", "-l", "ui", "-a", "anna")
    waiting = place.create("b", "-t", "bug", "--dep", place.create("c", "-l", "ui"))
    gone, closed = place.create("gone"), place.create("closed")
    place.ok("delete", gone)
    place.ok("close", closed)
    found = place.json("stats")
    counted = {name: found[name] for name in ("total", "open", "closed", "deleted", "ready", "blocked")}
    assert counted == {"total": 4, "open": 3, "closed": 1, "deleted": 1, "ready": 2, "blocked": 1}
    assert found["by_status"] == {"open": 3, "closed": 1}
    assert found["by_type"] == {"task": 3, "bug": 1}
    assert found["by_label"] == {"ui": 2}
    lines = place.ok("stats").splitlines()
    assert "blocked                 1" in lines
    assert "  anna                  1" in lines
    assert place.ok("label", "list") == "ui\t2\n"
    assert place.json("label", "list") == [{"label": "ui", "issues": 2}]
    assert waiting


def test_the_board_is_markdown_in_a_pipe(place: Place) -> None:
    base = place.create("base", "-p", "0")
    waiting = place.create("waiting", "--dep", base)
    doing = place.create("doing")
    put_off = place.create("put off", "-s", "deferred")
    closed = [place.create(f"closed {number}") for number in range(3)]
    place.ok("start", doing)
    for one in closed:
        place.ok("close", one)
    board = place.json("board", "--finished", "2")
    assert {name: ids(found) for name, found in board.items()} == {
        "ready": [base],
        "in progress": [doing],
        "blocked": [waiting],
        "deferred": [put_off],
        "finished last": closed[:0:-1],
    }
    text = place.ok("board")
    assert f"## ready (1)\n\n- `{base}` P0 base\n\n## in progress (1)\n" in text
    assert "## finished last (3)\n" in text
    assert ids(place.json("board", "title:put")["ready"]) == []


def test_todos_and_references_in_the_code(place: Place) -> None:
    issue = place.create("Round half up")
    code = f"# TODO({issue}): round\nx = 1  # FIXME(anna): taxes\ny = 2  # as {issue} says\n"
    (place.root / "main.py").write_text(code)
    fields = ("path", "line", "column", "tag", "text", "owner", "issue")
    assert [tuple(one[name] for name in fields) for one in place.json("todos")] == [
        ("main.py", 1, 3, "TODO", "round", None, issue),
        ("main.py", 2, 10, "FIXME", "taxes", "anna", None),
    ]
    assert place.ok("todos", "--untracked") == "main.py:2:10\tFIXME\t\ttaxes\n"
    assert place.ok("todos", "--tag", "TODO") == f"main.py:1:3\tTODO\t{issue}\tround\n"
    assert place.json("todos", "--owner", "bob") == []
    assert [(one["line"], one["tag"]) for one in place.json("refs", issue)] == [(1, "TODO"), (3, None)]
    assert len(place.ok("refs", issue).splitlines()) == 2
    assert ids(place.json("list", "has:todo")) == [issue]
    (place.root / "main.py").unlink()
    assert place.json("todos") == place.json("refs", issue) == place.json("list", "has:todo") == []


def test_a_file_whose_name_is_not_utf_8_is_read_like_any_other(place: Place) -> None:
    issue = place.create("Round half up")
    names = [b"caf\xe9.py", b"caf\xe8 \\x.py", b'"caf.py']
    for name in names:
        Path(os.fsdecode(os.fsencode(place.root) + b"/" + name)).write_text(f"# TODO({issue}): round\n")
    # The last one begins with a quotation mark, so it is in quotes, too.
    shown = [r'"\"caf.py"', r'"caf\350 \\x.py"', r'"caf\351.py"']
    for _ in range(2):
        assert sorted(one["path"] for one in place.json("todos")) == shown
    assert [line.partition(":")[0] for line in sorted(place.ok("refs", issue).splitlines())] == shown
    assert ids(place.json("list", "has:todo")) == [issue]
    (place.root / os.fsdecode(names[0])).unlink()
    assert sorted(one["path"] for one in place.json("todos")) == shown[:2]


def test_trees_of_epics_and_of_dependencies(place: Place) -> None:
    epic = place.create("Payments", "-t", "epic")
    first, second = place.create("first", "--parent", epic), place.create("second", "--parent", epic)
    deep = place.create("deep", "--parent", first, "--dep", second)
    place.ok("close", second)
    assert (first, deep) == (f"{epic}.1", f"{epic}.1.1")
    assert place.ok("epic", "list") == f"{epic}\topen\t1/3 (33 %)\tPayments\n"
    [shown] = place.json("epic", "list")
    assert (shown["finished"], shown["descendants"]) == (1, 3)
    assert place.ok("epic", "tree", epic) == (
        f"{epic} open Payments\n  {first} open first\n    {deep} open deep\n  {second} closed second\n"
    )
    tree = place.json("epic", "tree", epic)
    assert ids(tree["branches"]) == [first, second]
    assert ids(tree["branches"][0]["branches"]) == [deep]
    assert f"  blocks {second} closed second\n" in place.ok("dep", "tree", deep)
    assert place.ok("dep", "tree", second, "--direction", "dependents").splitlines()[1] == f"  blocks {deep} open deep"
    found = place.json("dep", "list", second)
    assert ids(found["depends_on"]) == [epic]
    assert [(one["id"], one["type"]) for one in found["dependents"]] == [(deep, "blocks")]
    assert f"is needed by\tblocks\t{deep}\topen\tdeep\n" in place.ok("dep", "list", second)


def test_show_says_what_is_derived(place: Place) -> None:
    base = place.create("base", "--design", "small", "--acceptance", "works", "--notes", "n", "--estimate", "30")
    waiting = place.create("waiting", "--dep", base)
    child = place.create("child", "--parent", base)
    shown, other = place.json("show", base, waiting)
    assert (ids(shown["dependents"]), ids(shown["children"]), shown["blocked_by"]) == ([waiting], [child], [])
    assert ids(other["blocked_by"]) == [base]
    card = place.ok("show", base)
    assert "  estimate: 30 minutes\n" in card
    assert f"  is waited for by {waiting} (open): waiting\n  children: 0 of 1 finished\n" in card
    assert "  design:\n  | small\n  acceptance criteria:\n  | works\n  notes:\n  | n\n" in card
    assert f"  waits for {base}: base\n" in place.ok("show", waiting)
