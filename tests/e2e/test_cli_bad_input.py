"""What can't be is refused in one line that names the field and the remedy, and nothing is changed."""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from tests.support.cli import Place, run

REFUSED = {
    ("create", ""): "title: it is empty; say in a few words what is to be done",
    ("create", " \t "): "title: it is empty; say in a few words what is to be done",
    ("create", "x" * 501): "title: it has 501 characters, 500 are allowed; put the rest into the description",
    ("create", "a\nb"): "title: it holds a line break or another control character; use one plain line",
    ("create", "a\x1b[31m"): "title: it holds a line break or another control character; use one plain line",
    ("create", "x", "-l", ""): "label: it is empty; give it a word, or leave it out",
    ("create", "x", "-l", "a\tb"): "label: it holds a line break or another control character; use one plain line",
    ("create", "x", "-a", "n" * 201): "assignee: it has 201 characters, 200 are allowed",
    ("create", "x", "-d", "a\x07b"): "description: it holds a control character; remove it",
    ("create", "x", "-s", "reviewed"): "status: 'reviewed' is not one of open, in_progress, blocked",
    ("create", "x", "-s", "tombstone"): "status: tombstone is what deleting gives; use `issuelens delete`",
    ("create", "x", "--due", "2020-01-01"): "due_at: '2020-01-01' is in the past; give a date such as 2027-01-31",
    ("create", "x", "--due", "2027-02-30"): "due_at: '2027-02-30' is not a date such as 2027-01-31, a span such as 3d",
    ("create", "x", "--due", "99999y"): "due_at: '99999y' is not a date such as",
    ("create", "x", "--defer", "yesterday"): "defer_until: 'yesterday' is in the past",
    ("create", "x", "--defer", "soon"): "defer_until: 'soon' is not a date such as",
    ("create", "x", "--dep", "app-0000"): "There is no issue app-0000. `issuelens list` shows the issues",
    ("create", "x", "--dep", "likes:app-0000"): "dependency type: 'likes' is not one of blocks, parent-child",
    ("create", "x", "--parent", ""): "There is no issue ''.",
    ("create", "x", "--meta", f"={1}"): "metadata: it is empty; give it a word",
    ("create", "x", "--meta", "k=" + "[" * 110 + "]" * 110): "metadata: it is nested deeper than 100 levels",
    ("create", "x", "--meta", "k=" + "[" * 150 + "]" * 150): "The message has more than 128 levels",
    ("show", "app-0000"): "There is no issue app-0000. `issuelens list` shows the issues of this workspace.",
    ("show", "\x1b[2J"): "There is no issue '\\x1b[2J'.",
    ("show", "y" * 5000): f"There is no issue {'y' * 60}….",
    ("close", "app-%"): "There is no issue app-%.",
    ("history", "app-0000"): "There is no issue app-0000.",
    ("refs", "app-0000"): "There is no issue app-0000.",
    ("epic", "tree", "app-0000"): "There is no issue app-0000.",
    ("dep", "list", "app-0000"): "There is no issue app-0000.",
    ("comment", "list", "app-0000"): "There is no issue app-0000.",
    ("export", "/no\nsuch/file"): "/no such/file can't be written: No such file or directory. Nothing was exported.",
    ("edit", "app-0000", "--print"): "There is no issue app-0000.",
}
USAGE = {
    ("create",): "Give the issue a TITLE.",
    ("create", "x", "-p", "7"): "7 is not in the range 0<=x<=4",
    ("create", "x", "-t", "dragon"): "'dragon' is not one of 'bug', 'feature', 'task', 'epic', 'chore'",
    ("create", "x", "--estimate", "9" * 30): "is not in the range 0<=x<=10000000",
    ("create", "x", "--estimate", "-1"): "-1 is not in the range 0<=x<=10000000",
    ("create", "x", "--meta", "k"): "Invalid value for --meta: 'k' is not KEY=VALUE",
    ("create", "x", "-d", "-", "--notes", "-"): "Only one text can be read from standard input.",
    ("update", "app-0000"): "Name a field to change",
    ("update", "-p", "1"): "Name the issues, or choose them with --query.",
    ("close", "-q", " "): "it is empty; to mean all unfinished issues, write is:open",
    ("comment", "add", "-q", "", "x"): "it is empty; to mean all unfinished issues, write is:open",
    ("dep", "add", "app-0000"): "Name the issue and what it depends on: ID ID, or ID --on ID.",
    ("list", "-n", "0"): "0 is not in the range 1<=x<=1000000000",
    ("history", "-n", "9" * 30): "is not in the range 1<=x<=1000000000",
    ("undo", "9" * 30): "is not in the range 1<=x<=1000000000",
    ("stale", "--days", "100000"): "100000 is not in the range 1<=x<=99999",
    ("duplicates", "--similarity", "0"): "is not in the range 0<x<=1",
    ("edit", "app-0000", "--file", "/no/such"): "No such file or directory",
    ("nonsense",): "No such command 'nonsense'",
    ("list", "--nonsense"): "No such option '--nonsense'",
}


