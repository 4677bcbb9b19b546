"""A file system of a few megabytes that is filled while a workspace on it is in use."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from attrs import define, field

from reliability.crash import operations
from reliability.report import Report

SIZE: Final = "4m"
CHUNK: Final = 4096


def why_not() -> str | None:
    """Why no small file system can be mounted here; None when one can."""
    if not sys.platform.startswith("linux"):
        return "tmpfs is for Linux"
    if os.geteuid() != 0:
        return "only root may mount a file system"
    if shutil.which("unshare") is None:
        return "unshare is not installed"
    done = subprocess.run(["unshare", "-m", "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True, check=False)
    return f"no file system can be mounted here: {done.stderr.decode().strip()}" if done.returncode else None


@contextmanager
def mounted(folder: Path) -> Iterator[Path]:
    """A small file system, and its end."""
    folder.mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "issuelens-trial", str(folder)], check=True)
    try:
        yield folder
    finally:
        # At once from here, and for good when the last file on it is closed.
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path, leave: int, name: str = "filler") -> Path:
    """Takes all room but so many bytes; the file that does."""
    path = folder / name
    with path.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(CHUNK))
        except OSError:
            file.truncate(max(0, file.tell() - leave))
    return path


def full(folder: Path, rounds: int) -> Report:
    """Fills the disk while issues are written, so many times; what was acknowledged must be there, once."""
    reason = why_not()
    if reason is not None:
        return Report(name="small", counts={"full file system skipped": reason})
    with mounted(folder) as place:
        trial = _Trial(place / "p")
        try:
            trial.set_up()
            for number in range(rounds):
                trial.one_round(number)
        finally:
            operations.stop(trial.root)
        return trial.report(rounds)


@define
class _Trial:
    root: Path
    acknowledged: list[str] = field(factory=list)
    refused: list[str] = field(factory=list)
    starts: Counter[str] = field(factory=Counter)
    messages: Counter[str] = field(factory=Counter)
    problems: list[str] = field(factory=list)

    def set_up(self) -> None:
        """A workspace with everything in it that is tried later."""
        self.root.mkdir()
        operations.succeeds(self.root, "init", "--prefix", "app")
        self._write("before")
        operations.succeeds(self.root, "sync")

    def one_round(self, number: int) -> None:
        """Fills the disk until writes fail, tries everything, makes room, tries again."""
        pid = operations.daemon_pid(self.root)
        filler = fill(self.root.parent, leave=CHUNK * (number % 4) * 8)
        tries = 0
        while self._write(f"round {number} {tries} " + "x" * 300):
            tries += 1
            if tries > 200:
                raise RuntimeError("the disk does not get full")
        self._everything(number)
        self._still_reads()
        if not operations.is_served_by(self.root, pid):
            self.problems.append(f"round {number}: the daemon did not go on serving")
        self._starts(number)
        filler.unlink()
        if not self._write(f"after {number}"):
            self.problems.append(f"round {number}: a write fails after room was made")
        operations.succeeds(self.root, "sync")
        operations.succeeds(self.root, "config", "set", "daemon.idle-seconds", str(100 + number))
        self._check(number)

    def _write(self, title: str) -> bool:
        done = operations.run(self.root, "create", title)
        if done.code == 0:
            self.acknowledged.append(title)
            return True
        self.refused.append(title)
        self._words(done)
        return False

    def _everything(self, number: int) -> None:
        """What else writes, which is refused and changes nothing."""
        before = operations.space_of(self.root).config_file.read_bytes()
        for words in (
            ("config", "set", "todos.exclude", *("x" * 90 for _ in range(400))),
            ("sync",),
            ("export", "out.jsonl"),
        ):
            done = operations.run(self.root, *words)
            if done.code:
                self._words(done)
        if operations.space_of(self.root).config_file.read_bytes() != before:
            self.problems.append(f"round {number}: config.toml is another one")

    def _still_reads(self) -> None:
        done = operations.run(self.root, "list", "--json", "--limit", "1")
        if done.code or not json.loads(done.out):
            self.problems.append(f"on the full disk, issues can't be read: {done.err.strip()}")

    def _starts(self, number: int) -> None:
        """A daemon that is to start on the full disk reads, or says why it can't."""
        operations.stop(self.root)
        more = fill(self.root.parent, leave=0, name="more")
        done = operations.run(self.root, "list")
        self.starts["started" if done.code == 0 else "refused to start"] += 1
        if done.code:
            self._words(done)
        more.unlink()
        self._write(f"between {number} " + "x" * 300)

    def _words(self, done: operations.Done) -> None:
        told = done.err.strip().replace(str(self.root.resolve()), "")
        self.messages[told] += 1
        if done.code != 1 or "room" not in told or "Traceback" in told or "fault" in told:
            self.problems.append(f"on the full disk ({done.code}): {told}")

    def _check(self, number: int) -> None:
        operations.stop(self.root)
        titles = Counter(row[0] for row in operations.state_of(self.root)["issues"])
        expected = Counter(self.acknowledged)
        if titles != expected:
            lost, more = expected - titles, titles - expected
            self.problems.append(f"round {number}: lost {dict(lost)}, there without a word {dict(more)}")

    def report(self, rounds: int) -> Report:
        """What was counted."""
        return Report(
            name="small",
            counts={
                "times the disk was full": rounds,
                "writes acknowledged around it": len(self.acknowledged),
                "writes refused": len(self.refused),
                **{f"daemons on it that {name}": count for name, count in self.starts.items()},
                "messages on the full disk": " | ".join(sorted(self.messages)),
            },
            problems=tuple(self.problems),
        )
