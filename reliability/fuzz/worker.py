"""A process that feeds mutated inputs to parsers; it tells what it found as JSON lines on standard output.

`python -m reliability.fuzz.worker SEED COUNT FILE [TARGET…]`: FILE holds the input under way, for whoever finds this
process hanging or gone.
"""

from __future__ import annotations

import json
import mmap
import os
import resource
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from types import FrameType
from typing import Any, Final

from reliability.fuzz.findings import keep
from reliability.fuzz.mutation import encoded, mutated, mutated_value
from reliability.fuzz.room import ROOM, noting
from reliability.fuzz.targets import TARGETS, Target, describe

SLOW_SECONDS: Final = 2.0
"""Processor time for one input; more is a hang."""
MEMORY_BYTES: Final = 3 << 30
"""Address space of a worker."""
TOLD_EVERY: Final = 500
"""Inputs between two words to the parent."""


class Hang(BaseException):
    """An input took too long. No Exception, so that no parser takes it for its own."""


def main(argv: Sequence[str]) -> int:
    """Runs COUNT inputs.

    Returns:
        0; what was found is on standard output.
    """
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    seed, count, names = argv[0], int(argv[1]), argv[3:] or list(TARGETS)
    with Path(argv[2]).open("r+b") as file, mmap.mmap(file.fileno(), ROOM) as room:
        _run(Random(seed), count, names, noting(room))
    return 0


def _too_long(_signal: int, _frame: FrameType | None) -> None:
    raise Hang


def _run(random: Random, count: int, names: Sequence[str], note: Callable[[str, bytes], None]) -> None:
    turns = [name for name in names for _ in range(TARGETS[name].weight)]
    corpus = {name: list(TARGETS[name].seeds) for name in names}
    counts: dict[str, int] = dict.fromkeys(names, 0)
    slowest: dict[str, float] = dict.fromkeys(names, 0.0)
    for number in range(1, count + 1):
        name = random.choice(turns)
        content = generated(random, corpus[name])[: ROOM - 100]
        note(name, content)
        counts[name] += 1
        problem, seconds = tried(TARGETS[name], content)
        slowest[name] = max(slowest[name], seconds)
        if problem is not None:
            _say({"target": name, "problem": problem, "file": str(keep(name, [content], {}))})
        if number % TOLD_EVERY == 0:
            _say({"done": number})
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    _say({"counts": counts, "slowest": slowest, "memory_mb": memory})


def generated(random: Random, corpus: list[bytes]) -> bytes:
    """The next input; now and then it becomes a seed itself, so that changes pile up."""
    seed = random.choice(corpus)
    if random.random() < 0.3 and (value := _value(seed)) is not None:
        content = encoded(mutated_value(random, value))
    else:
        content = mutated(random, seed, corpus)
    if random.random() < 0.02 and len(content) < 4_000:
        if len(corpus) < 200:
            corpus.append(content)
        else:
            corpus[random.randrange(20, 200)] = content
    return content


def _value(content: bytes) -> Any:
    line = content.partition(b"\n")[0]
    if not line.startswith((b"{", b"[")) or len(line) > 5_000:
        return None
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def tried(target: Target, content: bytes, limit: float = SLOW_SECONDS) -> tuple[str | None, float]:
    """What is wrong with a target's way with an input, or None, and the seconds of processor time that it took.

    Args:
        target: what reads it.
        content: the input.
        limit: seconds that it may take; after five times as long it is stopped.
    """
    begun = time.process_time()
    problem = None
    before = signal.signal(signal.SIGVTALRM, _too_long)
    signal.setitimer(signal.ITIMER_VIRTUAL, 5 * limit)
    try:
        target.run(content)
    except target.raises:
        pass
    except Hang:
        problem = f"no end within {5 * limit:.0f} s"
    except (Exception, MemoryError) as error:  # noqa: BLE001 - this is what is looked for
        problem = describe(error)
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
    seconds = time.process_time() - begun
    if problem is None and seconds > limit:
        problem = f"{seconds:.1f} s for {len(content):,} bytes"
    return problem, seconds


def _say(shape: dict[str, Any]) -> None:
    os.write(1, json.dumps(shape).encode() + b"\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