def test_one_line_and_nothing_changed(place: Place) -> None:
    place.create("untouched")
    before = place.json("list", "is:any", "--all")
    for words, message in REFUSED.items():
        assert place.refused(*words).startswith(message), words
    for words, message in USAGE.items():
        assert message in place.refused(*words, code=2), words
    assert place.json("list", "is:any", "--all") == before


def test_errors_as_json(place: Place) -> None:
    for words, kind in {
        ("show", "app-0"): "unknown_issue",
        ("create", ""): "invalid_field",
        ("list", "is:x"): "invalid_query",
    }.items():
        done = place.do(*words, "--json")
        assert done.code == 1
        assert json.loads(done.out)["error"]["kind"] == kind
        assert json.loads(done.out)["error"]["message"] in done.err
    assert json.loads(place.do("create", "", "--json").out)["error"]["field"] == "title"


def test_large_and_odd_texts_from_a_pipe(place: Place) -> None:
    issue = place.create("x")
    title = "---\ntitle: {}\n---\n"
    huge = "x" * 10_000_000
    told = {
        ("edit", issue, "--file", "-", title.format("")): "title: it is empty; give it a value",
        ("edit", issue, "--file", "-", title.format("x" * 501)): "title: it has 501 characters, 500 are allowed",
        ("edit", issue, "--file", "-", title.format(huge)): "document: it is larger than 8,000,000 bytes; shorten it",
        (
            "edit",
            issue,
            "--file",
            "-",
            title.format('"a\\0b"'),
        ): "title: it holds a line break or another control character",
        (
            "edit",
            issue,
            "--file",
            "-",
            title.format("a\0b"),
        ): "front matter: line 2: it holds a control character; remove it",
        ("create", "y", "-d", "-", huge): "description: it is larger than 8,000,000 bytes; shorten it",
        ("create", "y", "-d", "-", huge[:1_000_001]): "description: it has 1,000,001 characters, 1,000,000 are allowed",
        ("create", "y", "--notes", "-", "a\0b"): "notes: it holds a control character; remove it",
        ("comment", "add", issue, "-", "a\0b"): "text: it holds a control character; remove it",
        ("comment", "add", issue, "-", " \n "): "text: the comment is empty",
        ("import", "-", "\0\0\0"): "standard input is no file of issues that is known. Name its kind with --format.",
    }
    for (*words, given), message in told.items():
        assert place.refused(*words, given=given).startswith(message), message
    for words in (["comment", "add", issue, "-"], ["create", "y", "-d", "-"], ["edit", issue, "--file", "-"]):
        assert ": it is not UTF-8, from line 2 on; save it as UTF-8" in place.refused(*words, given=b"a\n\xff")


