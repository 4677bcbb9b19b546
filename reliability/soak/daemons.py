"""Daemons started, used and left until they go by themselves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from attrs import define, field

from issuelens.daemon.main import LOG_BYTES
from issuelens.domain.operation import CreateIssue
from issuelens.ipc.endpoint import read_endpoint
from issuelens.workspace import LOG_FILES, Workspace
from reliability.report import Report
from reliability.soak import ends

DAEMONS: Final = 500
IDLE_SECONDS: Final = "0.02"
LINE_BYTES: Final = 4096
"""By how much a log may be longer than its limit: a line is not cut in two."""


async def daemons(folder: Path, part: float) -> Report:
    """Starts daemons on two workspaces in turn; each must go and leave nothing, and their logs stay bounded."""
    lives = max(2, round(DAEMONS * part))
    trials = [_Trial(ends.project(folder / str(number))) for number in range(ends.SIDE_BY_SIDE)]
    for trial in trials:
        fill_logs(trial.space)
    temporary = ends.temporary_folder(folder)
    shares = [lives // len(trials) + (number < lives % len(trials)) for number in range(len(trials))]
    with ends.environment(ISSUELENS_IDLE_SECONDS=IDLE_SECONDS, TMPDIR=str(temporary)):
        problems = await ends.side_by_side(
            trial.lives(share) for trial, share in zip(trials, shares, strict=True) if share
        )
    problems += [*ends.left_in_runtime_folder(), *ends.left_in(temporary), *ends.left_running(folder)]
    for trial in trials:
        problems += log_problems(trial.space)
    logs = sum(path.stat().st_size for trial in trials for path in trial.space.daemon_logs)
    counts: Counter[str] = sum((trial.counts for trial in trials), Counter())
    return Report(name="daemons", counts={**counts, "bytes of logs": logs}, problems=tuple(problems))


@define(eq=False)
class _Trial:
    space: Workspace
    counts: Counter[str] = field(factory=Counter)

    async def lives(self, count: int) -> list[str]:
        """One daemon after the other."""
        problems: list[str] = []
        for number in range(1, count + 1):
            problems += await self._life(number)
        return problems

    async def _life(self, number: int) -> Iterable[str]:
        """A daemon with two clients, and its end; its writes are counted against those of all before it."""
        async with ends.client(self.space, "soak") as one:
            endpoint = read_endpoint(self.space)
            assert endpoint is not None
            written = await one.write(CreateIssue(title=f"In life {number}"))
        problems = await ends.gone([endpoint.pid], f"daemon {number} of {self.space.root}")
        self.counts["daemons started and gone by themselves"] += 1
        self.counts["issues written"] += 1
        if written.revision != number + 1:
            problems.append(f"daemon {number} is at revision {written.revision} in place of {number + 1}")
        shared = _lines(self.space.jsonl)
        if shared != number:
            problems.append(f"daemon {number} has left {shared} issues in {self.space.jsonl} in place of {number}")
        return [*problems, *ends.left_by_daemon(self.space)]


def _lines(path: Path) -> int:
    """The lines of a file, which may not be there."""
    return path.read_bytes().count(b"\n") if path.exists() else 0


def fill_logs(space: Workspace) -> None:
    """Makes all logs that may be there as long as they may be, so that the next lines move them on."""
    line = b"." * 99 + b"\n"
    for path in space.daemon_logs:
        path.write_bytes(line * (LOG_BYTES // len(line) - 1))


def log_problems(space: Workspace) -> list[str]:
    """What is wrong with the logs of a workspace where `fill_logs` was followed by a daemon."""
    found = {path: path.stat().st_size for path in space.directory.glob(f"{space.daemon_log.name}*")}
    problems = [f"{path} has {size} bytes" for path, size in found.items() if size > LOG_BYTES + LINE_BYTES]
    if len(found) > LOG_FILES + 1:
        problems.append(f"there are {len(found)} logs in {space.directory}")
    if found[space.daemon_log] > LOG_BYTES // 2:
        problems.append(f"{space.daemon_log} was not moved on")
    return problems
