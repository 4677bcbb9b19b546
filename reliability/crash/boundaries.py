"""A crash at every boundary: each call that changes a file, or puts it on the disk, is once the last one."""

from __future__ import annotations

import asyncio
import shutil
import signal
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from attrs import define, field

from reliability.crash import operations, strace
from reliability.crash.interrupted import Undisturbed, aged, between, differing, interrupted, settled, undisturbed
from reliability.crash.operations import OPERATIONS, Operation
from reliability.crash.strace import Call, Fault
from reliability.report import Report

POINTS: Final = 60
"""Crashes of one operation, evenly spread when it makes more calls."""


async def boundaries(folder: Path, part: float) -> Report:
    """Kills each operation at each of its calls; with a part, the first operations at some."""
    reason = strace.why_not()
    if reason is not None:
        return Report(name="boundaries", counts={"skipped": reason})
    with ThreadPoolExecutor(1) as thread:
        return await asyncio.get_running_loop().run_in_executor(thread, _boundaries, folder, part)


def _boundaries(folder: Path, part: float) -> Report:
    operations.template(folder / "template")
    trial = _Trial(folder)
    for operation in some(OPERATIONS, part, least=3):
        trial.crash_everywhere(operation, max(3, round(POINTS * part)))
    return trial.report()


def some(values: Sequence[Operation], part: float, least: int) -> Sequence[Operation]:
    """The first of them."""
    return values[: max(least, round(len(values) * min(part * 2, 1)))]


def spread(values: Sequence[Call], count: int) -> Iterable[Call]:
    """So many of them, from the first to the last."""
    if len(values) <= count:
        return values
    return [values[round(number * (len(values) - 1) / (count - 1))] for number in range(count)]


@define
class _Trial:
    folder: Path
    tried: Counter[str] = field(factory=Counter)
    named: Counter[str] = field(factory=Counter)
    missed: int = 0
    left: Counter[str] = field(factory=Counter)
    problems: list[str] = field(factory=list)

    def crash_everywhere(self, operation: Operation, limit: int) -> None:
        """Kills one operation at its calls, each in a workspace of its own."""
        place = self.folder / operation.name.replace(" ", "-")
        clean = undisturbed(operation, self.folder / "template", place)
        calls = list({(one.name, one.number): one for one in clean.calls}.values())
        for number, call in enumerate(_with_named(clean, spread(calls, limit))):
            root = operations.copied(self.folder / "template", operation, place / str(number) / "p")
            try:
                found = self._crash(clean, root, call)
            except Exception as error:  # noqa: BLE001 - a finding, whatever it is
                found = [repr(error)]
            finally:
                operations.stop(root)
            self.problems += [f"{operation.name}, killed at {call.place} ({call.number}.): {one}" for one in found]
            if not found:
                shutil.rmtree(root.parent)

    def _crash(self, clean: Undisturbed, root: Path, call: Call) -> list[str]:
        operation, output = clean.operation, root.parent / "calls"
        done = interrupted(operation, root, output, Fault(call.name, call.number, "signal=KILL"))
        # strace ends as its command did, perhaps before its last line is written.
        self.missed += not (done.code == -signal.SIGKILL or strace.was_killed(output))
        self.tried[operation.name] += 1
        for name in _names(clean, call):
            self.named[name] += 1
        found = between(clean, operations.state_of(root))
        if operation.where == "command":
            found += self._once_more(clean, root)
        elif done.code:
            found.append(f"the command failed ({done.code}): {done.err.strip()}")
        settled(root)
        found += differing(clean.after, operations.state_of(root))
        return found + self._left(clean, root)

    def _once_more(self, clean: Undisturbed, root: Path) -> list[str]:
        words = operations.words_of(clean.operation, root)
        done = operations.run(root, *words, environment=clean.operation.environment)
        is_there = clean.operation.is_empty and "is initialised already" in done.err
        return [] if done.code == 0 or is_there else [f"once more, it failed ({done.code}): {done.err.strip()}"]

    def _left(self, clean: Undisturbed, root: Path) -> list[str]:
        """What is left behind, and whether it is gone after the next use an hour later."""
        if not aged(root):
            return []
        self.left[clean.operation.name] += 1
        if clean.operation.again and not clean.operation.is_empty:
            self._once_more(clean, root)
        settled(root)
        names = ", ".join(str(one.relative_to(root)) for one in operations.leftovers(root))
        return [f"left for good: {names}"] if names else []

    def report(self) -> Report:
        """What was tried, and what was wrong."""
        return Report(
            name="boundaries",
            counts={
                "crashes": self.tried.total(),
                **{f"crashes of {name}": count for name, count in self.tried.items()},
                **dict(self.named),
                "ended before the call": self.missed,
                "temporary files left, then removed": self.left.total(),
            },
            problems=tuple(self.problems),
        )


# The boundaries that have names


def _names(clean: Undisturbed, call: Call) -> list[str]:
    names = ["between write and rename"] if call.name.startswith("rename") else []
    if clean.operation is not operations.SYNC:
        return names
    export, base = _of_sync(clean)
    return (
        names + ["between commit and export"] * (call in export) + ["between import and base update"] * (call in base)
    )


def _of_sync(clean: Undisturbed) -> tuple[list[Call], list[Call]]:
    """The calls of a sync until the new file has its name, and those after, which make its lines the bases."""
    renames = [number for number, one in enumerate(clean.calls) if one.name.startswith("rename")]
    if not renames:
        # No StopIteration: asyncio can't carry one out of a thread, and the trial would never end.
        raise RuntimeError("a sync that nobody disturbs writes no file")
    at = renames[0]
    is_new_file = [number for number, one in enumerate(clean.calls[:at]) if ".issues.jsonl" in one.path]
    return list(clean.calls[min(is_new_file, default=at) : at + 1]), list(clean.calls[at + 1 :])


def _with_named(clean: Undisturbed, calls: Iterable[Call]) -> list[Call]:
    """The calls, and one at least of every boundary that has a name."""
    found = list(calls)
    renames = [one for one in clean.calls if one.name.startswith("rename")][-1:]
    groups = [renames, *(_of_sync(clean) if clean.operation is operations.SYNC else ())]
    found += [group[0] for group in groups if group and not set(group) & set(found)]
    return found
