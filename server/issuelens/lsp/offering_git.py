"""A folder that was just initialised is offered what `issuelens init --git` sets up."""

from __future__ import annotations

import json
import logging
from typing import Any, Final

from lsprotocol import types

from issuelens.lsp.own_command_line import printed
from issuelens.lsp.server import Server
from issuelens.todos.git_folder import git_folder
from issuelens.workspace import Workspace

logger = logging.getLogger(__name__)

SET_UP: Final = "Set Up"
LATER: Final = "Not Now"


async def offer_git(server: Server, workspace: Workspace) -> None:
    """Asks whether git is to merge the issues, after saying what that changes, and sets it up."""
    if git_folder(workspace.root) is None:
        return
    try:
        changes = _changes(await printed(workspace.root, "init", "--git", "--dry-run", "--json"))
        if not changes or not await _is_wanted(server, changes):
            return
        done = _shape(await printed(workspace.root, "init", "--git", "--json")).get("done")
    except TimeoutError:
        done = False
    if done:
        server.show(types.MessageType.Info, "Git merges issues one by one from now on. Commit .gitattributes.")
    else:
        logger.warning("the merge driver was not set up in %s", workspace.root)
        told = f"Git was not set up in {workspace.root.name}. `issuelens init --git` says why."
        server.show(types.MessageType.Warning, told)


async def _is_wanted(server: Server, changes: str) -> bool:
    text = f"Let git merge issues one by one, so that no pull stops on them? This changes {changes}."
    # A message, which may pass by: nothing is lost by not answering.
    return await server.choose(types.MessageType.Info, text, [SET_UP, LATER]) == SET_UP


def _changes(output: bytes) -> str:
    """What would be changed, in words; nothing where there is nothing, or it can't be set up."""
    found = _shape(output).get("changes", [])
    lines = [one["after"] for one in found if not one["key"]]
    settings = [one["key"] for one in found if one["key"]]
    said = [f".gitattributes ({', '.join(lines)})"] if lines else []
    said += [f"this clone's git settings ({', '.join(settings)})"] if settings else []
    return " and ".join(said)


def _shape(output: bytes) -> dict[str, Any]:
    if not output:
        return {}
    return dict(json.loads(output)["git"] or {})
