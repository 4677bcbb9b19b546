"""The command line, for tests: as a process of its own, in this process, and on a terminal."""

from __future__ import annotations

import io
import json
import os
import pty
import select
import subprocess
import sys
import tempfile
import time
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, NamedTuple

from issuelens.cli.context import Cli
from issuelens.cli.main import main
from issuelens.ipc import launch, methods, oneshot
from issuelens.workspace import Workspace, initialise

DEADLINE_SECONDS = 60
COMMAND = [sys.executable, "-m", "issuelens"]


def run(folder: Path, *arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    """Runs a command as a process."""
    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=DEADLINE_SECONDS,
        check=False,
        **options,
    )


class Done(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str


def done_here(folder: Path, *arguments: str, given: str | bytes = "") -> Done:
    """Runs a command in this process, with the real daemon; `given` is its standard input."""
    content = given if isinstance(given, bytes) else given.encode()
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
    before = sys.stdin
    sys.stdin = io.TextIOWrapper(io.BytesIO(content), encoding="utf-8")
    try:
        with redirect_stdout(out), redirect_stderr(err):
            code = main(list(arguments), obj=Cli(folder))
    finally:
        sys.stdin = before
    return Done(code, *(one.buffer.getvalue().decode() for one in (out, err)))  # type: ignore[attr-defined]


class Place:
    """A workspace and its command line. Unless a method says otherwise, commands run in this process."""

    def __init__(self, folder: Path, prefix: str = "app") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.space: Workspace = initialise(folder, prefix)
        self.root = self.space.root

    def do(self, *arguments: str, given: str | bytes = "") -> Done:
        """Runs a command."""
        return done_here(self.root, *arguments, given=given)

    def ok(self, *arguments: str, given: str | bytes = "") -> str:
        """Runs a command that is done; what it printed."""
        done = self.do(*arguments, given=given)
        assert done.code == 0, done.err
        return done.out

    def json(self, *arguments: str, given: str | bytes = "") -> Any:
        """Runs a command that is done, with --json; its answer."""
        return json.loads(self.ok(*arguments, "--json", given=given))

    def create(self, title: str, *options: str) -> str:
        """Creates an issue; its id."""
        return str(self.json("create", title, *options)["id"])

    def refused(self, *arguments: str, given: str | bytes = "", code: int = 1) -> str:
        """Runs a command that is refused in one line, on standard error, and changes nothing; that line."""
        before = self.revision
        done = self.do(*arguments, given=given)
        assert (done.code, done.out) == (code, "")
        lines = done.err.splitlines()
        assert len(lines) == 1 if code == 1 else lines[-1].startswith("Error: "), done.err
        assert self.revision == before
        return lines[-1].removeprefix("issuelens: ").removeprefix("Error: ")

    @property
    def revision(self) -> int:
        """How many operations there were."""
        answer = oneshot.call_or_start(self.space, methods.LIST, {"query": "limit:1", "brief": True})
        return int(answer["revision"])

    def process(self, *arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
        """Runs a command as a process."""
        return run(self.root, *arguments, **options)

    def close(self) -> None:
        """Ends the daemon."""
        launch.stop(self.space)


# On a terminal


class OnTerminal(NamedTuple):
    """What a person saw, and what went elsewhere."""

    code: int
    screen: str
    piped: str


def on_terminal(
    folder: Path,
    *arguments: str,
    columns: int = 100,
    piped: str = "",
    typed: str = "",
    environment: dict[str, str] | None = None,
) -> OnTerminal:
    """Runs a command on a terminal of its own.

    Args:
        folder: where.
        arguments: the words.
        columns: of the terminal.
        piped: `stdout` or `stderr`, which is no terminal then.
        typed: what the person types, before it is asked for.
        environment: variables in place of those of the test.
    """
    keeper, terminal = pty.openpty()
    variables = {**os.environ, "TERM": "xterm-256color", "COLUMNS": str(columns), "LINES": "40"} | (environment or {})
    streams: dict[str, Any] = {"stdin": terminal, "stdout": terminal, "stderr": terminal}
    with tempfile.TemporaryFile() as file:
        streams |= {piped: file} if piped else {}
        try:
            process = subprocess.Popen([*COMMAND, *arguments], cwd=folder, env=variables, **streams)
        finally:
            os.close(terminal)
        try:
            os.write(keeper, typed.encode())
            screen = _all_of(keeper).replace("\r\n", "\n")
            code = process.wait(DEADLINE_SECONDS)
        finally:
            os.close(keeper)
        file.seek(0)
        return OnTerminal(code, screen, file.read().decode())


def _all_of(keeper: int) -> str:
    """Everything until the last process closes the terminal."""
    content, end = b"", time.monotonic() + DEADLINE_SECONDS
    while select.select([keeper], [], [], max(0.0, end - time.monotonic()))[0]:
        try:
            chunk = os.read(keeper, 65_536)
        except OSError:
            chunk = b""  # Linux says so when nobody is at the other end any more
        if not chunk:
            return content.decode()
        content += chunk
    raise TimeoutError("the command has not ended in time")
