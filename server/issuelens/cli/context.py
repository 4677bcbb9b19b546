"""What every command has: the workspace it runs in, and a way to the daemon."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from attrs import define

from issuelens.domain.errors import Refused
from issuelens.workspace import Workspace, require_workspace

Call = Callable[[Workspace, str, dict[str, Any]], Any]
"""Sends a request to a workspace's daemon: workspace, method, params -> result."""


def daemon_call(workspace: Workspace, method: str, params: dict[str, Any]) -> Any:
    """The usual way: one message to the daemon, which is started when none runs."""
    from issuelens.ipc.oneshot import call_or_start

    return call_or_start(workspace, method, params)


@define
class Cli:
    """A run of the command line.

    Args:
        folder: where it was started.
        actor: who acts; None leaves it to the daemon.
        call: the way to the daemon.
    """

    folder: Path
    actor: str | None = None
    call: Call = daemon_call

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

    def read(self, method: str, **params: Any) -> Any:
        """Asks the daemon."""
        return self.call(self.workspace, method, params)

    def write(self, method: str, **params: Any) -> list[dict[str, Any]]:
        """Has the daemon do an operation, once; the issues as they are then."""
        shape = {name: value for name, value in params.items() if value is not None}
        shape |= {"key": uuid.uuid4().hex} | ({"actor": self.actor} if self.actor else {})
        issues: list[dict[str, Any]] = self.call(self.workspace, method, shape)["issues"]
        return issues
