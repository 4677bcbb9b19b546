"""A clone: its work tree, what git does in it, and what becomes of a git that stops or is killed."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from attrs import define, field

from issuelens.process import PYTHON
from issuelens.workspace import Workspace

DEADLINE_SECONDS: Final = 120
FILE: Final = ".issues/issues.jsonl"
_LOCKS: Final = ("index.lock", "HEAD.lock", "ORIG_HEAD.lock", "config.lock", "packed-refs.lock")
_STOPPED: Final = {
    "MERGE_HEAD": ("commit", "--no-edit"),
    "CHERRY_PICK_HEAD": ("commit", "--no-edit", "--allow-empty"),
    "rebase-merge": ("rebase", "--continue"),
}
"""What is in git's folder when it has stopped in the midst of something -> how that goes on."""
_ABORTED: Final = (("merge", "--abort"), ("rebase", "--abort"), ("cherry-pick", "--abort"))
STEPS: Final = 200
"""Stops of one rebase at most."""


@define
class Ran:
    """How git has ended."""

    code: int
    told: str


@define
class Repository:
    """A clone.

    Args:
        root: its work tree.
        told: where the merge driver tells of conflicts.
    """

    root: Path
    told: Path
    merges: int = 0
    stops: int = 0
    refusals: int = 0
    kills: int = 0
    problems: list[str] = field(factory=list)

    @property
    def space(self) -> Workspace:
        """Its workspace."""
        return Workspace(self.root, self.root / ".issues")

    @property
    def file(self) -> Path:
        """Its file of issues."""
        return self.root / FILE

    def git(self, *words: str) -> Ran:
        """Runs git to its end."""
        done = subprocess.run(
            ["git", *words],
            cwd=self.root,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=DEADLINE_SECONDS,
            check=False,
        )
        return Ran(done.returncode, done.stdout + done.stderr)

    def succeeds(self, *words: str) -> str:
        """Runs git, which must do it.

        Raises:
            RuntimeError: with what it says when it does not.
        """
        done = self.git(*words)
        if done.code:
            raise RuntimeError(f"{self.root.name}: git {' '.join(words)}: {done.told}")
        return done.told.strip()

    def set_up(self, command: str) -> None:
        """Has the driver write down what it tells.

        Args:
            command: the driver's, as `issuelens init --git` has set it.
        """
        words = command.replace("merge-driver", "merge-driver --json")
        self.succeeds("config", "merge.issuelens.driver", f"{words} >>'{self.told}'")

    # What a user does

    def commit(self) -> None:
        """Commits the file, when it is another one."""
        if not self.file.exists():
            return
        self.succeeds("add", FILE)
        if self.git("diff", "--cached", "--quiet").code:
            self.succeeds("commit", "-q", "-m", "Issues")

    def join(self, words: tuple[str, ...], settle: Callable[[], None]) -> bool:
        """Merges, rebases or picks, and goes on where git stops; whether it was done.

        Args:
            words: of git.
            settle: makes the file clean where git stops at it.
        """
        done = self.git(*words)
        self.merges += 1
        for _ in range(STEPS):
            stopped = self._stopped()
            if stopped is None:
                self.refusals += bool(done.code)
                return done.code == 0
            self.stops += 1
            settle()
            if self.file.exists():
                self.succeeds("add", FILE)
            done = self.git(*_STOPPED[stopped])
            if done.code and not self._is_unmerged() and stopped != "MERGE_HEAD":
                # The commit has nothing new.
                done = self.git(_STOPPED[stopped][0].replace("commit", "cherry-pick"), "--skip")
        raise RuntimeError(f"{self.root.name}: git {' '.join(words)} does not come to its end: {done.told}")

    def _is_unmerged(self) -> bool:
        return bool(self.git("ls-files", "-u").told.strip())

    def _stopped(self) -> str | None:
        return next((one for one in _STOPPED if (self.root / ".git" / one).exists()), None)

    # Killing it

    def killed(self, words: tuple[str, ...], seconds: float) -> None:
        """Starts git, kills it with all that it has started after so long, and takes back what it was at."""
        git = subprocess.Popen(
            ["git", *words],
            cwd=self.root,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            git.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kills += 1
        with suppress(ProcessLookupError):
            os.killpg(git.pid, signal.SIGKILL)
        git.wait()
        self._take_back()

    def _take_back(self) -> None:
        folder = self.root / ".git"
        for lock in (*(folder / one for one in _LOCKS), *(folder / "refs").rglob("*.lock")):
            lock.unlink(missing_ok=True)
        for words in _ABORTED:
            self.git(*words)
        for path in ("rebase-merge", "rebase-apply", "sequencer"):
            if (folder / path).exists():
                self.git("rebase", "--quit")
                self.git("cherry-pick", "--quit")
        self.succeeds("reset", "-q", "--hard")
        if self.git("symbolic-ref", "-q", "HEAD").code:
            self.succeeds("checkout", "-q", "-f", "main")


def _environment() -> dict[str, str]:
    return {
        **os.environ,
        "GIT_EDITOR": "true",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        **{f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER") for what, value in _PERSON.items()},
    }


_PERSON: Final = {"NAME": "A clone", "EMAIL": "clone@example.invalid"}


def command(root: Path, *words: str) -> str:
    """What a command of Issuelens prints.

    Raises:
        RuntimeError: with what it says when it fails.
    """
    done = subprocess.run(
        [*PYTHON, "-m", "issuelens", *words],
        cwd=root,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=DEADLINE_SECONDS,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{root.name}: issuelens {' '.join(words)}: {done.stderr}")
    return done.stdout
