"""`issuelens todos` in a repository with a past, with a workspace and without one; as a gate for commits and CI."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from ruamel.yaml import YAML
from tests.support.cli import Done, Place, done_here, run

PAGE = (Path(__file__).parents[2] / "docs" / "user" / "todos-in-ci.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
LONG_AGO, LATELY = "2019-03-04T05:06:07+00:00", "2026-01-02T03:04:05+00:00"


def git(root: Path, *arguments: str, author: str = "Anna", date: str = LONG_AGO, check: bool = True) -> Done:
    who = {"NAME": author, "EMAIL": f"{author.lower()}@example.org", "DATE": date}
    environment = {f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in who.items()}
    done = subprocess.run(
        ["git", "-C", str(root), *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=os.environ | environment,
    )
    assert not check or done.returncode == 0, done.stderr
    return Done(done.returncode, done.stdout.strip(), done.stderr)


def commit(root: Path, author: str = "Anna", date: str = LONG_AGO) -> str:
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "x", author=author, date=date)
    return git(root, "rev-parse", "HEAD").out


def with_past(root: Path) -> Path:
    """Two old TODOs by Anna, a newer one by Bob, one on a branch of its own, and one that is not committed."""
    (root / "src").mkdir(parents=True, exist_ok=True)
    git(root, "init", "-q", "-b", "main")
    (root / "a.py").write_text("# TODO(app-1a2b): tracked\n\n# FIXME(bob): old\n")
    commit(root)
    (root / "src" / "b.py").write_text("# TODO: newer\n")
    commit(root, "Bob", LATELY)
    git(root, "checkout", "-q", "-b", "topic")
    (root / "src" / "b.py").write_text("x = 1\n# TODO: newer\n# FIXME: on the branch\n")
    commit(root, "Bob", LATELY)
    (root / "a.py").write_text("# TODO(app-1a2b): tracked\n")
    (root / "c.py").write_text("# TODO: not committed\n")
    return root


Todos = Callable[..., Done]


@pytest.fixture(params=["workspace", "folder"])
def todos(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Todos]:
    """The command in a repository with a past: with a workspace, and without one."""
    if request.param == "folder":
        root = with_past(tmp_path / "p")
        yield lambda *words, folder=root: done_here(folder, "todos", *words)
        return
    place: Place = request.getfixturevalue("place")
    with_past(place.root)
    yield lambda *words, folder=place.root: done_here(folder, "todos", *words)


def texts(done: Done) -> list[str]:
    assert done.code == 0, done.err
    return [line.split("\t")[3] for line in done.out.splitlines()]


def fields(done: Done) -> list[dict[str, Any]]:
    assert done.code in (0, 1), done.err
    found: list[dict[str, Any]] = json.loads(done.out)
    return found


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


# As a gate


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


def test_a_new_clone_is_told_to_read_its_issues_first(place: Place, tmp_path: Path) -> None:
    issue = place.create("one")
    (place.root / "a.py").write_text(f"# TODO({issue}): one\n")
    place.ok("close", issue)
    place.ok("sync")
    git(place.root, "init", "-q")
    commit(place.root)
    git(tmp_path, "clone", "-q", str(place.root), "clone")
    clone = Place.__new__(Place)
    from issuelens.workspace import require_workspace

    clone.space = require_workspace(tmp_path / "clone")
    clone.root = clone.space.root
    try:
        assert [one["issue"] for one in clone.json("todos")] == [issue]
        for _ in range(2):
            done = clone.do("todos", "--fail-on", "closed-ref")
            assert (done.code, done.out) == (1, "")
            assert "have not been read here yet" in done.err
            assert "Run `issuelens sync` first" in done.err
        assert clone.do("todos", "--fail-on", "untracked").code == 0
        clone.ok("sync")
        err = clone.do("todos", "--fail-on", "closed-ref").err
        assert err.splitlines()[-1] == "issuelens: found 1 TODO whose issue is finished."
    finally:
        clone.close()


def test_issues_that_git_brought_and_that_were_not_read_here_are_told(place: Place) -> None:
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
        "`issuelens sync` reads them.\n"
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


# What the page says


@pytest.fixture
def on_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`issuelens` is a command."""
    program = tmp_path / "bin" / "issuelens"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -P -m issuelens "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")


