"""Which TODOs came and went since a commit, whatever moved meanwhile."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from issuelens.domain.errors import Refused
from issuelens.todos.engine import read_files
from issuelens.todos.found import Marker
from issuelens.todos.git import Stop
from issuelens.todos.settings import ScanSettings
from issuelens.todos.since import Since, differing, old_findings, since_commit, todos_since

SETTINGS = ScanSettings(tags=("TODO", "FIXME"), prefixes=frozenset({"app"}), exclude=("vendor/",), size_limit=50_000)
WHO = {
    f"GIT_{role}_{key}": value
    for role in ("AUTHOR", "COMMITTER")
    for key, value in {"NAME": "Anna", "EMAIL": "anna@example.org", "DATE": "2025-01-02T03:04:05+00:00"}.items()
}


def git(root: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(root), *arguments], check=True, capture_output=True, env={**os.environ, **WHO}
    )
    return done.stdout.decode().strip()


def commit(root: Path) -> str:
    git(root, "add", "-A")
    git(root, "commit", "-q", "--allow-empty", "-m", "x")
    return git(root, "rev-parse", "HEAD")


def put(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


OLD = "x = 1\n# TODO: one\ny = 2\n\n# FIXME: two\nz = 3\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (one := tmp_path / "p").mkdir()
    git(one, "init", "-q", "-b", "main")
    put(one, "a.py", OLD)
    put(one, "src/b.py", "# TODO: three\n")
    put(one, "vendor/c.py", "# TODO: not ours\n")
    commit(one)
    return one


def now(root: Path) -> Mapping[str, tuple[Marker, ...]]:
    files = [path.relative_to(root).as_posix() for path in sorted(root.rglob("*")) if path.is_file()]
    return {one.path: one.markers for one in read_files(root, files, SETTINGS)}


def since(root: Path, ref: str | None = "HEAD") -> tuple[list[str], list[str]]:
    """The texts of those that are new and of those that were removed, each with its path and line."""
    found: Since = todos_since(root, ref, SETTINGS, now(root))
    new, removed = (
        [f"{path}:{one.line + 1} {one.text}" for path, one in places] for places in (found.new, found.removed)
    )
    return new, removed


def test_nothing_has_changed(root: Path) -> None:
    assert since(root) == ([], [])
    for path in ("a.py", "src/b.py"):
        os.utime(root / path, (1, 1))
    assert since(root) == ([], [])


def test_what_came_and_went_staged_or_not_committed_or_not_tracked_or_not(root: Path) -> None:
    put(root, "a.py", OLD.replace("# TODO: one\n", "") + "# TODO: four\n")
    put(root, "staged.py", "# TODO: five\n")
    git(root, "add", "staged.py")
    put(root, "new.py", "# TODO: six\n")
    put(root, "ignored.py", "# TODO: ignored\n")
    put(root, ".gitignore", "ignored.py\n")
    assert since(root) == (["a.py:6 four", "new.py:1 six", "staged.py:1 five"], ["a.py:2 one"])
    first = git(root, "rev-parse", "HEAD")
    (root / "src" / "b.py").unlink()
    commit(root)
    assert since(root) == ([], [])
    assert since(root, first) == (
        ["a.py:6 four", "new.py:1 six", "staged.py:1 five"],
        ["a.py:2 one", "src/b.py:1 three"],
    )


def test_moves_renames_and_edits_are_neither(root: Path) -> None:
    git(root, "mv", "a.py", "renamed.py")
    put(root, "renamed.py", "import os\n" + OLD.replace("one", "one, edited"))
    put(root, "src/b.py", "")
    put(root, "src/d.py", "pass\n# TODO(app-1a2b): three\n")
    assert since(root) == ([], [])


def test_a_copy_is_new(root: Path) -> None:
    put(root, "copy.py", OLD)
    assert since(root) == (["copy.py:2 one", "copy.py:5 two"], [])


def test_files_of_the_commit_are_read_by_the_rules_of_the_scan(root: Path) -> None:
    files = {
        "run": b"#!/bin/sh\n# TODO: by its first line\n",
        "wide.py": "# TODO: wide\n".encode("utf-16"),
        "latin.py": b"# TODO: caf\xe9\n",
        "binary.py": b"# TODO: binary\n\0",
        "large.py": b"# TODO: large\n" + b"#" * 50_000,
        "text.txt": b"TODO: plain\n",
        "empty.py": b"",
        "page.md": b"<!-- TODO: page -->\n```python\n# TODO: fenced\n```\n",
        "cells.ipynb": b'{"cells": [{"cell_type": "code", "source": ["# TODO: cell\\n"]}], "metadata": {}}',
        os.fsdecode(b"n\xe4me \n.py"): b"# TODO: odd name\n",
        "crlf.py": b"x\r\n# TODO: ends\r\n",
        "vendor/d.py": b"# TODO: excluded\n",
        ".issues/e.py": b"# TODO: ours\n",
    }
    for name, content in files.items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_bytes(content)
    (root / "link.py").symlink_to("a.py")
    there = [one for one in read_files(root, [*files, "link.py"], SETTINGS) if one.markers]
    assert {"run", "wide.py", "latin.py"} <= {one.path for one in there}
    head = commit(root)
    for name in (*files, "link.py"):
        (root / name).unlink()
    old = old_findings(root, differing(root, head), SETTINGS)
    bare = {path: [(one.text, one.line, one.words) for one in found] for path, found in old.items()}
    assert bare == {
        one.path: [(marker.text, marker.line, marker.words) for marker in one.markers]
        for one in there
        if one.path not in ("vendor/d.py", ".issues/e.py")
    }


def test_a_workspace_below_the_top_sees_its_own_files(root: Path) -> None:
    put(root, "a.py", "")
    put(root, "src/b.py", "# TODO: three\n# TODO: seven\n")
    assert since(root / "src") == (["b.py:2 seven"], [])


def test_while_a_merge_waits_for_its_conflicts(root: Path) -> None:
    git(root, "checkout", "-q", "-b", "other")
    put(root, "a.py", OLD.replace("y = 2", "y = 3"))
    commit(root)
    git(root, "checkout", "-q", "main")
    put(root, "a.py", OLD.replace("y = 2", "y = 4"))
    commit(root)
    with pytest.raises(subprocess.CalledProcessError):
        git(root, "merge", "-q", "other")
    put(root, "a.py", (root / "a.py").read_text() + "# TODO: eight\n")
    assert [one.rpartition(" ")[2] for one in since(root)[0]] == ["eight"]


def test_submodules_and_repositories_within_are_left_alone(root: Path) -> None:
    (root / "sub").mkdir()
    git(root / "sub", "init", "-q")
    put(root, "sub/x.py", "# TODO: inside\n")
    commit(root / "sub")
    subprocess.run(["git", "-C", str(root), "add", "sub"], check=True, capture_output=True)
    assert since(root) == ([], [])


# Which commit


def test_branches_tags_and_commits(root: Path) -> None:
    first = git(root, "rev-parse", "HEAD")
    git(root, "tag", "-a", "v1", "-m", "x")
    git(root, "branch", "old/one")
    put(root, "new.py", "# TODO: six\n")
    commit(root)
    for ref in ("v1", "old/one", "HEAD~1", first, first[:10], "refs/tags/v1"):
        assert since(root, ref) == (["new.py:1 six"], [])
    for ref in (
        "nope",
        "",
        "-h",
        "--all",
        "HEAD^{tree}",
        "HEAD:a.py",
        "a\nb",
        "x\0y",
        "../..",
        "HEAD..HEAD",
        "é" * 500,
    ):
        with pytest.raises(Refused, match="is no commit here; name a branch, tag or commit"):
            since_commit(root, ref)


def test_without_a_ref_where_the_branch_began_counts(root: Path) -> None:
    fork = git(root, "rev-parse", "HEAD")
    git(root, "checkout", "-q", "-b", "topic")
    put(root, "topic.py", "# TODO: on the branch\n")
    commit(root)
    git(root, "checkout", "-q", "main")
    put(root, "main.py", "# TODO: on main\n")
    commit(root)
    git(root, "checkout", "-q", "topic")
    assert since_commit(root, None) == fork
    assert since(root, None) == (["topic.py:1 on the branch"], [])
    git(root, "update-ref", "refs/remotes/origin/trunk", "topic")
    git(root, "symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/trunk")
    assert since(root, None) == ([], [])


@pytest.mark.parametrize("name", ["master", "trunk"])
def test_the_main_branch_may_have_other_names(root: Path, name: str) -> None:
    git(root, "branch", "-m", name)
    assert since_commit(root, None) == git(root, "rev-parse", "HEAD")
    git(root, "checkout", "-q", "--detach")
    git(root, "update-ref", f"refs/remotes/origin/{name}", name)
    git(root, "branch", "-D", name)
    assert since_commit(root, None) == git(root, "rev-parse", "HEAD")


def test_no_main_branch_and_nothing_in_common(root: Path, tmp_path: Path) -> None:
    git(root, "checkout", "-q", "--orphan", "alone")
    put(root, "a.py", "pass\n")
    commit(root)
    with pytest.raises(Refused, match="HEAD and main have no commit in common here; fetch the whole history"):
        since_commit(root, None)
    git(root, "branch", "-D", "main")
    with pytest.raises(Refused, match="no main branch was found here"):
        since_commit(root, None)
    with pytest.raises(Refused, match="is in no repository that git can read"):
        since_commit(tmp_path, None)


def test_missing_objects_are_told(root: Path) -> None:
    name = git(root, "rev-parse", "HEAD:a.py")
    (root / ".git" / "objects" / name[:2] / name[2:]).unlink()
    put(root, "a.py", "# TODO: x\n")
    with pytest.raises(Refused, match="can't be read from git"):
        since(root)


def test_a_stop_ends_it(root: Path) -> None:
    (stop := Stop()).now()
    with pytest.raises((OSError, subprocess.SubprocessError)):
        todos_since(root, "HEAD", SETTINGS, {}, stop)


def test_no_program_that_the_repository_names_is_run(root: Path, tmp_path: Path) -> None:
    ran, program = tmp_path / "ran", tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch '{ran}'\ncat\n")
    program.chmod(0o755)
    put(root, ".gitattributes", "*.py filter=x diff=x\n")
    commit(root)
    (root / "sub").mkdir()
    git(root / "sub", "init", "-q")
    commit(root / "sub")
    subprocess.run(["git", "-C", str(root), "add", "sub"], check=True, capture_output=True)
    for folder in (root, root / "sub"):
        for name in ("filter.x.clean", "filter.x.process", "diff.x.textconv", "diff.x.command", "diff.external",
                     "core.fsmonitor", "core.pager", "core.sshCommand", "core.alternateRefsCommand"):  # fmt: skip
            git(folder, "config", name, str(program))
    put(root, "a.py", OLD.replace("one", "1"))
    git(root, "-c", "core.fsmonitor=", "config", "diff.orderFile", "/dev/zero")
    os.utime(root / "src" / "b.py")
    ran.unlink(missing_ok=True)
    assert since(root) == ([], [])
    assert not ran.exists()
    git(root, "config", "--unset", "diff.orderFile")
    git(root, "config", "--unset", "filter.x.process")
    git(root, "diff-files")
    assert ran.exists()  # what git does by itself
