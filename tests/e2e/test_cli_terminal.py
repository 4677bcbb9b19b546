"""On a real pseudo-terminal, as a person sees it; and in a pipe, as a script does."""

from __future__ import annotations

import json
import os
import re

import pytest
from tests.support.cli import Place, on_terminal

ESCAPE = "\x1b["
STYLES = re.compile(r"\x1b\[[0-9;]*m")


def plain(text: str) -> str:
    """What is seen, without colours."""
    return STYLES.sub("", text)


def test_tables_have_their_columns_and_colours(place: Place) -> None:
    urgent = place.create("Round half up", "-t", "bug", "-p", "0")
    waiting = place.create("waiting", "--dep", urgent)
    shown = on_terminal(place.root, "list")
    lines = plain(shown.screen).splitlines()
    assert lines[0].split() == ["id", "status", "priority", "type", "title"]
    assert lines[1].split() == [urgent, "open", "P0", "bug", "Round", "half", "up"]
    assert lines[2].split() == [waiting, "open", "P2", "task", "waiting"]
    assert f"{ESCAPE}36m{urgent}" in shown.screen
    assert f"{ESCAPE}1;31mP0" in shown.screen
    blocked = plain(on_terminal(place.root, "blocked").screen).splitlines()
    assert " ".join(blocked[0].split()) == "id status priority type title waits for"
    assert " ".join(blocked[1].split()).endswith(f"waiting waits for {urgent}: Round half up")
    assert plain(on_terminal(place.root, "list", "title:nothing").screen) == "No issues.\n"


def test_a_person_is_told_that_nothing_was_found(place: Place) -> None:
    issue = place.create("x")
    assert plain(on_terminal(place.root, "todos").screen) == "No TODOs.\n"
    assert plain(on_terminal(place.root, "todos", "--blame", "--tag", "BUG").screen) == "No TODOs.\n"
    assert plain(on_terminal(place.root, "refs", issue).screen) == "It stands nowhere in the code.\n"
    assert place.ok("todos") == place.ok("refs", issue) == ""


def test_colours_are_left_out_in_a_pipe_and_when_asked(place: Place) -> None:
    place.create("x", "-p", "0")
    piped = place.process("list", env={**os.environ, "TERM": "xterm-256color"})
    assert ESCAPE not in piped.stdout
    assert piped.stderr == ""
    assert ESCAPE in on_terminal(place.root, "list").screen
    asked = on_terminal(place.root, "list", environment={"NO_COLOR": "1"}).screen
    assert not re.search(r"\x1b\[[0-9;]*3[0-7]m", asked)
    assert "P0" in asked
    assert ESCAPE not in on_terminal(place.root, "list", environment={"TERM": "dumb"}).screen
    assert json.loads(on_terminal(place.root, "list", "--json").screen)[0]["title"] == "x"


def test_trees_are_drawn(place: Place) -> None:
    epic = place.create("Payments", "-t", "epic")
    first, last = place.create("first", "--parent", epic), place.create("last [bold]", "--parent", epic)
    deep = place.create("deep", "--parent", first)
    place.ok("dep", "add", last, deep, "-t", "related")
    assert plain(on_terminal(place.root, "epic", "tree", epic).screen) == (
        f"{epic} open Payments\n├── {first} open first\n│   └── {deep} open deep\n└── {last} open last [bold]\n"
    )
    assert f"related {deep} open deep" in plain(on_terminal(place.root, "dep", "tree", last).screen)


def test_the_board_stands_in_columns(place: Place) -> None:
    ready, doing = place.create("ready one"), place.create("doing one")
    place.ok("start", doing)
    screen = plain(on_terminal(place.root, "board", columns=140).screen)
    heading = next(line for line in screen.splitlines() if "ready (1)" in line)
    assert "in progress (1)" in heading
    assert "blocked (0)" in heading
    row = next(line for line in screen.splitlines() if ready in line)
    assert f"{doing} P2" in row


