"""Runs git for `issuelens sync`: without hooks and file monitors, with an end to waiting, with its words on failure."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path, PurePath
from typing import Any, Final, NamedTuple

from attrs import define, field

from issuelens.domain.errors import Refused
from issuelens.domain.plain import one_line
from issuelens.domain.redaction import redacted
from issuelens.process import BACKGROUND
from issuelens.todos.git import GIT_SECONDS, Stop, git_command, git_environment

NETWORK_SECONDS: Final = 300.0
"""How long one fetch or push may take."""
GRACE_SECONDS: Final = 5.0
"""How long git has to remove its locks when it is to end."""
_OBJECTS: Final = "GIT_OBJECT_DIRECTORY"
_WORDS_LIMIT: Final = 300
_REMOTE: Final = ("fetch", "push", "ls-remote")
_ADVICE: Final = ("hint:", "Please make sure you have", "and the repository exists.")
# In English, since what it says is read. GIT_REFLOG_ACTION says to the merge driver which side is this machine's.
_ALWAYS: Final = {
    "LC_ALL": "C",
    "LANGUAGE": "",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_REFLOG_ACTION": "merge (issuelens sync)",
}


class Result(NamedTuple):
    """How a run of git ended: its exit code, its output, and what it said beside, in one line."""

    code: int
    out: bytes
    said: str


@define
class Git:
    """Git in a folder.

    Args:
        folder: where it runs.
        is_asked: whether git may ask the person at the terminal, for instance for a passphrase; else it never asks.
        network_seconds: how long a fetch or a push may take.
        stop: ends, from another thread, a fetch or push that runs.
    """

    folder: Path
    is_asked: bool = False
    network_seconds: float = NETWORK_SECONDS
    stop: Stop = field(factory=Stop)
    variables: dict[str, str] = field(factory=dict)
    """For all runs, beside the usual ones."""

    def run(self, *words: str, **options: Any) -> bytes:
        """What git prints; see `result`.

        Raises:
            Refused: when it fails, too, with its words.
        """
        result = self.result(*words, **options)
        if result.code:
            raise Refused(f"`git {_name(words)}` failed in {self.folder}: {result.said or f'exit code {result.code}'}")
        return result.out

    def line(self, *words: str, **options: Any) -> str:
        """The one line that git prints; empty when it fails, which says that there is no such thing."""
        result = self.result(*words, **options)
        return "" if result.code else os.fsdecode(result.out).removesuffix("\n")

    def result(
        self,
        *words: str,
        given: bytes = b"",
        env: Mapping[str, str] | None = None,
        is_network: bool = False,
        has_hooks: bool = False,
    ) -> Result:
        """Runs a command of git.

        Args:
            words: the command.
            given: what it reads.
            env: variables beside the usual ones.
            is_network: whether it may talk to remotes.
            has_hooks: whether hooks run.

        Raises:
            Refused: when git can't be started, or takes too long.
        """
        environment = self.environment(is_network=is_network) | dict(env or {})
        command = ["git", "-c", "core.fsmonitor=", *words] if has_hooks else git_command(self.folder, *words)
        seconds = self.network_seconds if is_network else GIT_SECONDS
        try:
            # What changes files and branches comes to its end.
            return self._run(command, environment, given, seconds, is_stopped=words[0] in _REMOTE)
        except subprocess.TimeoutExpired as error:
            raise Refused(f"`git {_name(words)}` had not ended after {seconds:g} s, so it was stopped.") from error
        except OSError as error:
            raise Refused(f"git can't be started in {self.folder}: {error.strerror}.") from error

    @contextmanager
    def trying(self) -> Iterator[None]:
        """Within, what git writes in order to look goes to a folder that is removed; the merge driver notes nothing."""
        before = self.variables
        if _OBJECTS in before:
            yield
            return
        objects = self.line("rev-parse", "--path-format=absolute", "--git-path", "objects")
        with tempfile.TemporaryDirectory(prefix="issuelens-") as folder:
            self.variables = before | {_OBJECTS: folder, "GIT_ALTERNATE_OBJECT_DIRECTORIES": objects}
            try:
                yield
            finally:
                self.variables = before

    def _run(
        self, command: list[str], environment: dict[str, str], given: bytes, seconds: float, *, is_stopped: bool
    ) -> Result:
        taken = subprocess.PIPE if given else subprocess.DEVNULL
        # Files, since a program that git has started may hold a pipe open for longer than git lives.
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as told:
            options: dict[str, Any] = {} if self.is_asked else dict(BACKGROUND)
            with subprocess.Popen(
                command, stdin=taken, stdout=out, stderr=told, env=environment, cwd=self.folder, **options
            ) as process:
                try:
                    with self.stop.ending(process) if is_stopped else nullcontext():
                        process.communicate(given or None, timeout=seconds)
                except BaseException:
                    self._end(process)
                    raise
            out.seek(0)
            told.seek(0)
            return Result(process.returncode, out.read(), _said(told.read()))

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        """Ends git and what it has started: first in the way in which it removes its locks."""
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(GRACE_SECONDS)
        if not self.is_asked and hasattr(os, "killpg"):
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
        process.kill()

    def environment(self, *, is_network: bool = False) -> dict[str, str]:
        """The variables that git gets."""
        found = git_environment() | _ALWAYS | self.variables
        if not is_network:
            return found
        del found["GIT_ALLOW_PROTOCOL"], found["GIT_NO_LAZY_FETCH"]
        found |= {name: os.environ[name] for name in ("GIT_ALLOW_PROTOCOL",) if name in os.environ}
        return found if self.is_asked else found | self._asking_nobody()

    def _asking_nobody(self) -> dict[str, str]:
        quiet = {
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_ASKPASS": "",
            "SSH_ASKPASS_REQUIRE": "never",
            "GCM_INTERACTIVE": "never",
        }
        ssh = os.environ.get("GIT_SSH_COMMAND") or self.line("config", "--get", "core.sshCommand")
        if not ssh and "GIT_SSH" in os.environ:
            return quiet
        program = PurePath((ssh or "ssh").split(maxsplit=1)[0]).name
        return quiet | ({"GIT_SSH_COMMAND": f"{ssh or 'ssh'} -o BatchMode=yes"} if program == "ssh" else {})


def _name(words: Collection[str]) -> str:
    return next(iter(words))


def _said(content: bytes) -> str:
    """What git said, without its hints, in one short line."""
    lines = content.decode("utf-8", "replace").splitlines()
    kept = [line.strip() for line in lines if line.strip() and not line.startswith(_ADVICE)]
    text = redacted(one_line("; ".join(kept)))
    return text if len(text) <= _WORDS_LIMIT else f"{text[: _WORDS_LIMIT - 1]}…"
