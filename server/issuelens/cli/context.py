"""What every command has: the workspace it runs in, and a way to the daemon."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from issuelens.domain.errors import Refused
from issuelens.workspace import Workspace, require_workspace

Progress = Callable[[int, int], None]
Call = Callable[[Workspace, str, dict[str, Any], "Progress | None"], Any]
"""Sends a request to a workspace's daemon: workspace, method, params, who is told how far it is -> result."""


def daemon_call(workspace: Workspace, method: str, params: dict[str, Any], progress: Progress | None = None) -> Any:
    """The usual way: one message to the daemon, which is started when none runs."""
    from issuelens.ipc.oneshot import Way, call_or_start

    return call_or_start(workspace, method, params, Way(progress=progress))


class Cli:
    """A run of the command line.

    Args:
        folder: where it was started.
        actor: who acts; None leaves it to the daemon.
        call: the way to the daemon.
    """

    def __init__(self, folder: Path, actor: str | None = None, call: Call = daemon_call) -> None:
        self.folder = folder
        self.actor = actor
        self.call = call

    @classmethod
    def made(cls, directory: str | None, actor: str | None) -> Cli:
        """For the words given on the command line.

        Raises:
            Refused: when the directory is none.
        """
        folder = Path(directory) if directory else Path.cwd()
        if not folder.is_dir():
            raise Refused(f"{folder} is not a folder.")
        return cls(folder, actor or os.environ.get("ISSUELENS_ACTOR"))

    @property
    def workspace(self) -> Workspace:
        """The workspace of the folder.

        Raises:
            NotInitialised: when it has none.
        """
        return require_workspace(self.folder)

    def read(self, method: str, *, progress: Progress | None = None, **params: Any) -> Any:
        """Asks the daemon. What is None is left out."""
        return self.call(self.workspace, method, _given(params), progress)

    def asked(self, method: str, *, progress: Progress | None = None, **params: Any) -> Any:
        """Asks with the name of who asks, for queries that say `me`."""
        return self.read(method, progress=progress, actor=self.actor, **params)

    def written(self, method: str, *, progress: Progress | None = None, **params: Any) -> dict[str, Any]:
        """Has the daemon do something that changes issues, once; its whole answer."""
        shape = _given(params) | {"key": os.urandom(16).hex()} | ({"actor": self.actor} if self.actor else {})
        answer: dict[str, Any] = self.call(self.workspace, method, shape, progress)
        return answer

    def write(self, method: str, **params: Any) -> list[dict[str, Any]]:
        """Has the daemon do an operation, once; the issues as they are then."""
        issues: list[dict[str, Any]] = self.written(method, **params)["issues"]
        return issues


def _given(params: dict[str, Any]) -> dict[str, Any]:
    return {
        name: list(value) if isinstance(value, tuple) else value for name, value in params.items() if value is not None
    }
