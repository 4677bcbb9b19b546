"""Commands that change issues: one, several, by query, rehearsed; all of it or nothing; and the way back."""

from __future__ import annotations

import json
import re
from typing import Any

from tests.support.cli import Place

VERBS: dict[str, tuple[list[str], str]] = {
    "update": (["-p", "0"], "priority: 2 -> 0"),
    "start": ([], "status: open -> in_progress"),
    "close": (["--reason", "done"], "status: open -> closed"),
    "delete": (["--reason", "twice"], "status: open -> tombstone"),
    "label add": (["urgent"], "labels: +urgent"),
    "label remove": (["old"], "labels: -old"),
}
"""Verb -> what it takes before the ids, and the line that a rehearsal shows of each issue."""


def state(place: Place) -> list[dict[str, Any]]:
    return list(place.json("list", "is:any,deleted", "--all"))


def test_verbs_with_several_a_query_and_a_rehearsal(place: Place) -> None:
    for verb, (words, line) in VERBS.items():
        one, two, other = (place.create(f"{verb} {title}", "-l", "old") for title in ("one", "two", "other"))
        command, before = [*verb.split(), *words], state(place)
        told = place.ok(*command, one, two, "--dry-run")
        assert f"{one}  {line}\n" in told
        assert f"{two}  {line}\n" in told
        assert f"{one} would be " in told
        chosen = ["--query", f"id:{one},{two} sort:id"]
        assert [issue["id"] for issue in place.json(*command, *chosen, "--dry-run")] == sorted([one, two])
        assert "There is no issue app-00000" in place.refused(*command, one, "app-00000")
        assert state(place) == before
        _check_changes(place, command, before, (one, two, other))


def _check_changes(place: Place, command: list[str], before: list[dict[str, Any]], ids: tuple[str, ...]) -> None:
    revision, old = place.revision, {issue["id"]: issue for issue in before}
    answer = place.json(*command, ids[0])
    assert answer["id"] == ids[0]
    assert answer != old[ids[0]]
    several = place.json(*command, *ids[1:])
    assert [issue["id"] for issue in several] == list(ids[1:])
    now = {issue["id"]: issue for issue in state(place)}
    assert [one for one in now if now[one] != old[one]] == [one for one in now if one in ids]
    assert place.revision == revision + 2


def test_verbs_that_need_a_beginning(place: Place) -> None:
    one, two, base = (place.create(title) for title in ("one", "two", "base"))
    place.ok("close", one, two)
    assert f"{one}  status: closed -> open\n" in place.ok("reopen", one, two, "--dry-run")
    reopened = place.json("reopen", "-q", "title:one,two", "--reason", "it is back")
    assert [issue["comments"][0]["text"] for issue in reopened] == ["it is back"] * 2
    place.ok("delete", one, two)
    assert f"{one} would be restored: one\n" in place.ok("restore", one, two, "--dry-run")
    assert {issue["status"] for issue in place.json("restore", "-q", "is:deleted")} == {"open"}
    assert f"{one}  dependencies: +blocks {base}\n" in place.ok("dep", "add", one, two, base, "--dry-run")
    assert len(place.json("dep", "add", one, two, "--on", base)) == 2
    assert place.json("dep", "remove", "-q", "title:one", "--on", base)["dependencies"] == []
    assert place.ok("dep", "remove", two, base) == f"{two} is independent of {base}: two\n"
    assert place.ok("comment", "add", one, two, "hm", "--dry-run").startswith(f"{one} would have comment ")
    assert [one["text"] for one in place.json("comment", "add", "-q", "title:one,two", "hm")] == ["hm", "hm"]


def test_creating_is_rehearsed(place: Place) -> None:
    revision = place.revision
    assert re.fullmatch(r"app-\w{4} would be created: x\n", place.ok("create", "x", "--dry-run"))
    assert place.json("create", "x", "-p", "0", "--dry-run")["priority"] == 0
    assert place.refused("create", "", "--dry-run").startswith("title: it is empty")
    assert (place.revision, place.json("list")) == (revision, [])
    assert place.ok("create", "x").endswith(" is created: x\n")


