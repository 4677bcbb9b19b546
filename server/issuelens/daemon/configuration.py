"""The workspace's settings as config.toml has them now; read again when the file has changed."""

from __future__ import annotations

import time

from attrs import define

from issuelens.daemon.place import gone
from issuelens.domain.config import Config
from issuelens.domain.config_reader import parse_config
from issuelens.domain.errors import InvalidConfig, IssuelensError, NotInitialised
from issuelens.todos.snapshot import CHANGED, RACY_NS, lasting_stamp
from issuelens.workspace import Workspace


@define(eq=False)
class Configuration:
    """Settings that stay current."""

    workspace: Workspace
    _stamp: int = CHANGED
    _text: str | None = None
    _config: Config | None = None

    def current(self) -> Config:
        """The settings.

        Raises:
            InvalidConfig: when they can't be read.
            PlaceChanged: when the whole folder is gone.
        """
        try:
            return self._current()
        except (OSError, NotInitialised) as error:
            if not self.workspace.directory.exists():
                raise gone(self.workspace.directory) from error
            told = error.strerror if isinstance(error, OSError) else "it is not there"
            raise InvalidConfig(f"{self.workspace.config_file} can't be read: {told}.") from error

    def _current(self) -> Config:
        # What was changed just now may change again without another time: it is read anew for a while.
        stamp = lasting_stamp(self.workspace.config_file.stat(), time.time_ns() - RACY_NS)
        if self._config is None or stamp == CHANGED or stamp != self._stamp:
            text = self.workspace.read_config_text()
            if self._config is None or text != self._text:
                self._config = parse_config(text)
            self._stamp, self._text = stamp, text
        return self._config

    def prefix_or_none(self) -> str:
        """The prefix of the workspace's ids; an empty one when the settings can't be read, so that reads go on."""
        try:
            return self.current().prefix
        except IssuelensError:
            return ""
