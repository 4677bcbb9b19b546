"""Full disks and failing devices, in short: a clear error, the old state intact, and the next try works."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from reliability.crash import operations, small, strace
from reliability.crash.disk import failing_calls
from reliability.crash.strace import Fault

from issuelens.process import wait_for_exit

pytestmark = [pytest.mark.usefixtures("patient_daemon"), pytest.mark.timeout(600)]


@pytest.fixture
def traceable() -> None:
    if (reason := strace.why_not()) is not None:
        pytest.skip(reason)


@pytest.fixture
def root(own_environment: Path) -> Iterator[Path]:
    """A workspace with two issues."""
    root = own_environment / "p"
    operations.template(root)
    yield root
    operations.stop(root)


@pytest.mark.usefixtures("traceable")
def test_calls_that_fail(own_environment: Path) -> None:
    report = failing_calls(own_environment / "t", 0.02)
    assert report.problems == ()
    assert report.counts["told of an error"]


def test_a_full_file_system(own_environment: Path) -> None:
    if (reason := small.why_not()) is not None:
        pytest.skip(reason)
    report = small.full(own_environment / "t", 1)
    assert report.problems == ()
    assert report.counts["writes refused"]


@pytest.mark.usefixtures("traceable")
def test_a_change_whose_sync_failed_does_not_come_back_after_a_crash(root: Path, tmp_path: Path) -> None:
    pid, titles = operations.daemon_pid(root), ["only here", "shared"]
    for number in range(10):
        with strace.attached(pid, tmp_path / "calls", Fault("fdatasync", 1, "error=EIO")):
            done = operations.run(root, "create", f"try {number}")
        if done.code:
            break
        # That sync was the full-text index's.
        titles.append(f"try {number}")
    assert done.code == 1
    assert f"The disk of {root.resolve()}/.issues/issues.db fails" in done.err
    assert "nothing was changed. Check the disk and try again." in done.err
    os.kill(pid, signal.SIGKILL)
    assert wait_for_exit(pid, 30)
    assert sorted(titles) == [row[0] for row in operations.state_of(root)["issues"]]


@pytest.mark.usefixtures("traceable")
def test_a_disk_that_goes_on_failing_is_told_of_as_it_is(root: Path, tmp_path: Path) -> None:
    operations.succeeds(root, "create", "before")
    pid = operations.daemon_pid(root)
    with strace.attached(pid, tmp_path / "calls", Fault("fdatasync", 1, "error=EIO", lasting=True)):
        done = operations.run(root, "create", "uncertain")
    assert done.code == 1
    assert "may or may not be kept. Check the disk, then look before you try again." in done.err
    operations.succeeds(root, "create", "after")
    assert operations.is_served_by(root, pid)
    titles = [row[0] for row in operations.state_of(root)["issues"]]
    assert titles == ["after", "before", "only here", "shared"]


@pytest.mark.usefixtures("traceable")
def test_a_folder_that_can_not_be_synced_is_told_of(root: Path, tmp_path: Path) -> None:
    operations.succeeds(root, "create", "before")
    # The first sync of an export is that of the file, the second that of its folder.
    with strace.attached(operations.daemon_pid(root), tmp_path / "calls", Fault("fsync", 2, "error=EIO")):
        done = operations.run(root, "export", "out.jsonl")
    assert done.code == 1
    assert "out.jsonl was written, but its disk could not make that permanent (Input/output error)" in done.err
    assert "out.jsonl" in operations.succeeds(root, "export", "out.jsonl")


@pytest.mark.usefixtures("traceable")
def test_a_merge_that_its_disk_can_not_keep_is_told_of_in_a_line(root: Path, tmp_path: Path) -> None:
    for name in ("base", "ours", "theirs"):
        (root / f"{name}.jsonl").write_bytes(operations.space_of(root).jsonl.read_bytes())
    prefix = tuple(strace.command((), tmp_path / "calls", Fault("fsync", 2, "error=EIO")))
    words = ("merge-driver", "base.jsonl", "ours.jsonl", "theirs.jsonl", "issues.jsonl")
    done = operations.run(root, *words, prefix=prefix)
    assert (done.code, len(done.err.splitlines())) == (1, 1)
    assert done.err.startswith("issues.jsonl: ours.jsonl was written, but its disk could not make that permanent")


@pytest.mark.usefixtures("traceable")
def test_a_sync_that_has_written_its_file_is_done_even_if_its_bases_can_not_be_noted(
    root: Path, tmp_path: Path
) -> None:
    space, pid = operations.space_of(root), operations.daemon_pid(root)
    for number in range(10):
        operations.succeeds(root, "create", f"try {number}")
        # The first sync to the disk is that of the merge, the second that of the bases, unless the index comes between.
        with strace.attached(pid, tmp_path / "calls", Fault("fdatasync", 2, "error=EIO")):
            done = operations.run(root, "sync")
        if "the next sync finds out by itself" in space.daemon_log.read_text(encoding="utf-8"):
            break
    assert (done.code, done.err) == (0, "")
    assert f"try {number}" in space.jsonl.read_text(encoding="utf-8")
    before = space.jsonl.read_bytes()
    assert "It is current already" in operations.succeeds(root, "sync")
    assert space.jsonl.read_bytes() == before