def test_no_issue_is_meant(place: Place) -> None:
    place.create("x")
    assert place.ok("close", "-q", "title:nothing") == "No issue is meant; nothing was changed.\n"
    assert place.json("close", "-q", "title:nothing") == []
    for words in (["close"], ["update", "-p", "1"], ["label", "add", "x"], ["comment", "add", "text"], ["dep", "add"]):
        assert "Name the issue" in place.refused(*words, code=2)
    assert place.refused("close", "-q", "is:nice").startswith("query, column 4: is knows no 'nice'")


def test_unique_beginnings_of_ids(place: Place) -> None:
    lines = ['{"id":"app-ab12","title":"first"}', '{"id":"app-ab34","title":"second"}', '{"id":"app-c5","title":"c"}']
    place.ok("import", "-", given="\n".join(lines))
    for word in ("app-ab1", "ab1", "ab12", "app-ab12"):
        assert place.json("show", word)["id"] == "app-ab12"
    assert place.json("close", "c")["id"] == "app-c5"
    told = place.refused("close", "app-ab")
    assert "app-ab12" in told
    assert "app-ab34" in told
    assert place.refused("close", "ab1", "ab") == told.replace("app-ab b", "ab b")
    assert place.refused("show", "zz") == "There is no issue zz. `issuelens list` shows the issues of this workspace."
    assert place.json("show", "app-ab34")["status"] == "open"


def test_deleting_and_restoring(place: Place) -> None:
    parent = place.create("parent")
    child = place.create("child", "--parent", parent)
    assert f"has children that would stay behind, for instance {child}" in place.refused("delete", parent)
    assert len(place.json("delete", parent, "--with-children", "-r", "gone")) == 2
    assert place.json("list") == []
    assert place.json("show", parent)["delete_reason"] == "gone"
    assert place.refused("close", child) == f"{child} was deleted. `issuelens restore {child}` brings it back."
    assert {one["id"] for one in place.json("restore", parent, child)} == {parent, child}
    assert place.json("show", child)["status"] == "open"
    assert place.ok("restore", child) == f"{child} is restored: child\n"


def test_merging_moves_everything_and_undo_takes_it_back(place: Place) -> None:
    kept, gone = place.create("kept", "-l", "a"), place.create("gone", "-l", "b", "-d", "more")
    child, waiting = place.create("child", "--parent", gone), place.create("waiting", "--dep", gone)
    place.ok("comment", "add", gone, "said here")
    before = state(place)
    assert f"{gone} would be part of {kept}: gone\n" in place.ok("merge", gone, "--into", kept, "--dry-run")
    assert "can't be merged into itself" in place.refused("merge", kept, "--into", kept)
    assert state(place) == before
    merged = {one["id"]: one for one in place.json("merge", gone, "--into", kept)}
    assert merged[kept]["labels"] == ["a", "b"]
    assert [one["text"] for one in merged[kept]["comments"]] == ["said here", f"Merged from {gone}: gone\n\nmore"]
    assert merged[waiting]["dependencies"][0]["depends_on_id"] == kept
    assert merged[child]["dependencies"][0]["depends_on_id"] == kept
    done = place.do("show", gone, "--json")
    assert f'"id": "{kept}"' in done.out
    assert done.err == f"{gone} was merged into {kept}.\n"
    assert f"{gone} was merged into {kept}. `issuelens history {gone}`" in place.refused("restore", gone)
    place.ok("undo")
    assert without_times(state(place)) == without_times(before)


def without_times(issues: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: value for name, value in one.items() if name != "updated_at"} for one in issues]


def test_undo_of_several_steps_and_of_an_undo(place: Place) -> None:
    issue = place.create("x")
    place.ok("update", issue, "-p", "0", "--title", "y")
    place.ok("update", issue, "--add-label", "ui")
    assert place.ok("undo", "--steps", "2", "--dry-run").splitlines()[0] == f"{issue} would be as before: x"
    assert place.json("show", issue)["title"] == "y"
    [undone] = place.json("undo", "--steps", "2")
    assert (undone["title"], undone["priority"], undone["labels"]) == ("x", 2, [])
    newest = place.json("history", "-n", "1")[0]["event"]
    assert newest["undoes"] == 3
    assert place.ok("undo", str(newest["revision"])) == f"{issue} is as before: y\n"
    assert f"undo of {newest['revision']}" in place.ok("history", issue)
    assert "was undone by revision" in place.refused("undo", str(newest["revision"]))
    assert "revision 7 changed title of" in place.refused("undo", "2")
    place.ok("undo", "7")
    place.ok("undo", "2")
    assert place.json("list") == []


