"""File systems whose locks do not work, as the kernel tells it: injected by strace into real processes."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.support.daemons import workspace

from issuelens.domain.errors import StorageError
from issuelens.files import identity
from issuelens.ipc.locks import FileLock

pytestmark = pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed; it injects the faults")


def start(folder: Path, fault: str) -> dict[str, str]:
    """What `daemon start` answers where each flock ends like this."""
    space = workspace(folder)
    command = [*(sys.executable, "-m", "issuelens", "daemon", "start"), "--root", str(space.root)]
    command += ["--directory", str(space.directory)]
    done = subprocess.run(
        ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=flock", "-e", f"inject=flock:{fault}", *command],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if "ptrace" in done.stderr:
        pytest.skip(f"nothing can be traced here: {done.stderr.splitlines()[0]}")
    assert not space.endpoint_file.exists()
    answer: dict[str, str] = json.loads(done.stdout)
    return answer


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("ENOLCK", "No locks available"),
        ("ENOSYS", "Function not implemented"),
        ("EOPNOTSUPP", "Operation not supported"),
    ],
)
def test_locks_that_are_refused(tmp_path: Path, error: str, words: str) -> None:
    told = start(tmp_path / "p", f"error={error}")["message"]
    assert f"daemon.spawn.lock can't be locked ({words}). Locks do not work on the file system of " in told
    assert "Move it to a local disk" in told


def test_locks_that_are_granted_to_everybody(tmp_path: Path) -> None:
    told = start(tmp_path / "p", "retval=0")["message"]
    assert "can't be locked (two hold the same lock at once)" in told
    assert f"file system of {tmp_path / 'p' / '.issues'}" in told
    assert "ISSUELENS_DIR" in told


def test_a_lock_whose_file_was_replaced_is_another_lock(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with FileLock(path) as first:
        assert first.identity == identity(path)
        path.unlink()
        with FileLock(path) as second:
            assert second.identity == identity(path) != first.identity
    assert first.identity is None


def test_who_waited_for_a_file_that_was_replaced_locks_the_new_one(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    waiter = "import sys; from pathlib import Path; from issuelens.ipc.locks import FileLock\n"
    waiter += "lock = FileLock(Path(sys.argv[1])); lock.acquire(wait=True, seconds=30); print(*lock.identity)"
    lock = FileLock(path)
    assert lock.acquire(wait=False)
    with subprocess.Popen([sys.executable, "-c", waiter, str(path)], stdout=subprocess.PIPE, text=True) as process:
        path.rename(tmp_path / "old")
        path.touch()
        lock.release()
        assert tuple(map(int, process.communicate(timeout=30)[0].split())) == identity(path)


def test_what_can_not_be_opened_says_nothing_about_locks(tmp_path: Path) -> None:
    # The first file is opened, and the second one is one too many.
    script = "import os, resource, sys; from pathlib import Path; from issuelens.ipc.locks import FileLock\n"
    script += "free = os.dup(0); os.close(free)\n"
    script += "resource.setrlimit(resource.RLIMIT_NOFILE, (free + 1, free + 1))\n"
    script += "FileLock(Path(sys.argv[1])).acquire(wait=False)"
    path = tmp_path / "lock"
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)], capture_output=True, text=True, timeout=30, check=False
    )
    assert done.stderr.endswith(f"StorageError: {path} can't be written: Too many open files.\n")


def test_a_wait_that_has_an_end(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with FileLock(path):
        late = FileLock(path)
        assert not late.acquire(wait=True, seconds=0.2)
        assert not late.is_held
    assert late.acquire(wait=True, seconds=30)
    third = FileLock(path)
    assert not third.acquire(wait=False)
    late.release()


def test_a_folder_that_goes_while_one_waits(tmp_path: Path) -> None:
    folder = tmp_path / "p"
    folder.mkdir()
    waiter = "import sys; from pathlib import Path; from issuelens.ipc.locks import FileLock\n"
    waiter += "print('begun', flush=True); FileLock(Path(sys.argv[1])).acquire(wait=True, seconds=30)"
    with FileLock(folder / "lock"):
        process = subprocess.Popen(
            [sys.executable, "-c", waiter, str(folder / "lock")],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        shutil.rmtree(folder)
    error = process.communicate(timeout=30)[1]
    assert "StorageError" in error
    assert "can't be written: No such file" in error
    with pytest.raises(StorageError):
        FileLock(folder / "lock").acquire(wait=False)
