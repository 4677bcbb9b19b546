"""`issuelens todos` as a gate: what it finds gives a code, told apart from what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

from tests.support.cli import Done, Place, done_here
from tests.support.past import Todos, commit, git
from tests.support.syncing import by_hand

from issuelens.workspace import require_workspace


def test_what_was_found_gives_a_code_and_is_told_apart_from_what_was_refused(todos: Todos) -> None:
    found = todos("--untracked", "--new-since", "--fail-on", "untracked")
    assert found.code == 1
    assert len(found.out.splitlines()) == 2
    assert found.err.splitlines()[-1] == "issuelens: found 2 TODOs without an issue."
    as_json = todos("--fail-on=untracked", "--json")
    assert as_json.code == 1
    assert isinstance(json.loads(as_json.out), list)
    refused = todos("--new-since=nope", "--fail-on", "untracked", "--json")
    assert refused.code == 1
    assert list(json.loads(refused.out)) == ["error"]
    assert todos("--fail-on", "untracked", "--tag", "HACK").code == 0
    for words in (["--fail-on", "x"], ["--fail-on", ""], ["--fail-on", "untracked,"], ["--older-than", "x"],
                  ["--json", "--sarif"], ["--new-since", "--removed-since"], ["--removed-since", "--blame"],
                  ["--new-since="], ["--removed-since", ""], ["--removed-since= "],
                  ["--removed-since", "--older-than=1d"], ["--removed-since", "--fail-on=closed-ref"]):  # fmt: skip
        assert todos(*words).code == 2, words


def test_a_path_may_lead_over_a_link_to_the_workspace(place: Place, tmp_path: Path) -> None:
    (place.root / "src").mkdir()
    (place.root / "src" / "a.py").write_text("# TODO: x\n")
    link = tmp_path / "link"
    link.symlink_to(place.root)
    for path in (link, link / "src", link / "src" / "a.py"):
        assert place.ok("todos", str(path)) == "src/a.py:1:3\tTODO\t\tx\n", path
    refused = place.do("todos", str(link / ".." / "other"))
    assert (refused.code, refused.out) == (2, "")


def test_finished_issues_that_are_still_in_the_code(place: Place) -> None:
    first, second = place.create("one"), place.create("two")
    (place.root / "a.py").write_text(f"# TODO({first}): one\n# TODO({second}): two\nx = 1  # see {first}\n")
    assert place.do("todos", "--fail-on", "untracked,closed-ref").code == 0
    place.ok("close", first)
    done = place.do("todos", "--fail-on", "untracked,closed-ref")
    assert (done.code, len(done.out.splitlines())) == (1, 2)
    assert done.err == f"issuelens: a.py:1: {first} is closed.\nissuelens: found 1 TODO whose issue is finished.\n"
    (place.root / "b.py").write_text("# TODO: three\n")
    done = place.do("todos", "--fail-on", "closed-ref,untracked")
    told = "found 1 TODO without an issue and 1 TODO whose issue is finished"
    assert done.err == f"issuelens: a.py:1: {first} is closed.\nissuelens: {told}.\n"
    assert place.do("todos", "b.py", "--fail-on", "closed-ref").code == 0


def cloned(place: Place, tmp_path: Path) -> Place:
    """A clone of the workspace, which is a repository then."""
    git(place.root, "init", "-q")
    commit(place.root)
    git(tmp_path, "clone", "-q", str(place.root), "clone")
    clone = Place.__new__(Place)
    clone.space = require_workspace(tmp_path / "clone")
    clone.root = clone.space.root
    return clone


def test_a_new_clone_has_read_its_issues_at_once(place: Place, tmp_path: Path) -> None:
    issue = place.create("one")
    (place.root / "a.py").write_text(f"# TODO({issue}): one\n")
    place.ok("close", issue)
    place.ok("sync")
    clone = cloned(place, tmp_path)
    try:
        err = clone.do("todos", "--fail-on", "closed-ref").err
        assert err.splitlines()[-1] == "issuelens: found 1 TODO whose issue is finished."
    finally:
        clone.close()


def test_a_new_clone_is_told_to_read_its_issues_first(place: Place, tmp_path: Path) -> None:
    by_hand(place.space)
    issue = place.create("one")
    (place.root / "a.py").write_text(f"# TODO({issue}): one\n")
    place.ok("close", issue)
    place.ok("sync")
    clone = cloned(place, tmp_path)
    try:
        assert [one["issue"] for one in clone.json("todos")] == [issue]
        for _ in range(2):
            done = clone.do("todos", "--fail-on", "closed-ref")
            assert (done.code, done.out) == (1, "")
            assert "have not been read here yet" in done.err
            assert "Run `issuelens sync --no-git` first" in done.err
        assert clone.do("todos", "--fail-on", "untracked").code == 0
        clone.ok("sync")
        err = clone.do("todos", "--fail-on", "closed-ref").err
        assert err.splitlines()[-1] == "issuelens: found 1 TODO whose issue is finished."
    finally:
        clone.close()


def test_issues_that_git_brought_and_that_were_not_read_here_are_told(place: Place) -> None:
    by_hand(place.space)
    issue, other = place.create("one"), place.create("other")
    (place.root / "a.py").write_text(f"# TODO({issue}): one\n")
    assert place.do("todos", "--fail-on", "closed-ref") == Done(0, f"a.py:1:3\tTODO\t{issue}\tone\n", "")
    place.ok("sync")
    old = place.space.jsonl.read_text()
    place.ok("close", issue)
    place.ok("sync")
    closed = place.space.jsonl.read_text()
    place.ok("reopen", issue)
    place.ok("sync")
    reopened = place.space.jsonl.read_text()
    for text in (old, closed, reopened):
        # What was here once is no news.
        place.space.jsonl.write_text(text)
        assert place.do("todos", "--fail-on", "closed-ref").err == ""
    lines = [json.loads(line) for line in reopened.splitlines()]
    later = {"status": "closed", "updated_at": "2099-01-01T00:00:00Z", "closed_at": "2099-01-01T00:00:00Z"}
    lines = [line | later if line["id"] == issue else line for line in lines]
    place.space.jsonl.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    done = place.do("todos", "--fail-on", "closed-ref")
    assert (done.code, len(done.out.splitlines())) == (0, 1)
    assert done.err == (
        f"issuelens: {place.space.jsonl} has changes of 1 issue that were not read here, so more may be finished. "
        "`issuelens sync --no-git` reads them.\n"
    )
    assert place.json("show", issue)["status"] == "open", "it was only looked at"
    place.ok("sync")
    err = place.do("todos", "--fail-on", "closed-ref").err
    assert err.splitlines()[1:] == ["issuelens: found 1 TODO whose issue is finished."]
    assert other in place.ok("list")


def test_in_a_folder_without_issues_what_needs_them_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("# TODO: x\n")
    done = done_here(tmp_path, "todos")
    assert done.out == "a.py:1:3\tTODO\t\tx\n"
    assert "has no .issues/, so no TODO has an issue here" in done.err
    done = done_here(tmp_path, "todos", "--fail-on", "closed-ref")
    assert (done.code, done.out) == (1, "")
    assert "Run `issuelens init`" in done.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.py"]
