"""The demo: a real session that leaves nothing, also on a repository of the user's own, where nothing is written."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.support.workspaces import SOURCE


def demo(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "issuelens", "demo", *arguments], capture_output=True, text=True, timeout=90, check=False
    )


def test_the_sample_shows_the_whole_path() -> None:
    done = demo()
    assert done.returncode == 0, done.stderr
    for words in (
        "Create issue",
        "is created and written into the comment",
        "+    # TODO(demo-",
        "· open · P2 | Start | Close",
        "$ issuelens close demo-",
        "ms after the write, by a pushed event",
        "· closed · P2 | Reopen",
        "is closed: round half up, as invoices must",
    ):
        assert words in done.stdout
    left = done.stdout[done.stdout.index("What is left") :].splitlines()[1:]
    assert [line.split()[-1] for line in left if line.strip()] == ["0"] * 6


def test_nothing_is_written_into_a_folder_of_ones_own(tmp_path: Path) -> None:
    root = tmp_path / "own"
    root.mkdir()
    (root / "main.py").write_text(SOURCE)
    subprocess.run(["git", "-C", str(root), "init", "-q"], check=True)
    before = {path: path.stat().st_mtime_ns for path in root.rglob("*")}
    done = demo(str(root))
    assert done.returncode == 0, done.stderr
    assert "+    # TODO(demo-" in done.stdout
    assert {path: path.stat().st_mtime_ns for path in root.rglob("*")} == before


def test_a_folder_without_todos_and_one_that_is_none(tmp_path: Path) -> None:
    done = demo(str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert "There is no TODO comment here" in done.stdout
    missing = demo(str(tmp_path / "none"))
    assert (missing.returncode, missing.stderr) == (2, f"issuelens demo: {tmp_path / 'none'} is not a folder.\n")
    assert list(tmp_path.iterdir()) == []
