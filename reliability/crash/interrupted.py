"""Runs an operation while strace tampers with it: with the daemon, with the command, or with a daemon that starts."""

from __future__ import annotations

import os
import select
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from attrs import frozen

from issuelens.files import LEFTOVER_SECONDS
from issuelens.ipc.endpoint import private_folder
from reliability.crash import operations, strace
from reliability.crash.operations import COMMAND, DEADLINE_SECONDS, Done, Operation, State
from reliability.crash.strace import Call, Fault

UNINTERESTING: Final = "daemon.log"
"""Files whose calls are interrupted by one operation only, whose they are."""


@frozen
class Undisturbed:
    """An operation as it is when nothing happens to it.

    Args:
        before: the state before it.
        after: the state after it.
        calls: those that change files of the workspace, in order.
    """

    operation: Operation
    before: State
    after: State
    calls: tuple[Call, ...]


def undisturbed(operation: Operation, template: Path, folder: Path) -> Undisturbed:
    """Runs an operation and notes what it calls."""
    root = operations.copied(template, operation, folder / "undisturbed" / "p")
    before = operations.state_of(root)
    output = folder / "undisturbed" / "calls"
    done = interrupted(operation, root, output, None)
    if done.code:
        raise RuntimeError(f"{operation.name}: {done.code}: {done.err}")
    settled(root)
    calls = tuple(one for one in strace.calls_of(output) if _is_of(operation, root, one))
    return Undisturbed(operation, before, operations.state_of(root), calls)


def settled(root: Path) -> None:
    """Has a daemon do what a start has to do, and ends it."""
    operations.succeeds(root, "list")
    operations.stop(root)


def _is_of(operation: Operation, root: Path, call: Call) -> bool:
    path = Path(call.path)
    is_wanted = path.name.startswith(UNINTERESTING) == (operation is operations.ROTATION)
    return is_wanted and any(path.is_relative_to(one) for one in (root.resolve(), private_folder()))


def interrupted(operation: Operation, root: Path, output: Path, fault: Fault | None) -> Done:
    """Runs an operation under strace; how its command ended."""
    words = operations.words_of(operation, root)
    if operation.where == "command":
        if not operation.is_empty:
            operations.warm(root)
        prefix = tuple(strace.command((), output, fault))
        return operations.run(root, *words, environment=operation.environment, prefix=prefix)
    beginning = _starting(root, output, fault) if operation.where == "start" else _serving(root, output, fault)
    with beginning:
        return operations.run(root, *words, environment=operation.environment)


@contextmanager
def _serving(root: Path, output: Path, fault: Fault | None) -> Iterator[None]:
    with strace.attached(operations.warm(root), output, fault):
        yield


@contextmanager
def _starting(root: Path, output: Path, fault: Fault | None) -> Iterator[None]:
    """A daemon that starts under strace; the block begins when it serves, or has ended."""
    space = operations.space_of(root)
    reading, writing = os.pipe()
    words = [*COMMAND, "daemon", "run", "--root", str(space.root), "--directory", str(space.directory)]
    words += ["--ready-fd", str(writing)]
    tracer = subprocess.Popen(
        strace.whole_command(words, output, fault),
        pass_fds=[writing],
        env={**os.environ, "ISSUELENS_IDLE_SECONDS": "60"},
        stderr=subprocess.DEVNULL,
    )
    os.close(writing)
    try:
        if not select.select([reading], [], [], DEADLINE_SECONDS)[0]:
            raise TimeoutError("the daemon has neither started nor ended")
        yield
    finally:
        os.close(reading)
        operations.stop(root)
        tracer.wait(DEADLINE_SECONDS)


def between(clean: Undisturbed, found: State) -> list[str]:
    """What is neither as it was nor as it is to be."""
    before, after, half = clean.before, clean.after, clean.operation.half
    return [
        f"{name} is neither the old one nor the new one: {found[name]!r:.300}"
        for name in found
        if found[name] not in (before[name], after[name], half.get(name, after[name]))
    ]


def differing(expected: State, found: State) -> list[str]:
    """What is not as in an undisturbed run."""
    return [
        f"{name} is {found[name]!r:.300}, undisturbed {expected[name]!r:.300}"
        for name in found
        if found[name] != expected[name]
    ]


def aged(root: Path) -> bool:
    """Makes the temporary files that were left as old as those that are removed; whether there are any."""
    long_ago = time.time() - LEFTOVER_SECONDS - 60
    found = operations.leftovers(root)
    for path in found:
        os.utime(path, (long_ago, long_ago))
    return bool(found)
