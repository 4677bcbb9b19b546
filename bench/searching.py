"""Full-text search with 100,000 issues, as the daemon does it for a list: the 50 best, in a line each."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Sequence
from contextlib import ExitStack, closing
from itertools import pairwise
from pathlib import Path
from random import Random
from statistics import median
from typing import Final

from bench.filling import COMMON_WORDS, RARE_WORDS, issue_id, stock
from bench.measure import ROUNDS, Figure, below, percentile, plain
from bench.tracking import ASKING, FEW, MANY
from issuelens.domain.operation import UpdateIssues
from issuelens.domain.query import parse_query
from issuelens.storage import lists, reads
from issuelens.storage.database import Database, Reader
from issuelens.tracker.operations import OperationContext, perform

BUDGET: Final = 5.0
PENDING: Final = 500
COUNT: Final = 100


async def searches(folder: Path) -> list[Figure]:
    """Any word of a title, and any but the 23 that a third of all issues have; kinds of words; changes not indexed."""
    database = stock(folder, MANY)
    with closing(Reader.open(database)) as reader:
        any_word = _words(reader)
        telling = [word for word in any_word if word not in COMMON_WORDS]
        found = _measured(reader, {"a word of a title": any_word, "a telling word of a title": telling, **_kinds()})
    figures = [below(f"search: {name}, p50", BUDGET, p50, "ms") for name, (p50, _) in found.items()]
    figures.insert(1, plain("search: a word of a title, p99", found["a word of a title"][1], "ms"))
    return [*figures, await _with_pending(folder, database)]


def _kinds() -> dict[str, list[str]]:
    """Words of the list match every issue down to a third of them, rare ones one in a thousand."""
    return {
        "a rare word": list(RARE_WORDS),
        "the beginning of a rare word": [word[:4] for word in RARE_WORDS],
        "a common and a rare word": [f"{word} {RARE_WORDS[0]}" for word in COMMON_WORDS[5:]],
        "a word in a third of all": list(COMMON_WORDS[-5:]),
        "a word in every issue": list(COMMON_WORDS[:2]),
        "two words in a third of all": [f"{one} {other}" for one, other in pairwise(COMMON_WORDS[-6:])],
        "a quoted phrase of two of them": [f'"{one} branch"' for one in COMMON_WORDS[-6:-1]],
    }


def _words(reader: Reader) -> list[str]:
    """A word of a title each, the more frequent the more often."""
    random = Random(1)
    ids = [issue_id(random.randrange(MANY)) for _ in range(COUNT)]
    titles = [one.title for one in reader.read(reads.get_summaries, ids).values()]
    return [random.choice([word for word in title.split() if len(word) > 1]) for title in titles]


def _measured(reader: Reader, kinds: dict[str, list[str]]) -> dict[str, tuple[float, float]]:
    """Kind -> milliseconds at p50 and p99, each the median over rounds in which every kind has its turn."""
    results: dict[str, list[list[float]]] = {name: [] for name in kinds}
    for _ in range(ROUNDS):
        for name, words in kinds.items():
            results[name].append(_times(reader, words))
    return {
        name: (median(percentile(one, 0.5) for one in rounds), median(percentile(one, 0.99) for one in rounds))
        for name, rounds in results.items()
    }


def _times(reader: Reader, words: Sequence[str]) -> list[float]:
    found = []
    for number in range(COUNT):
        begun = time.perf_counter()
        query = parse_query(f"{words[number % len(words)]} is:open limit:50")
        reader.read(lists.list_summaries, query, ASKING)
        found.append((time.perf_counter() - begun) * 1000)
    return found


async def _with_pending(folder: Path, database: Path) -> Figure:
    """With changes that the index does not have yet."""
    copy = folder / "pending.db"
    shutil.copy(database, copy)
    with ExitStack() as stack:
        opened = stack.enter_context(closing(Database.open(copy)))
        with opened.transaction() as connection:
            ids = tuple(issue_id(number) for number in range(0, FEW, FEW // PENDING))
            perform(connection, UpdateIssues(ids=ids, priority=3, assignee="tony"), _context())
        reader = stack.enter_context(closing(Reader.open(copy)))
        found = _measured(reader, {"pending": _words(reader)})
    name = f"search: a word of a title, {PENDING} changes not indexed yet, p50"
    return below(name, BUDGET, found["pending"][0], "ms")


def _context() -> OperationContext:
    return OperationContext(
        key="bench", actor="ada", client="bench", now=ASKING.now, prefix="app", random_bytes=os.urandom
    )