def test_odd_text_is_kept_as_it_is(place: Place) -> None:
    title = "日本語 🐍👩‍👩‍👧 עברית \u202eright to left %s {x} 'q' \"d\" \\ $HOME [bold]"
    issue = place.create(title, "-l", "ünï", "-a", "Ω", "-d", "a\tb\n\n| c")
    shown = place.json("show", issue)
    assert (shown["title"], shown["labels"], shown["assignee"], shown["description"]) == (
        title,
        ["ünï"],
        "Ω",
        "a\tb\n\n| c",
    )
    assert place.json("list", "label:ünï assignee:Ω", "--text", "עברית")[0]["id"] == issue
    made = place.json(
        "create", "words", "--meta", "a=NaN", "--meta", 'b={"c":Infinity}', "--meta", "d=1e999", "--meta", "e=-1.5"
    )
    assert made["metadata"] == {"a": "NaN", "b": '{"c":Infinity}', "d": "1e999", "e": -1.5}
    edge = place.create("x" * 500)
    assert place.json("edit", edge, "--file", "-", given=place.ok("edit", edge, "--print"))["title"] == "x" * 500
    raw = run(place.root, "import", os.fsdecode(b"/tmp/caf\xe9"))
    assert (raw.returncode, raw.stdout) == (2, "")
    assert raw.stderr == "issuelens: '/tmp/caf\\udce9': it is not valid text in the encoding of this terminal.\n"


def test_a_cycle_through_a_parent(place: Place) -> None:
    parent = place.create("parent")
    child = place.create("child", "--parent", parent)
    grandchild = place.create("grandchild", "--parent", child)
    for words in (["update", parent, "--parent", grandchild], ["epic", "add", grandchild, parent]):
        assert place.refused(*words).startswith(f"{parent} would wait for itself: {parent} → {grandchild} → ")
    assert f"{child}" in place.refused("dep", "add", parent, child, "-t", "parent-child")
    assert place.refused("dep", "add", child, child).startswith(f"depends_on: {child} can't depend on itself")
    lowest = place.create("lowest", "--parent", grandchild)
    assert "is at the lowest of 3 levels and can't have children" in place.refused("create", "y", "--parent", lowest)


def test_a_locked_database(place: Place) -> None:
    issue = place.create("x")
    before = place.revision
    with closing(sqlite3.connect(place.space.database, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        done = place.do("close", issue)
    told = f"issuelens: Another program holds {place.space.database}; nothing was changed. Close it and try again.\n"
    assert done == (1, "", told)
    assert (place.json("show", issue)["status"], place.revision) == ("open", before)
    assert place.json("close", issue)["status"] == "closed"


def test_a_database_that_can_not_be_used(place: Place) -> None:
    place.create("x")
    place.close()
    database = place.space.database
    content = database.read_bytes()
    database.write_bytes(b"no database" * 1000)
    told = place.do("list")
    assert (told.code, told.out) == (1, "")
    assert told.err.startswith(f"issuelens: {database} is damaged and was left as it is (")
    assert told.err.endswith("Move it aside or restore a backup.\n")
    assert database.read_bytes() == b"no database" * 1000
    database.unlink()
    database.mkdir()
    told = place.do("list")
    assert (told.code, told.out) == (1, "")
    message = "it is no ordinary file, so issues can't be changed here. Move it away."
    assert told.err == f"issuelens: {database}: {message}\n"
    database.rmdir()
    database.write_bytes(content)
    assert place.json("list")[0]["title"] == "x"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_can_not_be_written(place: Place) -> None:
    place.space.directory.chmod(0o555)
    try:
        done = place.do("create", "x")
        assert (done.code, done.out) == (1, "")
        assert done.err.startswith(f"issuelens: {place.space.directory}")
        assert done.err.endswith(" can't be written: Permission denied.\n")
        assert "can't be written (Permission denied); name a file in place of -." in place.do("export", "-").err
        assert "Permission denied" in place.do("config", "set", "prefix", "x").err
    finally:
        place.space.directory.chmod(0o755)


def test_no_workspace_and_no_folder(tmp_path: Path) -> None:
    done = run(tmp_path, "list")
    assert (
        done.stderr == f"issuelens: {tmp_path} has no .issues/ and no folder above it has one. Run `issuelens init`.\n"
    )
    assert (done.returncode, done.stdout, list(tmp_path.iterdir())) == (1, "", [])
    (tmp_path / "file").write_text("")
    for folder in ("/no/such", str(tmp_path / "file")):
        done = run(tmp_path, "-C", folder, "list")
        assert (done.returncode, done.stderr) == (1, f"issuelens: {folder} is not a folder.\n")
    done = run(tmp_path, "init", "--prefix", "9")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("issuelens: prefix: '9' can't begin an id; use letters")
    assert not (tmp_path / ".issues").exists()
