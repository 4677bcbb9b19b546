"""The second process of a scan: it looks at some files and reads some, and nothing that is told depends on it."""

from __future__ import annotations

import os
import random
import subprocess
from pathlib import Path

import pytest
from tests.support import preloaded

from issuelens.todos.engine import Begun, Finished, Found, Gone, Listed, ScanFailed, ScanMessage, ScanRequest, scan_here
from issuelens.todos.settings import ScanSettings
from issuelens.todos.worker import ALONE, LARGE

SETTINGS = ScanSettings(tags=("TODO",))
FILES = 2_400


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository whose files have such names that its snapshot is large; some of them are untracked."""
    chosen = random.Random(7)
    folder = tmp_path / "tree"
    for number in range(FILES):
        path = folder / f"d{number // 100:02}" / f"{chosen.randbytes(100).hex()}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"# TODO: {number}\n")
    for words in (["init", "-q"], ["add", *(f"d{number:02}" for number in range(20))]):
        subprocess.run(["git", "-C", str(folder), *words], check=True, timeout=60)
    return folder


@pytest.fixture
def later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Scans are a day after the files were written, so that none is read again for being new."""
    for name, value in preloaded.environment(tmp_path, clock_days=1).items():
        monkeypatch.setenv(name, value)


def told(root: Path, known: bytes = b"", processes: int = 2) -> list[ScanMessage]:
    return list(scan_here(ScanRequest(root, SETTINGS, known, processes=processes)))


def texts(messages: list[ScanMessage]) -> dict[str, list[str]]:
    found = [one for message in messages if isinstance(message, Found) for one in message.findings]
    return {one.path: [marker.text for marker in one.markers] for one in found}


def snapshot(messages: list[ScanMessage]) -> bytes:
    assert isinstance(messages[-1], Finished)
    return messages[-1].snapshot


@pytest.mark.usefixtures("later")
def test_two_processes_look_at_the_files_of_a_large_snapshot(root: Path) -> None:
    first = told(root)
    assert len(texts(first)) == FILES > ALONE
    known = snapshot(first)
    assert len(known) > LARGE
    again = told(root, known)
    assert [type(message) for message in again] == [Begun, Listed, Listed, Finished]
    assert snapshot(again) == known
    paths = sorted(root.glob("d*/*.py"))
    expected: dict[str, list[str]] = {}
    for path in paths[::60]:
        path.write_text("# TODO: other\n")
        expected[path.relative_to(root).as_posix()] = ["other"]
    paths[-1].unlink()  # untracked
    paths[1].unlink()
    expected[paths[1].relative_to(root).as_posix()] = []
    both = told(root, known)
    assert texts(both) == expected
    assert [one for one in both if isinstance(one, Gone)] == [Gone((paths[-1].relative_to(root).as_posix(),))]
    alone = told(root, known, processes=1)
    assert texts(alone) == expected
    assert snapshot(alone) == snapshot(both)


@pytest.mark.usefixtures("later")
@pytest.mark.parametrize("is_known", [True, False])
def test_a_second_process_that_ends_too_soon_is_told(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_known: bool
) -> None:
    known = snapshot(told(root)) if is_known else b""
    ending = tmp_path / "ending"
    ending.mkdir()
    (ending / "sitecustomize.py").write_text("import os, sys\nif sys.orig_argv[-1] == 'second':\n    os._exit(3)\n")
    monkeypatch.setenv("PYTHONPATH", str(ending), prepend=os.pathsep)
    with pytest.raises(ScanFailed) as caught:
        told(root, known)
    assert str(caught.value) == (
        f"The files of {root} could not be scanned: RuntimeError: the second process was ended; there may be too "
        "little memory. Try again."
    )
    assert len(texts(told(root, processes=1))) == FILES
