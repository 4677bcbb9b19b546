"""A request of our own that takes over the settings of another TODO extension, as `config import-todos` does."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any, Final

from issuelens.domain.errors import InvalidField, NotInitialised, Refused
from issuelens.ipc.converter import dumps
from issuelens.lsp.arguments import mapping, object_of, text_of
from issuelens.lsp.features.life import config_changed
from issuelens.lsp.server import Server
from issuelens.lsp.session import Session
from issuelens.lsp.state import State
from issuelens.todos.editor_settings import EXTENSIONS, SIZE_LIMIT, Taken, read_editor_settings
from issuelens.todos.taking_over import Changes, changed_config

IMPORT: Final = "issuelens/importTodoSettings"


def register(server: Server) -> None:
    """Registers the request."""
    server.feature(IMPORT)(partial(_import, server))


async def _import(server: Server, params: Any) -> dict[str, Any]:
    """`{workspace?, settings, write?}`: what of `settings` (whole names, as in settings.json) changes in config.toml.

    It is written when `write` is true.
    """
    params = object_of(params)
    session = server.sessions.named(text_of(params, "workspace"))
    await session.ready()
    if session.state is State.UNINITIALISED:
        raise NotInitialised(f"{session.workspace.root} has no issues yet. Initialise it first.")
    content = dumps(mapping(params, "settings"))
    if len(content) > SIZE_LIMIT:
        raise InvalidField("settings", f"they have more than {SIZE_LIMIT:,} bytes")
    is_written = params.get("write") is True
    work = partial(_changed, session, content.decode(), is_written=is_written)
    taken, changes = await asyncio.get_running_loop().run_in_executor(server.work_thread, work)
    if is_written and changes:
        config_changed(server, session.workspace.config_file.as_uri())
    return {
        "extensions": list(taken.sources),
        "changes": [{"key": key, "before": before, "after": after} for key, (before, after) in changes.items()],
        "remarks": [{"setting": one.setting, "value": one.value, "reason": one.reason} for one in taken.left_out],
        "written": is_written and bool(changes),
    }


def _changed(session: Session, text: str, *, is_written: bool) -> tuple[Taken, Changes]:
    taken = read_editor_settings(text, is_workspace=False)
    if not taken.sources:
        known = f"{', '.join(EXTENSIONS[:-1])} or {EXTENSIONS[-1]}"
        raise Refused(f"There are no settings of {known}. Nothing was changed.")
    changes, changed = changed_config(session.workspace, taken)
    if is_written and changes:
        session.workspace.write_config_text(changed)
    return taken, changes
