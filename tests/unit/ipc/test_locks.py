"""File locks: one holder, released by its end, and the kernel wakes who waits."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from issuelens.domain.errors import StorageError
from issuelens.ipc.locks import FileLock

HOLD = """
import sys
from pathlib import Path
from issuelens.ipc.locks import FileLock
lock = FileLock(Path(sys.argv[1]))
lock.acquire(wait=True)
print("held", flush=True)
sys.stdin.read()
"""


def holder(path: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_one_holds_it_and_its_death_frees_it(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    process = holder(path)
    lock = FileLock(path)
    assert not lock.acquire(wait=False)
    assert not lock.is_held
    process.kill()
    process.communicate()
    assert lock.acquire(wait=False)
    assert lock.is_held
    lock.release()
    lock.release()
    assert path.exists()


def test_who_waits_is_woken(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with FileLock(path):
        waiting = subprocess.Popen(
            [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
    assert waiting.stdout is not None
    assert waiting.stdout.readline() == "held\n"
    waiting.communicate("")


def test_a_place_for_no_lock(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"lock can't be written: No such file"):
        FileLock(tmp_path / "gone" / "lock").acquire(wait=False)