def test_undo_says_what_stands_in_the_way(place: Place) -> None:
    issue = place.create("x")
    place.ok("update", issue, "-p", "0")
    place.ok("update", issue, "-p", "1")
    assert place.refused("undo", "3") == (
        f"Revision 3 can't be undone: revision 4 changed priority of {issue} since. Undo that first."
    )
    waiting = place.create("waiting", "--dep", issue)
    assert f"{waiting} depends on" in place.refused("undo", "2") or "changed priority" in place.refused("undo", "2")
    assert place.refused("undo", "99") == "There is no revision 99. `issuelens history` shows them."
    assert "is the beginning of this workspace" in place.refused("undo", "1")
    assert "Name a REVISION or --steps, not both." in place.refused("undo", "2", "--steps", "1", code=2)
    assert "Only 4 of 50 operations can be undone" in place.refused("undo", "--steps", "50")


def test_history_tells_who_and_what(place: Place) -> None:
    issue = place.create("x", "-l", "money")
    done = place.process("--actor", "anna", "update", issue, "--add-label", "x", "--remove-label", "money", "-p", "0")
    assert done.returncode == 0
    lines = place.ok("history", issue).splitlines()
    assert re.fullmatch(rf" +3  [-0-9]+T[:0-9]+Z  update +{issue}  anna \(cli\)", lines[0])
    assert lines[1:3] == ["         priority: 2 -> 0", "         labels: +x -money"]
    assert lines[-1] == "         created"
    [newest] = place.json("history", "-n", "1")
    assert (newest["event"]["actor"], newest["changes"][0]["after"]["priority"]) == ("anna", 0)
    assert len(place.json("history")) == 3


def test_history_of_an_issue_tells_its_own_part_of_a_large_operation(place: Place) -> None:
    lines = [json.dumps({"id": f"app-{number:04}", "title": f"issue {number}"}) for number in range(120)]
    place.ok("import", "-", given="\n".join(lines))
    place.ok("update", "-q", "is:open", "-p", "3")
    text = place.ok("history", "app-0110").splitlines()
    assert [line.split()[2:5] for line in text[::2]] == [["update", "120", "issues"], ["import", "120", "issues"]]
    assert text[1::2] == ["         app-0110 priority: 0 -> 3", "         app-0110 created"]
    [newest, _] = place.json("history", "app-0110")
    assert ([one["issue_id"] for one in newest["changes"]], newest["change_count"]) == (["app-0110"], 120)
    assert len(place.json("history", "-n", "1")[0]["changes"]) == 100


def test_history_says_when_there_is_more_than_it_shows(place: Place) -> None:
    for number in range(49):
        place.create(f"issue {number}")
    assert place.do("history").err == ""
    assert len(place.json("history")) == 50
    place.create("one more")
    told = "These are the last 50 operations; --all shows all, -n 200 more of them.\n"
    for arguments in (["history"], ["history", "--json"]):
        assert place.do(*arguments).err == told
    assert len(json.loads(place.do("history", "--json").out)) == 50
    for options, count in ((["--all"], 51), (["-n", "60"], 51), (["-n", "3"], 3)):
        done = place.do("history", "--json", *options)
        assert (len(json.loads(done.out)), done.err) == (count, "")
    assert place.refused("history", "--all", "-n", "3", code=2) == "Name -n or --all, not both."


