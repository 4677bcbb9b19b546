"""Which files of a workspace are read, and what is found in them."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from issuelens.todos.paths import shown_path
from issuelens.todos.scan import Skipped, finder, list_files, plain_finder, read_source, scan_workspace

TAGS = ("TODO", "FIXME")


def tree(root: Path) -> Path:
    for name, text in {
        "a.py": "# TODO: a\n",
        "src/b.js": "// FIXME b\n",
        "build/c.py": "# TODO: ignored\n",
        "src/deep/d.log.py": "# TODO: ignored\n",
        "src/deep/.gitignore": "*.log.py\n",
        ".gitignore": "build/\n",
        ".issues/e.py": "# TODO: ours\n",
        "vendor/f.py": "# TODO: excluded\n",
        "run": "#!/bin/sh\n# TODO: shebang\n",
        "notes.txt": "TODO: plain text\n",
    }.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def git(root: Path, *arguments: str) -> None:
    subprocess.run(["git", "-C", str(root), *arguments], check=True, capture_output=True)


def found(root: Path) -> list[tuple[str, str]]:
    scanned = scan_workspace(root, tags=TAGS, prefixes=(), exclude=["vendor/"])
    return [(path, todo.text) for path, todos in scanned if not isinstance(todos, Skipped) for todo in todos]


EXPECTED = [("a.py", "a"), ("run", "shebang"), ("src/b.js", "b")]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (b"src/a b.py", "src/a b.py"),
        ("süß\\x.py".encode(), "süß\\x.py"),
        (b"caf\xe9.py", r'"caf\351.py"'),
        (b'caf\xe9\\"\n.py', r'"caf\351\\\"\012.py"'),
        (rb'"caf\351.py"', r'"\"caf\\351.py\""'),
    ],
)
def test_paths_are_shown_as_text(name: bytes, shown: str) -> None:
    assert shown_path(os.fsdecode(name)) == shown


def test_git_says_which_files_there_are(tmp_path: Path) -> None:
    root = tree(tmp_path)
    git(root, "init", "-q")
    git(root, "add", "a.py")
    assert found(root) == EXPECTED


def test_without_git_the_answer_is_the_same(tmp_path: Path) -> None:
    assert found(tree(tmp_path)) == EXPECTED


def test_a_folder_below_the_work_trees_top(tmp_path: Path) -> None:
    root = tree(tmp_path)
    git(root, "init", "-q")
    assert list_files(root / "src") == ["b.js", "deep/.gitignore"]


def test_links_are_not_followed(tmp_path: Path) -> None:
    root = tree(tmp_path / "root")
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "x.py").write_text("# TODO: outside\n")
    (root / "loop").symlink_to(root)
    (root / "out").symlink_to(outside)
    (root / "link.py").symlink_to(outside / "x.py")
    assert found(root) == EXPECTED
    git(root, "init", "-q")
    assert found(root) == EXPECTED


def test_files_that_are_no_text(tmp_path: Path) -> None:
    path = tmp_path / "x.py"
    for content, text in {
        b"# caf\xe9": "# caf\xe9",
        "# café 🐍".encode(): "# café 🐍",
        "# café".encode("utf-16"): "# café",
        b"\xef\xbb\xbf# bom": "# bom",
        b"": "",
    }.items():
        path.write_bytes(content)
        assert read_source(path) == text
    path.write_bytes(b"# TODO\x00")
    assert read_source(path) == Skipped(str(path), "it is binary")
    path.write_bytes(b"#" * 2_000_001)
    assert read_source(path) == Skipped(str(path), "it is larger than 2,000,000 bytes")
    assert read_source(tmp_path) == Skipped(str(tmp_path), "it is not an ordinary file")
    os.mkfifo(tmp_path / "pipe")
    assert isinstance(read_source(tmp_path / "pipe"), Skipped)


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    path = tmp_path / "x.py"
    path.write_text("# TODO\n")
    path.chmod(0)
    assert read_source(path) == Skipped(str(path), "it can't be read: Permission denied")


def test_with_and_without_the_compiled_matcher_the_same_is_found() -> None:
    compiled, plain = finder(TAGS), plain_finder(TAGS)
    for content in (b"", b"TOD", b"xTODOx", b"FIXME", b"\xff\xfe TODO", b"todo", b"FIXM TOD O"):
        assert compiled(content) == plain(content)


def test_closing_a_scan_ends_it(tmp_path: Path) -> None:
    scanned = scan_workspace(tree(tmp_path), tags=TAGS, prefixes=())
    next(scanned)
    scanned.close()
    assert list(scanned) == []
