"""Whether this person wants issues of a workspace to be committed, or pushed, without being asked.

It is kept in the person's own folder of settings and by the place of the workspace: neither `config.toml` nor
`.git/config`, both of which may have come with a repository, can say it.
"""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from issuelens.domain.errors import Refused
from issuelens.files import remedy, write_atomically
from issuelens.workspace import Workspace

_LIMIT: Final = 1_000_000
"""Bytes of the file."""


class Automatic(StrEnum):
    """What happens to issues in git when changes have paused."""

    OFF = "off"
    COMMIT = "commit"
    PUSH = "push"


def consent_file() -> Path:
    """Where it is kept: `sync.json` in the person's settings of Issuelens."""
    from platformdirs import user_config_path

    return user_config_path("issuelens", appauthor=False) / "sync.json"


def consent_for(workspace: Workspace) -> Automatic:
    """What the person has said of a workspace; what can't be read says nothing."""
    try:
        said = _read().get(str(workspace.directory))
        # Another repository that came into the place of this one has another folder.
        if not isinstance(said, list) or said[1] != _identity(workspace):
            return Automatic.OFF
        return Automatic(said[0])
    except (OSError, ValueError, LookupError):
        return Automatic.OFF


def consent(workspace: Workspace, mode: Automatic) -> None:
    """Keeps what the person says of a workspace.

    Raises:
        Refused: when it can't be written.
    """
    path = consent_file()
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        said = _read() if path.exists() else {}
        said.pop(str(workspace.directory), None)
        if mode is not Automatic.OFF:
            said[str(workspace.directory)] = [mode.value, _identity(workspace)]
        write_atomically(path, json.dumps(said, indent=2).encode() + b"\n", 0o600)
    except ValueError as error:
        raise Refused(f"{path} can't be read; nothing was changed. Repair it, or delete it.") from error
    except OSError as error:
        raise Refused(f"{path} can't be written: {error.strerror}. Nothing was changed.{remedy(error)}") from error


def _read() -> dict[str, Any]:
    with consent_file().open("rb") as file:
        shape = json.loads(file.read(_LIMIT))
    if not isinstance(shape, dict):
        raise ValueError
    return shape


def _identity(workspace: Workspace) -> int:
    return workspace.directory.stat().st_ino
