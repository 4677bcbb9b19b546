"""What another extension's settings would change in a workspace's config.toml."""

from __future__ import annotations

import tomllib
from typing import Any

from issuelens.domain.config_writer import with_values
from issuelens.domain.errors import Refused
from issuelens.todos.editor_settings import Taken, changed_settings
from issuelens.workspace import CONFIG_LIMIT, Workspace

Changes = dict[str, tuple[Any, Any]]
"""Whole name of a setting -> what it is and what it would be."""


def changed_config(workspace: Workspace, taken: Taken) -> tuple[Changes, str]:
    """What would be changed, and the text of config.toml with it. Nothing is written.

    Raises:
        Refused: when the text would be too large.
    """
    config, text = workspace.read_config(), workspace.read_config_text()
    has_tags = "tags" in tomllib.loads(text).get("todos", {})
    changes = changed_settings(taken, config.todos, has_tags=has_tags)
    if changes:
        text = with_values(text, {key: after for key, (_, after) in changes.items()})
    if len(text.encode()) > CONFIG_LIMIT:
        raise Refused(f"config.toml would be larger than {CONFIG_LIMIT:,} bytes. Nothing was changed.")
    return changes, text
