"""Whether this person wants issues of a workspace to be committed, or pushed, without being asked.

It is kept in the person's own folder of settings and by the place of the workspace: neither `config.toml` nor
`.git/config`, both of which may have come with a repository, can say it. It is bound to a random token in `.issues/`,
too, which another repository that came into the same place does not have; the number of a folder (inode) comes again.
"""

from __future__ import annotations

import json
import os
import secrets
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from issuelens.domain.errors import Refused
from issuelens.files import remedy, write_atomically
from issuelens.ordinary import open_ordinary
from issuelens.repository.running import Git
from issuelens.workspace import Workspace

_LIMIT: Final = 1_000_000
"""Bytes of the file."""
_TOKEN_BYTES: Final = 32


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
        if not isinstance(said, list) or said[1:] != _identity(workspace):
            return Automatic.OFF
        return Automatic(said[0])
    except (OSError, ValueError, LookupError):
        return Automatic.OFF


def check_token(git: Git, workspace: Workspace) -> None:
    """Looks whether the token is this machine's alone: one that is in git came, or went, with the repository.

    Raises:
        Refused: when git has it.
    """
    if git.run("ls-files", "-z", "--", str(workspace.consent_token)):
        raise Refused(
            f"{workspace.consent_token} is in git, so it is no secret of this machine. Nothing is committed by itself. "
            "`git rm --cached` it, then say `issuelens sync --auto` again."
        )


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
        workspace.consent_token.unlink(missing_ok=True)
        if mode is not Automatic.OFF:
            write_atomically(workspace.consent_token, secrets.token_hex(_TOKEN_BYTES).encode(), 0o600)
            said[str(workspace.directory)] = [mode.value, *_identity(workspace)]
        write_atomically(path, json.dumps(said, indent=2).encode() + b"\n", 0o600)
    except ValueError as error:
        raise Refused(f"{path} can't be read; nothing was changed. Repair it, or delete it.") from error
    except OSError as error:
        name = error.filename or path
        raise Refused(f"{name} can't be written: {error.strerror}. It is off for now.{remedy(error)}") from error


def _read() -> dict[str, Any]:
    with consent_file().open("rb") as file:
        shape = json.loads(file.read(_LIMIT))
    if not isinstance(shape, dict):
        raise ValueError
    return shape


def _identity(workspace: Workspace) -> list[int | str]:
    """By what the folder is known.

    Raises:
        OSError, ValueError: when there is no token, or what stands there can't be one.
    """
    with open(workspace.consent_token, "rb", opener=open_ordinary) as file:
        token = file.read(2 * _TOKEN_BYTES + 1).decode("ascii")
        status = os.fstat(file.fileno())
    if len(token) != 2 * _TOKEN_BYTES or (hasattr(os, "geteuid") and status.st_uid != os.geteuid()):
        raise ValueError
    return [workspace.directory.stat().st_ino, token]
