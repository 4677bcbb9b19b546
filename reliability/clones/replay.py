"""The merges of whole histories, done again by the merge driver: of one that is made up, and of a real repository."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from bench.replay_merges import Replayed, replayed

from issuelens.sync.jsonl import render_line
from reliability.clones.graph import EMPTY, Graph
from reliability.clones.merges import History
from reliability.report import Report

STEPS: Final = 500
"""Steps of the history that is made up; about a fifth of them are merges of two sides."""
VARIABLE: Final = "ISSUELENS_REPLAY"
"""Names a real repository and its files of issues, as words of a shell: `~/beads .beads/issues.jsonl`."""
_FILE: Final = ".issues/issues.jsonl"
_PERSON: Final = b"A clone <clone@example.invalid> 1700000000 +0000\n"


async def replay(folder: Path, part: float) -> Report:
    """Replays what is made up and, when one is named, a real history; nothing may be missing."""
    history = History(1, is_plain=True, without=("_delete", "_comment_text"))
    problems = history.run(max(40, round(STEPS * part)))
    write_git(history.graph, folder)
    found = {"made up": replayed(folder, [_FILE])}
    if VARIABLE in os.environ:
        repository, *paths = shlex.split(os.environ[VARIABLE])
        found[repository] = replayed(Path(repository).expanduser(), paths)
    counts = {f"{name}: {what}": count for name, one in found.items() for what, count in _counts(one).items()}
    lost = [f"{name}, {told}" for name, one in found.items() for told in _lost(one)]
    return Report(name="replay", counts=counts, problems=(*problems, *lost))


def _lost(one: Replayed) -> Iterator[str]:
    return (f"{commit[:12]} {loss.issue}: {loss.what}" for commit, loss in one.losses)


def _counts(one: Replayed) -> dict[str, int]:
    return {
        "merges": one.merges,
        "with conflict markers": one.marked,
        "contents absent": one.absent,
        "issues": one.issues,
        "conflicts told": one.conflicts,
        "missing": len(one.losses),
    }


def write_git(graph: Graph, folder: Path) -> None:
    """Makes a repository of all commits of a history.

    Raises:
        subprocess.CalledProcessError: when git does not take it.
    """
    folder.mkdir(parents=True)
    subprocess.run(["git", "init", "-q", "-b", "main", str(folder)], check=True, capture_output=True)
    stream = b"".join(_stream(graph))
    subprocess.run(["git", "-C", str(folder), "fast-import", "--quiet"], input=stream, check=True, capture_output=True)


def _stream(graph: Graph) -> Iterator[bytes]:
    """The history as git-fast-import(1) reads it; each commit has a branch, so that none is thrown away."""
    for number, commit in enumerate(graph.commits):
        if number == EMPTY:
            continue
        content = b"".join(render_line(commit.content[one]) for one in sorted(commit.content))
        parents = [one for one in commit.parents if one != EMPTY]
        yield b"commit refs/heads/c%d\nmark :%d\ncommitter %sdata 0\n" % (number, number, _PERSON)
        yield b"".join(b"%s :%d\n" % (b"merge" if place else b"from", one) for place, one in enumerate(parents))
        yield b"M 100644 inline %s\ndata %d\n%s\n" % (_FILE.encode(), len(content), content)
