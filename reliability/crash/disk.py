"""Full disks and failing devices: a clear error, the old state intact, and the next try works once there is room."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Final

from attrs import define, field

from issuelens.process import is_running, wait_for_exit
from reliability.crash import operations, small, strace
from reliability.crash.boundaries import some, spread
from reliability.crash.interrupted import Undisturbed, between, differing, interrupted, settled, undisturbed
from reliability.crash.operations import OPERATIONS, Done, Operation
from reliability.crash.strace import Call, Fault
from reliability.report import Report

POINTS: Final = 30
"""Calls of one operation that fail, of each kind of failure."""
WRITES: Final = ("write", "pwrite64", "ftruncate", "fallocate", "mkdir")
KEEPS: Final = ("fsync", "fdatasync", "rename", "renameat", "renameat2")
OURS: Final = ("fault", "traceback", "errno", "sqlite3", "sqlalchemy")
"""Words that no message of ours has."""


async def disk(folder: Path, part: float) -> Report:
    """Lets calls of each operation fail; then a file system that is full."""
    with ThreadPoolExecutor(1) as thread:
        return await asyncio.get_running_loop().run_in_executor(thread, _disk, folder, part)


def _disk(folder: Path, part: float) -> Report:
    reports = [failing_calls(folder, part), small.full(folder / "small", max(1, round(20 * part)))]
    return Report(
        name="disk",
        counts={name: value for one in reports for name, value in one.counts.items()},
        problems=tuple(problem for one in reports for problem in one.problems),
    )


def failing_calls(folder: Path, part: float) -> Report:
    """Lets calls of each operation fail; with a part, some of the first operations."""
    reason = strace.why_not()
    if reason is not None:
        return Report(name="failing calls", counts={"failing calls skipped": reason})
    trial = _Trial(folder)
    operations.template(folder / "template")
    for operation in some(OPERATIONS, part, least=2):
        trial.fail_everywhere(operation, max(2, round(POINTS * part)))
    return Report(name="failing calls", counts=trial.counts(), problems=tuple(trial.problems))


def _faults(calls: Sequence[Call], limit: int, *, may_last: bool) -> Iterator[tuple[Call, Fault]]:
    """What is to fail: room that ends and comes no more, a device that fails once."""
    for names, what, lasting in (
        (WRITES, "error=ENOSPC", may_last),
        (KEEPS, "error=EIO", False),
        (WRITES, "error=EIO", False),
    ):
        for call in spread([one for one in calls if one.name in names], limit):
            yield call, Fault(call.name, call.number, what, lasting)


@define
class _Trial:
    folder: Path
    tried: Counter[str] = field(factory=Counter)
    ends: Counter[str] = field(factory=Counter)
    messages: Counter[str] = field(factory=Counter)
    problems: list[str] = field(factory=list)

    def counts(self) -> dict[str, int]:
        """What was tried, and how it ended."""
        return {
            "failing calls": self.tried.total(),
            **{f"failing calls of {name}": count for name, count in self.tried.items()},
            **dict(self.ends),
            "different messages": len(self.messages),
        }

    def fail_everywhere(self, operation: Operation, limit: int) -> None:
        """Lets calls of one operation fail, each in a workspace of its own."""
        place = self.folder / operation.name.replace(" ", "-")
        clean = undisturbed(operation, self.folder / "template", place)
        calls = list({(one.name, one.number): one for one in clean.calls}.values())
        # A command must still be able to say what is wrong, so its writes fail once.
        may_last = operation.where != "command"
        for number, (call, fault) in enumerate(_faults(calls, limit, may_last=may_last)):
            root = operations.copied(self.folder / "template", operation, place / str(number) / "p")
            try:
                found = self._fail(clean, root, fault)
            except Exception as error:  # noqa: BLE001 - a finding, whatever it is
                found = [repr(error)]
            finally:
                operations.stop(root)
            where = f"{operation.name}, {fault.what} at {call.place} ({call.number}.{' and on' * fault.lasting})"
            self.problems += [f"{where}: {one}" for one in found]
            if not found:
                shutil.rmtree(root.parent)

    def _fail(self, clean: Undisturbed, root: Path, fault: Fault) -> list[str]:
        self.tried[clean.operation.name] += 1
        done = interrupted(clean.operation, root, root.parent / "calls", fault)
        self.ends["done all the same" if done.code == 0 else "told of an error"] += 1
        found = between(clean, operations.state_of(root))
        if done.code == 0:
            settled(root)
            return found + differing(clean.after, operations.state_of(root))
        found += self._words(clean, root, done) + self._unchanged(clean, root, done, fault)
        return found + self._again(clean, root)

    def _unchanged(self, clean: Undisturbed, root: Path, done: Done, fault: Fault) -> list[str]:
        """What was changed although it was said that nothing was; after a kill, too, when a sync has failed."""
        if "othing was changed" not in done.err or clean.operation.where == "start":
            return []
        endpoint = operations.read_endpoint(operations.space_of(root))
        if fault.call in KEEPS and clean.operation.where == "daemon" and endpoint is not None:
            os.kill(endpoint.pid, signal.SIGKILL)
            wait_for_exit(endpoint.pid, operations.DEADLINE_SECONDS)
            self.ends["killed after a failed sync"] += 1
        return [f"although nothing was changed, {one}" for one in differing(clean.before, operations.state_of(root))]

    def _words(self, clean: Undisturbed, root: Path, done: Done) -> list[str]:
        """What is wrong with a message."""
        told = done.err.strip()
        self.messages[told.replace(str(root.resolve()), "")] += 1
        wrong = [word for word in OURS if word in told.lower()]
        found = [f"it says {word!r}: {told}" for word in wrong]
        if str(root.resolve()) not in told and clean.operation.words[-1] not in told:
            found.append(f"it names no file: {told}")
        return found + ([f"it ends with {done.code}: {told}"] if done.code not in (1, 3) else [])

    def _again(self, clean: Undisturbed, root: Path) -> list[str]:
        """The same once more, when nothing fails any more."""
        self._note_daemon(root)
        words = operations.words_of(clean.operation, root)
        done = operations.run(root, *words, environment=clean.operation.environment)
        is_there = clean.operation.is_empty and "is initialised already" in done.err
        found = [] if done.code == 0 or is_there else [f"again, it failed ({done.code}): {done.err.strip()}"]
        settled(root)
        return found + differing(clean.after, operations.state_of(root))

    def _note_daemon(self, root: Path) -> None:
        endpoint = None
        with suppress(OSError):
            endpoint = operations.read_endpoint(operations.space_of(root))
        self.ends["daemon goes on" if endpoint and is_running(endpoint.pid) else "daemon has gone"] += 1
