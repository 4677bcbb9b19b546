"""The process that scans: what it imports on its way, which requests it takes, and which files it counts."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from issuelens import __version__
from issuelens.process import PYTHON
from issuelens.todos import frames
from issuelens.todos.engine import Finished, Found, Listed, ScanFailed, ScanRequest, scan_here
from issuelens.todos.listing import names_of, searched
from issuelens.todos.settings import ScanSettings

SETTINGS = ScanSettings(tags=("TODO", "FIXME"), prefixes=frozenset({"app"}), exclude=("build/",))
SLOW = {"attr", "attrs", "pathlib", "pathspec", "asyncio", "sqlalchemy", "pygls"}
"""What takes longer to import than a scan that finds nothing new may take."""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository with comments of several kinds."""
    folder = tmp_path / "p"
    folder.mkdir()
    for name, text in {
        "a.py": '# TODO: a\nx = "b"  # see app-1a2b\n',
        "b.js": "// FIXME b\n",
        "c.md": "# Title\n\n- [ ] TODO: c\n",
        "d.html": "<!-- TODO: d -->\n",
    }.items():
        (folder / name).write_text(text)
    subprocess.run(["git", "-C", str(folder), "init", "-q"], check=True, timeout=60)
    return folder


# What it imports


def test_nothing_slow_is_imported_before_files_are_lexed(
    root: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PYTHONPROFILEIMPORTTIME", "1")
    found = [message.findings for message in scan_here(ScanRequest(root, SETTINGS)) if isinstance(message, Found)]
    assert [one.path for some in found for one in some] == ["a.py", "b.js", "c.md", "d.html"]
    told = [line for line in capfd.readouterr().err.splitlines() if line.startswith("import time:")]
    names = [line.rpartition("|")[2].strip() for line in told]
    # What stands before it is Python's own start.
    names = names[names.index("issuelens") :]
    assert "issuelens.todos.lexer" in names
    assert {name.partition(".")[0] for name in names} & SLOW == set()
    rooms = {name.split(".")[1] for name in names if name.startswith("issuelens.")}
    assert rooms == {"todos", "domain"}


# Which requests it takes


def told_by_worker(*sent: bytes) -> list[tuple[bytes, bytes]]:
    """The frames with which it answers frames."""
    command = [*PYTHON, "-m", "issuelens.todos.worker"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd="/") as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b"".join(sent))
        process.stdin.flush()
        found = []
        while (one := frames.read_frame(process.stdout)) is not None:
            found.append(one)
    return found


@pytest.mark.parametrize("version", [{"version": "0.0.9"}, {"version": 7}, {}])
def test_a_request_of_another_version_is_refused(root: Path, version: dict[str, object]) -> None:
    asked = {"settings": SETTINGS.to_json(), "again": [], "processes": 1}
    place, nothing = frames.frame(frames.ROOT, os.fsencode(root)), frames.frame(frames.REQUEST)
    request = frames.frame(frames.REQUEST, frames.packed(asked | version))
    [(kind, told)] = told_by_worker(place, request, nothing)
    assert kind == frames.FAILED
    who = "0.0.9" if version == {"version": "0.0.9"} else "another one"
    assert json.loads(told).startswith(f"Issuelens {__version__} is installed by now, while {who} still runs: ")
    # One of its own version is taken, so that this is about the version.
    request = frames.frame(frames.REQUEST, frames.packed(asked | {"version": __version__}))
    assert told_by_worker(place, request, nothing)[-1][0] == frames.FINISHED


def test_an_upgrade_while_it_runs_says_what_to_do(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    newer = tmp_path / "newer"
    newer.mkdir()
    (newer / "sitecustomize.py").write_text("import issuelens\nissuelens.__version__ = '9.9.9'\n")
    monkeypatch.setenv("PYTHONPATH", str(newer), prepend=os.pathsep)
    with pytest.raises(ScanFailed) as caught:
        list(scan_here(ScanRequest(root, SETTINGS)))
    assert str(caught.value) == (
        f"The files of {root} could not be scanned: Issuelens 9.9.9 is installed by now, while {__version__} still "
        "runs: run `issuelens daemon restart`, and start the editor anew. Try again."
    )


# Which files it counts


@pytest.mark.parametrize("has_git", [True, False])
def test_files_in_which_nothing_is_looked_for_are_not_counted(root: Path, has_git: bool) -> None:
    for name in (".issues/issues.jsonl", ".svn/x.py", "sub/.hg/y.py", "sub/.issues/z.py"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("# TODO: no\n")
    (root / "x.svn").mkdir()
    (root / "x.svn" / "e.py").write_text("# TODO: yes\n")
    if not has_git:
        (root / ".git").rename(root.parent / "not-git")
    messages = list(scan_here(ScanRequest(root, SETTINGS)))
    assert [one for one in messages if isinstance(one, Listed)][-1].total == 5
    last = messages[-1]
    assert isinstance(last, Finished)
    assert last.files == 5
    again = list(scan_here(ScanRequest(root, SETTINGS, last.snapshot)))[-1]
    assert isinstance(again, Finished)
    assert again.files == 5


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        (b"", []),
        (b".issues/a", []),
        (b".issues/a\0.issues/b/.git/c\0", []),
        (b".issues/a\0b", [b"b"]),
        (b"a\0b/.svn/c/.svn/d\0e\0", [b"a", b"e"]),
        (b"a.git/b\0.gitx/c\0.github/d\0x/.git\0", [b".github/d", b".gitx/c", b"a.git/b", b"x/.git"]),
        (b"a.git/.git/b\0c.hg/d/.hg/e\0f", [b"f"]),
    ],
)
def test_what_lies_in_their_folders_is_not_in_the_list(listed: bytes, expected: list[bytes]) -> None:
    assert names_of(searched(listed)) == expected