@pytest.mark.parametrize("is_workspace", [True, False])
@pytest.mark.usefixtures("on_path", "patient_daemon")
def test_the_hook_on_the_page(tmp_path: Path, is_workspace: bool) -> None:
    [script] = [text for kind, text in BLOCKS if kind == "sh"]
    root = tmp_path / "p"
    place = Place(root) if is_workspace else None
    try:
        root.mkdir(exist_ok=True)
        git(root, "init", "-q")
        hook = root / ".git" / "hooks" / "pre-commit"
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(script)
        hook.chmod(0o755)
        (root / "a.py").write_text("# TODO: old\n")
        commit(root)
        (root / "a.py").write_text("import os\n# TODO: old\n")
        (root / "scratch.py").write_text("# TODO: not to be committed\n")
        git(root, "commit", "-q", "-a", "-m", "moves only")
        (root / "b.py").write_text("# TODO: new\n")
        git(root, "add", "b.py")
        done = git(root, "commit", "-m", "x", check=False)
        assert done.code != 0
        assert "b.py:1:3\tTODO\t\tnew" in done.out + done.err
        assert "scratch.py" not in done.out + done.err
        assert "issuelens: found 1 TODO without an issue." in done.err
        assert git(root, "rev-list", "--count", "HEAD").out == "2"
        text = f"# TODO({place.create('new')}): new\n" if place is not None else "x = 1\n"
        (root / "b.py").write_text(text)
        git(root, "add", "b.py")
        git(root, "commit", "-q", "-m", "x")
        git(root, "rm", "-q", "a.py")
        git(root, "commit", "-q", "-m", "only takes away")
        assert git(root, "rev-list", "--count", "HEAD").out == "4"
    finally:
        if place is not None:
            place.close()


@pytest.mark.usefixtures("on_path")
def test_the_settings_of_pre_commit_on_the_page(tmp_path: Path) -> None:
    [text] = [text for kind, text in BLOCKS if kind == "yaml" and "hooks:" in text]
    [hook] = YAML(typ="safe").load(text)["repos"][0]["hooks"]
    assert hook["language"] == "system"
    root = with_past(tmp_path / "p")
    for name, code in (("c.py", 1), ("src/b.py", 0), ("a.py", 0)):
        done = subprocess.run([*shlex.split(hook["entry"]), name], cwd=root, capture_output=True, text=True, timeout=60)
        assert done.returncode == code, done.stderr


@pytest.mark.usefixtures("patient_daemon")
def test_the_jobs_on_the_page(tmp_path: Path) -> None:
    """The commands of the jobs, in a clone of a repository with issues, as CI has it."""
    place = Place(tmp_path / "p")
    clone = tmp_path / "clone"
    lines = [
        line
        for kind, text in BLOCKS
        if kind == "yaml"
        for line in re.findall(r"^\s*- (?:run: )?(issuelens .*)$", text, re.MULTILINE)
    ]
    assert len(lines) == 7
    try:
        issue = place.create("one")
        (place.root / "a.py").write_text(f"# TODO({issue}): one\n# TODO: old\n")
        place.ok("sync")
        git(place.root, "init", "-q", "-b", "main")
        base = commit(place.root)
        git(tmp_path, "clone", "-q", str(place.root), str(clone))
        environment = os.environ | {"BASE": "main", "CI_MERGE_REQUEST_DIFF_BASE_SHA": base}
        environment["PATH"] = f"{_command(tmp_path)}{os.pathsep}{environment['PATH']}"

        def codes() -> list[int]:
            return [
                subprocess.run(
                    ["sh", "-c", line], cwd=clone, env=environment, capture_output=True, timeout=60
                ).returncode
                for line in lines
            ]

        assert codes() == [0] * 7
        assert json.loads((clone / "todos.sarif").read_text())["version"] == "2.1.0"
        (clone / "b.py").write_text("# TODO: new\n")
        assert codes() == [0, 0, 1, 0, 0, 1, 0]
        (clone / "b.py").unlink()
        # The branch finishes an issue, and leaves the old TODO behind.
        run(clone, "close", issue)
        assert codes() == [0, 0, 0, 1, 0, 0, 1]
    finally:
        place.close()
        run(clone, "daemon", "stop")


def _command(folder: Path) -> Path:
    program = folder / "commands" / "issuelens"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -P -m issuelens "$@"\n')
    program.chmod(0o755)
    return program.parent


def test_the_page_names_every_option() -> None:
    from issuelens.cli.commands.code import todos as command

    options = {word for param in command.params if param.param_type_name == "option" for word in param.opts}
    assert options <= set(re.findall(r"--[a-z-]+", PAGE))