def test_comments_are_edited_and_deleted(place: Place) -> None:
    issue = place.create("x")
    place.ok("comment", "add", issue, "first")
    place.ok("comment", "add", issue, "-", given="two\nlines\n")
    assert place.ok("comment", "edit", issue, "1", "better", "--dry-run") == f"Comment 1 of {issue} would be changed.\n"
    assert place.json("comment", "list", issue)[0]["text"] == "first"
    edited = place.json("comment", "edit", issue, "1", "-", given="better")
    assert (edited["text"], "updated_at" in edited) == ("better", True)
    assert "(comment 1, edited)\n    better\n" in place.ok("comment", "list", issue)
    assert place.ok("comment", "delete", issue, "2", "--dry-run") == f"Comment 2 of {issue} would be deleted.\n"
    assert place.ok("comment", "delete", issue, "2") == f"Comment 2 of {issue} is deleted.\n"
    assert f"{issue} has no comment 2; it has 1" in place.refused("comment", "delete", issue, "2")
    assert place.refused("comment", "add", issue, " ") == "text: the comment is empty"
    place.ok("undo")
    assert [one["text"] for one in place.json("comment", "list", issue)] == ["better", "two\nlines"]


def test_epics_are_filled_and_closed(place: Place) -> None:
    epic, other = place.create("epic", "-t", "epic"), place.create("empty", "-t", "epic")
    one, two = place.create("one"), place.create("two")
    assert len(place.json("epic", "add", epic, one, two)) == 2
    assert place.ok("epic", "close") == "There is no open epic whose descendants are all finished.\n"
    assert place.json("epic", "close") == []
    place.ok("close", one)
    place.ok("epic", "remove", two)
    assert f"{epic} would be closed: epic\n" in place.ok("epic", "close", "--dry-run")
    assert place.json("epic", "close")["close_reason"] == "all of its descendants are finished"
    assert {issue["id"] for issue in place.json("list")} == {other, two}
    assert f"{one} can't be its own parent" in place.refused("epic", "add", one, one)


def test_cycles_are_refused_with_their_path(place: Place) -> None:
    first, second, third = (place.create(title) for title in ("first", "second", "third"))
    place.ok("dep", "add", first, second)
    place.ok("dep", "add", second, third)
    told = place.refused("dep", "add", third, first)
    assert told == (
        f"{third} would wait for itself: {third} → {first} → {second} → {third}. "
        "Remove one of these dependencies first."
    )
    assert place.refused("dep", "add", third, first, "--dry-run") == told
    assert place.refused("dep", "add", first, first) == f"depends_on: {first} can't depend on itself"
    child = place.create("child", "--parent", first)
    assert f"{first} → " in place.refused("update", first, "--parent", child)
    place.ok("dep", "add", third, first, "-t", "related")
    error = place.do("dep", "add", third, first, "--json")
    assert f'"path": ["{third}", "{first}", "{second}", "{third}"]' in error.out


def test_duplicates_are_found(place: Place) -> None:
    assert place.ok("duplicates") == "No duplicates.\n"
    one, two = place.create("The login times out"), place.create("The login times out")
    near = place.create("The login timed out")
    pairs = place.json("duplicates", "--similarity", "0.5")
    assert [{issue["id"] for issue in pair["issues"]} for pair in pairs if pair["exact"]] == [{one, two}]
    assert any(near in {issue["id"] for issue in pair["issues"]} for pair in pairs)
    assert place.ok("duplicates", "--similarity", "1").startswith("same text\n  ")


def test_fields_are_set_and_cleared(place: Place) -> None:
    options = ["-a", "anna", "--estimate", "5", "--due", "2d", "--defer", "tomorrow", "--external", "gh-1", "-d", "-"]
    issue = place.json("create", "x", *options, "--meta", "n=3", "--meta", "t=a b", given="from\na pipe\n")
    assert (issue["description"], issue["metadata"]) == ("from\na pipe\n", {"n": 3, "t": "a b"})
    assert {"assignee", "estimated_minutes", "due_at", "defer_until", "external_ref"} <= issue.keys()
    cleared = ["-a", "", "--no-estimate", "--due", "", "--defer", "", "--external", "", "-d", "", "--unset-meta", "n"]
    after = place.json("update", issue["id"], *cleared)
    assert not {"assignee", "estimated_minutes", "due_at", "defer_until", "external_ref"} & after.keys()
    assert (after["description"], after["metadata"]) == ("", {"t": "a b"})
    place.ok("undo")
    assert without_times([place.json("list")[0]]) == without_times([issue])
