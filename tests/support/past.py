"""A repository with a past, and what `issuelens todos` says of it."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.support.cli import Done

LONG_AGO, LATELY = "2019-03-04T05:06:07+00:00", "2026-01-02T03:04:05+00:00"
Todos = Callable[..., Done]
"""`issuelens todos` with these words; in `folder`, when that is given."""


def git(root: Path, *arguments: str, author: str = "Anna", date: str = LONG_AGO, check: bool = True) -> Done:
    """Runs git as an author, at a time; fails unless told not to `check`."""
    who = {"NAME": author, "EMAIL": f"{author.lower()}@example.org", "DATE": date}
    environment = {f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in who.items()}
    done = subprocess.run(
        ["git", "-C", str(root), *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=os.environ | environment,
    )
    assert not check or done.returncode == 0, done.stderr
    return Done(done.returncode, done.stdout.strip(), done.stderr)


def commit(root: Path, author: str = "Anna", date: str = LONG_AGO) -> str:
    """Commits all there is; the commit's hash."""
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "x", author=author, date=date)
    return git(root, "rev-parse", "HEAD").out


def with_past(root: Path) -> Path:
    """Two old TODOs by Anna, a newer one by Bob, one on a branch of its own, and one that is not committed."""
    (root / "src").mkdir(parents=True, exist_ok=True)
    git(root, "init", "-q", "-b", "main")
    (root / "a.py").write_text("# TODO(app-1a2b): tracked\n\n# FIXME(bob): old\n")
    commit(root)
    (root / "src" / "b.py").write_text("# TODO: newer\n")
    commit(root, "Bob", LATELY)
    git(root, "checkout", "-q", "-b", "topic")
    (root / "src" / "b.py").write_text("x = 1\n# TODO: newer\n# FIXME: on the branch\n")
    commit(root, "Bob", LATELY)
    (root / "a.py").write_text("# TODO(app-1a2b): tracked\n")
    (root / "c.py").write_text("# TODO: not committed\n")
    return root


def texts(done: Done) -> list[str]:
    """The texts of the TODOs that were listed."""
    assert done.code == 0, done.err
    return [line.split("\t")[3] for line in done.out.splitlines()]


def fields(done: Done) -> list[dict[str, Any]]:
    """What was listed with --json."""
    assert done.code in (0, 1), done.err
    found: list[dict[str, Any]] = json.loads(done.out)
    return found
