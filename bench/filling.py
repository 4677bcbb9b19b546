"""Issues as a project of some years has them, the same ones on every run, and workspaces filled with them."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import Any, Final

from bench.measure import peak_megabytes
from issuelens.ipc import launch, methods
from issuelens.ipc.oneshot import Way, call
from issuelens.storage.database import Database
from issuelens.storage.search import index_pending
from issuelens.workspace import Workspace, initialise

COMMON_WORDS: Final = (
    *("the", "when", "error", "parser", "daemon", "should", "test", "config", "timeout", "cache", "session", "login"),
    *("window", "index", "queue", "render", "socket", "retry", "token", "column", "message", "editor", "branch"),
)
"""The most frequent first: `the` stands in nearly every issue, `branch` in about a third."""
RARE_WORDS: Final = ("quokka", "zeppelin", "marzipan")
"""Each stands in one issue of a thousand."""
LABELS: Final = ("auth", "backend", "frontend", "docs", "flaky", "perf", "regression", "security", "ui", "wontfix")
PEOPLE: Final = ("ada", "barbara", "edsger", "grace", "tony")
ANSWER_SECONDS: Final = 600.0
_STATUSES: Final = {"closed": 62, "open": 27, "in_progress": 5, "deferred": 3, "blocked": 2, "resolved": 1}
_SYLLABLES: Final = tuple(
    f"{one}{two}{three}" for one in "bcdfghjklmnprstv" for two in "aeiou" for three in ("", *"nrst")
)
"""So many that few words begin with another whole one, as in a language."""
_BEGINNING: Final = datetime(2023, 1, 1, tzinfo=UTC)


def write_issues(path: Path, count: int) -> None:
    """Writes so many issues in the form of issues.jsonl, about 1 KB each."""
    random = Random(count)
    sentences = _sentences(random)
    with path.open("w") as file:
        for number in range(count):
            file.write(json.dumps(_issue(random, sentences, number), separators=(",", ":")) + "\n")


def issue_id(number: int) -> str:
    """The id of an issue by its place in the file."""
    return f"app-{0xA0000 + number:x}"


def _sentences(random: Random) -> list[str]:
    """Words have the frequencies that words have (Zipf): the n-th is used 1/n times as often as the first."""
    words = [*COMMON_WORDS, *("".join(random.choices(_SYLLABLES, k=random.randint(2, 4))) for _ in range(20_000))]
    weights = list(accumulate(1 / rank for rank in range(1, len(words) + 1)))
    return [" ".join(random.choices(words, cum_weights=weights, k=random.randint(5, 14))) for _ in range(20_000)]


def _issue(random: Random, sentences: list[str], number: int) -> dict[str, Any]:
    [status] = random.choices(list(_STATUSES), list(_STATUSES.values()))
    created = _BEGINNING + timedelta(minutes=number * 10)
    updated = created + timedelta(hours=random.randint(1, 900))
    rare = f" {RARE_WORDS[number // 1000 % 3]}." if number % 333 == 0 else ""
    shape: dict[str, Any] = {
        "id": issue_id(number),
        "title": random.choice(sentences)[:70],
        "description": ". ".join(random.choices(sentences, k=random.randint(4, 14))) + rare,
        "status": status,
        "priority": random.choices(range(5), (1, 3, 10, 5, 2))[0],
        "issue_type": random.choice(("bug", "bug", "task", "task", "task", "feature", "chore")),
        "created_at": _moment(created),
        "created_by": random.choice(PEOPLE),
        "updated_at": _moment(updated),
        "labels": random.sample(LABELS, random.choice((0, 1, 1, 2, 3))),
        "dependencies": list(_dependencies(random, number)),
        "comments": list(_comments(random, sentences, updated)),
    }
    if status in ("closed", "resolved"):
        shape |= {"closed_at": _moment(updated), "close_reason": random.choice(sentences)}
    if random.random() < 0.4:
        shape["assignee"] = random.choice(PEOPLE)
    return shape


def _dependencies(random: Random, number: int) -> Iterator[dict[str, Any]]:
    """On earlier issues only, so that there are no cycles; each 20th issue has children."""
    if number and random.random() < 0.15:
        kind = random.choice(("blocks", "blocks", "related", "discovered-from"))
        yield {"depends_on_id": issue_id(max(0, number - random.randint(1, 500))), "type": kind}
    if number % 20 and random.random() < 0.3:
        yield {"depends_on_id": issue_id(number - number % 20), "type": "parent-child"}


def _comments(random: Random, sentences: list[str], moment: datetime) -> Iterator[dict[str, Any]]:
    for number in range(random.choice((0, 0, 0, 1, 2))):
        text = ". ".join(random.choices(sentences, k=3))
        yield {"id": number + 1, "author": random.choice(PEOPLE), "text": text, "created_at": _moment(moment)}


def _moment(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def stock(folder: Path, count: int) -> Path:
    """A database with so many issues, not to be written to; made once a run, beside the folder of a benchmark."""
    root = folder.parent / f"stock-{count}"
    if not root.is_dir():
        fill(root, count)
        index(Workspace(root, root / ".issues").database)
    return Workspace(root, root / ".issues").database


def filled(folder: Path, count: int) -> Workspace:
    """A new workspace with a copy of it."""
    root = folder / f"filled-{count}"
    root.mkdir()
    workspace = initialise(root, "app")
    shutil.copy(stock(folder, count), workspace.database)
    return workspace


def fill(root: Path, count: int) -> tuple[float, float]:
    """Has a daemon import a file into a new workspace; the seconds of that, and the daemon's peak of memory in MB."""
    root.mkdir()
    workspace = initialise(root, "app")
    write_issues(root / "issues.jsonl", count)
    launch.ensure_running(workspace)
    pid = asked(workspace, methods.STATUS)["pid"]
    begun = time.perf_counter()
    report = asked(workspace, methods.IMPORT, key="bench", path=str(root / "issues.jsonl"))
    seconds = time.perf_counter() - begun
    assert report["counts"] == {"created": count}, report["counts"]
    peak = peak_megabytes(pid)
    launch.stop(workspace)
    return seconds, peak


def index(database: Path) -> float:
    """Brings the full-text index up to date, as the daemon does between writes; the seconds of that."""
    begun = time.perf_counter()
    with closing(Database.open(database)) as opened:
        is_left = True
        while is_left:
            with opened.transaction() as connection:
                is_left = index_pending(connection)
    return time.perf_counter() - begun


def asked(workspace: Workspace, method: str, **params: Any) -> Any:
    """What the daemon answers, told of its progress as the command line is."""
    return call(workspace, method, params, Way("bench", ANSWER_SECONDS, lambda _done, _all: None))
