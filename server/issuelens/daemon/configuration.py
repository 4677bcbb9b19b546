"""The workspace's settings as config.toml has them now; read again when the file has changed."""

from __future__ import annotations

from attrs import define

from issuelens.domain.config import Config
from issuelens.domain.errors import InvalidConfig, IssuelensError
from issuelens.workspace import Workspace


@define(eq=False)
class Configuration:
    """Settings that stay current."""

    workspace: Workspace
    _read: tuple[int, Config] | None = None

    def current(self) -> Config:
        """The settings.

        Raises:
            InvalidConfig: when they can't be read.
        """
        try:
            changed = self.workspace.config_file.stat().st_mtime_ns
        except OSError as error:
            raise InvalidConfig(f"{self.workspace.config_file} can't be read: {error.strerror}.") from error
        if self._read is None or self._read[0] != changed:
            self._read = (changed, self.workspace.read_config())
        return self._read[1]

    def prefix_or_none(self) -> str:
        """The prefix of the workspace's ids; an empty one when the settings can't be read, so that reads go on."""
        try:
            return self.current().prefix
        except IssuelensError:
            return ""
