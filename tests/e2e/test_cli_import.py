"""Issues from other trackers' files and to files: nothing is lost, nothing is done by half."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.support.cli import Place, on_terminal

AT = "2025-01-02T03:04:05Z"
BEADS: list[dict[str, Any]] = [
    {
        "_type": "issue",
        "id": "bd-abc",
        "title": "No priority is the most urgent",
        "status": "open",
        "issue_type": "bug",
        "created_at": AT,
        "updated_at": "2025-01-02T03:04:05.123456789+02:00",
        "labels": ["ui"],
        "comments": [{"id": 1, "issue_id": "bd-abc", "author": "ann", "text": "one", "created_at": AT}],
        "wisp": {"deep": [1, 2.5, None]},
    },
    {
        "_type": "issue",
        "id": "other-9z1",
        "title": "Another prefix",
        "status": "hooked",
        "priority": 3,
        "issue_type": "gate",
        "created_at": AT,
        "updated_at": AT,
        "dependencies": [
            {
                "issue_id": "other-9z1",
                "depends_on_id": "bd-abc",
                "type": "blocks",
                "created_at": AT,
                "created_by": "ann",
            },
            {
                "issue_id": "other-9z1",
                "depends_on_id": "bd-abc",
                "type": "validates",
                "created_at": AT,
                "metadata": "{}",
            },
            {"issue_id": "other-9z1", "depends_on_id": "gone-000", "type": "related", "created_at": AT},
        ],
        "comments": [{"id": 1, "issue_id": "other-9z1", "author": "bob", "text": "clashing number", "created_at": AT}],
    },
    {
        "_type": "issue",
        "id": "bd-t0m",
        "title": "Deleted",
        "status": "tombstone",
        "priority": 1,
        "issue_type": "task",
        "created_at": AT,
        "updated_at": AT,
        "deleted_at": AT,
        "deleted_by": "ann",
        "delete_reason": "twice",
        "original_type": "task",
    },
]


def jsonl(*shapes: dict[str, Any]) -> str:
    return "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in shapes)


def exported(place: Place) -> list[dict[str, Any]]:
    return [json.loads(line) for line in place.ok("export", "-").splitlines()]


def test_beads_come_and_go_without_loss(place: Place, tmp_path: Path) -> None:
    file = tmp_path / "beads.jsonl"
    file.write_text(jsonl(*BEADS))
    revision = place.revision
    assert place.ok("import", str(file), "--dry-run") == "Would be: 3 created (format beads).\n"
    assert (place.revision, exported(place)) == (revision, [])
    report = place.json("import", str(file))
    assert (report["counts"], report["format"], report["aside"], report["cycles"]) == (
        {"created": 3},
        "beads",
        None,
        [],
    )
    assert [(line["line"], line["action"], line["id"]) for line in report["lines"]] == [
        (1, "created", "bd-abc"),
        (2, "created", "other-9z1"),
        (3, "created", "bd-t0m"),
    ]
    assert place.revision == revision + 1
    expected = sorted(({**one, "priority": one.get("priority", 0)} for one in BEADS), key=lambda one: one["id"])
    assert exported(place) == expected
    assert place.ok("import", str(file)) == "Issues: 3 unchanged (format beads).\n"
    assert place.revision == revision + 1
    assert place.ok("undo").count(" is as before: ") == 3


def test_imported_issues_are_issues_like_all(place: Place) -> None:
    place.ok("import", "-", given=jsonl(*BEADS))
    assert [one["id"] for one in place.json("ready")] == ["bd-abc"]
    assert place.json("blocked")[0]["blocked_by"] == [{"id": "bd-abc", "title": BEADS[0]["title"]}]
    assert place.ok("list", "status:hooked") == "other-9z1\thooked\tP3\tgate\tAnother prefix\n"
    assert "validates bd-abc" in place.ok("dep", "tree", "other-9")
    assert place.json("show", "other-9")["id"] == "other-9z1"
    mine = place.create("mine", "--dep", "other-9z1")
    assert mine.startswith("app-")
    (place.root / "main.py").write_text("# TODO(other-9z1): soon\n# as bd-abc says\n")
    assert [one["issue"] for one in place.json("todos")] == ["other-9z1"]
    assert len(place.json("refs", "bd-abc")) == 1
    assert place.json("restore", "bd-t0m")["status"] == "open"
    assert place.ok("comment", "add", "bd-abc", "next") == "bd-abc has comment 2.\n"
    assert place.json("update", "other-9z1", "-p", "1")["issue_type"] == "gate"


def test_what_can_not_be_read_is_put_aside_with_the_reason(place: Place, tmp_path: Path) -> None:
    file = tmp_path / "mixed.jsonl"
    bad = ['{"id":"bd-1","title":3}', "no json", '{"_type":"memory","key":"k"}', '{"id":"bd 2","title":"x"}']
    file.write_text(jsonl(BEADS[0]) + "\n".join(bad) + "\n" + jsonl(BEADS[2]))
    told = place.ok("import", str(file), "-v")
    assert "line 1: created bd-abc\nline 2: aside: title: it is missing\nline 3: aside: it is no JSON" in told
    assert "line 4: aside: _type: it is no issue but a 'memory'\n" in told
    assert "Issues: 2 created; 4 put aside, since they can't be read (format beads).\n" in told
    [aside] = place.space.aside.iterdir()
    assert f"What can't be read is in {aside}.\n" in told
    kept = [json.loads(line) for line in aside.read_text().splitlines()]
    assert [(one["line"], one["text"]) for one in kept] == list(enumerate(bad, 2))
    assert all(one["reason"] for one in kept)
    file.write_text(jsonl(BEADS[0]))
    place.ok("import", str(file))
    file.write_text("\n".join([*bad, ""]))
    assert "No line of " in place.refused("import", str(file))
    assert list(place.space.aside.iterdir()) == [aside]


def test_files_that_are_not_whole_change_nothing(place: Place, tmp_path: Path) -> None:
    file = tmp_path / "cut.jsonl"
    file.write_text(jsonl(BEADS[0]) + '{"id":"bd-cut","title":"half of a li')
    assert place.refused("import", str(file)) == (
        f"{file}, line 2: the file ends within a line; nothing was changed. "
        "Get the whole file, or import what is there with --partial."
    )
    assert exported(place) == []
    assert "Issues: 1 created; 1 put aside" in place.ok("import", str(file), "--partial")
    file.write_text(f"{jsonl(BEADS[2])}<<<<<<< HEAD\n{jsonl(BEADS[1])}=======\n>>>>>>> theirs\n")
    for words in ([], ["--partial"], ["--dry-run"]):
        assert place.refused("import", str(file), *words) == (
            f"{file}, line 2: git left a conflict marker there; nothing was changed. "
            "Resolve the conflict and import again."
        )
    assert [one["id"] for one in exported(place)] == ["bd-abc"]
    assert place.refused("import", "/no/such/file").startswith("/no/such/file can't be read: No such file")
    assert "can't be read: Is a directory. Nothing was imported." in place.refused("import", str(tmp_path))
    assert "can't be written: No such file or directory. Nothing was exported." in place.refused(
        "export", "/no/such/file"
    )
    file.write_text("")
    assert place.ok("import", str(file)) == "Issues: none in this file (format beads).\n"


def test_a_newer_change_here_stays_and_an_older_one_is_kept_in_the_history(place: Place) -> None:
    place.ok("import", "-", given=jsonl(BEADS[0]))
    place.ok("update", "bd-abc", "--title", "mine")
    older = {**BEADS[0], "title": "theirs, later than the first", "updated_at": "2025-02-01T00:00:00Z"}
    told = place.ok("import", "-", given=jsonl(older))
    assert told == "Issues: 1 kept as they are here (format beads).\n"
    assert place.json("show", "bd-abc")["title"] == "mine"
    newer = {**older, "title": "theirs, later than mine", "updated_at": "2999-01-01T00:00:00Z"}
    [line] = place.json("import", "-", given=jsonl(newer))["lines"]
    assert (line["action"], line["id"]) == ("updated", "bd-abc")
    assert place.json("show", "bd-abc")["title"] == "theirs, later than mine"
    [change] = place.json("history", "bd-abc")[0]["changes"]
    assert (change["before"]["title"], change["after"]["title"]) == ("mine", "theirs, later than mine")
    assert "title: mine -> theirs, later than mine" in place.ok("history", "bd-abc", "-n", "1")


def test_comments_of_two_clones_are_joined(place: Place) -> None:
    place.ok("import", "-", given=jsonl(BEADS[0]))
    other = {"id": 1, "issue_id": "bd-abc", "author": "eve", "text": "the same number", "created_at": AT}
    place.ok("import", "-", given=jsonl({**BEADS[0], "comments": [other]}))
    found = place.json("comment", "list", "bd-abc")
    assert [(one["id"], one["author"]) for one in found] == [(1, "ann"), (2, "eve")]
    place.ok("import", "-", given=jsonl({**BEADS[0], "comments": [other]}))
    assert place.json("comment", "list", "bd-abc") == found


def test_export_and_import_give_the_same_issues(place: Place, tmp_path: Path) -> None:
    place.ok("import", "-", given=jsonl(*BEADS))
    epic = place.create(
        "epic", "-t", "epic", "-d", "日本語 🐍 \u202e", "--estimate", "5", "--due", "3d", "--meta", "k=[1]"
    )
    child = place.create("child", "--parent", epic, "--dep", "bd-abc", "-l", "ü", "-a", "anna", "--external", "gh-1")
    place.ok("comment", "add", child, "two\nlines")
    place.ok("close", child, "-r", "done")
    place.ok("delete", place.create("gone"), "-r", "why")
    place.ok("merge", place.create("merged"), "--into", epic)
    file = tmp_path / "all.jsonl"
    count = len(exported(place))
    assert place.ok("export", str(file)) == f"{count} issues are in {file}.\n"
    other = Place(tmp_path / "other", "other")
    try:
        assert other.json("import", str(file))["counts"] == {"created": count}
        assert exported(other) == exported(place)
        assert other.ok("export", "-") == file.read_text()
        assert other.ok("import", str(file)) == f"Issues: {count} unchanged (format beads).\n"
        assert {one["id"] for one in other.json("list")} == {one["id"] for one in place.json("list")}
    finally:
        other.close()
    assert [json.loads(line)["id"] for line in place.ok("export", "-", "-q", "type:epic").splitlines()] == [epic]
    assert place.json("export", str(file), "-q", "is:open")["issues"] == len(place.json("list"))


def test_pipes_and_devices_and_links(place: Place, tmp_path: Path) -> None:
    script = (
        f'"{sys.executable}" -m issuelens import <(cat) && "{sys.executable}" -m issuelens export /dev/stdout | cat'
    )
    done = subprocess.run(
        ["bash", "-c", script], cwd=place.root, input=jsonl(BEADS[0]), capture_output=True, text=True, check=True
    )
    told, _, written = done.stdout.partition("\n")
    assert told == "Issues: 1 created (format beads)."
    assert json.loads(written) == {**BEADS[0], "priority": 0}
    assert Path("/dev/stdout").is_symlink()
    assert place.process("import", "/dev/stdin", input=jsonl(BEADS[1])).stdout == "Issues: 1 created (format beads).\n"
    target, link = tmp_path / "target.jsonl", tmp_path / "link.jsonl"
    target.write_text("")
    link.symlink_to(target)
    assert place.ok("export", str(link)) == f"2 issues are in {target}.\n"
    assert link.is_symlink()
    assert len(target.read_text().splitlines()) == 2
    assert not list(place.space.directory.glob(".pipe.*"))


def test_cycles_are_kept_and_told(place: Place) -> None:
    def issue(name: str, on: str) -> dict[str, Any]:
        return {"id": f"bd-{name}", "title": name, "dependencies": [{"depends_on_id": f"bd-{on}", "type": "blocks"}]}

    done = place.do("import", "-", given=jsonl(issue("a1", "b2"), issue("b2", "a1")))
    assert (done.code, done.out) == (0, "Issues: 2 created (format beads).\n")
    assert "These wait for each other: bd-" in done.err
    assert "`issuelens dep remove` takes one dependency away." in done.err
    place.ok("dep", "remove", "bd-a1", "bd-b2")
    assert [one["id"] for one in place.json("ready")] == ["bd-a1"]


def test_the_ancestors_lines(place: Place) -> None:
    old = {"priority": 1, "created_at": "2025-01-02T03:04:05", "updated_at": "2025-01-02T03:04:05.5", "project_id": "p"}
    epic = {"id": "cb-1", "title": "epic", "type": "epic", "status": "archived", **old}
    child = {"id": "cb-2", "title": "child", "type": "bug", "status": "resolved", "epic_id": "cb-1", **old}
    text = jsonl(epic, child)
    assert place.ok("import", "-", given=text) == "Issues: 2 created (format ancestor).\n"
    assert place.ok("import", "-", given=text) == "Issues: 2 unchanged (format ancestor).\n"
    shown = place.json("show", "cb-2")
    assert (shown["issue_type"], shown["status"], shown["project_id"]) == ("bug", "resolved", "p")
    assert shown["updated_at"].startswith("2025-01-02T03:04:05.5")
    assert place.ok("epic", "tree", "cb-1") == "cb-1 archived epic\n  cb-2 resolved child\n"
    assert place.json("list") == []


def test_todo_txt(place: Place, tmp_path: Path) -> None:
    file = tmp_path / "todo.txt"
    file.write_text(
        "(A) 2025-01-02 Call mum +family @phone due:2999-01-01 rec:1w\n"
        "x 2025-02-03 2025-01-01 Pay the rent\n\n"
        "Same\nSame\n"
        "(Z) later t:2999-05-05\n"
        "late due:2025-99-99\n"
    )
    assert "Issues: 5 created; 1 put aside" in place.ok("import", str(file))
    assert "Issues: 5 unchanged; 1 put aside" in place.ok("import", str(file))
    found = {one["title"]: one for one in place.json("list", "--all")}
    call = found["Call mum +family @phone rec:1w"]
    assert (call["priority"], call["labels"], call["metadata"]) == (0, ["@phone", "family"], {"rec": "1w"})
    assert (call["due_at"][:10], call["created_at"][:10]) == ("2999-01-01", "2025-01-02")
    assert (found["Pay the rent"]["status"], found["Pay the rent"]["closed_at"][:10]) == ("closed", "2025-02-03")
    assert (found["later"]["priority"], found["later"]["defer_until"][:10]) == (4, "2999-05-05")
    assert len(place.json("list", "title:Same")) == 2
    assert len(place.json("import", "-", "--format", "todotxt", given="From a pipe\n")["lines"]) == 1


def test_github_issues(place: Place, tmp_path: Path) -> None:
    shape = {
        "number": 7,
        "title": "From afar",
        "body": "text",
        "state": "CLOSED",
        "url": "https://github.com/o/r/issues/7",
        "labels": [{"id": "L", "name": "bug", "color": "red"}],
        "assignees": [{"login": "ann"}, {"login": "bob"}],
        "author": {"login": "eve"},
        "createdAt": AT,
        "updatedAt": AT,
        "closedAt": AT,
        "comments": [{"author": {"login": "ann"}, "body": "seen", "createdAt": AT}],
        "milestone": {"title": "1.0"},
    }
    file = tmp_path / "issues.json"
    file.write_text(json.dumps([shape, {"number": 8, "title": "open", "state": "OPEN"}, {"state": "OPEN"}]))
    assert "Issues: 2 created; 1 put aside, since they can't be read (format github).\n" in place.ok(
        "import", str(file)
    )
    assert "Issues: 2 unchanged; 1 put aside" in place.ok("import", str(file))
    [found] = place.json("list", "is:closed")
    assert (found["issue_type"], found["labels"], found["assignee"]) == ("bug", ["bug"], "ann")
    assert (found["external_ref"], found["comments"][0]["text"]) == (shape["url"], "seen")
    assert found["github"]["milestone"] == {"title": "1.0"}
    assert found["github"]["assignees"] == ["ann", "bob"]
    assert place.refused("import", str(file), "--format", "ancestor").startswith("No line of ")
    assert "'csv' is not one of 'beads'" in place.refused("import", str(file), "--format", "csv", code=2)


def test_a_report_on_a_terminal_is_printable(place: Place) -> None:
    (place.root / "odd.jsonl").write_text(
        '{"id":"bd-1","title":"x"}\n{"\\u001b[2J": "\u202e"\n{"id":"\\u001b[2J","title":"y"}\n'
    )
    screen = on_terminal(place.root, "import", "odd.jsonl", "-v", piped="stderr").screen
    assert "created bd-1" in screen
    assert "\x1b" not in screen
    assert "\u202e" not in screen
