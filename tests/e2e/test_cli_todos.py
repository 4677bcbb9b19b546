"""`issuelens todos` in a repository with a past, with a workspace and without one."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from urllib.parse import unquote

from tests.support.cli import Place, done_here
from tests.support.past import Todos, fields, git, texts, with_past

# Choosing


def test_options_choose_together(todos: Todos) -> None:
    assert texts(todos()) == ["tracked", "not committed", "newer", "on the branch"]
    assert texts(todos("--tag", "FIXME")) == ["on the branch"]
    assert texts(todos("--tag", "TODO", "src", "--untracked")) == ["newer"]
    assert texts(todos("--owner", "bob")) == []
    assert texts(todos("--removed-since", "main", "--owner", "bob")) == ["old"]


def test_untracked_are_those_without_an_id_of_this_workspace(place: Place) -> None:
    with_past(place.root)
    assert texts(place.do("todos", "--untracked")) == ["not committed", "newer", "on the branch"]
    assert texts(done_here(place.root, "todos", "--untracked", "a.py")) == []


def test_files_and_folders(todos: Todos, tmp_path: Path) -> None:
    assert texts(todos("src")) == ["newer", "on the branch"]
    assert texts(todos("src/b.py", "c.py", "./src/")) == ["not committed", "newer", "on the branch"]
    root = tmp_path / "p"
    (root / "srcs.py").write_text("# TODO: no part of src\n")
    assert texts(todos("src")) == ["newer", "on the branch"]
    for words, problem in ((["nope.py"], "nope.py is not there."), ([".."], ".. is not in ")):
        done = todos(*words)
        assert (done.code, done.out) == (2, "")
        assert problem in done.err
    assert texts(todos("--removed-since=main", "gone.py", "a.py")) == ["old"]


def test_below_the_root_paths_are_those_of_the_folder(place: Place) -> None:
    with_past(place.root)
    found = done_here(place.root / "src", "todos", "b.py", "--tag", "TODO")
    assert found.out == "src/b.py:2:3\tTODO\t\tnewer\n"
    assert texts(done_here(place.root / "src", "todos", "../c.py")) == ["not committed"]


# Since a commit


def test_new_and_removed(todos: Todos) -> None:
    assert texts(todos("--new-since")) == ["not committed", "on the branch"]
    assert texts(todos("--new-since", "--tag", "FIXME")) == ["on the branch"]
    assert texts(todos("--new-since=HEAD", ".")) == ["not committed"]
    assert texts(todos("--new-since", "main~1")) == ["not committed", "newer", "on the branch"]
    [gone] = fields(todos("--removed-since", "--json"))
    assert (gone["path"], gone["line"], gone["column"], gone["text"]) == ("a.py", 3, 3, "old")


def test_a_renamed_file_has_nothing_new(todos: Todos, tmp_path: Path) -> None:
    git(tmp_path / "p", "mv", "src/b.py", "src/d.py")
    assert texts(todos("--new-since", "HEAD")) == ["not committed"]
    assert texts(todos("--removed-since", "HEAD")) == ["old"]


def test_a_ref_that_is_none_is_refused(todos: Todos) -> None:
    done = todos("--new-since", "nope")
    assert (done.code, done.out) == (1, "")
    assert done.err.splitlines()[-1] == "issuelens: ref: 'nope' is no commit here; name a branch, tag or commit."


def test_a_path_that_is_taken_for_a_ref(todos: Todos) -> None:
    done = todos("--new-since", "src")
    assert (done.code, done.out) == (1, "")
    assert done.err.rstrip().endswith("name a branch, tag or commit. To name a path, write -- before it.")
    assert texts(todos("--new-since", "--", "src")) == ["on the branch"]


def test_without_git_there_is_no_past(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("# TODO: x\n")
    done = done_here(tmp_path, "todos", "--new-since")
    assert (done.code, done.out) == (1, "")
    assert f"{tmp_path} is in no repository that git can read" in done.err
    done = done_here(tmp_path, "todos", "--older-than", "1d")
    assert (done.code, done.out) == (0, "")
    assert "of 1 TODO git can't say who wrote them, and when" in done.err


# Who wrote it, and when


def test_who_wrote_it_and_when(todos: Todos, tmp_path: Path) -> None:
    done = todos("--blame")
    said = [line.split("\t")[3:] for line in done.out.splitlines()]
    assert said == [
        ["tracked", "Anna", "2019-03-04"],
        ["not committed", "not committed yet", ""],
        ["newer", "Bob", "2026-01-02"],
        ["on the branch", "Bob", "2026-01-02"],
    ]
    first, second = fields(todos("--blame", "--json"))[:2]
    assert first["author"] == "Anna"
    assert first["time"] == "2019-03-04T05:06:07.000000Z"
    assert first["commit"] == git(tmp_path / "p", "rev-parse", "HEAD~2").out
    assert first["committed"] is True
    assert (second["author"], second["time"], second["commit"], second["committed"]) == (None, None, None, False)
    assert "author" not in fields(todos("--json"))[0]


def test_only_old_ones(todos: Todos) -> None:
    assert texts(todos("--older-than", "3y")) == ["tracked"]
    assert texts(todos("--older-than", "1h")) == ["tracked", "newer", "on the branch"]
    assert texts(todos("--older-than", "99999y")) == []
    assert [one["author"] for one in fields(todos("--older-than", "1h", "--blame", "--json"))] == ["Anna", "Bob", "Bob"]


def test_a_shallow_clone_says_that_it_does_not_know_all(tmp_path: Path) -> None:
    root = with_past(tmp_path / "p")
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{root}", "clone")
    done = done_here(tmp_path / "clone", "todos", "--older-than", "3y")
    assert (done.code, done.out) == (0, "")
    assert "may be older than it seems: the history here goes back no further" in done.err


# For programs


def test_json_has_at_least_what_it_always_had(todos: Todos) -> None:
    found = fields(todos("--json", "a.py"))[0]
    assert (found["path"], found["line"], found["column"], found["tag"]) == ("a.py", 1, 3, "TODO")
    assert (found["text"], found["key"].isalnum()) == ("tracked", True)
    assert {"owner", "issue", "external", "priority", "due"} <= found.keys()


def test_sarif(todos: Todos, tmp_path: Path) -> None:
    odd = os.fsdecode(b"src/\xe4 #1%:\xff.py")
    (tmp_path / "p" / odd).write_text("é = 1  # FIXME\n")
    done = todos("--sarif", "--blame", "src")
    assert done.code == 0
    log = json.loads(done.out)
    assert (log["version"], log["$schema"][-16:]) == ("2.1.0", "sarif-2.1.0.json")
    [one] = log["runs"]
    assert (one["tool"]["driver"]["name"], one["columnKind"]) == ("Issuelens", "unicodeCodePoints")
    rules = [rule["id"] for rule in one["tool"]["driver"]["rules"]]
    assert rules == ["FIXME", "TODO"]
    results = one["results"]
    assert [rules[result["ruleIndex"]] for result in results] == [result["ruleId"] for result in results]
    places = [result["locations"][0]["physicalLocation"] for result in results]
    uris = [place["artifactLocation"]["uri"] for place in places]
    assert all(re.fullmatch(r"[A-Za-z0-9._~/-]+(?:%[0-9A-F]{2}[A-Za-z0-9._~/-]*)*", uri) for uri in uris)
    assert [os.fsencode(unquote(uri, errors="surrogateescape")) for uri in uris] == [
        os.fsencode(odd),
        b"src/b.py",
        b"src/b.py",
    ]
    assert {place["artifactLocation"]["uriBaseId"] for place in places} == {"%SRCROOT%"}
    assert places[0]["region"] == {"startLine": 1, "startColumn": 10}
    assert [result["message"]["text"] for result in results] == ["FIXME", "TODO: newer", "FIXME: on the branch"]
    assert {result["level"] for result in results} == {"note"}
    prints = [result["partialFingerprints"]["issuelensKey/v1"] for result in results]
    assert prints == [found["key"] for found in fields(todos("--json", "src"))]
    assert results[1]["properties"]["author"] == "Bob"


def test_sarif_says_how_severe_and_which_issues_are_finished_and_where_the_top_is(place: Place) -> None:
    issue = place.create("Round half up")
    (place.root / "a.py").write_text(f"# FIXME({issue}): round\n")
    place.ok("close", issue)
    git(place.root.parent, "init", "-q")
    place.space.write_config_text(
        'prefix = "app"\n[todos]\ntag.FIXME = { severity = "error" }\n[diagnostics]\nclosed-reference = "warning"\n'
    )
    [run_] = json.loads(place.ok("todos", "--sarif"))["runs"]
    assert [(one["ruleId"], one["level"]) for one in run_["results"]] == [("FIXME", "error"), ("closed-ref", "warning")]
    assert run_["results"][1]["message"]["text"] == f"{issue} is closed, and this FIXME still names it."
    uris = {one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for one in run_["results"]}
    assert uris == {f"{place.root.name}/a.py"}
    assert len({one["partialFingerprints"]["issuelensKey/v1"] for one in run_["results"]}) == 2
