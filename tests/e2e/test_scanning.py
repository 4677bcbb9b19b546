"""The same TODOs are found with git and without, with the compiled matcher and without, by one process and by two."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from issuelens.todos.engine import FileFindings, Found, ScanRequest, scan_here
from issuelens.todos.settings import ScanSettings

SETTINGS = ScanSettings(
    tags=("TODO", "FIXME", "FIX-ME"), prefixes=frozenset({"app"}), exclude=("/left/out", "*.gen.py", "!kept.gen.py")
)
SCANNED = {
    b"plain.py": b"# TODO: plain\n",
    b"sp ace/\xc3\xa4 b.py": b"# TODO: space\n",
    b"caf\xe9.py": b"# FIXME: no UTF-8 in the name\n",
    b"new\nline.py": b"# TODO: line\n",
    b'quo"te\\.py': b"# TODO: quote\n",
    b"-dash.py": b"# TODO: dash\n",
    b":colon.py": b"# TODO: colon\n",
    b"[a].py": b"# TODO: bracket\n",
    b"latin.py": b"# TODO: caf\xe9 app-1a2b\n",
    b"bom.py": b"\xef\xbb\xbf# TODO: bom\n",
    b"wide.py": "# TODO: wide\n".encode("utf-16"),
    b"crlf.py": b"x\r\n# TODO: crlf\r\n",
    b"cr.py": b"x\r# TODO: cr\r",
    b"words.py": b"# TODOs, DEBUG\n# FIX-ME: a word of two\n# xTODO: none\n",
    b"script": b"#!/bin/sh\n# TODO: shebang\n",
    b"Makefile": b"# TODO: make\n",
    b"docs/kept.md": b"- [ ] TODO: negated\n",
    b"deep/er/still/here.c": b"/* TODO: deep\n * and on\n */\n",
    b"kept.gen.py": b"# TODO: taken back\n",
    b"sub/build.py": b"# TODO: a folder is ignored, not this\n",
    b"large.py": b"# TODO: fits\n" + b"#" * (2_000_000 - 13),
}
PASSED_OVER = {
    b"binary.py": b"# TODO: binary\n\0",
    b"late.txt": b"TODO: of no language\n",
    b"too-large.py": b"# TODO: too large\n" + b"#" * 2_000_000,
    b"build/x.py": b"# TODO: ignored folder\n",
    b"docs/other.md": b"- [ ] TODO: ignored\n",
    b"docs/in/x.tmp.py": b"# TODO: ignored by a folder above\n",
    b"deep/er/ignored.c": b"// TODO: ignored below\n",
    b"private.py": b"# TODO: ignored by info/exclude\n",
    b"mine.py": b"# TODO: ignored by the user\n",
    b"left/out/x.py": b"# TODO: excluded\n",
    b"a.gen.py": b"# TODO: excluded\n",
    b".issues/x.py": b"# TODO: ours\n",
    b"sub/.hg/x.py": b"# TODO: another tool's\n",
}
RULES = {
    b".gitignore": b"build/\n/docs/*.md\n!kept.md\n*.tmp.py\n",
    b"deep/.gitignore": b"# a comment\n/er/ignored.*\n",
    b"docs/in/.gitignore": b"!y.tmp.py\n",
    b".git/info/exclude": b"private.py\n",
}


def git(root: Path, *arguments: str) -> None:
    subprocess.run(["git", "-C", str(root), *arguments], check=True, capture_output=True)


def write(root: Path, files: dict[bytes, bytes]) -> None:
    for name, content in files.items():
        path = root / os.fsdecode(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


@pytest.fixture
def root(tmp_path: Path, own_environment: Path) -> Path:
    """A work tree with strange names and contents, partly tracked, with rules of every kind."""
    root = tmp_path / "tree"
    (root / ".git").parent.mkdir()
    git(root, "init", "-q")
    write(root, {**SCANNED, **PASSED_OVER, **RULES})
    user = own_environment / ".config/git/ignore"
    user.parent.mkdir(parents=True)
    user.write_text("mine.py\n")
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "x.py").write_text("# TODO: outside\n")
    (root / "link.py").symlink_to(outside / "x.py")
    (root / "folder-link").symlink_to(outside)
    os.mkfifo(root / "pipe.py")
    for name in ("nested", "deep/nested"):
        write(root, {f"{name}/x.py".encode(): b"# TODO: of another repository\n"})
        git(root / name, "init", "-q")
        git(root / name, "add", "x.py")
        git(root / name, "commit", "-q", "-m", "x")
    git(root, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(root / "nested"), "module")
    chosen = [os.fsdecode(name) for number, name in enumerate(sorted(SCANNED)) if number % 2]
    git(root, "--literal-pathspecs", "add", "--", *chosen)
    # What was tracked once, and is a link to elsewhere now.
    write(root, {b"was/x.py": b"# TODO: was tracked\n"})
    git(root, "add", "was/x.py")
    (root / "was/x.py").unlink()
    (root / "was").rmdir()
    (root / "was").symlink_to(outside)
    return root


def found(root: Path, processes: int = 2) -> dict[str, FileFindings]:
    request = ScanRequest(root, SETTINGS, processes=processes)
    messages = [message for message in scan_here(request) if isinstance(message, Found)]
    return {one.path: one for message in messages for one in message.findings}


def without_git(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(root / "no-programs"))


def with_a_git_that_fails(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = root.parent / "programs"
    folder.mkdir()
    (folder / "git").write_text("#!/bin/sh\nexit 1\n")
    (folder / "git").chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)


def without_the_matcher(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = root.parent / "modules"
    folder.mkdir()
    (folder / "ahocorasick_rs.py").write_text("raise ImportError\n")
    monkeypatch.setenv("PYTHONPATH", str(folder), prepend=os.pathsep)


def without_both(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    without_git(root, monkeypatch)
    without_the_matcher(root, monkeypatch)


def test_every_file_that_counts_is_found(root: Path) -> None:
    assert {os.fsencode(path) for path in found(root)} == set(SCANNED)


@pytest.mark.parametrize("change", [without_git, with_a_git_that_fails, without_the_matcher, without_both])
def test_without_it_the_same_is_found(
    root: Path, monkeypatch: pytest.MonkeyPatch, change: Callable[[Path, pytest.MonkeyPatch], None]
) -> None:
    before = found(root)
    change(root, monkeypatch)
    assert found(root) == before


def test_below_the_top_of_the_work_tree_the_same_is_found(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folders = [root / "deep", root / "docs", root / "build", root / "sub"]
    before = [set(found(folder)) for folder in folders]
    assert before == [{"er/still/here.c"}, {"kept.md"}, set(), {"build.py"}]
    without_git(root, monkeypatch)
    assert [set(found(folder)) for folder in folders] == before


def test_only_tracked_files_that_are_ignored_need_git(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git(root, "add", "-f", "build/x.py")
    before = found(root)
    without_git(root, monkeypatch)
    assert before.keys() - found(root).keys() == {"build/x.py"}


def test_one_process_finds_what_two_do(root: Path) -> None:
    for number in range(2_000):
        folder = root / "many" / str(number // 100)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{number}.py").write_text(f"# TODO: {number}\n")
    two = found(root)
    assert len(two) == 2_000 + len(SCANNED)
    assert found(root, processes=1) == two


def test_a_process_to_which_nobody_listens_any_more_ends_without_a_word() -> None:
    """The command line may have been ended by a signal: its terminal is not to be filled with where it was."""
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-P", "-m", "issuelens.todos.worker", "second"]
    with os.fdopen(writing, "wb") as nobody:
        done = subprocess.run(
            command, input=b"no frame", stdout=nobody, stderr=subprocess.PIPE, check=False, timeout=60
        )
    assert done.stderr == b""
