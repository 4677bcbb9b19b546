"""What is ignored where git is not there to ask: each case is put to git, too."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from issuelens.todos.ignoring import Ignore
from issuelens.todos.walk import Rules, walked

PATHS = ("foobar", "foo/bar", "foox/bar", "foo/x/y/bar", "fobar", "x/foo/bar", "a/b/c", "a/bc", "B", "b", "c", "-")


def git(root: Path, *arguments: str, given: str = "") -> list[str]:
    command = ["git", "-C", str(root), *arguments]
    output = subprocess.run(command, input=given.encode(), capture_output=True, check=False).stdout
    return sorted(filter(None, output.decode().split("\0")))


def listed(root: Path) -> list[str]:
    """The files that git lists."""
    return git(root, "ls-files", "-z", "--others", "--exclude-standard")


def found(root: Path) -> list[str]:
    return sorted(map(os.fsdecode, walked(str(root))))


def tree(root: Path, *names: str) -> Path:
    git(root.parent, "init", "-q", str(root))
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("")
    return root


@pytest.mark.parametrize(
    "pattern",
    [
        *("foo**/bar", "foo**/x/**/bar", "foo**/**", "fo?**/bar", "foo***/bar", "x/foo**"),
        *("***/bar", "a/***", "/****/bar", "a//b", "**//bar", "//foo", "foo**b*"),
        *("[b]", "[B]", "[!b]", "[^B]", "[A-C]", "[[:upper:]]", "[[:lower:]]", r"\B", r"\b", "[+--]"),
    ],
)
@pytest.mark.parametrize("folds_case", [False, True])
def test_a_pattern_means_what_it_means_for_git(tmp_path: Path, pattern: str, folds_case: bool) -> None:
    root = tree(tmp_path)
    git(root, "config", "core.ignorecase", str(folds_case))
    (root / ".git/info/exclude").write_text(pattern)
    ignore = Ignore([pattern.encode()], folds_case=folds_case)
    ignored = []
    for path in PATHS:
        steps = [path[:end] + "\0" for end, sign in enumerate(path) if sign == "/"]
        ignored += [path] if any(ignore.says(step.encode()) for step in [*steps, path]) else []
    assert sorted(ignored) == git(root, "check-ignore", "-z", "--no-index", "--stdin", given="\0".join(PATHS))


@pytest.mark.parametrize(
    "text",
    [
        "[core]\n\texcludesFile = ~/rules\n",
        '[core] excludesfile="~/rules" ; a comment\n',
        "[core]\n\texcludesFile = ~/ru\\\nles # a comment\n",
        '[core]\n\texcludesFile = ~/"ru"les\n',
        "[core]\n\t# not this \\\n\texcludesFile = ~/rules\n",
        '[core "x"]\n\texcludesFile = ~/other\n[core]excludesfile=~/rules\r\n',
    ],
)
def test_the_users_rules_are_where_the_settings_say(
    tmp_path: Path, own_environment: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.delenv("GIT_CONFIG_GLOBAL")
    (own_environment / ".gitconfig").write_text(text)
    (own_environment / "rules").write_text("mine\n")
    root = tree(tmp_path / "tree", "mine", "other")
    assert found(root) == listed(root) == ["other"]


@pytest.mark.parametrize(("setting", "is_ignored"), [("ignorecase", True), ("ignorecase =", False)])
def test_a_setting_without_a_value_is_true(tmp_path: Path, setting: str, is_ignored: bool) -> None:
    root = tree(tmp_path / "tree", "Build")
    (root / ".git/config").write_text(f"[core]\n\trepositoryformatversion = 0\n\t{setting}\n")
    (root / ".git/info/exclude").write_text("build\n")
    assert Rules(str(root)).ignores(b"Build") is is_ignored
    assert listed(root) == ([] if is_ignored else ["Build"])


def test_what_is_behind_a_nul_in_a_line_does_not_count(tmp_path: Path) -> None:
    root = tree(tmp_path / "tree", "mine", "other/mine")
    (root / ".git/info/exclude").write_bytes(b"/mine\0x\nother\0/y\n")
    assert found(root) == listed(root) == []


def test_settings_take_no_time_to_speak_of(tmp_path: Path) -> None:
    root = tree(tmp_path / "tree", "a")
    for text in ('"a"' * 300_000, "\\\n" * 300_000, "\\" * 900_000, "a " * 400_000, '"' * 900_000):
        (root / ".git/config").write_text("[core]\n\texcludesFile = " + text)
        assert found(root) == ["a"]


def test_below_a_link_the_rules_are_those_of_where_it_leads(tmp_path: Path) -> None:
    root = tree(tmp_path / "tree", "sub/mine", "sub/other")
    (root / ".gitignore").write_text("mine\n")
    link = tmp_path / "link"
    link.symlink_to(root / "sub")
    assert found(link) == listed(link) == ["other"]


def test_the_file_that_names_a_work_trees_repository_is_none_of_its_files(tmp_path: Path) -> None:
    root = tree(tmp_path / "tree")
    git(root, "commit", "-q", "--allow-empty", "-m", "x")
    git(root, "worktree", "add", "-q", str(tmp_path / "other"))
    (tmp_path / "other/a").write_text("")
    (root / ".git/info/exclude").write_text("mine\n")
    (tmp_path / "other/mine").write_text("")
    assert found(tmp_path / "other") == listed(tmp_path / "other") == ["a"]