@pytest.mark.parametrize("columns", [40, 20])
def test_a_narrow_terminal(place: Place, columns: int) -> None:
    issue = place.create("a title that is much longer than the terminal is wide, with many words in it")
    for words in (["list"], ["board"], ["epic", "tree", issue], ["stats"], ["label", "list"]):
        shown = on_terminal(place.root, *words, columns=columns)
        assert shown.code == 0
        if words in (["list"], ["board"]):
            assert max(len(line) for line in plain(shown.screen).splitlines()) <= columns
    if columns == 40:
        assert issue in plain(on_terminal(place.root, "list", columns=columns).screen)


def test_text_can_not_steer_the_terminal(place: Place) -> None:
    odd = "a \\u202eb [red]c[/] \\u001b[31md \\u009b2J"
    lines = [
        '{"id":"app-1a2b","title":"' + odd + '","labels":["\\u001b]0;x"],"issue_type":"epic","assignee":"\\u001b[5m"}'
    ]
    odd_moment = '"comments":[{"id":1,"text":"\\u001b[1m","author":"\\u001b","created_at":"\\u001b[31m2026"}]'
    needed = '{"depends_on_id":"app-1a2b","type":"blocks"},{"depends_on_id":"\\u001b[2J","type":"\\u001b[2J"}'
    lines += ['{"id":"app-2b3c","title":"waits",' + odd_moment + ',"dependencies":[' + needed + "]}"]
    assert place.ok("import", "-", given="\n".join(lines)) == "Issues: 2 created (format beads).\n"
    place.create("right \u202eto left [bold]x")
    place.ok("comment", "add", "2b3c", "a\u202eb")
    commands = [
        "list",
        "board",
        "show 1a2b 2b3c",
        "epic list",
        "epic tree 1a2b",
        "dep list 2b3c",
        "dep tree 2b3c",
        "comment list 2b3c",
        "blocked",
        "label list",
        "stats",
        "history",
        "list --json",
    ]
    for command in commands:
        for screen in (on_terminal(place.root, *command.split()).screen, place.ok(*command.split())):
            seen = plain(screen)
            assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", seen), command
    assert place.json("show", "1a2b")["title"] == "a \u202eb [red]c[/] \x1b[31md \x9b2J"
    assert "[bold]x" in plain(on_terminal(place.root, "list").screen)
    assert "\x1b" not in place.do("show", "\x1b[31m").err


def test_many_changes_are_told_in_short(place: Place) -> None:
    lines = [json.dumps({"id": f"app-{number:04}", "title": f"issue {number}"}) for number in range(60)]
    place.ok("import", "-", given="\n".join(lines))
    screen = plain(on_terminal(place.root, "update", "-q", "is:open", "-p", "0").screen)
    assert "… and 10 more, 60 in all." in screen
    assert len(place.ok("update", "-q", "is:open", "-p", "1").splitlines()) == 60


def test_progress_is_shown_to_people_only(place: Place) -> None:
    file = place.root / "many.jsonl"
    shape = {"created_at": "2025-01-01T00:00:00Z", "updated_at": "2025-01-01T00:00:00Z"}
    file.write_text(
        "".join(json.dumps({"id": f"app-{n:05}", "title": f"issue {n}", **shape}) + "\n" for n in range(9000))
    )
    seen = on_terminal(place.root, "import", str(file))
    assert "Importing" in seen.screen
    assert "Issues: 9,000 created (format beads).\n" in plain(seen.screen)
    changed = on_terminal(place.root, "update", "-q", "is:open", "-p", "1", piped="stderr")
    assert (changed.code, changed.piped) == (0, "")
    assert "Changing issues" not in changed.screen
    changed = on_terminal(place.root, "label", "add", "y", "-q", "is:open", piped="stdout")
    assert "Changing issues" in changed.screen
    assert len(changed.piped.splitlines()) == 9000
    assert "Changing issues" not in changed.piped
    quiet = on_terminal(place.root, "label", "add", "x", "-q", "is:open", "--json")
    assert len(json.loads(quiet.screen)) == 9000
